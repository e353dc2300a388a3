"""Wrong, hostile and odd files: read in each of the ways there are, they never break the program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.robustness import process
from tests.robustness.case import Case, Content, assert_code, assert_ended, assert_one_error, contents, ids
from tests.running import Result, run

CONTENTS = contents()
ASK = ("who-can", "get", "secrets", "-n", "b", "-o", "name", "--no-platform")


def ended(content: Content, case: Case, directory: Path, stdin: bytes = b"") -> Result:
    """Run the command line of a case; contents that are generated may want all memory, and get little."""
    if content.generated:
        return process.with_little_memory(*case.argv, cwd=directory, stdin=stdin)
    return run(*case.argv, cwd=directory, stdin=stdin)


@pytest.mark.parametrize("content", **ids(CONTENTS))
def test_a_file_of_objects(content: Content, tmp_path: Path) -> None:
    """The error names the file, the line and the cause."""
    (tmp_path / content.name).write_bytes(content.bytes)
    case = content.objects(content.name, *ASK, "-f", content.name)

    result = ended(content, case, tmp_path)

    assert_ended(case, result)
    assert_one_error(result)


@pytest.mark.parametrize("content", **ids(CONTENTS))
def test_objects_on_standard_input(content: Content, tmp_path: Path) -> None:
    """The same bytes on standard input end the same way; where memory is little, programs read so in JSON."""
    form = ("-o", "json") if content.generated else ()
    case = content.objects("standard input", *ASK, "-f", "-", *form)

    result = ended(content, case, tmp_path, content.bytes)

    if content.generated:
        assert_code(case, result)
        result = replace(result, stdout="")
    assert_ended(case, result)
    assert_one_error(result)


@pytest.mark.parametrize("content", **ids(CONTENTS))
def test_a_file_of_reviews(content: Content, tmp_path: Path) -> None:
    """The same bytes are no reviews either, and the error says so as clearly."""
    (tmp_path / content.name).write_bytes(content.bytes)
    case = content.of_reviews("review", content.name, "--demo")

    result = ended(content, case, tmp_path)

    assert_ended(case, result)
    assert_one_error(result)


@pytest.mark.parametrize("content", **ids(tuple(content for content in CONTENTS if not content.generated)))
def test_the_codes_of_a_file(content: Content, tmp_path: Path) -> None:
    """Programs read the cause from JSON, for objects as for reviews."""
    (tmp_path / content.name).write_bytes(content.bytes)
    objects = content.objects(content.name, *ASK, "-f", content.name, "-o", "json")
    reviews = content.of_reviews("review", content.name, "--demo", "-o", "json")

    if content.code:
        assert_code(objects, run(*objects.argv, cwd=tmp_path))
    assert_code(reviews, run(*reviews.argv, cwd=tmp_path))


def test_every_wrong_file_has_a_code() -> None:
    """Status 2 means that there is an error."""
    assert [] == [content.id for content in CONTENTS if (content.status == 2) != bool(content.code)]
