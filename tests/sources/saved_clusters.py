"""Saved snapshots as sources, for tests that need a cluster and no server."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.model import KubernetesObject, PolicyRule
from kubectl_kfaccess.sources.assumed_change import BY_STRUCT
from kubectl_kfaccess.sources.snapshots.document import (
    API_VERSION,
    KIND,
    SERVER,
    Document,
    SavedCaller,
    SavedCluster,
    SavedCoverage,
    SavedGap,
    SavedRules,
    SavedTypes,
)
from kubectl_kfaccess.sources.snapshots.saved import SavedSource


def saved_cluster(
    *objects: KubernetesObject,
    rules: Mapping[str, Sequence[PolicyRule]] | None = None,
    gaps: Sequence[SavedGap] = (),
    lists: Mapping[str, tuple[str, ...]] | None = None,
) -> SavedSource:
    """Return a server's snapshot with *objects*, that alice took, who has *rules* by namespace."""
    by_resource: dict[str, list[KubernetesObject]] = {}
    for each in objects:
        by_resource.setdefault(BY_STRUCT[each.kind].resource, []).append(each)
    own_rules = tuple(SavedRules(name, tuple(own)) for name, own in (rules or {}).items())
    document = Document(
        API_VERSION,
        KIND,
        "1",
        "",
        SERVER,
        SavedCluster(),
        SavedCaller("alice", rules=own_rules),
        SavedTypes(),
        SavedCoverage(not gaps, tuple(gaps), dict(lists or {})),
        {name: msgspec.Raw(msgspec.json.encode(each)) for name, each in by_resource.items()},
    )
    streams = (io.BytesIO(), io.StringIO(), io.StringIO())
    return SavedSource(document, "a file", Environment(*streams, {}, Path("/")))
