"""Tests of `sources/snapshots`."""
