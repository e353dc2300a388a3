"""Who enforces the policies of a namespace, and which answers depend on it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh, reaches
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.output.mesh_text import mesh_reason
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import KubernetesObject
from tests.builders import authorization_policy, gap, namespace, profile, snapshot, subject
from tests.kubeflow.planes.mesh.usual import GATEWAY, HEADER, istio_config, profiles_config, usual

YES, NO, UNKNOWN = Reach.YES, Reach.NO, Reach.UNKNOWN
MODE, WAYPOINT = "istio.io/dataplane-mode", "istio.io/use-waypoint"
OWNERS = authorization_policy(
    "team-a/ns-owner-access-istio",
    {
        "rules": [
            {
                "from": [{"source": {"principals": [GATEWAY]}}],
                "when": [{"key": HEADER, "values": ["alice"]}],
            },
            {"when": [{"key": "source.namespace", "values": ["team-a"]}]},
            {"to": [{"operation": {"paths": ["/metrics"]}}]},
        ]
    },
)


def answer(who: str, *objects: KubernetesObject, **labels: str) -> MeshAnswer:
    """Return the answer for *who* in a namespace with these labels."""
    known = usual(*objects, namespace("team-a", **labels))
    return reaches(identified(subject(who)), "team-a", known)


@pytest.mark.parametrize(
    ("labels", "owner", "stranger", "account"),
    [
        pytest.param({"istio-injection": "enabled"}, YES, NO, YES, id="sidecars"),
        pytest.param({"istio.io/rev": "canary"}, YES, NO, YES, id="sidecars of a revision"),
        pytest.param({MODE: "ambient"}, UNKNOWN, NO, YES, id="ambient"),
        pytest.param({MODE: "ambient", WAYPOINT: "none"}, UNKNOWN, NO, YES, id="ambient, without waypoint"),
        pytest.param({MODE: "ambient", "istio-injection": "enabled"}, UNKNOWN, NO, YES, id="both"),
        pytest.param({MODE: "ambient", WAYPOINT: "wp"}, UNKNOWN, UNKNOWN, UNKNOWN, id="waypoint"),
        pytest.param({}, YES, UNKNOWN, YES, id="no label"),
        pytest.param({"istio-injection": "disabled"}, YES, UNKNOWN, YES, id="no sidecars"),
        pytest.param(
            {"istio-injection": "disabled", "istio.io/rev": "x"}, YES, UNKNOWN, YES, id="no sidecars of it"
        ),
        pytest.param({MODE: "none"}, YES, UNKNOWN, YES, id="not ambient"),
    ],
)
def test_the_labels_say_who_enforces(
    labels: dict[str, str], owner: Reach, stranger: Reach, account: Reach
) -> None:
    """A "no" needs something that refuses, and a "yes" something that knows headers."""
    asked = ("user:alice", "user:bob", "sa:team-a/default-editor")

    assert [owner, stranger, account] == [answer(who, OWNERS, **labels).reach for who in asked]


@pytest.mark.parametrize(
    ("labels", "cause", "words"),
    [
        ({MODE: "ambient"}, MeshCause.AMBIENT, "ambient mode"),
        ({MODE: "ambient", WAYPOINT: "wp"}, MeshCause.WAYPOINT, "waypoint"),
    ],
)
def test_the_reason_says_what_the_answer_depends_on(
    labels: dict[str, str], cause: MeshCause, words: str
) -> None:
    """An operator reads it in the explanation."""
    of_owner = answer("user:alice", OWNERS, **labels)

    assert cause is of_owner.cause
    assert words in mesh_reason(of_owner)


def test_a_namespace_that_was_not_read_leaves_the_answer_open() -> None:
    """Its labels could say anything."""
    known = snapshot(OWNERS, profiles_config(), istio_config(), gaps=[gap("namespaces")])

    assert MeshCause.UNREAD_LABELS is reaches(identified(subject("user:bob")), "team-a", known).cause


def test_a_profile_without_its_namespace_gets_sidecars() -> None:
    """The profile controller makes the namespace with that label."""
    known = snapshot(OWNERS, profiles_config(), istio_config(), profile("team-a", "user:alice"))

    assert NO is reaches(identified(subject("user:bob")), "team-a", known).reach


def test_a_refused_request_shows_that_policies_are_enforced() -> None:
    """Whatever the labels say, something has refused it."""
    known = usual(OWNERS, namespace("team-a"))
    bob = identified(subject("user:bob"))

    assert (UNKNOWN, NO) == tuple(
        Mesh(known).reaches(bob, "team-a", enforced=enforced).reach for enforced in (False, True)
    )


def denial(**operation: Any) -> KubernetesObject:
    """Return a policy that denies an operation."""
    return authorization_policy(
        "team-a/deny", {"action": "DENY", "rules": [{"to": [{"operation": operation}]}]}
    )


def test_a_denial_of_paths_denies_everything_where_only_connections_are_known() -> None:
    """ztunnel leaves the paths out, so everything is denied (convertAuthorizationPolicy)."""
    assert (
        YES
        is answer(
            "sa:team-b/default-editor", denial(paths=["/admin"]), **{"istio-injection": "enabled"}
        ).reach
    )
    assert UNKNOWN is answer("sa:team-b/default-editor", denial(paths=["/admin"]), **{MODE: "ambient"}).reach
    assert (
        YES
        is answer(
            "sa:team-b/default-editor", denial(ports=["22"], notPorts=["22"]), **{MODE: "ambient"}
        ).reach
    )


def test_a_yes_names_the_policy_that_denies_on_other_ports() -> None:
    """A sidecar leaves the paths out on ports that are not HTTP, as Istio's webhook warns."""
    labels = {"istio-injection": "enabled"}
    known = answer("sa:team-b/default-editor", denial(paths=["/admin"]), **labels)

    assert YES is known.reach
    assert "; but `team-a/deny` denies everything on ports that are not HTTP" in mesh_reason(known)
    for ports in ({"ports": ["80"]}, {"notPorts": ["80"]}):
        assert answer("sa:team-b/x", denial(paths=["/a"], **ports), **labels).off_http is None


def test_a_star_in_the_middle_of_a_namespace_means_something_to_proxies_alone() -> None:
    """To ztunnel it is a letter like others."""
    policy = authorization_policy(
        "team-a/allow", {"rules": [{"from": [{"source": {"namespaces": ["t*-b"]}}]}]}
    )

    assert YES is answer("sa:team-b/x", policy, **{"istio-injection": "enabled"}).reach
    assert UNKNOWN is answer("sa:team-b/x", policy, **{MODE: "ambient"}).reach


def test_perhaps_only_a_proxy_knows_that_cluster_local_is_the_meshs_domain() -> None:
    """ztunnel compares principals as they are written (istio/ztunnel#1260), which may change."""
    rule = {"from": [{"source": {"principals": ["cluster.local/ns/team-b/sa/x"]}}]}
    policy = authorization_policy("team-a/allow", {"rules": [rule]})
    elsewhere = istio_config("trustDomain: example.org")

    assert YES is answer("sa:team-b/x", policy, **{MODE: "ambient"}).reach
    assert UNKNOWN is answer("sa:team-b/x", policy, elsewhere, **{MODE: "ambient"}).reach
    assert YES is answer("sa:team-b/x", policy, elsewhere, **{"istio-injection": "enabled"}).reach
