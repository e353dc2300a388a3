"""The namespaces and the subject that the flags choose, as values that every start can import."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class ScopeChoice(NamedTuple):
    """The namespaces of `-n`, whether `-A` was given, and the label selector of `-l` ("" for none)."""

    namespaces: tuple[str, ...] = ()
    everywhere: bool = False
    selector: str = ""

    @property
    def named(self) -> str:
        """The namespace of `-n`; "" without `-n`, or with `-A`, which wins."""
        return "" if self.everywhere else "".join(self.namespaces[:1])

    @property
    def is_narrowed(self) -> bool:
        """Whether `-l` or `-n` chooses some of the namespaces."""
        return bool(self.selector or self.named)


class SubjectChoice(NamedTuple):
    """
    SUBJECT as it was typed (None for the caller), and the groups that `--group` adds.

    *namespace* is that of `-n`: a bare service account name is looked up there alone; "" looks everywhere.
    *people* is the file of `--people`, which knows the groups of users; "" without it.
    """

    text: str | None = None
    groups: tuple[str, ...] = ()
    namespace: str = ""
    people: str = ""
