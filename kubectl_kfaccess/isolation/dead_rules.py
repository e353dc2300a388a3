"""Rules that grant nothing through a RoleBinding."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES
from kubectl_kfaccess.rbac.model import RBAC_GROUP, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS

_BINDINGS = frozenset(("rolebindings", "clusterrolebindings"))
_WITHOUT_NAME = frozenset(("create", "deletecollection"))
_IN_NAMESPACE = frozenset(
    (verb, *row.type.key) for row in EXCEPTIONS for verb in row.verbs if row.in_namespaces
)
_IN_NONE = frozenset(
    (verb, *row.type.key) for row in EXCEPTIONS for verb in row.verbs if not row.in_namespaces
)
# A request about one Namespace has that namespace (apiserver: pkg/endpoints/request/requestinfo.go)
_OF_ALL_NAMESPACES = frozenset(("list", "watch", "create", "deletecollection"))


class DeadRules:
    """Knows which of *types*, those that the cluster serves, are in no namespace."""

    def __init__(self, types: Iterable[ResourceType]) -> None:
        self._namespaced = {known.key: known.namespaced for known in types}

    def text(self, rule: PolicyRule) -> str:
        """
        Return what *rule* names in vain, as `VERB RESOURCE` or a URL; "" if it has an effect.

        The rule is one part: it has one verb and one resource, or one URL.
        """
        if not rule.resources:
            return "".join(rule.non_resource_urls)
        (verb,), (group,), (resource,) = rule.verbs, rule.api_groups, rule.resources
        name, _, subresource = resource.partition("/")
        if (
            self._is_in_no_namespace(verb, group, name)
            or self._is_on_a_binding(verb, group, name)
            or _lacks_name(rule, verb, group, subresource)
        ):
            return f"{verb} {resource}"
        return ""

    def _is_in_no_namespace(self, verb: str, group: str, name: str) -> bool:
        if (verb, group, name) in _IN_NONE:
            return True
        if (verb, group, name) in _IN_NAMESPACE or verb == ALL:
            return False
        if (group, name) == ("", "namespaces"):
            return verb in _OF_ALL_NAMESPACES
        return self._namespaced.get((group, name)) is False

    def _is_on_a_binding(self, verb: str, group: str, name: str) -> bool:
        return verb in ("bind", "escalate") and group == RBAC_GROUP and name in _BINDINGS


def _lacks_name(rule: PolicyRule, verb: str, group: str, subresource: str) -> bool:
    """Whether the rule has resourceNames and its verb is of requests without a name."""
    return bool(rule.resource_names) and verb in _WITHOUT_NAME and not subresource and group != PIPELINES
