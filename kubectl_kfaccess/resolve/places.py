"""Where objects stand in files, as people and code scanning name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.overlay import ObjectKey, object_of
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.source import Source

ORIGIN = "config.kubernetes.io/origin"
"""What kustomize annotates if a kustomization has `buildMetadata: [originAnnotations]`."""
_STANDARD_INPUT = "standard input"  # how places of objects call it
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?: item \d+)?")


class FilePlace(NamedTuple):
    """A file as the user names it, `-` for standard input, and a line from 1; 0 if it is not known."""

    file: str
    line: int = 0


def place_of(source: Source, snapshot: Snapshot, key: ObjectKey) -> str:
    """
    Return where the object stands in the files of *source*, such as `FILE:LINE`; "" if it is in none.

    If kustomize has built it, that is the file of the repository that it was built from.
    """
    place = source.place_of(key)
    return place and (_origin(object_of(snapshot, key)) or place)


def places_of(source: Source, snapshot: Snapshot, keys: Iterable[ObjectKey]) -> Mapping[ObjectKey, FilePlace]:
    """Return the places of those of *keys* that stand in files."""
    places = ((key, place_of(source, snapshot, key)) for key in dict.fromkeys(keys))
    return {key: file_place(place) for key, place in places if place}


def file_place(place: str) -> FilePlace:
    """Return the file and the line of a place in words."""
    match = _PLACE.fullmatch(place)
    file = match["file"] if match else place.partition(" item ")[0]
    return FilePlace("-" if file == _STANDARD_INPUT else file, int(match["line"]) if match else 0)


def _origin(value: KubernetesObject | None) -> str:
    """Return the file that kustomize's annotation names; "" without it, or if it is in another repository."""
    text = value.metadata.annotations.get(ORIGIN, "") if value else ""
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return "" if "repo" in fields else fields.get("path", "")
