"""`profiles` on what the real profile controller and KFAM have made, held against the server and KFAM."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.running import run
from tests.truth.asking import ask

AUTHENTICATED = "system:authenticated"

# What KFAM v1.10.0 answered when it was asked for the bindings of all four profiles
LISTED_BY_KFAM = {
    ("alice", "User", "alice@example.com", "admin"),
    ("alice", "User", "carol@example.com", "edit"),
    ("alice", "User", "dave.d@example.com", "view"),
    ("alice", "User", "erin@example.com", "admin"),
    ("alice", "Group", "data-science", "edit"),
    ("bob", "User", "Bob@Example.com", "admin"),
    ("bob", "User", "carol@example.com", "edit"),
    ("ml-team", "Group", "ml-team", "admin"),
    ("robot", "ServiceAccount", "ci", "admin"),
}


@pytest.fixture(scope="module")
def items(release: ControlPlane) -> dict[str, Any]:
    """The profiles by their names."""
    done = run("profiles", "-o", "json", "--kubeconfig", str(release.kubeconfig()))
    assert (0, True) == (done.status, done.json["coverage"]["complete"])
    return {item["name"]: item for item in done.json["items"]}


def found(items: dict[str, Any], name: str) -> set[tuple[str, str]]:
    """The findings about a profile: their ids, and the names of the objects."""
    return {(one["id"], one["object"]["name"]) for one in items[name]["findings"]}


@pytest.mark.server
def test_every_contributor_that_kfam_lists_is_listed(items: dict[str, Any]) -> None:
    """With the same role, and nobody else is said to be known to the dashboard."""
    ours = {
        (name, member["subject"]["kind"], member["subject"]["name"], member["dashboard"]["role"])
        for name, item in items.items()
        for member in item["members"]
        if member["dashboard"]
    }

    assert LISTED_BY_KFAM == ours


@pytest.mark.server
def test_what_kfam_cannot_say_is_found(items: dict[str, Any]) -> None:
    """Groups have kubectl alone, bob is spelled with capitals, and robot's account was never made."""
    assert {("profile-group-contributor", "group-data-science-clusterrole-edit")} == found(items, "alice")
    assert {("profile-owner-spelling", "bob")} == found(items, "bob")
    assert {("profile-group-owner", "ml-team")} == found(items, "ml-team")
    assert {("profile-dangling-account", "robot")} == found(items, "robot")


@pytest.mark.server
def test_an_owner_without_a_namespace_is_the_account_of_that_very_namespace(
    release: ControlPlane, items: dict[str, Any]
) -> None:
    """So says the API server, which allows that account what an owner may, and no other of that name."""
    attributes = {"verb": "create", "group": "kubeflow.org", "resource": "notebooks", "namespace": "robot"}
    users = ("system:serviceaccount:robot:ci", "system:serviceaccount:default:ci", "ci")
    answers = ask(release, [{"user": user, "resourceAttributes": attributes} for user in users])

    assert [True, False, False] == [answer.allowed for answer in answers]
    assert {"kind": "ServiceAccount", "name": "ci", "namespace": "robot", "ref": "sa:robot/ci"} == items[
        "robot"
    ]["owner"]


@pytest.mark.server
def test_a_binding_counts_where_the_server_says_it_does(release: ControlPlane, items: dict[str, Any]) -> None:
    """As kubectl asks, with groups; and as Kubeflow's services ask, by the user's name alone."""
    members = [
        (name, member) for name in ("alice", "bob", "ml-team", "robot") for member in items[name]["members"]
    ]
    counts = [member["counts"] for _, member in members]

    by_kubectl = ask(release, [spec(name, member["subject"], True) for name, member in members])
    by_kubeflow = ask(release, [spec(name, member["subject"], False) for name, member in members])

    assert [one["kubectl"] for one in counts] == [yes_or_no(answer.allowed) for answer in by_kubectl]
    assert [one["services"]["kubeflow"] for one in counts] == [
        yes_or_no(answer.allowed) for answer in by_kubeflow
    ]
    assert len(members) == len(LISTED_BY_KFAM) + 2 * 4  # and the two accounts of each profile


def yes_or_no(allowed: bool) -> str:
    """The word for it in a machine format."""
    return "yes" if allowed else "no"


def spec(namespace: str, subject: dict[str, str], with_groups: bool) -> dict[str, Any]:
    """What is asked about a subject: may it list notebooks, which every role of Kubeflow's may?"""
    user, groups = subject["name"], [AUTHENTICATED]
    if subject["kind"] == "ServiceAccount":
        user = f"system:serviceaccount:{subject['namespace']}:{user}"
    elif subject["kind"] == "Group":
        user, groups = "a-member@example.com", [subject["name"], AUTHENTICATED]
    attributes = {"verb": "list", "group": "kubeflow.org", "resource": "notebooks", "namespace": namespace}
    return {"user": user, "groups": groups if with_groups else [], "resourceAttributes": attributes}


@pytest.mark.server
def test_names_are_compared_letter_by_letter(release: ControlPlane) -> None:
    """Who logs in as `bob@example.com` is refused what the owner `Bob@Example.com` is allowed."""
    subjects = ({"kind": "User", "name": name} for name in ("Bob@Example.com", "bob@example.com"))

    answers = ask(release, [spec("bob", subject, True) for subject in subjects])

    assert [True, False] == [answer.allowed for answer in answers]


@pytest.mark.server
def test_an_owner_learns_who_shares_his_profile(release: ControlPlane) -> None:
    """He may read neither Profiles nor policies: what is proven is told, the rest is said to be unknown."""
    release.add_user("alice@example.com")
    flags = ("-n", "alice", "-o", "json", "--kubeconfig", str(release.kubeconfig("alice@example.com")))

    done = run("profiles", *flags)

    (item,) = done.json["items"]
    assert (3, "Namespace", "alice@example.com") == (done.status, item["ownerFrom"], item["owner"]["name"])
    assert {one[2:] for one in LISTED_BY_KFAM if one[0] == "alice"} == {
        (one["subject"]["name"], one["dashboard"]["role"]) for one in item["members"] if one["dashboard"]
    }
    assert {"unknown"} == {one["mesh"] for one in item["members"]}
    assert ["profile-group-contributor"] == [one["id"] for one in item["findings"]]
    assert {"profiles", "authorizationpolicies"} <= {gap["resource"] for gap in done.json["coverage"]["gaps"]}


@pytest.mark.server
def test_a_contributor_is_told_that_much_is_unknown(release: ControlPlane) -> None:
    """He may not read bindings: nobody is said to have no access, and nothing to be missing."""
    release.add_user("carol@example.com")
    flags = ("-n", "alice", "--kubeconfig", str(release.kubeconfig("carol@example.com")))

    (item,) = run("profiles", *flags, "-o", "json").json["items"]
    table = run("profiles", *flags)

    (owner,) = item["members"]
    assert ("alice@example.com", "owner") == (owner["subject"]["name"], owner["kind"])
    assert {"kubectl": "unknown", "services": {"kubeflow": "unknown"}} == owner["counts"]
    assert [] == item["findings"]
    assert 3 == table.status
    assert "warning: cannot list authorizationpolicies, rolebindings in namespace `alice`" in table.stderr


def granted(name: str, rule: dict[str, list[str]], *subjects: tuple[str, str]) -> list[dict[str, Any]]:
    """A ClusterRole of one rule, and a ClusterRoleBinding of that name to these subjects."""
    group = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": [rule]}
    to = [{"apiGroup": group, "kind": kind, "name": who} for kind, who in subjects]
    ref = {"apiGroup": group, "kind": "ClusterRole", "name": name}
    metadata = {"name": name}
    kind = "ClusterRoleBinding"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": ref,
        "subjects": to,
    }
    return [role, binding]


AUDREY, OPERATOR = "audrey@example.com", "operator@example.com"
EVERYWHERE = [
    *granted(
        "auditors",
        {"apiGroups": ["kubeflow.org"], "resources": ["notebooks"], "verbs": ["list"]},
        ("User", AUDREY), ("Group", "auditors"), ("User", "system:an-auditor"),
    ),
    *granted(
        "outside", {"apiGroups": ["", "kubeflow.org"], "resources": ["nodes", "profiles"], "verbs": ["list"]},
        ("User", OPERATOR),
    ),
]  # fmt: skip
"""People who may list notebooks wherever they are, and one who may list what is in no namespace."""


@pytest.mark.server
def test_rights_in_every_profile_are_what_the_server_says(release: ControlPlane) -> None:
    """It allows who is on the list in each of the profiles, where that counts, and nobody else."""
    load(release, EVERYWHERE, replace=True)
    done = run("profiles", "-o", "json", "--kubeconfig", str(release.kubeconfig()))

    told = {one["subject"]["name"]: one["counts"] for one in done.json["inEveryProfile"]}
    assert {
        "auditors": {"kubectl": "yes", "services": {"kubeflow": "no"}},
        AUDREY: {"kubectl": "yes", "services": {"kubeflow": "yes"}},
    } == {name: told[name] for name in told if "auditors" in name or name in (AUDREY, OPERATOR)}
    profiles = [item["name"] for item in done.json["items"]]
    people = [("Group", "auditors"), ("User", AUDREY), ("User", OPERATOR)]
    for name in profiles:
        asked = [
            spec(name, {"kind": kind, "name": who}, groups)
            for kind, who in people
            for groups in (True, False)
        ]
        answers = [answer.allowed for answer in ask(release, asked)]
        assert [True, False, True, True, False, False] == answers, name


LISTER: list[dict[str, Any]] = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "lister"},
        "rules": [
            {
                "apiGroups": ["", "rbac.authorization.k8s.io"],
                "resources": ["namespaces", "serviceaccounts", "rolebindings"],
                "verbs": ["list"],
            }
        ],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "lister"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "lister"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "lister@example.com"}],
    },
]
"""Somebody who may read what access consists of, but neither Profiles, roles nor the mesh."""


@pytest.mark.server
def test_without_profiles_namespaces_are_taken_by_their_label(
    release: ControlPlane, items: dict[str, Any]
) -> None:
    """The owners are those of their annotations, of the kinds that are bound; the members are the same."""
    load(release, LISTER, replace=True)
    release.add_user("lister@example.com")
    flags = ("--kubeconfig", str(release.kubeconfig("lister@example.com")))

    done = run("profiles", "-o", "json", *flags)

    found = {item["name"]: item for item in done.json["items"]}
    assert (3, {"Namespace"}) == (done.status, {item["ownerFrom"] for item in found.values()})
    assert {"alice", "bob", "ml-team", "robot"} == set(found)
    assert {name: items[name]["owner"] for name in found} == {n: one["owner"] for n, one in found.items()}
    assert {name: bound(items[name]) for name in found} == {n: bound(one) for n, one in found.items()}
    assert None is done.json["inEveryProfile"]
    assert "warning: cannot list authorizationpolicies, clusterrolebindings, profiles: " in done.stderr


def bound(item: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Who is bound, and by which binding."""
    return [(member["subject"]["name"], member["binding"]) for member in item["members"]]


@pytest.mark.server
def test_of_a_namespace_that_may_be_no_profile_nothing_is_claimed(release: ControlPlane) -> None:
    """Who may read nothing learns that it is not known whether it is one, and of no finding."""
    release.add_user("nobody@example.com")
    flags = ("-o", "json", "--kubeconfig", str(release.kubeconfig("nobody@example.com")))

    done = run("profiles", "alice", *flags)

    (item,) = done.json["items"]
    assert (3, None, [], []) == (done.status, item["owner"], item["members"], item["findings"])
    assert "whether `alice` is a profile is not known" in done.stderr
