"""Who owns a profile, and which object names them."""

from __future__ import annotations

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import USER, displayed_subject


def owner_and_source(snapshot: Snapshot, namespace: str) -> tuple[Subject | None, str]:
    """
    Return the owner and the kind of the object that names them: the Profile, if it names one.

    Otherwise it is one of the objects that the controller created from the Profile. (None, "") if none does.
    """
    profile = snapshot.profiles.get(("", namespace))
    if profile and profile.owner and profile.owner.name:
        return displayed_subject(profile.owner, namespace), "Profile"
    binding = snapshot.role_bindings.get((namespace, OWNERS_BINDING))
    subjects = binding.subjects if binding and namespace else ()
    labelled = snapshot.namespaces.get(("", namespace))
    annotated = labelled.metadata.annotations.get("owner", "") if labelled else ""
    if annotated:  # the annotation does not say what kind of subject the owner is
        owner = next((subject for subject in subjects if subject.name == annotated), Subject(USER, annotated))
        return displayed_subject(owner, namespace), "Namespace"
    if subjects and subjects[0].name:
        return displayed_subject(subjects[0], namespace), "RoleBinding"
    return None, ""
