"""Tests of findings about profiles."""
