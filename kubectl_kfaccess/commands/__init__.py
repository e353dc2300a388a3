"""
One folder per command: `arguments` (flags to options), `answer` (options and source to a value), `report`.

`arguments` has the help: DESCRIPTION (what the command does), EXAMPLES (pairs: a question, and the words
after the program's name), DETAILS (below the options) and EXIT_STATUS. It also has KIND (of machine answers),
`add_arguments(parser)` and `options(args)`. It does not import `answer` or `report`, so that help is quick.
"""

GROUPS = {
    "Who can do what, and why?": {
        "who-can": "Who can do this, where, and through what?",
        "access": "What can this subject touch, namespace by namespace?",
        "explain": "Why can or can't they do that, and what would fix it?",
        "diff": "Who gains or loses what: if I apply this, or since a snapshot?",
        "can-apply": "Can this account apply these manifests?",
        "whoami": "Who am I, and what can this tool read?",
    },
    "Is everything set up as it should be?": {
        "check": "Does the identity that runs pipelines have what they need?",
        "aggregation": "Where do a role's rules come from, and is aggregation healthy?",
        "profiles": "Who shares which profile, and do RBAC and the mesh agree?",
        "audit": "Does anything cross from one tenant into another?",
        "report": "What does all of this say, on one page to look at and pass on?",
        "review": "What would the API server answer to these SubjectAccessReviews?",
    },
    "What does it keep, know and need?": {
        "snapshot": "What does the cluster say today, to ask it again later?",
        "resources": "What does the tool know as Kubeflow resources?",
        "completion": "What does completion on TAB need here?",
        "version": "Which versions of this program, Python and the server are these?",
    },
}
"""The commands and the question that each answers, by what the question is about."""
PAGES = {
    "options": "Which options do all commands share?",
    "help": "What does a command do, and how is it used?",
}
"""The commands that print a page about the command line. They have `arguments` alone."""
QUESTIONS = {name: text for group in (*GROUPS.values(), PAGES) for name, text in group.items()}
COMMANDS = (*QUESTIONS,)
ALIASES = {"what-can": "access", "why": "explain", "agg": "aggregation", "tenants": "profiles"}
"""Aliases, with the command that each stands for."""
SYNONYMS = {
    "explain": ("can-i", "can", "why-not", "reason", "diagnose", "debug", "fix"),
    "who-can": ("subjects", "whocando", "get", "list", "create", "delete"),
    "can-apply": ("dry-run", "can-deploy", "deploy", "apply", "canapply"),
    "access": ("permissions", "rights", "access-matrix", "can-they", "matrix", "grants", "rakkess"),
    "check": ("doctor", "preflight", "validate", "pipelines"),
    "aggregation": ("roles", "clusterroles", "tree"),
    "profiles": ("contributors", "sharing", "namespaces"),
    "audit": ("scan", "isolation", "lint", "isolated", "crosses", "tenancy"),
    "report": ("html", "page", "dashboard", "recertify", "recertification", "attestation"),
    "resources": ("api-resources", "types", "catalogue", "catalog"),
    "whoami": ("me", "auth", "self"),
    "review": ("sar", "subjectaccessreview", "subjectaccessreviews"),
    "snapshot": ("export", "dump", "save", "backup"),
    "diff": ("plan", "changes", "preview", "impact", "what-if"),
    "completion": ("complete", "autocomplete"),
}
"""Words that other tools or people have for a command. The first command with the word is suggested."""

INSTEAD = {
    "compare": "`access SUBJECT --compare SUBJECT` compares two subjects;",
}
"""What to do instead of commands that do not exist."""


def suggestion(word: str) -> str:
    """Return what to type instead of a *word* that is no command, as a hint; "" if nothing comes close."""
    commands = (command for command, words in SYNONYMS.items() if word.lower() in words)
    return next((f"did you mean `{command}`?" for command in commands), "") or INSTEAD.get(word.lower(), "")
