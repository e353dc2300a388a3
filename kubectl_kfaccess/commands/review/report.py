"""Answered SubjectAccessReviews as a report: a row each for people, the objects themselves for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import Struct

from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.report import Case, Data, Report, Response
from kubectl_kfaccess.rbac.reviews import KIND, NOT_KNOWN, ResourceAttributes, Review, Status
from kubectl_kfaccess.terminal.safe_text import NOTHING, ascii_json, part, shown

COLUMNS = (
    Column("ALLOWED"),
    Column("EXPECTED", optional=True),
    Column("USER"),
    Column("GROUPS", optional=True),
    Column("VERB"),
    Column("RESOURCE"),
    Column("NAMESPACE"),
    Column("REASON"),
    Column("REVIEW", wide=True),
)


class Answered(Struct, frozen=True):
    """A review with its answer, where it stood, and what its author expected."""

    where: str
    review: Review
    expected: bool | None

    @property
    def status(self) -> Status:
        return self.review.status or Status()

    @property
    def known(self) -> bool:
        return not self.status.evaluation_error.startswith(NOT_KNOWN)

    @property
    def differs(self) -> bool:
        """Whether the answer is known and not the expected one."""
        return self.known and self.expected is not None and self.expected != self.status.allowed

    @property
    def verdict(self) -> str:
        if not self.known:
            return "unknown"
        return "yes" if self.status.allowed else "no"

    @property
    def difference(self) -> str:
        """One line about an expectation that is not met."""
        expected = "allowed" if self.expected else "denied"
        got = {"yes": "allowed", "no": "denied", "unknown": "not known"}[self.verdict]
        return f"{self.where}: expected {expected}, is {got}: {asked(self.review)}"


def report(answers: Sequence[Answered]) -> Response:
    """Return the report on answered reviews."""
    table = Table(COLUMNS, lambda: (Section("", [_row(one) for one in answers]),))
    report = Report(
        kind="Review",
        blocks=(table,),
        table=table,
        items=lambda: (_plain(one.review) for one in answers),
        names=lambda: (f"subjectaccessreview/{shown(_name(one))}" for one in answers),
        json_lines=lambda: (_json_line(one.review) for one in answers),
        whole=lambda: _list(answers),
        cases=lambda: (_case(one) for one in answers),
    )
    return Response(report)


def _row(one: Answered) -> tuple[str, ...]:
    spec = one.review.spec
    verb, what, namespace = _request(one.review)
    expected = "" if one.expected is None else "yes" if one.expected else "no"
    reason = one.status.reason or one.status.evaluation_error
    return (
        one.verdict,
        expected if expected in ("", one.verdict) else f"{expected} (differs)",
        shown(spec.user),
        ",".join(part(group, " ,") for group in spec.groups or ()),
        shown(verb),
        _resource(spec.resource_attributes, part) if spec.resource_attributes else shown(what),
        shown(namespace) if namespace else "<all>" if spec.resource_attributes else "",
        shown(reason) if reason else NOTHING,
        shown(_name(one)),
    )


def asked(review: Review) -> str:
    """Return what a review asks, in a few words."""
    verb, what, namespace = _request(review)
    who = review.spec.user or f"group {', '.join(review.spec.groups or ())}"
    return f"`{who}` {verb} {what}" + (f" in `{namespace}`" if namespace else "")


def _request(review: Review) -> tuple[str, str, str]:
    """The verb, what it is done to, and the namespace."""
    spec = review.spec
    if spec.non_resource_attributes is not None:
        return spec.non_resource_attributes.verb, spec.non_resource_attributes.path, ""
    a = spec.resource_attributes
    if a is None:
        return "", "", ""
    return a.verb, _resource(a, lambda text, _: text), a.namespace


def _resource(a: ResourceAttributes, say: Callable[[str, str], str]) -> str:
    """`TYPE/SUBRESOURCE.GROUP NAME`; *say* writes a part, given what would end it."""
    what = say(a.resource, " /.") + (f"/{say(a.subresource, ' .')}" if a.subresource else "")
    what += f".{say(a.group, ' ')}" if a.group else ""
    return f"{what} {say(a.name, ' ')}" if a.name else what


def _name(one: Answered) -> str:
    metadata = one.review.metadata
    if isinstance(metadata, msgspec.Raw):
        plain = msgspec.json.decode(metadata)
        if isinstance(plain, dict) and plain.get("name"):
            return str(plain["name"])
    return one.where


def _plain(review: Review) -> Data:
    data: Data = msgspec.json.decode(msgspec.json.encode(review))
    return data


def _json_line(review: Review) -> str:
    line = msgspec.json.encode(review)
    if b"\n" in line:  # metadata is kept as it was written, perhaps over several lines
        line = msgspec.json.format(line, indent=-1)
    return ascii_json(line.decode()) + "\n"


def _list(answers: Iterable[Answered]) -> Data:
    return {"apiVersion": "v1", "kind": "List", "items": [_plain(one.review) for one in answers]}


def _case(one: Answered) -> Case:
    unmet = one.expected is not None and one.expected != (one.verdict == "yes")
    failure = one.difference if one.differs else ""
    error = "" if one.known else one.difference if unmet else one.status.evaluation_error
    return Case(f"{_name(one)}: {asked(one.review)}", KIND, failure, error)
