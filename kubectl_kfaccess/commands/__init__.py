"""
One folder per command: `arguments` (flags to options), `answer` (options and source to a value), `report`.

`arguments` has the help: QUESTION, DESCRIPTION (what the command does), EXAMPLES (pairs: a question, and the
words after the program's name), DETAILS (below the options) and EXIT_STATUS; KIND (of machine answers),
`add_arguments(parser)` and `options(args)`. It does not import `answer` or `report`, so that help is quick.
"""

GROUPS = {
    "Who can do what, and why?": (
        "who-can",
        "access",
        "explain",
        "whoami",
    ),
    "Is everything set up as it should be?": (
        "check",
        "aggregation",
        "profiles",
        "review",
    ),
    "What does this program know, and need?": (
        "resources",
        "completion",
        "version",
    ),
}
"""The commands that answer a question, by what it is about."""
PAGES = ("options", "help")
"""The commands that print a page about the command line. They have `arguments` alone."""
COMMANDS = (*(name for names in GROUPS.values() for name in names), *PAGES)
ALIASES = {"what-can": "access", "why": "explain", "agg": "aggregation", "tenants": "profiles"}
"""Aliases, with the command that each stands for."""
