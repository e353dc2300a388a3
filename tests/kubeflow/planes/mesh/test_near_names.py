"""Names in policies that are probably meant for a subject, and do not match."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.planes.mesh.answer import reaches
from kubectl_kfaccess.kubeflow.planes.mesh.near_names import Slip
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.output.mesh_text import mesh_reason
from kubectl_kfaccess.rbac.known_subjects import identified
from tests.builders import authorization_policy, subject
from tests.kubeflow.planes.mesh.usual import HEADER, profiles_config, usual

EDITOR = "sa:team-b/default-editor"


def principal(name: str) -> dict[str, object]:
    """Return a rule about a principal."""
    return {"from": [{"source": {"principals": [name]}}]}


def header(name: str) -> dict[str, object]:
    """Return a rule about a user's name in the header."""
    return {"when": [{"key": HEADER, "values": [name]}]}


@pytest.mark.parametrize(
    ("who", "rule", "slip"),
    [
        (EDITOR, principal("cluster.local/ns/team-b/default-editor"), Slip.FORM),
        (EDITOR, principal("spiffe://cluster.local/ns/team-b/sa/default-editor"), Slip.FORM),
        (EDITOR, principal("team-b/default-editor"), Slip.FORM),
        (EDITOR, principal("example.org/ns/team-b/sa/default-editor"), Slip.DOMAIN),
        (EDITOR, principal("cluster.local/ns/team-b/sa/other"), None),
        (EDITOR, principal("cluster.local/ns/team-c/sa/default-editor"), None),
        (EDITOR, header("default-editor"), None),
        ("user:alice@example.com", header("p:Alice@example.com"), Slip.CASE),
        ("user:alice@example.com", header("alice@example.com"), Slip.PREFIX),
        ("user:alice@example.com", header("p:alicia@example.com"), None),
        ("group:ml", header("ml"), None),
    ],
)
def test_a_name_that_nearly_fits_is_named(who: str, rule: dict[str, object], slip: Slip | None) -> None:
    """The answer stays a "no"."""
    policy = authorization_policy(
        "team-a/allow", {"rules": [{"when": [{"key": "source.namespace", "values": ["x"]}]}, rule]}
    )
    answer = reaches(identified(subject(who)), "team-a", usual(profiles_config(USERID_PREFIX="p:"), policy))

    assert (Reach.NO, slip) == (answer.reach, answer.near.slip if answer.near else None)
    assert (answer.cause is MeshCause.NEARLY_NAMED, answer.rule == 2) == (slip is not None, slip is not None)


def test_the_reason_says_what_is_wrong_with_it() -> None:
    """It names the policy and the rule."""
    rule = principal("cluster.local/ns/team-b/default-editor")
    known = usual(authorization_policy("team-a/allow-ci", {"rules": [rule]}))

    assert (
        "no policy there lets it in; `team-a/allow-ci`, rule 1, nearly names it:"
        " `cluster.local/ns/team-b/default-editor` is not of the form DOMAIN/ns/NAMESPACE/sa/NAME"
    ) == mesh_reason(reaches(identified(subject(EDITOR)), "team-a", known))
