"""The subject that a command is about: the SUBJECT that was typed, or the caller."""

from __future__ import annotations

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, UsageError
from kubectl_kfaccess.rbac.known_subjects import Who, caller
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal, displayed, spelled
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
        raise UsageError(
            "files and the demo know no caller: name a SUBJECT", hint=SPELLINGS, code=ErrorCode.UNKNOWN_NAME
        )
    caller_named = source.reviewer.myself()
    if not caller_named.user:
        raise CannotAnswer(
            f"the server does not say who you are: {caller_named.problem}",
            hint=f"name yourself: {SPELLINGS}",
            code=caller_named.code,
        )
    return caller(caller_named.user, caller_named.groups)


def unnamed_subject_note(who: Who, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what to say of a subject that no binding names: the nearest name that one does; else nothing."""
    own = {Principal(GROUP, group) for group in who.groups if group not in who.implied}
    principals = own | {Principal(USER, who.user)} if who.user else own
    if who.myself or snapshot.principals & principals:
        return ()
    near = nearest(who.subject.name, {displayed(principal).name for principal in snapshot.principals})
    note = f"no binding that was read names `{spelled(who.subject)}`"
    return (f"{note}: did you mean `{near}`?" if near else note,)
