"""A discovery cache that cannot be used is written anew, or the command does without it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.robustness.process import assert_decent, environment
from tests.robustness.stand_in import CALM, StandIn
from tests.running import Result, run

ASK = ("who-can", "get", "secrets", "-n", "team-a", "-v", "2")


def answer(directory: Path) -> Result:
    """Run the command with its kubeconfig and its cache in *directory*."""
    return run(*ASK, environ=environment(directory), cwd=directory)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x7fELF\x00\xff\xfe", id="binary"),
        pytest.param(b'[{"group": ""', id="half of it"),
        pytest.param(b'[{"group": "\xff"}]', id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="brackets"),
        pytest.param(b'{"kind": "APIGroupList"}', id="another form"),
        pytest.param(b'[{"group": 1}]', id="wrong types"),
    ],
)
def test_a_corrupt_cache_is_written_anew(content: bytes, tmp_path: Path) -> None:
    """The answer is the same, and so is the cache afterwards."""
    with StandIn(CALM) as server:
        server.write_kubeconfig(tmp_path / "config")
        first = answer(tmp_path)
        (file,) = (tmp_path / "cache").rglob("discovery.json")
        before = file.read_bytes()
        file.write_bytes(content)
        second = answer(tmp_path)

    assert_decent(second)
    assert (0, first.stdout, first.stderr) == (second.status, second.stdout, second.stderr)
    assert before == file.read_bytes()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    """A file is where the directory should be: the command answers, and notes it with `-v 2`."""
    (tmp_path / "cache").write_text("")

    with StandIn(CALM) as server:
        server.write_kubeconfig(tmp_path / "config")
        result = answer(tmp_path)

    assert_decent(result)
    assert 0 == result.status
    assert "discovery cache" in result.stderr


def test_a_directory_in_the_place_of_the_cache_is_left_alone(tmp_path: Path) -> None:
    """Nothing is removed, and no temporary file stays behind."""
    with StandIn(CALM) as server:
        server.write_kubeconfig(tmp_path / "config")
        answer(tmp_path)
        (file,) = (tmp_path / "cache").rglob("discovery.json")
        file.unlink()
        file.mkdir()
        result = answer(tmp_path)

    assert 0 == result.status
    assert "discovery cache" in result.stderr
    assert [file] == list(file.parent.iterdir())


def test_a_cache_that_others_can_write_is_not_believed(tmp_path: Path) -> None:
    """Types that somebody else puts there would change answers; the server is asked again."""
    with StandIn(CALM) as server:
        server.write_kubeconfig(tmp_path / "config")
        answer(tmp_path)
        (file,) = (tmp_path / "cache").rglob("discovery.json")
        file.chmod(0o666)
        asked = len(server.requests)
        result = answer(tmp_path)

    assert 0 == result.status
    assert {"/api", "/apis"} <= set(server.requests[asked:])
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_a_named_pipe_in_the_place_of_the_cache_does_not_block(tmp_path: Path) -> None:
    """A process that hung would wait for a writer for ever."""
    with StandIn(CALM) as server:
        server.write_kubeconfig(tmp_path / "config")
        answer(tmp_path)
        (file,) = (tmp_path / "cache").rglob("discovery.json")
        file.unlink()
        os.mkfifo(file)
        result = answer(tmp_path)

    assert 0 == result.status
    assert file.is_file()
