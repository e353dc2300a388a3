"""A rule in a few words, for the end of a chain."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import ALL, Request
from kubectl_kfaccess.terminal.safe_text import listed, part

_ALL_VERBS = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
_MOST_NAMES = 3


def rule_words(rule: PolicyRule, request: Request) -> str:
    """Return the rule's verbs and resources, that of *request* first: `all verbs on pods and 3 more`."""
    what = _urls(rule) if request.path is not None else _resources(rule, request)
    return f"{_verbs(rule)} on {what}{_names(rule)}"


def _verbs(rule: PolicyRule) -> str:
    if ALL in rule.verbs or set(rule.verbs) >= _ALL_VERBS:
        return "all verbs"
    return ", ".join(map(part, rule.verbs))


def _resources(rule: PolicyRule, request: Request) -> str:
    if ALL in rule.resources:
        return "all resources"
    return _first(request.combined_resource, rule.resources)


def _urls(rule: PolicyRule) -> str:
    return _first("", rule.non_resource_urls)


def _first(wanted: str, texts: Sequence[str]) -> str:
    first = wanted if wanted in texts else next(iter(texts), "")
    more = len(set(texts) - {first})
    return f"{part(first)} and {more} more" if more else part(first)


def _names(rule: PolicyRule) -> str:
    names = [listed(name) for name in rule.resource_names]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f", only {', '.join(names[:_MOST_NAMES])}{more}" if names else ""
