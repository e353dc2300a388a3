"""A seed planted in a real server, and taken out again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.isolation_seeds.notation import Object, review
from tests.isolation_seeds.seeds import Seed, name_of
from tests.running import Result, run
from tests.truth.arena import wait_for_authorizer
from tests.truth.asking import ask


@contextmanager
def planted(plane: ControlPlane, seeds: Iterable[Seed], originals: Iterable[Object]) -> Iterator[None]:
    """Apply what *seeds* have and delete what they lack; afterwards all objects are as before."""
    chosen = [*seeds]
    world, plane.loaded = plane.loaded, []
    gone = {name for seed in chosen for name in seed.gone}
    try:
        for name in gone:
            delete(plane, name)
        objects = [each for seed in chosen for each in seed.objects]
        assert [] == load(plane, objects, replace=True)
        if any(each["kind"] == "ClusterRole" for each in objects):
            wait_for_aggregation(plane)
        wait_for_authorizer(plane)
        yield
    finally:
        clear(plane)  # which leaves namespaces as they are
        spaces = {name for seed in chosen for name in seed.names if name.startswith("Namespace/")}
        before = [each for each in originals if name_of(each) in gone | spaces]
        assert [] == load(plane, before, replace=True)
        plane.loaded = world


def delete(plane: ControlPlane, name: str) -> None:
    """Delete `KIND/[NAMESPACE/]NAME` with kubectl."""
    kind, *place, known = name.split("/")
    kubectl(plane, "delete", kind, known, *(("-n", place[0]) if place else ()))


def close(plane: ControlPlane, item: Mapping[str, Any], fix: str, folder: Path) -> None:
    """Do what stops the way of a finding: delete objects, or apply the bindings of *fix* without somebody."""
    for each in item["stop"]:
        target = each["object"]
        within = ("-n", target["namespace"]) if target["namespace"] else ()
        if "subject" not in each:
            kubectl(plane, "delete", target["kind"], target["name"], *within, "--ignore-not-found")
            continue
        kept = [one for one in yaml.safe_load_all(fix) if one and _is(one, target)]
        file = folder / "kept.yaml"
        file.write_text(yaml.safe_dump_all(kept), encoding="utf-8")
        kubectl(plane, "apply", "-f", str(file))


def _is(object_: Object, target: Mapping[str, str]) -> bool:
    metadata = object_["metadata"]
    place = (object_["kind"], metadata.get("namespace", ""), metadata["name"])
    return place == (target["kind"], target["namespace"], target["name"])


def kubectl(plane: ControlPlane, *argv: str) -> None:
    """Run the real kubectl as an admin, and check that it succeeded."""
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), *argv]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert 0 == ended.returncode, ended.stderr


def audit(plane: ControlPlane, *argv: str, user: str = "admin", form: str = "json") -> Result:
    """Return the audit of the server, as JSON."""
    return run("audit", *argv, "--kubeconfig", str(plane.kubeconfig(user)), "-o", form)


def allowed(plane: ControlPlane, requests: Iterable[str]) -> dict[str, bool]:
    """Return whether the server allows each of *requests*, in the words of the table."""
    texts: list[str] = [*requests]
    answers = ask(plane, [_spec(text) for text in texts])
    return {text: answer.allowed for text, answer in zip(texts, answers, strict=True)}


def _spec(text: str) -> dict[str, Any]:
    return dict(review(text))
