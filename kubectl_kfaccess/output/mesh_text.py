"""The mesh's answers, and the settings that they rest on, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from kubectl_kfaccess.kubeflow.planes.mesh.near_names import NearName, Slip
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause
from kubectl_kfaccess.kubeflow.planes.mesh.rules import HOST, METHOD, PATH, PORT, Term
from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings, Origin, Setting
from kubectl_kfaccess.kubeflow.untyped_data import value_at
from kubectl_kfaccess.output.blocks import Point, Points
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import object_data, subject_data
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, Subject
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.terminal.safe_text import line, listed, part, shown

T = TypeVar("T")

MOST_VALUES = 3
_LIMITED = {METHOD: "method", HOST: "host", PORT: "port", PATH: "path"}
_SETTINGS = {
    MeshCause.GATEWAY: "the account of the ingress gateway or of the pipelines page",
    MeshCause.HEADER: "the header with the user's name",
    MeshCause.TRUST_DOMAIN: "the mesh's trust domain",
    MeshCause.ROOT_NAMESPACE: "the mesh's root namespace",
}


def mesh_data(answer: MeshAnswer) -> Data:
    """Return the answer as machine data."""
    return {
        "reach": answer.reach.value,
        "policy": object_data(answer.policy) if answer.policy else None,
        "rule": answer.rule,
        "why": mesh_reason(answer),
    }


def mesh_reason(answer: MeshAnswer) -> str:
    """Return the reason for the mesh's answer, which names the policy and the rule that decide it."""
    policy = _policy_text(answer.policy) if answer.policy else ""
    by = f"{policy}, rule {answer.rule}," if answer.rule else policy
    return _REASONS[answer.cause].format(
        policy=policy,
        by=by,
        does=_ACTIONS.get(str(value_at(answer.policy.spec, "action")), "allows") if answer.policy else "",
        term=_term_text(answer.term) if answer.term else "more than is known",
        limits=" and ".join(map(_limit_text, answer.limits)),
        kinds=" and ".join(dict.fromkeys(_LIMITED[term.attribute] for term in answer.limits)) or "request",
        setting=_SETTINGS.get(answer.cause, ""),
        unknown=_unknown_text(answer.setting) if answer.setting else "",
        unread=_unread_text(answer.unread) if answer.unread else "",
        near=_near_text(answer.near) if answer.near else "",
        off_http=f"; but {_off_http(answer)}" if answer.off_http else "",
    )


_ACTIONS = {"DENY": "denies", "CUSTOM": "asks its provider about"}
_REASONS = {
    MeshCause.NO_POLICIES: "there are no policies of the mesh",
    MeshCause.NOBODY_LIMITED: "no policy there limits who gets in{off_http}",
    MeshCause.ALLOWED: "{by} lets it in{off_http}",
    MeshCause.DENIED: "{by} denies it",
    MeshCause.NOT_ALLOWED: "no policy there lets it in",
    MeshCause.CERTAIN_PATHS: "no policy there lets it in; {by} opens only certain paths to it",
    MeshCause.NEARLY_NAMED: "no policy there lets it in; {by} nearly names it: {near}",
    MeshCause.GROUP: "a group gets in by no name: the mesh knows users, and not their groups",
    MeshCause.UNREAD: "the policies of {unread}",
    MeshCause.NOT_UNDERSTOOD: "{policy} is not understood",
    MeshCause.EXTENSION: "{policy} asks a provider of its own",
    MeshCause.SOME_WORKLOADS: "{policy} is for some workloads only",
    MeshCause.SOME_REQUESTS: "it depends on the {kinds}: {by} {does} {limits}",
    MeshCause.MANY_REQUESTS: "the policies there name more methods, hosts and ports than are compared",
    MeshCause.MORE_THAN_IDENTITY: "{by} asks for {term}",
    MeshCause.GATEWAY: "{by} names accounts, and {setting} is not known{unknown}",
    MeshCause.HEADER: "{by} names users, and {setting} is not known{unknown}",
    MeshCause.TRUST_DOMAIN: "{by} names a trust domain, and {setting} is not known{unknown}",
    MeshCause.ROOT_NAMESPACE: "whether {policy} counts here is open: {setting} is not known{unknown}",
    MeshCause.PIPELINES_PAGE: "only requests that the pipelines page passes on get in: {by} lets them in",
    MeshCause.AMBIENT: (
        "the namespace is in ambient mode, where only a waypoint knows headers, methods, hosts and paths"
    ),
    MeshCause.WAYPOINT: "a waypoint enforces the policies, for the services that use it",
    MeshCause.NO_LABEL: (
        "the namespace has no label for sidecars or ambient mode: perhaps nothing enforces its policies"
    ),
    MeshCause.UNREAD_LABELS: (
        "the labels of the namespace were not read, so it is not known what enforces its policies"
    ),
}


def _policy_text(policy: AuthorizationPolicy) -> str:
    return f"`{'/'.join(part(name, '`') for name in policy.key)}`"


def _unread_text(gap: Gap) -> str:
    return f"`{part(gap.namespace, '`')}` could not be read: {gap.reason}"


_SLIPS = {
    Slip.FORM: "is not of the form DOMAIN/ns/NAMESPACE/sa/NAME",
    Slip.DOMAIN: "has another trust domain",
    Slip.CASE: "differs in upper and lower case",
    Slip.PREFIX: "is missing the prefix that this mesh puts before names",
}


def _near_text(near: NearName) -> str:
    return f"`{part(near.name, '`')}` {_SLIPS[near.slip]}"


def _term_text(term: Term) -> str:
    """Return what a rule asks for beyond the identity."""
    return f"`{part(term.attribute, '`')}`"


def _limit_text(term: Term) -> str:
    """Return what a rule is limited to, such as `methods GET, HEAD`."""
    few = ", ".join(map(listed, term.values[:MOST_VALUES]))
    more = f" and {len(term.values) - MOST_VALUES} more" if len(term.values) > MOST_VALUES else ""
    others = "all but " if term.negative else ""
    kind = _LIMITED[term.attribute]
    return f"{others}{kind}{'s' if len(term.values) > 1 else ''} {few}{more}"


def _off_http(answer: MeshAnswer) -> str:
    policy = _policy_text(answer.off_http) if answer.off_http else ""
    return f"{policy} denies everything on ports that are not HTTP"


def _unknown_text(setting: Setting[T]) -> str:
    """Return why a setting has no value, as the end of a sentence."""
    if setting.origin is Origin.UNREAD:
        return (
            f": ConfigMap `{setting.name}` could not be read{f': {setting.reason}' if setting.reason else ''}"
        )
    if setting.origin is Origin.CONTRADICTORY:
        return f": ConfigMap `{setting.name}` and another one differ"
    if setting.name:
        return f": ConfigMap `{setting.name}`: {setting.reason}"
    return ": neither a ConfigMap nor an owner's policy says it"


def settings_block(settings: MeshSettings) -> Points:
    """Return how the mesh knows its callers, and where each setting comes from, for `-o wide`."""
    texts = (f"{name}: {value} ({line(origin)})" for name, value, origin in settings_rows(settings))
    return Points("how the mesh knows users", tuple(map(Point, texts)))


def settings_rows(settings: MeshSettings) -> Iterator[tuple[str, str, str]]:
    """Yield each setting by its name, with its value and where that comes from."""
    header, prefix = settings.header, settings.prefix
    yield "gateway", _account_text(settings.gateway), origin_text(settings.gateway)
    yield "pipelines page", _account_text(settings.pipelines_page), origin_text(settings.pipelines_page)
    before = f", `{part(prefix.value, '`')}` before the name" if prefix.value else ""
    name = f"{shown(header.value)}{before}" if header.value else "?"
    yield "user header", name, origin_text(header)
    domains, root = settings.trust_domains, settings.root_namespace
    yield (
        "trust domain",
        ", ".join(map(listed, domains.value)) if domains.value else "?",
        origin_text(domains),
    )
    yield "root namespace", shown(root.value) if root.value else "?", origin_text(root)


def settings_data(settings: MeshSettings) -> Data:
    """Return the settings as machine data: each with its value and where that comes from."""
    return {
        "gateway": _account_data(settings.gateway),
        "pipelinesPage": _account_data(settings.pipelines_page),
        "userHeader": _setting_data(settings.header),
        "userPrefix": _setting_data(settings.prefix),
        "trustDomains": _setting_data(settings.trust_domains),
        "rootNamespace": _setting_data(settings.root_namespace),
    }


def _setting_data(setting: Setting[T]) -> Data:
    value = list(setting.value) if isinstance(setting.value, tuple) else setting.value
    return {"value": value, "from": origin_text(setting)}


def _account_data(setting: Setting[tuple[str, str]]) -> Data:
    account = setting.value
    subject = subject_data(Subject(SERVICE_ACCOUNT, account[1], account[0])) if account else None
    return {"value": subject, "from": origin_text(setting)}


def _account_text(setting: Setting[tuple[str, str]]) -> str:
    return f"sa:{'/'.join(map(part, setting.value))}" if setting.value else "?"


def origin_text(setting: Setting[T]) -> str:
    """Return where a setting comes from, or why it is not known."""
    if setting.value is None:
        return _unknown_text(setting).removeprefix(": ")
    return f"ConfigMap {setting.name}" if setting.origin is Origin.CONFIG_MAP else setting.origin.value
