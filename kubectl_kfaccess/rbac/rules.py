"""
The rule test: upstream's five matchers under their own names, so that the two can be laid side by side.

Mirrors pkg/apis/rbac/v1/evaluation_helpers.go and RuleAllows of plugin/pkg/auth/authorizer/rbac/rbac.go.
Everything compares exact text: no case folding, no plurals, no globbing.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.model import PolicyRule

ALL = "*"


class Request(Struct, frozen=True, gc=False):
    """
    What the authorizer is asked, but for the user: upstream's `authorizer.Attributes`.

    A *path* makes it a non-resource request (never empty then); otherwise *group*, *resource*,
    *subresource*, *name* and *namespace* count. `namespace=""` is a request outside any namespace,
    `name=""` is a request without a name, not one for any name.
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
    """Whether *rule* allows *request*, a resource request, for at least one name."""
    return (
        verb_matches(rule, request.verb)
        and api_group_matches(rule, request.group)
        and resource_matches(rule, request.combined_resource, request.subresource)
    )


def verb_matches(rule: PolicyRule, verb: str) -> bool:
    """One entry is `*` or the verb."""
    return ALL in rule.verbs or verb in rule.verbs


def api_group_matches(rule: PolicyRule, group: str) -> bool:
    """One entry is `*` or the group; "" is the core group, an empty list is none."""
    return ALL in rule.api_groups or group in rule.api_groups


def resource_matches(rule: PolicyRule, combined_resource: str, subresource: str) -> bool:
    """One entry is `*`, the resource with its subresource, or `*/` and the subresource."""
    resources = rule.resources
    if ALL in resources or combined_resource in resources:
        return True
    # ResourceMatches: "*/foo" counts only when a subresource is asked; "pods/*" is a literal
    return bool(subresource) and f"*/{subresource}" in resources


def resource_name_matches(rule: PolicyRule, name: str) -> bool:
    """No names at all are no restriction; otherwise one entry is the name, letter by letter."""
    return not rule.resource_names or name in rule.resource_names


def non_resource_url_matches(rule: PolicyRule, path: str) -> bool:
    """One entry is `*`, the path, or ends in `*` and the path starts with what stands before the stars."""
    # NonResourceURLMatches: strings.TrimRight(ruleURL, "*") cuts every trailing star
    return any(
        url in (ALL, path) or (url.endswith(ALL) and path.startswith(url.rstrip(ALL)))
        for url in rule.non_resource_urls
    )
