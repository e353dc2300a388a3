"""Ask the case files of the evaluator and the command line, without a server."""

from __future__ import annotations

import io
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.escalation import uncovered
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import PolicyRule, Subject
from kubectl_kfaccess.rbac.reviews import NOT_KNOWN, Review, answered, problem
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import spelled
from tests.conformance.case_files import Case, CaseFile, Cover, Listing, Named, case_files, read
from tests.running import run

FILES: Mapping[str, CaseFile] = case_files()
CASES = [Named(name, case) for name, file in FILES.items() for case in file.cases]
COVERS = [Named(name, cover) for name, file in FILES.items() for cover in file.covers]
LISTINGS = [Named(name, listing) for name, file in FILES.items() for listing in file.who_can]


@pytest.mark.parametrize("named", CASES, ids=lambda named: named.id)
def test_a_review_is_answered_as_the_case_says(named: Named) -> None:
    """The cluster has the objects of the file and Kubernetes' default roles."""
    case: Case = named.part
    review = msgspec.convert({"spec": case.review}, Review)

    status = answered(review, evaluator(named.file)).status

    assert status
    answer = "unknown" if status.evaluation_error.startswith(NOT_KNOWN) else status.allowed
    assert case.allowed == answer, case.because
    assert "" == problem(review)


@pytest.mark.parametrize("named", LISTINGS, ids=lambda named: named.id)
def test_who_can_lists_the_rows_that_the_case_says(named: Named) -> None:
    """The command line reads the objects from standard input."""
    case: Listing = named.part
    argv = ["who-can", *shlex.split(case.query), "-f", "-", "-o", "json"]

    listing = run(*argv, stdin=FILES[named.file].manifests)

    assert case.status == listing.status, listing.stderr
    assert case.rows == [_row(item) for item in listing.json["items"]]
    said = "\n".join((listing.stderr, *(note["text"] for note in listing.json["notes"])))
    assert [] == [text for text in case.says if text not in said], said
    assert [] == [text for text in case.silent_on if text in listing.stderr]


@pytest.mark.parametrize("named", COVERS, ids=lambda named: named.id)
def test_the_escalation_check_finds_what_the_case_says(named: Named) -> None:
    """What is missing is given in parts with one verb, one group and one resource."""
    case: Cover = named.part

    missing = uncovered(_rules(case.owned), _rules(case.wanted))

    assert sorted(_rules(case.uncovered), key=repr) == sorted(missing, key=repr)


def _rules(texts: list[dict[str, Any]]) -> tuple[PolicyRule, ...]:
    return msgspec.convert(texts, tuple[PolicyRule, ...])


@cache
def evaluator(name: str) -> Evaluator:
    """Return the evaluator of one file's cluster."""
    file = FILES[name]
    known = FilesSource(("-",), _environment(file.manifests), whole_cluster=True).read(Wanted(()))
    return Evaluator(replace(known, gaps=tuple(Gap(g.resource, g.namespace, g.reason) for g in file.gaps)))


def _environment(stdin: bytes) -> Environment:
    return Environment(io.BytesIO(stdin), io.StringIO(), io.StringIO(), {}, Path("/nonexistent"))


def _row(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["namespace"], spelled(msgspec.convert(item["subject"], Subject))


@pytest.mark.parametrize("number", [*range(1, 25), *range(27, 31), 32])
def test_every_numbered_question_is_a_case(number: int) -> None:
    """Each has a case whose name begins with its number."""
    names = [named.part.name for named in (*CASES, *LISTINGS) if named.file.startswith("peers-")]

    assert [name for name in names if name.startswith(f"{number:02} ")]


def test_names_are_unique_in_a_file() -> None:
    """So a failure leads to its case."""
    for listed in (CASES, LISTINGS, COVERS):
        names = [named.id for named in listed]
        assert sorted(set(names)) == sorted(names)


GOOD = "{about: x, objects: [], cases: [{name: n, review: {}, allowed: true, because: b}]}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD.replace("about: x", "about: x, more: y"), id="in the file"),
        pytest.param(GOOD.replace("name: n", "name: n, alowed: true"), id="in a case"),
        pytest.param(
            GOOD.replace("about: x", "about: x, who-can: [{name: n, query: q}]"), id="a missing key"
        ),
        pytest.param(GOOD.replace("true", "perhaps"), id="an invalid answer"),
    ],
)
def test_a_case_file_with_invalid_keys_is_refused(text: str) -> None:
    """A typing error must not make a case pass."""
    assert "x" == read(GOOD).about
    with pytest.raises(msgspec.ValidationError):
        read(text)


def test_a_case_for_the_server_cannot_expect_unknown() -> None:
    """A server always answers yes or no."""
    with pytest.raises(ValueError, match="unit-only"):
        read(GOOD.replace("true", "unknown"))
