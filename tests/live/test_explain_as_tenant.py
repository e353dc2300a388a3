"""`explain` as the owner of one profile, who may read little elsewhere: what can be asked is asked."""

from __future__ import annotations

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.running import Result, run

OWNER = "alice@example.com"
EDITOR = "system:serviceaccount:alice:default-editor"
ERROR = (
    f'inferenceservices.serving.kserve.io is forbidden: User "{EDITOR}" cannot create resource '
    '"inferenceservices" in API group "serving.kserve.io" in the namespace "{}"'
)


def explain(release: ControlPlane, *argv: str) -> Result:
    """What the owner of the profile `alice` is told."""
    release.add_user(OWNER)
    return run("explain", *argv, "--kubeconfig", str(release.kubeconfig(OWNER)))


@pytest.mark.server
def test_whom_to_ask_is_said_where_it_cannot_be_read(release: ControlPlane) -> None:
    """Neither the profile nor the bindings of `bob` can be read by alice."""
    answer = explain(release, "create", "inferenceservices", "-n", "bob")

    assert 1 == answer.status
    expected = "  - whoever owns `bob`, which cannot be read here, or the platform's administrators"
    assert ["ask:", expected] == answer.lines[2:4]


@pytest.mark.server
def test_an_owner_is_told_that_it_is_up_to_himself(release: ControlPlane) -> None:
    """dave.d may only view in alice's namespace."""
    answer = explain(release, "dave.d@example.com", "create", "inferenceservices", "-n", "alice")

    assert 1 == answer.status
    assert any(line.startswith(f"  - {OWNER}: that is you: ") for line in answer.lines)


@pytest.mark.server
@pytest.mark.parametrize("subject", [OWNER, "carol@example.com", "dave.d@example.com"])
def test_kubeflows_plane_is_asked_of_the_server(release: ControlPlane, subject: str) -> None:
    """It asks about the user alone, as an owner may do with a LocalSubjectAccessReview."""
    ask = (subject, "create", "notebooks", "-n", "alice", "-o", "json")
    planes = explain(release, *ask).json["planes"]

    truth = run("explain", *ask, "--kubeconfig", str(release.kubeconfig())).json["planes"]
    assert truth["kubeflow"] == planes["kubeflow"]
    assert truth["kubectl"]["decision"] == planes["kubectl"]["decision"]


@pytest.mark.server
def test_an_error_that_is_over_is_told_to_be(release: ControlPlane) -> None:
    """The account may do it: a plain yes would read as a yes to the error."""
    answer = explain(release, ERROR.format("alice"))

    assert 0 == answer.status
    assert answer.lines[-1].startswith("it is allowed now: ")


@pytest.mark.server
def test_what_the_server_does_not_tell_of_others_it_tells_of_oneself(release: ControlPlane) -> None:
    """Alice may impersonate the account of her own namespace, and asks as it what it may in another one."""
    answer = explain(release, "--from-error", ERROR.format("bob"))
    as_it = explain(release, "create", "inferenceservices", "-n", "bob", "--as", EDITOR)

    assert (3, 1) == (answer.status, as_it.status)
    assert answer.lines[0].startswith("not known whether sa:alice/default-editor may create ")
    assert f"note: if you may impersonate it, ask as it: `--as {EDITOR}`, without SUBJECT" in (
        answer.stderr.splitlines()
    )


@pytest.mark.server
def test_the_servers_refusals_are_told_in_short(release: ControlPlane) -> None:
    """Its sentences name the resource and the place, which the lines have said."""
    answer = explain(release, "--from-error", ERROR.format("bob"))

    assert "  - cannot list rolebindings in namespace `bob`: forbidden to `alice@example.com`" in answer.lines
    assert "API group" not in answer.stdout + answer.stderr
