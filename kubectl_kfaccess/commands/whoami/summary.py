"""What the caller's rights mean: what can be read, what cannot, and what each command can then answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.whoami.consequences import Consequence
from kubectl_kfaccess.commands.whoami.rights import EVERYWHERE, HERE, Right, is_named
from kubectl_kfaccess.terminal.safe_text import part

_NAMES = {
    "namespaces": "namespaces",
    "profiles": "profiles",
    "clusterroles": "cluster roles",
    "clusterrolebindings": "cluster role bindings",
    "roles": "roles",
    "rolebindings": "role bindings",
    "serviceaccounts": "service accounts",
    "authorizationpolicies": "policies of the mesh",
}
_SETTINGS = "settings of Kubeflow and the mesh"
_REST = "an administrator can grant it: the same with -o fix prints the roles"


class Summary:
    """The rights of a caller, who asks about *namespace*, in words."""

    def __init__(self, rights: Sequence[Right], namespace: str) -> None:
        self._namespace = namespace
        self._place = part(namespace)
        self._lists = {
            (right.resource, right.namespace): right.allowed
            for right in rights
            if right.verb != "get" and not is_named(right)
        }
        self._settings = [right.allowed for right in rights if is_named(right)]

    def can_read(self) -> str:
        """Return what can be read, and who the server can be asked about; "" for nothing."""
        return "; ".join((*self._parts(True), *self._reviews()))

    def cannot_read(self) -> str:
        """Return what cannot be read."""
        return "; ".join(self._parts(False))

    def not_known(self) -> str:
        """Return what the server does not say about reading."""
        return "; ".join(self._parts(None))

    def _parts(self, allowed: bool | None) -> Iterator[str]:
        wide = [name for name in _NAMES if self._lists.get((name, ""), ...) is allowed]
        if len(wide) == len(_NAMES):
            yield "everything cluster-wide" if allowed else "anything cluster-wide"
        elif wide:
            yield f"cluster-wide: {_names(wide)}"
        here = [
            name
            for name in _NAMES
            if self._lists.get((name, self._namespace), ...) is allowed
            and not (allowed and self._lists.get((name, "")))
        ]
        if here:
            yield f"in {self._place}: {_names(here)}"
        if self._settings and all(setting is allowed for setting in self._settings):
            yield _SETTINGS

    def _reviews(self) -> Iterator[str]:
        if self._lists.get((EVERYWHERE, "")):
            yield "can ask about others"
        elif self._lists.get((HERE, self._namespace)):
            yield f"can ask about others in {self._place}"


def _names(resources: Sequence[str]) -> str:
    return ", ".join(map(_NAMES.__getitem__, resources))


def consequence_rows(consequences: Sequence[Consequence], namespace: str) -> Iterator[tuple[str, str]]:
    """Yield commands that answer the same, with that; the last row is about what is left out, if anything."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in sorted(consequences, key=lambda consequence: bool(consequence.argument)):
        argument = f" {each.argument.format(part(namespace))}" if each.argument else ""
        text = answers_text(each)
        if text:
            # commands about one namespace have rows of their own
            alike.setdefault((text, each.command if argument else ""), []).append(f"{each.command}{argument}")
    yield from ((", ".join(names), text) for (text, _), names in alike.items())
    if not all(each.is_complete for each in consequences):
        yield "the rest", _REST


def answers_text(consequence: Consequence) -> str:
    """Return what the command answers; "" for nothing."""
    if consequence.is_complete:
        return "complete"
    if not consequence.lacks:
        return consequence.answers
    *first, last = consequence.lacks
    return f"all but {', '.join(first)} and {last}" if first else f"all but {last}"
