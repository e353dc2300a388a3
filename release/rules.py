"""
The rules for a manifest and its archives, from krew's code and from its index.

krew itself is not needed. Our rules are stricter than krew's where that is simpler: selectors are labels,
for example, and never expressions.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from release.archive import sha256

API_VERSION = "krew.googlecontainertools.github.com/v1alpha2"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
SHORT = 50  # krew: limitString in cmd/krew/cmd/search.go
CHECKSUM = re.compile(r"[0-9a-f]{64}")
PROCESSORS = {
    "linux": {"386", "amd64", "arm", "arm64", "ppc64le"},
    "darwin": {"386", "amd64", "arm64"},
    "windows": {"386", "amd64", "arm64"},
}
# Names that no file on Windows can have
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
LICENCES = {"license", "license.txt", "license.md", "licenses", "licenses.txt", "licenses.md", "copying",
            "copying.txt"}  # fmt: skip
FIELDS = {"version", "homepage", "shortDescription", "description", "caveats", "platforms"}


def problems(manifest: Path, archives: Sequence[Path] = ()) -> list[str]:
    """Return why krew, or its index, would reject a manifest or one of *archives*; [] if it would not."""
    plugin = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    if not isinstance(plugin, dict):
        return ["it is not a YAML object"]
    spec = plugin.get("spec") or {}
    platforms = spec.get("platforms") or []
    return [
        *_of_the_plugin(plugin, manifest),
        *_of_the_spec(spec),
        *(
            problem
            for number, platform in enumerate(platforms)
            for problem in _of_a_platform(platform, f"platform {number}")
        ),
        *_of_overlaps(platforms),
        *(problem for archive in archives for problem in _of_an_archive(archive, platforms)),
    ]


def _of_the_plugin(plugin: Mapping[str, Any], manifest: Path) -> Iterator[str]:
    """Yield the problems of the fields outside of `spec`, and of the file's name."""
    name = (plugin.get("metadata") or {}).get("name") or ""
    if plugin.get("apiVersion") != API_VERSION:
        yield f"apiVersion is not `{API_VERSION}`"
    if plugin.get("kind") != "Plugin":
        yield "kind is not `Plugin`"
    if not NAME.fullmatch(name) or name in RESERVED:
        yield f"`{name}` cannot be the name of a plugin: use lower-case words with dashes between them"
    if name.startswith("kube"):
        yield f"the name `{name}` starts with `kube`: krew's index does not accept this prefix"
    if manifest.name != f"{name}.yaml":
        yield f"the file is `{manifest.name}`, not `{name}.yaml`"


def _of_the_spec(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of the fields of `spec`, platforms excluded."""
    for field in sorted(FIELDS - spec.keys()):
        yield f"`{field}` is missing"
    for field in sorted(spec.keys() - FIELDS):
        yield f"`{field}` is not a field of a plugin"
    if not VERSION.fullmatch(str(spec.get("version", ""))):
        yield "`version` is not a semantic version after a `v`"
    short = str(spec.get("shortDescription", ""))
    if not short or "\n" in short or "\r" in short:
        yield "`shortDescription` is not one line"
    if len(short) > SHORT:
        yield f"`shortDescription` is longer than {SHORT} characters: `kubectl krew search` would cut it off"
    if not spec.get("platforms"):
        yield "there is no platform"
    if not str(spec.get("homepage", "")).startswith("https://"):
        yield "`homepage` is not an https address"


def _of_a_platform(platform: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield the problems of a platform, which messages call *where*."""
    system, machine = _selected(platform)
    for field in ("uri", "sha256", "bin", "selector"):
        if not platform.get(field):
            yield f"{where}: `{field}` is missing"
    if not CHECKSUM.fullmatch(str(platform.get("sha256", ""))):
        yield f"{where}: `sha256` is not 64 lower-case hexadecimal digits"
    if platform.get("selector") != {"matchLabels": {"os": system, "arch": machine}}:
        yield f"{where}: the selector is not `matchLabels` with `os` and `arch` alone"
    if machine not in PROCESSORS.get(system, ()):
        yield f"{where}: krew has no platform `{system}/{machine}`"
    if (system == "windows") is not str(platform.get("bin", "")).endswith(".exe"):
        yield f"{where}: `bin` must end with `.exe` on Windows, and only there"
    if not str(platform.get("uri", "")).startswith("https://"):
        yield f"{where}: `uri` is not an https address"
    if "files" in platform and not _moves(platform["files"]):
        yield f"{where}: `files` is not a list of entries with `from` and `to`"


def _selected(platform: Mapping[str, Any]) -> tuple[str, str]:
    """Return the system and the processor that a platform selects, "" if they are missing."""
    labels = (platform.get("selector") or {}).get("matchLabels") or {}
    return str(labels.get("os", "")), str(labels.get("arch", ""))


def _moves(files: Any) -> bool:
    """Return whether every entry of `files` says what to move where."""
    return bool(files) and all(
        isinstance(entry, dict) and entry.get("from") and entry.get("to") for entry in files
    )


def _of_overlaps(platforms: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the systems and processors that several platforms select."""
    selections = [_selected(platform) for platform in platforms]
    for selection in sorted({each for each in selections if selections.count(each) > 1}):
        yield f"several platforms are `{'/'.join(selection)}`"


def _of_an_archive(archive: Path, platforms: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the problems of an archive, and of the platforms that name it."""
    naming = [platform for platform in platforms if str(platform.get("uri", "")).endswith(f"/{archive.name}")]
    if not naming:
        yield f"no platform names `{archive.name}`"
    for platform in naming:
        if platform.get("sha256") != sha256(archive):
            yield f"the checksum of `{archive.name}` differs from the one of its platform"
        yield from _of_the_entries(archive, str(platform.get("bin")))


def _of_the_entries(archive: Path, program: str) -> Iterator[str]:
    """Yield the entries that krew rejects: links and devices, and names that could leave the folder."""
    with tarfile.open(archive, "r:gz") as tar:
        entries = tar.getmembers()
    for entry in entries:
        if not (entry.isreg() or entry.isdir()):
            yield f"`{entry.name}` is neither a file nor a folder"
        if ".." in entry.name or entry.name.startswith(("/", "\\")):
            yield f"`{entry.name}` could be outside of the folder"
    if not any(entry.name == program and entry.isreg() and entry.mode & 0o111 for entry in entries):
        yield f"there is no program `{program}` in it"
    if not any(entry.isreg() and Path(entry.name).name.lower() in LICENCES for entry in entries):
        yield "there is no licence in it"
