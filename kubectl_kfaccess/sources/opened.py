"""Open the chosen source. A live cluster reads its kubeconfig only when it is first used."""

from __future__ import annotations

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.sources.source_choice import SourceChoice


def open_source(choice: SourceChoice, env: Environment) -> Source:
    """Return the source of *choice*; raises UsageError if a file cannot be used."""
    if choice.is_live:
        # Connections are slow to import, and files do not need them
        from kubectl_kfaccess.sources.cluster.cluster import live_cluster

        return live_cluster(choice, env)
    # What reads manifests is slow to import as well, and a cluster does not need it
    from kubectl_kfaccess.sources.files.files import files_source

    return files_source(choice, env)
