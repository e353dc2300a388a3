"""Tests of `sources/files`."""
