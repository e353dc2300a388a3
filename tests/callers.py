"""A stand-in for the server's reviewer and for a live source, for tests about the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.sources.cluster.access_reviews import (
    AccessQuestion,
    CallerIdentity,
    Reply,
    RulesReply,
)
from kubectl_kfaccess.sources.source import DefaultNamespace


@dataclass
class FakeReviewer:
    """Answers as a server would that knows *rules* by namespace, and decides requests by *decide*."""

    user: str
    groups: tuple[str, ...] = ("system:authenticated",)
    known_rules: Mapping[str, tuple[PolicyRule, ...]] = field(default_factory=dict)
    decide: Callable[[Request], Reply] = lambda _: Reply(False)
    identities: int = 0
    is_server: bool = True

    def caller_identity(self) -> CallerIdentity:
        """Return the caller, and count how often that was asked."""
        self.identities += 1
        return CallerIdentity(self.user, groups=self.groups)

    def rules(self, namespaces: Sequence[str]) -> list[RulesReply]:
        """Return the rules in each namespace; a namespace called `refused` has none."""
        return [
            RulesReply(problem="refused")
            if name == "refused"
            else RulesReply(self.known_rules.get("", ()) + self.known_rules.get(name, ()), incomplete=False)
            for name in namespaces
        ]

    def ask(self, questions: Sequence[AccessQuestion]) -> list[Reply]:
        """Return the replies."""
        return [self.decide(question.request) for question in questions]


@dataclass
class FakeSource:
    """A live source of which only the caller and the context are asked about."""

    reviewer: FakeReviewer
    context: str = "default"
    origin: str = "default"

    def default_namespace(self) -> DefaultNamespace:
        """Return the context's namespace."""
        return DefaultNamespace(self.context, self.origin)
