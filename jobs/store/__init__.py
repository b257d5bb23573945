"""Runs, their queue and their metrics in SQLite."""
