"""What the caller's rights mean: what can be read, what cannot, and what each command can then answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.whoami.answer import EVERYWHERE, HERE, Right
from kubectl_kfaccess.terminal.safe_text import shown

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


class Summary:
    """The rights of a caller, who asks about *namespace*, in words."""

    def __init__(self, rights: Sequence[Right], namespace: str) -> None:
        self._namespace = namespace
        self._place = shown(namespace)
        self._lists = {(right.resource, right.namespace): right.allowed for right in rights if not right.name}
        self._settings = [right.allowed for right in rights if right.resource == "configmaps"]

    def can_read(self) -> list[str]:
        """Return what can be read, and who the server can be asked about; a line for each place."""
        return [*self._lines(True), *self._reviews()]

    def cannot_read(self) -> list[str]:
        """Return what cannot be read; a line for each place."""
        return [*self._lines(False)]

    def not_known(self) -> list[str]:
        """Return what the server does not say about reading."""
        return [*self._lines(None)]

    def consequences(self) -> Iterator[tuple[str, str]]:
        """Yield commands, each with what it can answer about the namespace."""
        yield "access, explain", "complete about yourself"
        yield f"who-can -n {self._place}", self._who_can()
        yield f"check -n {self._place}", self._check()
        yield f"profiles {self._place}", self._profiles()

    def _reads(self, resource: str) -> bool:
        """Whether the resource can be read in the namespace, or if it has none in the cluster."""
        return any(self._lists.get((resource, place)) for place in ("", self._namespace))

    @property
    def _asks(self) -> bool:
        """Whether the server can be asked about others in the namespace."""
        return bool(self._lists.get((EVERYWHERE, "")) or self._lists.get((HERE, self._namespace)))

    def _lines(self, allowed: bool | None) -> Iterator[str]:
        wide = [name for name in _NAMES if self._lists.get((name, ""), ...) is allowed]
        everything = len(wide) == len(_NAMES)
        if wide:
            what = "everything" if allowed else "anything"
            names = what if everything else ", ".join(map(_NAMES.__getitem__, wide))
            yield f"in the whole cluster: {names}"
        here = [
            name
            for name in _NAMES
            if self._lists.get((name, self._namespace), ...) is allowed
            and not self._is_implied(name, allowed)
        ]
        if here:
            yield f"in {self._place}: {', '.join(map(_NAMES.__getitem__, here))}"
        if self._settings and all(setting is allowed for setting in self._settings):
            yield _SETTINGS

    def _is_implied(self, name: str, allowed: bool | None) -> bool:
        """Whether the answer for the whole cluster says it already."""
        return bool(allowed) and bool(self._lists.get((name, "")))

    def _reviews(self) -> Iterator[str]:
        if self._lists.get((EVERYWHERE, "")):
            yield "you can ask the server about others"
        elif self._lists.get((HERE, self._namespace)):
            yield f"you can ask the server about others in {self._place}"

    def _who_can(self) -> str:
        if not self._reads("rolebindings"):
            return "whether you can, not who else can"
        if not self._reads("clusterrolebindings"):
            return f"everybody bound in {self._place}, not who has access to the whole cluster"
        roles = self._reads("clusterroles") and self._reads("roles")
        return "complete" if roles or self._asks else "who is bound, not what all of their roles allow"

    def _check(self) -> str:
        needed = ("rolebindings", "serviceaccounts")
        roles = self._reads("clusterroles") and self._reads("roles")
        if roles and self._reads("clusterrolebindings") and all(map(self._reads, needed)):
            return "complete"
        if self._asks:
            return "complete, by the server's own answers; not how roles differ from the shipped ones"
        return "only what can be read"

    def _profiles(self) -> str:
        if not self._reads("rolebindings"):
            return "almost nothing: role bindings cannot be read"
        lost = [
            words
            for resource, words in (("profiles", "the owner"), ("authorizationpolicies", "the mesh"))
            if not self._reads(resource)
        ]
        return f"all but {' and '.join(lost)}" if lost else "complete"
