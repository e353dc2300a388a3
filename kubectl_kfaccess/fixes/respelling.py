"""
Corrections of objects that name a user in another spelling than the one people log in with.

Mirrors what profile_controller.go does if an owner changes. It stops if the namespace's annotation is not the
Profile's owner, so the annotation comes first. Then it corrects the subjects of the owner's RoleBinding and
the rules of the owner's policy, but no annotation of either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import in_order
from kubectl_kfaccess.findings.profiles import annotation_user_differs, owner_differs, owner_spelling
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.fixes.actions import (
    CorrectName,
    FixNote,
    Misspelled,
    NameUnproven,
    OrderMatters,
    ReportedFinding,
)
from kubectl_kfaccess.fixes.applied_metadata import applied_metadata, may_be_applied
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING, OWNERS_POLICY
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.settings import mesh_settings
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header, user_header
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, short_role
from kubectl_kfaccess.kubeflow.tenants.user_spelling import is_respelled, spelling_oddity
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.manifests import Manifest, rbac_manifest, subject_manifest
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    AuthorizationPolicy,
    Binding,
    KubernetesObject,
    Namespace,
    ObjectMeta,
    Profile,
    Subject,
)
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import USER


class Respelling(Struct, frozen=True):
    """
    Manifests to apply in their order, which give the access of the name *written* to its other spelling.

    *finding* is the id of the finding that `profiles` has for it, "" if it has none.
    """

    action: CorrectName
    written: str
    objects: tuple[Manifest, ...]
    notes: tuple[FixNote, ...] = ()
    finding: str = ""


def respellings(snapshot: Snapshot, name: str, namespace: str, *, proven: bool) -> Iterator[Respelling]:
    """
    Yield a correction for each binding, there or cluster-wide, that has another spelling of the user name.

    If it is not *proven* that people log in as *name*, only spellings that look odd are corrected.
    """
    for binding, written in _otherwise(snapshot, name, namespace):
        if (proven or spelling_oddity(written, (name,))) and not snapshot.is_assumed(binding):
            objects = tuple(_corrected(snapshot, binding, written, name))
            finding = _finding(snapshot, binding)
            notes = tuple(_notes(objects, name, finding, proven=proven))
            if objects:
                yield Respelling(_action(snapshot, binding, written, name), written, objects, notes, finding)


def _otherwise(snapshot: Snapshot, name: str, namespace: str) -> Iterator[tuple[Binding, str]]:
    for place in dict.fromkeys((namespace, "")):
        for who, bindings in snapshot.bound.get(place, {}).items():
            if who.kind == USER and is_respelled(who.name, name):
                yield from ((binding, who.name) for binding in bindings)


def _corrected(snapshot: Snapshot, binding: Binding, written: str, name: str) -> Iterator[Manifest]:
    """Yield the corrected objects; none if the profile controller would write the old binding again."""
    policy = binding.name
    if _is_owners(binding):
        profile = snapshot.profiles.get(("", binding.namespace))
        owner = profile.owner if profile else None
        if profile is None or owner is None or owner.kind != USER or owner.name not in (written, name):
            return
        yield from _handed_over(snapshot, profile, name)
        policy = OWNERS_POLICY
    yield _binding(binding, name)
    key = (binding.namespace, policy)
    if binding.namespace and key in snapshot.authorization_policies:
        yield from _policy(snapshot.authorization_policies[key], user_header(mesh_settings(snapshot)), name)


def _is_owners(binding: Binding) -> bool:
    return bool(binding.namespace) and binding.name == OWNERS_BINDING


def _handed_over(snapshot: Snapshot, profile: Profile, name: str) -> Iterator[Manifest]:
    """Yield the namespace and the Profile with the owner *name*, if they have another one."""
    namespace = snapshot.namespaces.get(("", profile.name)) or Namespace(metadata=ObjectMeta(profile.name))
    if namespace.metadata.annotations.get("owner") != name:
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": applied_metadata(namespace, owner=name)}
    if profile.owner and profile.owner.name != name:
        metadata = applied_metadata(profile)
        spec = {"owner": subject_manifest(Subject(USER, name)), **_rest_of_spec(profile)}
        yield {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": metadata, "spec": spec}


def _rest_of_spec(profile: Profile) -> Manifest:
    spec = profile.spec
    if not spec or not may_be_applied(profile):
        return {}
    rest = {"plugins": spec.plugins, "resourceQuotaSpec": spec.resource_quota_spec}
    return {key: value for key, value in rest.items() if value is not None}


def _binding(binding: Binding, name: str) -> Manifest:
    subjects = (
        replace(subject, name=name) if subject.kind == USER and is_respelled(subject.name, name) else subject
        for subject in binding.subjects
    )
    ref = {"apiGroup": RBAC_GROUP, "kind": binding.role_ref.kind, "name": binding.role_ref.name}
    return {
        **rbac_manifest(binding.kind, binding.name, binding.namespace),
        "metadata": applied_metadata(binding, None, **_annotated(binding, name)),
        "roleRef": ref,
        "subjects": [subject_manifest(subject) for subject in dict.fromkeys(subjects)],
    }


def _policy(policy: AuthorizationPolicy, by: Header, name: str) -> Iterator[Manifest]:
    """Yield the policy with the name corrected, if it has the name in another spelling."""
    spec = policy.spec
    rules = [_rule(rule, by, name) for rule in list_at(spec, "rules")]
    if rules == list_at(spec, "rules"):
        return
    yield {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": policy.kind,
        "metadata": applied_metadata(policy, None, **_annotated(policy, name)),
        "spec": {**spec, "rules": rules},
    }


def _rule(rule: Any, by: Header, name: str) -> Any:
    conditions = value_at(rule, "when")
    if not isinstance(conditions, list):
        return rule
    return {**rule, "when": [_condition(condition, by, name) for condition in conditions]}


def _condition(condition: Any, by: Header, name: str) -> Any:
    if str(value_at(condition, "key")).lower() != by.key.lower():
        return condition
    new, values = f"{by.prefix}{name}", texts_at(condition, "values")
    if not any(is_respelled(value, new) for value in values):
        return condition
    corrected = (new if is_respelled(value, new) else value for value in values)
    return {**condition, "values": list(dict.fromkeys(corrected))}


def _annotated(value: KubernetesObject, name: str) -> dict[str, str]:
    return {"user": name} if is_respelled(value.metadata.annotations.get("user", ""), name) else {}


def _finding(snapshot: Snapshot, binding: Binding) -> str:
    """Return the id of the finding that `profiles` has for the binding's name, "" if it has none."""
    if binding.namespace not in profile_namespaces(snapshot):
        return ""
    profiles = ProfileIndex(snapshot)
    kind, name = ("Profile", binding.namespace) if _is_owners(binding) else (binding.kind, binding.name)
    view = ProfileView(profiles, profiles.tenant(binding.namespace))
    findings = in_order(finding for detector in _ABOUT_NAMES for finding in detector.find(view))
    return next((finding.type.id for finding in findings if (finding.kind, finding.name) == (kind, name)), "")


_ABOUT_NAMES = (owner_spelling, owner_differs, annotation_user_differs)


def _action(snapshot: Snapshot, binding: Binding, written: str, name: str) -> CorrectName:
    if _is_owners(binding):
        return CorrectName(written, name, binding, Misspelled.OWNER)
    is_contributors = binding.namespace in profile_namespaces(snapshot) and short_role(binding.role_ref)
    spelling_oddity = Misspelled.CONTRIBUTOR if is_contributors else Misspelled.SUBJECT
    return CorrectName(written, name, binding, spelling_oddity)


def _notes(objects: tuple[Manifest, ...], name: str, finding: str, *, proven: bool) -> Iterator[FixNote]:
    kinds = tuple(manifest["kind"] for manifest in objects)
    if finding:
        yield ReportedFinding(finding)
    if "Namespace" in kinds:
        yield OrderMatters(kinds)
    if not proven:
        yield NameUnproven(name)
