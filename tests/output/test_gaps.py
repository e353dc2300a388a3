"""Gaps (what could not be read) as lines for people."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.output.gaps import lines
from kubectl_kfaccess.rbac.snapshot import Gap


def forbidden(resource: str, namespace: str = "", more: str = "") -> Gap:
    """Return a gap with the API server's message to alice."""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = (
        f'{resource}.rbac.authorization.k8s.io is forbidden: User "alice@example.com" cannot list resource'
    )
    return Gap(
        resource, namespace, f'{message} "{resource}" in API group "rbac.authorization.k8s.io" {where}{more}'
    )


FORBIDDEN = "forbidden to `alice@example.com`"


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [forbidden("clusterrolebindings"), forbidden("clusterroles")],
            [f"warning: cannot list clusterrolebindings, clusterroles: {FORBIDDEN}"],
            id="one reason for several resources",
        ),
        pytest.param(
            [forbidden("rolebindings", "a"), forbidden("rolebindings", "b")],
            [f"warning: cannot list rolebindings in namespaces `a`, `b`: {FORBIDDEN}"],
            id="one reason in several namespaces",
        ),
        pytest.param(
            [forbidden("rolebindings", f"team-{number}") for number in range(2000)],
            [
                "warning: cannot list rolebindings in namespaces `team-0`, `team-1` and 1,998 more: "
                + FORBIDDEN
            ],
            id="many namespaces",
        ),
        pytest.param(
            [forbidden("roles"), forbidden("roles", "a")],
            [f"warning: cannot list roles, nor list roles in namespace `a`: {FORBIDDEN}"],
            id="everywhere is another place than a namespace",
        ),
        pytest.param(
            [forbidden("roles", more=': clusterrole "x" not found')],
            [f'warning: cannot list roles: {forbidden("roles", more=": clusterrole ").reason}"x" not found'],
            id="a reason with more in it stays whole",
        ),
        pytest.param(
            [Gap("configmaps", "a", "timed out"), Gap("roles", "a", "timed out")],
            ["warning: cannot read configmaps in namespace `a`, nor list roles in namespace `a`: timed out"],
            id="single objects are read, and not listed",
        ),
        pytest.param(
            [Gap("roles", "", "timed out"), forbidden("clusterroles")],
            [
                f"warning: cannot list {message}"
                for message in ("roles: timed out", f"clusterroles: {FORBIDDEN}")
            ],
            id="two reasons",
        ),
    ],
)
def test_gaps_with_the_same_reason_share_a_line(gaps: list[Gap], expected: list[str]) -> None:
    """The server's message repeats the resource and the namespace, which the line has already named."""
    assert expected == list(lines(gaps))


def test_a_minor_gap_is_a_note() -> None:
    """The command decides which gaps are minor."""
    assert ["note: cannot list profiles: timed out"] == list(
        lines([Gap("profiles", "", "timed out")], "note")
    )


def test_the_last_line_says_what_gaps_cost() -> None:
    """One sentence for all of them: what is not known without these lists."""
    gaps = [Gap("roles", "", "timed out"), forbidden("clusterroles")]

    *_, last = lines(gaps, cost="not known: the mesh")

    assert f"warning: cannot list clusterroles: {FORBIDDEN}; not known: the mesh" == last
    assert [] == list(lines([], cost="not known: the mesh"))
