"""The roles and bindings with which the caller can read all that the commands need, as YAML with comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kubectl_kfaccess.commands.reads import Reads, reads_of_commands
from kubectl_kfaccess.commands.whoami.rights import EVERYWHERE, HERE, Right, is_named
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.manifests import Manifest, rbac_manifest, subject_manifest
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed

NAME = "kubectl-kfaccess"
_HEAD = """\
# What kubectl-kfaccess reads, and nothing else: with these permissions every command answers in full.
# None of them can change the cluster: a SubjectAccessReview is a question, and is not stored.
"""


def permissions_text(user: str, rights: Sequence[Right]) -> str:
    """Return the YAML of roles and bindings for *user*; "" if they have all of it."""
    needed = [right for right in rights if _is_needed(right)]
    if all(right.allowed for right in needed):
        return ""
    commands = reads_of_commands()
    places = dict.fromkeys(_place(right) for right in needed)
    pieces = []
    for place in places:
        inside = [right for right in needed if _place(right) == place]
        pieces += [_role_text(place, inside, commands), _binding_text(place, user)]
    return _HEAD + "".join(pieces)


def _is_needed(right: Right) -> bool:
    """Whether it is part of the complete set: what is granted in one namespace alone is not."""
    return right.resource != HERE and (not right.namespace or is_named(right) or right.verb == "get")


def _place(right: Right) -> str:
    """Return the namespace of the Role that grants it; "" for the ClusterRole."""
    return right.namespace if is_named(right) else ""


def _role_text(place: str, rights: Sequence[Right], commands: Mapping[str, Reads]) -> str:
    """Return a role with a comment in front of each rule."""
    rules, comments = [], []
    for right in rights:
        rules.append(_rule(right))
        comments.append(f"# {_comment(right, commands)}")
    kind = "Role" if place else "ClusterRole"
    lines = manifests_text([rbac_manifest(kind, NAME, place, rules=rules)]).splitlines()
    left = iter(comments)
    return "".join(
        f"{next(left)}\n{text}\n" if text.startswith("- apiGroups:") else f"{text}\n" for text in lines
    )


def _rule(right: Right) -> Manifest:
    names = {"resourceNames": [right.name]} if right.name and is_named(right) else {}
    return {"apiGroups": [right.group], "resources": [right.resource], **names, "verbs": [right.verb]}


def _comment(right: Right, commands: Mapping[str, Reads]) -> str:
    """Return the commands that need it."""
    if right.resource == EVERYWHERE:
        return "questions about others, and --verify"
    if (right.verb, right.resource) == ("get", "namespaces"):
        return "whether the namespace of -n exists"
    return ", ".join(name for name, reads in commands.items() if any(map(right.is_for, reads.reads)))


def _binding_text(place: str, user: str) -> str:
    subject = subject_manifest(displayed(Principal(USER, user)))
    binding = rbac_manifest(
        "RoleBinding" if place else "ClusterRoleBinding",
        _binding_name(user),
        place,
        roleRef={"apiGroup": RBAC_GROUP, "kind": "Role" if place else "ClusterRole", "name": NAME},
        subjects=[subject],
    )
    return manifests_text([binding])


def _binding_name(user: str) -> str:
    """Return a name that no other user's binding has: a path segment (upstream: IsValidPathSegmentName)."""
    return f"{NAME}:{''.join(_SAFE.get(character, character) for character in user)}"


_SAFE = {"/": "_2F", "%": "_25", "_": "__"}
