"""`explain` as the owner of one profile, who can read little elsewhere: access reviews fill gaps."""

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
    """Return the answer for the owner of the profile `alice`."""
    release.add_user(OWNER)
    return run("explain", *argv, "--kubeconfig", str(release.kubeconfig(OWNER)))


@pytest.mark.server
def test_a_contact_is_named_even_if_it_cannot_be_read(release: ControlPlane) -> None:
    """Alice can read neither the profile nor the bindings of `bob`."""
    answer = explain(release, "create", "inferenceservices", "-n", "bob")

    assert 1 == answer.status
    expected = "the owner of bob, who cannot be read here, or an administrator"
    assert f"ask   {expected}" in answer.lines


@pytest.mark.server
def test_an_owner_who_can_help_is_told_so(release: ControlPlane) -> None:
    """dave.d can only view in alice's namespace."""
    answer = explain(release, "dave.d@example.com", "create", "inferenceservices", "-n", "alice")

    assert 1 == answer.status
    assert "ask   you: " in answer.stdout, answer.stdout


@pytest.mark.server
@pytest.mark.parametrize("subject", [OWNER, "carol@example.com", "dave.d@example.com"])
def test_the_server_answers_for_kubeflows_plane(release: ControlPlane, subject: str) -> None:
    """That plane asks about the user alone, which an owner can do with a LocalSubjectAccessReview."""
    ask = (subject, "create", "notebooks", "-n", "alice", "-o", "json")
    planes = explain(release, *ask).json["planes"]

    truth = run("explain", *ask, "--kubeconfig", str(release.kubeconfig())).json["planes"]
    assert truth["kubeflow"] == planes["kubeflow"]
    assert truth["kubectl"]["decision"] == planes["kubectl"]["decision"]


@pytest.mark.server
def test_an_error_that_no_longer_occurs_is_answered_as_such(release: ControlPlane) -> None:
    """The account is allowed now. A plain yes would read like a yes to the error."""
    answer = explain(release, ERROR.format("alice"))

    assert 0 == answer.status
    assert answer.lines[-1].startswith("it is allowed now: ")


@pytest.mark.server
def test_impersonation_answers_what_reviews_about_others_cannot(release: ControlPlane) -> None:
    """Alice can impersonate the account of her own namespace, and ask as that account about another one."""
    answer = explain(release, "--from-error", ERROR.format("bob"))
    as_it = explain(release, "create", "inferenceservices", "-n", "bob", "--as", EDITOR)

    assert (3, 1) == (answer.status, as_it.status)
    assert answer.lines[0].startswith("unknown: cannot tell whether sa:alice/default-editor can create ")
    assert f"note: you can impersonate it, so ask as it: `--as {EDITOR}`, without SUBJECT" in (
        answer.stderr.splitlines()
    )


@pytest.mark.server
def test_the_servers_refusals_are_shortened(release: ControlPlane) -> None:
    """The server's sentences repeat the resource and the namespace, which the line already has."""
    answer = explain(release, "--from-error", ERROR.format("bob"))

    assert (
        "not known: cannot list rolebindings in namespace `bob`: forbidden to `alice@example.com`"
        in answer.stdout
    )
    assert "API group" not in answer.stdout + answer.stderr
