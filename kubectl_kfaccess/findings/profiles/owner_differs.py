"""Objects that do not name the same owner of the profile."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.owner_hand_over import HAND_OVER
from kubectl_kfaccess.findings.profiles.view import ProfileView, few
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING, OWNERS_POLICY
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import dashboard_annotation
from kubectl_kfaccess.kubeflow.tenants.profiles import Tenant
from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.subjects import displayed_subject, spelled

TYPE = FindingType(
    id="profile-owner-differs",
    severity=Severity.ERROR,
    what=(
        "The Profile, the annotation `owner` of its namespace, the RoleBinding `namespaceAdmin` and the "
        "AuthorizationPolicy `ns-owner-access-istio` do not name the same owner."
    ),
    why=(
        "If the annotation of the namespace differs from the Profile's owner, the profile controller stops "
        "without changing anything: the former owner keeps the access, and the new owner has none."
    ),
    fix=f"To hand the profile over, {HAND_OVER}",
)


_SOURCES = {"Profile": "the Profile", "Namespace": "the namespace"}


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield at most one finding, which lists every object that names another owner or none."""
    tenant, owner = view.tenant, view.tenant.owner
    contradictions = tuple(_contradictions(view, owner)) if owner else ()
    if owner and contradictions:
        source = _SOURCES.get(tenant.owner_from, "it")
        texts = ", ".join(contradictions)
        message = f"{source} says `{spelled(owner)}`, {texts}{_former_owners_text(tenant, owner)}"
        yield view.about_profile(TYPE, message, brief="not all objects name the same owner")


def _contradictions(view: ProfileView, owner: Subject) -> Iterator[str]:
    tenant = view.tenant
    yield from _namespace_contradictions(tenant, owner)
    binding = next((binding for binding in tenant.bindings if binding.name == OWNERS_BINDING), None)
    if binding:
        yield from _binding_contradictions(binding, owner)
    elif not view.snapshot.gap("rolebindings", tenant.name):
        yield f"there is no RoleBinding `{OWNERS_BINDING}`"
    users = tenant.admits.get(OWNERS_POLICY, ())
    if users and owner.name not in users:
        yield f"AuthorizationPolicy `{OWNERS_POLICY}` lets `{users[0]}` in"


def _namespace_contradictions(tenant: Tenant, owner: Subject) -> Iterator[str]:
    """Yield how the annotation of the namespace contradicts the Profile, if the owner is the Profile's."""
    if tenant.namespace is None or tenant.owner_from != "Profile":
        return
    name = tenant.namespace.metadata.annotations.get("owner", "")
    if name != owner.name:
        yield f"the namespace `{name}`" if name else "the namespace nobody"


def _binding_contradictions(binding: RoleBinding, owner: Subject) -> Iterator[str]:
    """Yield how the binding's subjects and its annotation contradict *owner*."""
    subjects = [displayed_subject(subject, binding.namespace) for subject in binding.subjects]
    if subjects != [owner]:
        names = ", ".join(f"`{spelled(subject)}`" for subject in subjects) or "nobody"
        yield f"RoleBinding `{OWNERS_BINDING}` binds {names}"
    annotation = dashboard_annotation(binding)
    if annotation and annotation.user != owner.name:
        yield f"RoleBinding `{OWNERS_BINDING}` is annotated with `{annotation.user}`"


def _former_owners_text(tenant: Tenant, owner: Subject) -> str:
    """Return text about subjects that have the owner's access but are not the owner, "" if there are none."""
    bound = (member for member in tenant.members if member.is_of_owners_binding and member.kubectl)
    others = [spelled(member.subject) for member in bound if member.subject != owner]
    return f": {few(others)} keeps the access" if others else ""
