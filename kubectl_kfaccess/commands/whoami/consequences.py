"""What each command can answer with the caller's rights, by what it declares to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.commands.whoami.rights import EVERYWHERE, HERE, Right, is_named


class Consequence(Struct, frozen=True):
    """
    What *command* can answer about a namespace.

    If something vital is unread, *answers* is what is left, "" for nothing. Otherwise *lacks* are the parts
    that are left out.
    """

    command: str
    argument: str
    answers: str
    lacks: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the command answers in full."""
        return not self.unread


def consequences(
    commands: Mapping[str, Reads], rights: Sequence[Right], namespace: str
) -> Iterator[Consequence]:
    """Yield what each command can answer about *namespace*."""
    can = Readable(rights, namespace)
    for command, reads in commands.items():
        missing = [read for read in reads.reads if not can.read(read, is_here=bool(reads.argument))]
        is_vital = any(read.vital for read in missing)
        yield Consequence(
            command,
            reads.argument,
            reads.otherwise if is_vital else "",
            () if is_vital else tuple(dict.fromkeys(read.lacks for read in missing)),
            tuple(dict.fromkeys(read.resource for read in missing)),
        )


class Readable:
    """What the caller can read about *namespace*, and cluster-wide."""

    def __init__(self, rights: Sequence[Right], namespace: str) -> None:
        self._namespace = namespace
        self._lists = {
            (right.resource, right.namespace): bool(right.allowed)
            for right in rights
            if right.verb != "get" and not is_named(right)
        }
        self._named = [right for right in rights if is_named(right)]
        self._can_get = any(
            right.allowed for right in rights if (right.verb, right.resource) == ("get", "namespaces")
        )

    def read(self, read: Read, *, is_here: bool) -> bool:
        """Whether what *read* stands for is known; *is_here*: for a question about the namespace alone."""
        can_ask = self._is_allowed(EVERYWHERE) or (is_here and self._is_allowed(HERE, self._namespace))
        if (read.or_ask and can_ask) or (read.or_get and is_here and self._can_get):
            return True
        named = [right for right in self._named if right.is_for(read)]
        if named:
            return all(right.allowed for right in named)
        return self._is_allowed(read.resource) or (
            is_here and self._is_allowed(read.resource, self._namespace)
        )

    def _is_allowed(self, resource: str, namespace: str = "") -> bool:
        return self._lists.get((resource, namespace), False)
