"""
For which of Kubeflow's services a grant counts: those whose access reviews it can allow.

A grant to a group counts only where the review has the groups of the user. A rule for certain names counts
only where it has the name of the object, and a RoleBinding only where it has a namespace.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call, calls_for
from kubectl_kfaccess.kubeflow.catalogue.services import Identity, Service
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.subjects import GROUP

Services = tuple[Service, ...]
Counts = Mapping[str, bool | None]
"""By the name of a service, whether access counts there; None if that is unknown."""

_MOST_REMEMBERED = 4096


class ResourceVerb(Struct, frozen=True):
    """What an access review asks: the *verb* on a *resource* (or `RESOURCE/SUB`) of *group*."""

    group: str
    resource: str
    verb: str


def grant_counts(grant: Grant, reviewed: ResourceVerb, services: Services) -> Counts:
    """Return whether *grant* counts for each of *services* whose newest release asks about *reviewed*."""
    return _counts(
        reviewed,
        services,
        to_group=grant.who.kind == GROUP,
        has_names=bool(grant.rule.resource_names),
        is_inside=bool(grant.binding.namespace),
    )


@lru_cache(maxsize=_MOST_REMEMBERED)
def _counts(
    reviewed: ResourceVerb, services: Services, *, to_group: bool, has_names: bool, is_inside: bool
) -> Counts:
    """Return the answer for all grants that are alike: thousands of bindings differ only in the subject."""
    return {
        service.name: _sees(service, to_group=to_group)
        and any((call.named or not has_names) and (call.namespaced or not is_inside) for call in calls)
        for service in services
        if (calls := _current_calls(service, reviewed))
    }


def _current_calls(service: Service, reviewed: ResourceVerb) -> tuple[Call, ...]:
    """Return the calls of *service* that send this review in its newest release."""
    calls = calls_for(reviewed.group, reviewed.resource, reviewed.verb, service.identity)
    return tuple(call for call in calls if call.service is service and call.is_current)


def _sees(service: Service, *, to_group: bool) -> bool:
    return not to_group or service.identity is Identity.NAME_AND_GROUPS


def role_counts(services: Services, *, counts: bool | None, to_group: bool) -> dict[str, bool | None]:
    """
    Return whether access counts for each service that sends reviews, whatever the role grants.

    *counts* says whether it counts for kubectl.
    """
    return {
        service.name: _sees(service, to_group=to_group) and counts
        for service in services
        if service.identity is not Identity.MEMBERSHIP
    }
