"""
One module per command.

Each has QUESTION, DESCRIPTION, EXAMPLES (arguments after the program's name), perhaps ALIASES,
`add_arguments(parser)` and `run(args, env) -> Answer`; it imports its work inside `run`, so that help and
completion stay quick.
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
