"""
What a subject is to a namespace by one binding: a closed set of words, the same in every command.

A relation says nothing about power, and nothing about whether a release ships the binding: for that, see
`platform_grants`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING
from kubectl_kfaccess.kubeflow.namespaces import is_profile
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import dashboard_annotation
from kubectl_kfaccess.kubeflow.tenants.owners import owner_and_source
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    GROUP,
    Principal,
    displayed,
    displayed_subject,
    home_of_accounts,
)


class Relation(enum.Enum):
    """What a subject is to a namespace, in the order in which subjects are listed."""

    OWNER = "owner"
    CONTRIBUTOR = "contributor"  # by a binding that the dashboard shows; a user or a group
    GROUP = "group"
    FOREIGN = "foreign"  # an account, or a group of accounts, of another namespace that is not the platform's
    OTHER = "other"
    OWN_ACCOUNT = "own account"
    EVERYWHERE = "everywhere"  # by a ClusterRoleBinding

    @property
    def key(self) -> str:
        """The word in machine formats: `ownAccount` for `own account`."""
        first, *others = self.value.split()
        return first + "".join(map(str.capitalize, others))


class Relations:
    """
    The relations in a snapshot: owners and the platform's namespaces are looked up once.

    Without Profiles and Namespaces, the binding `namespaceAdmin` names the owner, and an account in a profile
    that is called like a namespace of the platform (`auth`) is not known to be foreign.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._owners: dict[str, Subject | None] = {}
        self.platform = PlatformGrants(snapshot)

    def relation(self, subject: Subject, binding: Binding) -> Relation:
        """
        Return what *subject*, which *binding* names, is by it to the binding's namespace.

        The owner of a profile is its owner by every RoleBinding there, unless the dashboard shows them as a
        contributor by it. Other subjects of the owner's binding are not the owner. Any account that a
        ClusterRoleBinding names is related to every namespace alike, to its own as well.
        """
        namespace = binding.namespace
        if not namespace:
            return Relation.EVERYWHERE
        who = displayed_subject(subject, namespace)
        if who == self.owner(namespace) and (binding.name == OWNERS_BINDING or not _is_annotated(binding)):
            return Relation.OWNER
        if home := home_of_accounts(who):
            return self._of_accounts(home, namespace)
        if who == _ALL_ACCOUNTS:
            return Relation.FOREIGN
        if who.kind in _PEOPLE and _is_annotated(binding):
            return Relation.CONTRIBUTOR
        return Relation.GROUP if who.kind == GROUP else Relation.OTHER

    def nearest(self, principals: Iterable[Principal], namespace: str) -> Relation | None:
        """
        Return the first relation, in their order, that a caller of these names has to *namespace*.

        None if no binding there, and no ClusterRoleBinding, names the caller.
        """
        bound = [self._snapshot.bound.get(scope, {}) for scope in dict.fromkeys((namespace, ""))]
        relations = (self.by_bindings(who, index.get(who, ())) for who in principals for index in bound)
        return _first(relation for relation in relations if relation)

    def by_bindings(self, who: Principal, bindings: Iterable[Binding]) -> Relation | None:
        """Return the first relation, in their order, of *who* by any of *bindings*; None without them."""
        subject = displayed(who)
        return _first({self.relation(subject, binding) for binding in bindings})

    def owner(self, namespace: str) -> Subject | None:
        """Return the owner of the profile *namespace*; None if that is no profile, or nothing names them."""
        if namespace not in self._owners:
            owner = None if self._is_no_profile(namespace) else owner_and_source(self._snapshot, namespace)[0]
            self._owners[namespace] = owner
        return self._owners[namespace]

    def _is_no_profile(self, namespace: str) -> bool:
        """Whether it is known that the namespace is no profile: it was read, without Profile and label."""
        read = self._snapshot.namespaces.get(("", namespace))
        can_have_profile = ("", namespace) in self._snapshot.profiles or self._snapshot.gap("profiles", "")
        return read is not None and not can_have_profile and not is_profile(read)

    def _of_accounts(self, home: str, namespace: str) -> Relation:
        if home == namespace:
            return Relation.OWN_ACCOUNT
        return Relation.OTHER if home in self.platform.namespaces else Relation.FOREIGN


def _is_annotated(binding: Binding) -> bool:
    return dashboard_annotation(binding) is not None


def _first(relations: Iterable[Relation]) -> Relation | None:
    return min(relations, key=_ORDER.index, default=None)


_ORDER = tuple(Relation)
_PEOPLE = ("User", GROUP)
_ALL_ACCOUNTS = Subject(GROUP, ALL_SERVICE_ACCOUNTS)
