"""
Ways from one tenant into another that releases of Kubeflow Pipelines had, and that a later one has closed.

No object on the cluster shows them: only the release does. The issues and advisories are those of
kubeflow/pipelines.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.versions import Version, version


class Hole(Struct, frozen=True):
    """
    What somebody of another tenant can reach (*what*, a noun), and the release that has *closed* it.

    *closed* is "" if no release has closed it yet; the last that surely has it is *last* then.
    """

    what: str
    closed: str
    references: tuple[str, ...]
    last: str = ""

    def is_in(self, release: Version) -> bool:
        """Whether *release* has the hole."""
        closed, last = version(self.closed), version(self.last)
        return release < closed if closed else last is not None and release <= last


HOLES = (
    Hole("logs and events of steps", "2.16.0", ("KFP#12509",)),
    Hole("pipelines without a namespace, to change them", "2.16.1", ("GHSA-ghgh-57qv-h687", "KFP#13288")),
    Hole("artifacts, without a namespace in the address", "2.17.0", ("KFP#8406", "KFP#9889")),
    Hole("addresses inside the cluster, through the pages", "2.17.0", ("CVE-2023-6570",)),
    Hole("artifacts in an object store that tenants share", "", ("KFP#13683",), last="2.17.0"),
    Hole("logs of runs, by the old API", "", ("KFP#13684",), last="2.17.0"),
    Hole("pipelines of others, in runs", "", ("GHSA-v83x-544f-ph2r", "KFP#14348"), last="2.17.0"),
)


def holes_in(release: Version) -> tuple[Hole, ...]:
    """Return the holes that *release* has, those that are closed first."""
    return tuple(hole for hole in HOLES if hole.is_in(release))
