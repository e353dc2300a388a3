"""What the dashboard would write for a contributor, compared with what it really wrote."""

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
    """Return the objects that the profile controller and KFAM created on a real server."""
    text = (corpus / "profiles-v1.10.yaml").read_text(encoding="utf-8")
    return [object_ for object_ in yaml.safe_load_all(text) if object_]


def policies(*objects: dict[str, Any]) -> Snapshot:
    """Return a snapshot of the policies among *objects*."""
    return snapshot(
        *(convert(object_, AuthorizationPolicy) for object_ in objects if "Policy" in object_["kind"])
    )


def header(user: str, key: str = HEADER) -> dict[str, Any]:
    """Return a rule's condition that allows only this user."""
    return {"when": [{"key": key, "values": [user]}]}


def owner_policy(spec: object, user: str = "") -> Snapshot:
    """Return a snapshot with this policy of the namespace's owner."""
    policy = authorization_policy("team-a/ns-owner-access-istio", spec)
    policy.metadata.annotations.update({"user": user} if user else {})
    return snapshot(policy)


def rule_for_bob(known: Snapshot) -> dict[str, Any]:
    """Return the only rule of the policy that admits bob."""
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
    """Name, annotations, role, subject and the spec of the policy are identical."""
    made = contributor(user, role, namespace, policies(*written))

    for object_ in made:
        (written_object,) = (
            candidate
            for candidate in written
            if candidate["kind"] == object_["kind"] and candidate["metadata"] == object_["metadata"]
        )
        assert {key: value for key, value in written_object.items() if key != "apiVersion"} == {
            key: value for key, value in object_.items() if key != "apiVersion"
        }


def test_every_contributor_of_the_release_has_a_case(written: list[dict[str, Any]]) -> None:
    """The cases above are all users that KFAM added; only a group is left out."""
    added = {
        (
            object_["metadata"]["namespace"],
            object_["subjects"][0]["name"],
            object_["metadata"]["annotations"]["role"],
        )
        for object_ in written
        if object_["kind"] == "RoleBinding" and object_["metadata"]["name"].startswith("user-")
    }

    assert {
        ("alice", "carol@example.com", "edit"),
        ("alice", "dave.d@example.com", "view"),
        ("alice", "erin@example.com", "admin"),
        ("bob", "carol@example.com", "edit"),
    } == added


def test_a_groups_binding_has_the_computed_name(written: list[dict[str, Any]]) -> None:
    """The kind is part of the name."""
    names = {object_["metadata"]["name"] for object_ in written if object_["kind"] == "RoleBinding"}

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
        pytest.param("日本", "user-clusterrole-edit", id="nothing remains"),
    ],
)
def test_names_keep_letters_and_digits(user: str, expected: str) -> None:
    """All other characters become dashes, and several dashes become one."""
    assert expected == kfam_name("User", user, "edit")


@pytest.mark.parametrize(
    ("role", "expected"),
    [("view", "kubeflow-view"), ("edit", "kubeflow-edit"), ("admin", "kubeflow-admin")],
)
def test_a_role_of_kfam_is_a_cluster_role(role: str, expected: str) -> None:
    """The annotation has the short name, and the binding has the long one."""
    binding, _ = contributor("bob", role, "team-a", snapshot())

    assert (role, expected) == (binding["metadata"]["annotations"]["role"], binding["roleRef"]["name"])


def test_without_the_owners_policy_defaults_are_used() -> None:
    """These are the defaults of Kubeflow 1.10."""
    assert {**USUAL, **header("bob")} == rule_for_bob(snapshot())


def test_header_and_callers_come_from_the_owners_policy() -> None:
    """An installation may have its own gateway and its own header."""
    spec = {"rules": [{"from": [{"source": {"principals": ["gate"]}}], **header("alice", HEADER + "")}]}
    spec["rules"][0]["when"][0]["key"] = "request.headers[x-user]"

    rule = rule_for_bob(owner_policy(spec))

    assert {
        "from": [{"source": {"principals": ["gate"]}}],
        **header("bob", "request.headers[x-user]"),
    } == rule


def test_the_prefix_comes_from_the_owners_policy() -> None:
    """The owner's annotation has the name without the prefix, and the condition has it with the prefix."""
    spec = {"rules": [{**USUAL, **header("accounts.google.com:alice")}]}

    assert {**USUAL, **header("accounts.google.com:bob")} == rule_for_bob(owner_policy(spec, "alice"))


def test_a_policy_without_callers_is_followed() -> None:
    """Before Kubeflow 1.8, only the header counted."""
    assert header("bob") == rule_for_bob(owner_policy({"rules": [header("alice")]}))


def test_only_the_rule_with_the_header_counts() -> None:
    """Other rules admit the namespace's own workloads, or everyone for one path."""
    spec = {"rules": [header("team-a", "source.namespace"), header("alice", "request.headers[x-user]")]}

    assert header("bob", "request.headers[x-user]") == rule_for_bob(owner_policy(spec))


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(None, id="no spec"),
        pytest.param("text", id="a string"),
        pytest.param({"rules": None}, id="no rules"),
        pytest.param({"rules": {"when": []}}, id="rules that are an object"),
        pytest.param({"rules": ["text", {"when": "text"}, {"when": ["text"]}]}, id="strings everywhere"),
        pytest.param({"rules": [{"when": [{"key": 1, "values": ["alice"]}]}]}, id="a key that is a number"),
        pytest.param({"rules": [{"when": [{"key": HEADER, "values": [1]}]}]}, id="a value that is a number"),
        pytest.param({"rules": [{"from": "text", **header("alice")}]}, id="callers that are a string"),
        pytest.param({"rules": [{"from": [{"source": []}], **header("alice")}]}, id="a list as source"),
        pytest.param(
            {"rules": [{"from": [{"source": {"principals": [1]}}], **header("alice")}]}, id="no strings"
        ),
    ],
)
def test_a_malformed_policy_leads_to_the_defaults(spec: object) -> None:
    """Tenants can write anything into it."""
    assert {**USUAL, **header("bob")} == rule_for_bob(owner_policy(spec))
