"""What the file of `--people` says about a subject: the groups that a user is in."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.subjects import GROUP, USER
from kubectl_kfaccess.spelling import nearest

MOST_GROUPS = 5


def people_in(path: str, env: Environment) -> People | None:
    """Return the people in the file of `--people`, None for ""; raises UnreadableInput with the line."""
    if not path:
        return None
    # It reads YAML, which is slow to import, and questions to a cluster need none
    from kubectl_kfaccess.sources.files.people import read_people

    return read_people(path, env)


class SubjectByFile(Struct, frozen=True):
    """A subject with the groups that the file knows, and remarks on that."""

    who: KnownSubject
    remarks: tuple[str, ...]


def with_people(who: KnownSubject, people: People) -> SubjectByFile:
    """Return *who* with the groups that *people* puts them in, and what it says or does not know of them."""
    if who.is_caller or who.subject.kind == GROUP:
        return SubjectByFile(who, people.notes)
    if who.user not in people.everybody:
        return SubjectByFile(who, (*people.notes, *_unknown(who, people)))
    groups = people.groups_of(who.user)
    every = tuple(dict.fromkeys((*groups, *who.groups)))
    known = replace(who, groups=every, knows_groups=who.subject.kind == USER)
    return SubjectByFile(
        known, (*people.notes, f"by `{people.origin}`, `{who.user}` is in {_listed(groups)}")
    )


def _unknown(who: KnownSubject, people: People) -> tuple[str, ...]:
    """Return that the file does not know a user; nothing of a service account, which no provider has."""
    if who.subject.kind != USER:
        return ()
    near = nearest(who.user, people.everybody)
    text = f"`{who.user}` is not in `{people.origin}`, so their groups are not known"
    return (f"{text}: did you mean `{near}`?" if near else text,)


def _listed(groups: tuple[str, ...]) -> str:
    if not groups:
        return "no group"
    more = f" and {len(groups) - MOST_GROUPS} more" if len(groups) > MOST_GROUPS else ""
    return ", ".join(f"`{group}`" for group in groups[:MOST_GROUPS]) + more
