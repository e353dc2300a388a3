"""What the dashboard would write for a contributor, held against what it really wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import convert

from kubectl_kfaccess.kubeflow.tenants.contributors import contributor, kfam_name
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import authorization_policy, snapshot

HEADER = "request.headers[kubeflow-userid]"
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
PAGES = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"
USUAL = {"from": [{"source": {"principals": [GATEWAY, PAGES]}}]}


@pytest.fixture
def written(corpus: Path) -> list[dict[str, Any]]:
    """The objects that the profile controller and KFAM made on a real server."""
    text = (corpus / "profiles-v1.10.yaml").read_text(encoding="utf-8")
    return [one for one in yaml.safe_load_all(text) if one]


def policies(*objects: dict[str, Any]) -> Snapshot:
    """A snapshot of the policies among *objects*."""
    return snapshot(*(convert(one, AuthorizationPolicy) for one in objects if "Policy" in one["kind"]))


def header(user: str, key: str = HEADER) -> dict[str, Any]:
    """A rule's condition: this user alone."""
    return {"when": [{"key": key, "values": [user]}]}


def owners(spec: object, user: str = "") -> Snapshot:
    """A snapshot in which the policy of the namespace's owner is this one."""
    found = authorization_policy("team-a/ns-owner-access-istio", spec)
    found.metadata.annotations.update({"user": user} if user else {})
    return snapshot(found)


def rule_for_bob(known: Snapshot) -> dict[str, Any]:
    """The one rule of the policy that lets bob in."""
    (rule,) = contributor("bob", "edit", "team-a", known)[1]["spec"]["rules"]
    return dict(rule)


@pytest.mark.parametrize(
    ("namespace", "user", "role"),
    [
        ("alice", "carol@example.com", "edit"),
        ("alice", "dave.d@example.com", "view"),
        ("alice", "erin@example.com", "admin"),
        ("bob", "carol@example.com", "edit"),
    ],
)
def test_the_objects_are_those_that_kfam_wrote(
    written: list[dict[str, Any]], namespace: str, user: str, role: str
) -> None:
    """Name, annotations, role, subject and the policy's spec are the same, letter by letter."""
    made = contributor(user, role, namespace, policies(*written))

    for one in made:
        (real,) = (
            found
            for found in written
            if found["kind"] == one["kind"] and found["metadata"] == one["metadata"]
        )
        assert {k: v for k, v in real.items() if k != "apiVersion"} == {
            k: v for k, v in one.items() if k != "apiVersion"
        }


def test_every_contributor_of_the_release_is_tried(written: list[dict[str, Any]]) -> None:
    """The cases above are the users whom KFAM has added, and only one group is left out."""
    added = {
        (one["metadata"]["namespace"], one["subjects"][0]["name"], one["metadata"]["annotations"]["role"])
        for one in written
        if one["kind"] == "RoleBinding" and one["metadata"]["name"].startswith("user-")
    }

    assert {
        ("alice", "carol@example.com", "edit"),
        ("alice", "dave.d@example.com", "view"),
        ("alice", "erin@example.com", "admin"),
        ("bob", "carol@example.com", "edit"),
    } == added


def test_a_group_of_the_release_has_the_name_that_is_computed(written: list[dict[str, Any]]) -> None:
    """The kind is part of the name."""
    names = {one["metadata"]["name"] for one in written if one["kind"] == "RoleBinding"}

    assert kfam_name("Group", "data-science", "edit") in names


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        pytest.param("a.b@x.com", "user-a-b-x-com-clusterrole-edit", id="dots and at"),
        pytest.param("a-b@x.com", "user-a-b-x-com-clusterrole-edit", id="the same as another user's"),
        pytest.param("User@Example.com", "user-user-example-com-clusterrole-edit", id="capitals"),
        pytest.param("a__b", "user-a-b-clusterrole-edit", id="a run"),
        pytest.param("@a@", "user-a-clusterrole-edit", id="at the ends"),
        pytest.param("Jürgen", "user-j-rgen-clusterrole-edit", id="letters beyond ASCII"),
        pytest.param("日本", "user-clusterrole-edit", id="nothing left"),
    ],
)
def test_names_keep_letters_and_digits(user: str, expected: str) -> None:
    """Everything else is a dash, and a run of dashes is one."""
    assert expected == kfam_name("User", user, "edit")


@pytest.mark.parametrize(
    ("role", "expected"),
    [("view", "kubeflow-view"), ("edit", "kubeflow-edit"), ("admin", "kubeflow-admin")],
)
def test_a_role_of_kfam_is_a_cluster_role(role: str, expected: str) -> None:
    """The annotation has the short name, the binding the long one."""
    binding, _ = contributor("bob", role, "team-a", snapshot())

    assert (role, expected) == (binding["metadata"]["annotations"]["role"], binding["roleRef"]["name"])


def test_without_the_owners_policy_the_defaults_stand() -> None:
    """They are those of Kubeflow 1.10."""
    assert {**USUAL, **header("bob")} == rule_for_bob(snapshot())


def test_header_and_callers_are_the_owners() -> None:
    """An installation may have its own gateway and its own header."""
    spec = {"rules": [{"from": [{"source": {"principals": ["gate"]}}], **header("alice", HEADER + "")}]}
    spec["rules"][0]["when"][0]["key"] = "request.headers[x-user]"

    rule = rule_for_bob(owners(spec))

    assert {
        "from": [{"source": {"principals": ["gate"]}}],
        **header("bob", "request.headers[x-user]"),
    } == rule


def test_the_prefix_of_user_names_is_the_owners() -> None:
    """The owner's annotation has the name without it, the condition with it."""
    spec = {"rules": [{**USUAL, **header("accounts.google.com:alice")}]}

    assert {**USUAL, **header("accounts.google.com:bob")} == rule_for_bob(owners(spec, "alice"))


def test_a_policy_without_callers_is_followed() -> None:
    """Before Kubeflow 1.8 the header alone counted."""
    assert header("bob") == rule_for_bob(owners({"rules": [header("alice")]}))


def test_the_rule_with_the_header_is_the_one_that_counts() -> None:
    """Others let in the namespace's own workloads, or anybody for a path."""
    spec = {"rules": [header("team-a", "source.namespace"), header("alice", "request.headers[x-user]")]}

    assert header("bob", "request.headers[x-user]") == rule_for_bob(owners(spec))


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(None, id="none"),
        pytest.param("text", id="text"),
        pytest.param({"rules": None}, id="no rules"),
        pytest.param({"rules": {"when": []}}, id="rules that are no list"),
        pytest.param({"rules": ["text", {"when": "text"}, {"when": ["text"]}]}, id="text everywhere"),
        pytest.param({"rules": [{"when": [{"key": 1, "values": ["alice"]}]}]}, id="a key that is no text"),
        pytest.param({"rules": [{"when": [{"key": HEADER, "values": [1]}]}]}, id="a value that is no text"),
        pytest.param({"rules": [{"from": "text", **header("alice")}]}, id="callers that are no list"),
        pytest.param({"rules": [{"from": [{"source": []}], **header("alice")}]}, id="a source that is none"),
        pytest.param(
            {"rules": [{"from": [{"source": {"principals": [1]}}], **header("alice")}]}, id="no text in it"
        ),
    ],
)
def test_a_malformed_policy_leaves_the_defaults(spec: object) -> None:
    """Tenants can write anything there."""
    assert {**USUAL, **header("bob")} == rule_for_bob(owners(spec))
