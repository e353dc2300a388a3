"""What the flags choose about namespaces and subjects, as values that are cheap to make."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class ScopeChoice(NamedTuple):
    """The namespaces that `-n` names, whether `-A` asks for all of them, and the labels of `-l`."""

    namespaces: tuple[str, ...] = ()
    everywhere: bool = False
    selector: str = ""

    @property
    def named(self) -> str:
        """The namespace that `-n` names; "" without it, and with `-A`, which wins."""
        return "" if self.everywhere else "".join(self.namespaces[:1])

    @property
    def is_narrowed(self) -> bool:
        """Whether a flag chooses some of the namespaces."""
        return bool(self.selector or self.named)


class SubjectChoice(NamedTuple):
    """
    SUBJECT as it was typed (None: the caller), and the groups that `--group` adds.

    *namespace* is the one that `-n` names, where a bare account name is looked up first.
    """

    text: str | None = None
    groups: tuple[str, ...] = ()
    namespace: str = ""
