"""The how-to's queries for DuckDB run as they are on the page, and have known answers for two clusters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.databases.fleet import blocks, write_fleet
from tests.schemas import schema

TABLE, EDITORS, LOST, LEFT, PARQUET = blocks("sql")
Row = tuple[object, ...]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database with the table of the page, in the folder of its files."""
    folder = tmp_path_factory.mktemp("fleet")
    write_fleet(folder)
    with pytest.MonkeyPatch.context() as patch, duckdb.connect() as connection:
        patch.chdir(folder)
        connection.execute(TABLE)
        yield connection


def asked(database: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return database.execute(query).fetchall()


def test_the_table_holds_every_line(database: duckdb.DuckDBPyConnection) -> None:
    """It has a column for each key of the schema, and the file's name; no value is lost."""
    columns = [row[0] for row in asked(database, "DESCRIBE access")]
    lines = [
        json.loads(line)
        for file in sorted(Path("access").iterdir())
        for line in file.read_text().splitlines()
    ]

    assert [*schema("Access")["$defs"]["TableLine"]["properties"], "filename"] == columns
    ((count, verbs, bindings),) = asked(
        database, "SELECT count(*), sum(len(verbs)), count(binding.name) FROM access"
    )
    assert len(lines) == count
    assert sum(len(line["verbs"]) for line in lines) == verbs
    assert sum(line["binding"] is not None for line in lines) == bindings


def test_who_has_edit_in_more_than_five_profiles(database: duckdb.DuckDBPyConnection) -> None:
    """
    contractor has it in six labs. carol has it in five, and owns a profile in prod.

    In both clusters a group of administrators has it everywhere.
    """
    assert [
        ("contractor@example.com", 6, None),
        ("group:platform-admins", 0, ["prod", "staging"]),
    ] == asked(database, EDITORS)


def test_what_staging_had_that_prod_has_not(database: duckdb.DuckDBPyConnection) -> None:
    """zoe could read notebooks of team-a; what alice owns in both is the same."""
    assert [
        ("zoe@example.com", "team-a", "notebooks", "kubectl", "get"),
        ("zoe@example.com", "team-a", "notebooks", "kubectl", "list"),
    ] == asked(database, LOST)


def test_who_left(database: duckdb.DuckDBPyConnection) -> None:
    """They are the bound users that the file of people does not have, in each cluster."""
    assert ("staging", "mallory@example.com", "lab-7", "view", "gone") in asked(database, LEFT)
    users = {(cluster, who) for cluster, who, *_ in asked(database, LEFT)}
    assert {
        ("prod", "Grace@Example.com"),
        ("prod", "kim@example.com"),
        ("staging", "mallory@example.com"),
    } == users


def test_parquet_holds_the_same(database: duckdb.DuckDBPyConnection) -> None:
    """A folder for each cluster, and all of its rows."""
    database.execute(PARQUET)
    kept = asked(
        database, "SELECT cluster, count(*) FROM read_parquet('lake/*/*.parquet') GROUP BY ALL ORDER BY ALL"
    )

    assert ["cluster=prod", "cluster=staging"] == sorted(path.name for path in Path("lake").iterdir())
    files = {
        name: len(Path("access", f"{name}.jsonl").read_text().splitlines()) for name in ("prod", "staging")
    }
    assert sorted(files.items()) == kept
