"""SUBJECT: users, groups and service accounts in the spellings that are typed, a namespace at a time."""

from __future__ import annotations

from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.names import Names

_ACCOUNT = "system:serviceaccount:"
_KINDS = {"sa:": "a service account: sa:NAMESPACE/NAME", "user:": "a user", "group:": "a group"}

Offered = dict[str, str]


def subjects(typed: str, names: Names, line: Line) -> Offered:
    """
    Return subjects that begin as *typed*, so far as the shell should tell them apart by now.

    Accounts come behind `sa:` and their namespace; where `-n` was typed its accounts have their bare names.
    """
    if typed.startswith(("sa:", "serviceaccount:")):
        return _accounts(typed, names)
    if typed.startswith(_ACCOUNT):
        return _account_users(names)
    spelled = typed.startswith("user:")
    users = {
        f"user:{one}" if spelled or "@" not in one else one: "user" for one in _people("users", typed, names)
    }
    groups = {f"group:{one}": "group" for one in _people("groups", typed, names)}
    return {**users, **groups, **_bare(names, line), "sa:": _KINDS["sa:"], **_kinds(typed)}


def user_names(typed: str, names: Names) -> Offered:
    """Return the names that users are known to the server by, service accounts once an `s` was typed."""
    users = dict.fromkeys(_people("users", typed, names), "user")
    return {**users, **_account_users(names)} if typed.startswith("s") else users


def patterns(typed: str, names: Names) -> Offered:
    """Return subjects as `--expect-only` writes them: always with their kind."""
    if typed.startswith("sa:"):
        return _accounts(typed, names)
    users = {f"user:{one}": "user" for one in _people("users", typed, names)}
    groups = {f"group:{one}": "group" for one in _people("groups", typed, names)}
    return {**users, **groups, "sa:": _KINDS["sa:"]}


def _account_users(names: Names) -> Offered:
    """Accounts by the names of their users."""
    return {f"{_ACCOUNT}{one.replace('/', ':')}": "service account" for one in names.of("accounts")}


def _people(sort: str, typed: str, names: Names) -> list[str]:
    """Users or groups; Kubernetes' own only once an `s` of theirs was typed: there are many of them."""
    own = typed.partition(":")[2] if typed.startswith(("user:", "group:")) else typed
    return [one for one in names.of(sort) if own.startswith("s") or not one.startswith("system:")]


def _kinds(typed: str) -> Offered:
    """The kinds of subjects, once a letter of one was typed: what is known is not all that there is."""
    return {kind: text for kind, text in _KINDS.items() if typed and kind.startswith(typed) and kind != typed}


def _accounts(typed: str, names: Names) -> Offered:
    prefix, _, rest = typed.partition(":")
    accounts = names.of("accounts")
    if "/" in rest:
        return {f"{prefix}:{one}": "service account" for one in accounts}
    return {f"{prefix}:{one.partition('/')[0]}/": "accounts of this namespace" for one in accounts}


def _bare(names: Names, line: Line) -> Offered:
    namespace = line.value("namespace")
    if not namespace:
        return {}
    own = (one.partition("/") for one in names.of("accounts"))
    return {name: "service account" for where, _, name in own if where == namespace}
