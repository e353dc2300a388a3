"""
Cache for TAB what a command has read from the cluster anyway.

A command does this after its answer is written. The names of a single namespace are cached as old ones: TAB
offers them at once if the server is slow, and still asks for those of the whole cluster.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubectl_kfaccess.completion.collected import of_snapshot
from kubectl_kfaccess.completion.kept_files import FRESH_SECONDS, age, write
from kubectl_kfaccess.completion.kubeconfig_names import folder
from kubectl_kfaccess.completion.parts import PARTS, Part, file_name
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource

if TYPE_CHECKING:
    from pathlib import Path

    from kubectl_kfaccess.rbac.snapshot import Snapshot
    from kubectl_kfaccess.sources.source import Wanted

MOST_BINDINGS = 2_000
"""The names of more bindings are left for TAB, so that no command ends noticeably later."""


def keep_names(source: object) -> None:
    """Cache the names that *source* has read, if it is a cluster; what fails is left for TAB to ask for."""
    with contextlib.suppress(Exception):  # the answer is written, and names are only a convenience
        if isinstance(source, ClusterSource) and source.cache and source.reads:
            directory = source.cache / "kfaccess" / folder(source.connection)
            for wanted, snapshot in source.reads:
                _keep(directory, wanted, snapshot)


def _keep(directory: Path, wanted: Wanted, snapshot: Snapshot) -> None:
    due = [
        (part, directory / file_name(name, namespace), namespace)
        for name, part in PARTS.items()
        for namespace in _namespaces(part, wanted, snapshot)
    ]
    due = [entry for entry in due if age(entry[1]) >= FRESH_SECONDS]
    names = of_snapshot(snapshot) if due else {}
    for part, file, namespace in due:
        write(file, {sort: names[sort] for sort in part.sorts})
        if namespace:
            then = time.time() - FRESH_SECONDS
            os.utime(file, (then, then))


def _namespaces(part: Part, wanted: Wanted, snapshot: Snapshot) -> Iterator[str]:
    """Yield "" if the snapshot has the whole part, or the single namespace that it has the part of."""
    if not set(part.resources) <= set(wanted.resources) or len(snapshot.role_bindings) > MOST_BINDINGS:
        return
    unread = {gap.resource for gap in snapshot.gaps} & set(part.resources)
    if not part.is_namespaced or wanted.namespaces is None:
        if not unread:
            yield ""
    elif len(wanted.namespaces) == 1 and part.namespaced_resource not in unread:
        yield from wanted.namespaces
