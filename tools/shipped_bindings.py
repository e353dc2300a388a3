"""
Write `kubectl_kfaccess/data/shipped-bindings.json`: the bindings that releases ship, and what each binds.

    python -m tools.shipped_bindings DIRECTORY

DIRECTORY has rendered releases of Kubeflow (`NAME-rbac.yaml`). Kubernetes' own default bindings are taken
from the bundled defaults. Nothing is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tools.kubernetes_defaults import DATA

JSON = dict[str, Any]
FILE = DATA / "shipped-bindings.json"
ENDING = "-rbac.yaml"
KINDS = ("ClusterRoleBinding", "RoleBinding")


class Binding(NamedTuple):
    """A binding without its subjects; the namespace of a ClusterRoleBinding is ""."""

    kind: str
    namespace: str
    name: str
    role_kind: str
    role: str


class Grant(NamedTuple):
    """A binding, and one subject of it as the command line spells it (`sa:NAMESPACE/NAME`)."""

    binding: Binding
    subject: str


def main(arguments: list[str]) -> int:
    """Write the file; return the exit status."""
    if len(arguments) != 1:
        return 2
    releases = {**kubernetes_releases(), **rendered_releases(Path(arguments[0]))}
    FILE.write_text(text(releases), encoding="utf-8")
    print(FILE)
    return 0


def kubernetes_releases() -> dict[str, set[Grant]]:
    """Return what each bundled version of Kubernetes binds when it starts, by `kubernetes-MINOR`."""
    files = sorted(DATA.glob("kubernetes-*.json"), key=_minor)
    return {file.stem: set(grants(json.loads(file.read_text("utf-8"))["objects"])) for file in files}


def rendered_releases(directory: Path) -> dict[str, set[Grant]]:
    """Return what each rendered release in *directory* binds, by the name of its file."""
    files = sorted(directory.glob(f"*{ENDING}"))
    return {
        file.name.removesuffix(ENDING): set(grants(yaml.safe_load_all(file.read_text("utf-8"))))
        for file in files
    }


def grants(objects: Iterable[Any]) -> Iterator[Grant]:
    """Yield a grant for each subject of each binding among *objects*."""
    for item in objects:
        if item and item["kind"] in KINDS:
            binding = _binding(item)
            for subject in item.get("subjects") or ():
                yield Grant(binding, _spelled(subject, binding.namespace))


def text(releases: dict[str, set[Grant]]) -> str:
    """Return the content of the file, with a line for each binding so that diffs are readable."""
    every = sorted({grant for shipped in releases.values() for grant in shipped})
    releases_of = {grant: [name for name, shipped in releases.items() if grant in shipped] for grant in every}
    subjects: dict[tuple[Binding, tuple[str, ...]], list[str]] = {}
    for grant in every:
        subjects.setdefault((grant.binding, tuple(releases_of[grant])), []).append(grant.subject)
    lines = (_line(binding, names, shipped) for (binding, shipped), names in subjects.items())
    return f'{{"releases":{json.dumps(list(releases))},\n"bindings":[\n' + ",\n".join(lines) + "\n]}\n"


def _line(binding: Binding, subjects: list[str], releases: Iterable[str]) -> str:
    fields = {
        "kind": binding.kind,
        "namespace": binding.namespace,
        "name": binding.name,
        "roleKind": binding.role_kind,
        "role": binding.role,
        "subjects": subjects,
        "releases": list(releases),
    }
    return json.dumps(fields, separators=(",", ":"))


def _binding(item: JSON) -> Binding:
    # Some charts write a namespace into ClusterRoleBindings, which the API server ignores
    namespace = item["metadata"].get("namespace", "") if item["kind"] == "RoleBinding" else ""
    ref = item["roleRef"]
    return Binding(item["kind"], namespace, item["metadata"]["name"], ref["kind"], ref["name"])


def _spelled(subject: JSON, namespace: str) -> str:
    """Return the subject; an account without a namespace is in the binding's."""
    if subject["kind"] == "ServiceAccount":
        return f"sa:{subject.get('namespace') or namespace}/{subject['name']}"
    return f"{subject['kind'].lower()}:{subject['name']}"


def _minor(file: Path) -> list[int]:
    return [int(number) for number in file.stem.removeprefix("kubernetes-").split(".")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
