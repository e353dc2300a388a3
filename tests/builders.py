"""
Build RBAC objects in a few words, so that a test reads like a sentence.

    snapshot(
        cluster_role("editor", rule("create", "inferenceservices.serving.kserve.io")),
        role_binding("team-a", "editors", "editor", "user:alice", "sa:team-a/default-editor"),
    )

A resource is written `TYPE[.GROUP][/SUBRESOURCE]`. Several resources or verbs are separated by commas.
A role reference is a ClusterRole's name, or `Role/NAME`. A subject is `user:NAME`, `group:NAME`,
`sa:NAMESPACE/NAME`, or `sa:NAME` for an account whose namespace is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET

from kubectl_kfaccess.rbac.evaluator import Decision, Evaluator, Verdict
from kubectl_kfaccess.rbac.model import (
    AggregationRule,
    AuthorizationPolicy,
    ClusterRole,
    ClusterRoleBinding,
    ConfigMap,
    Deployment,
    KubernetesObject,
    LabelSelector,
    LabelSelectorRequirement,
    Namespace,
    ObjectMeta,
    PolicyRule,
    Profile,
    ProfileSpec,
    Role,
    RoleBinding,
    RoleRef,
    ServiceAccount,
    Subject,
)
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import Identity

KINDS = {"user": "User", "group": "Group", "sa": "ServiceAccount"}


def rule(verbs: str, resources: str, *, names: Iterable[str] = ()) -> PolicyRule:
    """Return a rule about resources; several in one rule share all their groups, as in RBAC."""
    parts = [_resource(text) for text in resources.split(",")]
    return PolicyRule(
        tuple(verbs.split(",")),
        tuple(dict.fromkeys(group for group, _, _ in parts)),
        tuple(f"{kind}/{sub}" if sub else kind for _, kind, sub in parts),
        tuple(names),
    )


def urls(verbs: str, *paths: str) -> PolicyRule:
    """Return a rule about non-resource URLs."""
    return PolicyRule(tuple(verbs.split(",")), non_resource_urls=paths)


def request(verb: str, target: str, namespace: str = "", name: str = "") -> Request:
    """Return a request about a resource, or about a path if *target* begins with a slash."""
    if target.startswith("/"):
        return Request(verb, path=target)
    group, kind, sub = _resource(target)
    return Request(verb, group, kind, sub, name, namespace)


def cluster_role(
    name: str,
    *rules: PolicyRule,
    labels: Mapping[str, str] | None = None,
    aggregate: Mapping[str, str] | LabelSelector | Iterable[LabelSelector] | None = None,
    stored: bool = False,
) -> ClusterRole:
    """Return a ClusterRole; *aggregate* makes it an aggregated one, *stored* one read from a server."""
    return ClusterRole(
        metadata=ObjectMeta(name, labels=dict(labels or {}), resource_version="1" if stored else ""),
        rules=rules,
        aggregation_rule=UNSET if aggregate is None else AggregationRule(_selectors(aggregate)),
    )


def labelled(**labels: str) -> LabelSelector:
    """Return a selector of roles that have all these labels."""
    return LabelSelector(labels)


def expression(key: str, operator: str, *values: str) -> LabelSelector:
    """Return a selector with one `matchExpressions` line."""
    return LabelSelector(match_expressions=(LabelSelectorRequirement(key, operator, values),))


def role(key: str, *rules: PolicyRule) -> Role:
    """Return a Role, by `NAMESPACE/NAME`."""
    namespace, _, name = key.partition("/")
    return Role(metadata=ObjectMeta(name, namespace), rules=rules)


def role_binding(namespace: str, name: str, ref: str, *subjects: str) -> RoleBinding:
    """Return a RoleBinding of a role to subjects."""
    metadata = ObjectMeta(name, namespace)
    return RoleBinding(metadata=metadata, role_ref=_role_ref(ref), subjects=tuple(map(subject, subjects)))


def cluster_role_binding(name: str, ref: str, *subjects: str) -> ClusterRoleBinding:
    """Return a ClusterRoleBinding of a role to subjects."""
    metadata = ObjectMeta(name)
    return ClusterRoleBinding(
        metadata=metadata, role_ref=_role_ref(ref), subjects=tuple(map(subject, subjects))
    )


def namespace(name: str, **labels: str) -> Namespace:
    """Return a namespace with labels."""
    return Namespace(metadata=ObjectMeta(name, labels=labels))


def service_account(key: str) -> ServiceAccount:
    """Return a ServiceAccount, by `NAMESPACE/NAME`."""
    where, _, name = key.partition("/")
    return ServiceAccount(metadata=ObjectMeta(name, where))


def profile(name: str, owner: str) -> Profile:
    """Return a profile; *owner* is written as a subject."""
    return Profile(metadata=ObjectMeta(name), spec=ProfileSpec(subject(owner)))


def authorization_policy(key: str, spec: object = None) -> AuthorizationPolicy:
    """Return an AuthorizationPolicy, by `NAMESPACE/NAME`, with its spec as plain data."""
    where, _, name = key.partition("/")
    return AuthorizationPolicy(metadata=ObjectMeta(name, where), spec=spec)


def deployment(key: str, container: Mapping[str, object]) -> Deployment:
    """Return a Deployment with one container, by `NAMESPACE/NAME`."""
    where, _, name = key.partition("/")
    spec = {"template": {"spec": {"containers": [container]}}}
    return Deployment(metadata=ObjectMeta(name, where), spec=spec)


def config_map(key: str, **data: str) -> ConfigMap:
    """Return a ConfigMap, by `NAMESPACE/NAME`."""
    where, _, name = key.partition("/")
    return ConfigMap(metadata=ObjectMeta(name, where), data=data)


def subject(text: str) -> Subject:
    """Return a subject of a binding, by `user:NAME`, `group:NAME`, `sa:NAMESPACE/NAME` or `sa:NAME`."""
    kind, _, rest = text.partition(":")
    if kind == "sa":
        where, slash, name = rest.partition("/")
        return Subject(KINDS[kind], name, where) if slash else Subject(KINDS[kind], rest)
    return Subject(KINDS[kind], rest)


def spelled(who: Subject) -> str:
    """Return the text that `subject` reads as that subject."""
    if who.kind == "ServiceAccount":
        return f"sa:{who.namespace}/{who.name}"
    return f"{who.kind.lower()}:{who.name}"


def gap(resource: str, namespace: str = "") -> Gap:
    """Return the gap of a list that was forbidden, in one namespace or (by default) everywhere."""
    return Gap(resource, namespace, "forbidden")


def snapshot(*objects: KubernetesObject, gaps: Iterable[Gap] = ()) -> Snapshot:
    """Return a snapshot of these objects only."""

    def of_kind(kind: str) -> dict[tuple[str, str], KubernetesObject]:
        return {each.key: each for each in objects if each.kind == kind}

    return Snapshot(
        cluster_roles=of_kind("ClusterRole"),  # type: ignore[arg-type]  # chosen by their kind
        cluster_role_bindings=of_kind("ClusterRoleBinding"),  # type: ignore[arg-type]  # chosen by their kind
        roles=of_kind("Role"),  # type: ignore[arg-type]  # chosen by their kind
        role_bindings=of_kind("RoleBinding"),  # type: ignore[arg-type]  # chosen by their kind
        namespaces=of_kind("Namespace"),  # type: ignore[arg-type]  # chosen by their kind
        service_accounts=of_kind("ServiceAccount"),  # type: ignore[arg-type]  # chosen by their kind
        profiles=of_kind("Profile"),  # type: ignore[arg-type]  # chosen by their kind
        authorization_policies=of_kind("AuthorizationPolicy"),  # type: ignore[arg-type]  # chosen by their kind
        deployments=of_kind("Deployment"),  # type: ignore[arg-type]  # chosen by their kind
        config_maps=of_kind("ConfigMap"),  # type: ignore[arg-type]  # chosen by their kind
        gaps=tuple(gaps),
    )


def identity(user: str = "", *groups: str) -> Identity:
    """Return a caller; `sa:NAMESPACE/NAME` means an account's user name, without its groups."""
    if user.startswith("sa:"):
        user = f"system:serviceaccount:{user.removeprefix('sa:').replace('/', ':')}"
    return Identity(user, groups)


def decide(known: Snapshot, who: str | Identity, wanted: Request) -> Decision:
    """Return what the evaluator decides; *who* is a user's name if no groups matter."""
    return Evaluator(known).decide(identity(who) if isinstance(who, str) else who, wanted)


def verdict(known: Snapshot, who: str | Identity, wanted: Request) -> Verdict:
    """Return only the verdict of the evaluator."""
    return decide(known, who, wanted).verdict


def _resource(text: str) -> tuple[str, str, str]:
    """Return (group, type, subresource)."""
    whole, _, sub = text.partition("/")
    kind, _, group = whole.partition(".")
    return group, kind, sub


def _role_ref(text: str) -> RoleRef:
    kind, slash, name = text.partition("/")
    return RoleRef(kind, name) if slash else RoleRef("ClusterRole", text)


def _selectors(
    aggregate: Mapping[str, str] | LabelSelector | Iterable[LabelSelector],
) -> tuple[LabelSelector, ...]:
    if isinstance(aggregate, LabelSelector):
        return (aggregate,)
    if isinstance(aggregate, Mapping):
        return (LabelSelector(dict(aggregate)),)
    return tuple(aggregate)
