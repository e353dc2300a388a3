"""
What a plain scalar of YAML means to Kubernetes (upstream: go.yaml.in/yaml/v2, which sigs.k8s.io/yaml uses).

Unlike in YAML 1.1, `=`, a date and `12:30:45` are texts; unlike in PyYAML, `y`, `1e3` and `0o7` are not.
"""

from __future__ import annotations

import re

NULL, BOOL, INT, FLOAT, MERGE = (
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "merge")
)
_SIGN = r"[-+]?_*"
PATTERNS = {
    MERGE: r"<<$",
    NULL: r"(?:~|null|Null|NULL|)$",
    BOOL: r"(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$",
    INT: _SIGN + r"(?:0[bB]_*[01][01_]*|0[oO]_*[0-7][0-7_]*|0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*)$",
    FLOAT: _SIGN
    + r"(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9][0-9_]*)?$"
    + r"|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$",
}
"""By tag, the pattern of the scalars that are not text; the first that matches counts."""

_COMPILED = {tag: re.compile(pattern, re.ASCII) for tag, pattern in PATTERNS.items()}
_STARTS = {MERGE: ["<"], NULL: [*"~nN", ""], BOOL: [*"yYnNtTfFoO"], INT: [*"-+0123456789"]}
_STARTS[FLOAT] = [*_STARTS[INT], "."]

RESOLVERS = {
    start: [(tag, _COMPILED[tag]) for tag in PATTERNS if start in _STARTS[tag]]
    for start in dict.fromkeys(start for starts in _STARTS.values() for start in starts)
}
"""The same as PyYAML wants it: by the first character, pairs of a tag and a pattern."""


def flag(text: str) -> bool:
    """Return the value of a boolean; raises LookupError if *text* is none."""
    return _FLAGS[text.lower()]


_FLAGS = {
    **dict.fromkeys(("y", "yes", "true", "on"), True),
    **dict.fromkeys(("n", "no", "false", "off"), False),
}


def number(text: str) -> int | float | str:
    """Return the number that *text* is; too big a one stays text. Raises ValueError if it is none."""
    digits = text.replace("_", "").lower()
    if digits.lstrip("+-").startswith("0") and digits.lstrip("+-").isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            return int(digits)
    try:
        return int(digits, 0)
    except ValueError:
        value = float(digits)
        return text if value in (_INFINITY, -_INFINITY) and "inf" not in digits else value


_INFINITY = float("inf")
