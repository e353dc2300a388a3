"""What the server's reasons say of bindings that the caller cannot read."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.standings import Standing, standings
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.known_subjects import caller
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal
from kubectl_kfaccess.sources.cluster.access_reviews import Reply
from kubectl_kfaccess.verify.own_grants import own_item, with_own_bindings
from tests.callers import FakeReviewer

CAROL = "carol@example.com"
UNREAD = Snapshot(gaps=(Gap("clusterroles", "", "forbidden"), Gap("rolebindings", "alice", "forbidden")))
QUESTION = Question(Request("create", "", "pods"), ("alice",))


def reason(binding: str, role: str, to: str) -> str:
    """Return the reason of the RBAC authorizer, as plugin/pkg/auth/authorizer/rbac writes it."""
    return f'RBAC: allowed by RoleBinding "{binding}" of ClusterRole "{role}" to {to}'


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        (
            reason("user-carol-example-com-clusterrole-edit/alice", "kubeflow-edit", f'User "{CAROL}"'),
            Standing(Relation.CONTRIBUTOR, TenantLevel.EDIT),
        ),
        (
            reason("namespaceAdmin/alice", "kubeflow-admin", f'User "{CAROL}"'),
            Standing(Relation.OWNER, TenantLevel.ADMIN),
        ),
        (  # KFAM gives this name to bindings to another role
            reason("user-carol-example-com-clusterrole-edit/alice", "kubeflow-view", f'User "{CAROL}"'),
            Standing(Relation.OTHER, TenantLevel.VIEW),
        ),
        (
            reason("somebody-made-it/alice", "secret-reader", f'User "{CAROL}"'),
            Standing(Relation.OTHER, TenantLevel.SOME),
        ),
        (
            reason("group-ml-clusterrole-view/alice", "kubeflow-view", 'Group "ml"'),
            Standing(Relation.CONTRIBUTOR, TenantLevel.VIEW),
        ),
    ],
    ids=["contributor", "owner", "another role", "another binding", "group"],
)
def test_a_reason_says_what_the_caller_is_to_a_namespace(text: str, standing: Standing) -> None:
    """By the names of the binding and the role; the contents of both are unread."""
    reviewer = cast("Any", FakeReviewer(CAROL, decide=lambda _: Reply(True, text)))
    who = caller(CAROL, ("ml", "system:authenticated"))

    known = with_own_bindings(reviewer, who, UNREAD, ("alice",))

    assert {"alice": standing} == standings(known, who, ("alice",))


def test_nothing_is_asked_where_bindings_can_be_read() -> None:
    """What was read is the whole truth there."""
    reviewer = cast("Any", FakeReviewer(CAROL, decide=lambda _: pytest.fail("asked")))

    assert not with_own_bindings(reviewer, caller(CAROL, ()), Snapshot(), ("alice",)).role_bindings


@pytest.mark.parametrize(
    ("text", "through", "names"),
    [
        (reason("b/alice", "r", f'User "{CAROL}"'), None, ["b"]),
        (reason("b/alice", "r", 'Group "ml"'), Principal(GROUP, "ml"), ["b"]),
        ("allowed by a webhook", None, []),
    ],
    ids=["user", "group", "no reason of RBAC"],
)
def test_the_caller_is_an_item(text: str, through: Principal | None, names: list[str]) -> None:
    """With the binding that the reason names, and the group if that is who it names."""
    item = own_item(QUESTION, CAROL, "alice", Reply(True, text))

    assert (Principal(USER, CAROL), "alice", through) == (item.who, item.namespace, item.through)
    assert names == [grant.binding.name for grant in item.grants]
