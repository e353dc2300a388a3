"""Objects to apply, as YAML that kubectl and every other reader take for the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][-A-Za-z0-9._/@:]*[A-Za-z0-9]")


def manifests_text(manifests: Iterable[dict[str, Any]]) -> str:
    """Return the manifests as one text of several documents."""
    import yaml

    class Quoted(yaml.SafeDumper):
        def represent_str(self, data: str) -> yaml.ScalarNode:
            # kubectl reads YAML 1.1, where more words than PyYAML knows are no texts: `y`, `n`
            plain = _PLAIN.fullmatch(data) and len(data) > 1
            return self.represent_scalar("tag:yaml.org,2002:str", data, None if plain else '"')

        def ignore_aliases(self, _data: object) -> bool:
            return True

    Quoted.add_representer(str, Quoted.represent_str)
    found: str = yaml.dump_all(
        list(manifests), Dumper=Quoted, sort_keys=False, explicit_start=True, width=10_000
    )
    return found
