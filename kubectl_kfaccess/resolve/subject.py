"""Whom a command is about: the SUBJECT that was typed, or the caller."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.rbac.access_grid import Topic
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who, caller
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    GROUP,
    MASTERS,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    USER,
    Identity,
    Principal,
    displayed,
    spelled,
)
from kubectl_kfaccess.resolve.choices import SubjectChoice
from kubectl_kfaccess.resolve.subject_words import SPELLINGS, looked_up, subject_in, with_groups
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.spelling import nearest


def needs_accounts(text: str | None) -> bool:
    """Whether SUBJECT is a bare name, which only the cluster's service accounts and bindings tell."""
    return text is not None and subject_in(text, "default") is None


def resolve_subject(choice: SubjectChoice, source: Source, snapshot: Snapshot) -> Who:
    """
    Return the subject that a command is about; without SUBJECT the server says who is calling.

    Raises UsageError when the name fits nothing or several subjects, or when there is no caller.
    """
    if choice.text is None:
        if choice.groups:
            raise UsageError(
                "`--group` adds groups to a SUBJECT, and there is none",
                hint="act as a member yourself with `--as` and `--as-group`",
            )
        return myself(source)
    namespace = choice.namespace or source.default_namespace().name
    subject = subject_in(choice.text, namespace) or looked_up(choice.text, snapshot, choice.namespace)
    return with_groups(subject, choice.groups)


def myself(source: Source) -> Who:
    """Return the caller, as the server has authenticated them."""
    if source.reviewer is None:
        raise UsageError("files and the demo know no caller: name a SUBJECT", hint=SPELLINGS)
    caller_named = source.reviewer.myself()
    if not caller_named.user:
        raise CannotAnswer(
            f"the server does not say who you are: {caller_named.problem}",
            hint=f"name yourself: {SPELLINGS}",
        )
    return caller(caller_named.user, caller_named.groups)


def stranger(who: Who, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what to say of a subject whom nothing that was read names: the nearest name that is there."""
    own = {Principal(GROUP, group) for group in who.groups if group not in who.implied}
    meant = own | {Principal(USER, who.user)} if who.user else own
    if who.myself or snapshot.principals & meant:
        return ()
    names = {displayed(one).name for one in snapshot.principals}
    near = nearest(who.subject.name, names)
    said = f"no binding that was read names `{spelled(who.subject)}`"
    return (f"{said}: did you mean `{near}`?" if near else said,)


def groups_that_matter(
    evaluator: Evaluator, who: Who, topics: Iterable[Topic], namespaces: Iterable[str]
) -> tuple[str, ...]:
    """
    Return the groups that would allow the subject more if it were in them, sorted.

    Of the caller and of service accounts every group is known, and a group has no groups.
    """
    if who.myself or who.subject.kind in (GROUP, SERVICE_ACCOUNT):
        return ()
    asked = [(t, v) for t in topics if t.via is Via.KUBECTL for v in t.verbs]
    judged: dict[object, bool] = {}
    found: set[str] = set()
    own = who.seen(Via.KUBECTL)
    for place in ("", *namespaces):
        index = evaluator.snapshot.bound.get(place, {})
        for group in (one for one in index if _may_be_in(one, who) and one.name not in found):
            roles = tuple(
                (b.role_ref, b.namespace if b.role_ref.kind == "Role" else "") for b in index[group]
            )
            held = tuple(b.role_ref for p in own.principals for b in index.get(p, ()))
            key = (roles, held, place == "")
            if key not in judged:
                judged[key] = any(_adds(evaluator, own, group, t, v, place) for t, v in asked)
            if judged[key]:
                found.add(group.name)
    return tuple(sorted(found))


def _may_be_in(group: Principal, who: Who) -> bool:
    """Whether a user could be a member: not of what is implied, Kubernetes' own, or the accounts' groups."""
    if group.kind != GROUP or group.name in who.groups or group.name in (MASTERS, UNAUTHENTICATED):
        return False
    return not group.name.startswith((ALL_SERVICE_ACCOUNTS, "system:"))


def _adds(evaluator: Evaluator, own: Identity, group: Principal, topic: Topic, verb: str, place: str) -> bool:
    if not topic.namespaced and place:
        return False
    asked = topic.request(verb, place)
    member = Identity("", (group.name,))
    return (
        evaluator.decide(member, asked).verdict is Verdict.ALLOWED
        and evaluator.decide(own, asked).verdict is not Verdict.ALLOWED
    )
