"""Open the chosen source. A live cluster reads its kubeconfig only when it is first used."""

from __future__ import annotations

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.sources.source_choice import SourceChoice


def open_source(choice: SourceChoice, env: Environment) -> Source:
    """Return the source of *choice*; raises UsageError if a file cannot be used."""
    present = _present(choice, env)
    if choice.hypothetical.is_empty:
        return present
    # It reads manifests, and few commands need it
    from kubectl_kfaccess.sources.overlaid import overlaid_source

    return overlaid_source(present, choice)


def _present(choice: SourceChoice, env: Environment) -> Source:
    """Return the cluster's objects as they are."""
    if choice.is_live:
        # Connections are slow to import, and files do not need them
        from kubectl_kfaccess.sources.cluster.cluster import live_cluster

        return live_cluster(choice, env)
    # What reads files is slow to import as well, and a cluster does not need it
    from kubectl_kfaccess.sources.snapshots.opening import files_or_snapshot

    return files_or_snapshot(choice, env)
