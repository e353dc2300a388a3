"""Tests of the evaluator: one module of tests for each module of it."""
