"""
Whether a rule matches a request of a caller: yes, no, or None if that depends on what is not known here.

Mirrors pilot/pkg/security/authz/model/generator.go and pilot/pkg/security/trustdomain of istio/istio.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.callers import Caller
from kubectl_kfaccess.kubeflow.planes.mesh.patterns import glob_matches, matches
from kubectl_kfaccess.kubeflow.planes.mesh.requests import Request, is_ordinary_path
from kubectl_kfaccess.kubeflow.planes.mesh.rules import (
    HEADER_PREFIX,
    HOST,
    METHOD,
    NAMESPACE,
    PATH,
    PORT,
    PRINCIPAL,
    SERVICE_ACCOUNT,
    TRUST_DOMAIN,
    Rule,
    Term,
)
from kubectl_kfaccess.kubeflow.planes.mesh.settings import CLUSTER_LOCAL, Account, MeshSettings, account_of

_IDENTITY = (PRINCIPAL, NAMESPACE, SERVICE_ACCOUNT, TRUST_DOMAIN)
_SOME_DOMAIN = "\0"  # stands for a trust domain that no pattern can name


Known = dict[tuple[Term, Account, bool], "bool | None"]
"""What terms about accounts say of an account, so that equal terms of many policies are compared once."""


class Question(Struct, frozen=True):
    """
    A *request* of a *caller* in a mesh with *settings*. *known* fills up while questions are answered.

    *by_ztunnel*: principals are compared as they are written (istio/ztunnel#1260), and in the names of
    namespaces a star counts only at one end.
    """

    caller: Caller
    request: Request
    settings: MeshSettings
    known: Known
    by_ztunnel: bool = False


class Match(Struct, frozen=True):
    """Whether a rule matches; if that is not known (None), the *doubt* is the first term that is unknown."""

    holds: bool | None
    doubt: Term | None = None


YES, NO = Match(True), Match(False)


def rule_match(rule: Rule, question: Question, home: str) -> Match:
    """Return whether *rule* of a policy in the namespace *home* matches."""
    matched = YES
    # the conditions come first, because a user's name mostly decides
    for alternatives in ((rule.conditions,), rule.sources, rule.operations):
        match = _any_of(alternatives, question, home) if alternatives else YES
        if match.holds is False:
            return NO
        if match.holds is None and matched.holds:
            matched = match
    return matched


def _any_of(alternatives: Iterable[Iterable[Term]], question: Question, home: str) -> Match:
    matched = NO
    for terms in alternatives:
        match = _all_of(terms, question, home)
        if match.holds:
            return YES
        if match.holds is None and matched.holds is False:
            matched = match
    return matched


def _all_of(terms: Iterable[Term], question: Question, home: str) -> Match:
    doubt = None
    for term in terms:
        holds = term_holds(term, question, home)
        if holds is False:
            return NO
        if holds is None and doubt is None:
            doubt = term
    return Match(None, doubt) if doubt else YES


def is_for_request(rule: Rule, request: Request) -> bool:
    """Return whether the operations of *rule* let it match *request*, or may do so; any caller's will do."""
    return not rule.operations or any(
        all(_admits(term, request) for term in terms) for terms in rule.operations
    )


def _admits(term: Term, request: Request) -> bool:
    if term.attribute == PATH:
        return is_ordinary_path(term) is not False
    if term.attribute not in (METHOD, HOST, PORT):
        return True  # this may depend on the caller
    is_listed = any(_is_of_request(term.attribute, value, request) for value in term.values)
    return is_listed is not term.negative


def term_holds(term: Term, question: Question, home: str) -> bool | None:
    """Return whether the request's attribute is one of the values, or none of them if they are excluded."""
    if term.attribute == PATH:
        return is_ordinary_path(term)
    account = question.caller.account
    if account is None or term.attribute not in (PRINCIPAL, NAMESPACE):
        return _holds(term, question, home)
    key = (term, account, question.by_ztunnel)
    if key not in question.known:
        question.known[key] = _holds(term, question, home)
    return question.known[key]


def _holds(term: Term, question: Question, home: str) -> bool | None:
    listed = any_known(_is(term.attribute, value, question, home) for value in term.values)
    return listed if listed is None or not term.negative else not listed


def any_known(answers: Iterable[bool | None]) -> bool | None:
    """Return the disjunction of *answers* in three-valued logic: None is unknown."""
    values = tuple(answers)
    return True if True in values else None if None in values else False


def _is(attribute: str, value: str, question: Question, home: str) -> bool | None:
    caller, request, settings = question.caller, question.request, question.settings
    if attribute in _IDENTITY:
        return _is_account(attribute, value, question, home)
    if attribute.startswith(HEADER_PREFIX):
        return _is_user(attribute, value, caller, settings)
    return _is_of_request(attribute, value, request)


def _is_of_request(attribute: str, value: str, request: Request) -> bool | None:
    if attribute == METHOD:
        return matches(value, request.method or _SOME_DOMAIN)
    if attribute == HOST:
        return matches(value.lower(), request.host or _SOME_DOMAIN)  # HostMatcher ignores case
    return value == request.port if attribute == PORT else None


def _is_account(attribute: str, value: str, question: Question, home: str) -> bool | None:
    caller, settings = question.caller, question.settings
    if attribute == TRUST_DOMAIN:
        return _is_trust_domain(value, settings.trust_domains.value)
    if caller.account is None:
        return _is_platforms(attribute, value, settings.tenants, home)
    namespace, name = caller.account
    if attribute == SERVICE_ACCOUNT:
        # serviceAccountRegex: a name without a namespace is an account in the policy's own namespace
        return (value if "/" in value else f"{home}/{value}") == f"{namespace}/{name}"
    rest = f"ns/{namespace}/sa/{name}"
    if attribute == NAMESPACE and question.by_ztunnel:
        return matches(value, namespace)
    if attribute == NAMESPACE:
        return glob_matches(f"*/ns/{value}/*", f"{_SOME_DOMAIN}/{rest}")
    return _is_principal(value, rest, settings.trust_domains.value, not question.by_ztunnel)


def _is_platforms(attribute: str, value: str, tenants: frozenset[str], home: str) -> bool | None:
    """Return whether an unknown account of the platform is meant: it has a name, and is no tenant's."""
    if attribute == PRINCIPAL:
        named = account_of(value)
        return True if value == "*" else False if named and named[0] in tenants else None
    namespace, slash, _ = value.partition("/")
    is_tenants = (namespace if slash or attribute == NAMESPACE else home) in tenants
    return False if is_tenants else None


def _is_principal(value: str, rest: str, domains: tuple[str, ...] | None, has_aliases: bool) -> bool | None:
    if domains is not None:
        patterns = with_aliases(value, domains) if has_aliases else (value,)
        return any(matches(pattern, f"{domains[0]}/{rest}") for pattern in patterns)
    # If the domain is not known, the answer is known only if it is the same for the domain that the value
    # names and for another one
    named = value.partition("/")[0].strip("*") or _SOME_DOMAIN
    answers = {_is_principal(value, rest, (domain,), has_aliases) for domain in (named, _SOME_DOMAIN)}
    return answers.pop() if len(answers) == 1 else None


def with_aliases(principal: str, domains: tuple[str, ...]) -> tuple[str, ...]:
    """Return what *principal* stands for in a mesh of these domains (ReplaceTrustDomainAliases)."""
    domain, *rest = principal.split("/")
    if len(rest) != 4 or domain == "*":
        return (principal,)
    if domain != CLUSTER_LOCAL and not any(_alike(domain, each) for each in domains):
        return (principal,)
    return tuple(
        principal if domain.startswith("*") and each.endswith(domain[1:]) else "/".join((each, *rest))
        for each in domains
    )


def _alike(domain: str, other: str) -> bool:
    """Whether one of two domains matches the other, where both can have a star (stringMatch)."""
    return domain == other or other == "*" or _affix(domain, other) or _affix(other, domain)


def _affix(text: str, pattern: str) -> bool:
    return (pattern.endswith("*") and text.startswith(pattern[:-1])) or (
        pattern.startswith("*") and text.endswith(pattern[1:])
    )


def _is_trust_domain(value: str, domains: tuple[str, ...] | None) -> bool | None:
    if value == "*":
        return True
    if domains is None:
        return None
    if "*" not in value:
        return value in domains
    start, _, end = value.partition("*")
    return domains[0].startswith(start) and domains[0].endswith(end) and len(domains[0]) >= len(start + end)


def _is_user(attribute: str, value: str, caller: Caller, settings: MeshSettings) -> bool | None:
    header = settings.header.value
    if header is None or attribute != f"{HEADER_PREFIX}[{header.lower()}]":
        return None
    if not caller.has_header:
        return False  # `*` too needs a header
    prefix = settings.prefix.value
    if value == "*":
        return True
    if caller.user is None:
        return _is_some_user(value, prefix)
    if prefix is not None:
        return matches(value, f"{prefix}{caller.user}")
    return None if "*" in (value[:1], value[-1:]) or value.endswith(caller.user) else False


def _is_some_user(value: str, prefix: str | None) -> bool | None:
    """Return whether a user of unknown name is meant: not by a single name, perhaps by a pattern."""
    if "*" not in (value[:1], value[-1:]):
        return False
    if prefix is None or value.startswith("*"):
        return None
    return True if prefix.startswith(value[:-1]) else None if value.startswith(prefix) else False
