"""
For which of Kubeflow's services it counts that somebody is a member of a profile, or has rights everywhere.

Most services ask the API server, so the role counts. KFAM does not: it reads the owner in the Profile and the
annotations of RoleBindings, and the dashboard shows a profile to those that KFAM lists.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kfaccess.kubeflow.catalogue.services import KFAM
from kubectl_kfaccess.kubeflow.planes.counting import Counts, Services, role_counts
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant
from kubectl_kfaccess.kubeflow.tenants.profiles import Member, Tenant
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER


def member_counts(services: Services, tenant: Tenant, member: Member) -> Counts:
    """Return whether the access of *member* counts for each service; KFAM is not asked about accounts."""
    if member.binding is None and tenant.is_unread("rolebindings"):
        counts, is_listed = None, None
    else:
        counts, is_listed = member.kubectl, is_listed_by_kfam(tenant, member)
    by_service = role_counts(services, counts=counts, to_group=member.subject.kind == GROUP)
    return by_service if member.subject.kind == SERVICE_ACCOUNT else {**by_service, KFAM.name: is_listed}


def is_listed_by_kfam(tenant: Tenant, member: Member) -> bool:
    """
    Whether KFAM knows *member*: as the owner in the Profile, or as the user of an annotated binding.

    Mirrors isOwnerOrAdmin and List of components/access-management/kfam of kubeflow/dashboard. KFAM lists
    the namespaces of Profiles only, by the annotation `user`, and fails at a binding of several subjects.
    """
    if tenant.profile is None and not tenant.is_unread("profiles"):
        return False
    if member.subject.kind != USER:
        return False
    if tenant.profile and member.subject == tenant.owner:
        return True
    binding, annotation = member.binding, member.annotation
    is_single = binding is not None and len(binding.subjects) == 1
    return is_single and annotation is not None and annotation.user == member.subject.name


def cluster_wide_counts(services: Services, grant: ClusterWideGrant) -> Mapping[str, bool | None]:
    """Return whether the rights that *grant* gives count for each service; for KFAM they never do."""
    to_group = grant.subject.kind == GROUP
    return {**role_counts(services, counts=grant.kubectl, to_group=to_group), KFAM.name: False}
