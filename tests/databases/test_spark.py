"""The how-to's question to Spark has the answer that DuckDB gives to the same table."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.databases.fleet import blocks, write_fleet

TABLE, EDITORS, _, _, PARQUET = blocks("sql")
(PROGRAM,) = blocks("python")
PRINTED = "\nprint([tuple(row) for row in answer.collect()])\n"
SECONDS = 300


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="Spark needs Java, which is not here"
)
def test_spark_answers_as_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the partitions that DuckDB has written."""
    write_fleet(tmp_path)
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as database:
        database.execute(TABLE)
        database.execute(PARQUET)
        expected = [(who, count, places or []) for who, count, places in database.execute(EDITORS).fetchall()]

    environ = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, "-c", PROGRAM + PRINTED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, env=environ)

    assert done.returncode == 0, done.stderr[-2000:]
    assert len(expected) == 2
    assert f"{expected}" == done.stdout.splitlines()[-1]
