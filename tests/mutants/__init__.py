"""Deliberate mistakes in the package, each of which the pure tests must catch: `python -m tests.mutants`."""
