"""Who can add and remove contributors on the dashboard: KFAM decides, whatever RBAC says."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kubectl_kfaccess.kubeflow.planes.kfam import AdminsCause, AdminsUnknown, KfamAnswer, kfam_answer
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import ConfigMap
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from tests.builders import config_map, gap, namespace, profile, request, snapshot, subject

BINDINGS = "rolebindings.rbac.authorization.k8s.io"
POLICIES = "authorizationpolicies.security.istio.io"


def world(owner: str = "user:Bob@Example.com", *settings: ConfigMap, gaps: Iterable[Gap] = ()) -> Snapshot:
    """Return a profile of *owner* and the settings of KFAM, by default without cluster admins."""
    settings = settings or (admins(""),)
    return snapshot(profile("bob", owner), namespace("bob"), *settings, gaps=gaps)


def admins(text: str, name: str = "profiles-config") -> ConfigMap:
    """Return the ConfigMap with *text* in ADMIN."""
    return config_map(f"kubeflow/{name}", ADMIN=text)


def answer_of(known: Snapshot, who: str, verb: str = "create", resource: str = BINDINGS) -> KfamAnswer | None:
    """Return KFAM's answer about the namespace `bob`, None if it does not decide."""
    return kfam_answer(known, identified(subject(who)), request(verb, resource, "bob"))


def verdict(known: Snapshot, who: str, verb: str = "create", resource: str = BINDINGS) -> str:
    """Return KFAM's verdict in the namespace `bob`, "" if it does not decide."""
    answer = answer_of(known, who, verb, resource)
    return answer.verdict.value if answer else ""


# KFAM 1.10.0 itself answered 200 and 403 when the first two were to add a contributor to bob. The others are
# isOwnerOrAdmin of components/access-management/kfam/api_default.go.
@pytest.mark.parametrize(
    ("owner", "who", "expected"),
    [
        pytest.param("user:Bob@Example.com", "user:Bob@Example.com", "Allowed", id="the owner"),
        pytest.param("user:Bob@Example.com", "user:bob@example.com", "Denied", id="another spelling"),
        pytest.param("user:Bob@Example.com", "user:mallory@example.com", "Denied", id="somebody else"),
        pytest.param("group:ml", "user:ml", "Allowed", id="the kind of the owner is not compared"),
        pytest.param("group:ml", "group:ml", "Denied", id="a group does not log in"),
    ],
)
def test_kfam_compares_the_owners_name(owner: str, who: str, expected: str) -> None:
    """Nobody has a binding here."""
    assert expected == verdict(world(owner), who)


@pytest.mark.parametrize(
    ("verb", "resource", "expected"),
    [
        pytest.param("create", BINDINGS, "Allowed", id="adding"),
        pytest.param("delete", POLICIES, "Allowed", id="removing"),
        pytest.param("update", BINDINGS, "", id="KFAM updates nothing"),
        pytest.param("list", BINDINGS, "", id="reading is open to all"),
        pytest.param("create", "roles.rbac.authorization.k8s.io", "", id="no roles"),
    ],
)
def test_kfam_creates_and_deletes_bindings_and_policies(verb: str, resource: str, expected: str) -> None:
    """CreateBinding and DeleteBinding are its only calls about contributors that check somebody."""
    assert expected == verdict(world(), "user:Bob@Example.com", verb, resource)


def test_other_namespaces_have_no_contributors() -> None:
    """The dashboard knows profiles only."""
    assert "" == verdict(snapshot(namespace("bob")), "user:Bob@Example.com")


@pytest.mark.parametrize(
    ("text", "who", "expected"),
    [
        pytest.param("ann", "ann", "Allowed", id="the admin"),
        pytest.param("ann", "Ann", "Denied", id="another spelling"),
        pytest.param("", "ann", "Denied", id="as it is shipped"),
        pytest.param("ann,uma", "eve", "Denied", id="a list without them"),
        pytest.param("ann,uma", "uma", "Unknown", id="a list, which only newer releases take for one"),
        pytest.param(" ann\n", "ann", "Unknown", id="only newer releases trim"),
        pytest.param("ann,uma", "ann,uma", "Unknown", id="only older releases know a name with a comma"),
        pytest.param("annuma", "ann", "Denied", id="a part of a name"),
    ],
)
def test_kfams_cluster_admins_are_let_through(text: str, who: str, expected: str) -> None:
    """
    The name is compared as KFAM does it: with the whole text of ADMIN, or with each name of a list.

    The first is isClusterAdmin of v1.10.0 in kubeflow/kubeflow; the second is sanitizeClusterAdmins of v2.0.0
    in kubeflow/dashboard. Which of them runs is not known.
    """
    assert expected == verdict(world("user:bob", admins(text)), f"user:{who}")


def test_a_config_map_without_the_key_names_nobody() -> None:
    """The flag is empty by default."""
    assert "Denied" == verdict(world("user:bob", config_map("kubeflow/profiles-config")), "user:ann")


def test_config_maps_that_kustomize_leaves_behind_can_contradict_each_other() -> None:
    """Nothing says which of them KFAM uses, so only what all of them say is known."""
    first, second = "profiles-config-46c7tgh6fd", "profiles-config-m2kg5h8t4b"
    alike = world("user:bob", admins("ann", first), admins("ann", second))
    differing = world("user:bob", admins("uma", first), admins("", second))

    assert ("Allowed", "Denied") == (verdict(alike, "user:ann"), verdict(differing, "user:eve"))
    contradictory = AdminsUnknown(AdminsCause.CONTRADICTORY)
    assert KfamAnswer(Verdict.UNKNOWN, contradictory) == answer_of(differing, "user:uma")


def test_config_maps_of_that_name_elsewhere_do_not_count() -> None:
    """Anybody can create one in their own namespace."""
    elsewhere = snapshot(
        profile("bob", "user:bob"), namespace("bob"), config_map("bob/profiles-config", ADMIN="eve")
    )

    assert KfamAnswer(Verdict.UNKNOWN, AdminsUnknown(AdminsCause.ABSENT)) == answer_of(elsewhere, "user:eve")


def test_a_hidden_profile_leaves_the_verdict_open() -> None:
    """It names an owner. Without a Profile, KFAM lets nobody through, not even its cluster admins."""
    labelled = namespace("bob", **{"app.kubernetes.io/part-of": "kubeflow-profile"})
    hidden = gap("profiles")

    unread = answer_of(snapshot(labelled, admins("eve"), gaps=[hidden]), "user:eve")
    assert KfamAnswer(Verdict.UNKNOWN, hidden) == unread
    assert "Denied" == verdict(snapshot(labelled, admins("eve")), "user:eve")


@pytest.mark.parametrize("settings", [(), (admins("ann"),)], ids=["none was read", "some were read"])
def test_unread_settings_leave_the_verdict_open(settings: tuple[ConfigMap, ...]) -> None:
    """Anybody but the owner can be a cluster admin, except for groups: they do not log in."""
    unread = gap("configmaps", "kubeflow")
    known = snapshot(profile("bob", "user:bob"), namespace("bob"), *settings, gaps=[unread])

    assert KfamAnswer(Verdict.UNKNOWN, AdminsUnknown(unread)) == answer_of(known, "user:eve")
    assert "Allowed" == verdict(known, "user:bob")
    assert "Denied" == verdict(known, "group:eve")


def test_other_unread_settings_do_not_matter() -> None:
    """The mesh's settings say nothing about KFAM."""
    known = world("user:bob", gaps=[gap("configmaps", "istio-system")])

    assert "Denied" == verdict(known, "user:eve")
