"""Deliberate mistakes in the package, which the pure tests have to catch: `python -m tests.mutants`."""
