"""Where a subject is named: bindings, the mesh's policies, profiles; other spellings of the name as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING, OWNERS_POLICY
from kubectl_kfaccess.kubeflow.tenants.user_spelling import is_respelled
from kubectl_kfaccess.kubeflow.untyped_data import list_at
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, Binding, KubernetesObject, Profile, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed, principal

OWNERS = (OWNERS_BINDING, OWNERS_POLICY)
"""What the profile controller makes for an owner, and makes again when it is deleted."""


class Mention(Struct, frozen=True):
    """
    An object that names the subject, as *written* there.

    *other* says how it is written otherwise than the subject's name ("" when it is not), so that it means
    somebody else; *through* is the group that stands there instead. *alone*: it names nobody else.
    """

    found: KubernetesObject
    written: Subject
    other: str = ""
    through: str = ""
    alone: bool = True
    controlled: bool = False


def mentions(snapshot: Snapshot, who: Who, namespaces: Iterable[str]) -> tuple[Mention, ...]:
    """Return what names *who* in the whole cluster and in *namespaces*: by kind, namespace and name."""
    places = ("", *namespaces)
    found = [
        *_in_bindings(snapshot, who, places),
        *_in_policies(snapshot, who, frozenset(places)),
        *_in_profiles(snapshot, who),
    ]
    return tuple(sorted(found, key=_order))


def _order(mention: Mention) -> tuple[bool, bool, int, str, str]:
    kinds = ("ClusterRoleBinding", "RoleBinding", "AuthorizationPolicy", "Profile")
    at = kinds.index(mention.found.kind)
    return bool(mention.other), bool(mention.through), at, *mention.found.key


def _in_bindings(snapshot: Snapshot, who: Who, places: Iterable[str]) -> Iterator[Mention]:
    own = frozenset(who.seen(Via.KUBECTL).principals)
    for place in dict.fromkeys(places):
        for binding in _bindings(snapshot, place):
            for subject in dict.fromkeys(binding.subjects):
                meant = principal(subject, binding.namespace)
                if meant is None:
                    continue
                if meant in own and meant.name and meant.name not in who.implied:
                    yield _of_binding(snapshot, who, binding, subject, meant)
                elif other := _otherwise(meant, who):
                    yield Mention(binding, subject, other, alone=len(binding.subjects) == 1)


def _bindings(snapshot: Snapshot, place: str) -> Iterable[Binding]:
    if place:
        return snapshot.role_bindings_by_namespace.get(place, ())
    return [snapshot.cluster_role_bindings[key] for key in sorted(snapshot.cluster_role_bindings)]


def _of_binding(
    snapshot: Snapshot, who: Who, binding: Binding, subject: Subject, meant: Principal
) -> Mention:
    through = meant.name if meant.kind == GROUP and who.subject.kind != GROUP else ""
    controlled = binding.name in OWNERS and _owns(snapshot, who, binding.namespace)
    return Mention(binding, subject, "", through, len(binding.subjects) == 1, controlled)


def _otherwise(meant: Principal, who: Who) -> str:
    """How a name that is not the subject's differs from it, when it looks as if it were meant to be it."""
    subject, written = who.subject, displayed(meant)
    if written.name == subject.name and written.kind != subject.kind and written.name:
        return f"a {written.kind} of that name"
    if written.kind != subject.kind or written.kind == SERVICE_ACCOUNT or not subject.name:
        return ""
    return "another spelling" if is_respelled(written.name, subject.name) else ""


def _in_policies(snapshot: Snapshot, who: Who, places: frozenset[str]) -> Iterator[Mention]:
    for key in sorted(snapshot.authorization_policies):
        policy = snapshot.authorization_policies[key]
        if policy.namespace not in places:
            continue
        texts = {policy.metadata.annotations.get("user", ""), *_texts(policy.spec)}
        controlled = policy.name in OWNERS and _owns(snapshot, who, policy.namespace)
        if any(_is_named(text, who) for text in texts):
            yield Mention(policy, who.subject, alone=_names_one(policy), controlled=controlled)
        elif who.subject.kind == USER:
            for text in sorted(texts):
                if text and text.casefold() == who.user.casefold():
                    yield Mention(policy, Subject(USER, text), "another spelling", alone=_names_one(policy))
                    break


def _is_named(text: str, who: Who) -> bool:
    subject = who.subject
    if subject.kind == SERVICE_ACCOUNT:
        return text.endswith(f"/ns/{subject.namespace}/sa/{subject.name}") or text == who.user
    return text == subject.name


def _names_one(policy: AuthorizationPolicy) -> bool:
    """Whether the policy looks like a contributor's: one annotated user, one rule."""
    return len(list_at(policy.spec, "rules")) == 1 and bool(policy.metadata.annotations.get("user"))


def _texts(data: Any) -> Iterator[str]:
    """Every text in the lists of plain data, without recursion: a policy may be nested by ill will."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += [part for part in one if not isinstance(part, str)]
            yield from (part for part in one if isinstance(part, str))


def _in_profiles(snapshot: Snapshot, who: Who) -> Iterator[Mention]:
    for key in sorted(snapshot.profiles):
        profile = snapshot.profiles[key]
        owner = _owner(profile)
        if owner is None:
            continue
        if owner in who.seen(Via.KUBECTL).principals and owner.name:
            through = owner.name if owner.kind == GROUP and who.subject.kind != GROUP else ""
            yield Mention(profile, displayed(owner), "", through, controlled=True)
        elif other := _otherwise(owner, who):
            yield Mention(profile, displayed(owner), other, controlled=True)


def _owns(snapshot: Snapshot, who: Who, namespace: str) -> bool:
    profile = snapshot.profiles.get(("", namespace))
    return profile is not None and _owner(profile) in who.seen(Via.KUBECTL).principals


def _owner(profile: Profile) -> Principal | None:
    return principal(profile.owner, profile.owner.namespace or "") if profile.owner else None
