"""Label selectors, as objects and in kubectl's text form."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.labels import parsed, selects, well_formed
from kubectl_kfaccess.rbac.model import LabelSelector, LabelSelectorRequirement
from tests.builders import expression, labelled


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param(LabelSelector(), True, id="the empty selector"),
        pytest.param(labelled(tier="edit"), True, id="a label with that value"),
        pytest.param(labelled(tier="view"), False, id="a label with another value"),
        pytest.param(labelled(Tier="edit"), False, id="case counts"),
        pytest.param(labelled(owner="me"), False, id="an absent label"),
        pytest.param(labelled(owner=""), False, id="an absent label is not the empty value"),
        pytest.param(labelled(empty=""), True, id="the empty value"),
        pytest.param(labelled(tier="edit", empty=""), True, id="all labels present"),
        pytest.param(labelled(tier="edit", owner="me"), False, id="one of two labels missing"),
        pytest.param(expression("tier", "In", "view", "edit"), True, id="in"),
        pytest.param(expression("tier", "In", "view"), False, id="in, another value"),
        pytest.param(expression("owner", "In", ""), False, id="in, absent"),
        pytest.param(expression("tier", "NotIn", "view"), True, id="not in"),
        pytest.param(expression("tier", "NotIn", "edit"), False, id="not in, that value"),
        pytest.param(expression("owner", "NotIn", "me"), True, id="not in, absent"),
        pytest.param(expression("tier", "Exists"), True, id="exists"),
        pytest.param(expression("owner", "Exists"), False, id="exists, absent"),
        pytest.param(expression("owner", "DoesNotExist"), True, id="does not exist"),
        pytest.param(expression("tier", "DoesNotExist"), False, id="does not exist, present"),
    ],
)
def test_a_selector_requires_all_its_terms(selector: LabelSelector, expected: bool) -> None:
    """All labels and expressions must hold. NotIn and DoesNotExist hold for an absent label."""
    assert expected == selects(selector, {"tier": "edit", "empty": ""})


def test_labels_and_expressions_must_both_hold() -> None:
    """A selector with a label and an expression selects only objects that match both."""
    selector = LabelSelector({"tier": "edit"}, (LabelSelectorRequirement("owner", "Exists"),))

    assert not selects(selector, {"tier": "edit"})
    assert not selects(selector, {"owner": "me"})
    assert selects(selector, {"tier": "edit", "owner": "me"})


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param(LabelSelector(), True, id="empty"),
        pytest.param(labelled(a="b"), True, id="labels"),
        pytest.param(expression("a", "In", "b"), True, id="in with values"),
        pytest.param(expression("a", "NotIn", "b"), True, id="not in with values"),
        pytest.param(expression("a", "Exists"), True, id="exists without values"),
        pytest.param(expression("a", "DoesNotExist"), True, id="does not exist without values"),
        pytest.param(expression("a", "In"), False, id="in without values"),
        pytest.param(expression("a", "NotIn"), False, id="not in without values"),
        pytest.param(expression("a", "Exists", "b"), False, id="exists with values"),
        pytest.param(expression("a", "DoesNotExist", "b"), False, id="does not exist with values"),
        pytest.param(expression("a", "in", "b"), False, id="an operator in lower case"),
        pytest.param(expression("a", "Gt", "1"), False, id="an operator of node selectors"),
        pytest.param(expression("a", "", "b"), False, id="no operator"),
    ],
)
def test_a_selector_is_well_formed_when_values_fit_the_operator(
    selector: LabelSelector, expected: bool
) -> None:
    """In and NotIn need values, Exists and DoesNotExist forbid them, and no other operator is valid."""
    assert expected == well_formed(selector)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", (), id="empty"),
        pytest.param("a=b", (("a", "In", ("b",)),), id="equals"),
        pytest.param("a==b", (("a", "In", ("b",)),), id="a double equals sign"),
        pytest.param("a!=b", (("a", "NotIn", ("b",)),), id="not equal"),
        pytest.param("a=", (("a", "In", ("",)),), id="the empty value"),
        pytest.param("a", (("a", "Exists", ()),), id="present"),
        pytest.param("!a", (("a", "DoesNotExist", ()),), id="absent"),
        pytest.param("a in (b, c)", (("a", "In", ("b", "c")),), id="in"),
        pytest.param("a notin (b)", (("a", "NotIn", ("b",)),), id="not in"),
        pytest.param("a=b,!c", (("a", "In", ("b",)), ("c", "DoesNotExist", ())), id="several terms"),
        pytest.param(" a = b , c in (d) ", (("a", "In", ("b",)), ("c", "In", ("d",))), id="spaces anywhere"),
        pytest.param(
            "app.kubernetes.io/part-of=kubeflow-profile",
            (("app.kubernetes.io/part-of", "In", ("kubeflow-profile",)),),
            id="a key with a prefix",
        ),
    ],
)
def test_a_selectors_text_is_read_as_kubectl_reads_it(
    text: str, expected: tuple[tuple[str, str, tuple[str, ...]], ...]
) -> None:
    """Each term becomes one requirement. A comma outside parentheses separates terms."""
    lines = tuple(LabelSelectorRequirement(*parts) for parts in expected)

    assert lines == parsed(text).match_expressions


@pytest.mark.parametrize("text", ["a=b=c", "a in b", "a in (b", "=b", "a b", "!", "a=b,,c", "a=b,", "a>"])
def test_a_selector_that_cannot_be_read_is_a_usage_error(text: str) -> None:
    """The message quotes the whole text, and the hint refers to kubectl."""
    with pytest.raises(UsageError, match="cannot read the selector") as error:
        parsed(text)

    assert f"`{text}`" in error.value.message
    assert "kubectl" in error.value.hint


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("a>1", "2", True),
        ("a>1", "1", False),
        ("a<10", "9", True),
        ("a<10", "9x", False),
        ("a>-1", "0", True),
        ("a > 1", "10", True),
    ],
)
def test_comparisons_compare_whole_numbers(text: str, value: str, holds: bool) -> None:
    """As in kubectl, `>` and `<` compare the label as a number. Other text never matches."""
    assert holds == selects(parsed(text), {"a": value})
    assert not selects(parsed(text), {})
