"""Which cluster's objects a command reads, as a value that imports nothing slow."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags


class SourceChoice(NamedTuple):
    """
    Either *files*, or the *demo*, or the live cluster of *connection*.

    *cache* is the directory of `--cache-dir`, *verbosity* the level of `-v`. *recursive* (`-R`) includes the
    folders inside folders; *kubernetes_version* chooses the default roles that complete the files.
    """

    files: tuple[str, ...] = ()
    recursive: bool = False
    demo: bool = False
    kubernetes_version: str = ""
    connection: ConnectionFlags = ConnectionFlags()
    cache: str = ""
    verbosity: int = 0

    @property
    def is_live(self) -> bool:
        """Return whether a server is asked."""
        return not self.files and not self.demo
