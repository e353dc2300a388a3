"""Tests of `rbac`: a module of tests for each module of the room."""
