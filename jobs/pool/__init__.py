"""Short torch calls in other processes: what can be asked, and its way there and back."""
