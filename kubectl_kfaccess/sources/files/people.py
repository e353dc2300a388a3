"""
The file of `--people`: an identity provider's users and groups, as YAML, JSON or CSV.

    users: [alice@example.com]                user,group
    groups:                                   alice@example.com,ml-team
      ml-team: [alice@example.com]            bob@example.com,

In CSV a header may be there or not, and a user without a group is a user all the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput
from kubectl_kfaccess.rbac.people import People, people_of
from kubectl_kfaccess.sources.files.documents import opened
from kubectl_kfaccess.sources.files.yaml_aliases import Node
from kubectl_kfaccess.sources.files.yaml_shapes import (
    Malformed,
    Shape,
    listed,
    mapping,
    read,
    second_document,
    text,
)
from kubectl_kfaccess.spelling import nearest

LARGEST = 256 * 1024 * 1024  # bytes
KEYS = frozenset(("users", "groups"))
COLUMNS = ("user", "group")
_HINT = "write `users: [NAME]` and `groups: {GROUP: [NAME]}` as YAML, or lines `user,group` as CSV"


def read_people(path: str, env: Environment) -> People:
    """Return the people in the file *path*, `-` for standard input; raises UnreadableInput with the line."""
    with opened(path, env) as (stream, label):
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableInput(f"{label}: larger than 256 MiB", code=ErrorCode.TOO_BIG)
    data = data.removeprefix(b"\xef\xbb\xbf")
    people = _of_yaml(data, label) if _is_yaml(path, data) else _of_csv(data, label)
    if not people.everybody and not people.groups:
        raise UnreadableInput(f"{label}: it names nobody", hint=_HINT)
    return people


def _is_yaml(path: str, data: bytes) -> bool:
    """Whether the file is YAML: by its name, or by the first line that is no comment."""
    suffix = path.rpartition(".")[2].lower()
    if suffix in ("yaml", "yml", "json", "csv"):
        return suffix != "csv"
    lines = (line.strip() for line in data.splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return bool(_BEGINS_YAML.match(first))


_BEGINS_YAML = re.compile(rb"---(\s|$)|\{|\[|-\s|\w+:(\s|$)")


# --- YAML ---


def _of_yaml(data: bytes, label: str) -> People:
    unknown: list[tuple[int, str]] = []
    if line := second_document(data):
        raise UnreadableInput(f"{label}:{line}: a second document: write all names in one")
    try:
        content = read(data, _shape(unknown)) or {}
    except Malformed as error:
        where = f"{label}:{error.line}" if error.line else label
        raise UnreadableInput(f"{where}: {error.text}", hint=_HINT) from error
    groups = content.get("groups", {})
    pairs = ((group, user) for group, users in groups.items() for user in users)
    people = people_of(label, content.get("users", ()), pairs)
    every = {**dict.fromkeys(groups, ()), **people.groups}  # a group can have no members
    notes = tuple(_key_note(label, line, key) for line, key in unknown)
    return People(label, people.users, dict(sorted(every.items())), notes)


def _shape(unknown: list[tuple[int, str]]) -> Shape:
    """Return the shape of the file; the keys that it does not have are added to *unknown*."""
    shapes = {"users": _names, "groups": _groups}

    def shape(node: Node, path: str) -> dict[str, object]:
        pairs = mapping(lambda value, _: value)(node, path)
        keys = {str(key.value): key for key, _ in node.value} if pairs else {}
        unknown.extend((keys[key].start_mark.line + 1, key) for key in pairs if key not in shapes)
        return {key: shapes[key](value, key) for key, value in pairs.items() if key in shapes}

    return shape


def _groups(node: Node, path: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = mapping(_names)(node, path)
    if groups and len(groups) < len(node.value):
        raise Malformed(node.start_mark.line + 1, f"`{path}` has a group twice")
    return groups


def _names(node: Node, path: str) -> list[str]:
    return listed(_name)(node, path) or []


def _name(node: Node, path: str) -> str:
    name = text(node, path)
    if not name:
        raise Malformed(node.start_mark.line + 1, f"`{path}` is empty: it must be a name")
    return name


def _key_note(label: str, line: int, key: str) -> str:
    near = nearest(key, KEYS)
    hint = f": did you mean `{near}`?" if near else ": the keys are users and groups"
    return f"{label}:{line}: `{key}` means nothing here{hint}"


# --- CSV ---


def _of_csv(data: bytes, label: str) -> People:
    users: list[str] = []
    memberships: list[tuple[str, str]] = []
    for user, group in _rows(data, label):
        users.append(user)
        if group:
            memberships.append((group, user))
    return people_of(label, users, memberships)


def _rows(data: bytes, label: str) -> Iterator[tuple[str, str]]:
    """Yield user and group ("" for none) of each row, the header left out."""
    try:
        content = data.decode()
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].count(b"\n")
        raise UnreadableInput(f"{label}:{line}: not UTF-8 text") from error
    rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    order: tuple[str, ...] = COLUMNS
    first = True
    try:
        for row in rows:
            if not any(row):
                continue
            heads = tuple(cell.strip().lower() for cell in row)
            if first and sorted(heads) in (sorted(COLUMNS), ["user"]):
                order = heads
            else:
                yield _row(row, order, f"{label}:{rows.line_num}")
            first = False
    except csv.Error as error:
        raise UnreadableInput(f"{label}:{rows.line_num}: malformed CSV: {error}", hint=_HINT) from error


def _row(row: list[str], order: tuple[str, ...], where: str) -> tuple[str, str]:
    """Return the user and the group of a row. Raises UnreadableInput if it cannot be one."""
    if len(row) > len(COLUMNS):
        raise UnreadableInput(f"{where}: {len(row)} columns, not user and group", hint=_HINT)
    cells = dict(zip(order, row, strict=False))
    if not cells.get("user"):
        raise UnreadableInput(f"{where}: the user is missing", hint=_HINT)
    for name in cells.values():
        if name != name.strip():
            problem = f"`{name}` begins or ends with a blank"
            raise UnreadableInput(f"{where}: {problem}", hint="names are compared exactly")
        if any(character < " " for character in name):
            raise UnreadableInput(f"{where}: control characters: not a list of names", hint=_HINT)
    return cells["user"], cells.get("group", "")
