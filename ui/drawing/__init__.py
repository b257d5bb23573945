"""The pixel editor on any page, and what a visitor has drawn."""
