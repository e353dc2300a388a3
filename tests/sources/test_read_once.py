"""A source whose lists are read once for several commands' answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.sources.opened import open_source
from kubectl_kfaccess.sources.read_once import ReadOnce
from kubectl_kfaccess.sources.source import Wanted
from kubectl_kfaccess.sources.source_choice import SourceChoice

RESOURCES = ("rolebindings", "clusterroles", "configmaps")
REFUSED = Gap("rolebindings", "", "not for you")
UNREAD_FILE = Gap("clusterroles", "", "misspelled", ErrorCode.UNREADABLE_INPUT)


@dataclass
class Counted:
    """The demo, which counts what is read of it, and has *gaps*."""

    gaps: tuple[Gap, ...] = ()
    inner: Any = field(default_factory=lambda: open_source(SourceChoice(demo=True), Environment.actual()))
    reads: list[Wanted] = field(default_factory=list)

    def read(self, wanted: Wanted) -> Snapshot:
        """Return the demo's objects."""
        self.reads.append(wanted)
        known: Snapshot = self.inner.read(wanted)
        return Snapshot(role_bindings=known.role_bindings, gaps=self.gaps)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def read_once(*gaps: Gap) -> tuple[ReadOnce, Counted]:
    """Return the source, and what counts for it."""
    counted = Counted(gaps)
    return ReadOnce(counted, RESOURCES), counted


def test_lists_are_read_together_once() -> None:
    """Whatever is wanted first, and in which namespaces."""
    source, counted = read_once()

    first = source.read(Wanted(("rolebindings",)))
    assert first is source.read(Wanted(("clusterroles",)))
    assert first is source.read(Wanted(("rolebindings",), ("team-a",)))

    assert [Wanted(RESOURCES)] == counted.reads


def test_gaps_are_those_of_what_is_wanted() -> None:
    """A gap elsewhere makes no answer incomplete."""
    source, _ = read_once(REFUSED, UNREAD_FILE)

    assert (REFUSED,) == source.read(Wanted(("rolebindings",))).gaps
    assert (UNREAD_FILE,) == source.read(Wanted(("clusterroles",))).gaps
    assert () == source.read(Wanted(("configmaps",))).gaps


def test_namespaces_of_a_refused_list_are_read_one_by_one() -> None:
    """Callers who cannot list a whole cluster can often list their own namespace."""
    source, counted = read_once(REFUSED)

    source.read(Wanted(("rolebindings",), ("team-a",)))

    assert [Wanted(RESOURCES), Wanted(("rolebindings",), ("team-a",))] == counted.reads


def test_other_lists_are_read_when_they_are_wanted() -> None:
    """Those that no answer was known to need."""
    source, counted = read_once()

    source.read(Wanted(("secrets",)))

    assert [Wanted(("secrets",))] == counted.reads
