"""
Whether a rule allows a request: upstream's five matchers, under upstream's names.

Mirrors pkg/apis/rbac/v1/evaluation_helpers.go and RuleAllows of plugin/pkg/auth/authorizer/rbac/rbac.go.
All texts are compared exactly: case counts, and there are no plurals and no patterns.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.model import PolicyRule

ALL = "*"


class Request(Struct, frozen=True, gc=False):
    """
    What an authorizer gets, without the user (upstream: `authorizer.Attributes`).

    With a *path* it is a non-resource request. Otherwise *group*, *resource*, *subresource*, *name* and
    *namespace* count. `namespace=""` is a request outside namespaces. `name=""` is a request without a name,
    not a request for any name.
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str | None = None

    @property
    def combined_resource(self) -> str:
        """The resource as rules spell it, `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def rule_allows(rule: PolicyRule, request: Request) -> bool:
    """Whether *rule* alone allows *request*."""
    if request.path is not None:
        return verb_matches(rule, request.verb) and non_resource_url_matches(rule, request.path)
    return rule_allows_any_name(rule, request) and resource_name_matches(rule, request.name)


def rule_allows_any_name(rule: PolicyRule, request: Request) -> bool:
    """Whether *rule* allows the resource request *request* for at least one name."""
    return (
        verb_matches(rule, request.verb)
        and api_group_matches(rule, request.group)
        and resource_matches(rule, request.combined_resource, request.subresource)
    )


def verb_matches(rule: PolicyRule, verb: str) -> bool:
    """Whether one entry is `*` or the verb."""
    return ALL in rule.verbs or verb in rule.verbs


def api_group_matches(rule: PolicyRule, group: str) -> bool:
    """Whether one entry is `*` or the group. "" is the core group. An empty list matches no group."""
    return ALL in rule.api_groups or group in rule.api_groups


def resource_matches(rule: PolicyRule, combined_resource: str, subresource: str) -> bool:
    """Whether one entry is `*`, the resource with its subresource, or `*/` and the subresource."""
    resources = rule.resources
    if ALL in resources or combined_resource in resources:
        return True
    # ResourceMatches: "*/foo" matches only requests with a subresource; "pods/*" is a plain text
    return bool(subresource) and f"*/{subresource}" in resources


def resource_name_matches(rule: PolicyRule, name: str) -> bool:
    """Whether the rule has no names, which means any name, or one entry is exactly the name."""
    return not rule.resource_names or name in rule.resource_names


def non_resource_url_matches(rule: PolicyRule, path: str) -> bool:
    """Whether one entry is `*`, or the path, or ends in `*` and the path begins with the text before it."""
    # NonResourceURLMatches: strings.TrimRight(ruleURL, "*") cuts every trailing star
    return any(
        url in (ALL, path) or (url.endswith(ALL) and path.startswith(url.rstrip(ALL)))
        for url in rule.non_resource_urls
    )
