"""Cases as data, for the evaluator, the command line and a real API server."""
