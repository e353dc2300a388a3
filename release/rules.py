"""
krew's rules for a manifest and its archives, those of its code and those of its index.

A rule's words tell what is wrong. krew itself need not be there; what it is stricter about than it needs to
be, such as selectors that are expressions, is not used at all.
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
CHECKSUM = re.compile(r"[0-9a-f]{64}")
PROCESSORS = {
    "linux": {"386", "amd64", "arm", "arm64", "ppc64le"},
    "darwin": {"386", "amd64", "arm64"},
    "windows": {"386", "amd64", "arm64"},
}
# What no file on Windows may be called
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
LICENCES = {"license", "license.txt", "license.md", "licenses", "licenses.txt", "licenses.md", "copying",
            "copying.txt"}  # fmt: skip
FIELDS = {"version", "homepage", "shortDescription", "description", "caveats", "platforms"}


def problems(manifest: Path, archives: Sequence[Path] = ()) -> list[str]:
    """Return what krew, or its index, would say against a manifest and those archives that are there."""
    plugin = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    if not isinstance(plugin, dict):
        return ["it is no YAML object"]
    spec = plugin.get("spec") or {}
    platforms = spec.get("platforms") or []
    return [
        *_of_the_plugin(plugin, manifest),
        *_of_the_spec(spec),
        *(said for number, one in enumerate(platforms) for said in _of_a_platform(one, f"platform {number}")),
        *_of_overlaps(platforms),
        *(said for archive in archives for said in _of_its_platform(archive, platforms)),
    ]


def _of_the_plugin(plugin: Mapping[str, Any], manifest: Path) -> Iterator[str]:
    name = (plugin.get("metadata") or {}).get("name") or ""
    if plugin.get("apiVersion") != API_VERSION:
        yield f"apiVersion is not `{API_VERSION}`"
    if plugin.get("kind") != "Plugin":
        yield "kind is not `Plugin`"
    if not NAME.fullmatch(name) or name in RESERVED:
        yield f"`{name}` can be no plugin's name: lower-case words with dashes between them"
    if name.startswith("kube"):
        yield f"the name `{name}` begins with `kube`, as all plugins could"
    if manifest.name != f"{name}.yaml":
        yield f"the file is `{manifest.name}`, not `{name}.yaml`"


def _of_the_spec(spec: Mapping[str, Any]) -> Iterator[str]:
    for field in sorted(FIELDS - spec.keys()):
        yield f"`{field}` is missing"
    for field in sorted(spec.keys() - FIELDS):
        yield f"`{field}` is no field of a plugin"
    if not VERSION.fullmatch(str(spec.get("version", ""))):
        yield "`version` is no semantic version with a `v` before it"
    short = str(spec.get("shortDescription", ""))
    if not short or "\n" in short or "\r" in short:
        yield "`shortDescription` is not one line"
    if not spec.get("platforms"):
        yield "there is no platform"
    if not str(spec.get("homepage", "")).startswith("https://"):
        yield "`homepage` is no https address"


def _of_a_platform(platform: Mapping[str, Any], where: str) -> Iterator[str]:
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
        yield f"{where}: `bin` ends with `.exe` on Windows, and nowhere else"
    if not str(platform.get("uri", "")).startswith("https://"):
        yield f"{where}: `uri` is no https address"
    if "files" in platform and not _moves(platform["files"]):
        yield f"{where}: `files` is neither left out nor a list with `from` and `to`"


def _selected(platform: Mapping[str, Any]) -> tuple[str, str]:
    labels = (platform.get("selector") or {}).get("matchLabels") or {}
    return str(labels.get("os", "")), str(labels.get("arch", ""))


def _moves(files: Any) -> bool:
    return bool(files) and all(isinstance(one, dict) and one.get("from") and one.get("to") for one in files)


def _of_overlaps(platforms: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    selected = [_selected(one) for one in platforms]
    for one in sorted({one for one in selected if selected.count(one) > 1}):
        yield f"several platforms are `{'/'.join(one)}`"


def _of_its_platform(archive: Path, platforms: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with an archive, and with the platform that names it."""
    named = [one for one in platforms if str(one.get("uri", "")).endswith(f"/{archive.name}")]
    if not named:
        yield f"no platform names `{archive.name}`"
    for one in named:
        if one.get("sha256") != sha256(archive):
            yield f"`{archive.name}` has another checksum than its platform says"
        yield from _of_the_entries(archive, str(one.get("bin")))


def _of_the_entries(archive: Path, program: str) -> Iterator[str]:
    """What krew's reader refuses: all but files and folders, and names that might leave the folder."""
    with tarfile.open(archive, "r:gz") as tar:
        entries = tar.getmembers()
    for entry in entries:
        if not (entry.isreg() or entry.isdir()):
            yield f"`{entry.name}` is neither a file nor a folder"
        if ".." in entry.name or entry.name.startswith(("/", "\\")):
            yield f"`{entry.name}` could lead out of the folder"
    if not any(entry.name == program and entry.isreg() and entry.mode & 0o111 for entry in entries):
        yield f"there is no program `{program}` in it"
    if not any(entry.isreg() and Path(entry.name).name.lower() in LICENCES for entry in entries):
        yield "there is no licence in it"
