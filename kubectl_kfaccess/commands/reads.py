"""What each command reads of a cluster, as its `arguments` module declares, and what is lost without it."""

from __future__ import annotations

import importlib

from kubectl_kfaccess.commands import COMMANDS
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


class Read(NamedTuple):
    """
    A resource that a command reads, and what its answer leaves out without it, for `all but …`.

    Without a *vital* one it answers only what the command's *otherwise* says, and *lacks* is "" if the answer
    itself says what is missing. If *or_ask*, access reviews
    about others take its place; if *or_get*, the namespace that the question is about says enough. Objects
    that are read by their names are in *place*, if it is set.
    """

    resource: str
    lacks: str = ""
    vital: bool = False
    or_ask: bool = False
    or_get: bool = False
    place: str = ""


class Reads(NamedTuple):
    """
    All that a command reads.

    *otherwise* is what it answers without what is vital; "" for nothing. *argument* is what comes after the
    command's name if the question is about one namespace: `-n {}`. Without it, it is about all of them.
    """

    reads: tuple[Read, ...]
    otherwise: str = ""
    argument: str = ""

    @property
    def resources(self) -> tuple[str, ...]:
        """The plural names of the resources, each once."""
        return tuple(dict.fromkeys(read.resource for read in self.reads))

    def cost(self, unread: Collection[str]) -> str:
        """
        Return what is not known without the resources *unread*, as the end of a sentence.

        "" if the answer says it itself, or if the namespace says enough.
        """
        missing = [read for read in self.reads if read.resource in unread and not read.or_get]
        lacks = dict.fromkeys(read.lacks for read in missing)
        if "" in lacks:
            return ""
        return f"not known: {', '.join(lacks)}" if lacks else ""


def reads_of_commands() -> dict[str, Reads]:
    """Return what each command reads that reads anything, in the order of COMMANDS."""
    modules = {
        command: importlib.import_module(f"kubectl_kfaccess.commands.{command.replace('-', '_')}.arguments")
        for command in COMMANDS
    }
    return {command: module.READS for command, module in modules.items() if hasattr(module, "READS")}
