"""A run as a folder: its config, checkpoints and curves, and the recipes that runs are made from."""
