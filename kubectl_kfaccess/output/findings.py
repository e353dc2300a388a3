"""
Findings for people: rows of a table, or on a terminal a list with marks.

Findings that say the same are one entry of the list, with the objects that they are about. Its first line is
`MARK LABEL TEXT`, the lines below it are details. If the command gives the labels, the ids stand beside the
texts, each where there is room for it; otherwise, and where there is none, they begin the details.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.blocks import MARK_ACCEPTED, MARK_ERROR, MARK_LOOK, Cell, Findings, Text, Tone
from kubectl_kfaccess.output.colors import OF_MARKS, OF_TONES, painted
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.manager_words import manager_text
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.terminal.safe_text import line, part, shown
from kubectl_kfaccess.terminal.wrapping import shortened, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding
    from kubectl_kfaccess.kubeflow.managers import Tool

HEADERS = ("SEVERITY", "FINDING", "OBJECT", "MESSAGE")
ACCEPTED = "accepted"
"""What stands in place of a severity that does not count."""
SEVERITY_MARKS = {"error": MARK_ERROR, "warning": MARK_LOOK, "note": MARK_LOOK, ACCEPTED: MARK_ACCEPTED}
MOST_OBJECTS = 3
"""The largest number of objects that an entry of the list names."""
_TONES = {"error": Tone.BAD, "warning": Tone.LOOK, "note": Tone.FAINT, ACCEPTED: Tone.FAINT}
_MARK = 2
_GAPS = (3, 2)
_LABELS_SHARE = 3
"""Labels take at most this part of the terminal: a third."""


def finding_row(finding: Finding) -> tuple[str, ...]:
    """Return the finding's cells in the order of HEADERS, safe to show."""
    message = "; ".join((line(finding.message), *_managers([finding]), *_acceptances([finding])))
    return (severity_word(finding), finding.type.id, object_text(finding), message)


def severity_word(finding: Finding) -> str:
    """Return how bad the finding is, or ACCEPTED."""
    return ACCEPTED if finding.accepted else finding.severity.value


def object_text(finding: Finding) -> str:
    """Return the object that the finding is about, such as `RoleBinding/team-a/default-editor`."""
    names = [name for name in (finding.namespace, finding.name) if name]
    return "/".join((finding.kind, *map(part, names))) if names else shown(finding.kind)


def object_phrase(finding: Finding) -> str:
    """Return the same as people write it: `RoleBinding team-a/default-editor`; "" without an object."""
    kind, _, name = object_text(finding).partition("/")
    return f"{kind} {name}" if name else ""


def brief_text(finding: Finding) -> str:
    """Return what is wrong in a few words, without its subject; safe to show."""
    return line(finding.brief or finding.message)


def subject_and_brief(finding: Finding) -> str:
    """Return who the finding is about, and what is wrong: `group:ml-team: kubectl only`."""
    subject = f"{reference_text(finding.subject)}: " if finding.subject else ""
    return f"{subject}{brief_text(finding)}"


def counted(findings: Sequence[Finding]) -> str:
    """Return how many findings there are, such as `1 error, 2 warnings, 3 accepted`; "" without findings."""
    counts = Counter(map(severity_word, findings))
    return ", ".join(
        f"{counts[word]:,} {word}{'s' if counts[word] > 1 and word != ACCEPTED else ''}"
        for word in SEVERITY_MARKS
        if counts[word]
    )


class _Entry(NamedTuple):
    """An entry of the list; the *id* is "" if it is among the *details*."""

    mark: str
    label: Text
    text: str
    id: str
    details: tuple[str, ...]


def findings_lines(block: Findings, style: Style) -> Iterator[str]:
    """Yield the lines of the findings on a terminal."""
    entries = [_entry(block, alike) for alike in _alike(block)]
    layout = _Layout(entries, style)
    return (text for entry in entries for text in layout.lines(entry))


def _alike(block: Findings) -> Sequence[Sequence[Finding]]:
    """Return the findings that say the same, in the order of the first of each."""
    groups: dict[object, list[Finding]] = {}
    for finding in block.findings:
        text = block.words(finding)[1] if block.words else finding.message
        details = block.details(finding) if block.details else ()
        key = (finding.severity, finding.type.id, text, finding.accepted, details)
        groups.setdefault(key, []).append(finding)
    return [*groups.values()]


def _entry(block: Findings, alike: Sequence[Finding]) -> _Entry:
    first = alike[0]
    severity, name = severity_word(first), first.type.id
    mark = SEVERITY_MARKS[severity]
    managers = (*_managers(alike, block.unnamed), *_acceptances(alike[:1]))
    if block.words:
        labels, texts = zip(*map(block.words, alike), strict=True)
        label = _few([*dict.fromkeys(labels)])
        details = (*(block.details(first) if block.details else ()), *managers)
        return _Entry(mark, Cell(label, _TONES.get(label)), texts[0], name, details)
    objects = _few([*_objects(alike)])
    details = ("  ".join(filter(None, (name, objects))), *managers)
    return _Entry(mark, Cell(severity, _TONES[severity]), line(first.message), "", details)


def _objects(alike: Sequence[Finding]) -> Iterator[str]:
    """Yield the objects of findings; the kind is not repeated."""
    before = ""
    for phrase in filter(None, map(object_phrase, alike)):
        kind, _, name = phrase.partition(" ")
        yield name if kind == before else phrase
        before = kind


def _managers(alike: Sequence[Finding], unnamed: Collection[Tool] = ()) -> Iterator[str]:
    """Yield who manages the objects of findings: the first of them, and for how many it is another."""
    managers = (finding.manager for finding in alike)
    texts = [manager_text(each) for each in managers if each and each.tool not in unnamed]
    others = sum(1 for text in texts if text != texts[0])
    more = f"; {others:,} more {'is' if others == 1 else 'are'} managed by others" if others else ""
    yield from (f"{text}{more}" for text in texts[:1])


def _acceptances(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield why findings are accepted."""
    yield from (f"accepted: {acceptance(each.accepted)}" for each in findings if each.accepted)


def _few(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - MOST_OBJECTS:,} more" if len(texts) > MOST_OBJECTS else ""
    return ", ".join(texts[:MOST_OBJECTS]) + more


class _Layout:
    """The columns of a list on a terminal: labels, texts, and ids where there is room."""

    def __init__(self, entries: Sequence[_Entry], style: Style) -> None:
        self._style = style
        self._dots = "…" if style.unicode else "..."
        widest = max((width(text_of(entry.label)) for entry in entries), default=0)
        self._label = min(widest, style.columns // _LABELS_SHARE)
        text = max((width(entry.text) for entry in entries), default=0)
        name = max((width(entry.id) for entry in entries), default=0)
        self._gap = next((gap for gap in _GAPS if text + gap + name <= self._room(gap)), _GAPS[-1])
        self._left = _MARK + self._label + self._gap
        self._text = min(text, self._room(self._gap) - self._gap - name)

    def _room(self, gap: int) -> int:
        """Return how many columns are left for texts and ids."""
        return max(1, self._style.columns - _MARK - self._label - gap)

    def lines(self, entry: _Entry) -> Iterator[str]:
        """Yield the lines of an entry."""
        texts = wrapped(entry.text, self._room(self._gap))
        at = self._id_column(entry) if entry.id and len(texts) == 1 else 0
        beside = " " * (at - width(entry.text)) + self._painted(entry.id, Tone.FAINT) if at else ""
        yield f"{self._start(entry)}{texts[0]}{beside}".rstrip(" ")
        yield from (" " * self._left + text for text in texts[1:])
        for detail in ((entry.id,) if entry.id and not at else ()) + entry.details:
            pieces = wrapped(detail, self._room(self._gap))
            yield from (" " * self._left + self._painted(piece, Tone.FAINT) for piece in pieces)

    def _id_column(self, entry: _Entry) -> int:
        """Return where the id begins, counted from the text: in its column, or at the end; 0: no room."""
        taken = width(entry.text) + self._gap
        if taken <= self._text + self._gap:
            return self._text + self._gap
        at = self._room(self._gap) - width(entry.id)
        return at if taken <= at else 0

    def _start(self, entry: _Entry) -> str:
        label = shortened(text_of(entry.label), self._label, self._dots)
        blanks = " " * (self._label - width(label) + self._gap)
        tone = entry.label.tone if isinstance(entry.label, Cell) else None
        mark = painted(entry.mark, OF_MARKS[entry.mark]) if self._style.color else entry.mark
        return f"{mark} {self._painted(label, tone)}{blanks}"

    def _painted(self, text: str, tone: Tone | None) -> str:
        return painted(text, OF_TONES[tone]) if self._style.color and tone else text
