"""
Who can help with access: the owner of the namespace, else those who can grant rights in it.

The dashboard lets a profile's owner add contributors. Everybody else hands out rights by writing bindings.
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
    """What makes somebody a person to ask."""

    OWNS_PROFILE = "ownsProfile"
    ANNOTATED_AS_OWNER = "annotatedAsOwner"
    BOUND_AS_OWNER = "boundAsOwner"
    CREATES_BINDINGS = "createsBindings"
    UPDATES_PROFILE = "updatesProfile"


class Contact(Struct, frozen=True):
    """
    Somebody to ask: their *standing* in *namespace* ("": in the whole cluster), and by which *binding*.

    *respelled* is the name that asks where that is another spelling of the contact's: they cannot help then.
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
    Return whom to ask to be allowed *request*, at most MOST, the nearest first; never *asking* itself.

    An owner who is *asking* in another spelling is told of, but cannot help: others who can come after.
    """
    snapshot = evaluator.snapshot
    namespace = request.namespace if request.path is None else ""
    asker = principal(asking, namespace) if asking else None
    owners = tuple(one for one in _profile_owner(snapshot, namespace) if not _is(one, asker))
    if owners and not any(_is_respelled(one, asking) for one in owners):
        return owners
    found: dict[Subject, Contact] = {}
    others = chain(owners, _named_owners(snapshot, namespace), _granting(evaluator, namespace, asker))
    for contact in others:
        if not _is(contact, asker):
            found.setdefault(contact.subject, _marked(contact, asking))
    for contact in _updating(evaluator, namespace, asker) if owners else ():
        known = found.get(contact.subject)
        found[contact.subject] = replace(known, updates_profile=True) if known else contact
    return tuple(found.values())[:MOST]


def _is(contact: Contact, asker: Principal | None) -> bool:
    return asker is not None and principal(contact.subject, "") == asker


def _is_respelled(contact: Contact, asking: Subject | None) -> bool:
    is_user = asking is not None and contact.subject.kind == asking.kind == USER
    return is_user and asking is not None and is_respelled(contact.subject.name, asking.name)


def _marked(contact: Contact, asking: Subject | None) -> Contact:
    """The contact; marked when it is the one who asks, in a spelling that is another user."""
    if asking is None or not _is_respelled(contact, asking):
        return contact
    return replace(contact, respelled=asking.name)


def _profile_owner(snapshot: Snapshot, namespace: str) -> Iterator[Contact]:
    profile = snapshot.profiles.get(("", namespace))
    for owner in _meant(profile.owner if profile else None, namespace):
        yield Contact(owner, Standing.OWNS_PROFILE, namespace)


def _named_owners(snapshot: Snapshot, namespace: str) -> list[Contact]:
    """The owners that the namespace itself names, for those who cannot read its profile."""
    labelled = snapshot.namespaces.get(("", namespace))
    owner = labelled.metadata.annotations.get("owner", "") if labelled else ""
    if owner:
        return [Contact(Subject(USER, owner), Standing.ANNOTATED_AS_OWNER, namespace)]
    binding = snapshot.role_bindings.get((namespace, OWNERS_BINDING))
    subjects = binding.subjects if binding and namespace else ()
    owners = (owner for subject in subjects for owner in _meant(subject, namespace))
    return [Contact(owner, Standing.BOUND_AS_OWNER, namespace, binding) for owner in owners]


def _meant(subject: Subject | None, namespace: str) -> Iterator[Subject]:
    """The subject in the spelling of all others; nothing where it means nobody."""
    meant = principal(subject, namespace) if subject and subject.name else None
    if meant:
        yield displayed(meant)


def _granting(evaluator: Evaluator, namespace: str, asker: Principal | None) -> Iterator[Contact]:
    """Who may write bindings."""
    resource, places = ("rolebindings", (namespace,)) if namespace else ("clusterrolebindings", ())
    create = Request("create", RBAC_GROUP, resource, namespace=namespace)
    grants = _allowed(evaluator, create, places, asker)
    return (_by_grant(grant, Standing.CREATES_BINDINGS, namespace) for grant in grants)


def _updating(evaluator: Evaluator, namespace: str, asker: Principal | None) -> Iterator[Contact]:
    """Who may give the profile another owner, or the same one in another spelling."""
    patch = Request("patch", _PROFILES_GROUP, "profiles", name=namespace)
    grants = _allowed(evaluator, patch, (), asker)
    found = (_by_grant(grant, Standing.UPDATES_PROFILE, namespace) for grant in grants)
    # an account that updates all there is, such as the garbage collector's, is nobody to ask
    return (contact for contact in found if contact.subject.kind != SERVICE_ACCOUNT)


def _by_grant(grant: Grant, standing: Standing, namespace: str) -> Contact:
    return Contact(displayed(grant.who), standing, namespace, grant.binding)


def _allowed(
    evaluator: Evaluator, request: Request, places: tuple[str, ...], asker: Principal | None
) -> list[Grant]:
    """The grants of the request, those of people first; the platform's only where there are no others."""
    grants = (one for one in evaluator.grants(request, places) if one.certain)
    # an account without a name is a user of an odd name, whom no token stands for
    named = (one for one in grants if one.who.name and not one.who.name.endswith(":"))
    found = [one for one in named if not _is_asker(one.who, asker)]
    return sorted(_outside_platform(evaluator.snapshot, found) or found, key=_rank)


def _is_asker(who: Principal, asker: Principal | None) -> bool:
    """Whether it is the one who asks, in whatever spelling."""
    return asker is not None and (
        who == asker or (who.kind == asker.kind == USER and is_respelled(who.name, asker.name))
    )


def _outside_platform(snapshot: Snapshot, grants: list[Grant]) -> list[Grant]:
    homes = platform_namespaces(snapshot.cluster_role_bindings.values(), profile_namespaces(snapshot))
    subjects = [(grant, displayed(grant.who)) for grant in grants]
    return [
        grant
        for grant, one in subjects
        if not is_platform(one.kind, one.name, one.namespace or "", homes)
        and (one.kind == SERVICE_ACCOUNT or not one.name.startswith("system:"))
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
