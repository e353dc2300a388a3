"""Tests of the findings about rights that no tenant needs."""
