"""
Write `kubectl_kfaccess/data/shipped-roles.json`: the rules that releases ship for tenants.

    python -m tools.shipped_roles DIRECTORY

DIRECTORY has rendered releases of Kubeflow (`NAME-rbac.yaml`). Of these the ClusterRoles with rules count
that an aggregated role selects by a label, for it is such roles that tenants get. Nothing is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tools.kubernetes_defaults import DATA
from tools.shipped_bindings import ENDING

JSON = dict[str, Any]
FILE = DATA / "shipped-roles.json"
AGGREGATION = "/aggregate-to-"
FIELDS = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")


class Role(NamedTuple):
    """A ClusterRole: its name, and its rules as JSON."""

    name: str
    rules: str


def main(arguments: list[str]) -> int:
    """Write the file; return the exit status."""
    if len(arguments) != 1:
        return 2
    FILE.write_text(text(rendered_releases(Path(arguments[0]))), encoding="utf-8")
    print(FILE)
    return 0


def rendered_releases(directory: Path) -> dict[str, set[Role]]:
    """Return the aggregated roles of each rendered release in *directory*, by the name of its file."""
    files = sorted(directory.glob(f"*{ENDING}"))
    return {
        file.name.removesuffix(ENDING): set(roles(yaml.safe_load_all(file.read_text("utf-8"))))
        for file in files
    }


def roles(objects: Iterable[Any]) -> Iterator[Role]:
    """Yield the ClusterRoles among *objects* that have rules and a label by which they are aggregated."""
    for item in objects:
        if item and item["kind"] == "ClusterRole" and item.get("rules"):
            labels = item["metadata"].get("labels") or {}
            if any(AGGREGATION in key for key in labels):
                rules = [{name: rule[name] for name in FIELDS if rule.get(name)} for rule in item["rules"]]
                yield Role(item["metadata"]["name"], json.dumps(rules, separators=(",", ":")))


def text(releases: dict[str, set[Role]]) -> str:
    """Return the content of the file, with a line for each role so that diffs are readable."""
    every = sorted({role for shipped in releases.values() for role in shipped})
    lines = (
        f'{{"name":{json.dumps(role.name)},"releases":{_names(role, releases)},"rules":{role.rules}}}'
        for role in every
    )
    return '{"roles":[\n' + ",\n".join(lines) + "\n]}\n"


def _names(role: Role, releases: dict[str, set[Role]]) -> str:
    names = [name for name, shipped in releases.items() if role in shipped]
    return json.dumps(names, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
