"""`explain`: why a subject can or cannot do something, and what would fix it."""
