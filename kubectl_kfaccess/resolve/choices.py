"""The namespaces and the subject that the flags choose, as values that every start can import."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class ScopeChoice(NamedTuple):
    """The namespaces of `-n`, whether `-A` was given, and the label selector of `-l` ("" for none)."""

    namespaces: tuple[str, ...] = ()
    everywhere: bool = False
    selector: str = ""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The namespaces of `-n`; none with `-A`, which wins."""
        return () if self.everywhere else self.namespaces

    @property
    def named(self) -> str:
        """The only namespace of `-n`; "" if there is none, or several."""
        return self.chosen[0] if len(self.chosen) == 1 else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether `-l` or `-n` chooses some of the namespaces."""
        return bool(self.selector or self.chosen)


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
