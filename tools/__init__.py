"""Programs for developing the project. None of them is installed."""
