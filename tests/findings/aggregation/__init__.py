"""Tests of findings about aggregation."""
