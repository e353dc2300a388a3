"""A random case: a command line, and the files, the standard input and the variables around it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

from tests.fuzz.command_lines import command_line, wild_line
from tests.fuzz.kubeconfigs import NowhereFiles
from tests.fuzz.objects import manifests, reviews
from tests.fuzz.spoiling import spoilt_text
from tests.robustness.names import NAMES
from tests.running import REPOSITORY
from tests.sources.kubeconfig.real_kubectl import arguments

PASTED_TEXTS = REPOSITORY / "tests" / "resolve" / "pasted_texts.yaml"
LIVE = (
    "who-can",
    "access",
    "explain",
    "check",
    "aggregation",
    "profiles",
    "review",
    "whoami",
    "resources",
    "version",
)
ON_OBJECTS = ("who-can", "access", "explain", "check", "aggregation", "profiles", "whoami", "resources")


@dataclass(frozen=True)
class Case:
    """What a command gets; *files* are in the directory in which it runs, as are those of a kubeconfig."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    environ: Mapping[str, str] = field(default_factory=dict)

    def write_files(self, directory: Path) -> None:
        """Write the files into *directory*."""
        for name, content in self.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def drawn(seed: int, number: int, directory: Path) -> Case:
    """Return case *number* of *seed*; the files of a kubeconfig are written into *directory* at once."""
    draw = Random(f"{seed}/{number}")
    return draw.choice(KINDS)(draw, directory)


def _demo(draw: Random, _directory: Path) -> Case:
    """A question about the demo."""
    return Case(command_line(draw, source=("--demo",)), stdin=draw.choice((b"", b"\xff", b"{}")))


def _objects(draw: Random, _directory: Path) -> Case:
    """A question about objects in one file or two, or on standard input."""
    name = draw.choice(("objects", "objects.yaml", "objects.json", "folder/objects.yaml"))
    first = manifests(draw)
    source = draw.choice(([name], [name], [name], ["-"], ["folder"], [name, "more.yaml"]))
    files = {name: first} | ({"more.yaml": manifests(draw)} if "more.yaml" in source else {})
    words = [word for each in source for word in ("-f", each)] + ["-R"] * (draw.random() < 0.1)
    return Case(
        command_line(draw, draw.choice(ON_OBJECTS), words), files, stdin=first if "-" in source else b""
    )


def _reviews(draw: Random, _directory: Path) -> Case:
    """Reviews, with the demo or a file as the cluster's objects."""
    files = {"reviews": reviews(draw), "reviews.jsonl": reviews(draw), "objects": manifests(draw)}
    source = ("--demo",) if draw.random() < 0.5 else ("-f", "objects")
    return Case(command_line(draw, "review", source), files, stdin=draw.choice((files["reviews"], b"")))


def _pasted(draw: Random, _directory: Path) -> Case:
    """A pasted error, as a word or on standard input."""
    text = _pasted_text(draw)
    words = tuple(word for word in command_line(draw, "explain", ("--demo",)) if word != "--")
    flags = tuple(word for word in words[1:] if word.startswith("-") and "=" in word)
    word = text.replace("\x00", "")
    asked = draw.choice(
        (("--from-error", word), (f"--from-error={word}",), (word,), ("-",), ("--from-error", "-"))
    )
    form = ("-o", draw.choice(("json", "yaml", "table", "fix", "markdown", "csv")))
    return Case(("explain", *asked, *form, "--demo", *flags), stdin=text.encode(errors="surrogatepass"))


def _kubeconfig(draw: Random, directory: Path) -> Case:
    """A command that reads a kubeconfig, and finds no server."""
    world = NowhereFiles(draw, directory / "kubeconfigs").world()
    line = command_line(draw, draw.choice(LIVE))
    folder = world.cwd.name
    variables = {name: _below(text, folder) for name, text in world.variables.items()}
    flags = [word.replace("--kubeconfig=", f"--kubeconfig={folder}/") for word in arguments(world.flags)]
    return Case((*line, *flags), environ=variables)


def _below(variable: str, folder: str) -> str:
    """Return $KUBECONFIG, whose relative paths start in *folder*."""
    return ":".join(
        text if text.startswith("/") or not text else f"{folder}/{text}" for text in variable.split(":")
    )


def _wild(draw: Random, _directory: Path) -> Case:
    """Any words in any order."""
    return Case(wild_line(draw), stdin=manifests(draw) if draw.random() < 0.1 else b"")


def _pasted_text(draw: Random) -> str:
    """Return one to three error texts, many with words replaced or bytes changed."""
    texts = [draw.choice(_texts()) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    if draw.random() < 0.5:
        words = texts[0].split(" ")
        for _ in range(draw.randint(1, 4)):
            words[draw.randrange(len(words))] = draw.choice(NAMES)
        texts[0] = " ".join(words)
    text = draw.choice(("\n", " ", ": ", "\\n", "\n2026-01-02T03:04:05Z ERROR ")).join(texts)
    if draw.random() < 0.5:
        text = spoilt_text(draw, text.encode(errors="surrogatepass")).decode(errors="surrogateescape")
    return text * draw.choice((1, 1, 1, 1, 1, 50))


@functools.cache
def _texts() -> tuple[str, ...]:
    rows = yaml.load(PASTED_TEXTS.read_bytes(), yaml.CSafeLoader)
    return tuple(row["text"] for row in rows)


KINDS: tuple[Callable[[Random, Path], Case], ...] = (
    _demo, _objects, _objects, _reviews, _pasted, _kubeconfig, _wild,
)  # fmt: skip
