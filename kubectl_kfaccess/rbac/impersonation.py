"""
The verbs of constrained impersonation, which Kubernetes has since 1.36.

`impersonate:MODE` allows acting as an identity, and `impersonate-on:MODE:VERB` allows what is done as it.
Both are needed, or instead of both the old verb `impersonate` (KEP-5284; apiserver:
pkg/endpoints/filters/impersonation/mode.go).
"""

from __future__ import annotations

IMPERSONATE = "impersonate"
_ON = "impersonate-on"
_IDENTITIES = {
    "user-info": "the user",
    "serviceaccount": "the service account",
    "arbitrary-node": "the node",
    "associated-node": "the node",
}


def mode_of(verb: str) -> str:
    """Return the mode in a verb of constrained impersonation, "" for other verbs."""
    kind, _, rest = verb.partition(":")
    mode, _, target_verb = rest.partition(":")
    has_expected_form = (kind, bool(target_verb)) in ((IMPERSONATE, False), (_ON, True))
    return mode if has_expected_form and mode in _IDENTITIES else ""


def verb_on_target(verb: str) -> str:
    """Return VERB of `impersonate-on:MODE:VERB`; any other verb is returned as it is."""
    return verb.split(":", 2)[2] if is_on_target(verb) else verb


def is_on_target(verb: str) -> bool:
    """Whether *verb* is `impersonate-on:MODE:VERB`, which is about what is done as somebody else."""
    return bool(mode_of(verb)) and verb.startswith(_ON)


def both_needed(verb: str) -> str:
    """Return a sentence on what else impersonation needs if a server misses *verb*; "" for other verbs."""
    mode = mode_of(verb)
    if not mode:
        return ""
    first = f"`{IMPERSONATE}:{mode}` on {_IDENTITIES[mode]}"
    second = f"`{_ON}:{mode}:{verb_on_target(verb) if is_on_target(verb) else 'VERB'}` on the resource"
    return f"impersonation needs both {first} and {second}, or instead of both the old verb `{IMPERSONATE}`"
