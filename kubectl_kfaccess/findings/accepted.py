"""
What the users of a cluster have accepted: findings, changes of permissions, steps and shares.

An entry of a file has a pattern: each of its fields is a glob, and a field that it does not have fits all.
What is to be accepted is a value of the same type as the pattern, with the cluster's names in every field.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.findings.globs import ANY, exactly, fits_text

GAINED, LOST = "gained", "lost"
PROVED, POSSIBLE = "proved", "possible"
_VERBS = ("change", "verbs")


class Accepted(Struct, frozen=True):
    """
    Why something is accepted.

    *by* says who accepted it, "" if nobody is named. *until* is the last day on which it is, None if no day.
    """

    reason: str
    by: str = ""
    until: datetime.date | None = None


class FindingPattern(Struct, frozen=True):
    """
    A finding: its id, the object that it is about, and its subject as SUBJECT is typed.

    *object* is spelled `KIND NAMESPACE/NAME`; in a pattern, `KIND/NAMESPACE/NAME` is the same. *tenant* is
    the profile that it is about.
    """

    finding: str
    object: str = ANY
    subject: str = ANY
    namespace: str = ANY
    tenant: str = ANY


class PermissionPattern(Struct, frozen=True):
    """
    A permission that somebody has *change* (GAINED or LOST): one verb, or several in a pattern.

    *resource* is spelled `RESOURCE` or `RESOURCE/SUBRESOURCE`, or is a path that begins with `/`. *group* ""
    is the core group, *namespace* "" the whole cluster, *role* the role whose rules changed.
    """

    change: str
    verbs: tuple[str, ...]
    group: str = ANY
    resource: str = ANY
    subject: str = ANY
    namespace: str = ANY
    role: str = ANY


class SharingPattern(Struct, frozen=True):
    """A profile that is shared with *subject*, who has the ClusterRole *role* in it."""

    profile: str = ANY
    subject: str = ANY
    role: str = ANY


class StepPattern(Struct, frozen=True):
    """
    Another tenant, *reaches* ("": all of them), that *subject* gets into by steps.

    *way* is PROVED, or POSSIBLE if the steps depend on what cannot be read.
    """

    reaches: str
    subject: str = ANY
    way: str = ANY


Pattern = FindingPattern | PermissionPattern | SharingPattern | StepPattern


class Entry(Struct, frozen=True):
    """One entry of a file: what it accepts, and where it is, such as `accept.yaml:3`."""

    pattern: Pattern
    accepted: Accepted
    position: str = ""


class AcceptList(Struct, frozen=True):
    """The entries of all files, in order, and the day on which they are read: the first that fits counts."""

    entries: tuple[Entry, ...] = ()
    today: datetime.date = datetime.date.min

    def accepted(self, value: Pattern) -> Accepted | None:
        """Return why *value* is accepted, None if it is not."""
        entries = (entry for entry in self.entries if not self._is_expired(entry))
        return next((entry.accepted for entry in entries if fits(entry.pattern, value)), None)

    def notes(
        self, kind: type[Pattern], values: Iterable[Pattern] | None, ids: Collection[str] = ()
    ) -> Iterator[str]:
        """
        Yield a note for each entry that has expired, or that fits none of *values* (None: not known).

        Only entries for values of the type *kind* count, and of those for findings the ones that fit one of
        *ids*: other commands read the others.
        """
        known = None if values is None else tuple(dict.fromkeys(values))
        for entry in self.entries:
            pattern = entry.pattern
            if not isinstance(pattern, kind) or not _concerns(pattern, ids):
                continue
            if self._is_expired(entry):
                yield f"{entry.position}: {_expiry(entry)}: {spelled(pattern)}"
            elif known is not None and not any(fits(pattern, value) for value in known):
                yield f"{entry.position}: the entry matches nothing here: {spelled(pattern)}"

    def _is_expired(self, entry: Entry) -> bool:
        until = entry.accepted.until
        return until is not None and until < self.today


def _expiry(entry: Entry) -> str:
    until = entry.accepted.until
    return f"the entry was valid until {until.isoformat() if until else ''}, and no longer applies"


def _concerns(pattern: Pattern, ids: Collection[str]) -> bool:
    return not isinstance(pattern, FindingPattern) or any(fits_text(pattern.finding, name) for name in ids)


def fits(pattern: Pattern, value: Pattern) -> bool:
    """Whether *pattern* fits *value*, which has one verb if it is a permission."""
    if type(pattern) is not type(value):
        return False
    if isinstance(pattern, PermissionPattern) and isinstance(value, PermissionPattern):
        verbs = all(any(fits_text(each, verb) for each in pattern.verbs) for verb in value.verbs)
        return verbs and pattern.change == value.change and _fields_fit(pattern, value)
    return _fields_fit(pattern, value)


def _fields_fit(pattern: Pattern, value: Pattern) -> bool:
    names = (name for name in pattern.__struct_fields__ if name not in _VERBS)
    return all(fits_text(getattr(pattern, name), getattr(value, name)) for name in names)


def object_spelling(kind: str, namespace: str, name: str) -> str:
    """Return the object as patterns spell it."""
    names = "/".join(filter(None, (namespace, name)))
    return f"{kind} {names}" if names else kind


_LEADING_KIND = re.compile(r"([A-Z][A-Za-z]*)/")


def object_pattern(text: str) -> str:
    """Return the pattern of an object with a blank behind the kind: `KIND/NAME` is another spelling."""
    return _LEADING_KIND.sub(r"\1 ", text, count=1) if " " not in text else text


def pattern_of(value: Pattern, without: Collection[str] = ()) -> Pattern:
    """Return the pattern that fits *value* alone, or whatever its fields *without* are."""
    fields = {name: _exact(getattr(value, name)) for name in value.__struct_fields__}
    return replace(value, **{**fields, **dict.fromkeys(without, ANY)})


def _exact(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return exactly(value) if isinstance(value, str) else tuple(map(exactly, value))


def pattern_fields(pattern: Pattern) -> dict[str, str | list[str]]:
    """Return the pattern as a file has it: its first field, and the others that do not fit everything."""
    first, *others = (name for name in pattern.__struct_fields__ if name not in _VERBS)
    if isinstance(pattern, PermissionPattern):
        fields: dict[str, str | list[str]] = {pattern.change: list(pattern.verbs)}
        others.insert(0, first)
    else:
        fields = {first: getattr(pattern, first)}
    return {**fields, **{name: text for name in others if (text := getattr(pattern, name)) != ANY}}


def spelled(pattern: Pattern) -> str:
    """Return a pattern in words, such as ``finding `profile-*`, object `RoleBinding team-a/*` ``."""
    fields = pattern_fields(pattern).items()
    return ", ".join(f"{name} `{text if isinstance(text, str) else ','.join(text)}`" for name, text in fields)
