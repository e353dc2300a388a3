"""What the project is developed with; nothing of it is installed."""
