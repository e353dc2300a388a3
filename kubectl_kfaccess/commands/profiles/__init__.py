"""`profiles`: who owns and shares each profile."""
