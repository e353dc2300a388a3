"""Profiles, their members, and everyone else who has access to them."""
