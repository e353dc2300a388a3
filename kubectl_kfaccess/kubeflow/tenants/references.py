"""Which objects name a subject, also with another spelling: bindings, the mesh's policies and profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING, OWNERS_POLICY
from kubectl_kfaccess.kubeflow.tenants.user_spelling import is_respelled
from kubectl_kfaccess.kubeflow.untyped_data import list_at
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, Binding, KubernetesObject, Profile, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed, principal

OWNERS = (OWNERS_BINDING, OWNERS_POLICY)
"""The objects that the profile controller creates for an owner, and creates again if they are deleted."""


class Mention(Struct, frozen=True):
    """
    An object (*target*) that names the subject, as *written* there.

    *other* says how that name differs from the subject's, so that it is a different subject; "" if it does
    not. *through* is the group that the object names instead of its member. *alone*: it names no other
    subject. *controlled*: the profile controller creates the object.
    """

    target: KubernetesObject
    written: Subject
    other: str = ""
    through: str = ""
    alone: bool = True
    controlled: bool = False


def mentions(snapshot: Snapshot, who: KnownSubject, namespaces: Iterable[str]) -> tuple[Mention, ...]:
    """Return the objects that name *who*, cluster-wide and in *namespaces*, in order of `_order`."""
    scopes = ("", *namespaces)
    unsorted = [
        *_in_bindings(snapshot, who, scopes),
        *_in_policies(snapshot, who, frozenset(scopes)),
        *_in_profiles(snapshot, who),
    ]
    return tuple(sorted(unsorted, key=_order))


def _order(mention: Mention) -> tuple[bool, bool, int, str, str]:
    """Return the sort key: exact names first, then groups, then by kind, namespace and name."""
    kinds = ("ClusterRoleBinding", "RoleBinding", "AuthorizationPolicy", "Profile")
    kind = kinds.index(mention.target.kind)
    return bool(mention.other), bool(mention.through), kind, *mention.target.key


def _in_bindings(snapshot: Snapshot, who: KnownSubject, scopes: Iterable[str]) -> Iterator[Mention]:
    for scope in dict.fromkeys(scopes):
        there = who.at(scope)
        own = frozenset(there.seen(Plane.KUBECTL).principals)
        for binding in _bindings(snapshot, scope):
            for subject in dict.fromkeys(binding.subjects):
                named = principal(subject, binding.namespace)
                if named is None:
                    continue
                if named in own and named.name and named.name not in there.implied:
                    yield _binding_mention(snapshot, there, binding, subject, named)
                elif other := _difference(named, there):
                    yield Mention(binding, subject, other, alone=len(binding.subjects) == 1)


def _bindings(snapshot: Snapshot, scope: str) -> Iterable[Binding]:
    """Return the bindings of a namespace, or the ClusterRoleBindings if *scope* is ""."""
    if scope:
        return snapshot.role_bindings_by_namespace.get(scope, ())
    return [snapshot.cluster_role_bindings[key] for key in sorted(snapshot.cluster_role_bindings)]


def _binding_mention(
    snapshot: Snapshot, who: KnownSubject, binding: Binding, subject: Subject, named: Principal
) -> Mention:
    through = named.name if named.kind == GROUP and who.subject.kind != GROUP else ""
    controlled = binding.name in OWNERS and _owns(snapshot, who, binding.namespace)
    return Mention(binding, subject, "", through, len(binding.subjects) == 1, controlled)


def _difference(named: Principal, who: KnownSubject) -> str:
    """Return how *named* differs from the subject if it looks like a mistake for it, else ""."""
    subject, written = who.subject, displayed(named)
    if written.name == subject.name and written.kind != subject.kind and written.name:
        return f"a {written.kind} of that name"
    if written.kind != subject.kind or written.kind == SERVICE_ACCOUNT or not subject.name:
        return ""
    return "another spelling" if is_respelled(written.name, subject.name) else ""


def _in_policies(snapshot: Snapshot, who: KnownSubject, namespaces: frozenset[str]) -> Iterator[Mention]:
    for key in sorted(snapshot.authorization_policies):
        policy = snapshot.authorization_policies[key]
        if policy.namespace not in namespaces:
            continue
        there = who.at(policy.namespace)
        texts = {policy.metadata.annotations.get("user", ""), *_texts(policy.spec)}
        controlled = policy.name in OWNERS and _owns(snapshot, there, policy.namespace)
        if any(_is_named(text, there) for text in texts):
            yield Mention(policy, there.subject, alone=_names_single_user(policy), controlled=controlled)
        elif there.subject.kind == USER:
            for text in sorted(texts):
                if text and text.casefold() == there.user.casefold():
                    alone = _names_single_user(policy)
                    yield Mention(policy, Subject(USER, text), "another spelling", alone=alone)
                    break


def _is_named(text: str, who: KnownSubject) -> bool:
    subject = who.subject
    if subject.kind == SERVICE_ACCOUNT:
        return text.endswith(f"/ns/{subject.namespace}/sa/{subject.name}") or text == who.user
    return text == subject.name


def _names_single_user(policy: AuthorizationPolicy) -> bool:
    """Whether the policy looks like a contributor's: it has one rule and an annotated user."""
    return len(list_at(policy.spec, "rules")) == 1 and bool(policy.metadata.annotations.get("user"))


def _texts(data: Any) -> Iterator[str]:
    """Yield every string in the lists of *data*, without recursion: a hostile policy may be deeply nested."""
    stack = [data]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += [item for item in value if not isinstance(item, str)]
            yield from (item for item in value if isinstance(item, str))


def _in_profiles(snapshot: Snapshot, who: KnownSubject) -> Iterator[Mention]:
    for key in sorted(snapshot.profiles):
        profile = snapshot.profiles[key]
        owner, there = _owner(profile), who.at(profile.name)
        if owner is None:
            continue
        if owner in there.seen(Plane.KUBECTL).principals and owner.name:
            through = owner.name if owner.kind == GROUP and there.subject.kind != GROUP else ""
            yield Mention(profile, displayed(owner), "", through, controlled=True)
        elif other := _difference(owner, there):
            yield Mention(profile, displayed(owner), other, controlled=True)


def _owns(snapshot: Snapshot, who: KnownSubject, namespace: str) -> bool:
    profile = snapshot.profiles.get(("", namespace))
    return profile is not None and _owner(profile) in who.seen(Plane.KUBECTL).principals


def _owner(profile: Profile) -> Principal | None:
    return principal(profile.owner, profile.owner.namespace or "") if profile.owner else None
