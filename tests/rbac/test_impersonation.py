"""The verbs of constrained impersonation."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.impersonation import both_needed, is_on_target, mode_of, verb_on_target


@pytest.mark.parametrize(
    ("verb", "mode", "target"),
    [
        pytest.param("impersonate", "", "impersonate", id="the old verb"),
        pytest.param("impersonate:user-info", "user-info", "impersonate:user-info", id="an identity"),
        pytest.param(
            "impersonate:associated-node", "associated-node", "impersonate:associated-node", id="node"
        ),
        pytest.param("impersonate-on:user-info:list", "user-info", "list", id="a target"),
        pytest.param(
            "impersonate-on:serviceaccount:readArtifact", "serviceaccount", "readArtifact", id="own verb"
        ),
        pytest.param("impersonate-on:user-info:a:b", "user-info", "a:b", id="a verb with a colon"),
        pytest.param("impersonate-on:user-info", "", "impersonate-on:user-info", id="no verb"),
        pytest.param("impersonate-on:user-info:", "", "impersonate-on:user-info:", id="an empty verb"),
        pytest.param("impersonate:user-info:list", "", "impersonate:user-info:list", id="too many parts"),
        pytest.param("impersonate:scheduled-node", "", "impersonate:scheduled-node", id="no such mode"),
        pytest.param("Impersonate:user-info", "", "Impersonate:user-info", id="another case"),
    ],
)
def test_a_verb_has_a_mode_and_a_target(verb: str, mode: str, target: str) -> None:
    """The modes are those of the API server; all texts are compared exactly."""
    assert (mode, target) == (mode_of(verb), verb_on_target(verb))
    assert (target != verb) == is_on_target(verb)


@pytest.mark.parametrize(
    ("verb", "parts"),
    [
        ("impersonate:user-info", ("`impersonate:user-info` on the user", "`impersonate-on:user-info:VERB`")),
        (
            "impersonate-on:arbitrary-node:get",
            ("`impersonate:arbitrary-node`", "`impersonate-on:arbitrary-node:get`"),
        ),
        ("impersonate", ()),
        ("get", ()),
    ],
)
def test_a_missing_verb_says_what_else_is_needed(verb: str, parts: tuple[str, ...]) -> None:
    """Both halves are needed, or the old verb."""
    text = both_needed(verb)

    assert bool(parts) == bool(text)
    assert all(part in text for part in parts)
