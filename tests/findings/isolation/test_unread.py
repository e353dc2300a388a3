"""Nothing is called open or missing if the list that it would be in was not read."""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.rbac.snapshot import Gap
from tests.builders import gap
from tests.findings.isolation.worlds import OPENED, release, summary, view

DENY_ALL = "authorizationpolicy/istio-system/global-deny-all"
BARE = (
    OPENED,
    DENY_ALL,
    "authorizationpolicy/team-b/ns-owner-access-istio",
    "authorizationpolicy/team-b/user-alice-example-com-clusterrole-view",
)
"""Without these, nothing limits who reaches team-b, and the services of the platform."""
OF_THE_MESH = (
    "isolation-cluster-local-gateway",
    "isolation-mesh-absent",
    "isolation-mesh-open",
    "isolation-mesh-owner-policy",
    "isolation-service-trusts-header",
)


def unread(cluster: ClusterView, *gaps: Gap) -> ClusterView:
    """Return *cluster* as somebody sees it who cannot read these lists."""
    snapshot = changed(cluster.snapshot, gaps=gaps)
    return replace(cluster, profiles=ProfileIndex(snapshot))


def test_what_was_read_completely_is_open() -> None:
    """The same cluster, without gaps."""
    ids = {id_ for _, id_, *_ in summary(view(without=BARE), *OF_THE_MESH)}

    assert {"isolation-mesh-owner-policy", "isolation-service-trusts-header"} == ids


@pytest.mark.parametrize("place", ["", "istio-system"])
def test_policies_that_were_not_read_can_shut_everything(place: str) -> None:
    """Those of the root namespace hold everywhere. The owner's policy of team-b is gone all the same."""
    lines = summary(unread(view(without=BARE), gap("authorizationpolicies", place)), *OF_THE_MESH)

    assert (["isolation-mesh-owner-policy"] if place else []) == [id_ for _, id_, *_ in lines]
    assert [] == [severity for severity, *_ in lines if severity == "error"]


def test_policies_of_one_profile_can_shut_it() -> None:
    """The others are seen."""
    lines = summary(unread(view(without=BARE), gap("authorizationpolicies", "team-b")), *OF_THE_MESH)

    assert {"isolation-service-trusts-header"} == {id_ for _, id_, *_ in lines}


def test_policies_of_the_gateway_can_shut_it(corpus: Path) -> None:
    """It is in the namespace whose policies were not read."""
    gone = (DENY_ALL, "authorizationpolicy/istio-system/cluster-local-gateway")
    cluster = release(corpus / "kubeflow-v1.10-rbac.yaml", corpus / "profiles-v1.10.yaml", without=gone)
    id_ = "isolation-cluster-local-gateway"

    assert 1 == len(summary(cluster, id_))
    assert [] == summary(unread(cluster, gap("authorizationpolicies", "istio-system")), id_)


def test_labels_of_namespaces_that_were_not_read_say_nothing() -> None:
    """Neither of the mesh nor of Pod Security."""
    cluster = view()
    snapshot = changed(cluster.snapshot, namespaces={}, gaps=(gap("namespaces"),))
    ids = ("isolation-mesh-absent", "isolation-mesh-ambient", "isolation-pod-security")

    assert [] == summary(replace(cluster, profiles=ProfileIndex(snapshot)), *ids)


def test_services_whose_accounts_were_not_read_are_not_installed_for_certain() -> None:
    """An account is the sign of each service."""
    cluster = view(without=BARE)
    snapshot = changed(cluster.snapshot, service_accounts={}, gaps=(gap("serviceaccounts"),))
    ids = ("isolation-service-trusts-header", "isolation-metadata-shared")

    assert [] == summary(replace(cluster, profiles=ProfileIndex(snapshot)), *ids)
