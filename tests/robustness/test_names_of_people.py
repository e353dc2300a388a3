"""Hostile names in the answers about one subject: `access`, `explain`, and the manifests of a fix."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.robustness.names import INVISIBLE, NAMES, PROPER, named_objects, places, stored
from tests.robustness.reading_back import unescaped, unseen
from tests.running import Result, run

FORMS = ("table", "wide", "json", "yaml", "name", "csv", "markdown", "jsonl")
LISTS = FORMS[:-1]
PLAIN_INVISIBLE = re.compile(f"[{re.escape(INVISIBLE)}]")
WIDGETS = ("--resource", "widgets.hostile", "--verb", "frob", "--any-type")

# To Istio and Kubernetes a name can be anything; only these can be typed after `user:`
TYPED = [name for name in NAMES if name and "\x00" not in name]
PLACES: dict[str, list[Any]] = {}
for _object in places():
    PLACES.setdefault(_object["metadata"]["name"], []).append(_object)


def called(name: str) -> list[Any]:
    """Return the objects of `places` that are called so: a ClusterRole and two bindings to it."""
    return PLACES[name]


def answer_about(directory: Path, objects: list[Any], *argv: str) -> Result:
    """Return the answer about *objects*, which harms nobody who reads it."""
    file = directory / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": stored(objects)}))
    result = run(*argv, "-f", str(file))
    for text in (result.stdout, result.stderr):
        assert [] == unseen(text)
        assert [] == sorted(map(ascii, set(PLAIN_INVISIBLE.findall(text))))
    return result


@pytest.mark.parametrize("form", FORMS)
def test_a_grid_of_hostile_namespaces_harms_nobody(form: str, tmp_path: Path) -> None:
    """No part of a namespace's name acts in any format."""
    result = answer_about(tmp_path, places(), "access", "user:here", "-A", "--no-fold", *WIDGETS, "-o", form)

    assert (0, True) == (result.status, bool(result.stdout))


def test_namespaces_stay_apart_in_a_grid(tmp_path: Path) -> None:
    """Each can be read back from its row, and none is taken for the whole cluster."""
    result = answer_about(tmp_path, places(), "access", "user:here", "-A", "--no-fold", *WIDGETS, "-o", "csv")

    rows = [row for row in csv.DictReader(result.lines) if row["OTHER"] == "frob"]
    read = sorted(unescaped(row["NAMESPACE"].removeprefix("'")) for row in rows)
    assert sorted(PROPER) == read


def test_the_names_of_objects_stay_apart(tmp_path: Path) -> None:
    """Programs get the names of the only objects that a verb is granted for, as they are."""
    objects = named_objects()  # a role and its binding for each name

    allowed = [
        item["allowedNames"]["frob"]
        for at in range(len(PROPER))
        for item in answer_about(
            tmp_path, objects[2 * at : 2 * at + 2], "access", f"user:u-{at}", "-A", *WIDGETS, "-o", "json"
        ).json["items"]
        if item["allowedNames"]
    ]

    assert {(name,) for name in PROPER} == {tuple(names) for names in allowed}


@pytest.mark.parametrize("form", LISTS)
def test_everything_that_names_a_subject_harms_nobody(form: str, tmp_path: Path) -> None:
    """Bindings and roles of any name are listed, and a shell takes each line of `-o name` as plain words."""
    result = answer_about(tmp_path, places(), "access", "user:here", "--bindings", "-o", form)

    assert 0 == result.status
    if form == "name":
        assert result.lines
        word = re.compile(r"rolebinding\.rbac\.authorization\.k8s\.io/[\w.:@+-]+ --namespace=[\w.:@+-]+")
        assert [] == [line for line in result.lines if not word.fullmatch(line)]


@pytest.mark.parametrize("number", range(len(LISTS)), ids=LISTS)
def test_a_hostile_subject_is_explained_harmlessly(number: int, tmp_path: Path) -> None:
    """No format of `explain` lets the name act: a part of them in each, the first beside all the others."""
    form = LISTS[number]
    for at, name in enumerate(TYPED[number :: len(LISTS)]):
        objects = called(name) if at else places()
        result = answer_about(
            tmp_path, objects, "explain", f"user:{name}", "get", "secrets", "-n", "a", "-o", form
        )

        assert result.status in (0, 1), result.stderr


def test_a_fix_names_the_very_subject(tmp_path: Path) -> None:
    """To a YAML parser the manifest binds the name that was typed, letter by letter."""
    for name in TYPED:
        result = answer_about(
            tmp_path, called(name), "explain", f"user:{name}", "get", "secrets", "-n", "a", "-o", "fix"
        )

        manifests = list(yaml.safe_load_all(result.stdout)) if result.status == 0 else []
        subjects = [manifest["subjects"] for manifest in manifests if manifest["kind"] == "RoleBinding"]
        account = name.startswith("system:serviceaccount:")
        assert result.status == 1 or account or [name] == [subject["name"] for (subject,) in subjects]


def test_chains_through_hostile_roles_stay_apart(tmp_path: Path) -> None:
    """Programs get every role's name as it is, and people can read it back."""
    text = answer_about(
        tmp_path,
        places(),
        "explain",
        "user:everywhere",
        "frob",
        "widgets.hostile",
        "--any-type",
        "-A",
        "-o",
        "wide",
    )
    data = answer_about(
        tmp_path,
        places(),
        "explain",
        "user:everywhere",
        "frob",
        "widgets.hostile",
        "--any-type",
        "-A",
        "-o",
        "json",
    )

    sheet = answer_about(
        tmp_path,
        places(),
        "explain",
        "user:everywhere",
        "frob",
        "widgets.hostile",
        "--any-type",
        "-A",
        "-o",
        "csv",
    )

    rows = [row["ROLE"].removeprefix("ClusterRole/") for row in csv.DictReader(sheet.lines)]
    assert sorted(PROPER) == sorted(map(unescaped, rows))
    steps = [line.partition("└─ ")[2] for line in text.lines if "└─ " in line and ": verbs=" in line]
    roles = [step.rpartition(": verbs=")[0] for step in steps]
    assert sorted(PROPER) == sorted(grant["role"]["name"] for grant in data.json["grants"])
    assert sorted(PROPER) == sorted(map(unescaped, roles))
