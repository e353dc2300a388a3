"""Rights that no tenant needs: the roles that give them to somebody who would not have them anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding, FindingType, about
from kubectl_kfaccess.findings.isolation.role_findings import allowed, role_finding, who_text
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.isolation.tenant_roles import GUESTS, Held, Side, SourceRole
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.rules import Request


class Right(Struct, frozen=True):
    """
    What somebody *can* do who is allowed one of *requests*; `{verbs}` are the verbs that they are allowed.

    Requests *of_cluster* count only by a ClusterRoleBinding. With *below_edit*, who has all of
    `kubeflow-edit` by the same role does not count.
    """

    can: str
    requests: tuple[Request, ...] = ()
    of_cluster: tuple[Request, ...] = ()
    below_edit: bool = False


def requests(verbs: Iterable[str], *kinds: tuple[str, ...]) -> tuple[Request, ...]:
    """Return a request for each of *verbs* on each of *kinds*: group, resource, subresource if any."""
    return tuple(Request(verb, *kind) for verb in verbs for kind in kinds)


def right_findings(kind: FindingType, right: Right, view: ClusterView) -> Iterator[Finding]:
    """
    Yield a finding of *kind* for each role that gives *right* to tenants, or to others in their namespaces.

    What a release ships, what allows everything, and what lets viewers run code does not count: other
    findings are about that. Neither do those who get into other tenants, nor the accounts of a namespace
    in it: those who have more than editors are another finding, and editors can act as the others.
    """
    climbs = {climb.key for climb in view.viewers.climbs}
    for source in view.roles.sources:
        if source.key not in climbs and not source.allows_everything:
            yield from _of_source(kind, right, view, source)


def _of_source(kind: FindingType, right: Right, view: ClusterView, source: SourceRole) -> Iterator[Finding]:
    here, cluster = allowed(source.unshipped, right.requests), allowed(source.unshipped, right.of_cluster)
    if not (here or cluster):
        return
    counted = source.without(_has_edit(view, source)) if right.below_edit else source
    held = counted.held(*GUESTS).without(view.on_ways) if here else Held()
    of_cluster = counted.held(Side.CLUSTER).without(view.on_ways) if cluster else Held()
    if held:
        yield role_finding(kind, source, held, _can(right, here))
    elif of_cluster:
        message = f"it lets {who_text(of_cluster)} {_can(right, cluster)} in the whole cluster"
        yield about(source.role, kind, message)


def _can(right: Right, requests: Iterable[Request]) -> str:
    return right.can.format(verbs=few({request.verb for request in requests}))


def _has_edit(view: ClusterView, source: SourceRole) -> frozenset[tuple[str, str, str]]:
    """Return the keys of the bound roles that have all of `kubeflow-edit`."""
    levels = ((role.key, view.crossings.levels.level((role.binding,))) for role in source.bound)
    return frozenset(key for key, level in levels if level in (TenantLevel.EDIT, TenantLevel.ADMIN))
