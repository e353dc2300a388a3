"""The report of `review`: one row per review for people, the SubjectAccessReviews for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from kubectl_kfaccess.commands.review.answer import AnsweredReview
from kubectl_kfaccess.commands.review.arguments import KIND, Options
from kubectl_kfaccess.output.blocks import Column, Headline, Section, Table, Tone
from kubectl_kfaccess.output.report import Case, Data, Report
from kubectl_kfaccess.rbac.reviews import KIND as REVIEW_KIND
from kubectl_kfaccess.rbac.reviews import ResourceAttributes, Review
from kubectl_kfaccess.terminal.safe_text import NOTHING, ascii_json, listed, part, shown
from kubectl_kfaccess.terminal.words import counted

MOST_SHOWN = 20
COLUMNS = (
    Column("ALLOWED"),
    Column("EXPECTED", optional=True),
    Column("USER"),
    Column("GROUPS", optional=True, rank=2),
    Column("VERB"),
    Column("RESOURCE"),
    Column("NAMESPACE"),
    Column("REASON", rank=1, footnote=True, prose=True),
    Column("REVIEW", wide=True),
)


def report(value: Sequence[AnsweredReview], _options: Options) -> Report:
    """Return the report on answered reviews; machines get Kubernetes' own types."""
    table = Table(COLUMNS, lambda: (Section("", [_row(answer) for answer in value]),))
    return Report(
        kind=KIND,
        blocks=(_headline(value), table),
        table=table,
        items=lambda: (_plain(answer.review) for answer in value),
        names=lambda: (f"subjectaccessreview/{shown(_name(answer))}" for answer in value),
        json_lines=lambda: (_json_line(answer.review) for answer in value),
        whole=lambda: _list(value),
        cases=lambda: (_case(answer) for answer in value),
        remarks=tuple(_summary(value)),
    )


def _headline(answers: Sequence[AnsweredReview]) -> Headline:
    """Return whether the expectations are met; without any, how many requests are allowed."""
    expecting = [answer for answer in answers if answer.expected is not None]
    if not expecting:
        allowed = sum(1 for answer in answers if _verdict(answer) == "yes")
        return Headline(f"{allowed} of {counted(len(answers), 'request')} allowed")
    unmet = sum(1 for answer in expecting if answer.differs)
    open_ones = sum(1 for answer in expecting if not answer.is_known)
    if unmet:
        return Headline(f"no: {unmet} of {counted(len(expecting), 'expectation')} not met", Tone.BAD)
    if open_ones:
        return Headline(f"unknown: {open_ones} of {counted(len(expecting), 'expectation')} cannot be checked")
    return Headline(f"ok: {len(expecting)} of {counted(len(expecting), 'expectation')} met", Tone.GOOD)


def _summary(answers: Sequence[AnsweredReview]) -> Iterator[str]:
    """Yield a line per unmet expectation, at most MOST_SHOWN, and a line that counts those that are met."""
    expecting = [answer for answer in answers if answer.expected is not None]
    unmet = [answer for answer in expecting if answer.differs or not answer.is_known]
    yield from map(_difference, unmet[:MOST_SHOWN])
    if len(unmet) > MOST_SHOWN:
        yield f"and {len(unmet) - MOST_SHOWN} more"
    if expecting:
        yield f"{len(expecting) - len(unmet)} of {len(expecting)} expectations are met"


def _verdict(answer: AnsweredReview) -> str:
    if not answer.is_known:
        return "unknown"
    return "yes" if answer.status.allowed else "no"


def _difference(answer: AnsweredReview) -> str:
    """Return a line about an expectation that is not met."""
    expected = "allowed" if answer.expected else "denied"
    actual = {"yes": "allowed", "no": "denied", "unknown": "not known"}[_verdict(answer)]
    return f"{answer.where}: expected {expected}, is {actual}: {question_text(answer.review)}"


def _row(answer: AnsweredReview) -> tuple[str, ...]:
    spec = answer.review.spec
    verb, what, namespace = _request(answer.review)
    expected = "" if answer.expected is None else "yes" if answer.expected else "no"
    reason = answer.status.reason or answer.status.evaluation_error
    return (
        _verdict(answer),
        expected if expected in ("", _verdict(answer)) else f"{expected} (differs)",
        shown(spec.user),
        ", ".join(listed(group) for group in spec.groups or ()),
        shown(verb),
        _resource(spec.resource_attributes, part) if spec.resource_attributes else shown(what),
        shown(namespace) if namespace else "<all>" if spec.resource_attributes else "",
        shown(reason) if reason else NOTHING,
        shown(_name(answer)),
    )


def question_text(review: Review) -> str:
    """Return a review's question in a few words."""
    verb, what, namespace = _request(review)
    who = review.spec.user or f"group {', '.join(review.spec.groups or ())}"
    return f"`{who}` {verb} {what}" + (f" in `{namespace}`" if namespace else "")


def _request(review: Review) -> tuple[str, str, str]:
    """Return the verb, the resource or path, and the namespace."""
    spec = review.spec
    if spec.non_resource_attributes is not None:
        return spec.non_resource_attributes.verb, spec.non_resource_attributes.path, ""
    attributes = spec.resource_attributes
    if attributes is None:
        return "", "", ""
    return attributes.verb, _resource(attributes, lambda text, _: text), attributes.namespace


def _resource(attributes: ResourceAttributes, escape: Callable[[str, str], str]) -> str:
    """Return `TYPE/SUBRESOURCE.GROUP NAME`; *escape* gets each part and the characters that would end it."""
    what = escape(attributes.resource, " /.")
    what += f"/{escape(attributes.subresource, ' .')}" if attributes.subresource else ""
    what += f".{escape(attributes.group, ' ')}" if attributes.group else ""
    return f"{what} {escape(attributes.name, ' ')}" if attributes.name else what


def _name(answer: AnsweredReview) -> str:
    """Return the review's name from its metadata, or its place in the file."""
    metadata = answer.review.metadata
    if isinstance(metadata, msgspec.Raw):
        plain = msgspec.json.decode(metadata)
        if isinstance(plain, dict) and plain.get("name"):
            return str(plain["name"])
    return answer.where


def _plain(review: Review) -> Data:
    data: Data = msgspec.json.decode(msgspec.json.encode(review))
    return data


def _json_line(review: Review) -> str:
    line = msgspec.json.encode(review)
    if b"\n" in line:  # metadata is kept as written and can have several lines
        line = msgspec.json.format(line, indent=-1)
    return ascii_json(line.decode()) + "\n"


def _list(answers: Iterable[AnsweredReview]) -> Data:
    return {"apiVersion": "v1", "kind": "List", "items": [_plain(answer.review) for answer in answers]}


def _case(answer: AnsweredReview) -> Case:
    unmet = answer.expected is not None and answer.expected != (_verdict(answer) == "yes")
    failure = _difference(answer) if answer.differs else ""
    error = "" if answer.is_known else _difference(answer) if unmet else answer.status.evaluation_error
    return Case(f"{_name(answer)}: {question_text(answer.review)}", REVIEW_KIND, failure, error)
