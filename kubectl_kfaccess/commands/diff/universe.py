"""The permissions that a comparison counts: on all known types, and all that the compared roles name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, resource_types
from kubectl_kfaccess.rbac.model import PolicyRule, RoleRef
from kubectl_kfaccess.rbac.permission_groups import literal_requests
from kubectl_kfaccess.rbac.permissions import Universe, universe
from kubectl_kfaccess.rbac.reach import differing_bindings, differing_roles, role_key
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS
from kubectl_kfaccess.rbac.snapshot import Snapshot


def compared_universe(types: Iterable[ResourceType], before: Snapshot, after: Snapshot) -> Universe:
    """Return the permissions to count when two snapshots are compared; one of them serves *types*."""
    known = {each.key: each for each in (*resource_types(), *types)}
    verbs = {(entry.type.group, entry.resource): entry.verbs for entry in CATALOGUE}
    plain = universe(known.values(), (), verbs)
    literals = dict.fromkeys(literal_requests(_compared_rules(before, after)))
    cluster_scoped = {key for key, each in known.items() if not each.namespaced}
    inside: dict[Request, None] = dict.fromkeys(plain.permissions)
    outside: dict[Request, None] = dict.fromkeys(plain.cluster)
    for request in literals:
        is_outside = request.path is not None or (request.group, request.resource) in cluster_scoped
        (outside if is_outside and not _is_asked_in_namespaces(request) else inside)[request] = None
    moved = [request for request in outside if _is_asked_in_namespaces(request)]
    inside.update(dict.fromkeys(moved))
    return Universe((*inside,), (*(request for request in outside if request not in inside),))


def _compared_rules(before: Snapshot, after: Snapshot) -> Iterator[PolicyRule]:
    """Yield the rules of the roles that differ, and of those whose bindings differ, on both sides."""
    keys = differing_roles(before, after)
    keys |= {role_key(b.role_ref, b.namespace) for b in differing_bindings(before, after)}
    for kind, namespace, name in sorted(keys):
        for snapshot in (before, after):
            yield from snapshot.rules_of(snapshot.role(RoleRef(kind, name), namespace))
            yield from snapshot.aggregation.uncertain_rules(name) if not namespace else ()


def _is_asked_in_namespaces(request: Request) -> bool:
    """Return whether the server asks about a cluster-scoped type in a namespace, as for `bind`."""
    return (request.verb, request.group, request.combined_resource) in _IN_NAMESPACES


_IN_NAMESPACES = frozenset(
    (verb, row.type.group, row.type.name) for row in EXCEPTIONS if row.in_namespaces for verb in row.verbs
)
