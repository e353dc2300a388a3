"""The planes of a question against the programs that decide it for real."""
