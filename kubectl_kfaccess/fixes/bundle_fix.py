"""The smallest roles with which a subject can apply a bundle of manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kubectl_kfaccess.fixes.candidates import is_writable
from kubectl_kfaccess.fixes.free_names import free_name
from kubectl_kfaccess.fixes.granting import rule_for
from kubectl_kfaccess.rbac.bundle import Judge, Outcome, outcomes
from kubectl_kfaccess.rbac.bundle_cluster import BundleCluster
from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.rbac.compact_rules import compact_rules
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.manifests import Manifest, rbac_manifest, subject_manifest
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    Subject,
)
from kubectl_kfaccess.rbac.overlay import overlay
from kubectl_kfaccess.rbac.role_writes import Escalation
from kubectl_kfaccess.rbac.ways import Way

_MOST_ROUNDS = 4

_Rules = dict[str, dict[PolicyRule, None]]


class BundleFix(Struct, frozen=True):
    """The manifests to apply before the bundle, and what *remains* to fail: no permission helps it."""

    manifests: tuple[Manifest, ...]
    remains: tuple[Outcome, ...]


def bundle_fix(
    objects: Sequence[BundleObject], cluster: BundleCluster, judge: Judge, way: Way, subject: Subject
) -> BundleFix | None:
    """
    Return what lets *subject* apply the bundle: a role for each namespace, and one for the whole cluster.

    None if the subject cannot be bound, or if no permission is missing. What stands in a namespace that the
    bundle makes itself needs permissions in the whole cluster.
    """
    if not is_writable(subject):
        return None
    rules: _Rules = {}
    manifests: tuple[Manifest, ...] = ()
    result = outcomes(objects, cluster, judge, way)
    for _ in range(_MOST_ROUNDS):  # an object that passes shows what the later ones need
        before = sum(map(len, rules.values()))
        for place, rule in _missing(result, cluster):
            rules.setdefault(place, {})[rule] = None
        if sum(map(len, rules.values())) == before:
            break
        manifests = tuple(_manifests(rules, subject, objects, cluster))
        fixed = _with(manifests, cluster)
        result = outcomes(objects, fixed, judge, way)
    remains = tuple(outcome for outcome in result if outcome.verdict is not Verdict.ALLOWED)
    return BundleFix(manifests, remains) if manifests else None


def _with(manifests: tuple[Manifest, ...], cluster: BundleCluster) -> BundleCluster:
    return BundleCluster(overlay(cluster.snapshot, manifests).snapshot, cluster.namespaces, cluster.unserved)


def _missing(result: Iterable[Outcome], cluster: BundleCluster) -> Iterator[tuple[str, PolicyRule]]:
    """Yield each rule that is missing, with the namespace of the role for it, "" for the whole cluster."""
    for outcome in result:
        is_placed = outcome.object.type is not None and outcome.object.type.namespaced
        namespace = outcome.object.namespace if is_placed else ""
        place = namespace if namespace and cluster.has_namespace(namespace) is not False else ""
        for need in outcome.needs:
            if need.verdict is not Verdict.ALLOWED:
                yield place, rule_for(need.request)
        if outcome.escalation and outcome.escalation.verdict is not Verdict.ALLOWED:
            yield from ((place, rule) for rule in _rules_of(outcome.escalation))


def _rules_of(escalation: Escalation) -> tuple[PolicyRule, ...]:
    """Return what passes the check: `bind` for a binding, the rules themselves for a role."""
    check = escalation.check
    if check.exemption.verb == "bind" or check.aggregates or not escalation.missing:
        return (rule_for(check.exemption),)
    return escalation.missing


def _manifests(
    rules: _Rules, subject: Subject, objects: Sequence[BundleObject], cluster: BundleCluster
) -> Iterator[Manifest]:
    name = free_name(f"{subject.name} apply", _taken(objects, cluster))
    for place in sorted(rules):
        kind, binding = (Role, RoleBinding) if place else (ClusterRole, ClusterRoleBinding)
        plain = [_plain(rule) for rule in compact_rules(rules[place])]
        yield rbac_manifest(kind.kind, name, place, rules=plain)
        ref = {"apiGroup": RBAC_GROUP, "kind": kind.kind, "name": name}
        yield rbac_manifest(binding.kind, name, place, roleRef=ref, subjects=[subject_manifest(subject)])


def _taken(objects: Sequence[BundleObject], cluster: BundleCluster) -> set[str]:
    """Return the names of all roles and bindings, those of the bundle and missing ones included."""
    snapshot = cluster.snapshot
    maps = (snapshot.roles, snapshot.cluster_roles, snapshot.role_bindings, snapshot.cluster_role_bindings)
    refs = {binding.role_ref.name for binding in snapshot.bindings(None)}
    own = {each.name for each in objects if each.type and each.type.group == RBAC_GROUP}
    return {name for known in maps for _, name in known} | refs | own


def _plain(rule: PolicyRule) -> dict[str, list[str]]:
    fields = {
        "verbs": rule.verbs,
        "apiGroups": rule.api_groups,
        "resources": rule.resources,
        "resourceNames": rule.resource_names,
        "nonResourceURLs": rule.non_resource_urls,
    }
    return {key: list(values) for key, values in fields.items() if values}
