"""Which cluster's objects a command reads, as a value that imports nothing slow."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags


class Hypothetical(NamedTuple):
    """
    A change that is assumed, in the user's words; empty if the cluster counts as it is.

    *applied* are files (`--with`), *deleted* are files or `KIND/[NAMESPACE/]NAME` (`--without`). *pruned* is
    a label selector (`--prune`): of the objects that it selects, those that *applied* lacks are deleted.
    """

    applied: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    pruned: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is assumed."""
        return not (self.applied or self.deleted or self.pruned)


class SourceChoice(NamedTuple):
    """
    Either *files*, or the *demo*, or the live cluster of *connection*.

    *cache* is the directory of `--cache-dir`, *verbosity* the level of `-v`. *recursive* (`-R`) includes the
    folders inside folders; *kubernetes_version* chooses the default roles that complete the files.
    The change *hypothetical* is laid over the objects. *contexts*, which can be patterns, or *all_contexts*
    choose several live clusters; each of them has its name in *connection* then.
    """

    files: tuple[str, ...] = ()
    recursive: bool = False
    demo: bool = False
    kubernetes_version: str = ""
    connection: ConnectionFlags = ConnectionFlags()
    cache: str = ""
    verbosity: int = 0
    hypothetical: Hypothetical = Hypothetical()
    contexts: tuple[str, ...] = ()
    all_contexts: bool = False

    @property
    def is_live(self) -> bool:
        """Return whether a server is asked."""
        return not self.files and not self.demo
