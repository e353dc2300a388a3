"""What a refusal of the mesh comes from: who its policies let in, why not the subject, and what helps."""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.admissions import Admission, admissions
from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import user_header
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, Tenant
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import USER


class Help(enum.Enum):
    """What lets the subject in."""

    CHANGE_DENIAL = enum.auto()  # a DENY policy wins over all that allow
    NAME_SOURCE = enum.auto()  # the dashboard adds users alone
    RESTORE_OWNERS_POLICY = enum.auto()
    RESTORE_POLICY = enum.auto()  # a binding makes them a contributor, and the policy beside it is missing
    ADD_CONTRIBUTOR = enum.auto()
    NO_PROFILE = enum.auto()


class MeshRefusal(Struct, frozen=True):
    """
    Whether the mesh lets the subject into *namespace*, who its policies let in, and what helps after a no.

    *owner* is the profile's, None if it is not known or there is no profile; *binding* is what makes the
    subject a contributor without a policy.
    """

    namespace: str
    answer: MeshAnswer
    admissions: tuple[Admission, ...]
    help: Help | None = None
    owner: Subject | None = None
    binding: RoleBinding | None = None

    @property
    def reach(self) -> Reach:
        """The answer; without any policy it is unknown, because some policy has refused the request."""
        is_unseen = self.answer.reach is Reach.NOT_INSTALLED
        return Reach.UNKNOWN if is_unseen else self.answer.reach


def mesh_refusal(snapshot: Snapshot, who: KnownSubject, namespace: str) -> MeshRefusal:
    """Return what the policies in *snapshot* say about requests of *who* to the workloads in *namespace*."""
    mesh = Mesh(snapshot)
    answer = mesh.reaches(who, namespace, enforced=True)  # something there has refused the request
    admitted = admissions(mesh, namespace, user_header(mesh.settings))
    if answer.reach is not Reach.NO:
        return MeshRefusal(namespace, answer, admitted)
    tenant = ProfileIndex(snapshot).tenant(namespace)
    binding = _binding(tenant, who.subject)
    what_helps = _help(tenant, who, answer, binding)
    return MeshRefusal(namespace, answer, admitted, what_helps, tenant.owner, binding)


def _binding(tenant: Tenant, subject: Subject) -> RoleBinding | None:
    """Return the binding that makes *subject* a contributor, if no policy admits them."""
    own = (member for member in tenant.members if member.subject == subject and not member.policy)
    return next((member.binding for member in own if member.has_dashboard_role), None)


def _help(tenant: Tenant, who: KnownSubject, answer: MeshAnswer, binding: RoleBinding | None) -> Help:
    if answer.cause is MeshCause.DENIED:
        return Help.CHANGE_DENIAL
    if who.subject.kind != USER:
        return Help.NAME_SOURCE
    if tenant.owner is None:
        return Help.NO_PROFILE
    if tenant.owner == who.subject:
        return Help.RESTORE_OWNERS_POLICY
    return Help.RESTORE_POLICY if binding else Help.ADD_CONTRIBUTOR
