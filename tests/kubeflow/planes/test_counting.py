"""For which services a grant counts, by what each of them puts into its access reviews."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES
from kubectl_kfaccess.kubeflow.planes.counting import ResourceVerb, grant_counts
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.who_can import list_subjects
from tests.builders import cluster_role, cluster_role_binding, request, role, role_binding, rule, snapshot

PIPELINES = "pipelines.kubeflow.org"
BACKEND = cluster_role("workspaces-backend", rule("create", "subjectaccessreviews.authorization.k8s.io"))
"""The ClusterRole of the Notebooks 2 backend, workspaces/backend/manifests/kustomize/base/rbac.yaml."""


def counts(known: Snapshot, verb: str, resource: str, name: str = "") -> dict[str, bool | None]:
    """Return for which services the only grant in `lab` counts."""
    wanted = request(verb, resource, name=name)
    listing = list_subjects(Evaluator(known), Question(wanted, ("lab",)))
    (item,) = (*listing.items, *listing.named)
    (grant,) = item.grants
    reviewed = ResourceVerb(wanted.group, wanted.combined_resource, verb)
    return dict(grant_counts(grant, reviewed, installed_services(known)))


def bound(who: str, verbs: str, resource: str, *names: str) -> tuple[KubernetesObject, ...]:
    """Return a Role in `lab` with one rule, bound to *who*."""
    return role("lab/one", rule(verbs, resource, names=names)), role_binding("lab", "one", "Role/one", who)


# facts/kfp-2.17.0.tsv records what the real pipelines API server sends; for the pages see `source` of each
@pytest.mark.parametrize(
    ("verb", "resource", "names", "expected"),
    [
        pytest.param("create", f"jobs.{PIPELINES}", ("x",), {"ml-pipeline": True}, id="a new job has a name"),
        pytest.param("create", f"runs.{PIPELINES}", ("x",), {"ml-pipeline": False}, id="a new run has none"),
        pytest.param("create", f"runs.{PIPELINES}", (), {"ml-pipeline": True}, id="any run"),
        pytest.param("list", f"runs.{PIPELINES}", ("x",), {"ml-pipeline": False}, id="a list has no name"),
        pytest.param("get", "experiments.kubeflow.org", ("x",), {"katib-ui": True}, id="Katib sends it"),
        pytest.param("get", "notebooks.kubeflow.org", ("x",), {"jupyter-web-app": False}, id="pages do not"),
        pytest.param("get", "leases.coordination.k8s.io", (), {}, id="no service asks"),
        pytest.param("create", "rolebindings.rbac.authorization.k8s.io", (), {}, id="KFAM sends no review"),
    ],
)
def test_a_rule_for_names_counts_where_the_review_has_the_name(
    verb: str, resource: str, names: tuple[str, ...], expected: dict[str, bool]
) -> None:
    """Each service that asks is there, and no other."""
    known = snapshot(*bound("user:mia", verb, resource, *names))

    assert expected == counts(known, verb, resource, *names)


def test_a_grant_to_a_group_counts_where_the_review_has_groups() -> None:
    """The Notebooks 2 backend sends them; it is named only where there is a sign of it."""
    by_group = bound("group:ml", "list", "persistentvolumeclaims")
    pages = {"jupyter-web-app": False, "volumes-web-app": False, "tensorboards-web-app": False}

    assert pages == counts(snapshot(*by_group), "list", "persistentvolumeclaims")
    with_backend = counts(snapshot(*by_group, BACKEND), "list", "persistentvolumeclaims")
    assert {**pages, "workspaces-backend": True} == with_backend


def test_a_rolebinding_does_not_count_for_a_review_without_namespace() -> None:
    """The Notebooks 2 backend asks for kinds of workspaces in no namespace (workspacekinds_handler.go)."""
    kinds = rule("list", "workspacekinds.kubeflow.org")
    everywhere = (cluster_role("all", kinds), cluster_role_binding("all", "all", "user:mia"))

    inside = snapshot(*bound("user:mia", "list", "workspacekinds.kubeflow.org"), BACKEND)
    assert {"workspaces-backend": False} == counts(inside, "list", "workspacekinds.kubeflow.org")
    outside = snapshot(*everywhere, BACKEND)
    assert {"workspaces-backend": True} == counts(outside, "list", "workspacekinds.kubeflow.org")


def test_services_without_signs_are_in_every_kubeflow() -> None:
    """The others are there where one of their signs is."""
    always = {service.name for service in SERVICES if service.signs is None}

    assert always == {service.name for service in installed_services(snapshot())}
    with_backend = {service.name for service in installed_services(snapshot(BACKEND))}
    assert {"workspaces-backend"} == with_backend - always
