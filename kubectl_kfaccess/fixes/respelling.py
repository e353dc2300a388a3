"""
Objects that name a user in another spelling than people log in with, and how they are with it corrected.

Mirrors what profile_controller.go does with an owner who changes: it stops where the namespace's annotation
is not the Profile's owner, so that comes first. Then it mends the subjects of the owner's RoleBinding and
the rules of the owner's policy, and no annotation of either.
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
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING, OWNERS_POLICY
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh_user_header import Header, header
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, short_role
from kubectl_kfaccess.kubeflow.tenants.user_spelling import is_respelled, misspelled
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

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Respelling(Struct, frozen=True):
    """
    Manifests to apply, in their order, so that what *written* has is the other spelling's.

    *finding* is the id of what `profiles` says of it, "" when it says nothing.
    """

    action: CorrectName
    written: str
    objects: tuple[Manifest, ...]
    notes: tuple[FixNote, ...] = ()
    finding: str = ""


def respellings(snapshot: Snapshot, name: str, namespace: str, *, proven: bool) -> Iterator[Respelling]:
    """
    Yield a correction for each binding, there or cluster-wide, that names the user in another spelling.

    Where it is not *proven* that people log in as *name*, only what looks odd is corrected.
    """
    for binding, written in _otherwise(snapshot, name, namespace):
        if (proven or misspelled(written, (name,))) and not snapshot.is_assumed(binding):
            objects = tuple(_corrected(snapshot, binding, written, name))
            found = _finding(snapshot, binding)
            notes = tuple(_notes(objects, name, found, proven=proven))
            if objects:
                yield Respelling(_action(snapshot, binding, written, name), written, objects, notes, found)


def _otherwise(snapshot: Snapshot, name: str, namespace: str) -> Iterator[tuple[Binding, str]]:
    for place in dict.fromkeys((namespace, "")):
        for who, bindings in snapshot.bound.get(place, {}).items():
            if who.kind == USER and is_respelled(who.name, name):
                yield from ((binding, who.name) for binding in bindings)


def _corrected(snapshot: Snapshot, binding: Binding, written: str, name: str) -> Iterator[Manifest]:
    """Yield the objects; none where the profile controller would write the binding back."""
    policy = binding.name
    if _is_owners(binding):
        profile = snapshot.profiles.get(("", binding.namespace))
        owner = profile.owner if profile else None
        if profile is None or owner is None or owner.kind != USER or owner.name not in (written, name):
            return
        yield from _handed_over(snapshot, profile, name)
        policy = OWNERS_POLICY
    yield _binding(binding, name)
    going = snapshot.authorization_policies.get((binding.namespace, policy)) if binding.namespace else None
    if going:
        yield from _policy(going, header(snapshot), name)


def _is_owners(binding: Binding) -> bool:
    return bool(binding.namespace) and binding.name == OWNERS_BINDING


def _handed_over(snapshot: Snapshot, profile: Profile, name: str) -> Iterator[Manifest]:
    """Yield namespace and Profile with that owner, as far as they have another one."""
    namespace = snapshot.namespaces.get(("", profile.name)) or Namespace(metadata=ObjectMeta(profile.name))
    if namespace.metadata.annotations.get("owner") != name:
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": _metadata(namespace, owner=name)}
    if profile.owner and profile.owner.name != name:
        metadata = _metadata(profile)
        spec = {"owner": subject_manifest(Subject(USER, name)), **_rest_of_spec(profile)}
        yield {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": metadata, "spec": spec}


def _rest_of_spec(profile: Profile) -> Manifest:
    spec = profile.spec
    if not spec or not _may_be_applied(profile):
        return {}
    rest = {"plugins": spec.plugins, "resourceQuotaSpec": spec.resource_quota_spec}
    return {key: value for key, value in rest.items() if value is not None}


def _binding(binding: Binding, name: str) -> Manifest:
    subjects = (
        replace(one, name=name) if one.kind == USER and is_respelled(one.name, name) else one
        for one in binding.subjects
    )
    ref = {"apiGroup": RBAC_GROUP, "kind": binding.role_ref.kind, "name": binding.role_ref.name}
    return {
        **rbac_manifest(binding.kind, binding.name, binding.namespace),
        "metadata": _metadata(binding, **_annotated(binding, name)),
        "roleRef": ref,
        "subjects": [subject_manifest(one) for one in dict.fromkeys(subjects)],
    }


def _policy(policy: AuthorizationPolicy, by: Header, name: str) -> Iterator[Manifest]:
    """Yield the policy with the name corrected, if it stands there in another spelling."""
    spec = policy.spec
    rules = [_rule(rule, by, name) for rule in list_at(spec, "rules")]
    if rules == list_at(spec, "rules"):
        return
    yield {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": policy.kind,
        "metadata": _metadata(policy, **_annotated(policy, name)),
        "spec": {**spec, "rules": rules},
    }


def _rule(rule: Any, by: Header, name: str) -> Any:
    conditions = value_at(rule, "when")
    if not isinstance(conditions, list):
        return rule
    return {**rule, "when": [_condition(one, by, name) for one in conditions]}


def _condition(condition: Any, by: Header, name: str) -> Any:
    if str(value_at(condition, "key")).lower() != by.key.lower():
        return condition
    new, values = f"{by.prefix}{name}", texts_at(condition, "values")
    if not any(is_respelled(value, new) for value in values):
        return condition
    corrected = (new if is_respelled(value, new) else value for value in values)
    return {**condition, "values": list(dict.fromkeys(corrected))}


def _annotated(found: KubernetesObject, name: str) -> dict[str, str]:
    return {"user": name} if is_respelled(found.metadata.annotations.get("user", ""), name) else {}


def _metadata(found: KubernetesObject, **annotations: str) -> Manifest:
    """Return what names the object, and those of its labels and annotations that would be lost otherwise."""
    meta, kept = found.metadata, _may_be_applied(found)
    old = {key: value for key, value in meta.annotations.items() if kept and key != _LAST_APPLIED}
    return {
        "name": found.name,
        **({"namespace": found.namespace} if found.namespace else {}),
        **({"labels": dict(meta.labels)} if kept and meta.labels else {}),
        **({"annotations": {**old, **annotations}} if old or annotations else {}),
    }


def _may_be_applied(found: KubernetesObject) -> bool:
    """Whether `kubectl apply` may have written the object: it takes away again what is left out later."""
    return _LAST_APPLIED in found.metadata.annotations or not found.metadata.resource_version


def _finding(snapshot: Snapshot, binding: Binding) -> str:
    """Return the id of what `profiles` says of the name that the binding is for, "" if it says nothing."""
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
    misspelled = Misspelled.CONTRIBUTOR if is_contributors else Misspelled.SUBJECT
    return CorrectName(written, name, binding, misspelled)


def _notes(objects: tuple[Manifest, ...], name: str, finding: str, *, proven: bool) -> Iterator[FixNote]:
    kinds = tuple(manifest["kind"] for manifest in objects)
    if finding:
        yield ReportedFinding(finding)
    if "Namespace" in kinds:
        yield OrderMatters(kinds)
    if not proven:
        yield NameUnproven(name)
