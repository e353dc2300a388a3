"""
The file of `--accept`: which findings, changes of permissions, steps and shares are expected.

    accept:
    - finding: profile-foreign-role
      object: RoleBinding team-a/*
      reason: the data team works in team-a
      by: ops
      until: 2027-03-31
    - gained: [get, list]
      resource: pods/log
      subject: group:sre
      reason: they are on call
    - reaches: team-a
      subject: bob@example.com
      way: proved
      reason: their pipelines deploy there
    sharing:
    - profile: team-a
      subject: bob@example.com
      role: kubeflow-edit
      reason: bob helps out
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Mapping

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput
from kubectl_kfaccess.findings.accepted import (
    GAINED,
    LOST,
    Accepted,
    AcceptList,
    Entry,
    FindingPattern,
    Pattern,
    PermissionPattern,
    SharingPattern,
    StepPattern,
    object_pattern,
)
from kubectl_kfaccess.findings.globs import fits_text
from kubectl_kfaccess.sources.files.documents import opened
from kubectl_kfaccess.sources.files.yaml_aliases import Node
from kubectl_kfaccess.sources.files.yaml_shapes import Malformed, listed, mapping, read, second_document, text
from kubectl_kfaccess.spelling import nearest
from kubectl_kfaccess.yaml_scalars import NULL

LARGEST = 8 * 1024 * 1024  # bytes
MOST_ENTRIES = 10_000
SECTIONS = ("accept", "sharing")
REASONS = ("reason", "by", "until")

REACHES = "reaches"
_OF_FINDINGS = ("finding", "object", "subject", "namespace", "tenant")
_OF_PERMISSIONS = (GAINED, LOST, "group", "resource", "subject", "namespace", "role")
_OF_STEPS = (REACHES, "subject", "way")
_OF_SHARES = ("profile", "subject", "role")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HINT = "an entry is `{finding: ID, object: KIND NAMESPACE/NAME, reason: WHY}`; `-o accept` prints them"

Fields = Mapping[str, Node]


def read_accepted(paths: Iterable[str], env: Environment, ids: Collection[str]) -> AcceptList:
    """
    Return the entries of the files *paths*, `-` for standard input; *ids* are those of all findings.

    Raises UnreadableInput with the line of what cannot be an entry.
    """
    entries = tuple(entry for path in paths for entry in _of_file(path, env, ids))
    if len(entries) > MOST_ENTRIES:
        raise UnreadableInput(
            f"`--accept`: {len(entries):,} entries, more than {MOST_ENTRIES:,}",
            hint="accept several with one pattern, such as `object: RoleBinding team-a/*`",
            code=ErrorCode.TOO_BIG,
        )
    return AcceptList(entries, datetime.datetime.fromtimestamp(env.now, datetime.timezone.utc).date())


def _of_file(path: str, env: Environment, ids: Collection[str]) -> tuple[Entry, ...]:
    with opened(path, env) as (stream, label):
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableInput(f"{label}: larger than 8 MiB", code=ErrorCode.TOO_BIG)
    if line := second_document(data):
        raise UnreadableInput(f"{label}:{line}: a second document: write all entries in one")
    entries = _Entries(label, frozenset(ids))
    try:
        sections = read(data, entries.sections)
    except Malformed as error:
        where = f"{label}:{error.line}" if error.line else label
        raise UnreadableInput(f"{where}: {error.text}", hint=_HINT) from error
    if sections is None:
        raise UnreadableInput(f"{label}: it is empty", hint=_HINT)
    return tuple(entry for name in SECTIONS for entry in sections.get(name) or ())


class _Entries:
    """The shapes of a file, whose entries have *label* in their positions."""

    def __init__(self, label: str, ids: frozenset[str]) -> None:
        self._label = label
        self._ids = ids

    def sections(self, node: Node, path: str) -> dict[str, list[Entry]]:
        """Return the entries by section."""
        fields = _fields(node, path)
        _check_keys(fields, SECTIONS, node)
        shapes = {"accept": self._accept, "sharing": self._share}
        return {name: listed(shapes[name])(value, name) for name, value in fields.items()}

    def _accept(self, node: Node, path: str) -> Entry:
        fields = _fields(node, path)
        kinds = [key for key in ("finding", GAINED, LOST, REACHES) if key in fields]
        if len(kinds) > 1:
            raise _wrong(node, f"`{path}` has both `{kinds[0]}` and `{kinds[1]}`: write two entries")
        if kinds == ["finding"]:
            own = _own(node, fields, _OF_FINDINGS)
            return self._entry(node, path, fields, self._finding(own, path))
        if kinds == [REACHES]:
            return self._entry(node, path, fields, StepPattern(**_texts(_own(node, fields, _OF_STEPS), path)))
        own = _own(node, fields, _OF_PERMISSIONS if kinds else (*_OF_FINDINGS, *_OF_PERMISSIONS, *_OF_STEPS))
        if not kinds:
            raise _wrong(node, f"`{path}` has neither `finding` nor `gained` nor `lost` nor `reaches`")
        return self._entry(node, path, fields, _permission(own, path, kinds[0]))

    def _share(self, node: Node, path: str) -> Entry:
        fields = _fields(node, path)
        own = _own(node, fields, _OF_SHARES)
        if not own:
            raise _wrong(node, f"`{path}` has neither `profile` nor `subject` nor `role`")
        return self._entry(node, path, fields, SharingPattern(**_texts(own, path)))

    def _entry(self, node: Node, path: str, fields: Fields, pattern: Pattern) -> Entry:
        return Entry(pattern, _accepted(node, path, fields), f"{self._label}:{node.start_mark.line + 1}")

    def _finding(self, fields: Fields, path: str) -> FindingPattern:
        texts = _texts(fields, path)
        self._check_id(fields["finding"], texts["finding"])
        if "object" in texts:
            texts["object"] = object_pattern(texts["object"])
        return FindingPattern(**texts)

    def _check_id(self, node: Node, name: str) -> None:
        if any(fits_text(name, known) for known in self._ids):
            return
        near = nearest(name, self._ids)
        hint = f": did you mean `{near}`?" if near else ""
        raise _wrong(node, f"there is no finding `{name}`{hint}")


def _permission(fields: Fields, path: str, change: str) -> PermissionPattern:
    node = fields[change]
    verbs = (text(node, change),) if node.id == "scalar" else listed(text)(node, f"{path}.{change}")
    if not verbs or "" in verbs:
        raise _wrong(node, f"`{path}.{change}` has an empty verb: `*` fits all")
    others = {key: value for key, value in fields.items() if key != change}
    return PermissionPattern(change, tuple(verbs), **_texts(others, path))


def _own(node: Node, fields: Fields, keys: Collection[str]) -> Fields:
    """Return the fields of an entry's pattern. Raises Malformed for a key that no such entry has."""
    _check_keys(fields, dict.fromkeys((*keys, *REASONS)), node)
    return {key: value for key, value in fields.items() if key in keys}


def _fields(node: Node, path: str) -> dict[str, Node]:
    """Return the nodes of a mapping by key. Raises Malformed for anything else, and if a key is repeated."""
    fields: dict[str, Node] = mapping(lambda value, _: value)(node, path)
    if fields and len(fields) < len(node.value):
        raise _wrong(node, f"{f'`{path}`' if path else 'the file'} has a key twice")
    return fields


def _check_keys(fields: Fields, known: Collection[str], node: Node) -> None:
    for key in fields:
        if key not in known:
            near = nearest(key, frozenset(known))
            hint = f"did you mean `{near}`?" if near else f"the keys are {', '.join(known)}"
            line = next(pair[0] for pair in node.value if str(pair[0].value) == key)
            raise _wrong(line, f"`{key}` means nothing here: {hint}")


def _texts(fields: Fields, path: str) -> dict[str, str]:
    for key, node in fields.items():
        if node.tag == NULL:
            raise _wrong(node, f"`{path}.{key}` is empty: leave it out if anything fits")
    return {key: text(node, f"{path}.{key}") for key, node in fields.items()}


def _accepted(node: Node, path: str, fields: Fields) -> Accepted:
    reason, by = (text(fields[key], f"{path}.{key}").strip() if key in fields else "" for key in REASONS[:2])
    if not reason:
        raise _wrong(fields.get("reason", node), f"`{path}` has no reason: say why it is accepted")
    return Accepted(reason, by, _until(fields["until"], f"{path}.until") if "until" in fields else None)


def _until(node: Node, path: str) -> datetime.date:
    day = text(node, path)
    try:
        if _DATE.fullmatch(day):
            return datetime.date.fromisoformat(day)
    except ValueError:
        pass
    raise _wrong(node, f"`{path}` must be a date such as 2027-03-31, not `{day}`")


def _wrong(node: Node, message: str) -> Malformed:
    return Malformed(node.start_mark.line + 1, message)
