"""Rules, objects and paths in words: names are as they are, and can be told apart."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.output.rbac_terms import object_in_sentence, object_name, path_text, rule_text
from kubectl_kfaccess.rbac.model import PolicyRule
from tests.builders import cluster_role, role, rule, urls


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(("ml",), "ml", id="a plain name"),
        pytest.param(("CORP\\tim", "CORP\\nina"), "CORP\\tim, CORP\\nina", id="users of Windows"),
        pytest.param(("CN=ML Team,OU=Labs", "b"), "CN=ML Team,OU=Labs, b", id="a group of a directory"),
        pytest.param(("a, b",), "a,\\x20b", id="a name that looks like two"),
        pytest.param(("a; verbs=*",), "a;\\x20verbs=*", id="a name that looks like another rule"),
        pytest.param(("a\x1b[2J",), "a\\x1b[2J", id="a terminal's command"),
        pytest.param(("",), "<empty>", id="the empty name"),
    ],
)
def test_names_of_objects_stay_as_they_are_in_a_rule(names: tuple[str, ...], expected: str) -> None:
    """They come last, so that a blank in one ends nothing."""
    text = rule_text(rule("impersonate", "users", names=names))

    assert f"verbs=impersonate apiGroups=<empty> resources=users resourceNames={expected}" == text


def test_a_rule_has_its_urls_before_names() -> None:
    """The server refuses a rule with both, but a file can hold one."""
    both = PolicyRule(("get",), resource_names=("a nonResourceURLs=/b",), non_resource_urls=("/healthz",))

    assert "verbs=get nonResourceURLs=/metrics" == rule_text(urls("get", "/metrics"))
    assert "verbs=get nonResourceURLs=/healthz resourceNames=a nonResourceURLs=/b" == rule_text(both)


def test_an_object_has_its_namespace_in_front() -> None:
    """In a sentence a blank would end the name."""
    named = role("lab/ML Team, CORP\\x")

    assert "lab/ML Team, CORP\\x" == object_name(named)
    assert "lab/ML\\x20Team\\x2c\\x20CORP\\x" == object_in_sentence(named)
    assert "a\\x2fb" == object_name(cluster_role("a/b"))


def test_a_path_can_be_split_into_its_roles() -> None:
    """An arrow in a name is escaped, and so is what ends a path in a list of several."""
    path = ("ML Team", "a <- b", "<-", "c <", "d,", "e, f")

    assert "ML Team <- a <\\x2d b <- \\x3c- <- c < <- d, <- e,\\x20f" == path_text(path)
