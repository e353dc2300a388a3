"""What to apply so that a denied request is allowed, and who can apply it."""
