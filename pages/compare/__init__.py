"""Runs side by side, experiments in pairs, runs as files."""
