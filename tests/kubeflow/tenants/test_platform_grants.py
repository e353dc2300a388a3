"""Which grants are the platform's, and what must not pass for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.model import Binding, ClusterRoleBinding, RoleBinding
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import principal
from tests.builders import cluster_role_binding, gap, namespace, profile, role_binding, snapshot, subject

KINDS: dict[str, Any] = {"ClusterRoleBinding": ClusterRoleBinding, "RoleBinding": RoleBinding}
RELEASES = {
    # the bindings in the release, of them those of everybody
    "kubeflow-v1.9.1": (66, 0),
    "kubeflow-v1.10": (75, 0),
    "kfp-standalone-2.17.0": (12, 1),
}
KATIB = cluster_role_binding("katib-ui", "katib-ui", "sa:kubeflow/katib-ui")


def standing(known: Snapshot, binding: Binding, who: str = "") -> str:
    """Return `platform`, `unshipped` or "" for *who*, by default the first subject of *binding*."""
    named = principal(subject(who) if who else binding.subjects[0], binding.namespace)
    assert named
    grants = PlatformGrants(known)
    words = (
        ("platform", grants.is_platform(named, binding)),
        ("unshipped", grants.is_unshipped(named, binding)),
    )
    return " ".join(word for word, applies in words if applies)


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_ships_is_the_platforms(corpus: Path, release: str) -> None:
    """Every subject of every binding, except everybody. The figures are counted in the files themselves."""
    documents = yaml.safe_load_all((corpus / f"{release}-rbac.yaml").read_text("utf-8"))
    bindings = [msgspec.convert(item, KINDS[item["kind"]]) for item in documents if item["kind"] in KINDS]
    known = snapshot(*bindings)

    standings = [standing(known, binding) for binding in bindings if len(binding.subjects) == 1]

    count, everybody = RELEASES[release]
    assert (count, everybody) == (len(bindings), standings.count(""))
    assert count - everybody == standings.count("platform")


@pytest.mark.parametrize(
    ("expected", "binding"),
    [
        pytest.param("platform", KATIB, id="shipped"),
        pytest.param(
            "platform",
            cluster_role_binding("katib-ui", "katib-ui", "user:system:serviceaccount:kubeflow:katib-ui"),
            id="shipped, with the account as a user",
        ),
        pytest.param(
            "platform",
            role_binding("kubeflow", "jupyter-web-app-jupyter-notebook-role-binding",
                         "Role/jupyter-web-app-jupyter-notebook-role", "sa:jupyter-notebook"),
            id="shipped without a namespace",
        ),
        pytest.param(
            "platform", cluster_role_binding("cluster-admin", "cluster-admin", "group:system:masters"),
            id="Kubernetes' own group",
        ),
        pytest.param(
            "unshipped", cluster_role_binding("mine", "cluster-admin", "sa:kubeflow/evil"),
            id="a new account in kubeflow",
        ),
        pytest.param(
            "unshipped", cluster_role_binding("katib-ui", "katib-ui", "sa:kubeflow/evil"),
            id="another account in a shipped binding",
        ),
        pytest.param(
            "unshipped", cluster_role_binding("katib-ui", "cluster-admin", "sa:kubeflow/katib-ui"),
            id="another role in a shipped binding",
        ),
        pytest.param(
            "unshipped", cluster_role_binding("more", "cluster-admin", "sa:kubeflow/katib-ui"),
            id="a shipped account by another binding",
        ),
        pytest.param(
            "unshipped", role_binding("team-a", "ml-pipeline", "Role/ml-pipeline", "sa:kubeflow/ml-pipeline"),
            id="a shipped name in another namespace",
        ),
        pytest.param(
            "unshipped", role_binding("kube-system", "more", "edit",
                                      "group:system:serviceaccounts:istio-system"),
            id="all accounts of the platform's namespace",
        ),
        pytest.param(
            "unshipped", cluster_role_binding("more", "cluster-admin", "user:system:kube-proxy"),
            id="a user of Kubernetes",
        ),
        pytest.param(
            "unshipped", cluster_role_binding("kubeadm:node-proxier", "system:node-proxier",
                                              "sa:kube-system/kube-proxy"),
            id="a component that the data does not have",
        ),
        pytest.param(
            "", role_binding("kubeflow", "kubeflow-pipelines-public", "Role/kubeflow-pipelines-public",
                             "group:system:authenticated"),
            id="everybody, by a shipped binding",
        ),
        pytest.param(
            "", cluster_role_binding("more", "cluster-admin", "group:system:serviceaccounts"),
            id="all accounts",
        ),
        pytest.param("", cluster_role_binding("more", "edit", "user:system:anonymous"), id="anonymous"),
        pytest.param(
            "", cluster_role_binding("katib-ui", "katib-ui", "user:katib-ui"), id="a person of that name"
        ),
        pytest.param(
            "", cluster_role_binding("katib-ui", "katib-ui", "sa:team-a/katib-ui"), id="a tenant's account"
        ),
        pytest.param("", cluster_role_binding("admins", "cluster-admin", "group:admins"), id="people"),
    ],
)  # fmt: skip
def test_only_what_is_shipped_is_the_platforms(expected: str, binding: Binding) -> None:
    """Other grants of the platform's accounts are marked; those of everybody else are neither."""
    known = snapshot(binding, profile("team-a", "user:a"), namespace("kubeflow"))

    assert expected == standing(known, binding)


@pytest.mark.parametrize("name", ["kubeflow", "cert-manager"])
def test_nothing_in_a_profile_is_the_platforms(name: str) -> None:
    """Tenants choose the names of their profiles, and write the bindings in them."""
    inside = {
        "kubeflow": role_binding("kubeflow", "ml-pipeline", "Role/ml-pipeline", "sa:kubeflow/ml-pipeline"),
        "cert-manager": role_binding(
            "kube-system", "cert-manager:leaderelection", "Role/cert-manager:leaderelection",
            "sa:cert-manager/cert-manager",
        ),
    }[name]  # fmt: skip

    assert standing(snapshot(inside), inside) == "platform"
    assert standing(snapshot(inside, profile(name, "user:mallory")), inside) == ""


MOVED = (
    cluster_role_binding("katib-ui", "katib-ui", "sa:mlops/katib-ui"),
    cluster_role_binding("katib-controller", "katib-controller", "sa:mlops/katib-controller"),
)
INSIDE = role_binding("mlops", "ml-pipeline", "Role/ml-pipeline", "sa:mlops/ml-pipeline")


def test_an_installation_in_another_namespace_is_the_platforms() -> None:
    """Two ClusterRoleBindings prove it; then the RoleBindings there count as well."""
    known = snapshot(*MOVED, INSIDE, namespace("mlops"))

    assert ["platform"] * 3 == [standing(known, binding) for binding in (*MOVED, INSIDE)]
    other = cluster_role_binding("mine", "cluster-admin", "sa:mlops/evil")
    assert standing(known, other) == "unshipped"


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(snapshot(MOVED[0], INSIDE, namespace("mlops")), id="a single ClusterRoleBinding"),
        pytest.param(snapshot(*MOVED, namespace("mlops"), namespace("kubeflow")), id="the original exists"),
        pytest.param(
            snapshot(*MOVED, namespace("mlops"),
                     cluster_role_binding("ml-pipeline", "ml-pipeline", "sa:kubeflow/ml-pipeline")),
            id="something is still bound in the original",
        ),
        pytest.param(snapshot(*MOVED, namespace("mlops"), profile("mlops", "user:mallory")), id="a profile"),
        pytest.param(
            snapshot(*MOVED, namespace("mlops", **{"app.kubernetes.io/part-of": "kubeflow-profile"})),
            id="a namespace with the label of profiles",
        ),
        pytest.param(snapshot(*MOVED), id="a namespace that was not read"),
        pytest.param(snapshot(*MOVED, namespace("mlops"), gaps=[gap("profiles")]), id="unread profiles"),
        pytest.param(snapshot(*MOVED, namespace("mlops"), gaps=[gap("namespaces")]), id="unread namespaces"),
    ],
)  # fmt: skip
def test_another_namespace_is_not_the_platforms_without_proof(known: Snapshot) -> None:
    """A tenant who can name a namespace must not become the platform by it."""
    assert "platform" not in {standing(known, binding) for binding in (*MOVED, INSIDE)}


def test_a_profile_is_no_namespace_of_the_platform() -> None:
    """Whatever ClusterRoleBindings name there."""
    known = snapshot(*MOVED, namespace("mlops"), profile("mlops", "user:mallory"))

    assert "mlops" not in PlatformGrants(known).namespaces
    assert "mlops" in PlatformGrants(snapshot(*MOVED, namespace("mlops"))).namespaces


def test_kube_system_has_no_other_name() -> None:
    """Kubernetes itself never lives elsewhere."""
    moved = [
        cluster_role_binding(f"system:controller:{name}", f"system:controller:{name}", f"sa:mine/{name}")
        for name in ("job-controller", "ttl-controller", "node-controller")
    ]
    known = snapshot(*moved, namespace("mine"))

    assert {""} == {standing(known, binding) for binding in moved}


def test_releases_are_named() -> None:
    """The role of the metacontroller differs between releases."""
    grants = PlatformGrants(snapshot())
    account = "sa:kubeflow/meta-controller-service"
    who = principal(subject(account), "")
    assert who

    for role, release in (
        ("cluster-admin", "kubeflow-v1.9.1"),
        ("kubeflow-metacontroller", "kubeflow-v1.10"),
    ):
        binding = cluster_role_binding("meta-controller-cluster-role-binding", role, account)
        assert (release,) == grants.releases(who, binding)
