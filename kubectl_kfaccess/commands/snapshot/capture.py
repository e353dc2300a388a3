"""Read everything that commands read of a cluster, and note what could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from msgspec import Struct

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.kubeflow.namespaces import kubeflow_namespaces
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    API_SERVER,
    candidate_namespaces,
    setting_config_maps,
)
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.likely_namespaces import ELSEWHERE, likely_namespaces
from kubectl_kfaccess.resolve.namespaces import with_named_namespaces
from kubectl_kfaccess.sources.kinds import BY_RESOURCE, KINDS
from kubectl_kfaccess.sources.snapshots.document import SavedRules
from kubectl_kfaccess.sources.snapshots.saved import SavedSource
from kubectl_kfaccess.sources.source import Source, Wanted

RESOURCES = tuple(kind.resource for kind in KINDS if kind.resource != "deployments")


class Capture(Struct, frozen=True):
    """
    What was read: the objects with all gaps, and *lists*, the namespaces read one by one, by resource.

    *rules* are the caller's in these namespaces, if they cannot read everything.
    """

    snapshot: Snapshot
    lists: dict[str, tuple[str, ...]]
    rules: tuple[SavedRules, ...] = ()


def captured(source: Source) -> Capture:
    """Return what *source* holds. Raises CannotAnswer where the cluster cannot be asked."""
    wide = source.read(Wanted(RESOURCES))
    refused = tuple(
        gap.resource for gap in wide.gaps if not gap.namespace and BY_RESOURCE[gap.resource].namespaced
    )
    if not refused or not source.live:
        return Capture(_with_pipelines(source, wide), {})
    names = _places(source, wide)
    single = source.read(Wanted(refused, names))
    gaps = tuple(gap for gap in single.gaps if gap.namespace)
    known = replace(single.over(wide), gaps=(*wide.gaps, *gaps))
    unread = {(gap.resource, gap.namespace) for gap in gaps}
    lists = {
        resource: tuple(name for name in sorted(names) if (resource, name) not in unread)
        for resource in sorted(refused)
    }
    known = with_named_namespaces(source, known, names)
    return Capture(_with_pipelines(source, known), lists, _rules(source, names))


def _places(source: Source, wide: Snapshot) -> tuple[str, ...]:
    """Return the namespaces to read one by one: Kubeflow's, the context's, those probably the caller's."""
    likely = (each.name for each in likely_namespaces(source))
    mesh = BY_RESOURCE["authorizationpolicies"].counts_everywhere
    names = (*kubeflow_namespaces(wide), *likely, source.default_namespace().name, "kubeflow", mesh)
    return tuple(dict.fromkeys(name for name in names if name))


def _rules(source: Source, names: Iterable[str]) -> tuple[SavedRules, ...]:
    """Return the caller's rules in *names*, and in a namespace that is nobody's."""
    if source.reviewer is None:
        return ()
    places = tuple(sorted({*names, ELSEWHERE}))
    replies = source.reviewer.rules(places)
    return tuple(
        SavedRules(place, reply.rules, reply.incomplete, reply.evaluation_error, reply.problem)
        for place, reply in zip(places, replies, strict=True)
    )


def _with_pipelines(source: Source, known: Snapshot) -> Snapshot:
    """Return the snapshot with the Deployments and ConfigMaps that say how pipelines run."""
    gaps: list[Gap] = []
    pipelines = Snapshot()
    for place in candidate_namespaces(known):
        read = source.read_object("deployments", place, API_SERVER)
        for name in setting_config_maps(read, place):
            read = source.read_object("configmaps", place, name).over(read)
        gaps += read.gaps
        pipelines = read.over(pipelines)
    everything = replace(pipelines, gaps=()).over(known)
    return replace(everything, gaps=tuple(sorted({*known.gaps, *gaps})), assumed=known.assumed)


def check_source(source: Source, *, files: tuple[str, ...]) -> None:
    """Raise UsageError if the source is manifests: they are files already, and their cluster is not known."""
    if files and not source.live and not isinstance(source, SavedSource):
        raise UsageError(
            "`snapshot` reads a cluster, and `-f` gives manifests",
            hint="every command reads the manifests themselves with `-f`",
        )
