"""Answers and manifests as YAML, without anchors and without folded lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.yaml_scalars import INT, RESOLVERS

_LONGEST_LINE = 10_000
_PLAIN = re.compile(r"[A-Za-z][-A-Za-z0-9._/@:]*[A-Za-z0-9]")


def document_text(document: Data) -> str:
    """
    Return a machine answer as one YAML document, with quotes where any reader needs them.

    A text of the command line that is not UTF-8 has escapes such as `\\udcff` in it: YAML has no other way.
    Raises CannotAnswer if the answer is nested too deeply.
    """
    try:
        return _document_text(document)
    except UnicodeEncodeError:
        return _document_text(_in_utf_8(document))
    except RecursionError as error:
        text = "cannot write the answer as YAML: it is nested too deeply"
        raise CannotAnswer(text, hint="write it as JSON, with `-o json`", code=ErrorCode.TOO_BIG) from error


def _in_utf_8(value: Any) -> Any:
    """Return *value* with an escape for each half of a surrogate pair in its texts."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_in_utf_8(key): _in_utf_8(item) for key, item in value.items()}
    return [_in_utf_8(item) for item in value] if isinstance(value, (list, tuple)) else value


def _document_text(document: Data) -> str:
    # libyaml's dumper, if PyYAML was built with it
    safe = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    dumper = type("Plain", (_WithoutAliases, safe), {"yaml_implicit_resolvers": _other_meanings(safe)})
    return yaml.dump(document, Dumper=dumper, sort_keys=False, default_flow_style=False, width=_LONGEST_LINE)


def manifests_text(manifests: Iterable[dict[str, Any]]) -> str:
    """Return objects to apply as YAML documents that YAML 1.1 and 1.2 readers understand alike."""

    class Quoted(_WithoutAliases, yaml.SafeDumper):
        def represent_str(self, data: str) -> yaml.ScalarNode:
            # kubectl reads YAML 1.1, where more words are booleans than PyYAML knows: `y`, `n`
            plain = _PLAIN.fullmatch(data) and len(data) > 1
            return self.represent_scalar("tag:yaml.org,2002:str", data, None if plain else '"')

    Quoted.add_representer(str, Quoted.represent_str)
    return yaml.dump_all(
        list(manifests), Dumper=Quoted, sort_keys=False, explicit_start=True, width=_LONGEST_LINE
    )


def _other_meanings(dumper: Any) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Return PyYAML's resolvers, and those of Kubernetes and YAML 1.1: what matches one is no plain text."""
    own = dumper.yaml_implicit_resolvers
    known = {start: [*own.get(start, ()), *RESOLVERS.get(start, ())] for start in {**own, **RESOLVERS}}
    for start in "-+0123456789":
        known[start] = [*known.get(start, ()), (INT, _BASE_60)]
    return known


_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$")  # `01:02`: 62 in YAML 1.1


class _WithoutAliases:
    """Makes a dumper write repeated values in full, without anchors and aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True
