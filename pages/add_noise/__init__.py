"""What t does to a picture."""
