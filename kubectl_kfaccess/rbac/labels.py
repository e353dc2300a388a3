"""
Label selectors: the objects in aggregation rules, and the texts of kubectl's `-l`.

Mirrors apimachinery's labels.Requirement.Matches: NotIn and DoesNotExist match objects without the label too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import LabelSelector, LabelSelectorRequirement


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether *labels* meet every term of *selector*. The empty selector selects everything."""
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        requirement_holds(requirement, labels) for requirement in selector.match_expressions
    )


def well_formed(selector: LabelSelector) -> bool:
    """Whether the API machinery can convert *selector* (upstream: labels.NewRequirement)."""
    return all(
        bool(line.values)
        if line.operator in ("In", "NotIn")
        else line.operator in _WITHOUT_VALUES and not line.values
        for line in selector.match_expressions
    )


def requirement_holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    """Whether *labels* meet one line of `matchExpressions`, a well-formed one."""
    is_present = requirement.key in labels
    if requirement.operator in _WITHOUT_VALUES:
        return is_present == (requirement.operator == "Exists")
    if requirement.operator in ("Gt", "Lt"):
        return _compares(requirement, labels.get(requirement.key))
    listed = is_present and labels[requirement.key] in requirement.values
    return listed == (requirement.operator == "In")


def _compares(requirement: LabelSelectorRequirement, label: str | None) -> bool:
    """Whether *label* is a whole number above or below the requirement's (only in `-l`)."""
    try:
        number, bound = int(label or ""), int(requirement.values[0])
    except ValueError:
        return False
    return number > bound if requirement.operator == "Gt" else number < bound


_WITHOUT_VALUES = ("Exists", "DoesNotExist")
_OPERATORS = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}


def parsed(text: str) -> LabelSelector:
    """
    Return the selector of a text as kubectl's `-l` takes it: `a=b,c!=d,e in (f,g),!h,i`.

    Raises UsageError if it has another form.
    """
    return LabelSelector(match_expressions=tuple(_requirements(text)))


_TERM = re.compile(
    r"""\s*(?:
        (?P<absent>!\s*(?P<absent_key>[^\s=!,()<>]+))
      | (?P<key>[^\s=!,()<>]+)\s*(?:
            (?P<operator>==|=|!=)\s*(?P<value>[^\s=!,()<>]*)
          | (?P<compared>[<>])\s*(?P<bound>-?[0-9]+)
          | (?P<set>in|notin)\s*\((?P<values>[^()]*)\)
        )?
    )\s*(?:,|$)""",
    re.VERBOSE,
)


def _requirements(text: str) -> Iterable[LabelSelectorRequirement]:
    position = 0
    while position < len(text) or text.rstrip().endswith(","):
        term = _TERM.match(text, position)
        if not term:
            raise UsageError(
                f"cannot read the selector `{text}`: unexpected `{text[position:]}`",
                hint="write it as kubectl does: `-l key=value,key!=value,'key in (a,b)',!key`",
            )
        yield _requirement(term)
        position = term.end()


def _requirement(term: re.Match[str]) -> LabelSelectorRequirement:
    if term["absent"]:
        return LabelSelectorRequirement(term["absent_key"], "DoesNotExist")
    if term["operator"]:
        return LabelSelectorRequirement(term["key"], _OPERATORS[term["operator"]], (term["value"],))
    if term["compared"]:
        return LabelSelectorRequirement(term["key"], _OPERATORS[term["compared"]], (term["bound"],))
    if term["set"]:
        values = tuple(value.strip() for value in term["values"].split(","))
        return LabelSelectorRequirement(term["key"], "In" if term["set"] == "in" else "NotIn", values)
    return LabelSelectorRequirement(term["key"], "Exists")
