"""The page is one file that needs nothing else, and the same objects give the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.report.reading import Element, page, read
from tests.running import REPOSITORY, Result, run

PEOPLE, ACCEPT = "examples/people.yaml", "examples/accept.yaml"
MADE_OF = ("--people", PEOPLE, "--accept", ACCEPT)
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a snapshot of the demo."""
    file = tmp_path_factory.mktemp("form") / "cluster.json.gz"
    assert 0 == run("snapshot", str(file), "--demo").status
    return file


@pytest.fixture(scope="module")
def demo() -> Element:
    """Return the page about the demo."""
    return page("--demo")


def written(*words: str, **environ: str) -> str:
    """Return the page as text, written in the repository."""
    answer = run("report", *words, cwd=REPOSITORY, environ=environ)
    assert 0 == answer.status, answer.stderr
    return answer.stdout


def test_the_policy_names_the_style_and_the_script(demo: Element) -> None:
    """By their hashes, and allows nothing else."""

    def hash_of(name: str) -> str:
        (element,) = [each for each in demo.all(name) if not each.attributes.get("type")]
        digest = hashlib.sha256(element.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    policy = demo.one("meta", http_equiv="Content-Security-Policy").attributes["content"]

    assert {
        "default-src": "'none'",
        "style-src": hash_of("style"),
        "script-src": hash_of("script"),
        "base-uri": "'none'",
        "form-action": "'none'",
    } == dict(each.strip().split(" ", 1) for each in policy.split(";"))


def test_nothing_is_loaded_from_elsewhere(demo: Element) -> None:
    """No element has an address but those of the page itself, and no style or script is in an attribute."""
    attributes = [(each.name, key, value) for each in demo.all() for key, value in each.attributes.items()]

    assert {"#"} == {value[:1] for _, key, value in attributes if key == "href"}
    keys = {key for _, key, _ in attributes}
    assert set() == keys & {"src", "srcset", "style", "action", "background", "xlink:href", "data", "poster"}
    assert [] == [key for key in keys if key.startswith("on")]
    assert {"html", "style", "script"}.isdisjoint({"link", "iframe", "object", "embed", "base"})
    style = demo.one("style").text
    assert None is re.search(r"url\(|@import|@font-face", style)


def test_every_link_leads_somewhere(demo: Element) -> None:
    """Ids are unique, and each link is to one of them."""
    ids = Counter(each.attributes["id"] for each in demo.all() if "id" in each.attributes)
    links = {unquote(each.attributes["href"][1:]) for each in demo.all("a")}

    assert len(links) > 50
    assert [] == [name for name, count in ids.items() if count > 1]
    assert set() == links - ids.keys()


def test_the_same_snapshot_gives_the_same_bytes(snapshot: Path) -> None:
    """Whenever the page is made."""
    first = written("-f", str(snapshot), SOURCE_DATE_EPOCH="1")
    second = written("-f", str(snapshot), SOURCE_DATE_EPOCH="2")

    assert first == second


def test_the_time_stands_in_one_element() -> None:
    """Of a cluster or of files it is $SOURCE_DATE_EPOCH; all other bytes are the same."""
    first, second = (written("--demo", SOURCE_DATE_EPOCH=epoch) for epoch in ("1700000000", "1800000000"))
    times = [read(text).one("time") for text in (first, second)]

    assert ["14 November 2023, 22:13 UTC", "15 January 2027, 08:00 UTC"] == [each.text for each in times]
    assert "2023-11-14T22:13:20Z" == times[0].attributes["datetime"]
    assert re.sub("<time.*?</time>", "", first) == re.sub("<time.*?</time>", "", second)


def test_the_time_of_a_snapshot_is_its_own(snapshot: Path, tmp_path: Path) -> None:
    """That of the objects, whenever the page is made."""
    file = tmp_path / "old.json"
    assert 0 == run("snapshot", str(file), "--demo").status
    document: dict[str, Any] = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "time": "2024-02-29T12:30:00Z"}))

    assert "29 February 2024, 12:30 UTC" == page("-f", str(file)).one("time").text


def test_the_last_lines_name_the_files(snapshot: Path) -> None:
    """Each with its SHA-256."""
    footer = read(written("-f", str(snapshot), *MADE_OF)).one("footer")

    names = [code.text for code in footer.all("code") if code.attributes.get("class") != "hash"]
    hashes = [code.text for code in footer.all("code", class_="hash")]
    assert [f"-f {snapshot}", f"--accept {ACCEPT}", f"--people {PEOPLE}"] == names
    assert hashes == [
        hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (snapshot, REPOSITORY / ACCEPT, REPOSITORY / PEOPLE)
    ]


@pytest.mark.parametrize(
    "words",
    [("--demo",), ("team-a", "--demo", *MADE_OF), ("--demo", "--without", "clusterrole/kubeflow-view")],
)
def test_the_command_makes_the_page_again(words: tuple[str, ...]) -> None:
    """The one that stands in the last lines."""
    text = written(*words, **EPOCH)
    kubectl, program, *again = shlex.split(read(text).one("footer").one("pre").text)

    assert ("kubectl", "kfaccess") == (kubectl, program)
    assert text == run(*again, cwd=REPOSITORY, environ=EPOCH).stdout


def test_a_directory_counts_as_its_files(tmp_path: Path) -> None:
    """Each has a hash of its own."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name[0]}}}}}")

    footer = page("-f", str(tmp_path)).one("footer")

    assert 2 == len({code.text for code in footer.all("code", class_="hash")})


def test_standard_input_has_no_hash() -> None:
    """It cannot be read twice."""
    manifest = b"{apiVersion: v1, kind: Namespace, metadata: {name: a}}"

    footer = read(run("report", "-f", "-", stdin=manifest).stdout).one("footer")

    assert "from -f standard input. " in footer.words
    assert [] == [*footer.all("code", class_="hash")]


def test_what_could_not_be_read_is_said(snapshot: Path, tmp_path: Path) -> None:
    """In the head, and in a table with what it costs."""
    file = tmp_path / "gap.json"
    assert 0 == run("snapshot", str(file), "--demo").status
    document = json.loads(file.read_text())
    reason = "eve cannot list them"
    gap = {"resource": "clusterrolebindings", "namespace": "", "reason": reason, "code": "forbidden"}
    document["coverage"] = {"complete": False, "gaps": [gap]}
    document["origin"] = "server"
    file.write_text(json.dumps(document))

    answer = run("report", "-f", str(file))
    whole = read(answer.stdout)

    assert 3 == answer.status
    assert "incomplete: 1 list could not be read" in whole.one("header").words
    (table,) = whole.by_id("unknown").tables()
    assert [("clusterrolebindings", "the whole cluster", "who has access to every profile")] == [
        (row["List"], row["Where"], row["Incomplete for it"]) for row in table
    ]
    assert "is not known" in whole.one("h1").words


def test_headings_are_in_order(demo: Element) -> None:
    """One of the first level, then no level is left out."""
    levels = [int(each.name[1]) for each in demo.all() if re.fullmatch("h[1-6]", each.name)]

    assert [1] == [level for level in levels if level == 1]
    assert [] == [(a, b) for a, b in pairwise(levels) if b > a + 1]


def one_cluster(answer: Result) -> str:
    """Return the error of a format that shows one cluster."""
    assert (2, "") == (answer.status, answer.stdout)
    return answer.stderr.splitlines()[0]


def test_a_page_is_about_one_cluster(snapshot: Path) -> None:
    """Several are refused, with a word on what to do instead."""
    folder = str(snapshot.parent)
    (snapshot.parent / "other.json.gz").write_bytes(snapshot.read_bytes())

    assert "error: `-o html` shows one cluster: 2 are chosen" == one_cluster(run("report", "-f", folder))
    lines = run("report", "-f", folder, "-o", "csv").lines
    assert lines[0].startswith("CLUSTER,ROW-ID,PROFILE,")
    assert {"cluster", "other"} == {line.split(",")[0] for line in lines[1:]}
    (snapshot.parent / "other.json.gz").unlink()
