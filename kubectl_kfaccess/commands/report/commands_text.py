"""Commands to copy: what deletes a binding, and what asks the program for more."""

from __future__ import annotations

import re

from kubectl_kfaccess.rbac.model import KubernetesObject, Subject
from kubectl_kfaccess.rbac.subjects import reference

PROGRAM = "kubectl kfaccess"
_TYPES = {
    "RoleBinding": "rolebinding",
    "ClusterRoleBinding": "clusterrolebinding",
    "AuthorizationPolicy": "authorizationpolicies.security.istio.io",
}
# What every shell reads as one word; commands with other names are not printed
_ONE_WORD = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._:@+/]*")


def is_one_word(text: str) -> bool:
    """Whether every shell reads *text* as one word, and it is no flag."""
    return _ONE_WORD.fullmatch(text) is not None


def delete(target: KubernetesObject) -> str:
    """Return the command that deletes the object; "" if its name cannot stand in a command."""
    return delete_named(target.kind, target.namespace, target.name)


def delete_named(kind: str, namespace: str, name: str) -> str:
    """Return the same for an object that is given by its kind and names."""
    if kind not in _TYPES or not is_one_word(name) or (namespace and not is_one_word(namespace)):
        return ""
    place = f" -n {namespace}" if namespace else ""
    return f"kubectl delete {_TYPES[kind]} {name}{place}"


def edit_named(kind: str, namespace: str, name: str) -> str:
    """Return the command that opens the object in an editor; "" if its name cannot stand in a command."""
    return delete_named(kind, namespace, name).replace("kubectl delete", "kubectl edit", 1)


def ask(*words: str) -> str:
    """Return the command line of this program; "" if a word cannot stand in it."""
    plain = all(word.startswith("-") or is_one_word(word) for word in words)
    return " ".join((PROGRAM, *words)) if plain else ""


def ask_about(command: str, subject: Subject, *flags: str) -> str:
    """Return the command line that asks about a subject; "" if its name cannot stand in it."""
    return ask(command, reference(subject), *flags)
