"""`snapshot` of the demo and of single servers' answers, what the file is like, and what `-f` refuses."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.running import REPOSITORY, Result, run
from tests.schemas import errors, validator

QUESTIONS = (
    "who-can create inferenceservices -A -o json",
    "who-can get,list secrets -A -o json",
    "access alice@example.com -o json",
    "access -o json",
    "check -o json",
    "profiles -o json",
    "aggregation -o json",
    "explain alice@example.com create pods -n team-a -o json",
    "whoami -o json",
    "resources --served -o json",
)


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a snapshot of the demo."""
    file = tmp_path_factory.mktemp("snapshot") / "demo.json"
    assert 0 == run("snapshot", str(file), "--demo").status
    return file


def without_time(content: bytes) -> dict[str, Any]:
    """Return the document without the time at which it was written."""
    document: dict[str, Any] = json.loads(content)
    assert document.pop("time")
    return document


@pytest.mark.parametrize("question", QUESTIONS, ids=[question.split()[0] for question in QUESTIONS])
def test_a_snapshot_of_the_demo_answers_as_the_demo(demo_file: Path, question: str) -> None:
    """Items, gaps, notes and the status are the same."""
    live = run(*question.split(), "--demo")
    saved = run(*question.split(), "-f", str(demo_file))

    assert (live.json, live.stderr, live.status) == (saved.json, saved.stderr, saved.status)


def test_the_document_has_a_schema(demo_file: Path) -> None:
    """Every key is described, and no other is there."""
    assert [] == errors(validator("Snapshot"), json.loads(demo_file.read_text()))


def test_without_a_file_the_document_is_printed(demo_file: Path) -> None:
    """`-` and no FILE print the same document, which can be read from standard input again."""
    printed, dashed = run("snapshot", "--demo"), run("snapshot", "-", "--demo")
    again = run("who-can", "create", "pods", "-A", "-f", "-", stdin=printed.stdout.encode())

    assert without_time(demo_file.read_bytes()) == without_time(printed.stdout.encode())
    assert without_time(dashed.stdout.encode()) == without_time(printed.stdout.encode())
    assert run("who-can", "create", "pods", "-A", "--demo").stdout == again.stdout


def test_a_compressed_file_is_the_same_document(demo_file: Path, tmp_path: Path) -> None:
    """The ending `.gz` decides how it is written; what is in the file decides how it is read."""
    file = tmp_path / "demo.json.gz"
    run("snapshot", str(file), "--demo")
    renamed = file.rename(tmp_path / "other")

    assert without_time(demo_file.read_bytes()) == without_time(gzip.decompress(renamed.read_bytes()))
    assert 0 == run("profiles", "-f", str(renamed)).status


def test_only_the_user_can_read_the_file(tmp_path: Path) -> None:
    """The mode is 0600 whatever an older file had, and nothing else is left in the folder."""
    file = tmp_path / "demo.json"
    file.write_text("old")
    file.chmod(0o644)
    done = run("snapshot", str(file), "--demo")

    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert [file] == list(tmp_path.iterdir())
    assert done.stdout.startswith(f"wrote {file}: ")


def test_a_snapshot_can_be_taken_of_a_snapshot(demo_file: Path, tmp_path: Path) -> None:
    """It is the same but for the time."""
    again = tmp_path / "again.json"
    run("snapshot", str(again), "-f", str(demo_file))

    assert without_time(demo_file.read_bytes()) == without_time(again.read_bytes())


def test_another_caller_can_be_named(demo_file: Path) -> None:
    """`--as` stands for the one who wrote the snapshot."""
    answer = run("whoami", "--as", "alice@example.com", "-f", str(demo_file), "-o", "json")

    assert run("whoami", "--as", "alice@example.com", "--demo", "-o", "json").json == answer.json


def changed(file: Path, **keys: object) -> bytes:
    """Return the document with other values."""
    return json.dumps({**json.loads(file.read_text()), **keys}).encode()


def broken(file: Path) -> dict[str, tuple[bytes, str]]:
    """Return bad snapshots by name, each with the words of the message."""
    good = file.read_bytes()
    packed = gzip.compress(good)
    objects = {**json.loads(good)["objects"], "rolebindings": [{"metadata": 1}]}
    return {
        "cut": (good[:2000], "the snapshot is cut short or damaged"),
        "cut-gzip": (packed[:2000], "the compressed file is cut short"),
        "damaged-gzip": (packed[:300] + b"\x00" * 50 + packed[350:], "the compressed file is damaged"),
        "other-version": (changed(file, apiVersion="kfaccess/v2"), "a snapshot of `kfaccess/v2`"),
        "answer": (changed(file, kind="WhoCan"), "its kind is `WhoCan`"),
        "no-objects": (b'{"apiVersion":"kfaccess/v1","kind":"Snapshot"}', "not a whole snapshot"),
        "wrong-type": (changed(file, by=[]), "not a whole snapshot"),
        "damaged-objects": (changed(file, objects=objects), "the snapshot is damaged: rolebindings"),
        "gzip-of-a-manifest": (gzip.compress(b"kind: Role"), "cut short or damaged"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "cut", "cut-gzip", "damaged-gzip", "other-version", "answer", "no-objects", "wrong-type",
        "damaged-objects", "gzip-of-a-manifest",
    ],
)  # fmt: skip
def test_a_bad_snapshot_is_an_error_with_a_hint(demo_file: Path, tmp_path: Path, name: str) -> None:
    """The status is 2, and there is a next step."""
    content, words = broken(demo_file)[name]
    file = tmp_path / "bad"
    file.write_bytes(content)
    answer = run("who-can", "get", "pods", "-A", "-f", str(file))

    assert 2 == answer.status, answer.stderr
    assert words in answer.stderr
    assert "\nhint: " in answer.stderr


@pytest.mark.parametrize("flag", ["--with", "--without"])
@pytest.mark.parametrize("name", ["whole", "cut", "cut-gzip", "other-version"])
def test_a_snapshot_is_no_change(demo_file: Path, tmp_path: Path, name: str, flag: str) -> None:
    """It is a cluster, whole or not: nothing of it is applied or deleted."""
    file = tmp_path / "bad"
    file.write_bytes(demo_file.read_bytes() if name == "whole" else broken(demo_file)[name][0])
    answer = run("who-can", "get", "pods", "-A", "--demo", flag, str(file))

    assert (2, "") == (answer.status, answer.stdout)
    assert answer.stderr.startswith(f"error: {file}")


def test_two_sources_are_an_error(demo_file: Path) -> None:
    """A snapshot and the demo are two clusters."""
    answer = run("profiles", "--demo", "-f", str(demo_file))

    assert 2 == answer.status
    assert "`--demo` and `-f` cannot be combined" in answer.stderr


def test_an_older_tool_version_is_read(demo_file: Path, tmp_path: Path) -> None:
    """The apiVersion alone decides."""
    file = tmp_path / "old.json"
    file.write_bytes(changed(demo_file, toolVersion="0.0.1"))

    assert 0 == run("profiles", "-f", str(file)).status


@pytest.mark.parametrize("spaces", [b"\n", b"\xef\xbb\xbf"], ids=["line", "byte-order-mark"])
def test_a_snapshot_that_other_tools_have_written_is_recognised(
    demo_file: Path, tmp_path: Path, spaces: bytes
) -> None:
    """As `jq .` prints it, for example."""
    file = tmp_path / "pretty.json"
    file.write_bytes(spaces + json.dumps(json.loads(demo_file.read_text()), indent=2).encode())

    assert 0 == run("profiles", "-f", str(file)).status


def test_a_snapshot_is_read_alone(demo_file: Path, tmp_path: Path) -> None:
    """A cluster and manifests are no cluster."""
    manifest = tmp_path / "role.yaml"
    manifest.write_text("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\n")
    (tmp_path / "demo.json").write_bytes(demo_file.read_bytes())

    def refused(*flags: str) -> Result:
        answer = run("profiles", *flags)
        assert 2 == answer.status
        assert "\nhint: " in answer.stderr
        return answer

    snapshot, other = ("-f", str(demo_file)), ("-f", str(manifest))
    assert "is a snapshot and" in refused(*snapshot, *other).stderr
    assert "is a snapshot and" in refused(*other, *snapshot).stderr
    assert "is a snapshot and" in refused("-f", str(tmp_path)).stderr
    assert "cannot be combined" in refused(*snapshot, "--kubernetes-version", "1.36").stderr


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("snapshot", "gone/x.json", "--demo"), "there is no directory `"),
        (("snapshot", ".", "--demo"), "is a directory"),
        (("snapshot", "", "--demo"), "FILE is empty"),
        (("snapshot", "-f", "reviews.yaml"), "`snapshot` reads a cluster"),
    ],
    ids=["no-directory", "directory", "empty", "manifests"],
)
def test_what_cannot_be_written_is_an_error(argv: tuple[str, ...], words: str, tmp_path: Path) -> None:
    """It is said before a cluster is read."""
    (tmp_path / "reviews.yaml").write_bytes((REPOSITORY / "examples" / "reviews.yaml").read_bytes())

    answer = run(*argv, cwd=tmp_path)

    assert (2, True) == (answer.status, words in answer.stderr), answer.stderr
