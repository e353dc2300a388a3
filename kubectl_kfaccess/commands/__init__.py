"""
A folder for each command: `arguments` (flags to options), `answer` (options and source to a value), `report`.

`arguments` has QUESTION, DESCRIPTION, EXAMPLES (words after the program's name), KIND (of machine answers),
`add_arguments(parser)` and `options(args)`; it imports none of the command's work, so that help is quick.
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
"""Other names that are understood, and the commands they stand for."""
