"""
Label selectors: as objects (in aggregation rules) and as kubectl's text (`-l`).

Mirrors apimachinery's labels.Requirement.Matches: NotIn and DoesNotExist also hold when the label is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import LabelSelector, LabelSelectorRequirement


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether every term of *selector* holds; the empty selector selects everything."""
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
    there = requirement.key in labels
    if requirement.operator in _WITHOUT_VALUES:
        return there == (requirement.operator == "Exists")
    if requirement.operator in ("Gt", "Lt"):
        return _compares(requirement, labels.get(requirement.key))
    listed = there and labels[requirement.key] in requirement.values
    return listed == (requirement.operator == "In")


def _compares(requirement: LabelSelectorRequirement, label: str | None) -> bool:
    """Whether the label is a whole number on the right side of the one asked for (`-l` alone has this)."""
    try:
        number, bound = int(label or ""), int(requirement.values[0])
    except ValueError:
        return False
    return number > bound if requirement.operator == "Gt" else number < bound


_WITHOUT_VALUES = ("Exists", "DoesNotExist")
_OPERATORS = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}


def parsed(text: str) -> LabelSelector:
    """Return the selector that kubectl's `-l` text means: `a=b,c!=d,e in (f,g),!h,i`."""
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
        found = _TERM.match(text, position)
        if not found:
            raise UsageError(
                f"cannot read the selector `{text}`: unexpected `{text[position:]}`",
                hint="write it as kubectl does: `-l key=value,key!=value,'key in (a,b)',!key`",
            )
        yield _requirement(found)
        position = found.end()


def _requirement(found: re.Match[str]) -> LabelSelectorRequirement:
    if found["absent"]:
        return LabelSelectorRequirement(found["absent_key"], "DoesNotExist")
    if found["operator"]:
        return LabelSelectorRequirement(found["key"], _OPERATORS[found["operator"]], (found["value"],))
    if found["compared"]:
        return LabelSelectorRequirement(found["key"], _OPERATORS[found["compared"]], (found["bound"],))
    if found["set"]:
        values = tuple(value.strip() for value in found["values"].split(","))
        return LabelSelectorRequirement(found["key"], "In" if found["set"] == "in" else "NotIn", values)
    return LabelSelectorRequirement(found["key"], "Exists")
