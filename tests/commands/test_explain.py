"""The `explain` command about the demo cluster: how its words are taken, and what its answer says."""

from __future__ import annotations

import pytest

from tests.running import Result, run

REFUSED = (
    "User 'ivan@example.com' is not authorized to list kubeflow.org/v1beta1/notebooks in namespace 'team-a'"
)


def explain(*argv: str) -> Result:
    """Run `explain` about the demo cluster."""
    return run("explain", *argv, "--demo")


# --- a pasted error ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(REFUSED, id="a question of RBAC"),
        pytest.param("RBAC: access denied", id="what is not RBAC"),
        pytest.param("nothing that anybody knows", id="what is not understood"),
    ],
)
def test_a_single_argument_with_spaces_is_a_pasted_error(text: str) -> None:
    """No verb and no type holds a space, so it can be nothing else."""
    assert explain("--from-error", text) == explain(text)


def test_a_single_word_is_no_error_text() -> None:
    """A VERB and a TYPE are missing, and that is said."""
    answer = explain("ivan@example.com")

    assert 2 == answer.status
    assert "error: 1 word, where VERB and TYPE are needed" in answer.stderr


def test_a_subject_with_spaces_may_stand_before_verb_and_type() -> None:
    """Identity providers hand out such names; three arguments are a question in words."""
    answer = explain("user:Ivan the Terrible", "list", "notebooks", "-n", "team-a")

    assert (1, "no: Ivan the Terrible may not list") == (answer.status, answer.stdout[:34])
