"""
One folder per command: `arguments` (flags to options), `answer` (options and source to a value), `report`.

`arguments` has QUESTION, DESCRIPTION, EXAMPLES (words after the program's name), KIND (of machine answers),
`add_arguments(parser)` and `options(args)`. It does not import `answer` or `report`, so that help is quick.
"""

COMMANDS = (
    "who-can",
    "access",
    "explain",
    "check",
    "aggregation",
    "profiles",
    "review",
    "whoami",
    "resources",
    "completion",
    "version",
)
ALIASES = {"what-can": "access", "why": "explain", "agg": "aggregation", "tenants": "profiles"}
"""Aliases, with the command that each stands for."""
