"""The evaluator against the real API server: random worlds, random questions, and the same answers."""
