"""Who manages an object, by the labels and annotations that tools leave."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.managers import Manager, Tool, manager_of
from kubectl_kfaccess.output.manager_words import managed_text
from kubectl_kfaccess.rbac.model import ClusterRole, ObjectMeta, OwnerReference, Role, RoleBinding

ARGO, FLUX = "argocd.argoproj.io/tracking-id", "toolkit.fluxcd.io"
HELM = {"meta.helm.sh/release-name": "kserve", "meta.helm.sh/release-namespace": "kubeflow"}


def role(
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    name: str = "kubeflow-edit",
) -> ClusterRole:
    """Return a ClusterRole with that metadata."""
    return ClusterRole(metadata=ObjectMeta(name, "", labels or {}, annotations or {}))


def owned(kind: str, version: str, *, controller: bool = True, **labels: str) -> Role:
    """Return a Role that an object named alice owns."""
    owner = OwnerReference(version, kind, "alice", controller)
    return Role(metadata=ObjectMeta("r", "alice", labels, {}, owner_references=(owner,)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            owned("Profile", "kubeflow.org/v1"),
            Manager(Tool.PROFILE_CONTROLLER, "alice", "", "Profile"),
            id="owned-by-a-profile",
        ),
        pytest.param(
            owned("InferenceService", "serving.kserve.io/v1beta1"),
            Manager(Tool.CONTROLLER, "alice", "", "InferenceService"),
            id="owned-by-a-custom-resource",
        ),
        pytest.param(
            owned("Profile", "other.example.com/v1", **{"argocd.argoproj.io/instance": "copied"}),
            Manager(Tool.CONTROLLER, "alice", "", "Profile"),
            id="labels-that-an-operator-copied",
        ),
        pytest.param(
            role({}, {ARGO: "kubeflow:rbac.authorization.k8s.io/ClusterRole:kubeflow/kubeflow-edit"}),
            Manager(Tool.ARGO_CD, "kubeflow"),
            id="argo-cd",
        ),
        pytest.param(
            role({"argocd.argoproj.io/instance": "kubeflow"}),
            Manager(Tool.ARGO_CD, "kubeflow"),
            id="argo-label",
        ),
        pytest.param(
            role({f"kustomize.{FLUX}/name": "apps", f"kustomize.{FLUX}/namespace": "flux-system"}),
            Manager(Tool.FLUX_KUSTOMIZATION, "apps", "flux-system"),
            id="flux-kustomization",
        ),
        pytest.param(
            role({f"helm.{FLUX}/name": "kserve", f"helm.{FLUX}/namespace": "kubeflow"}),
            Manager(Tool.FLUX_HELM_RELEASE, "kserve", "kubeflow"),
            id="flux-helm",
        ),
        pytest.param(
            role({"app.kubernetes.io/managed-by": "Helm"}, HELM),
            Manager(Tool.HELM, "kserve", "kubeflow"),
            id="helm",
        ),
        pytest.param(
            role({"app.kubernetes.io/managed-by": "kustomize-v5.4.2"}),
            Manager(Tool.KUSTOMIZE),
            id="kustomize",
        ),
        pytest.param(
            RoleBinding(metadata=ObjectMeta("namespaceAdmin", "team-a", {}, {"user": "a", "role": "admin"})),
            Manager(Tool.PROFILE_CONTROLLER, "team-a", "", "Profile"),
            id="profile-controller",
        ),
        pytest.param(
            RoleBinding(
                metadata=ObjectMeta("user-a-clusterrole-edit", "t", {}, {"user": "a", "role": "edit"})
            ),
            Manager(Tool.DASHBOARD),
            id="dashboard",
        ),
    ],
)
def test_the_tool_is_known_by_what_it_leaves(value: ClusterRole | RoleBinding, expected: Manager) -> None:
    """Each tool documents its labels and annotations."""
    assert manager_of(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(role(), id="nothing"),
        pytest.param(role({"app.kubernetes.io/managed-by": "Helm"}), id="helm-without-release"),
        pytest.param(role({}, HELM), id="release-without-helm"),
        pytest.param(
            role({}, {ARGO: "kubeflow:rbac.authorization.k8s.io/ClusterRole:kubeflow/another"}),
            id="copied-id",
        ),
        pytest.param(role(name="namespaceAdmin"), id="a-role-of-a-binding's-name"),
        pytest.param(owned("Profile", "kubeflow.org/v1", controller=False), id="an-owner-without-controller"),
    ],
)
def test_no_tool_is_guessed(value: ClusterRole | Role) -> None:
    """A copied object still has the tracking id of the original; an owner alone is only for deletion."""
    assert manager_of(value) is None


def test_the_words_say_where_to_change_it() -> None:
    """The design's own sentence."""
    value = role({}, {ARGO: "kubeflow:rbac.authorization.k8s.io/ClusterRole:x/kubeflow-edit"})

    assert managed_text(value) == "managed by Argo CD application kubeflow: change it in git"
    assert managed_text(role()) == managed_text(None) == ""


def test_the_words_say_that_a_controller_overwrites_changes() -> None:
    """The profile controller certainly does: updateRoleBinding of profile_controller.go."""
    of_profile = owned("Profile", "kubeflow.org/v1")
    assert managed_text(of_profile) == ("managed by Profile alice: the profile controller overwrites changes")
    assert managed_text(owned("InferenceService", "serving.kserve.io/v1beta1")) == (
        "managed by InferenceService alice: its controller can overwrite changes"
    )


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\nb", "a\u202eb", "a b: change nothing"])
def test_a_hostile_name_stays_one_word(name: str) -> None:
    """Anybody who can write the object chooses the name."""
    text = managed_text(role({"argocd.argoproj.io/instance": name}))

    assert text.isprintable()
    assert text.startswith("managed by Argo CD application a")
    assert len(text.split(" ")) == len(managed_text(role({"argocd.argoproj.io/instance": "a"})).split(" "))
