"""A walk from noise to pictures."""
