"""`profiles`, `explain` and `access` give the same answers for the mesh, in random worlds."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import yaml

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import GROUP, spelled
from tests.planes.mesh.worlds import World, random_worlds
from tests.running import run

WORLDS = 200
SEED = 20261129


def subjects(world: World) -> list[tuple[str, str, str]]:
    """Return the subjects whose names nobody else has: members of a profile are listed by their names."""
    names = Counter(name for _, _, name in world.subjects)
    return [subject for subject in world.subjects if names[subject[2]] == 1]


def bindings(world: World, namespace: str) -> list[dict[str, object]]:
    """Return a binding for each user and account, so that they are members of the profile."""
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"member-{number}", "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": kind, "name": name, **({"namespace": home} if home else {})}],
        }
        for number, (kind, home, name) in enumerate(world.subjects)
    ]


def of_profiles(namespace: str, file: Path) -> dict[str, str]:
    """Return the answers of `profiles` by the subject's name."""
    item = run("profiles", namespace, "-f", str(file), "-o", "json").json["items"][0]
    return {member["subject"]["name"]: _reach(member["mesh"]) for member in item["members"]}


def of_explain(subject: str, namespace: str, file: Path) -> str:
    """Return the answer of `explain`."""
    asked = run("explain", subject, "get", "pods/log", "-n", namespace, "-f", str(file), "-o", "json")
    return _reach(asked.json["items"][0]["planes"]["mesh"])


def of_access(subject: str, namespace: str, file: Path) -> str:
    """Return the answer of `access`, from its column MESH."""
    asked = run("access", subject, "-f", str(file), "-o", "wide", "--no-fold", "--resource", "pods")
    header = next(line for line in asked.lines if line.startswith("NAMESPACE"))
    row = next(line for line in asked.lines if line.split()[:1] == [namespace])
    return row[header.index("MESH") :].split()[0]


def _reach(mesh: dict[str, str] | None) -> str:
    return mesh["reach"] if mesh else "-"


def test_three_commands_never_differ(tmp_path: Path) -> None:
    """They read the same settings, and ask the same evaluator."""
    print(f"seed {SEED}")
    file, rng, compared = tmp_path / "world.yaml", random.Random(SEED), 0
    for world in random_worlds(SEED, WORLDS):
        namespace = rng.choice([name for name in world.namespaces if name != "kubeflow"])
        objects = [*world.objects(frozenset()), *bindings(world, namespace)]
        file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
        kind, home, name = rng.choice([each for each in subjects(world) if each[0] != GROUP])
        subject = spelled(Subject(kind, name, home or None))

        answers = {
            "profiles": of_profiles(namespace, file)[name],
            "explain": of_explain(subject, namespace, file),
            "access": of_access(subject, namespace, file),
        }

        assert 1 == len(set(answers.values())), (world.number, namespace, subject, answers)
        compared += answers["profiles"] in ("yes", "no")
    assert compared > WORLDS // 3
