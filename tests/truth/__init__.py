"""The evaluator against the real API server: random worlds, random questions, no differences."""
