"""One run as pages see it: its name, curves, quality, and files to take away."""
