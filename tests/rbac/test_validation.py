"""Which roles and bindings a server refuses: a table that the real server is asked as well."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubectl_kfaccess.rbac.validation import Candidate, problems
from tests.controlplane.cluster import ControlPlane

RBAC = "rbac.authorization.k8s.io"
VIEW = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"}
ANN = {"apiGroup": RBAC, "kind": "User", "name": "ann"}
PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


def selecting(**selector: Any) -> dict[str, Any]:
    """Return the body of an aggregated ClusterRole with one selector."""
    return {"aggregationRule": {"clusterRoleSelectors": [selector]}}


def line(key: str, operator: str, *values: str) -> dict[str, Any]:
    """Return the body of an aggregated ClusterRole whose selector has one expression."""
    listed = {"values": list(values)} if values else {}
    return selecting(matchExpressions=[{"key": key, "operator": operator, **listed}])


# (kind, body, paths of the problems); a body without `metadata` has a good name
TABLE: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Role", {"rules": [PODS]}, []),
    ("Role", {}, []),
    ("Role", {"rules": None}, []),
    ("Role", {"rules": [{**PODS, "verbs": []}]}, ["rules[0].verbs"]),
    ("Role", {"rules": [PODS, {"verbs": ["get"], "resources": ["pods"]}]}, ["rules[1].apiGroups"]),
    ("Role", {"rules": [{"verbs": ["get"], "apiGroups": [""]}]}, ["rules[0].resources"]),
    ("Role", {"rules": [{}]}, ["rules[0].verbs", "rules[0].apiGroups", "rules[0].resources"]),
    ("Role", {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]}, ["rules[0].nonResourceURLs"]),
    ("Role", {"rules": [{**PODS, "verbs": [""]}]}, []),
    ("Role", {"rules": [{**PODS, "resources": ["pods/", "*/*"]}]}, []),
    ("ClusterRole", {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x", "bad"]}]}, []),
    ("ClusterRole", {"rules": [{**PODS, "nonResourceURLs": ["/x"]}]}, ["rules[0].nonResourceURLs"]),
    (
        "ClusterRole",
        {"rules": [{"verbs": ["get"], "resourceNames": ["a"], "nonResourceURLs": ["/x"]}]},
        ["rules[0].nonResourceURLs"],
    ),
    ("ClusterRole", {"metadata": {"name": "a b:c{"}}, []),
    ("ClusterRole", {"metadata": {"name": "a/b"}}, ["metadata.name"]),
    ("ClusterRole", {"metadata": {"name": "a%b"}}, ["metadata.name"]),
    ("ClusterRole", {"metadata": {"name": ".."}}, ["metadata.name"]),
    ("ClusterRole", {"metadata": {}}, ["metadata.name"]),
    ("ClusterRole", {"metadata": {"generateName": "a-"}}, []),
    ("ClusterRole", {"metadata": {"name": "a", "labels": {"ok/x": "a_b", "y": ""}}}, []),
    ("ClusterRole", {"metadata": {"name": "a", "labels": {"a/b/c": "x"}}}, ["metadata.labels"]),
    ("ClusterRole", {"metadata": {"name": "a", "labels": {"x": "a b"}}}, ["metadata.labels"]),
    ("ClusterRole", {"metadata": {"name": "a", "labels": {"x": "l" * 64}}}, ["metadata.labels"]),
    ("ClusterRole", {"metadata": {"name": "a", "annotations": {"X/Y": "a b\n"}}}, []),
    ("ClusterRole", {"metadata": {"name": "a", "annotations": {"x y": ""}}}, ["metadata.annotations"]),
    (
        "ClusterRole",
        {"metadata": {"name": "a", "annotations": {"x": "l" * 262144}}},
        ["metadata.annotations"],
    ),
    ("ClusterRole", {"aggregationRule": {}}, ["aggregationRule.clusterRoleSelectors"]),
    ("ClusterRole", selecting(), []),
    ("ClusterRole", selecting(matchLabels={"a": "b"}), []),
    (
        "ClusterRole",
        selecting(matchLabels={"a": "b c"}),
        ["aggregationRule.clusterRoleSelectors[0].matchLabels"],
    ),
    ("ClusterRole", line("a", "In", "b"), []),
    ("ClusterRole", line("a", "Exists"), []),
    *(
        (
            "ClusterRole",
            body,
            [f"aggregationRule.clusterRoleSelectors[0].matchExpressions[0].{path}"],
        )
        for body, path in (
            (line("a", "In"), "values"),
            (line("a", "Exists", "b"), "values"),
            (line("a", "Gt", "1"), "operator"),
            (line("a b", "Exists"), "key"),
            (line("a", "NotIn", "b c"), "values"),
        )
    ),
    ("RoleBinding", {"roleRef": VIEW, "subjects": [ANN]}, []),
    ("RoleBinding", {"roleRef": VIEW}, []),
    (
        "RoleBinding",
        {"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "a"}]},
        [],
    ),
    ("RoleBinding", {"roleRef": VIEW, "subjects": [{"kind": "ServiceAccount", "name": "a"}]}, []),
    ("RoleBinding", {"subjects": [ANN]}, ["roleRef.kind", "roleRef.name"]),
    ("RoleBinding", {"roleRef": {**VIEW, "kind": "clusterrole"}}, ["roleRef.kind"]),
    ("RoleBinding", {"roleRef": {**VIEW, "name": "a/b"}}, ["roleRef.name"]),
    ("RoleBinding", {"roleRef": {**VIEW, "apiGroup": "rbac"}}, ["roleRef.apiGroup"]),
    ("ClusterRoleBinding", {"roleRef": VIEW, "subjects": [ANN, {**ANN, "namespace": "x"}]}, []),
    ("ClusterRoleBinding", {"roleRef": {**VIEW, "kind": "Role"}}, ["roleRef.kind"]),
    ("ClusterRoleBinding", {"roleRef": {**VIEW, "name": ""}}, ["roleRef.name"]),
    *(
        (
            "ClusterRoleBinding",
            {"roleRef": VIEW, "subjects": [ANN, subject]},
            [f"subjects[1].{p}" for p in paths],
        )
        for subject, paths in (
            ({"kind": "ServiceAccount", "name": "a", "namespace": "b"}, []),
            ({"kind": "ServiceAccount", "name": "a", "namespace": "B/c"}, []),
            ({"kind": "ServiceAccount", "name": "a"}, ["namespace"]),
            ({"kind": "ServiceAccount", "name": "A", "namespace": "b"}, ["name"]),
            ({"kind": "ServiceAccount", "name": "a", "namespace": "b", "apiGroup": "v1"}, ["apiGroup"]),
            ({"kind": "ServiceAccount", "name": "a", "namespace": "b", "apiGroup": RBAC}, ["apiGroup"]),
            ({"kind": "User", "name": ""}, ["name"]),
            ({"kind": "User", "name": "a/b %"}, []),
            ({"kind": "Group", "name": "a", "apiGroup": "v1"}, ["apiGroup"]),
            ({"kind": "user", "name": "a"}, ["kind"]),
            ({"name": "a"}, ["kind"]),
        )
    ),
]
IDS = [f"{number}-{kind}-{paths[0] if paths else 'good'}" for number, (kind, _, paths) in enumerate(TABLE)]
RESOURCES = {
    "Role": "namespaces/default/roles",
    "RoleBinding": "namespaces/default/rolebindings",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
}


@pytest.mark.parametrize(("kind", "body", "paths"), TABLE, ids=IDS)
def test_the_problems_of_an_object(kind: str, body: dict[str, Any], paths: list[str]) -> None:
    """The path of each is that of the server's own message."""
    content = {"metadata": {"name": "x"}, **body}

    assert paths == [
        problem.path for problem in problems(kind, msgspec.convert(content, Candidate), "default")
    ]


@pytest.mark.parametrize("namespace", ["", "Team", "a.b", "a_b", "l" * 64])
def test_a_namespace_has_a_name_of_its_own_form(namespace: str) -> None:
    """A namespaced object is refused if its namespace cannot exist."""
    candidate = msgspec.convert({"metadata": {"name": "x"}}, Candidate)

    assert ["metadata.namespace"] == [problem.path for problem in problems("Role", candidate, namespace)]


@pytest.mark.server
def test_the_server_refuses_the_same_objects(plane: ControlPlane) -> None:
    """Each object of the table is sent as a dry run; what the server names is what we name."""
    differences = []
    for number, (kind, body, paths) in enumerate(TABLE):
        content = {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": f"x{number}"}, **body}
        status, answer = plane.request("POST", f"/apis/{RBAC}/v1/{RESOURCES[kind]}?dryRun=All", content)
        causes = (answer.get("details") or {}).get("causes") or ()
        fields = {_without_index(cause["field"]) for cause in causes}
        # A selector that is wrong inside is named a second time as a whole
        named = sorted(fields - {"aggregationRule.clusterRoleSelectors[0]"})
        expected = sorted({_without_index(path) for path in paths})
        if (201 if not paths else 422) != status or expected != named:
            differences.append((body, paths, status, named))

    assert [] == differences


def _without_index(path: str) -> str:
    """Return the path without the index of a list's value, which we do not name."""
    return path.replace(".values[0]", ".values")
