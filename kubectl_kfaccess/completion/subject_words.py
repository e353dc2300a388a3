"""Candidates for SUBJECT: users, groups and service accounts, in the spellings that people type."""

from __future__ import annotations

from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.names import Names
from kubectl_kfaccess.completion.words import PERSONAS

_ACCOUNT = "system:serviceaccount:"
_PREFIXES = {"user:": "a user", "group:": "a group", "sa:": "a service account: sa:NAMESPACE/NAME"}

Offered = dict[str, str]


def subjects(typed: str, names: Names, line: Line) -> Offered:
    """
    Return subjects for the word *typed*: people, then personas, then the prefixes of subjects.

    Accounts come in steps: `sa:`, then their namespaces, then their names. After `-n`, the accounts of that
    namespace are candidates by their bare names.
    """
    if typed.startswith(("sa:", "serviceaccount:")):
        return _accounts(typed, names)
    if typed.startswith(_ACCOUNT):
        return _account_users(names)
    has_prefix = typed.startswith("user:")
    users = {
        f"user:{name}" if has_prefix or "@" not in name else name: "user"
        for name in _people("users", typed, names)
    }
    groups = {f"group:{name}": "group" for name in _people("groups", typed, names)}
    return {**users, **groups, **_bare(names, line), **PERSONAS, **_prefixes(typed, names)}


def user_names(typed: str, names: Names) -> Offered:
    """Return the server's names of users; those of service accounts only after an `s` was typed."""
    users = dict.fromkeys(_people("users", typed, names), "user")
    return {**users, **_account_users(names)} if typed.startswith("s") else users


def patterns(typed: str, names: Names) -> Offered:
    """Return subjects as `--expect-only` takes them: always with their kind."""
    if typed.startswith("sa:"):
        return _accounts(typed, names)
    users = {f"user:{name}": "user" for name in _people("users", typed, names)}
    groups = {f"group:{name}": "group" for name in _people("groups", typed, names)}
    return {**users, **groups, **_prefixes(typed, names)}


def _account_users(names: Names) -> Offered:
    """Return the accounts by their user names, `system:serviceaccount:NAMESPACE:NAME`."""
    return {f"{_ACCOUNT}{account.replace('/', ':')}": "service account" for account in names.of("accounts")}


def _people(sort: str, typed: str, names: Names) -> list[str]:
    """Return users or groups; Kubernetes' own, which are many, only after an `s` was typed."""
    own = typed.partition(":")[2] if typed.startswith(("user:", "group:")) else typed
    return [name for name in names.of(sort) if own.startswith("s") or not name.startswith("system:")]


def _prefixes(typed: str, names: Names) -> Offered:
    """
    Return the prefixes of subjects.

    A shell inserts a single candidate. So we offer all three, and the one that fits *typed* only if we know
    the names in the cluster: `sa:` would be wrong for `sam`, who is not known yet.
    """
    is_safe = not typed or names.knows("users")
    return {prefix: text for prefix, text in _PREFIXES.items() if is_safe and prefix != typed}


def _accounts(typed: str, names: Names) -> Offered:
    """Return the namespaces that have accounts, or the accounts if a namespace was typed."""
    prefix, _, rest = typed.partition(":")
    accounts = names.of("accounts")
    if "/" in rest:
        return {f"{prefix}:{account}": "service account" for account in accounts}
    return {f"{prefix}:{account.partition('/')[0]}/": "accounts of this namespace" for account in accounts}


def _bare(names: Names, line: Line) -> Offered:
    """Return the bare names of the accounts in the namespace of `-n`."""
    namespace = line.value("namespace")
    if not namespace:
        return {}
    accounts = (account.partition("/") for account in names.of("accounts"))
    return {name: "service account" for place, _, name in accounts if place == namespace}
