"""Tests of the sources of snapshots."""
