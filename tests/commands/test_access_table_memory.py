"""The access table takes no more memory for ten times the lines, and holds few of them at once."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from kubectl_kfaccess import parser
from kubectl_kfaccess.commands.access.answer import answer
from kubectl_kfaccess.commands.access.report import report
from kubectl_kfaccess.commands.access.table import AccessTable
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.sources.opened import open_source
from tests.benchmarks.bigger import demo, profiles

SMALL, LARGE = 200, 2000
MOST_GROWTH = 1.5


def table_of(count: int, directory: Path) -> tuple[AccessTable, Report]:
    """Return the table of *count* profiles; what the snapshot itself keeps, its indexes included, is made."""
    file = directory / f"{count}.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*demo(), *profiles(count)]}))
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {"HOME": str(directory)}, directory)
    argv = ["access", "--all-subjects", "-o", "jsonl", "--area", "serving", "-f", str(file)]
    parsed = parser.parse(argv, "kubectl kfaccess")
    options = parser.arguments_module("access").options(parsed.args)
    value = answer(options, open_source(options.source, env)).value
    assert isinstance(value, AccessTable)
    assert value.snapshot.places and value.snapshot.bound and value.snapshot.aggregation
    return value, report(value, options)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[AccessTable, Report]]:
    """Return the tables of a small and of a large cluster."""
    return [table_of(count, tmp_path_factory.mktemp("tables")) for count in (SMALL, LARGE)]


def peak_of(pieces: Callable[[], Iterable[str]]) -> tuple[int, int]:
    """Return the number of lines, and the most bytes that were in use at once while they were made."""
    tracemalloc.start()
    try:
        count = sum(piece.count("\n") for piece in pieces())
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_profiles(
    form: str, tables: list[tuple[AccessTable, Report]], record_property: Callable[[str, object], None]
) -> None:
    """From 200 to 2,000 profiles there are nine times the lines, and the peak stays."""
    (few, small), (many, large) = [peak_of(in_form(written, form)) for _, written in tables]

    assert many > 8 * few
    figures = f"{small:,} bytes for {few:,} lines, {large:,} bytes for {many:,}"
    record_property("figures", f"access table, peak as {form}: {figures}")
    assert large < MOST_GROWTH * small, figures


def in_form(written: Report, form: str) -> Callable[[], Iterable[str]]:
    """Return what makes the lines."""
    json_lines, csv_lines = written.json_lines, written.csv_lines
    assert json_lines and csv_lines
    return json_lines if form == "jsonl" else lambda: csv_lines(True)


def test_a_set_of_roles_is_evaluated_once(tables: list[tuple[AccessTable, Report]]) -> None:
    """The subjects of thousands of namespaces share what their roles allow."""
    small, large = [list(value.parts()) for value, _ in tables]

    assert len(large) > 8 * len(small) > 8000
    shared = [len({id(part.rights) for part in parts}) for parts in (small, large)]
    assert shared[1] <= shared[0] + 5, shared
