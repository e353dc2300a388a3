"""Tests of the findings about isolation."""
