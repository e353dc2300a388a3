"""Answers and manifests as YAML, without anchors and without folded lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.yaml_scalars import INT, RESOLVERS

_LONGEST_LINE = 10_000
_PLAIN = re.compile(r"[A-Za-z][-A-Za-z0-9._/@:]*[A-Za-z0-9]")


def document_text(document: Data) -> str:
    """Return a machine answer as one YAML document, with quotes where any reader needs them."""
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
