"""The binaries of a control plane: found where controller-runtime's envtest looks, else built once.

Each binary is looked for by itself, and counts only when it says that it is of the wanted version:
`$TEST_ASSET_ETCD` and its like, the directory `$KUBEBUILDER_ASSETS`, the cache. What is found nowhere is
built from the Go module in `versions/` into the cache, `$KFACCESS_TEST_CACHE`, by default
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
    """The four binaries of one version by name, after having built those that were found nowhere."""
    version = canonical(version)
    found = {name: find(name, version, environment) for name in BINARIES}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        _build(version, missing, environment)
    return {name: path or _cached(name, version, environment) for name, path in found.items()}


def find(name: str, version: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The first binary of that name which is of the wanted version; None when there is none.

    One that a variable names but that is of another version is passed over, and that is said.
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
    """The version that a binary says it has; None when it can't be run or says nothing of the kind."""
    arguments = ["version", "--client"] if name == "kubectl" else ["--version"]
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"^(?:etcd Version:|Client Version:|Kubernetes) (\S+)", done.stdout, re.MULTILINE)
    return match[1] if match and not done.returncode else None


def cache_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Where binaries are kept: one folder a version, outside the repository."""
    own = environment.get("KFACCESS_TEST_CACHE")
    if own:
        return Path(own).absolute()
    base = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home(), ".cache")
    return Path(base, "kubectl-kfaccess", "controlplane")


@contextmanager
def locked(label: str, cache: Path) -> Iterator[None]:
    """Holds the cache's lock, for one build at a time; says so when it has to wait for another."""
    cache.mkdir(parents=True, exist_ok=True)
    with Path(cache, "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(label, "waiting for another build to end …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _candidates(name: str, version: str, environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Where a binary may be, in the order of preference, each with the variable that named it, if one did."""
    variable = "TEST_ASSET_" + name.upper().replace("-", "_")
    if environment.get(variable):
        yield variable, Path(environment[variable])
    if environment.get("KUBEBUILDER_ASSETS"):
        yield "KUBEBUILDER_ASSETS", Path(environment["KUBEBUILDER_ASSETS"], name)
    yield "", _cached(name, version, environment)


def _cached(name: str, version: str, environment: Mapping[str, str]) -> Path:
    """Where the cache has a binary once it was built."""
    return cache_directory(environment) / version / name


def _build(version: str, missing: Sequence[str], environment: Mapping[str, str]) -> None:
    """Builds binaries into the cache, under its lock; those that another process built meanwhile stand."""
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
    """Builds one binary beside its place and moves it there when it is whole and of the right version."""
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
    """The version that a binary of a Kubernetes version has to tell."""
    return etcd_version(version) if name == "etcd" else version


def _ldflags(version: str) -> str:
    """The linker flags that make a binary say its version, as Kubernetes' own build sets them."""
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
    """Removes what builds left that were killed: with the lock held, no build is under way."""
    for leftover in cache.glob(".build-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _label(version: str) -> str:
    """What progress and errors start with."""
    return f"control plane {version}"
