"""The subject that a command is about: SUBJECT as it was typed, or the caller."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, UsageError
from kubectl_kfaccess.kubeflow.tenants.personas import PERSONAS
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, caller, persona
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal, spelled
from kubectl_kfaccess.resolve.choices import SubjectChoice
from kubectl_kfaccess.resolve.people import people_in, with_people
from kubectl_kfaccess.resolve.personas import NEEDED, PlacedSubject, Places, place_persona
from kubectl_kfaccess.resolve.pipelines import pipelines_read
from kubectl_kfaccess.resolve.subject_words import (
    SPELLINGS,
    check_groups,
    look_up_subject,
    nearest_subject,
    parse_subject,
    with_groups,
)
from kubectl_kfaccess.sources.source import Source


def kinds_for_subject(text: str | None) -> tuple[str, ...]:
    """Return the resources to read to know who SUBJECT is: bare names and personas have to be looked up."""
    if text in PERSONAS:
        return NEEDED
    return ("serviceaccounts",) if text is not None and parse_subject(text, "default") is None else ()


def resolve_subject(
    choice: SubjectChoice, source: Source, snapshot: Snapshot, places: Places
) -> PlacedSubject:
    """
    Return the subject that a command is about, and where; without SUBJECT the caller, as the server has it.

    Raises UsageError if the name matches no subject or several, if a persona is nobody in *places*, if
    `--group` comes without SUBJECT, or if the source knows no caller; CannotAnswer if the server does not say
    who the caller is, or if it is not known who a persona is.
    """
    if choice.text in PERSONAS:
        check_groups(choice.groups)
        word = choice.text or ""
        placed = place_persona(
            word,
            choice.groups,
            snapshot,
            places,
            lambda: pipelines_read(source, snapshot),
            is_live=source.live,
        )
        return _with_people_of(choice, source, placed)
    who = _resolved(choice, source, snapshot)
    people = people_in(choice.people, source.env)
    if people is None:
        return PlacedSubject(who, snapshot, places.namespaces)
    by_file = with_people(who, people)
    return PlacedSubject(by_file.who, snapshot, places.namespaces, by_file.remarks)


def _with_people_of(choice: SubjectChoice, source: Source, placed: PlacedSubject) -> PlacedSubject:
    """Return a persona with the groups that `--people` knows of its members, the owners."""
    people = people_in(choice.people, source.env)
    if people is None:
        return placed
    by_file = {name: with_people(who, people) for name, who in (placed.who.by_namespace or {}).items()}
    who = persona(choice.text or "", {name: member.who for name, member in by_file.items()}, choice.groups)
    remarks = (text for member in by_file.values() for text in member.remarks)
    return replace(placed, who=who, remarks=tuple(dict.fromkeys((*placed.remarks, *remarks))))


def _resolved(choice: SubjectChoice, source: Source, snapshot: Snapshot) -> KnownSubject:
    if choice.text is None:
        if choice.groups:
            raise UsageError(
                "`--group` needs a SUBJECT: it adds groups to one",
                hint="to ask about yourself as a member of the group, use `--as` and `--as-group`",
            )
        return myself(source)
    namespace = choice.namespace or source.default_namespace().name
    subject = parse_subject(choice.text, namespace) or look_up_subject(
        choice.text, snapshot, choice.namespace
    )
    return as_caller(with_groups(subject, choice.groups), source, snapshot)


def as_caller(who: KnownSubject, source: Source, snapshot: Snapshot) -> KnownSubject:
    """
    Return the caller, with their groups, if *who* is them and no groups were given; otherwise *who*.

    Everybody can ask the server about themselves, so this completes what *snapshot* leaves open. If it leaves
    nothing open, the server is not asked who the caller is.
    """
    is_open = not all(gap.is_of_files for gap in snapshot.gaps)
    if source.reviewer is None or not is_open or who.groups != who.implied:
        return who
    identity = source.reviewer.caller_identity()
    is_them = bool(who.user) and identity.user == who.user
    return caller(identity.user, identity.groups) if is_them else who


def myself(source: Source) -> KnownSubject:
    """
    Return the caller, as the server has authenticated them.

    Raises UsageError if the source knows no caller, CannotAnswer if the server does not say who they are.
    """
    identity = source.caller_identity()
    if identity is None:
        raise UsageError(
            'with -f there is no "you": name a SUBJECT, or yourself with `--as NAME`',
            hint=SPELLINGS,
            code=ErrorCode.UNKNOWN_NAME,
        )
    if not identity.user:
        raise CannotAnswer(
            f"the server does not say who you are: {identity.problem}",
            hint=f"name yourself: {SPELLINGS}",
            code=identity.code,
        )
    return caller(identity.user, identity.groups)


def unnamed_subject_note(who: KnownSubject, snapshot: Snapshot) -> tuple[str, ...]:
    """Return a note if no binding names the subject, with the name that is certainly meant; or nothing."""
    if who.is_caller or who.persona or snapshot.principals & _own_principals(who):
        return ()
    near = nearest_subject(who.subject, snapshot)
    note = f"no binding that was read names `{spelled(who.subject)}`"
    return (f"{note}: did you mean `{spelled(near)}`?" if near else note,)


def bound_namespaces(who: KnownSubject, snapshot: Snapshot) -> set[str]:
    """Return the namespaces in which a RoleBinding names the subject, or a group that not everybody is in."""
    principals = _own_principals(who)
    return {place for place, bound in snapshot.bound.items() if place and not principals.isdisjoint(bound)}


def _own_principals(who: KnownSubject) -> set[Principal]:
    """Return the subject's name and groups, without the groups that every such subject is in."""
    groups = {Principal(GROUP, group) for group in who.groups if group not in who.implied}
    return groups | {Principal(USER, who.user)} if who.user else groups
