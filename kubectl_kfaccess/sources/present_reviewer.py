"""
Access reviews beside an assumed change: they speak of the present.

A yes about the caller counts if the change only adds access. All other answers are unknown, and the server is
not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kubectl_kfaccess.rbac.model import ClusterRole, ClusterRoleBinding, KubernetesObject, Role, RoleBinding
from kubectl_kfaccess.sources.cluster.access_reviews import (
    AccessQuestion,
    CallerIdentity,
    Reply,
    Reviewer,
    RulesReply,
)

PRESENT = "the server answers for the cluster as it is, not with `--with` and `--without`"


@dataclass
class PresentReviewer:
    """The reviewer *present* beside an assumed change; *adds_only* returns whether that only adds access."""

    present: Reviewer
    adds_only: Callable[[], bool]

    @property
    def is_server(self) -> bool:
        """Whether the present reviewer is the server."""
        return self.present.is_server

    @cached_property
    def is_valid(self) -> bool:
        """Whether what the caller can do today they can do after the change."""
        return self.adds_only()

    def announce(self, count: int) -> None:
        """Write to stderr how many access reviews will be sent, for flags that ask for them."""
        self.present.announce(count)

    def caller_identity(self) -> CallerIdentity:
        """Return the caller as the server knows them: no change of objects changes that."""
        return self.present.caller_identity()

    def ask(self, questions: Sequence[AccessQuestion]) -> list[Reply]:
        """Return the replies in the order of the questions; only a yes about the caller is an answer."""
        own = [each for each in questions if each.identity is None] if self.is_valid else []
        answers = dict(zip(own, self.present.ask(own) if own else (), strict=True))
        return [_if_yes(answers.get(each)) for each in questions]

    def rules(self, namespaces: Sequence[str]) -> list[RulesReply]:
        """Return the caller's rules in each of the namespaces: there can be more after the change."""
        if not self.is_valid:
            return [RulesReply(problem=PRESENT) for _ in namespaces]
        return [_incomplete(reply) for reply in self.present.rules(namespaces)]


def only_adds(before: KubernetesObject | None, after: KubernetesObject | None) -> bool:
    """
    Return whether an object that changes from *before* to *after* takes no access away.

    A ClusterRole can: the controller writes the rules of the roles that select it anew.
    """
    if isinstance(after, ClusterRole) or after is None:
        return before == after
    if before is None:
        return True
    if isinstance(before, Role) and isinstance(after, Role):
        return {*before.rules} <= {*after.rules}
    if isinstance(before, (RoleBinding, ClusterRoleBinding)) and isinstance(
        after, (RoleBinding, ClusterRoleBinding)
    ):
        return {*before.subjects} <= {*after.subjects} and before.role_ref == after.role_ref
    return True


def _if_yes(reply: Reply | None) -> Reply:
    return reply if reply and reply.allowed else Reply(None, problem=PRESENT)


def _incomplete(reply: RulesReply) -> RulesReply:
    return RulesReply(reply.rules, True, reply.evaluation_error, reply.problem, reply.hint)
