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
SYNONYMS = {
    "explain": ("can-i", "can", "why-not", "reason", "diagnose", "debug", "fix"),
    "who-can": ("subjects", "whocando", "get", "list", "create", "delete"),
    "access": ("permissions", "rights", "access-matrix", "can-they", "matrix", "grants", "rakkess"),
    "check": ("doctor", "preflight", "validate", "pipelines"),
    "aggregation": ("roles", "clusterroles", "tree"),
    "profiles": ("scan", "isolation", "lint", "audit", "contributors", "sharing", "namespaces"),
    "resources": ("api-resources", "types", "catalogue", "catalog"),
    "whoami": ("me", "auth", "self"),
    "review": ("sar", "subjectaccessreview", "subjectaccessreviews"),
    "completion": ("complete", "autocomplete"),
}
"""Words that other tools or people have for a command. The first command with the word is suggested."""

INSTEAD = {
    **dict.fromkeys(
        ("export", "dump", "snapshot", "save"), "`-o json` and `-o yaml` print each answer whole;"
    ),
    **dict.fromkeys(("diff", "plan"), "compare two answers of a command with `-o json`;"),
    "compare": "`access SUBJECT --compare SUBJECT` compares two subjects;",
}
"""What to do instead of commands that do not exist."""


def suggestion(word: str) -> str:
    """Return what to type instead of a *word* that is no command, as a hint; "" if nothing comes close."""
    commands = (command for command, words in SYNONYMS.items() if word.lower() in words)
    return next((f"did you mean `{command}`?" for command in commands), "") or INSTEAD.get(word.lower(), "")
