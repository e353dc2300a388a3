"""What the API server's RBAC authorizer would answer to reviews, computed from the cluster's objects."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.review.arguments import Options
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.reviews import NOT_KNOWN, Review, Status, answered
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files import reviews
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
from kubectl_kfaccess.sources.source import Source, Wanted


class AnsweredReview(Struct, frozen=True):
    """A review with its answer, its place (*where*: file and position), and the expected answer, if any."""

    where: str
    review: Review
    expected: bool | None

    @property
    def status(self) -> Status:
        return self.review.status or Status()

    @property
    def is_known(self) -> bool:
        return not self.status.evaluation_error.startswith(NOT_KNOWN)

    @property
    def differs(self) -> bool:
        """Whether the answer is known and differs from the expected one."""
        return self.is_known and self.expected is not None and self.expected != self.status.allowed


def answer(options: Options, source: Source) -> Answer:
    """
    Return the reviews with their answers, as a tuple of AnsweredReview.

    Raises UsageError if a file cannot be read, or holds a review that the server would refuse.
    """
    located = reviews.read(options.files, source.env)
    snapshot = _read(source, [review for _, review in located])
    evaluator, version = Evaluator(snapshot), source.version()
    answers = tuple(
        AnsweredReview(where, answered(review, evaluator, version), review.expected)
        for where, review in located
    )
    return Answer(answers, _status(answers), gaps=snapshot.gaps, notes=snapshot.notes)


def _read(source: Source, wanted_reviews: Sequence[Review]) -> Snapshot:
    attributes = (review.spec.resource_attributes for review in wanted_reviews)
    namespaces = tuple(sorted({of.namespace for of in attributes if of and of.namespace}))
    return source.read(Wanted((*CLUSTER_WIDE, *IN_NAMESPACES) if namespaces else CLUSTER_WIDE, namespaces))


def _status(answers: Sequence[AnsweredReview]) -> ExitStatus:
    if any(answer.differs for answer in answers):
        return ExitStatus.NO
    return ExitStatus.OK if all(answer.is_known for answer in answers) else ExitStatus.CANNOT_ANSWER
