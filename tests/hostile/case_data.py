"""The tables of `files.yaml`: files that are wrong, and command lines that are."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("files.yaml")


class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How a command ends.

    *stderr* are patterns that must all match a part of it, *never* patterns that match neither stream;
    *stdout* are its lines.
    """

    status: int
    stderr: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    stdout: tuple[str, ...] = ()
    seconds: float = 10.0


class Content(Outcome, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A file that is read in every way there is; in patterns, PLACE is how messages call it.

    *content* is its text, in *encoding*, or the name of a generator in *generated* makes it. What is wrong
    with it for the cluster's objects is wrong for reviews as well, unless *reviews* has other patterns.
    """

    id: str
    name: str = "a.yaml"
    content: str = ""
    encoding: str = "utf-8"
    generated: str = ""
    reviews: tuple[str, ...] = ()

    @property
    def bytes(self) -> bytes:
        """What stands in the file."""
        if self.generated:
            return GENERATORS[self.generated]()
        return codecs.encode(self.content, self.encoding)


class CommandLine(Outcome, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command line and the files around it, a directory where the name ends in `/`."""

    id: str
    argv: tuple[str, ...]
    files: dict[str, str] = {}
    stdin: str = ""

    def make(self, directory: Path) -> None:
        """Write the files into *directory*."""
        for name, content in self.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if name.endswith("/") else path.write_text(content)


class Tables(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole; *texts* are there to be referred to."""

    texts: dict[str, Any]
    contents: tuple[Content, ...]
    command_lines: tuple[CommandLine, ...]


def tables() -> Tables:
    """Return both tables, in the order of the file."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=Tables)


ROLE = b"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a, namespace: b}\n"
JSON_ROLE = b'{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": '
REVIEW = (
    b'{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", '
    b'"spec": {"user": "u", "nonResourceAttributes": {"path": "/"}}}\n'
)
DEEP = 100_000


def _laughs(levels: int, width: int) -> bytes:
    """Lists of aliases of lists: *width* to the power of *levels* values in a few hundred bytes."""
    lines = [f"l0: &l0 [{', '.join(['lol'] * width)}]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]" for n in range(1, levels)]
    return ROLE + "".join(f"{line}\n" for line in lines).encode() + b"rules: *l%d\n" % (levels - 1)


def _deep_block() -> bytes:
    """A mapping in a mapping in a mapping, each indented by one more; its size is the depth's square."""
    return ROLE + b"rules:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 2_000))


GENERATORS: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: _laughs(9, 10),
    "many laughs": lambda: _laughs(30, 30),
    "deep flow lists": lambda: ROLE + b"rules: " + b"[" * DEEP + b"]" * DEEP + b"\n",
    "deep flow lists, unclosed": lambda: ROLE + b"rules: " + b"[" * DEEP,
    "deep flow mappings": lambda: ROLE + b"rules: " + b"{a: " * DEEP + b"}" * DEEP + b"\n",
    "deep block mappings": _deep_block,
    "deep block lists": lambda: ROLE + b"rules:\n" + b"- " * DEEP + b"a\n",
    "deep complex keys": lambda: ROLE + b"rules:\n" + b"? " * DEEP + b"a\n",
    "deep JSON lists": lambda: JSON_ROLE + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep JSON mappings": lambda: JSON_ROLE + b'{"a":' * DEEP + b"1" + b"}" * (DEEP + 1),
    "deep JSON, unclosed": lambda: b"[" * DEEP,
    "deep JSON Lists": lambda: b'{"kind": "List", "apiVersion": "v1", "items": [' * DEEP + b"]}" * DEEP,
    "one long line": lambda: b"a" * 5_000_000,
    "long key": lambda: b"a" * 100_000 + b": 1\n",
    "noise": lambda: bytes(range(256)) * 1000,
    "zeros": lambda: bytes(100_000),
    "cut in a character": lambda: ROLE + "note: é".encode()[:-1],
    "number without end": lambda: JSON_ROLE + b"1" * DEEP + b"}",
    "YAML number without end": lambda: ROLE + b"rules: " + b"1" * 100_000 + b"\n",
    "sexagesimal number": lambda: ROLE + b"rules: " + b":".join([b"1"] * 50_000) + b"\n",
    "noise in a first review": lambda: REVIEW.replace(b'"u"', b'"\xff"'),
    "noise in a second review": lambda: REVIEW + REVIEW.replace(b'"u"', b'"\xff"'),
    "deep second review": lambda: REVIEW + b'{"spec": {"extra": ' + b"[" * DEEP + b"]" * DEEP + b"}}\n",
    "many separators": lambda: b"---\n" * DEEP,
}
