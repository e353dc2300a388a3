"""From the choice of a source to the source; a live one reads its kubeconfig when it is first asked."""

from __future__ import annotations

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.files.files import FilesSource, demo
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.sources.source_choice import SourceChoice


def opened(choice: SourceChoice, env: Environment) -> Source:
    """Return the source that was chosen."""
    if choice.is_live:
        # the client's library is slow to import, and files need none of it
        from kubectl_kfaccess.sources.cluster.cluster import live_cluster

        return live_cluster(choice, env)
    if choice.demo:
        return demo(env, choice.kubernetes_version)
    return FilesSource(choice.files, env, choice.recursive, choice.kubernetes_version)
