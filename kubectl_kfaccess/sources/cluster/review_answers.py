"""The API server's answers to access reviews, as far as we read them."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from kubectl_kfaccess.errors import CannotAnswer
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.sources.cluster.bounds import shortened

A = TypeVar("A")


class _Camel(Struct, rename="camel"):
    pass


class Answer(_Camel, Generic[A]):
    """A review as it comes back."""

    kind: str = ""
    status: A | None = None


class AccessStatus(_Camel):
    """
    The status of an access review, of any of the three kinds.

    A conditional answer is neither a yes nor a no: it depends on the object that is written (KEP-5681, alpha
    in Kubernetes 1.38). Its field is `conditionalDecision`; drafts of the KEP had other names for it.
    """

    allowed: bool
    reason: str = ""
    evaluation_error: str = ""
    conditional_decision: Any = None
    condition_set_chain: Any = None
    conditions_chain: Any = None

    @property
    def is_conditional(self) -> bool:
        """Whether the answer depends on conditions."""
        return bool(self.conditional_decision or self.condition_set_chain or self.conditions_chain)


class RulesStatus(_Camel):
    """The status of a SelfSubjectRulesReview."""

    incomplete: bool
    resource_rules: tuple[PolicyRule, ...] | None = None
    non_resource_rules: tuple[PolicyRule, ...] | None = None
    evaluation_error: str = ""


class _UserInfo(_Camel):
    username: str
    uid: str = ""
    groups: tuple[str, ...] | None = None
    extra: dict[str, tuple[str, ...] | None] | None = None


class CallerStatus(_Camel):
    """The status of a SelfSubjectReview."""

    user_info: _UserInfo


def decoded(kind: str, body: bytes, decoder: msgspec.json.Decoder[Answer[A]]) -> A:
    """
    Return the status of a review of *kind*.

    Raises CannotAnswer if *body* is anything else: another web server must not seem to answer.
    """
    try:
        answer = decoder.decode(body)
        if answer.kind != kind:
            raise msgspec.ValidationError(f"it is a `{answer.kind}`" if answer.kind else "it has no kind")
        status: A | None = answer.status
        if status is None:
            raise msgspec.ValidationError("it has no status")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotAnswer(
            f"cannot understand the server's answer to a {kind}: {shortened(str(error))}",
            hint="is this the address of a Kubernetes API server?",
        ) from error
    return status
