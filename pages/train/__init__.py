"""Start a run, watch it, and see its pictures at each epoch."""
