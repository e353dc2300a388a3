"""Findings about users that an identity provider does not have."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.findings.registry import profile_findings
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.rbac.people import People, people_of
from tests.findings.profiles.worlds import ALICE, DAVE, DAVES, binding, daves_binding
from tests.kubeflow.tenants.profile_objects import world

UNKNOWN = "user-unknown"


def of(people: People | None) -> set[tuple[str, str]]:
    """Return (id without the prefix `profile-`, name of the binding) for each finding about unknown users."""
    known = world(
        daves_binding(), binding("all", "kubeflow-view", "user:system:anonymous", "group:g", "sa:x/y")
    )
    index = ProfileIndex(known, people)
    every = profile_findings(ProfileView(index, index.tenant("team-a")))
    pairs = {(finding.type.id.removeprefix("profile-"), finding.name) for finding in every}
    return {pair for pair in pairs if pair[0] == UNKNOWN}


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param(None, set(), id="nobody said who there is"),
        pytest.param(people_of("f", [ALICE, DAVE], []), set(), id="all are there"),
        pytest.param(people_of("f", [ALICE], [("g", DAVE)]), set(), id="one is only in a group"),
        pytest.param(people_of("f", [ALICE], []), {("user-unknown", DAVES)}, id="one left"),
        pytest.param(people_of("f", [ALICE, DAVE.title()], []), {("user-unknown", DAVES)}, id="another case"),
    ],
)
def test_users_who_left_are_found(people: People | None, expected: set[tuple[str, str]]) -> None:
    """Groups, accounts and Kubernetes' own users are not the provider's to have."""
    assert expected == of(people)
