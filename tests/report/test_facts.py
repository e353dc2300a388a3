"""What stands on the page is what the other commands answer in JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from kubectl_kfaccess.commands.report.anchors import anchor
from tests.report.reading import Element, page
from tests.running import run

PROFILES = ("team-a", "team-b", "team-c")
YES = {"yes": "yes", "no": "no", "unknown": "?"}


@pytest.fixture(scope="module")
def demo() -> Element:
    """Return the page about the demo."""
    return page("--demo")


def asked(line: str) -> dict[str, Any]:
    """Return what a command answers about the demo."""
    document: dict[str, Any] = run(*shlex.split(line), "--demo", "-o", "json").json
    return document


def counts(services: dict[str, str]) -> str:
    """Return the word for what several services answer."""
    words = {*services.values()}
    return YES[words.pop()] if len(words) == 1 else "some"


def member(data: dict[str, Any]) -> tuple[str, ...]:
    """Return a member of `profiles -o json` as the page shows it."""
    role, binding = data["role"], data["binding"]
    return (
        data["subject"]["ref"],
        {"ownAccount": "own account"}.get(data["kind"], data["kind"]),
        f"{'' if role['kind'] == 'ClusterRole' else 'Role/'}{role['name']}" if role else "-",
        binding["name"] if binding else "-",
        YES[data["counts"]["kubectl"]],
        counts(data["counts"]["services"]),
        YES[data["mesh"]["reach"]],
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_members_are_those_of_profiles(demo: Element, profile: str) -> None:
    """Each subject with its relation, role, binding and where that counts."""
    (item,) = asked(f"profiles {profile}")["items"]
    columns = ("Subject", "As", "Role", "Binding", "kubectl", "Kubeflow", "Mesh")

    rows = next(demo.by_id(f"profile-{profile}").tables())

    assert sorted(map(member, item["members"])) == sorted(tuple(row[key] for key in columns) for row in rows)


def test_the_matrix_is_the_access_table(demo: Element) -> None:
    """Each cell is the level that `access --all-subjects` has; an owner is called so."""
    lines = map(json.loads, run("access", "--all-subjects", "--demo", "-o", "jsonl").lines)
    levels: dict[tuple[str, str], str] = {}
    for line in lines:
        if line["namespace"] in PROFILES:
            word = "owner" if line["relation"] == "owner" else line["level"]
            levels[line["subject"]["ref"], line["namespace"]] = word

    rows = next(demo.by_id("matrix").tables())

    shown = {
        (subject, row["Profile"]): cell.removesuffix(", crosses")
        for row in rows
        for subject, cell in row.items()
        if subject != "Profile" and cell
    }
    assert len(shown) > 10
    assert {key: levels.get(key) for key in shown if levels.get(key)} == {
        key: word for key, word in shown.items() if levels.get(key)
    }
    named = {subject for subject, _ in shown}
    assert set() == {key for key in levels if key[0] in named and key not in shown}


def findings(command: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the object of each finding that a command has."""
    document = asked(command)
    items = document["items"] if command == "audit" else document.get("findings", [])
    if command != "audit":
        items = [*items, *(each for item in document["items"] for each in item.get("findings", ()))]
    for each in items:
        names = (each["object"]["namespace"], each["object"]["name"])
        yield each["id"], f"{each['object']['kind']} {'/'.join(filter(None, names))}"


def test_findings_are_those_of_all_commands(demo: Element) -> None:
    """Of audit, profiles, check and aggregation: each has a card, or a line of one."""
    commands = ("audit", "profiles", "check", "aggregation")

    shown = set()
    for card in demo.by_id("findings").all("article"):
        name = card.one(class_="id").words
        objects = [each.words for each in card.all("li")] or [next(card.all("bdi")).words]
        shown |= {(name, text.partition(" (")[0]) for text in objects}
    assert {each for command in commands for each in findings(command)} == shown


def test_what_crosses_is_what_the_audit_says(demo: Element) -> None:
    """The verdict, and each way with its subjects, people and bindings."""
    audit = run("audit", "--demo", "-o", "json").json
    crossing = [way for way in audit["reach"] if way["crosses"]]

    ways = [*demo.by_id("crossing").all("article")]

    assert len(crossing) == len(ways)
    for way, card in zip(crossing, ways, strict=True):
        people = {subject["ref"] for subject in (*way["subjects"], *way["through"])}
        assert people == {link.words for link in card.all("a") if link.attributes["href"][1:7] in _PEOPLE}
        assert way["level"] in card.one("svg").text
        for binding in way["bindings"]:
            assert f"kubectl delete rolebinding {binding['name']} -n {binding['namespace']}" in card.text


_PEOPLE = ("person", "accoun", "group-")


def test_the_verdict_is_that_of_the_audit(demo: Element) -> None:
    """In the same words: what crosses, what does not, and what was looked at."""
    sentence = run("audit", "--demo", "-o", "markdown").lines

    text = demo.one("h1").words

    (line,) = [each for each in sentence if "something crosses" in each]
    assert line.strip("*").removeprefix("no: ").replace("\\", "") == text[:1].lower() + text[1:]


def test_roles_are_those_of_aggregation(demo: Element) -> None:
    """Each role of Kubeflow's tree has a part, and stands in the tree below a role that selects it."""
    items = [item for item in asked("aggregation")["items"] if item["path"][0] == "kubeflow-admin"]
    pairs = {(role, below) for item in items for role, below in pairwise(item["path"])}

    for name in {item["path"][-1] for item in items}:
        assert [name] == [next(each.all("h3")).words for each in demo.all(id=anchor("role", name))]
    shown = set(tree_pairs(demo.by_id("role-kubeflow-admin").one(class_="tree top-tree")))
    assert len(shown) > 30
    assert set() == shown - pairs
    assert {below for _, below in pairs} == {below for _, below in shown}


def tree_pairs(tree: Element, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each role of a tree with the role above it."""
    for item in tree.elements:
        name = next(item.all("bdi")).words
        yield from ((above, name),) if above else ()
        for below in item.elements[0].elements[1:] if item.elements[0].name == "details" else ():
            yield from tree_pairs(below, name)


@pytest.mark.parametrize("person", ["dave@example.com", "alice@example.com", "heidi@example.com"])
def test_what_to_delete_when_somebody_leaves(demo: Element, person: str) -> None:
    """It is what `access --bindings -o name` lists for kubectl."""
    lines = run("access", person, "--bindings", "--demo", "-o", "name").lines

    commands = [
        line
        for block in demo.by_id(f"person-{person}").all("pre")
        for line in block.text.splitlines()
        if line.startswith("kubectl delete")
    ]

    def key(line: str) -> tuple[str, str]:
        kind, _, name = line.split()[0].partition("/")
        return kind.partition(".")[0].rstrip("s").removesuffix("ie"), name

    expected = sorted((kind.removesuffix("y"), name) for kind, name in map(key, lines))
    parts = (line.split()[2:4] for line in commands)
    shown = sorted(
        (kind.partition(".")[0].removesuffix("ies").removesuffix("y"), name) for kind, name in parts
    )
    assert expected == shown
