"""Fixes, applied by the real kubectl to a real server: then the answer is yes, and nothing else changes."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load, wait_for_aggregation
from tests.live.conftest import demo_objects
from tests.running import run
from tests.truth.asking import ask

ASKED = (
    "grace@example.com create isvc -n team-b",
    "kim@example.com create isvc -n team-c",
    "sa:team-a/default-viewer create isvc -n team-a",
    "sa:kubeflow/pipeline-runner create isvc -n kubeflow",
    "erin@example.com archive runs.pipelines.kubeflow.org -n team-a",
    "dave@example.com update trainjobs -n team-a",
    "sa:team-c/model-server get secrets/another -n team-c",
    "group:ml-team get pods/log -n team-b",
    "carol@example.com list notebooks -A",
    "stranger@example.com get /metrics",
)

# What is compared before and after: more than any fix needs, and far fewer than there are
RESOURCES = (
    ("serving.kserve.io", "inferenceservices"),
    ("serving.kserve.io", "servingruntimes"),
    ("pipelines.kubeflow.org", "runs"),
    ("kubeflow.org", "notebooks"),
    ("trainer.kubeflow.org", "trainjobs"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("", "secrets"),
    ("", "configmaps"),
)
VERBS = ("get", "list", "create", "update", "delete", "archive")
NAMESPACES = ("team-a", "team-b", "team-c", "kubeflow", "")

Decision = tuple[tuple[str, str], str, str, str, str]


def principals() -> list[tuple[str, str]]:
    """Everybody whom the demo's RoleBindings name, and whom the questions are about."""
    found = {("User", "stranger@example.com"), ("User", "grace@example.com")}
    for one in demo_objects():
        for subject in one.get("subjects", ()) if one["kind"] == "RoleBinding" else ():
            namespace = subject.get("namespace", one["metadata"]["namespace"])
            found.add(principal(subject["kind"], subject["name"], namespace))
    return sorted(found)


def principal(kind: str, name: str, namespace: str = "") -> tuple[str, str]:
    """A user or a group; an account is the user of its tokens."""
    if kind == "ServiceAccount":
        return "User", f"system:serviceaccount:{namespace}:{name}"
    return kind, name


def decisions(plane: ControlPlane) -> set[Decision]:
    """Everything that the server allows to anybody, among what is compared."""
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
    return {one for one, status in zip(questions, ask(plane, specs), strict=True) if status.allowed}


@pytest.mark.server
@pytest.mark.parametrize("asked", ASKED)
def test_each_fix_does_what_it_announces(demo: ControlPlane, asked: str) -> None:
    """Applied, a fix makes the answer yes, takes nothing away, and gives nothing that was not announced."""
    flags = ("--kubeconfig", str(demo.kubeconfig()))
    answer = run("explain", *shlex.split(asked), *flags, "-o", "json")
    assert (1, "Denied") == (answer.status, answer.json["decision"])
    before = decisions(demo)

    assert len(answer.json["fix"]) >= 1
    for number, fix in enumerate(answer.json["fix"], 1):
        manifest = run("explain", *shlex.split(asked), *flags, "-o", "fix", "--fix", str(number))
        assert 0 == manifest.status
        try:
            kubectl(demo, "apply", manifest.stdout)
            assert settled(asked, flags), fix["title"]
            after = decisions(demo)
            assert set() == {one for one in before - after if one[0] != loser(fix)}
            assert set() == after - before - announced(fix, after - before)
            gained = {(who, group, resource, verb) for who, _, group, resource, verb in after - before}
            assert bool(fix["furtherPermissions"]) or len(gained) <= 1
        finally:
            take_back(demo, manifest.stdout)
        assert unsettled(asked, flags), "taken back, the answer is no again"


def loser(fix: dict[str, Any]) -> tuple[str, str] | None:
    """The other spelling of a name that is corrected; nobody else loses anything."""
    return principal(fix["loses"]["kind"], fix["loses"]["name"]) if fix["loses"] else None


def take_back(demo: ControlPlane, manifest: str) -> None:
    """Put back what the fix has changed, and delete what it has made."""
    there = {reference(one): one for one in demo_objects()}
    applied = [one for one in yaml.safe_load_all(manifest) if one]
    changed = [there[reference(one)] for one in applied if reference(one) in there]
    assert [] == load(demo, changed, replace=True)
    made = [one for one in applied if reference(one) not in there]
    if made:
        kubectl(demo, "delete", yaml.safe_dump_all(made))
    wait_for_aggregation(demo)


def reference(found: dict[str, Any]) -> tuple[str, str, str]:
    """An object's kind, namespace and name."""
    return found["kind"], found["metadata"].get("namespace", ""), found["metadata"]["name"]


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
@pytest.mark.parametrize("by_apply", [False, True], ids=["made by a controller", "made by kubectl apply"])
def test_a_corrected_owner_has_the_profile_and_loses_nothing_of_it(
    demo: ControlPlane, by_apply: bool
) -> None:
    """Profile, namespace, binding and policy agree afterwards; labels, plugins and quotas are still there."""
    flags = ("--kubeconfig", str(demo.kubeconfig()))
    objects = [one for one in yaml.safe_load_all(OWNED) if one]
    asked = "create notebooks -n team-x"
    try:
        if by_apply:
            kubectl(demo, "apply", OWNED)
        else:
            assert [] == load(demo, objects)
        manifest = run("explain", "--from-error", REFUSED, *flags, "-o", "fix")
        assert "# correct the owner of profile `team-x`" == manifest.stdout[:39]
        kubectl(demo, "apply", manifest.stdout)

        assert settled(f"nina@example.com {asked}", flags)
        assert unsettled(f"Nina@Example.com {asked}", flags)
        for one in objects:
            assert corrected(one) == stored(demo, one)
        (profile,) = run("profiles", "team-x", *flags, "-o", "json").json["items"]
        assert not [one["id"] for one in profile["findings"] if "owner" in one["id"]]
    finally:
        kubectl(demo, "delete", OWNED)


def corrected(one: dict[str, Any]) -> dict[str, Any]:
    """The object as it was, with the name in the right spelling wherever it stands."""
    return dict(json.loads(json.dumps(own(one)).replace("Nina@Example.com", "nina@example.com")))


def stored(plane: ControlPlane, one: dict[str, Any]) -> dict[str, Any]:
    """The object as the server has it now."""
    kind, namespace, name = reference(one)
    group = one["apiVersion"].rpartition("/")[0]
    where = ["-n", namespace] if namespace else []
    found = dict(
        json.loads(kubectl(plane, "get", "", f"{kind}.{group}".rstrip("."), name, *where, "-o", "json"))
    )
    return own(found)


def own(one: dict[str, Any]) -> dict[str, Any]:
    """What somebody has written, without what server and kubectl add."""
    meta = one["metadata"]
    annotations = {k: v for k, v in meta.get("annotations", {}).items() if "last-applied" not in k}
    labels = {k: v for k, v in meta.get("labels", {}).items() if k != "kubernetes.io/metadata.name"}
    rest = {key: one.get(key) for key in ("roleRef", "subjects")}
    spec = one.get("spec") if one["kind"] != "Namespace" else None
    return {"name": meta["name"], "annotations": annotations, "labels": labels, "spec": spec, **rest}


def announced(fix: dict[str, Any], gained: set[Decision]) -> set[Decision]:
    """Those of the decisions gained that the fix has announced, by subject and namespace."""
    changes = {
        (
            principal(c["subject"]["kind"], c["subject"]["name"], c["subject"].get("namespace", "")),
            c["namespace"],
        )
        for c in fix["changes"]
    }
    return {one for one in gained if (one[0], one[1]) in changes or (one[0], "") in changes}


def settled(asked: str, flags: tuple[str, ...]) -> bool:
    """Whether the server itself says yes, within the time that its caches and controllers take."""
    return _becomes(0, asked, flags)


def unsettled(asked: str, flags: tuple[str, ...]) -> bool:
    """Whether the server itself says no again."""
    return _becomes(1, asked, flags)


def _becomes(status: int, asked: str, flags: tuple[str, ...]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if run("explain", *shlex.split(asked), *flags, "--verify", "-q").status == status:
            return True
        time.sleep(0.2)
    return False


def kubectl(plane: ControlPlane, verb: str, manifest: str, *more: str) -> str:
    """Apply or delete with the real kubectl what the program has printed, or get something."""
    flags = ("-f", "-") if manifest else more
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), verb, *flags]
    done = subprocess.run(command, input=manifest, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout
