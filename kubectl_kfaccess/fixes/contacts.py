"""
Who can help with access: the owner of the namespace, or those who can grant access in it.

On the dashboard the owner of a profile can add contributors. Everybody else grants access by bindings.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.platform import is_platform, platform_namespaces
from kubectl_kfaccess.kubeflow.tenants.user_spelling import is_respelled
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.model import RBAC_GROUP, Binding, Subject
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed, principal

MOST = 5
_PROFILES_GROUP = "kubeflow.org"
_ORDER = (USER, GROUP, SERVICE_ACCOUNT)


class Standing(enum.Enum):
    """Why a subject can help."""

    OWNS_PROFILE = "ownsProfile"
    ANNOTATED_AS_OWNER = "annotatedAsOwner"
    BOUND_AS_OWNER = "boundAsOwner"
    CREATES_BINDINGS = "createsBindings"
    UPDATES_PROFILE = "updatesProfile"


class Contact(Struct, frozen=True):
    """
    A subject to ask: their *standing* in *namespace* ("": in the whole cluster), by which *binding*.

    *respelled* is the asking user's name if it is another spelling of the contact's. Then they cannot help.
    """

    subject: Subject
    standing: Standing
    namespace: str
    binding: Binding | None = None
    updates_profile: bool = False
    respelled: str = ""
    is_caller: bool = False


def contacts(evaluator: Evaluator, request: Request, asking: Subject | None = None) -> tuple[Contact, ...]:
    """
    Return who can help to get *request* allowed, the closest first, at most MOST, and never *asking* itself.

    An owner whose name is another spelling of *asking* is listed but cannot help, so others follow.
    """
    snapshot = evaluator.snapshot
    namespace = request.namespace if request.path is None else ""
    asker = principal(asking, namespace) if asking else None
    owners = tuple(owner for owner in _profile_owner(snapshot, namespace) if not _is(owner, asker))
    if owners and not any(_is_respelled(owner, asking) for owner in owners):
        return owners
    contact_by_subject: dict[Subject, Contact] = {}
    others = chain(owners, _named_owners(snapshot, namespace), _granting(evaluator, namespace, asker))
    for contact in others:
        if not _is(contact, asker):
            contact_by_subject.setdefault(contact.subject, _marked(contact, asking))
    for contact in _updating(evaluator, namespace, asker) if owners else ():
        known = contact_by_subject.get(contact.subject)
        contact_by_subject[contact.subject] = replace(known, updates_profile=True) if known else contact
    return tuple(contact_by_subject.values())[:MOST]


def _is(contact: Contact, asker: Principal | None) -> bool:
    return asker is not None and principal(contact.subject, "") == asker


def _is_respelled(contact: Contact, asking: Subject | None) -> bool:
    is_user = asking is not None and contact.subject.kind == asking.kind == USER
    return is_user and asking is not None and is_respelled(contact.subject.name, asking.name)


def _marked(contact: Contact, asking: Subject | None) -> Contact:
    """Return *contact*, marked if it is the asking user in another spelling."""
    if asking is None or not _is_respelled(contact, asking):
        return contact
    return replace(contact, respelled=asking.name)


def _profile_owner(snapshot: Snapshot, namespace: str) -> Iterator[Contact]:
    profile = snapshot.profiles.get(("", namespace))
    for owner in _displayed(profile.owner if profile else None, namespace):
        yield Contact(owner, Standing.OWNS_PROFILE, namespace)


def _named_owners(snapshot: Snapshot, namespace: str) -> list[Contact]:
    """Return the owners that the namespace itself names, for callers who cannot read its profile."""
    labelled = snapshot.namespaces.get(("", namespace))
    owner = labelled.metadata.annotations.get("owner", "") if labelled else ""
    if owner:
        return [Contact(Subject(USER, owner), Standing.ANNOTATED_AS_OWNER, namespace)]
    binding = snapshot.role_bindings.get((namespace, OWNERS_BINDING))
    subjects = binding.subjects if binding and namespace else ()
    owners = (owner for subject in subjects for owner in _displayed(subject, namespace))
    return [Contact(owner, Standing.BOUND_AS_OWNER, namespace, binding) for owner in owners]


def _displayed(subject: Subject | None, namespace: str) -> Iterator[Subject]:
    """Yield *subject* as all subjects are spelled; nothing if it matches nobody."""
    named = principal(subject, namespace) if subject and subject.name else None
    if named:
        yield displayed(named)


def _granting(evaluator: Evaluator, namespace: str, asker: Principal | None) -> Iterator[Contact]:
    """Yield who can create bindings."""
    resource, places = ("rolebindings", (namespace,)) if namespace else ("clusterrolebindings", ())
    create = Request("create", RBAC_GROUP, resource, namespace=namespace)
    grants = _allowed(evaluator, create, places, asker)
    return (_by_grant(grant, Standing.CREATES_BINDINGS, namespace) for grant in grants)


def _updating(evaluator: Evaluator, namespace: str, asker: Principal | None) -> Iterator[Contact]:
    """Yield who can change the owner of the profile, or its spelling."""
    patch = Request("patch", _PROFILES_GROUP, "profiles", name=namespace)
    grants = _allowed(evaluator, patch, (), asker)
    updaters = (_by_grant(grant, Standing.UPDATES_PROFILE, namespace) for grant in grants)
    # accounts that can update everything, such as the garbage collector's, cannot be asked
    return (contact for contact in updaters if contact.subject.kind != SERVICE_ACCOUNT)


def _by_grant(grant: Grant, standing: Standing, namespace: str) -> Contact:
    return Contact(displayed(grant.who), standing, namespace, grant.binding)


def _allowed(
    evaluator: Evaluator, request: Request, places: tuple[str, ...], asker: Principal | None
) -> list[Grant]:
    """Return the grants of the request, those of people first; the platform's only if there are no others."""
    grants = (grant for grant in evaluator.grants(request, places) if grant.certain)
    # no token belongs to an account without a name
    named = (grant for grant in grants if grant.who.name and not grant.who.name.endswith(":"))
    others = [grant for grant in named if not _is_asker(grant.who, asker)]
    return sorted(_outside_platform(evaluator.snapshot, others) or others, key=_rank)


def _is_asker(who: Principal, asker: Principal | None) -> bool:
    """Whether *who* is the asking user, in any spelling."""
    return asker is not None and (
        who == asker or (who.kind == asker.kind == USER and is_respelled(who.name, asker.name))
    )


def _outside_platform(snapshot: Snapshot, grants: list[Grant]) -> list[Grant]:
    homes = platform_namespaces(snapshot.cluster_role_bindings.values(), profile_namespaces(snapshot))
    subjects = [(grant, displayed(grant.who)) for grant in grants]
    return [
        grant
        for grant, subject in subjects
        if not is_platform(subject.kind, subject.name, subject.namespace or "", homes)
        and (subject.kind == SERVICE_ACCOUNT or not subject.name.startswith("system:"))
    ]


def _rank(grant: Grant) -> tuple[int, bool, str, str, str]:
    subject, binding = displayed(grant.who), grant.binding
    return (
        _ORDER.index(subject.kind),
        not binding.namespace,
        subject.namespace or "",
        subject.name,
        binding.name,
    )
