"""What the server's reasons say of the caller's own bindings, for callers who cannot read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace as changed

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES, kfam_name
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    Binding,
    ClusterRoleBinding,
    PolicyRule,
    RoleBinding,
    Subject,
)
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.server_reasons import parse_reason
from kubectl_kfaccess.rbac.snapshot import Snapshot, by_key
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reply, Reviewer


def own_item(question: Question, user: str, namespace: str, reply: Reply) -> Item:
    """
    Return the item of the caller *user*, if the server allows them the request in *namespace*.

    It has no grant if the server does not name one: another authorizer than RBAC allows it, perhaps.
    """
    who, grant = Principal(USER, user), own_grant(user, reply)
    if grant is None:
        return Item(question, who, namespace, ())
    through = None if grant.who == who else grant.who
    return Item(question, who, grant.binding.namespace, (grant,), through=through)


def own_grant(user: str, reply: Reply) -> Grant | None:
    """Return the grant that the reason of a reply about the caller *user* names; None if it names none."""
    reason = parse_reason(reply.reason)
    if reason is None:
        return None
    who = Principal(GROUP, reason.subject) if reason.kind == GROUP else Principal(USER, user)
    return Grant(who, _as_kfam_writes_it(reason.binding, displayed(who)), reason.role, PolicyRule())


def with_own_bindings(
    reviewer: Reviewer, who: KnownSubject, snapshot: Snapshot, namespaces: Iterable[str]
) -> Snapshot:
    """
    Return the snapshot with bindings of the caller *who* that they cannot read, as far as reasons name them.

    For each namespace whose RoleBindings are unread the server is asked about requests that Kubeflow's roles
    differ in. No other command than those that say what somebody is to a namespace needs these bindings.
    """
    unread = [name for name in namespaces if name and snapshot.gap("rolebindings", name)]
    requests = [replace(request, namespace=name) for name in unread for request in _TELLING]
    replies = reviewer.ask([AccessQuestion(request) for request in requests]) if who.is_caller else []
    grants = (own_grant(who.user, reply) for reply in replies if reply.allowed)
    bindings = [grant.binding for grant in grants if grant]
    inside = by_key(binding for binding in bindings if isinstance(binding, RoleBinding))
    wide = by_key(binding for binding in bindings if isinstance(binding, ClusterRoleBinding))
    return changed(
        snapshot,
        role_bindings={**inside, **snapshot.role_bindings},
        cluster_role_bindings={**wide, **snapshot.cluster_role_bindings},
    )


_TELLING = (
    Request("create", RBAC_GROUP, "rolebindings"),  # kubeflow-admin
    Request("create", "", "persistentvolumeclaims"),  # kubeflow-edit
    Request("list", "", "persistentvolumeclaims"),  # kubeflow-view
)


def _as_kfam_writes_it(binding: Binding, subject: Subject) -> Binding:
    """Return the binding with its subject, and with KFAM's annotations if it has the name that KFAM makes."""
    named = replace(binding, subjects=(subject,))
    for role, cluster_role in ROLES.items():
        is_named_so = binding.name == kfam_name(subject.kind, subject.name, role)
        if binding.namespace and is_named_so and binding.role_ref.name == cluster_role:
            annotations = {"user": subject.name, "role": role}
            return replace(named, metadata=replace(binding.metadata, annotations=annotations))
    return named
