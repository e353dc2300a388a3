"""
The names that the cluster knows, from a cache, which is renewed while the shell waits a little.

A process of its own asks the server (`refresh.py`), so that a slow answer comes to the next TAB; who waits
does so for less than a second, and not again while that process may still be at it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from kubectl_kfaccess.completion.cluster import Cluster, cluster, flags_of
from kubectl_kfaccess.completion.kept_files import digest
from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.safe import names as safe_names
from kubectl_kfaccess.completion.words import Type

TYPE_CHECKING = False  # as in `typing`, whose import would take as long as all of this
if TYPE_CHECKING:
    import subprocess
    from typing import Any

FRESH_SECONDS = 60.0
FRESH_TYPES_SECONDS = 600.0
USABLE_SECONDS = 24 * 3600.0
WAIT_SECONDS = 0.8
AGAIN_SECONDS = 30.0
"""For so long after a request nobody waits for another one, whether it still runs or has failed."""

# Which lists tell the names of a sort
_PARTS = {
    "namespaces": ("namespaces",),
    "profiles": ("profiles",),
    "clusterroles": ("clusterroles",),
    "users": ("subjects",),
    "groups": ("subjects",),
    "accounts": ("subjects", "accounts"),
}
NAMESPACED = ("subjects", "accounts")
"""Parts that a caller who may not see the whole cluster has for a single namespace."""


class Names:
    """The names that fit a line: the cluster's or the demo's; none of files, which may take long to read."""

    def __init__(self, line: Line, environ: Mapping[str, str]) -> None:
        self.line, self.environ = line, environ
        self._until = 0.0

    def of(self, sort: str) -> list[str]:
        """Return the names of one sort that may be offered, in their order."""
        return sorted(set(safe_names(self._of(sort))))

    def types(self) -> list[Type]:
        """Return the resource types: the server's, and those that only Kubeflow knows."""
        listed = {(one.name, one.group): one for one in self.line.words.types()}
        found = [Type(one) for one in self._kept(("types",)).get("types", ())] if self._live else []
        if not found:
            return list(listed.values())
        for one in found:
            one.help = listed[one.name, one.group].help if (one.name, one.group) in listed else one.help
        served = {(one.name, one.group) for one in found}
        return [*found, *(one for key, one in listed.items() if one.virtual and key not in served)]

    def of_objects(self, of: Type, *, everywhere: bool) -> list[str]:
        """Return the names of the objects of a type, in the namespace of the line or in all."""
        if not self._live:
            return []
        wanted = [of.group, of.name, "" if everywhere else self.namespace]
        part = f"objects-{digest(wanted)}"
        return safe_names(self._kept((part,), wanted).get("objects", ()))

    @property
    def namespace(self) -> str:
        """The namespace of the line, else of the context."""
        return self.line.value("namespace") or self.cluster.namespace

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster that the line means."""
        return cluster(self.line, self.environ)

    @property
    def _live(self) -> bool:
        return "demo" not in self.line.given and "filename" not in self.line.given

    def _of(self, sort: str) -> list[str]:
        if sort in ("contexts", "clusters", "logins"):
            found: list[str] = getattr(self.cluster, sort)
        elif "demo" in self.line.given:
            found = self.line.words.demo[sort]
        elif self._live:
            found = self._kept(_PARTS[sort]).get(sort, [])
            # who may not list namespaces has most likely written his own into the kubeconfig
            found = found or self.cluster.namespaces if sort == "namespaces" else found
        else:
            found = []
        return found

    def _kept(self, parts: Sequence[str], wanted: Sequence[str] = ()) -> dict[str, list[Any]]:
        """What is kept of *parts*, together; the server is asked first when it is old."""
        if self.cluster.folder is None:
            return {}
        old = [part for part in parts if not any(_age(file) < _fresh(part) for file in self._files(part))]
        due = [part for part in old if _age(self._marker(part)) >= AGAIN_SECONDS]
        if due:
            self._ask(due, wanted)
        found: dict[str, list[Any]] = {}
        for part in parts:
            for sort, names in self._content(part).items():
                found.setdefault(sort, []).extend(names)
        return found

    def _files(self, part: str) -> list[Path]:
        folder = self.cluster.folder
        if folder is None:
            return []
        place = self.namespace if part in NAMESPACED else ""
        within = [folder / f"{part}@{place}.json"] if safe_names([place]) and "/" not in place else []
        return [folder / f"{part}.json", *within]

    def _marker(self, part: str) -> Path:
        """The file whose age tells when the server was asked."""
        return self._files(part)[-1].with_suffix(".asked")

    def _content(self, part: str) -> dict[str, list[Any]]:
        """What is kept of a part: of the whole cluster if it may be seen, else of the namespace."""
        for file in self._files(part):
            if _age(file) < USABLE_SECONDS:
                try:
                    found: dict[str, list[Any]] = json.loads(file.read_bytes())
                    return found
                except (OSError, ValueError):
                    continue
        return {}

    def _ask(self, parts: list[str], wanted: Sequence[str]) -> None:
        """Have the server asked, and wait until it has answered, or the time is up."""
        files = [file for part in parts for file in self._files(part)]
        before = [_written(file) for file in files]
        self._until = self._until or time.monotonic() + WAIT_SECONDS
        process = self._started(parts, wanted)
        while process and time.monotonic() < self._until and process.poll() is None:
            changed = {file.name.split("@")[0].split(".")[0] for file, when in zip(files, before, strict=True)
                       if _written(file) != when}  # fmt: skip
            if changed == set(parts):
                return
            time.sleep(0.01)

    def _started(self, parts: list[str], wanted: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """The process that asks; None where nothing can be kept, and so nobody would ever know the answer."""
        from kubectl_kfaccess.completion.refresh_start import start  # processes, for few lines

        folder = self.cluster.folder
        if folder is None:
            return None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for part in parts:
                self._marker(part).write_bytes(b"")
        except OSError:
            return None
        order = {
            "flags": {**flags_of(self.line), "namespace": self.namespace},
            "cache": str(folder.parent.parent.parent),
            "folder": str(folder),
            "parts": parts,
            "objects": list(wanted),
        }
        return start(order)


def _fresh(part: str) -> float:
    return FRESH_TYPES_SECONDS if part == "types" else FRESH_SECONDS


def _age(file: Path) -> float:
    """How many seconds ago a file was written; one from the future, or none, is as old as can be."""
    age = time.time() - _written(file)
    return age if age >= 0 else float("inf")


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except (OSError, ValueError):
        return float("-inf")
