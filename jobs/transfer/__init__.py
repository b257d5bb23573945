"""What comes in from elsewhere and leaves: runs as zips, datasets from mirrors."""
