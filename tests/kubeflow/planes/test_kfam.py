"""Who can add and remove contributors on the dashboard: KFAM decides, whatever RBAC says."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.planes.kfam import KfamAnswer, kfam_answer
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import gap, namespace, profile, request, snapshot, subject

BINDINGS = "rolebindings.rbac.authorization.k8s.io"
POLICIES = "authorizationpolicies.security.istio.io"


def world(owner: str = "user:Bob@Example.com", **more: object) -> Snapshot:
    """Return a profile of *owner*."""
    return snapshot(profile("bob", owner), namespace("bob"), **more)  # type: ignore[arg-type]  # gaps


def verdict(
    known: Snapshot, who: str, verb: str = "create", resource: str = BINDINGS, *, admins_unread: bool = False
) -> str:
    """Return KFAM's verdict in the namespace `bob`, "" if it does not decide."""
    asking = identified(subject(who))
    answer = kfam_answer(known, asking, request(verb, resource, "bob"), admins_unread=admins_unread)
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


def test_what_could_not_be_read_leaves_the_verdict_open() -> None:
    """A Profile that is hidden names an owner; KFAM's cluster admins are a flag of its process."""
    labelled = namespace("bob", **{"app.kubernetes.io/part-of": "kubeflow-profile"})
    hidden = gap("profiles")
    request_ = request("create", BINDINGS, "bob")

    unread = kfam_answer(snapshot(labelled, gaps=[hidden]), identified(subject("user:eve")), request_)
    assert KfamAnswer(Verdict.UNKNOWN, hidden) == unread
    assert "Unknown" == verdict(world(), "user:eve", admins_unread=True)
    assert "Allowed" == verdict(world(), "user:Bob@Example.com", admins_unread=True)
    assert "Denied" == verdict(world(), "group:eve", admins_unread=True)
