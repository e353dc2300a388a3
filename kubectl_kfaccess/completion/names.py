"""
The names in the cluster, from a cache that is renewed while the shell waits for a moment.

A separate process asks the server (`refresh.py`), so a slow answer is ready for the next TAB. We wait less
than a second, and do not wait again while that process may still be running.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property

from kubectl_kfaccess.completion.cluster import Cluster, cluster, flags_of
from kubectl_kfaccess.completion.kept_files import FRESH_SECONDS, age, digest, read, written
from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.parts import file_name, is_namespaced, parts_with
from kubectl_kfaccess.completion.safe import names as safe_names
from kubectl_kfaccess.completion.words import Type
from kubectl_kfaccess.sources import kept_files

TYPE_CHECKING = False  # as in `typing`, whose import would take as long as the rest of this module
if TYPE_CHECKING:
    import subprocess
    from pathlib import Path
    from typing import Any

FRESH_TYPES_SECONDS = 600.0
USABLE_SECONDS = 24 * 3600.0
WAIT_SECONDS = 0.8
AGAIN_SECONDS = 30.0
"""After a request, no line sends another for this long, even if the request failed."""


class Names:
    """The names for a line: the cluster's or the demo's; none from files, which can take long to read."""

    def __init__(self, line: Line, environ: Mapping[str, str]) -> None:
        self.line, self.environ = line, environ
        self._until = 0.0

    def of(self, sort: str) -> list[str]:
        """Return the safe names of a sort (`users`, `contexts`, …), sorted."""
        return sorted(set(safe_names(self._of(sort))))

    def knows(self, sort: str) -> bool:
        """Return whether names of a sort were read, even if there are none; it does not wait for them."""
        if not self._live:
            return "demo" in self.line.given
        return self.cluster.folder is not None and any(
            sort in self._content(part) for part in parts_with(sort)
        )

    def types(self) -> list[Type]:
        """Return the types that the server serves, and Kubeflow's virtual ones; or the known types."""
        known = {(each.name, each.group): each for each in self.line.words.types()}
        cached = [Type(entry) for entry in self._cached(("types",)).get("types", ())] if self._live else []
        if not cached:
            return list(known.values())
        for served in cached:
            if (served.name, served.group) in known:
                served.help = known[served.name, served.group].help
        keys = {(served.name, served.group) for served in cached}
        return [*cached, *(each for key, each in known.items() if each.virtual and key not in keys)]

    def pseudo_types(self, verb: str) -> list[Type]:
        """Return the types that the server asks about with *verb*, though it does not serve them."""
        return [each for each in self.line.words.pseudo_types() if verb in each.verbs]

    def of_objects(self, resource_type: Type, *, everywhere: bool) -> list[str] | None:
        """
        Return the names of a type's objects, in the namespace of the line or (*everywhere*) in all.

        None if the server has not named them yet.
        """
        if not self._live:
            return None
        objects = [resource_type.group, resource_type.name, "" if everywhere else self.namespace]
        part = f"objects-{digest(objects)}"
        names = self._cached((part,), objects).get("objects")
        return None if names is None else safe_names(names)

    @property
    def namespace(self) -> str:
        """Return the namespace of the line, or else of the context."""
        return self.line.value("namespace") or self.cluster.namespace

    @cached_property
    def cluster(self) -> Cluster:
        """Return the cluster that the line names."""
        return cluster(self.line, self.environ)

    @property
    def _live(self) -> bool:
        return "demo" not in self.line.given and "filename" not in self.line.given

    def _of(self, sort: str) -> list[str]:
        """Return the names of a sort as the cluster has them."""
        if sort in ("contexts", "clusters", "logins"):
            names: list[str] = getattr(self.cluster, sort)
        elif "demo" in self.line.given:
            names = self.line.words.demo[sort]
        elif self._live:
            names = self._cached(parts_with(sort)).get(sort, [])
            # Callers who cannot list namespaces have most likely put their own into the kubeconfig
            names = names or self.cluster.namespaces if sort == "namespaces" else names
        else:
            names = []
        return names

    def _cached(self, parts: Sequence[str], objects: Sequence[str] = ()) -> dict[str, list[Any]]:
        """
        Return the cached names of all *parts*, by sort; if they are old, ask the server first.

        *objects* are the group, the resource and the namespace of objects, if their names are needed.
        """
        if self.cluster.folder is None:
            return {}
        old = [part for part in parts if not any(age(file) < _fresh(part) for file in self._files(part))]
        due = [part for part in old if age(self._marker(part)) >= AGAIN_SECONDS]
        if due:
            self._refresh(due, objects)
        by_sort: dict[str, list[Any]] = {}
        for part in parts:
            for sort, names in self._content(part).items():
                by_sort.setdefault(sort, []).extend(names)
        return by_sort

    def _files(self, part: str) -> list[Path]:
        """Return the cache files of a part: of the whole cluster, and of the namespace if it can have one."""
        folder = self.cluster.folder
        if folder is None:
            return []
        place = self.namespace if is_namespaced(part) else ""
        within = [folder / file_name(part, place)] if safe_names([place]) and "/" not in place else []
        return [folder / file_name(part), *within]

    def _marker(self, part: str) -> Path:
        """Return the file that is written when the server is asked for a part."""
        return self._files(part)[-1].with_suffix(".asked")

    def _content(self, part: str) -> dict[str, list[Any]]:
        """Return the cached names of a part, by sort: of the whole cluster, or else of the namespace."""
        for file in self._files(part):
            if age(file) < USABLE_SECONDS:
                try:
                    content: dict[str, list[Any]] = read(file)
                    return content
                except (OSError, ValueError):
                    continue
        return {}

    def _refresh(self, parts: list[str], objects: Sequence[str]) -> None:
        """Start the process that asks the server, and wait for all answers or until the time is up."""
        files = [file for part in parts for file in self._files(part)]
        before = [written(file) for file in files]
        self._until = self._until or time.monotonic() + WAIT_SECONDS
        process = self._started(parts, objects)
        while process and time.monotonic() < self._until and process.poll() is None:
            changed = {file.name.split("@")[0].split(".")[0] for file, when in zip(files, before, strict=True)
                       if written(file) != when}  # fmt: skip
            if changed == set(parts):
                return
            time.sleep(0.01)

    def _started(self, parts: list[str], objects: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """Return the process that asks the server; None if its answers could not be cached."""
        from kubectl_kfaccess.completion.refresh_start import start  # imports subprocess; few lines need it

        folder = self.cluster.folder
        if folder is None:
            return None
        try:
            for part in parts:
                kept_files.write(self._marker(part), b"")
        except OSError:
            return None
        order = {
            "flags": {**flags_of(self.line), "namespace": self.namespace},
            "cache": str(folder.parent.parent.parent),
            "folder": str(folder),
            "parts": parts,
            "objects": list(objects),
        }
        return start(order)


def _fresh(part: str) -> float:
    return FRESH_TYPES_SECONDS if part == "types" else FRESH_SECONDS
