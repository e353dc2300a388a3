"""How much access a subject has in a whole namespace, measured by Kubeflow's own roles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevels
from kubectl_kfaccess.rbac.model import ClusterRole, KubernetesObject
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import cluster_role, cluster_role_binding, identity, role_binding, rule, snapshot, urls

RELEASES = ("kubeflow-v1.9.1", "kubeflow-v1.10")
TO_VIEW, TO_EDIT, TO_ADMIN = ({f"rbac.authorization.kubeflow.org/{word}": "true"} for word in ("v", "e", "a"))
ROLES = (
    cluster_role("kubeflow-admin", aggregate=TO_ADMIN),
    cluster_role("kubeflow-edit", labels=TO_ADMIN, aggregate=TO_EDIT),
    cluster_role("kubeflow-view", labels=TO_EDIT, aggregate=TO_VIEW),
    cluster_role("reads", rule("get,list,watch", "notebooks.kubeflow.org,pods"), labels=TO_VIEW),
    cluster_role("writes", rule("create,delete", "notebooks.kubeflow.org"), labels=TO_EDIT),
    cluster_role("shares", rule("create", "rolebindings.rbac.authorization.k8s.io"), labels=TO_ADMIN),
)


def level(known: Snapshot, *names: str) -> str:
    """Return the level of nora, who is in the groups *names*."""
    return TenantLevels(known).level(identity("nora", *names), "team-a").value


def bound(*roles: KubernetesObject, to: str = "mine", without: str = "") -> Snapshot:
    """Return Kubeflow's roles, and nora bound to one role."""
    kubeflows = (role for role in ROLES if role.name != without)
    return snapshot(*kubeflows, *roles, role_binding("team-a", "b", to, "user:nora"))


@pytest.mark.parametrize(
    ("expected", "known"),
    [
        pytest.param("view", bound(to="kubeflow-view"), id="a viewer"),
        pytest.param("edit", bound(to="kubeflow-edit"), id="an editor"),
        pytest.param("admin", bound(to="kubeflow-admin"), id="an owner"),
        pytest.param("admin", bound(cluster_role("mine", rule("*", "*.*"))), id="everything"),
        pytest.param("some", bound(to="writes"), id="a part of what editors have"),
        pytest.param("some", bound(cluster_role("mine", rule("get,list", "pods"))), id="less than a viewer"),
        pytest.param(
            "view",
            bound(cluster_role("mine", rule("get,list,watch", "notebooks.kubeflow.org,pods,secrets"))),
            id="more than a viewer",
        ),
        pytest.param(
            "some",
            bound(cluster_role("mine", rule("get,list,watch", "notebooks.kubeflow.org,pods", names=["x"]))),
            id="named objects alone",
        ),
        pytest.param("some", bound(cluster_role("mine", rule("create", "secrets"))), id="something else"),
        pytest.param("none", bound(cluster_role("mine", urls("get", "/metrics"))), id="URLs alone"),
        pytest.param("none", bound(to="gone"), id="a role that does not exist"),
        pytest.param("none", snapshot(*ROLES), id="nothing"),
        pytest.param(
            "none", snapshot(*ROLES, role_binding("team-b", "b", "kubeflow-edit", "user:nora")),
            id="another namespace",
        ),
        pytest.param(
            "edit", snapshot(*ROLES, cluster_role_binding("b", "kubeflow-edit", "user:nora")),
            id="cluster-wide",
        ),
        pytest.param("some", bound(to="kubeflow-edit", without="kubeflow-view"), id="no role of viewers"),
        pytest.param("some", bound(cluster_role("kubeflow-view"), to="writes"), id="an empty view"),
        pytest.param("view", bound(cluster_role("kubeflow-edit"), to="reads"), id="an empty edit"),
    ],
)  # fmt: skip
def test_the_level_is_the_highest_role_that_is_covered(expected: str, known: Snapshot) -> None:
    """A role that grants nothing measures nothing, and neither do those above it."""
    assert expected == level(known)


def test_the_rules_of_several_bindings_are_taken_together() -> None:
    """A part through a group, a part cluster-wide."""
    known = snapshot(
        *ROLES,
        role_binding("team-a", "b", "reads", "group:readers"),
        cluster_role_binding("b", "writes", "user:nora"),
    )

    assert ("some", "edit") == (level(known), level(known, "readers"))


@pytest.mark.parametrize("release", RELEASES)
def test_each_role_of_a_release_has_its_own_level(corpus: Path, release: str) -> None:
    """Each grants something that the one below lacks."""
    source = FilesSource((str(corpus / f"{release}-rbac.yaml"),), Environment.actual())
    roles = source.read(Wanted(("clusterroles",))).cluster_roles.values()

    assert {"kubeflow-view": "view", "kubeflow-edit": "edit", "kubeflow-admin": "admin"} == {
        name: _level_of(name, roles) for name in ("kubeflow-view", "kubeflow-edit", "kubeflow-admin")
    }
    assert [_level_of(name, roles) for name in ("view", "edit", "cluster-admin")] == ["some", "some", "admin"]


def _level_of(name: str, roles: Iterable[ClusterRole]) -> str:
    return level(snapshot(*roles, role_binding("team-a", "b", name, "user:nora")))


UNREAD = (Gap("clusterroles", "", "forbidden"),)


@pytest.mark.parametrize(
    ("role", "word"),
    [("kubeflow-admin", "admin"), ("kubeflow-edit", "edit"), ("kubeflow-view", "view"), ("mine", "some")],
)
def test_if_roles_cannot_be_read_their_names_say_the_level(role: str, word: str) -> None:
    """As for roles that somebody has changed: who is bound to kubeflow-edit has `edit`."""
    binding = role_binding("team-a", "b", role, "user:nora")

    assert word == level(snapshot(binding, gaps=UNREAD))
    assert "none" == level(snapshot(role_binding("team-b", "b", role, "user:nora"), gaps=UNREAD))


def test_the_name_of_a_role_that_does_not_exist_says_nothing() -> None:
    """If roles can be read, a missing one grants nothing."""
    assert "none" == level(snapshot(role_binding("team-a", "b", "kubeflow-edit", "user:nora")))
