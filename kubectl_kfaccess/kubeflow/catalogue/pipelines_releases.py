"""The releases of Kubeflow Pipelines that were read, and which facts about its services hold in each."""

from __future__ import annotations

from typing import Protocol

from kubectl_kfaccess.kubeflow.catalogue import service_call_tables
from kubectl_kfaccess.kubeflow.versions import Version, Versions, version

OLDEST, NEWEST = "1.8.0", "2.17.0"
"""The first and the last release of Kubeflow Pipelines that the rows were taken from."""

RELEASES = (
    *(f"1.8.{patch}" for patch in (0, 1, 2, 3, 4, 5, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)),
    *(f"2.0.0-alpha.{count}" for count in range(8)),
    *(f"2.0.{patch}" for patch in range(6)),
    *(f"2.{minor}.0" for minor in (1, 2, 3, 4)), "2.4.1", "2.5.0", "2.14.0", "2.14.3", "2.14.4",
    "2.15.0", "2.16.0", "2.16.1", "2.17.0", service_call_tables.NEXT,
)  # fmt: skip
"""The releases of Kubeflow Pipelines that the rows were taken from, and the one after the newest."""

_RELEASES = tuple(release for text in RELEASES if (release := version(text)) is not None)


class Row(Protocol):
    """A fact that holds from the release *since* to the release *until*, both inclusive."""

    @property
    def since(self) -> str: ...

    @property
    def until(self) -> str: ...


def known_release(text: str) -> Version | None:
    """Return the release of Kubeflow Pipelines that *text* names, None if the tables do not cover it."""
    release, oldest = version(text), version(OLDEST)
    if release is None or oldest is None or release < oldest:
        return None
    # 2.0.0 was a rewrite: each of its betas checked different verbs, and no platform ships them
    return None if release.numbers == (2, 0, 0) and release.before.startswith(("beta", "rc")) else release


def holds_in(row: Row, release: Version | None) -> bool:
    """
    Whether *row* applies to that release; without a release, every row applies.

    A release between two of RELEASES counts as the earlier one, so that no range has a hole.
    """
    return release is None or Versions(row.since, row.until).has(release_read_for(release))


def release_read_for(release: Version) -> Version:
    """Return the newest of RELEASES that is not newer than *release*: the one that its answer was read in."""
    return max((known for known in _RELEASES if known <= release), default=release)


def releases_text(row: Row) -> str:
    """Return the releases in which *row* holds, as text."""
    return f"> {NEWEST}" if row.since == service_call_tables.NEXT else str(Versions(row.since, row.until))
