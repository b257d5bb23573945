"""What a network learns from, looked at picture by picture; one's own pictures come in here."""
