"""Findings about what crosses from one tenant into another, and what can open such a way."""
