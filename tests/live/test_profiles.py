"""`profiles` on objects of the real profile controller and KFAM, compared with the server and KFAM."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.running import run
from tests.truth.asking import ask

AUTHENTICATED = "system:authenticated"

# The answer of KFAM v1.10.0 to a request for the bindings of all four profiles
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
    """Return the profiles by their names."""
    done = run("profiles", "-o", "json", "--kubeconfig", str(release.kubeconfig()))
    assert (0, True) == (done.status, done.json["coverage"]["complete"])
    return {item["name"]: item for item in done.json["items"]}


def findings(items: dict[str, Any], name: str) -> set[tuple[str, str]]:
    """Return the findings about a profile: their ids, and the names of the objects."""
    return {(finding["id"], finding["object"]["name"]) for finding in items[name]["findings"]}


@pytest.mark.server
def test_every_contributor_that_kfam_lists_is_listed(items: dict[str, Any]) -> None:
    """The roles are the same, and the dashboard lists nobody else."""
    ours = {
        (name, member["subject"]["kind"], member["subject"]["name"], member["dashboard"]["role"])
        for name, item in items.items()
        for member in item["members"]
        if member["dashboard"]
    }

    assert LISTED_BY_KFAM == ours


@pytest.mark.server
def test_what_kfam_does_not_report_is_found(items: dict[str, Any]) -> None:
    """Groups count only with kubectl, bob is spelled with capitals, and robot's account does not exist."""
    assert {("profile-group-contributor", "group-data-science-clusterrole-edit")} == findings(items, "alice")
    assert {("profile-owner-spelling", "bob")} == findings(items, "bob")
    assert {("profile-group-owner", "ml-team")} == findings(items, "ml-team")
    assert {("profile-dangling-account", "robot")} == findings(items, "robot")


@pytest.mark.server
def test_an_owning_account_without_a_namespace_is_one_of_the_profile(
    release: ControlPlane, items: dict[str, Any]
) -> None:
    """The API server gives an owner's access to that account, and to no other of that name."""
    attributes = {"verb": "create", "group": "kubeflow.org", "resource": "notebooks", "namespace": "robot"}
    users = ("system:serviceaccount:robot:ci", "system:serviceaccount:default:ci", "ci")
    answers = ask(release, [{"user": user, "resourceAttributes": attributes} for user in users])

    assert [True, False, False] == [answer.allowed for answer in answers]
    assert {"kind": "ServiceAccount", "name": "ci", "namespace": "robot", "ref": "sa:robot/ci"} == items[
        "robot"
    ]["owner"]


@pytest.mark.server
def test_a_binding_counts_where_the_server_says_it_does(release: ControlPlane, items: dict[str, Any]) -> None:
    """kubectl asks with groups, Kubeflow's services by the user's name alone."""
    members = [
        (name, member) for name in ("alice", "bob", "ml-team", "robot") for member in items[name]["members"]
    ]
    counts = [member["counts"] for _, member in members]

    by_kubectl = ask(release, [spec(name, member["subject"], True) for name, member in members])
    by_kubeflow = ask(release, [spec(name, member["subject"], False) for name, member in members])

    assert [count["kubectl"] for count in counts] == [yes_or_no(answer.allowed) for answer in by_kubectl]
    assert [by_review(count) for count in counts] == [{yes_or_no(answer.allowed)} for answer in by_kubeflow]
    assert len(members) == len(LISTED_BY_KFAM) + 2 * 4  # plus the two accounts of each profile


def by_review(counts: dict[str, Any]) -> set[str]:
    """Return the answers of the services that send access reviews."""
    return {answer for service, answer in counts["services"].items() if service != "kfam"}


def yes_or_no(allowed: bool) -> str:
    """Return the word for it in a machine format."""
    return "yes" if allowed else "no"


def spec(namespace: str, subject: dict[str, str], with_groups: bool) -> dict[str, Any]:
    """Return the spec of a review: can the subject list notebooks, as every role of Kubeflow can?"""
    user, groups = subject["name"], [AUTHENTICATED]
    if subject["kind"] == "ServiceAccount":
        user = f"system:serviceaccount:{subject['namespace']}:{user}"
    elif subject["kind"] == "Group":
        user, groups = "a-member@example.com", [subject["name"], AUTHENTICATED]
    attributes = {"verb": "list", "group": "kubeflow.org", "resource": "notebooks", "namespace": namespace}
    return {"user": user, "groups": groups if with_groups else [], "resourceAttributes": attributes}


@pytest.mark.server
def test_names_are_case_sensitive(release: ControlPlane) -> None:
    """A user who logs in as `bob@example.com` is denied what the owner `Bob@Example.com` is allowed."""
    subjects = ({"kind": "User", "name": name} for name in ("Bob@Example.com", "bob@example.com"))

    answers = ask(release, [spec("bob", subject, True) for subject in subjects])

    assert [True, False] == [answer.allowed for answer in answers]


@pytest.mark.server
def test_an_owner_learns_who_shares_their_profile(release: ControlPlane) -> None:
    """Owners can read neither Profiles nor policies: what is proved is listed, the rest is unknown."""
    release.add_user("alice@example.com")
    flags = ("-n", "alice", "-o", "json", "--kubeconfig", str(release.kubeconfig("alice@example.com")))

    done = run("profiles", *flags)

    (item,) = done.json["items"]
    assert (3, "Namespace", "alice@example.com") == (done.status, item["ownerFrom"], item["owner"]["name"])
    assert {row[2:] for row in LISTED_BY_KFAM if row[0] == "alice"} == {
        (member["subject"]["name"], member["dashboard"]["role"])
        for member in item["members"]
        if member["dashboard"]
    }
    assert {"unknown"} == {member["mesh"]["reach"] for member in item["members"]}
    assert ["profile-group-contributor"] == [finding["id"] for finding in item["findings"]]
    assert {"profiles", "authorizationpolicies"} <= {gap["resource"] for gap in done.json["coverage"]["gaps"]}


@pytest.mark.server
def test_for_a_contributor_most_is_unknown(release: ControlPlane) -> None:
    """Contributors cannot read bindings: nobody is listed as having no access, and nothing as missing."""
    release.add_user("carol@example.com")
    flags = ("-n", "alice", "--kubeconfig", str(release.kubeconfig("carol@example.com")))

    (item,) = run("profiles", *flags, "-o", "json").json["items"]
    table = run("profiles", *flags)

    (owner,) = item["members"]
    assert ("alice@example.com", "owner") == (owner["subject"]["name"], owner["kind"])
    assert ("unknown", {"unknown"}) == (owner["counts"]["kubectl"], by_review(owner["counts"]))
    assert [] == item["findings"]
    assert 3 == table.status
    assert ", nor list authorizationpolicies, rolebindings in namespace `alice`" in table.stderr


def granted(name: str, rule: dict[str, list[str]], *subjects: tuple[str, str]) -> list[dict[str, Any]]:
    """Return a ClusterRole with one rule, and a ClusterRoleBinding of that name to these subjects."""
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
"""People who can list notebooks everywhere, and a user who can list only cluster-scoped resources."""


@pytest.mark.server
def test_access_to_every_profile_is_what_the_server_says(release: ControlPlane) -> None:
    """The server allows exactly the listed people, in each profile and on each plane."""
    load(release, EVERYWHERE, replace=True)
    done = run("profiles", "-o", "json", "--kubeconfig", str(release.kubeconfig()))

    counts = {grant["subject"]["name"]: grant["counts"] for grant in done.json["inEveryProfile"]}
    assert {
        "auditors": ("yes", {"no"}, "no"),
        AUDREY: ("yes", {"yes"}, "no"),
    } == {
        name: (each["kubectl"], by_review(each), each["services"]["kfam"])
        for name, each in counts.items()
        if "auditors" in name or name in (AUDREY, OPERATOR)
    }
    profiles = [item["name"] for item in done.json["items"]]
    people = [("Group", "auditors"), ("User", AUDREY), ("User", OPERATOR)]
    for name in profiles:
        reviews = [
            spec(name, {"kind": kind, "name": who}, groups)
            for kind, who in people
            for groups in (True, False)
        ]
        answers = [answer.allowed for answer in ask(release, reviews)]
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
"""A user who can read namespaces, accounts and bindings, but not Profiles, roles or the mesh."""


@pytest.mark.server
def test_without_profiles_the_label_of_namespaces_counts(
    release: ControlPlane, items: dict[str, Any]
) -> None:
    """The annotations name the owners, and the bindings say their kinds. The members are the same."""
    load(release, LISTER, replace=True)
    release.add_user("lister@example.com")
    flags = ("--kubeconfig", str(release.kubeconfig("lister@example.com")))

    done = run("profiles", "-o", "json", *flags)

    listed = {item["name"]: item for item in done.json["items"]}
    assert (3, {"Namespace"}) == (done.status, {item["ownerFrom"] for item in listed.values()})
    assert {"alice", "bob", "ml-team", "robot"} == set(listed)
    assert {name: items[name]["owner"] for name in listed} == {n: i["owner"] for n, i in listed.items()}
    assert {name: bound(items[name]) for name in listed} == {n: bound(i) for n, i in listed.items()}
    assert None is done.json["inEveryProfile"]
    assert "warning: cannot list authorizationpolicies, clusterrolebindings, profiles: " in done.stderr


def bound(item: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Return who is bound, and by which binding."""
    return [(member["subject"]["name"], member["binding"]) for member in item["members"]]


@pytest.mark.server
def test_nothing_is_claimed_of_a_namespace_that_cannot_be_read(release: ControlPlane) -> None:
    """It is unknown whether it is a profile, and there is no finding."""
    release.add_user("nobody@example.com")
    flags = ("-o", "json", "--kubeconfig", str(release.kubeconfig("nobody@example.com")))

    done = run("profiles", "alice", *flags)

    (item,) = done.json["items"]
    assert (3, None, [], []) == (done.status, item["owner"], item["members"], item["findings"])
    assert "whether `alice` is a profile is not known" in done.stderr
