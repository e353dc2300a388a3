"""From the word SUBJECT to whom is meant: every spelling of a user, a group or a service account."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.rbac.known_subjects import Who, identified
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


def subject_in(text: str, namespace: str = "") -> Subject | None:
    """
    Return the subject that *text* spells out; None for a bare name, which has to be looked up.

    *namespace* is that of `sa:NAME`.
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


def looked_up(text: str, snapshot: Snapshot, namespace: str = "", besides: Collection[str] = ()) -> Subject:
    """
    Return the one subject that a bare name fits: a service account, or somebody whom a binding names.

    *namespace* limits the search for accounts. A name that fits several, or nothing, is an error; the name
    that comes nearest is looked for in *besides*, too.
    """
    accounts = [
        Subject(SERVICE_ACCOUNT, name, where)
        for where, name in sorted(snapshot.service_accounts)
        if name == text and (not namespace or where == namespace)
    ]
    bound = {who for who in snapshot.principals if who.name == text}
    found = (*accounts, *(displayed(who) for who in sorted(bound)))
    if len(found) == 1:
        return found[0]
    where = f" in namespace `{namespace}`" if namespace else ""
    if not found:
        hidden = _hidden(snapshot, namespace)
        near = _near(text, {*besides, *_names(snapshot)})
        raise UsageError(
            f"`{text}` is neither a service account{where} nor named by any binding{hidden}",
            hint=f"did you mean `{near}`? else {SPELLINGS}" if near else SPELLINGS,
            code=ErrorCode.UNKNOWN_NAME,
        )
    named = ", ".join(f"`{spelled(one)}`" for one in found[:_MOST_CANDIDATES])
    more = f" and {len(found) - _MOST_CANDIDATES} more" if len(found) > _MOST_CANDIDATES else ""
    raise UsageError(
        f"`{text}` fits several subjects: {named}{more}",
        hint="ask about one of them",
        code=ErrorCode.AMBIGUOUS_NAME,
    )


def _names(snapshot: Snapshot) -> set[str]:
    """The names that could have been meant: of accounts, and of whomever bindings name."""
    bound = {displayed(who).name for who in snapshot.principals}
    return {name for _, name in snapshot.service_accounts} | bound


_MOST_CANDIDATES = 8


def with_groups(subject: Subject, groups: Iterable[str]) -> Who:
    """Return whom a question about *subject* is about, *groups* being those that the user knows of."""
    for group in groups:
        if not group:
            raise UsageError("`--group` is empty")
    return identified(subject, tuple(groups))


def _split(text: str) -> tuple[str, str, str]:
    """`KIND:NAME`, or `KIND/NAME` as `-o name` writes it."""
    for separator in (":", "/"):
        word, found, rest = text.partition(separator)
        if found and (separator == ":" or word.lower() in KINDS):
            return word, found, rest
    return text, "", ""


def _of_kind(kind: str, name: str, text: str, namespace: str) -> Subject:
    if kind == SERVICE_ACCOUNT:
        where, slash, account = name.partition("/")
        where, account = (where, account) if slash else (namespace, name)
        if not where or not account or "/" in account or ":" in f"{where}{account}":
            raise UsageError(f"cannot read `{text}`", hint="write sa:NAMESPACE/NAME")
        return Subject(kind, account, where)
    if not name:
        raise UsageError(f"`{text}` names nobody", hint=SPELLINGS)
    return displayed(Principal(kind, name))


def _account_of_user(text: str) -> Subject:
    found = displayed(Principal(USER, text))
    if found.kind != SERVICE_ACCOUNT:
        raise UsageError(
            f"cannot read `{text}`",
            hint=f"a service account's user is {SERVICE_ACCOUNT_PREFIX}NAMESPACE:NAME",
        )
    return found


def _hidden(snapshot: Snapshot, namespace: str) -> str:
    """What could not be read that might name somebody, there or everywhere."""
    naming = ("clusterrolebindings", "rolebindings", "serviceaccounts")
    unread = {
        gap.resource
        for gap in snapshot.gaps
        if gap.resource in naming and (not namespace or gap.namespace in ("", namespace))
    }
    return f"; {', '.join(sorted(unread))} could not be read" if unread else ""


def _near(text: str, names: Collection[str]) -> str:
    """The name that may be meant: a person's, of whose address *text* is the first part, else the nearest."""
    people = sorted(name for name in names if name.partition("@")[0] == text and "@" in name)
    return people[0] if len(people) == 1 else nearest(text, frozenset(names))
