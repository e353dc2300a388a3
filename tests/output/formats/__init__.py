"""Tests of `output/formats`."""
