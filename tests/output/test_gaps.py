"""What could not be read, as people are told of it."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.output.gaps import lines
from kubectl_kfaccess.rbac.snapshot import Gap


def refused(resource: str, namespace: str = "", more: str = "") -> Gap:
    """A gap with what the API server says to alice."""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    said = f'{resource}.rbac.authorization.k8s.io is forbidden: User "alice@example.com" cannot list resource'
    return Gap(
        resource, namespace, f'{said} "{resource}" in API group "rbac.authorization.k8s.io" {where}{more}'
    )


FORBIDDEN = "forbidden to `alice@example.com`"


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [refused("clusterrolebindings"), refused("clusterroles")],
            [f"warning: cannot list clusterrolebindings, clusterroles: {FORBIDDEN}"],
            id="one reason for several resources",
        ),
        pytest.param(
            [refused("rolebindings", "a"), refused("rolebindings", "b")],
            [f"warning: cannot list rolebindings in namespaces `a`, `b`: {FORBIDDEN}"],
            id="one reason in several namespaces",
        ),
        pytest.param(
            [refused("rolebindings", f"team-{number}") for number in range(2000)],
            [
                "warning: cannot list rolebindings in namespaces `team-0`, `team-1` and 1,998 more: "
                + FORBIDDEN
            ],
            id="many namespaces",
        ),
        pytest.param(
            [refused("roles"), refused("roles", "a")],
            [f"warning: cannot list roles{where}: {FORBIDDEN}" for where in ("", " in namespace `a`")],
            id="everywhere is another place than a namespace",
        ),
        pytest.param(
            [refused("roles", more=': clusterrole "x" not found')],
            [f'warning: cannot list roles: {refused("roles", more=": clusterrole ").reason}"x" not found'],
            id="a reason with more in it stays whole",
        ),
        pytest.param(
            [Gap("roles", "", "timed out"), refused("clusterroles")],
            [f"warning: cannot list {said}" for said in ("roles: timed out", f"clusterroles: {FORBIDDEN}")],
            id="two reasons",
        ),
    ],
)
def test_what_shares_a_reason_is_one_line(gaps: list[Gap], expected: list[str]) -> None:
    """The server's words name the resource and the place, which the line has told already."""
    assert expected == list(lines(gaps))


def test_a_gap_that_hurts_less_is_a_note() -> None:
    """The command knows which."""
    assert ["note: cannot list profiles: timed out"] == list(
        lines([Gap("profiles", "", "timed out")], "note")
    )
