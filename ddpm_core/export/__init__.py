"""A checkpoint for other programs, and a run as a notebook."""
