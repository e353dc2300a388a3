"""Tests of `fixes`."""
