"""Parses the word SUBJECT: every spelling of a user, a group or a service account."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    GROUP,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    USER,
    Principal,
    displayed,
    spelled,
)
from kubectl_kfaccess.spelling import nearest

KINDS = {
    "user": USER,
    "group": GROUP,
    "sa": SERVICE_ACCOUNT,
    "serviceaccount": SERVICE_ACCOUNT,
}
SPELLINGS = "write user:NAME, group:NAME or sa:NAMESPACE/NAME"


def parse_subject(text: str, namespace: str = "") -> Subject | None:
    """
    Return the subject that *text* spells out; None for a bare name, which has to be looked up.

    *namespace* is used for `sa:NAME`. Raises UsageError if *text* is empty or cannot be read.
    """
    if not text:
        raise UsageError("the subject is empty", hint=SPELLINGS)
    if text.startswith(SERVICE_ACCOUNT_PREFIX):
        return _account_of_user(text)
    word, separator, rest = _split(text)
    if word.lower() in KINDS and separator:
        return _of_kind(KINDS[word.lower()], rest, text, namespace)
    if "@" in text or (separator == ":" and text.startswith("system:")):
        return Subject(USER, text) if "@" in text else None
    if separator:
        raise UsageError(f"`{word}` is not a kind of subject: `{text}`", hint=SPELLINGS)
    return None


def look_up_subject(
    text: str, snapshot: Snapshot, namespace: str = "", besides: Collection[str] = ()
) -> Subject:
    """
    Return the only subject with the bare name *text*: a service account, or a subject of a binding.

    *namespace* limits the search for accounts. Raises UsageError if there is no such subject, or several; the
    most similar name is suggested, from these subjects and from *besides*.
    """
    accounts = [
        Subject(SERVICE_ACCOUNT, name, where)
        for where, name in sorted(snapshot.service_accounts)
        if name == text and (not namespace or where == namespace)
    ]
    bound = {who for who in snapshot.principals if who.name == text}
    candidates = (*accounts, *(displayed(who) for who in sorted(bound)))
    if len(candidates) == 1:
        return candidates[0]
    where = f" in namespace `{namespace}`" if namespace else ""
    if not candidates:
        hidden = _hidden(snapshot, namespace)
        near = _near(text, snapshot, besides)
        raise UsageError(
            f"`{text}` is neither a service account{where} nor named by any binding{hidden}",
            hint=f"did you mean `{near}`? otherwise {SPELLINGS}" if near else SPELLINGS,
            code=ErrorCode.UNKNOWN_NAME,
        )
    names = ", ".join(f"`{spelled(subject)}`" for subject in candidates[:_MOST_CANDIDATES])
    more = f" and {len(candidates) - _MOST_CANDIDATES} more" if len(candidates) > _MOST_CANDIDATES else ""
    raise UsageError(
        f"`{text}` can be several subjects: {names}{more}",
        hint="write one of them in full",
        code=ErrorCode.AMBIGUOUS_NAME,
    )


def nearest_subject(subject: Subject, snapshot: Snapshot) -> Subject | None:
    """Return the subject of the same kind and namespace that is certainly meant by *subject*, if any is."""
    known = {named.name: named for named in _named(snapshot) if _is_alike(named, subject)}
    near = nearest(subject.name, frozenset(known), people=subject.kind == USER)
    return known[near] if near else None


def _is_alike(subject: Subject, other: Subject) -> bool:
    return (subject.kind, subject.namespace) == (other.kind, other.namespace)


def _named(snapshot: Snapshot) -> set[Subject]:
    """Return all service accounts, and all subjects of bindings."""
    accounts = {Subject(SERVICE_ACCOUNT, name, where) for where, name in snapshot.service_accounts}
    return accounts | {displayed(who) for who in snapshot.principals}


_MOST_CANDIDATES = 8


def with_groups(subject: Subject, groups: Iterable[str]) -> KnownSubject:
    """
    Return *subject* with the groups that it is known to be in: implied ones, and *groups* of `--group`.

    Raises UsageError if a group is empty.
    """
    check_groups(groups)
    return identified(subject, tuple(groups))


def check_groups(groups: Iterable[str]) -> None:
    """Raise UsageError if one of *groups*, those of `--group`, is empty."""
    if not all(groups):
        raise UsageError("`--group` is empty")


def _split(text: str) -> tuple[str, str, str]:
    """Return the parts of `KIND:NAME`, or of `KIND/NAME` as `-o name` writes it: kind, separator, name."""
    for separator in (":", "/"):
        word, split_at, rest = text.partition(separator)
        if split_at and (separator == ":" or word.lower() in KINDS):
            return word, split_at, rest
    return text, "", ""


def _of_kind(kind: str, name: str, text: str, namespace: str) -> Subject:
    if kind == SERVICE_ACCOUNT:
        where, slash, account = name.partition("/")
        where, account = (where, account) if slash else (namespace, name)
        if not where or not account or "/" in account or ":" in f"{where}{account}":
            raise UsageError(
                f"cannot read `{text}`: it is not a service account", hint="write sa:NAMESPACE/NAME"
            )
        return Subject(kind, account, where)
    if not name:
        raise UsageError(f"cannot read `{text}`: the name is missing", hint=SPELLINGS)
    return displayed(Principal(kind, name))


def _account_of_user(text: str) -> Subject:
    subject = displayed(Principal(USER, text))
    if subject.kind != SERVICE_ACCOUNT:
        raise UsageError(
            f"cannot read `{text}`: it is not the user name of a service account",
            hint=f"write {SERVICE_ACCOUNT_PREFIX}NAMESPACE:NAME",
        )
    return subject


def _hidden(snapshot: Snapshot, namespace: str) -> str:
    """Return the end of a sentence that names what could not be read and could hold the name; or ""."""
    naming = ("clusterrolebindings", "rolebindings", "serviceaccounts")
    unread = {
        gap.resource
        for gap in snapshot.gaps
        if gap.resource in naming and (not namespace or gap.namespace in ("", namespace))
    }
    return f"; {', '.join(sorted(unread))} could not be read" if unread else ""


def _near(text: str, snapshot: Snapshot, besides: Collection[str]) -> str:
    """Return the only address of a person *text*; else the name that is certainly meant, or ""."""
    people = {subject.name for subject in _named(snapshot) if subject.kind == USER}
    others = {subject.name for subject in _named(snapshot) if subject.kind != USER}
    addresses = sorted(name for name in people if name.partition("@")[0] == text and "@" in name)
    if len(addresses) == 1:
        return addresses[0]
    return nearest(text, {*others, *besides}) or nearest(text, people, people=True)
