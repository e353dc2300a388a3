"""
What `diff` says of a change, beside the server's answers before and after the real kubectl has made it.

KFACCESS_SEED, KFACCESS_RELEASE_CHANGES and KFACCESS_DRAWN_DECISIONS set the seed, the number of changes of
the release, and of decisions that are drawn from those that `diff` does not name.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.kubeflow.catalogue.resources import resource_types
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import wait_for_aggregation
from tests.live.conftest import FILES
from tests.running import run
from tests.truth.arena import live_evaluator, wait_for_authorizer
from tests.truth.asking import Spec, ask
from tests.truth.release_changes import PROFILES, SUBJECTS, Object, ReleaseChange, release_changes

SEED = int(os.environ.get("KFACCESS_SEED", "20261129"))
CHANGES = int(os.environ.get("KFACCESS_RELEASE_CHANGES", "8"))
DRAWN = int(os.environ.get("KFACCESS_DRAWN_DECISIONS", "1500"))
MOST_NAMED = 4000

Decision = tuple[str, str, str, str, str, str, str]
"""(kind and name of the principal, namespace, verb, group, resource, subresource, name or path)"""


@pytest.mark.server
def test_the_server_answers_as_diff_says(
    release: ControlPlane, corpus: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every decision that is gained or lost changes so, and of the others none changes."""
    objects = [*_objects(corpus)]
    wrong, named, drawn = [], 0, 0
    for number, change in enumerate(release_changes(objects, SEED, CHANGES)):
        draw = Random(f"{SEED}/{number}")
        _apply(release, change.originals, tmp_path)  # so that a later apply knows what was applied before
        document = _diff(release, change, tmp_path)
        decisions = named_decisions(document)
        if len(decisions) > MOST_NAMED:
            decisions = dict(draw.sample(sorted(decisions.items()), MOST_NAMED))
        others = [*_drawn(draw, release, document)]
        before = asked(release, (*decisions, *others))
        _make(release, change, tmp_path)
        after = asked(release, (*decisions, *others))
        _undo(release, change, tmp_path)
        expected = {decision: (word == "lost", word == "gained") for decision, word in decisions.items()}
        wrong += [
            f"{change.name}: {decision}: diff says {expected.get(decision, 'no change')}, the server"
            f" {before[decision]} before and {after[decision]} after"
            for decision in before
            if (before[decision], after[decision])
            != expected.get(decision, (before[decision], before[decision]))
        ]
        named, drawn = named + len(decisions), drawn + len(others)

    record_property("figures", f"diff on {release.version}: seed {SEED}, {CHANGES} changes, {named} named and"
                    f" {drawn} drawn decisions, {len(wrong)} differences")  # fmt: skip
    assert [] == wrong[:5], f"seed {SEED}"
    assert named > 100 * CHANGES // 2


@pytest.mark.server
def test_what_is_applied_already_is_no_change(release: ControlPlane, corpus: Path) -> None:
    """
    The release's own files, upon the server that has them.

    It has a Profile whose objects the controller would make, and in this server no controller has.
    """
    result = run(
        "diff", *(w for name in FILES for w in ("-f", str(corpus / name))), *_flags(release), "-o", "json"
    )

    places = {name for item in result.json["items"] for entry in item["who"] for name in entry["namespaces"]}
    assert ({"kubeflow-user-example-com"}, []) == (places, result.json["roles"]), result.stderr
    assert 0 == result.status


@pytest.mark.server
def test_a_snapshot_does_not_differ_from_its_cluster(release: ControlPlane, tmp_path: Path) -> None:
    """Nor from itself."""
    file = str(tmp_path / "now.json.gz")
    assert 0 == run("snapshot", file, *_flags(release)).status

    for argv in ((file,), (file, file)):
        result = run("diff", *argv, *_flags(release), "-o", "json")
        assert ([], [], []) == tuple(result.json[key] for key in ("items", "roles", "mesh"))


@pytest.mark.server
def test_a_context_is_a_state(release: ControlPlane, tmp_path: Path) -> None:
    """Beside the demo: everybody of the one is nobody in the other."""
    context = yaml.safe_load(release.kubeconfig().read_text())["current-context"]
    config = ("--kubeconfig", str(release.kubeconfig()))
    result = run("diff", "demo", f"context:{context}", *config, "-o", "json")

    assert 0 == result.status, result.stderr
    refs = {entry["subject"]["ref"] for item in result.json["items"] for entry in item["who"]}
    assert {"alice@example.com", "erin@example.com", "sa:ml-team/default-editor"} <= refs
    missing = run("diff", "demo", "context:no-such", *config)
    assert 2 == missing.status
    assert "no-such" in missing.stderr


@pytest.mark.server
def test_what_a_tenant_cannot_read_is_not_known(release: ControlPlane, tmp_path: Path) -> None:
    """They can see that something may change, with status 3, and never that nothing does."""
    file = tmp_path / "new.yaml"
    new = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "new", "namespace": "alice"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": [{"kind": "User", "name": "mallory@example.com"}],
    }
    file.write_text(yaml.safe_dump(new), encoding="utf-8")
    result = run("diff", "-f", str(file), *_flags(release), "--as", "nobody@example.com")

    assert 3 == result.status
    assert "forbidden" in result.stderr


def _objects(corpus: Path) -> Iterator[Object]:
    for name in FILES:
        documents = yaml.load_all((corpus / name).read_text(), yaml.CSafeLoader)
        for each in documents:
            if each and each["apiVersion"].startswith("rbac."):
                each["metadata"].pop("ownerReferences", None)  # they have no uid, which kubectl needs
                yield each


def _flags(plane: ControlPlane) -> tuple[str, ...]:
    return ("--kubeconfig", str(plane.kubeconfig()))


def _diff(plane: ControlPlane, change: ReleaseChange, folder: Path) -> dict[str, Any]:
    file = _written(change.applied, folder / "change.yaml") if change.applied else ""
    applied = ("-f", file) if file else ()
    deleted = [word for name in change.deleted for word in ("--without", name)]
    result = run("diff", *applied, *deleted, *_flags(plane), "-o", "json")
    assert 0 == result.status, result.stderr
    return dict(result.json)


def _written(objects: Iterable[Object], file: Path) -> str:
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return str(file)


def _kubectl(plane: ControlPlane, *argv: str) -> None:
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), *argv]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert 0 == ended.returncode, ended.stderr


def _apply(plane: ControlPlane, objects: Iterable[Object], folder: Path) -> None:
    values = [*objects]
    if values:
        _kubectl(plane, "apply", "-f", _written(values, folder / "apply.yaml"))
    wait_for_aggregation(plane)
    wait_for_authorizer(plane)


def _make(plane: ControlPlane, change: ReleaseChange, folder: Path) -> None:
    for name in change.deleted:
        kind, *names = name.split("/")
        within = ("-n", names[0]) if len(names) == 2 else ()
        _kubectl(plane, "delete", kind, names[-1], *within)
    _apply(plane, change.applied, folder)


def _undo(plane: ControlPlane, change: ReleaseChange, folder: Path) -> None:
    old = {(each["kind"], each["metadata"]["name"]) for each in change.originals}
    for each in change.applied:
        if (each["kind"], each["metadata"]["name"]) not in old:
            namespace = each["metadata"].get("namespace")
            within = ("-n", namespace) if namespace else ()
            _kubectl(plane, "delete", each["kind"].lower(), each["metadata"]["name"], *within)
    _apply(plane, change.originals, folder)


def named_decisions(document: dict[str, Any]) -> dict[Decision, str]:
    """Return every decision that the answer names, with what happens to it."""
    return {
        (who, namespace, verb, *what, name): word
        for item in document["items"]
        for word in ("gained", "lost")
        for group in item[word]
        for verb in group["verbs"]
        for what in [(group.get("group", ""), group.get("resource", ""), group.get("subresource", ""))]
        for name in group.get("names", [group.get("path", "")])
        for entry in item["who"]
        for who in [_principal(entry["subject"])]
        for namespace in entry["namespaces"]
    }


def _principal(subject: dict[str, str]) -> str:
    if subject["kind"] == "ServiceAccount":
        return f"User:system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return f"{subject['kind']}:{subject['name']}"


def _drawn(draw: Random, plane: ControlPlane, document: dict[str, Any]) -> Iterator[Decision]:
    """Yield decisions that the answer neither names nor covers."""
    covered = _covered(document)
    snapshot = live_evaluator(plane).snapshot
    bound = sorted(f"{who.kind}:{who.name}" for who in snapshot.principals)
    bound += [_principal(subject) for subject in SUBJECTS]
    types = [each for each in resource_types() if each.verbs]
    for _ in range(DRAWN):
        kind = draw.choice(types)
        namespace = draw.choice(("", *PROFILES, "kubeflow")) if kind.namespaced else ""
        sub = draw.choice(("", "", *kind.subresources))
        verb = draw.choice(kind.verbs)
        who = draw.choice(bound)
        if not any((who, place, kind.group, kind.name) in covered for place in ("", namespace)):
            yield (who, namespace, verb, kind.group, kind.name, sub, "")


def _covered(document: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """Return the types that change for a principal somewhere; a star stands for all of them."""
    known = {each.key for each in resource_types()}
    return {
        (_principal(entry["subject"]), namespace, group, resource)
        for item in document["items"]
        for word in ("gained", "lost")
        for change in item[word]
        if "path" not in change
        for group, resource in (
            known if "*" in (change["group"], change["resource"]) else {(change["group"], change["resource"])}
        )
        for entry in item["who"]
        for namespace in entry["namespaces"]
    }


def asked(plane: ControlPlane, decisions: Iterable[Decision]) -> dict[Decision, bool]:
    """Return what the server answers to each decision."""
    unique = [*dict.fromkeys(decisions)]
    answers = ask(plane, [_spec(decision) for decision in unique])
    return {decision: answer.allowed for decision, answer in zip(unique, answers, strict=True)}


def _spec(decision: Decision) -> Spec:
    who, namespace, verb, group, resource, subresource, name = decision
    kind, _, principal = who.partition(":")
    asker = {"groups": [principal]} if kind == "Group" else {"user": principal}
    if not resource:
        return {**asker, "nonResourceAttributes": {"verb": verb, "path": name}}
    attributes = {"verb": verb, "group": group, "resource": resource, "namespace": namespace, "name": name}
    return {**asker, "resourceAttributes": {**attributes, "subresource": subresource}}


def test_the_changes_of_a_seed_are_the_same_each_time(corpus: Path) -> None:
    """So a failure can be repeated."""
    first, again = (release_changes(_objects(corpus), SEED, 40) for _ in range(2))

    assert json.dumps([vars(c) for c in first]) == json.dumps([vars(c) for c in again])
    assert 40 == len(first)
