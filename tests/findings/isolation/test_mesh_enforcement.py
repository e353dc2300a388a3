"""Profiles where nothing compares requests with policies, or only what knows no headers."""

from __future__ import annotations

import pytest

from tests.findings.isolation.worlds import OPENED, namespace, policy, summary, view

AMBIENT, ABSENT = "isolation-mesh-ambient", "isolation-mesh-absent"
ERROR, WARNING = "error", "warning"
IS_AMBIENT = "istio.io/dataplane-mode: ambient"


def team_c(*labels: str, manifests: str = "") -> list[tuple[str, str, str, str]]:
    """Return the findings about the namespace of team-c with these labels of the mesh."""
    unlabelled = "istio-injection: ''"
    return summary(view(namespace("team-c", unlabelled, *labels) + manifests), AMBIENT, ABSENT)


def test_ambient_mode_without_a_waypoint_reads_no_headers() -> None:
    """The demo has two policies in team-c, the owner's and nina's, and both name a user."""
    message = "it is in ambient mode and names no waypoint, and 2 policies name users in a header"

    assert [(WARNING, AMBIENT, "Namespace /team-c", message)] == team_c(IS_AMBIENT)


def test_a_waypoint_reads_headers() -> None:
    """What it enforces is another question."""
    assert [] == team_c(IS_AMBIENT, "istio.io/use-waypoint: waypoint")


def test_ambient_mode_without_policies_about_headers_works() -> None:
    """ztunnel compares accounts and namespaces."""
    gone = (
        OPENED,
        "authorizationpolicy/team-c/ns-owner-access-istio",
        "authorizationpolicy/team-c/user-nina-example-com-clusterrole-view",
    )
    own = policy("team-c/own", "{rules: [{from: [{source: {namespaces: [team-c]}}]}]}")
    ambient = namespace("team-c", "istio-injection: ''", IS_AMBIENT)

    assert [] == summary(view(own + ambient, without=gone), AMBIENT, ABSENT)


@pytest.mark.parametrize(
    ("labels", "severity", "message"),
    [
        pytest.param(
            (), WARNING, "it has no label that puts it into the mesh, as other profiles have", id="none"
        ),
        pytest.param(
            ("istio-injection: disabled",), ERROR, "its label `istio-injection` keeps sidecars away", id="off"
        ),
        pytest.param(
            ("istio.io/dataplane-mode: none",), ERROR,
            "its label `istio.io/dataplane-mode` keeps it out of the mesh", id="no ambient mode",
        ),
    ],
)  # fmt: skip
def test_a_profile_outside_the_mesh(labels: tuple[str, ...], severity: str, message: str) -> None:
    """The namespaces of team-a and team-b have sidecars."""
    assert [(severity, ABSENT, "Namespace /team-c", message)] == team_c(*labels)


@pytest.mark.parametrize("label", ["istio.io/rev: canary", "istio-injection: enabled"])
def test_a_profile_with_sidecars(label: str) -> None:
    """A revision of Istio injects them as well."""
    assert [] == team_c(label)


def test_if_no_profile_is_in_the_mesh_none_is_missing_there() -> None:
    """The cluster may have its sidecars by other means."""
    all_out = "".join(namespace(f"team-{name}", "istio-injection: ''") for name in "abc")

    assert [] == summary(view(all_out), AMBIENT, ABSENT)


def test_the_demo_is_in_the_mesh() -> None:
    """All of its profiles have sidecars."""
    assert [] == summary(view(), AMBIENT, ABSENT)
