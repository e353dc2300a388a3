"""Findings about rights that no tenant needs."""
