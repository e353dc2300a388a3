"""Names that attack harm nobody, can be read back, and stay apart, in every format of two commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kubectl_kfaccess.output.yaml_text import document_text
from tests.robustness import process
from tests.robustness.names import (
    ATTACKS,
    FIELDS,
    INVISIBLE,
    NAMES,
    PROPER,
    SECOND,
    Object,
    aggregated,
    named_objects,
    namesakes,
    places,
    review,
    reviews,
    stored,
    users,
)
from tests.robustness.process import assert_decent
from tests.robustness.reading_back import ROWS, Row, cases_of_junit, items, unescaped, unseen
from tests.running import Result, run

MACHINE = ("json", "yaml", "jsonl")
FULL_ROWS = tuple(form for form in ROWS if form != "table")  # `table` folds rows: see below
WHO_CAN = (
    "who-can", "frob", "widgets.hostile", "--any-type", "-A", "--subject-kind", "user,group,serviceaccount",
)  # fmt: skip
PLAIN_INVISIBLE = re.compile(f"[{re.escape(INVISIBLE)}]")


def written(directory: Path, objects: list[Object]) -> str:
    """Write *objects* into a file as a List, and return its name."""
    content = {"apiVersion": "v1", "kind": "List", "items": stored(objects)}
    (directory / "objects.json").write_text(json.dumps(content))
    return "objects.json"


def written_reviews(directory: Path) -> str:
    """Write the reviews that ask for hostile names, one a line, and return the file's name."""
    (directory / "reviews.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in reviews()))
    return "reviews.jsonl"


def answer_about(directory: Path, objects: list[Object], form: str, *more: str, status: int = 0) -> Result:
    """Return the answer of who-can over *objects*, which harms nobody who reads it and ends with *status*."""
    result = run(*WHO_CAN, *more, "-f", written(directory, objects), "-o", form, cwd=directory)
    assert_harmless(result, status)
    return result


def assert_harmless(result: Result, status: int = 0) -> None:
    """Nothing on either stream does anything else than being seen."""
    assert status == result.status, result.stderr
    assert_decent(result)
    for text in (result.stdout, result.stderr):
        assert [] == unseen(text)
        assert [] == sorted(map(ascii, set(PLAIN_INVISIBLE.findall(text))))


def rows(text: str, form: str) -> list[Row]:
    """Return the rows, without those of Kubernetes' own bindings."""
    return [row for row in ROWS[form](text) if row["SUBJECT"] != "system:masters"]


def account(cell: str) -> tuple[str, str]:
    """Return the namespace and the name in a cell of a service account."""
    namespace, name = cell.split("/")
    return unescaped(namespace), unescaped(name)


def named(cell: str) -> str:
    """Return the name that a cell shows; `<none>` means that there is none."""
    return "" if cell == "<none>" else unescaped(cell)


# --- who-can ----------------------------------------------------------------------------------------------

PEOPLE = {(kind, name) for name in NAMES for kind in ("User", "Group")}
ACCOUNTS = {("home", name) for name in PROPER} | {(name, "worker") for name in PROPER}
# A colon becomes part of the account's user name, so the authorizer, and the answer, knows it as a user only
ODD = {pair for pair in ACCOUNTS if ":" in "".join(pair)}
ODD_USERS = {("User", f"system:serviceaccount:{namespace}:{name}") for namespace, name in ODD}


@pytest.mark.parametrize("form", FULL_ROWS)
def test_subjects_stay_apart_in_rows(form: str, tmp_path: Path) -> None:
    """Users, groups and accounts can be read back, one row each."""
    printed = rows(answer_about(tmp_path, users(), form).stdout, form)

    people = [(row["KIND"], named(row["SUBJECT"])) for row in printed if row["KIND"] != "ServiceAccount"]
    accounts = [account(row["SUBJECT"]) for row in printed if row["KIND"] == "ServiceAccount"]
    assert sorted(PEOPLE | ODD_USERS) == sorted(people)
    assert sorted(ACCOUNTS - ODD) == sorted(accounts)


def test_subjects_stay_apart_in_a_folded_table(tmp_path: Path) -> None:
    """Each subject has a row of its own, and no two are spelled alike."""
    lines = answer_about(tmp_path, users(), "table").stdout.splitlines()[1:]
    subjects = [line.split("   ")[0] for line in lines]

    assert len(set(subjects)) == len(subjects)
    assert len(subjects) == len(PEOPLE | ODD_USERS) + len(ACCOUNTS - ODD)


@pytest.mark.parametrize("form", MACHINE)
def test_subjects_are_themselves_for_machines(form: str, tmp_path: Path) -> None:
    """Machine formats give the names as they are."""
    printed = [each["subject"] for each in items(answer_about(tmp_path, users(), form).stdout, form)]

    people = [(each["kind"], each["name"]) for each in printed if "namespace" not in each]
    accounts = [(each["namespace"], each["name"]) for each in printed if "namespace" in each]
    assert sorted(PEOPLE | ODD_USERS | {("Group", "system:masters")}) == sorted(people)
    assert sorted(ACCOUNTS - ODD) == sorted(accounts)


def test_subjects_are_the_same_from_yaml(tmp_path: Path) -> None:
    """YAML spells the same names in other escapes, NUL among them."""
    text = document_text({"apiVersion": "v1", "kind": "List", "items": stored(users())})
    (tmp_path / "objects.yaml").write_text(text)

    result = run(*WHO_CAN, "-f", "objects.yaml", "-o", "json", cwd=tmp_path)

    assert_harmless(result)
    assert items(answer_about(tmp_path, users(), "json").stdout, "json") == items(result.stdout, "json")


def test_subjects_stay_apart_as_names(tmp_path: Path) -> None:
    """A line each, of which no two are the same and each leads back to its subject."""
    lines = answer_about(tmp_path, users(), "name").stdout.splitlines()

    pairs = [tuple(line.split("/", 1)) for line in lines]
    people = [(kind, named(name)) for kind, name in pairs if kind != "serviceaccount"]
    accounts = [account(name) for kind, name in pairs if kind == "serviceaccount"]
    expected = PEOPLE | ODD_USERS | {("Group", "system:masters")}
    assert sorted((kind.lower(), name) for kind, name in expected) == sorted(people)
    assert sorted(ACCOUNTS - ODD) == sorted(accounts)


@pytest.mark.parametrize("form", FULL_ROWS)
def test_places_stay_apart_in_rows(form: str, tmp_path: Path) -> None:
    """Namespaces, bindings and roles can be read back; a namespace is never taken for the whole cluster."""
    printed = rows(answer_about(tmp_path, places(), form).stdout, form)

    read = [
        (
            row["SUBJECT"],
            None if row["NAMESPACE"] == "<all>" else unescaped(row["NAMESPACE"]),
            *(unescaped(row[column].split("/", 1)[1]) for column in ("BINDING", "ROLE")),
        )
        for row in printed
    ]
    expected = [("here", name, name, name) for name in PROPER]
    assert sorted(expected) == sorted(each for each in read if each[0] == "here")
    assert sorted(("everywhere", name, name) for name in PROPER) == sorted(
        (each[0], *each[2:]) for each in read if each[1] is None
    )
    assert 2 * len(PROPER) == len(read)


@pytest.mark.parametrize("form", ["wide", "csv"])
def test_rules_stay_apart(form: str, tmp_path: Path) -> None:
    """The verbs and resources of a rule can be read back, each its own."""
    printed = rows(answer_about(tmp_path, places(), form).stdout, form)

    read = [
        dict(word.split("=", 1) for word in row["RULE"].split(" "))
        for row in printed
        if row["SUBJECT"] == "here"
    ]
    verbs = sorted([unescaped(verb) for verb in rule["verbs"].split(",")] for rule in read)
    resources = sorted([unescaped(each) for each in rule["resources"].split(",")] for rule in read)
    assert sorted(["frob", name] for name in PROPER) == verbs
    assert sorted(["widgets", name] for name in PROPER) == resources


@pytest.mark.parametrize("form", ["wide", "csv"])
def test_paths_of_aggregation_stay_apart(form: str, tmp_path: Path) -> None:
    """Every role on every path can be read back, even if its name has an arrow or a comma."""
    printed = rows(answer_about(tmp_path, aggregated(), form).stdout, form)

    paths = [(row["ROLE"].removeprefix("ClusterRole/"), row["OTHER-PATHS"]) for row in printed]
    read = sorted(tuple(sorted(steps(path) for path in both)) for both in paths)
    expected = {
        tuple(sorted([(f"whole-{at}", name), (f"whole-{at}", name + SECOND)]))
        for at, name in enumerate(PROPER)
    }
    assert sorted(expected) == read


def steps(path: str) -> tuple[str, ...]:
    """Return the roles on a path."""
    return tuple(unescaped(step) for step in path.split(" <- "))


@pytest.mark.parametrize("form", FULL_ROWS)
def test_named_objects_stay_apart(form: str, tmp_path: Path) -> None:
    """The only object that a user can touch can be read back from the note."""
    printed = rows(answer_about(tmp_path, named_objects(), form, "--include-named").stdout, form)

    read = {row["SUBJECT"]: unescaped(row["NOTE"].removeprefix("only ")) for row in printed}
    assert {f"u-{at}": name for at, name in enumerate(PROPER)} == read


# --- namesakes: namespace, subject, binding and role of one name -------------------------------------------

EVERYBODY = sorted((name, kind, name, name, name) for name in PROPER for kind in ("Group", "User"))


@pytest.mark.parametrize("form", FULL_ROWS)
def test_namesakes_can_be_read_back_from_rows(form: str, tmp_path: Path) -> None:
    """Namespace, subject, binding and role, each its own, and no other is there."""
    printed = [
        row
        for row in ROWS[form](answer_about(tmp_path, namesakes(), form).stdout)
        if row["NAMESPACE"] != "<all>"
    ]

    read = [
        (
            unescaped(row["NAMESPACE"]),
            row["KIND"],
            unescaped(row["SUBJECT"]),
            unescaped(row["BINDING"].removeprefix("RoleBinding/")),
            unescaped(row["ROLE"].removeprefix("Role/")),
        )
        for row in printed
    ]
    assert EVERYBODY == sorted(read)


@pytest.mark.parametrize("form", MACHINE)
def test_namesakes_are_themselves_for_machines(form: str, tmp_path: Path) -> None:
    """Machine formats hold them as they are."""
    read = [
        (item["namespace"], item["subject"]["kind"], item["subject"]["name"], *_binding_and_role(item))
        for item in items(answer_about(tmp_path, namesakes(), form).stdout, form)
        if item["namespace"]
    ]

    assert EVERYBODY == sorted(read)


def _binding_and_role(item: Any) -> tuple[str, str]:
    (grant,) = item["grants"]
    return grant["binding"]["name"], grant["role"]["name"]


def test_namesakes_are_a_line_each(tmp_path: Path) -> None:
    """A name cannot add a line, nor be two."""
    lines = answer_about(tmp_path, namesakes(), "name").lines

    everybody = [f"{kind}/{name}" for name in PROPER for kind in ("user", "group")]
    assert sorted([*everybody, "group/system:masters"]) == sorted(map(unescaped, lines))


def test_messages_quote_without_harm(tmp_path: Path) -> None:
    """An object that is missing is named on stderr, on one line; of those there twice the first is named."""
    objects = [each for each in namesakes() if each["kind"] == "RoleBinding"]

    lines = answer_about(tmp_path, [*objects, *objects], "table", status=3).stderr.splitlines()

    assert 1 == sum(f"{len(PROPER)} objects stand twice, and the later ones count" in line for line in lines)
    assert 1 == sum(
        f"{len(PROPER)} bindings refer to roles that are not in the files" in line for line in lines
    )


@pytest.mark.parametrize("form", ["table", "wide", "name", "csv", "markdown", "json", "yaml", "jsonl"])
def test_the_executable_writes_the_same(form: str, tmp_path: Path) -> None:
    """Byte for byte, through the streams of a real process."""
    argv = (*WHO_CAN, "-f", written(tmp_path, [*namesakes(), *users()]), "-o", form)

    assert run(*argv, cwd=tmp_path) == process.run(*argv, cwd=tmp_path)


@pytest.mark.parametrize(
    "form", ["table", "wide", "name", "csv", "markdown", "json", "yaml", "jsonl", "junit"]
)
def test_the_executable_writes_the_same_about_reviews(form: str, tmp_path: Path) -> None:
    """Byte for byte, as well."""
    objects = written(tmp_path, namesakes())
    argv = ("review", written_reviews(tmp_path), "-f", objects, "-o", form)

    assert run(*argv, cwd=tmp_path) == process.run(*argv, cwd=tmp_path)


# --- review -----------------------------------------------------------------------------------------------


def reviewed(directory: Path, field: str, form: str) -> Result:
    """Return the answers to reviews that differ in *field* only; for JUnit none is as expected."""
    wrong = {"status": {"allowed": True}} if form == "junit" else {}
    names = NAMES if field == "group" else PROPER
    text = "".join(f"{json.dumps({**review(field, name), **wrong})}\n" for name in names)
    (directory / "reviews.jsonl").write_text(text)
    result = run("review", "reviews.jsonl", "--demo", "-o", form, cwd=directory)
    assert (1 if wrong else 0) == result.status
    assert_harmless(replace(result, status=0))
    return result


COLUMN = {"user": "USER", "verb": "VERB", "namespace": "NAMESPACE", "path": "RESOURCE"}


@pytest.mark.parametrize("field", COLUMN)
@pytest.mark.parametrize("form", FULL_ROWS)
def test_reviews_say_each_name(form: str, field: str, tmp_path: Path) -> None:
    """A field with a column of its own can be read back, in the reviews' order."""
    printed = list(ROWS[form](reviewed(tmp_path, field, form).stdout))

    assert list(PROPER) == [unescaped(row[COLUMN[field]]) for row in printed]


@pytest.mark.parametrize("form", FULL_ROWS)
def test_groups_of_reviews_stay_apart(form: str, tmp_path: Path) -> None:
    """Groups are separated by a comma and a blank, which a name cannot contain unescaped."""
    printed = list(ROWS[form](reviewed(tmp_path, "group", form).stdout))

    groups = [[named(each) for each in row["GROUPS"].split(", ")] for row in printed]
    assert [[name, "all"] for name in NAMES] == groups


@pytest.mark.parametrize("field", ["resource", "subresource", "apiGroup", "object"])
@pytest.mark.parametrize("form", FULL_ROWS)
def test_reviews_that_differ_look_different(form: str, field: str, tmp_path: Path) -> None:
    """Resource, subresource, group and object share a column, where no two of them look the same."""
    printed = list(ROWS[form](reviewed(tmp_path, field, form).stdout))

    cells = [row["RESOURCE"] for row in printed]
    assert (len(PROPER), len(PROPER)) == (len(cells), len(set(cells)))


@pytest.mark.parametrize("form", FULL_ROWS)
def test_parts_of_a_resource_are_not_taken_for_one_another(form: str, tmp_path: Path) -> None:
    """A dot, a slash or a blank in a part looks different from the one that ends the part."""
    spelled = [
        {"resource": "a", "subresource": "b", "group": "c", "name": "d"},
        {"resource": "a/b", "group": "c", "name": "d"},
        {"resource": "a", "subresource": "b.c", "name": "d"},
        {"resource": "a/b.c", "name": "d"},
        {"resource": "a", "subresource": "b", "group": "c d"},
        {"resource": "a/b.c d"},
    ]
    reviews = [{**review("", ""), "spec": {"user": "u", "resourceAttributes": each}} for each in spelled]
    (tmp_path / "reviews.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in reviews))

    result = run("review", "reviews.jsonl", "--demo", "-o", form, cwd=tmp_path)

    cells = [row["RESOURCE"] for row in ROWS[form](result.stdout)]
    assert "a/b.c d" == cells[0]
    assert (len(spelled), len(spelled)) == (len(cells), len(set(cells)))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("form", MACHINE)
def test_reviews_are_themselves_for_machines(form: str, field: str, tmp_path: Path) -> None:
    """Machine formats give the reviews as they were."""
    printed = items(reviewed(tmp_path, field, form).stdout, form)

    names = NAMES if field == "group" else PROPER
    assert [review(field, name)["spec"] for name in names] == [each["spec"] for each in printed]
    assert [review(field, name)["metadata"] for name in names] == [each["metadata"] for each in printed]


@pytest.mark.parametrize("form", ["name", "wide", "csv"])
def test_titles_of_reviews_stay_apart(form: str, tmp_path: Path) -> None:
    """The name of a review can be read back."""
    text = reviewed(tmp_path, "title", form).stdout

    printed = titles(text, form)
    assert list(PROPER) == list(printed)


def titles(text: str, form: str) -> Iterator[str]:
    """Yield the names of the reviews."""
    if form == "name":
        yield from (unescaped(line.removeprefix("subjectaccessreview/")) for line in text.splitlines())
    else:
        yield from (unescaped(row["REVIEW"]) for row in ROWS[form](text))


@pytest.mark.parametrize("field", FIELDS)
def test_reviews_stay_apart_in_junit(field: str, tmp_path: Path) -> None:
    """XML that parses, a test case for each review, and no two of the same name or with the same failure."""
    printed = list(ElementTree.fromstring(reviewed(tmp_path, field, "junit").stdout).iter("testcase"))

    names = {each.attrib["name"] for each in printed}
    failures = {each.attrib["message"] for case in printed for each in case.iter("failure")}
    count = len(NAMES if field == "group" else PROPER)
    apart = 1 if field == "group" else count  # a user's groups are not in the few words of a test case
    assert (count, apart) == (len(printed), len(names))
    assert len(failures) == count


# --- reviews in which everything is called the same ---------------------------------------------------------


def reviewed_namesakes(directory: Path, form: str) -> Result:
    """Return the answers to reviews of hostile names, which are all allowed."""
    argv = ("review", written_reviews(directory), "-f", written(directory, namesakes()), "-o", form)
    result = run(*argv, cwd=directory)
    assert_harmless(result)
    return result


@pytest.mark.parametrize("form", FULL_ROWS)
def test_reviews_of_namesakes_can_be_read_back(form: str, tmp_path: Path) -> None:
    """User, groups, verb, resource and namespace, in the order of the reviews."""
    read = [
        (
            row["ALLOWED"],
            unescaped(row["USER"]),
            [unescaped(group) for group in row["GROUPS"].split(", ")],
            unescaped(row["VERB"]),
            unescaped(row["RESOURCE"]),
            unescaped(row["NAMESPACE"]),
        )
        for row in ROWS[form](reviewed_namesakes(tmp_path, form).stdout)
    ]

    assert [("yes", name, [name, f"{name}2"], name, name, name) for name in PROPER] == read


@pytest.mark.parametrize("form", MACHINE)
def test_reviews_of_namesakes_come_back(form: str, tmp_path: Path) -> None:
    """As they were, with a status."""
    printed = items(reviewed_namesakes(tmp_path, form).stdout, form)

    assert [True] * len(PROPER) == [item.pop("status")["allowed"] for item in printed]
    assert reviews() == printed


def test_reviews_of_namesakes_are_a_line_each(tmp_path: Path) -> None:
    """A name cannot add a line, nor be two."""
    lines = reviewed_namesakes(tmp_path, "name").lines

    assert [f"subjectaccessreview/{name}" for name in PROPER] == [unescaped(line) for line in lines]


def test_reviews_of_namesakes_differ_in_junit(tmp_path: Path) -> None:
    """Each review is a test case of its own in a report that XML tools can read."""
    printed = cases_of_junit(reviewed_namesakes(tmp_path, "junit").stdout)

    assert (len(PROPER), len(PROPER)) == (len(printed), len(set(printed)))


# --- input that is no text --------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [(*WHO_CAN, "-f", "a.json"), ("review", "a.json", "--demo")])
@pytest.mark.parametrize("half", [r"\ud800", r"\udfff", r"\udc00\ud800"], ids=["high", "low", "in disorder"])
def test_half_a_character_is_malformed(argv: tuple[str, ...], half: str, tmp_path: Path) -> None:
    """JSON can spell what is no character; the error says so, and it never reaches the output."""
    whole = namesakes()[0] if argv[0] == "who-can" else reviews()[0]
    text = json.dumps({**whole, "metadata": {"name": "HALF", "namespace": "a"}}).replace("HALF", half)
    (tmp_path / "a.json").write_text(text)

    result = process.run(*argv, cwd=tmp_path)

    assert (2, "") == (result.status, result.stdout)
    assert_decent(result)
    assert "error: a.json" in result.stderr
    assert [] == unseen(result.stderr)


def test_each_name_has_one_tag() -> None:
    """A name is in the list once, with the one thing that it attacks."""
    names = [name for names in ATTACKS.values() for name in names]

    assert [] == sorted({ascii(name) for name in names if names.count(name) > 1})
