"""
Write new tokens into a kubeconfig file, and leave everything else in it as it is, comments as well.

kubectl writes the whole file anew. Both hold the same lock while they do (clientcmd's lockFile).
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from yaml import YAMLError

from kubectl_kfaccess.sources.files.yaml_shapes import Malformed, anything, read

_LOCK_TRIES = 20
_LOCK_PAUSE = 0.05  # seconds


def save(file: Path | None, user: str, tokens: Mapping[str, str]) -> None:
    """
    Write *tokens* into the auth-provider of *user*, completely or not at all; links and modes stay.

    Raises OSError, or ValueError if the file does not have the place for them.
    """
    if file is None:
        raise ValueError("they are from no file")
    target = Path(os.path.realpath(file))
    if not stat.S_ISREG(target.stat().st_mode):  # reading a pipe again would wait forever
        raise ValueError("it is not a regular file")
    with _locked(file):
        _replace(target, with_tokens(target.read_bytes(), user, tokens))


def with_tokens(data: bytes, user: str, tokens: Mapping[str, str]) -> bytes:
    """Return a kubeconfig with *tokens* in it; raises ValueError if nothing but them cannot be changed."""
    text = data.decode("utf-8")
    try:
        before = read(data, anything)
        _config(before, user).update(tokens)
        for name, value in tokens.items():
            text = _with_setting(text, user, name, value)
        if read(text.encode(), anything) == before:
            return text.encode()
    except (YAMLError, Malformed, LookupError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"it has no auth-provider of the user `{user}`") from error
    raise ValueError(f"the auth-provider of the user `{user}` cannot be changed alone")


def _config(document: Any, user: str) -> dict[str, Any]:
    """Return the settings of the user's auth-provider in the values of a file."""
    (entry,) = (entry for entry in document["users"] if entry and entry.get("name") == user)
    config: dict[str, Any] = entry["user"]["auth-provider"]["config"]
    return config


# --- the text of the file ---------------------------------------------------------------------------------


def _with_setting(text: str, user: str, name: str, value: str) -> str:
    """Return the text with another value of one setting, which is put first if it is new."""
    quoted = yaml.dump(value, default_style='"', width=1 << 30).strip()
    config = _child(_child(_child(_entry(text, user), "user"), "auth-provider"), "config")
    for key, old in config.value:
        if key.value == name:
            return _with_value(text, old, quoted)
    place = config.value[0][0].start_mark
    key, end = (f'"{name}"', ", ") if config.flow_style else (name, "\n" + " " * place.column)
    return f"{text[: place.index]}{key}: {quoted}{end}{text[place.index :]}"


def _with_value(text: str, old: Any, quoted: str) -> str:
    """Return the text with *quoted* in the place of a value."""
    before, after = text[: old.start_mark.index], text[old.end_mark.index :]
    space = " " if old.start_mark.index == old.end_mark.index else ""  # it is missing after the colon
    line_end = "\n" if old.style in ("|", ">") else ""  # the end of such a block is behind its last line
    return f"{before}{space}{quoted}{line_end}{after}"


def _entry(text: str, user: str) -> Any:
    """Return the node of the user; ValueError if there is not exactly one."""
    is_json = text.lstrip().startswith("{")  # where tabs are allowed, but not by PyYAML
    loader = yaml.SafeLoader(text.replace("\t", " ") if is_json else text)
    try:
        users = _child(loader.get_node() if loader.check_node() else None, "users")
    finally:
        loader.dispose()
    (entry,) = (entry for entry in users.value if _child(entry, "name").value == user)
    return entry


def _child(node: Any, key: str) -> Any:
    """Return the value of a key; raises LookupError if the mapping itself does not have it, once."""
    children = [child for name, child in node.value if name.value == key]
    if len(children) != 1:
        raise LookupError(key)
    return children[0]


# --- the file ---------------------------------------------------------------------------------------------


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the lock that kubectl holds while it writes this file; raises OSError if that does not succeed."""
    lock = Path(f"{file}.lock")
    _create(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _create(lock: Path) -> None:
    for _ in range(_LOCK_TRIES):
        try:
            lock.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            time.sleep(_LOCK_PAUSE)
        else:
            return
    raise ValueError(f"another command is writing it (if not, delete `{lock}`)")


def _replace(file: Path, content: bytes) -> None:
    """Replace the content; the owner and the mode stay, or nothing changes."""
    status = file.stat()
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with open(handle, "wb") as stream:  # noqa: PTH123 # it is open already
            _own(handle, status)
            stream.write(content)
            stream.flush()
            os.fsync(handle)
        Path(temporary).replace(file)
    except BaseException:  # the disk is full, or the user interrupts us
        Path(temporary).unlink(missing_ok=True)
        raise


def _own(handle: int, status: os.stat_result) -> None:
    """Give a new file the owner and the mode in *status*."""
    if hasattr(os, "fchown"):  # not on Windows, where the folder decides
        mine = os.fstat(handle)
        if (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
            os.fchown(handle, status.st_uid, status.st_gid)
        os.fchmod(handle, stat.S_IMODE(status.st_mode))
