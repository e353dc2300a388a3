"""Findings as cards: errors first, accepted ones last; many findings of one type share a card."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.audit.way_words import title_of
from kubectl_kfaccess.commands.report.anchors import anchor
from kubectl_kfaccess.commands.report.commands_text import ask
from kubectl_kfaccess.commands.report.crossing_text import CrossingTexts
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.parts import Parts
from kubectl_kfaccess.commands.report.views import Card, Link, ObjectLine
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.findings import ACCEPTED, object_phrase, severity_word
from kubectl_kfaccess.output.manager_words import manager_text
from kubectl_kfaccess.output.shapes import fingerprint
from kubectl_kfaccess.terminal.safe_text import line

MOST_ALONE = 4
"""More findings of one type than these share a card."""
LOOKS = {"error": "bad", "warning": "warn", "note": "", ACCEPTED: "accepted"}
_TENANTS = ("Profile", "Namespace")
_DIGITS = 12


def finding_anchor(finding: Finding) -> str:
    """Return the anchor of a finding: it stays from run to run."""
    text = "\0".join((fingerprint(finding), finding.message)).encode("utf-8", "surrogatepass")
    return anchor("finding", finding.type.id, hashlib.sha256(text).hexdigest()[:_DIGITS])


def finding_link(finding: Finding) -> Link:
    """Return a finding as a link to its card."""
    return Link(line(finding.message), finding_anchor(finding))


def sentence(text: str) -> str:
    """Return a message as a title: with a capital letter, unless it begins with a name."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.isascii() else text


def profile_of(finding: Finding) -> str:
    """Return the profile that a finding is about; "" if it is about none."""
    return finding.name if finding.kind in _TENANTS and not finding.namespace else finding.namespace


def cards(page: Page, parts: Parts, ways: CrossingTexts) -> Iterator[Card]:
    """Yield the cards, those about what crosses first among those that are as bad."""
    groups = sorted(_alike(page.findings), key=lambda alike: _order(alike[0]))
    for alike in groups:
        yield _card(alike, parts, ways, has_anchors=page.is_in_full)


def _order(finding: Finding) -> tuple[int, bool]:
    return [*LOOKS].index(severity_word(finding)), not finding.tenant


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return the findings in groups, in their order: those of a type that has many are one group."""
    count = Counter((severity_word(each), each.type.id) for each in findings)
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        key = (severity_word(finding), finding.type.id)
        groups.setdefault(key if count[key] > MOST_ALONE else (*key, finding.message), []).append(finding)
    return [*groups.values()]


def _card(alike: Sequence[Finding], parts: Parts, ways: CrossingTexts, *, has_anchors: bool) -> Card:
    first, kind = alike[0], alike[0].type
    is_alone = len(alike) == 1
    is_same = all(each.message == first.message for each in alike)
    severity = severity_word(first)
    way = ways.way_of(first) if is_alone else None
    drawn = ways.drawn(way) if way else ()
    message = title_of(first, way)  # of a way it begins with the name of a tenant
    title = (
        (message if way else sentence(message))
        if is_same
        else f"{len(alike):,} times: {kind.what.rstrip('.')}"
    )
    return Card(
        anchor=finding_anchor(first) if is_alone else _group_anchor(first, is_same=is_same),
        severity=severity,
        look=LOOKS[severity],
        title=title,
        id=kind.id,
        objects=tuple(_object_line(each, parts, is_same=is_same, has_anchor=has_anchors) for each in alike),
        what=kind.what,
        why=kind.why,
        fix=kind.fix,
        ways=drawn,
        explain=_explain(first),
    )


def _group_anchor(first: Finding, *, is_same: bool) -> str:
    """Return the anchor of a card of several findings: of a type, or of those with the same message."""
    names = (severity_word(first), first.type.id)
    return anchor("findings", *names, *((finding_anchor(first),) if is_same else ()))


def _object_line(finding: Finding, parts: Parts, *, is_same: bool, has_anchor: bool) -> ObjectLine:
    profile = parts.profile(profile_of(finding))
    notes = (
        manager_text(finding.manager) if finding.manager else "",
        f"accepted: {acceptance(finding.accepted)}" if finding.accepted else "",
    )
    return ObjectLine(
        finding_anchor(finding) if has_anchor else "",
        object_phrase(finding),
        profile if profile.to else Link(""),
        "" if is_same else line(finding.message),
        "; ".join(filter(None, notes)),
    )


def _explain(finding: Finding) -> str:
    """Return the command that says how to fix the finding."""
    profile = profile_of(finding)
    return ask("explain", finding.type.id, *(("-n", profile) if profile else ()))
