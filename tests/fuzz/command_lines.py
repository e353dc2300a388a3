"""Random command lines, drawn from the flags and arguments that the program's own parser has."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Mapping, Sequence
from random import Random

from kubectl_kfaccess import parser
from kubectl_kfaccess.commands import ALIASES, COMMANDS
from tests.robustness.names import NAMES

VERBS = (
    "get",
    "list",
    "create",
    "delete",
    "*",
    "impersonate",
    "escalate",
    "bind",
    "GET",
    "frob",
    "use",
    "gett",
)
TARGETS = (
    "pods", "secrets", "inferenceservices", "isvc", "notebooks.kubeflow.org", "pods/log", "pods/exec",
    "pods/web", "deployments.apps/scale", "*", "*.*", "*/*", ".apps", "pods.", "/", "/metrics", "/api/*",
    "//", "things.kf.io", "runs", "workflows", "experiments/x", "widgets.hostile", "profiles", "users",
    "serviceaccounts/token", "po/a/b", "clusterroles/admin", "Secrets", "nodes/proxy", "namespaces/team-a",
)  # fmt: skip
SUBJECTS = (
    "alice@example.com", "user:alice@example.com", "group:ml-team", "sa:team-a/default-editor", "sa:",
    "user:", "me", "default-editor", "system:serviceaccount:team-a:default-editor", "system:masters",
    "system:anonymous", "group:", "system:serviceaccount:a", "pipeline-runner", "sa:a/b/c", "alice",
    "Alice@Example.com", "w1-u0", "sa:w1-a/s0",
)  # fmt: skip
NAMESPACES = ("team-a", "team-b", "kubeflow", "default", "w1-a", "nowhere", "", "*", "Team-A", "istio-system")
COLUMNS = ("SUBJECT", "namespace", "VERB", "beauty", "", "KIND", "THROUGH", "PROFILE", "USER", "ROLE")
SELECTORS = (
    "a=b", "a", "!a", "a in (b,c)", "a notin (b", "app.kubernetes.io/part-of=kubeflow-profile", "=", ",",
    "a==b,c!=d", "x" * 70, "a=b=c", "a in ()",
)  # fmt: skip
DURATIONS = (
    "0",
    "1s",
    "1m",
    "-1s",
    "1",
    "1h2m",
    "x",
    "1e9s",
    "99999999999999999999h",
    "1.5ms",
    "",
    "+1s",
    "∞",
)
AREAS = (
    "serving",
    "pipelines",
    "notebooks",
    "katib",
    "training",
    "profiles",
    "tensorboards",
    "kserve",
    "seving",
    ",",
)
VERSIONS = ("1.34", "v1.35.4", "1.36", "1.2", "x", "", "2.0.0", "1.9.1", "v2", "1.34.99999999999999999999")
NUMBERS = ("0", "1", "2", "9", "-1", "x", "1e3", "99999999999999999999", "", "６")
GROUPS = ("ml-team", "system:authenticated", "system:masters", "w1-g0", "")
FILES = ("objects", "objects.yaml", "reviews", "reviews.jsonl", "-", ".", "missing", "", "folder", "x" * 300)
FOLDERS = ("folder", "missing/folder", "objects", "", ".")
BY_METAVAR: Mapping[str, Sequence[str]] = {
    "FILE": FILES, "DIRECTORY": FOLDERS, "DURATION": DURATIONS, "LEVEL": NUMBERS, "N": NUMBERS,
    "COLUMN": COLUMNS, "SELECTOR": SELECTORS, "NAMESPACE": NAMESPACES, "GROUP": GROUPS, "VERSION": VERSIONS,
    "VERB": VERBS, "VERB[,VERB]": VERBS, "AREA[,AREA]": AREAS, "PROFILE": NAMESPACES, "SUBJECT": SUBJECTS,
    "USER": SUBJECTS, "TYPE[,TYPE]": TARGETS,
    "URL": ("https://127.0.0.1:1", "127.0.0.1:1", "", "x y", "https://[", "/"),
}  # fmt: skip
ANYTHING = (*VERBS, *TARGETS, *SUBJECTS, *NAMESPACES, *AREAS, *VERSIONS, *FILES[:5], *NUMBERS)
NOT_UTF_8 = ("\udcff", "a\udc80b")  # how Python gives bytes of a command line that are not UTF-8


def command_line(draw: Random, command: str = "", source: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the words of a command, of any by default, in which *source* says where objects come from."""
    name = command or draw.choice((*COMMANDS, *sorted(ALIASES)))
    actions = _actions(ALIASES.get(name, name))
    words = [word for action in actions if not action.option_strings for word in _positional(draw, action)]
    flags = [action for action in actions if action.option_strings and _is_free(action)]
    chosen = draw.sample(flags, min(len(flags), draw.choice((0, 0, 1, 1, 2, 3, 5))))
    output = next((action for action in flags if "-o" in action.option_strings), None)
    if output and draw.random() < 0.6:
        chosen = [*(action for action in chosen if action is not output), output]
    groups = [words, list(source), *(_flag(draw, action) for action in chosen)]
    draw.shuffle(groups)
    line = [name, *(word for group in groups for word in group)]
    return _safe(_spoilt(draw, line) if draw.random() < 0.15 else line)


def wild_line(draw: Random) -> tuple[str, ...]:
    """Return words in any order, with flags of any command."""
    flags = [flag for name in COMMANDS for action in _actions(name) for flag in action.option_strings]
    pools = (COMMANDS, flags, flags, ANYTHING, ANYTHING, NAMES, ("--", "-", "--demo", "-o", "json"))
    return _safe([draw.choice(draw.choice(pools)) for _ in range(draw.randint(0, 8))])


@functools.cache
def _actions(command: str) -> tuple[argparse.Action, ...]:
    return tuple(parser.command_parser("kfaccess", command)._actions)


def _is_free(action: argparse.Action) -> bool:
    """Whether a case can set the flag: not those that choose the source, which the case itself does."""
    return action.dest not in ("demo", "filename", "connection_kubeconfig")


def _positional(draw: Random, action: argparse.Action) -> list[str]:
    """Return the words of a positional argument; rarely too few or too many."""
    if action.dest == "words":
        return _question(draw)
    usual = {"?": (0, 1, 1), "+": (1, 1, 2), "*": (1, 2, 3)}.get(str(action.nargs), (1,))
    count = draw.choice(usual) if draw.random() < 0.97 else draw.randint(0, 3)
    return [_word(draw, action) for _ in range(count)]


def _question(draw: Random) -> list[str]:
    subject = [draw.choice(SUBJECTS)] if draw.random() < 0.7 else []
    return [*subject, draw.choice(VERBS), draw.choice(TARGETS)][: draw.choice((3, 3, 3, 3, 1))]


def _flag(draw: Random, action: argparse.Action) -> list[str]:
    """Return a flag with its value, in one of the spellings of kubectl."""
    name = draw.choice(action.option_strings)
    if action.nargs == 0:
        return [name]
    value = _word(draw, action)
    if action.nargs == "?":
        return [draw.choice((name, f"{name}={value}"))]
    if name.startswith("--"):
        return draw.choice(([name, value], [f"{name}={value}"]))
    return draw.choice(([name, value], [f"{name}{value}"], [f"{name}={value}"]))


def _word(draw: Random, action: argparse.Action) -> str:
    if action.choices is not None and draw.random() < 0.95:
        return str(draw.choice(sorted(action.choices)))
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if metavar in ("FILE", "DIRECTORY"):
        return draw.choice(BY_METAVAR[metavar])
    pool = (
        BY_METAVAR.get(metavar, ANYTHING)
        if draw.random() < 0.85
        else draw.choice((ANYTHING, NAMES, NOT_UTF_8))
    )
    word = draw.choice(pool)
    return f"{word},{draw.choice(pool)}" if "," in metavar and draw.random() < 0.3 else word


def _spoilt(draw: Random, words: list[str]) -> list[str]:
    """Return the words with one of them removed, repeated, replaced or cut, or in another order."""
    at = draw.randrange(len(words))
    change = draw.randrange(6)
    if change == 0:
        return [*words[:at], *words[at + 1 :]]
    if change == 1:
        return [*words[:at], words[at], *words[at:]]
    if change == 2:
        return [*words[:at], draw.choice((*NAMES, *NOT_UTF_8)), *words[at + 1 :]]
    if change == 3:
        return [*words[:at], words[at][: draw.randint(0, len(words[at]))], *words[at + 1 :]]
    if change == 4:
        return [*words[:at], "--", *words[at:]]
    return draw.sample(words, len(words))


def _safe(words: Sequence[str]) -> tuple[str, ...]:
    """
    Return the words as a system passes them, which cannot pass a zero byte.

    None of them makes `completion` write outside of the folder of the case.
    """
    words = [word.replace("\x00", "") for word in words]
    if "completion" not in words:
        return tuple(words)
    return tuple(word.replace("..", "").replace("=/", "=").lstrip("/") for word in words)
