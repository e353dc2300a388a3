"""What a snapshot knows of a caller who could not read everything: the rules that the server listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec import Struct

from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, CallerIdentity, Reply, RulesReply
from kubectl_kfaccess.sources.snapshots.document import SavedRules

NOT_KEPT = "a snapshot does not hold what the server answers to access reviews"


class SavedReviewer(Struct, frozen=True):
    """Answers about the *caller* from their own *rules*, by namespace; about others nothing is known."""

    caller: CallerIdentity
    kept: Mapping[str, SavedRules]
    is_server: ClassVar[bool] = False

    def announce(self, count: int) -> None:
        """Say nothing: nothing is sent."""

    def caller_identity(self) -> CallerIdentity:
        """Return who read the cluster."""
        return self.caller

    def ask(self, questions: Sequence[AccessQuestion]) -> list[Reply]:
        """Return what the rules say about the caller."""
        return [_unknown() if question.identity else self._reply(question.request) for question in questions]

    def rules(self, namespaces: Sequence[str]) -> list[RulesReply]:
        """Return the rules of those namespaces whose rules were read."""
        return [self._rules(name) for name in namespaces]

    def _rules(self, namespace: str) -> RulesReply:
        kept = self.kept.get(namespace)
        if kept is None:
            return RulesReply(problem=NOT_KEPT)
        return RulesReply(kept.rules, kept.incomplete, kept.evaluation_error, kept.problem)

    def _reply(self, request: Request) -> Reply:
        """
        Return what the rules say.

        Those of a namespace are the caller's rules there and in the whole cluster, also about URLs (upstream:
        RulesFor). So outside namespaces a complete list without the rule denies, and rules that are in all
        lists leave open where they come from.
        """
        if request.path is None and request.namespace:
            return _by_rules(request, self._rules(request.namespace))
        denying = (_by_rules(request, self._rules(name)).allowed is False for name in self.kept)
        return Reply(False) if any(denying) else _unknown()


def _by_rules(request: Request, reply: RulesReply) -> Reply:
    """Return yes if a rule allows the request, and no if the list is complete and has no such rule."""
    if any(rule_allows(rule, request) for rule in reply.rules):
        return Reply(True)
    return _unknown() if reply.incomplete or reply.evaluation_error or reply.problem else Reply(False)


def _unknown() -> Reply:
    return Reply(None, problem=NOT_KEPT)
