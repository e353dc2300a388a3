"""Hostile names in the access table: they harm nobody, stay apart, and can be read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.names import (
    ATTACKS,
    NAMES,
    PROPER,
    SECOND,
    Object,
    aggregated,
    named_objects,
    places,
    stored,
    users,
)
from tests.robustness.reading_back import comma_separated, unescaped, unseen
from tests.running import run

WIDGETS = ("--resource", "widgets.hostile", "--verb", "frob", "--any-type")
FORMS = ("jsonl", "csv")


def written(directory: Path, objects: list[Object], form: str) -> str:
    """Return the table of *objects* in the format *form*, which does nothing but being seen."""
    file = directory / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": stored(objects)}))
    answer = run("access", "--all-subjects", "-A", *WIDGETS, "-o", form, "-f", str(file))
    assert answer.status == 0, answer.stderr
    assert [] == unseen(answer.stdout) == unseen(answer.stderr)
    return answer.stdout


def lines(directory: Path, objects: list[Object]) -> list[dict[str, Any]]:
    """Return the lines of JSON, without those of Kubernetes' own bindings."""
    rows = [json.loads(line) for line in written(directory, objects, "jsonl").splitlines()]
    return [row for row in rows if row["subject"]["name"] != "system:masters"]


def rows(directory: Path, objects: list[Object]) -> list[dict[str, str]]:
    """Return the rows of CSV, without those of Kubernetes' own bindings."""
    printed = comma_separated(written(directory, objects, "csv"))
    return [row for row in printed if row["SUBJECT"] != "group:system:masters"]


def test_subjects_stay_apart(tmp_path: Path) -> None:
    """Each user and group has a line, and each spelling in CSV is of one subject."""
    machine = lines(tmp_path, users())
    people = [(row["subject"]["kind"], row["subject"]["name"]) for row in machine]
    spelled = [row["SUBJECT"] for row in rows(tmp_path, users())]

    assert {(kind, name) for kind in ("User", "Group") for name in NAMES} <= set(people)
    assert len(spelled) == len(set(spelled)) == len(machine)


def test_namespaces_bindings_and_roles_are_read_back(tmp_path: Path) -> None:
    """None is taken for the whole cluster, or for another one."""
    printed = [row for row in rows(tmp_path, places()) if row["SUBJECT"] == "user:here"]
    machine = [row for row in lines(tmp_path, places()) if row["subject"]["name"] == "here"]

    assert sorted(PROPER) == sorted(unescaped(row["NAMESPACE"]) for row in printed)
    for header, kind in (("BINDING", "RoleBinding"), ("ROLE", "ClusterRole")):
        names = [row[header].removeprefix(f"{kind}/") for row in printed]
        assert sorted(PROPER) == sorted(map(unescaped, names))
    assert sorted(PROPER) == sorted(row["namespace"] for row in machine)
    assert all(row["binding"]["name"] == row["role"]["name"] == row["namespace"] for row in machine)


def test_paths_of_aggregation_are_read_back(tmp_path: Path) -> None:
    """The role that the rule is written in is the first of two by name: the one with the hostile name."""
    paths = [row["path"] for row in lines(tmp_path, aggregated())]
    (bound,) = rows(tmp_path, aggregated())

    assert 1 == len(paths)  # the user is bound to all of these roles, which grant the same verb
    assert paths[0][0].startswith("whole-")
    assert paths[0][1].removesuffix(SECOND) in PROPER
    assert " <- ".join(paths[0]) == " <- ".join(map(unescaped, bound["PATH"].split(" <- ")))
    assert len(PROPER) - 1 == len(bound["ALSO-BY"].split(", "))


def test_names_of_objects_are_themselves(tmp_path: Path) -> None:
    """A verb on objects of certain names only."""
    named = [row["allowedNames"]["frob"] for row in lines(tmp_path, named_objects())]
    in_cells = {row["NAMES"] for row in rows(tmp_path, named_objects())}

    assert sorted([name] for name in PROPER) == sorted(named)
    assert len(PROPER) == len(in_cells)


@pytest.mark.parametrize("form", FORMS)
def test_the_name_of_a_cluster_is_no_exception(form: str, tmp_path: Path) -> None:
    """A context can have any name."""
    document = run("snapshot", "--demo").json
    names, texts = [attacks[0] for attacks in ATTACKS.values()], set()
    for name in names:
        document["cluster"]["context"] = name
        file = tmp_path / "saved.json"
        file.write_text(json.dumps(document))
        answer = run(
            "access", "--all-subjects", "-n", "team-c", "--resource", "secrets", "-o", form, "-f", str(file)
        )
        assert [] == unseen(answer.stdout)
        if form == "jsonl":
            texts.add(json.loads(answer.lines[0])["cluster"])
        else:
            texts.add(unescaped(next(comma_separated(answer.stdout))["CLUSTER"]))

    assert set(names) == texts
