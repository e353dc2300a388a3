"""Tests of findings about pipelines."""
