"""Files of the cache: read if they are this user's alone, written completely or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kfaccess.sources import kept_files
from kubectl_kfaccess.sources.kept_files import read, write

CONTENT = b"[1, 2]"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of the cache, in a folder that is there only after something was written."""
    return tmp_path / "cache" / "server" / "types.json"


def test_what_was_written_is_read(file: Path) -> None:
    """By this user alone; folders are made, and nothing else is left in them."""
    write(file, b"old")
    write(file, CONTENT)

    assert CONTENT == read(file)
    assert (0o600, 0o700) == tuple(stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent))
    assert [file] == list(file.parent.iterdir())


def _replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(file: Path) -> None:
        file.unlink()
        make(file)

    return replace


def _elsewhere(file: Path) -> Path:
    other = file.with_name("elsewhere")
    other.write_bytes(CONTENT)
    return other


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.chmod(0o620), id="its group can write it"),
        pytest.param(lambda file: file.chmod(0o602), id="anybody can write it"),
        pytest.param(lambda file: file.parent.chmod(0o770), id="its group can write the folder"),
        pytest.param(lambda file: file.parent.chmod(0o1777), id="anybody can write the folder"),
        pytest.param(_replaced(os.mkfifo), id="it is a named pipe"),
        pytest.param(_replaced(Path.mkdir), id="it is a folder"),
        pytest.param(_replaced(lambda file: file.symlink_to(_elsewhere(file))), id="it is a link"),
        pytest.param(lambda file: file.unlink(), id="it is missing"),
    ],
)
def test_a_file_that_others_can_change_is_not_read(file: Path, spoil: Callable[[Path], object]) -> None:
    """It is an error at once: a named pipe does not block."""
    write(file, CONTENT)
    spoil(file)

    with pytest.raises(OSError):
        read(file)


@pytest.mark.parametrize("whose", ["file", "folder"])
def test_a_file_of_another_user_is_not_read(file: Path, whose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one in the folder of another user."""
    write(file, CONTENT)
    kind = {"file": stat.S_ISREG, "folder": stat.S_ISDIR}[whose]
    check = kept_files._check_owner

    def of_somebody_else(status: os.stat_result, is_right_type: Callable[[int], bool]) -> None:
        values = list(status)
        values[stat.ST_UID] += is_right_type is kind
        check(os.stat_result(values), is_right_type)

    monkeypatch.setattr(kept_files, "_check_owner", of_somebody_else)

    with pytest.raises(OSError, match="another user"):
        read(file)


def test_nothing_is_written_to_a_folder_that_others_can_change(file: Path) -> None:
    """They could replace what is written there."""
    file.parent.mkdir(parents=True)
    file.parent.chmod(0o777)

    with pytest.raises(OSError, match="other users"):
        write(file, CONTENT)

    assert [] == list(file.parent.iterdir())


@pytest.mark.parametrize("error", [OSError("no space left on device"), KeyboardInterrupt()], ids=repr)
def test_a_file_that_cannot_be_written_leaves_nothing(
    file: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, or the user interrupts: the old file stays, without a temporary one beside it."""
    write(file, CONTENT)

    def fail(_source: Path, _target: Path) -> None:
        raise error

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(type(error)):
        write(file, b"new")

    assert CONTENT == read(file)
    assert [file] == list(file.parent.iterdir())
