"""Tests of `sources/cluster`."""
