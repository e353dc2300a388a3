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

from kubectl_kfaccess.fixes.granting import Granting
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.user_spelling import is_respelled
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.model import RBAC_GROUP, Binding, Subject
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed, principal

MOST = 5
_PROFILES_GROUP = "kubeflow.org"
_ORDER = (USER, GROUP)


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
    *adds_contributors*: the contact can grant it on the dashboard, which adds users only.
    """

    subject: Subject
    standing: Standing
    namespace: str
    binding: Binding | None = None
    updates_profile: bool = False
    respelled: str = ""
    is_caller: bool = False
    adds_contributors: bool = False


def contacts(evaluator: Evaluator, request: Request, asking: Subject | None = None) -> tuple[Contact, ...]:
    """
    Return who can help to get *request* allowed, the closest first, at most MOST, and never *asking* itself.

    An owner whose name is another spelling of *asking* is listed but cannot help, so others follow. Nobody is
    listed whose binding the server would refuse, and no service account, because nobody can write to one.
    """
    snapshot = evaluator.snapshot
    namespace = request.namespace if request.path is None else ""
    asker = principal(asking, namespace) if asking else None
    granting = Granting(evaluator, request, namespace)
    on_dashboard = dashboard_can_grant(snapshot, request, asking)
    owners = tuple(
        replace(owner, adds_contributors=on_dashboard and owner.subject.kind == USER)
        for owner in _profile_owner(snapshot, namespace)
        if not _is(owner, asker) and _owner_helps(owner, granting, on_dashboard=on_dashboard)
    )
    if owners and not any(_is_respelled(owner, asking) for owner in owners):
        return owners
    contact_by_subject: dict[Subject, Contact] = {}
    named = (
        owner
        for owner in _named_owners(snapshot, namespace)
        if _owner_helps(owner, granting, on_dashboard=on_dashboard)
    )
    for contact in chain(owners, named, _granting(evaluator, namespace, asker, granting)):
        if not _is(contact, asker):
            contact_by_subject.setdefault(contact.subject, _marked(contact, asking))
        if len(contact_by_subject) == MOST:
            break
    for contact in _updating(evaluator, namespace, asker) if owners else ():
        known = contact_by_subject.get(contact.subject)
        contact_by_subject[contact.subject] = replace(known, updates_profile=True) if known else contact
    return tuple(contact_by_subject.values())[:MOST]


def dashboard_can_grant(snapshot: Snapshot, request: Request, asking: Subject | None) -> bool:
    """
    Whether an owner can grant *request* to *asking* on the dashboard; True if its roles could not be read.

    The dashboard adds users alone, with one of its roles, by permissions of its own (kfam/bindings.go).
    """
    if not request.namespace or (asking is not None and asking.kind != USER):
        return False
    roles = [snapshot.cluster_roles.get(("", name)) for name in ROLES.values()]
    known = [role for role in roles if role]
    return not known or any(rule_allows(rule, request) for role in known for rule in snapshot.rules_of(role))


def _owner_helps(owner: Contact, granting: Granting, *, on_dashboard: bool) -> bool:
    """
    Whether the owner can help, on the dashboard or by kubectl; nobody can act for a group on the dashboard.

    If no binding names the owner, their permissions are those that the profile controller will grant, which
    are not known.
    """
    who = principal(owner.subject, "")
    if owner.subject.kind == SERVICE_ACCOUNT or who is None:
        return False
    if on_dashboard and owner.subject.kind == USER:
        return True
    return not granting.is_bound(who) or (granting.is_possible(who) and granting.creates_bindings(who))


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
    if owner:  # the annotation does not say what kind of subject the owner is: an account has its user name
        return [Contact(displayed(Principal(USER, owner)), Standing.ANNOTATED_AS_OWNER, namespace)]
    binding = snapshot.role_bindings.get((namespace, OWNERS_BINDING))
    subjects = binding.subjects if binding and namespace else ()
    owners = (owner for subject in subjects for owner in _displayed(subject, namespace))
    return [Contact(owner, Standing.BOUND_AS_OWNER, namespace, binding) for owner in owners]


def _displayed(subject: Subject | None, namespace: str) -> Iterator[Subject]:
    """Yield *subject* as all subjects are spelled; nothing if it matches nobody."""
    named = principal(subject, namespace) if subject and subject.name else None
    if named:
        yield displayed(named)


def _granting(
    evaluator: Evaluator, namespace: str, asker: Principal | None, granting: Granting
) -> Iterator[Contact]:
    """Yield who can create bindings that the server does not refuse as an escalation."""
    resource, places = ("rolebindings", (namespace,)) if namespace else ("clusterrolebindings", ())
    create = Request("create", RBAC_GROUP, resource, namespace=namespace)
    grants = _allowed(evaluator, create, places, asker)
    for grant in grants:
        if granting.is_possible(grant.who):
            yield _by_grant(grant, Standing.CREATES_BINDINGS, namespace)


def _updating(evaluator: Evaluator, namespace: str, asker: Principal | None) -> Iterator[Contact]:
    """Yield who can change the owner of the profile, or its spelling."""
    patch = Request("patch", _PROFILES_GROUP, "profiles", name=namespace)
    grants = _allowed(evaluator, patch, (), asker)
    return (_by_grant(grant, Standing.UPDATES_PROFILE, namespace) for grant in grants)


def _by_grant(grant: Grant, standing: Standing, namespace: str) -> Contact:
    return Contact(displayed(grant.who), standing, namespace, grant.binding)


def _allowed(
    evaluator: Evaluator, request: Request, places: tuple[str, ...], asker: Principal | None
) -> list[Grant]:
    """
    Return the grants of the request, those of users first; the platform's groups only if there are no others.

    Accounts, and groups of them, cannot be asked.
    """
    grants = (grant for grant in evaluator.grants(request, places) if grant.certain)
    # `system:serviceaccount:…` is an account, `system:serviceaccounts…` is a group of them
    people = (g for g in grants if g.who.name and not g.who.name.startswith("system:serviceaccount"))
    others = [grant for grant in people if not _is_asker(grant.who, asker)]
    outside = [grant for grant in others if not grant.who.name.startswith("system:")]
    return sorted(outside or others, key=_rank)


def _is_asker(who: Principal, asker: Principal | None) -> bool:
    """Whether *who* is the asking user, in any spelling."""
    return asker is not None and (
        who == asker or (who.kind == asker.kind == USER and is_respelled(who.name, asker.name))
    )


def _rank(grant: Grant) -> tuple[int, bool, str, str, str]:
    subject, binding = displayed(grant.who), grant.binding
    return (
        _ORDER.index(subject.kind),
        not binding.namespace,
        subject.namespace or "",
        subject.name,
        binding.name,
    )
