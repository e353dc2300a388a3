"""`review FILE…`: what the API server's RBAC authorizer would answer to these SubjectAccessReviews."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_kfaccess.commands.review.report import Answered
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.rbac.reviews import Review
    from kubectl_kfaccess.rbac.snapshot import Snapshot
    from kubectl_kfaccess.sources.source import Source

MOST_TOLD = 20


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the reviews with their answers."""
    from kubectl_kfaccess.commands.review.report import Answered, report
    from kubectl_kfaccess.output.gaps import lines
    from kubectl_kfaccess.rbac.evaluator import Evaluator
    from kubectl_kfaccess.rbac.reviews import answered
    from kubectl_kfaccess.sources.files import reviews

    if [*args.files, *args.filename].count("-") > 1:
        raise UsageError("standard input can be read once: `-` stands for the reviews or for the objects")
    source = flags.source(args, env)
    found = reviews.read(args.files, env)
    snapshot = _read(source, [review for _, review in found])
    evaluator = Evaluator(snapshot)
    answers = [Answered(where, answered(one, evaluator), one.expected) for where, one in found]
    return Answer(
        report(answers),
        remarks=(
            *_summary(answers),
            *lines(snapshot.gaps),
            *(f"note: {note}" for note in snapshot.notes),
        ),
        status=_status(answers),
    )


def _read(source: Source, found: list[Review]) -> Snapshot:
    from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
    from kubectl_kfaccess.sources.source import Wanted

    asked = (review.spec.resource_attributes for review in found)
    namespaces = tuple(sorted({one.namespace for one in asked if one and one.namespace}))
    return source.read(Wanted((*CLUSTER_WIDE, *IN_NAMESPACES) if namespaces else CLUSTER_WIDE, namespaces))


def _summary(answers: list[Answered]) -> list[str]:
    """One line for each expectation that is not met, and the count of them all."""
    expecting = [one for one in answers if one.expected is not None]
    unmet = [one for one in expecting if one.differs or not one.known]
    told = [one.difference for one in unmet[:MOST_TOLD]]
    if len(unmet) > MOST_TOLD:
        told.append(f"and {len(unmet) - MOST_TOLD} more")
    if expecting:
        told.append(f"{len(expecting) - len(unmet)} of {len(expecting)} expectations are met")
    return told


def _status(answers: list[Answered]) -> ExitStatus:
    if any(one.differs for one in answers):
        return ExitStatus.NO
    return ExitStatus.OK if all(one.known for one in answers) else ExitStatus.CANNOT_ANSWER
