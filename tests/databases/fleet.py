"""
Two small clusters, and the files that the how-to writes of them.

Prod is the demo. Staging has seven labs, and a team-a whose sharing differs from that of prod.
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from tests.running import REPOSITORY, run

Object = dict[str, Any]
PAGE = (REPOSITORY / "docs" / "how-to.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## Ask a database about many clusters\n(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
assert SECTION
LABS = tuple(f"lab-{number}" for number in range(1, 8))
PEOPLE = ("alice", "bob", "carol", "dave", "frank", "heidi", "audrey", "contractor", "zoe")


def blocks(language: str) -> list[str]:
    """Return the blocks of the how-to in *language*, in the order of the page."""
    assert SECTION
    return re.findall(rf"^```{language}\n(.*?)^```", SECTION[1], re.DOTALL | re.MULTILINE)


def write_fleet(directory: Path) -> None:
    """Write `access/*.jsonl` and `people.csv`, as the how-to has them."""
    prod = run("snapshot", "--demo").json
    now, last_week = staging(prod, shared=False), staging(prod, shared=True)
    folder = directory / "access"
    folder.mkdir()
    for name, document in (("prod", prod), ("staging", now), ("staging-last-week", last_week)):
        document["cluster"]["context"] = name.removesuffix("-last-week")
        file = directory / f"{name}.json"
        file.write_text(json.dumps(document))
        answer = run("access", "--all-subjects", "-f", str(file), "-o", "jsonl")
        assert answer.status == 0, answer.stderr
        (folder / f"{name}.jsonl").write_text(answer.stdout)
    rows = [f"{name}@example.com," for name in PEOPLE]
    (directory / "people.csv").write_text("\n".join(["user,group", *rows, "erin@example.com,ml-team", ""]))


def staging(prod: Object, *, shared: bool) -> Object:
    """Return the snapshot of staging; if *shared*, zoe can still view the notebooks of team-a."""
    document = copy.deepcopy(prod)
    objects = document["objects"]
    kubeflow = {"team-b", "team-c"}
    for resource in ("profiles", "namespaces"):
        objects[resource] = [each for each in objects[resource] if each["metadata"]["name"] not in kubeflow]
    of_tenants = {*kubeflow, "team-a"}
    objects["rolebindings"] = [
        each for each in objects["rolebindings"] if each["metadata"]["namespace"] not in of_tenants
    ]
    objects["clusterrolebindings"] = [
        each for each in objects["clusterrolebindings"] if each["metadata"]["name"] != "auditors"
    ]
    for number, lab in enumerate(("team-a", *LABS)):
        owner = "alice@example.com"
        objects["profiles"].append({"metadata": {"name": lab}, "spec": {"owner": user(owner)}})
        objects["namespaces"].append({"metadata": {"name": lab}})
        objects["rolebindings"].append(binding(lab, "namespaceAdmin", "kubeflow-admin", owner))
        if 1 <= number <= 6:
            objects["rolebindings"].append(binding(lab, "c", "kubeflow-edit", "contractor@example.com"))
        if 1 <= number <= 5:
            objects["rolebindings"].append(binding(lab, "d", "kubeflow-edit", "carol@example.com"))
            objects["rolebindings"].append(binding(lab, "e", "kubeflow-view", "carol@example.com"))
        if number == 7:
            objects["rolebindings"].append(binding(lab, "gone", "kubeflow-view", "mallory@example.com"))
    if shared:
        objects["roles"].append(
            {
                "metadata": {"name": "notebook-reader", "namespace": "team-a"},
                "rules": [
                    {"verbs": ["get", "list"], "apiGroups": ["kubeflow.org"], "resources": ["notebooks"]}
                ],
            }
        )
        reader = binding("team-a", "z", "notebook-reader", "zoe@example.com")
        objects["rolebindings"].append({**reader, "roleRef": {"kind": "Role", "name": "notebook-reader"}})
    return document


def binding(namespace: str, name: str, role: str, subject: str) -> Object:
    """Return a RoleBinding of one user, as a snapshot has it."""
    return {
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"kind": "ClusterRole", "name": role},
        "subjects": [user(subject)],
    }


def user(name: str) -> Object:
    """Return a user as the subject of a binding."""
    return {"kind": "User", "name": name}
