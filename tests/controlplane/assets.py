"""
The binaries of a control plane: found where controller-runtime's envtest looks, or built once.

Each binary is looked for by itself, and must print the wanted version. We look at `$TEST_ASSET_ETCD` and the
variables like it, the folder `$KUBEBUILDER_ASSETS`, and the cache. A missing binary is built from the Go
module in `versions/` into the cache, `$KFACCESS_TEST_CACHE`, by default
`${XDG_CACHE_HOME:-~/.cache}/kubectl-kfaccess/controlplane`.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.controlplane.golang import go_command, go_environment
from tests.controlplane.step import AssetError, run, say, step
from tests.controlplane.versions import (
    DEFAULT_VERSION,
    ETCD_MODULE,
    MODULES,
    canonical,
    etcd_version,
    go_line,
)

__all__ = ["BINARIES", "AssetError", "assets", "cache_directory", "find", "locked", "version_of"]

BINARIES = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")


def assets(version: str = DEFAULT_VERSION, environment: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """Return the four binaries of a version by name, after building the missing ones; raises AssetError."""
    version = canonical(version)
    paths = {name: find(name, version, environment) for name in BINARIES}
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        _build(version, missing, environment)
    return {name: path or _cached(name, version, environment) for name, path in paths.items()}


def find(name: str, version: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """
    Return the first binary *name* of the wanted version, None if there is none.

    If a variable names a binary of another version, a message says that it is not used.
    """
    wanted = _wanted(name, version)
    for origin, path in _candidates(name, version, environment):
        actual = version_of(name, path)
        if actual == wanted:
            return path
        if origin:
            reason = f"it is of version {actual or 'unknown'}, not {wanted}"
            say(_label(version), f"`{path}` of ${origin} is not used: {reason}")
    return None


def version_of(name: str, path: Path) -> str | None:
    """Return the version that a binary prints; None if it cannot be run or prints something else."""
    arguments = ["version", "--client"] if name == "kubectl" else ["--version"]
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"^(?:etcd Version:|Client Version:|Kubernetes) (\S+)", done.stdout, re.MULTILINE)
    return match[1] if match and not done.returncode else None


def cache_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the cached binaries, which has a folder for each version."""
    own = environment.get("KFACCESS_TEST_CACHE")
    if own:
        return Path(own).absolute()
    base = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home(), ".cache")
    return Path(base, "kubectl-kfaccess", "controlplane")


@contextmanager
def locked(label: str, cache: Path) -> Iterator[None]:
    """Hold the cache's lock, so that builds do not overlap, and print a message while waiting for it."""
    cache.mkdir(parents=True, exist_ok=True)
    with Path(cache, "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(label, "waiting for another build to end …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _candidates(name: str, version: str, environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield where a binary can be, in order of preference, each with the variable that named it, or ""."""
    variable = "TEST_ASSET_" + name.upper().replace("-", "_")
    if environment.get(variable):
        yield variable, Path(environment[variable])
    if environment.get("KUBEBUILDER_ASSETS"):
        yield "KUBEBUILDER_ASSETS", Path(environment["KUBEBUILDER_ASSETS"], name)
    yield "", _cached(name, version, environment)


def _cached(name: str, version: str, environment: Mapping[str, str]) -> Path:
    """Return where the cache has a binary after it was built."""
    return cache_directory(environment) / version / name


def _build(version: str, missing: Sequence[str], environment: Mapping[str, str]) -> None:
    """Build binaries into the cache, under its lock, unless another process has built them."""
    label, cache = _label(version), cache_directory(environment)
    with locked(label, cache):
        _remove_interrupted_builds(cache)
        (cache / version).mkdir(exist_ok=True)
        go = go_command(label, go_line(version), cache, environment)
        for number, name in enumerate(missing, 1):
            if version_of(name, _cached(name, version, environment)) != _wanted(name, version):
                title = f"building {name} ({number} of {len(missing)})"
                _build_one(title, version, name, go, environment)


def _build_one(title: str, version: str, name: str, go: Path, environment: Mapping[str, str]) -> None:
    """Build a binary in a temporary folder, and move it to the cache if it has the right version."""
    label, cache = _label(version), cache_directory(environment)
    package = ETCD_MODULE if name == "etcd" else f"k8s.io/kubernetes/cmd/{name}"
    with step(label, title), tempfile.TemporaryDirectory(prefix=".build-", dir=cache) as temporary:
        module, output = Path(temporary), Path(temporary, name)
        for file in ("go.mod", "go.sum"):
            shutil.copyfile(MODULES / version / file, module / file)
        command = [str(go), "build", "-trimpath", "-ldflags", _ldflags(version), "-o", str(output), package]
        run(label, title, command, environment=go_environment(environment), directory=module)
        actual, wanted = version_of(name, output), _wanted(name, version)
        if actual != wanted:
            reason = f"the result is of version {actual or 'unknown'}, not {wanted}"
            raise AssetError(label, title, command=command, output=reason)
        output.replace(_cached(name, version, environment))


def _wanted(name: str, version: str) -> str:
    """Return the version that a binary of a Kubernetes version must print."""
    return etcd_version(version) if name == "etcd" else version


def _ldflags(version: str) -> str:
    """Return the linker flags that set the version which a binary prints, as Kubernetes' own build does."""
    major, minor, _ = version.removeprefix("v").split(".")
    values = {
        "gitVersion": version,
        "gitMajor": major,
        "gitMinor": minor,
        "gitCommit": "unknown",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    settings = [f"-X {package}.{key}={value}" for package in packages for key, value in values.items()]
    return " ".join(["-s", "-w", *settings])


def _remove_interrupted_builds(cache: Path) -> None:
    """Remove the leftovers of killed builds; we hold the lock, so no build is running."""
    for leftover in cache.glob(".build-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _label(version: str) -> str:
    """Return the start of messages about a version."""
    return f"control plane {version}"
