"""Fixes applied by the real kubectl to a real server: the answer becomes yes, and nothing else changes."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from functools import cache
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load, wait_for_aggregation
from tests.live.conftest import demo_objects
from tests.running import run
from tests.truth.asking import ask

QUESTIONS = (
    "grace@example.com create isvc -n team-b",
    "kim@example.com create isvc -n team-c",
    "sa:team-a/default-viewer create isvc -n team-a",
    "sa:kubeflow/pipeline-runner create isvc -n kubeflow",
    "erin@example.com archive runs.pipelines.kubeflow.org -n team-a",
    "dave@example.com update llminferenceserviceconfigs -n team-a",
    "sa:team-c/model-server get secrets/another -n team-c",
    "group:ml-team get pods/log -n team-b",
    "carol@example.com list notebooks -A",
    "stranger@example.com get /metrics",
)

# What is compared before and after: more than any fix grants, and far less than everything
RESOURCES = (
    ("serving.kserve.io", "inferenceservices"),
    ("serving.kserve.io", "servingruntimes"),
    ("pipelines.kubeflow.org", "runs"),
    ("kubeflow.org", "notebooks"),
    ("serving.kserve.io", "llminferenceserviceconfigs"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("", "secrets"),
    ("", "configmaps"),
)
VERBS = ("get", "list", "create", "update", "delete", "archive")
NAMESPACES = ("team-a", "team-b", "team-c", "kubeflow", "")

Decision = tuple[tuple[str, str], str, str, str, str]


@cache
def principals() -> list[tuple[str, str]]:
    """Return everybody that the demo's RoleBindings name, and the users of the questions."""
    names = {("User", "stranger@example.com"), ("User", "grace@example.com")}
    for manifest in demo_objects():
        for subject in manifest.get("subjects", ()) if manifest["kind"] == "RoleBinding" else ():
            namespace = subject.get("namespace", manifest["metadata"]["namespace"])
            names.add(principal(subject["kind"], subject["name"], namespace))
    return sorted(names)


def principal(kind: str, name: str, namespace: str = "") -> tuple[str, str]:
    """Return (kind, name) of a user or a group; a service account is the user of its tokens."""
    if kind == "ServiceAccount":
        return "User", f"system:serviceaccount:{namespace}:{name}"
    return kind, name


def decisions(plane: ControlPlane) -> set[Decision]:
    """Return everything that the server allows, among what is compared."""
    questions = [
        (who, namespace, group, resource, verb)
        for who in principals()
        for namespace in NAMESPACES
        for group, resource in RESOURCES
        for verb in VERBS
    ]
    specs = [
        {
            **({"groups": [who[1]]} if who[0] == "Group" else {"user": who[1]}),
            "resourceAttributes": {"namespace": ns, "group": group, "resource": resource, "verb": verb},
        }
        for who, ns, group, resource, verb in questions
    ]
    return {decision for decision, status in zip(questions, ask(plane, specs), strict=True) if status.allowed}


@pytest.fixture(scope="module")
def before(demo: ControlPlane) -> set[Decision]:
    """What the server allows while no fix is applied."""
    return decisions(demo)


@pytest.mark.server
@pytest.mark.parametrize("question", QUESTIONS)
def test_each_fix_does_what_it_announces(demo: ControlPlane, before: set[Decision], question: str) -> None:
    """
    An applied fix makes the answer yes, takes nothing away, and grants only what it announced.

    What is allowed before is asked once: a fix that is not undone fails the next comparison.
    """
    flags = ("--kubeconfig", str(demo.kubeconfig()))
    answer = run("explain", *shlex.split(question), *flags, "-o", "json")
    assert (1, "Denied") == (answer.status, answer.json["decision"])

    assert len(answer.json["fix"]) >= 1
    for number, fix in enumerate(answer.json["fix"], 1):
        manifest = run("explain", *shlex.split(question), *flags, "-o", "fix", "--fix", str(number))
        assert 0 == manifest.status
        try:
            kubectl(demo, "apply", manifest.stdout)
            assert settled(question, flags), fix["title"]
            after = decisions(demo)
            assert set() == {decision for decision in before - after if decision[0] != loser(fix)}
            assert set() == after - before - announced(fix, after - before)
            gained = {(who, group, resource, verb) for who, _, group, resource, verb in after - before}
            assert bool(fix["furtherPermissions"]) or len(gained) <= 1
        finally:
            undo(demo, manifest.stdout)
        assert unsettled(question, flags), "the answer is not no again after the fix was undone"


def loser(fix: dict[str, Any]) -> tuple[str, str] | None:
    """Return the other spelling of a corrected name; nobody else can lose access."""
    return principal(fix["loses"]["kind"], fix["loses"]["name"]) if fix["loses"] else None


def undo(demo: ControlPlane, manifest: str) -> None:
    """Restore what the fix has changed, and delete what it has created."""
    before = {reference(manifest): manifest for manifest in demo_objects()}
    applied = [each for each in yaml.safe_load_all(manifest) if each]
    changed = [before[reference(each)] for each in applied if reference(each) in before]
    assert [] == load(demo, changed, replace=True)
    made = [each for each in applied if reference(each) not in before]
    if made:
        kubectl(demo, "delete", yaml.safe_dump_all(made))
    if any(content["kind"] == "ClusterRole" for content in applied):
        wait_for_aggregation(demo)


def reference(manifest: dict[str, Any]) -> tuple[str, str, str]:
    """Return an object's kind, namespace and name."""
    return manifest["kind"], manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]


OWNED = """
apiVersion: v1
kind: Namespace
metadata:
  name: team-x
  labels: {app.kubernetes.io/part-of: kubeflow-profile}
  annotations: {owner: Nina@Example.com}
---
apiVersion: kubeflow.org/v1
kind: Profile
metadata: {name: team-x}
spec:
  owner: {apiGroup: rbac.authorization.k8s.io, kind: User, name: Nina@Example.com}
  plugins: [{kind: WorkloadIdentity, spec: {gcpServiceAccount: nina@gcp}}]
  resourceQuotaSpec: {hard: {cpu: "4"}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: namespaceAdmin, namespace: team-x, annotations: {role: admin, user: Nina@Example.com}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubeflow-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: Nina@Example.com}]
---
apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata: {name: ns-owner-access-istio, namespace: team-x, annotations: {role: admin, user: Nina@Example.com}}
spec:
  rules:
  - from: [{source: {principals: [cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account]}}]
    when: [{key: "request.headers[kubeflow-userid]", values: [Nina@Example.com]}]
  - to: [{operation: {paths: [/healthz]}}]
"""


REFUSED = (
    "User 'nina@example.com' is not authorized to create kubeflow.org/v1/notebooks in namespace 'team-x'"
)


@pytest.mark.server
@pytest.mark.parametrize(
    "by_apply", [False, True], ids=["created by a controller", "created by kubectl apply"]
)
def test_a_corrected_owner_gets_the_whole_profile(demo: ControlPlane, by_apply: bool) -> None:
    """Profile, namespace, binding and policy agree afterwards, and keep labels, plugins and quotas."""
    flags = ("--kubeconfig", str(demo.kubeconfig()))
    objects = [manifest for manifest in yaml.safe_load_all(OWNED) if manifest]
    question = "create notebooks -n team-x"
    try:
        if by_apply:
            kubectl(demo, "apply", OWNED)
        else:
            assert [] == load(demo, objects)
        manifest = run("explain", "--from-error", REFUSED, *flags, "-o", "fix")
        assert "# correct the owner of profile `team-x`" == manifest.stdout[:39]
        kubectl(demo, "apply", manifest.stdout)

        assert settled(f"nina@example.com {question}", flags)
        assert unsettled(f"Nina@Example.com {question}", flags)
        for manifest in objects:
            assert corrected(manifest) == stored(demo, manifest)
        (profile,) = run("profiles", "team-x", *flags, "-o", "json").json["items"]
        assert not [finding["id"] for finding in profile["findings"] if "owner" in finding["id"]]
    finally:
        kubectl(demo, "delete", OWNED)


def corrected(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the object with the name in the right spelling everywhere."""
    return dict(json.loads(json.dumps(own(manifest)).replace("Nina@Example.com", "nina@example.com")))


def stored(plane: ControlPlane, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the object as the server has it now."""
    kind, namespace, name = reference(manifest)
    group = manifest["apiVersion"].rpartition("/")[0]
    where = ["-n", namespace] if namespace else []
    loaded = dict(
        json.loads(kubectl(plane, "get", "", f"{kind}.{group}".rstrip("."), name, *where, "-o", "json"))
    )
    return own(loaded)


def own(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what somebody has written, without what the server and kubectl add."""
    meta = manifest["metadata"]
    annotations = {k: v for k, v in meta.get("annotations", {}).items() if "last-applied" not in k}
    labels = {k: v for k, v in meta.get("labels", {}).items() if k != "kubernetes.io/metadata.name"}
    rest = {key: manifest.get(key) for key in ("roleRef", "subjects")}
    spec = manifest.get("spec") if manifest["kind"] != "Namespace" else None
    return {"name": meta["name"], "annotations": annotations, "labels": labels, "spec": spec, **rest}


def announced(fix: dict[str, Any], gained: set[Decision]) -> set[Decision]:
    """Return the gained decisions that the fix has announced, by subject and namespace."""
    changes = {
        (
            principal(c["subject"]["kind"], c["subject"]["name"], c["subject"].get("namespace", "")),
            c["namespace"],
        )
        for c in fix["changes"]
    }
    return {
        decision
        for decision in gained
        if (decision[0], decision[1]) in changes or (decision[0], "") in changes
    }


def settled(question: str, flags: tuple[str, ...]) -> bool:
    """Return whether the server itself says yes, within the time that its caches and controllers need."""
    return _becomes(0, question, flags)


def unsettled(question: str, flags: tuple[str, ...]) -> bool:
    """Return whether the server itself says no again."""
    return _becomes(1, question, flags)


def _becomes(status: int, question: str, flags: tuple[str, ...]) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if run("explain", *shlex.split(question), *flags, "--verify", "-q").status == status:
            return True
        time.sleep(0.2)
    return False


def kubectl(plane: ControlPlane, verb: str, manifest: str, *more: str) -> str:
    """Run the real kubectl on a printed manifest, or without one, and return its stdout."""
    flags = ("-f", "-") if manifest else more
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), verb, *flags]
    done = subprocess.run(command, input=manifest, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout
