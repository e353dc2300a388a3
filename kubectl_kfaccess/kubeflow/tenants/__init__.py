"""Profiles, their members, and everybody else who has access to them."""
