"""Datasets of the learner's own: imported, drawn, kept in a folder each."""
