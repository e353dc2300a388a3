"""`python -m tests.controlplane`: build the binaries, or run a control plane for experiments."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.assets import AssetError, assets
from tests.controlplane.cluster import DEFAULT_USERS, ControlPlane
from tests.controlplane.crds import crd
from tests.controlplane.load import load, wait_for_aggregation
from tests.controlplane.process import StartError
from tests.controlplane.versions import DEFAULT_VERSION, canonical


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 for success, 1 without binaries or if the start fails, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (AssetError, StartError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def objects_from(path: Path) -> list[dict[str, Any]]:
    """Return the Kubernetes objects in a YAML file; a top-level list has reduced definitions of CRDs."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if path.is_dir():
        return [each for file in sorted(path.glob("*.yaml")) for each in objects_from(file)]
    with path.open(encoding="utf-8") as file:
        documents = [each for each in yaml.load_all(file, loader) if each]
    objects: list[dict[str, Any]] = []
    for document in documents:
        if isinstance(document, list):
            objects += [crd(entry) for entry in document]
        else:
            objects += document["items"] if document.get("kind") == "List" else [document]
    return objects


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.controlplane", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("build", _build, "build the binaries that are found nowhere"),
        ("kubectl-path", _kubectl_path, "print where kubectl is"),
        ("serve", _serve, "run a control plane until interrupted"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--version", type=_version, default=DEFAULT_VERSION, help="default: %(default)s")
        command.set_defaults(run=run)
        if run is _serve:
            command.add_argument("--load", nargs="+", action="extend", default=[], type=Path, metavar="FILE")
    return parser


def _version(text: str) -> str:
    """Return the full name of a version for which we have a module."""
    try:
        return canonical(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _build(options: argparse.Namespace) -> None:
    """Print where each binary is, after building the missing ones."""
    for name, path in assets(options.version).items():
        print(f"{name}\t{path}")


def _kubectl_path(options: argparse.Namespace) -> None:
    """Print where kubectl is."""
    print(assets(options.version)["kubectl"])


def _serve(options: argparse.Namespace) -> None:
    """Run a control plane until an interrupt or SIGTERM."""
    interrupted = threading.Event()
    with ControlPlane(options.version) as plane:
        objects = [each for path in options.load for each in objects_from(path)]
        _load(plane, objects)
        _introduce(plane)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: interrupted.set())
        interrupted.wait()


def _load(plane: ControlPlane, objects: list[dict[str, Any]]) -> None:
    """Load objects into the control plane, and print which ones were refused."""
    refused = load(plane, objects)
    for refusal in refused:
        print(f"refused with {refusal.status}: {refusal.message}", file=sys.stderr)
    if objects:
        wait_for_aggregation(plane)
        print(f"loaded {len(objects) - len(refused)} of {len(objects)} objects", file=sys.stderr)


def _introduce(plane: ControlPlane) -> None:
    """Print how to use the control plane."""
    print(f"Kubernetes {plane.version} at {plane.server}, kubectl: {plane.kubectl}\n")
    width = max(len(user.name) for user in DEFAULT_USERS)
    for user in DEFAULT_USERS:
        print(f"{user.name:{width}}  export KUBECONFIG={plane.kubeconfig(user.name)}")
    print("\nCtrl-C ends it", flush=True)


if __name__ == "__main__":
    sys.exit(main())
