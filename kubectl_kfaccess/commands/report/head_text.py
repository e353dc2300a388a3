"""The head of a page: the verdict, what was looked at, the counters, and where the page comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from shlex import quote
from typing import NamedTuple

from kubectl_kfaccess.commands.audit.sentences import clauses, headline, scope_text, worst
from kubectl_kfaccess.commands.report.commands_text import PROGRAM
from kubectl_kfaccess.commands.report.finding_cards import sentence
from kubectl_kfaccess.commands.report.origin import FileUsed, Origin
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.findings.isolation.verdicts import Verdict
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.findings import ACCEPTED, severity_word
from kubectl_kfaccess.rbac.subjects import GROUP
from kubectl_kfaccess.terminal.safe_text import line, shown
from kubectl_kfaccess.terminal.words import counted

LOOKS = {Verdict.CROSSES: "bad", Verdict.NOTHING_CROSSES: "ok", Verdict.UNKNOWN: "warn"}


class Tile(NamedTuple):
    """A counter: what it counts, where it leads, and how it looks. *filter* is a severity, or ""."""

    number: str
    noun: str
    to: str
    look: str
    filter: str = ""


class FileText(NamedTuple):
    """A file that the page was made from: how the user named it, and its hash."""

    name: str
    sha256: str


class Head(NamedTuple):
    """The texts of the head and of the last lines."""

    title: str
    cluster: str
    versions: str
    user: str
    time: str
    time_text: str
    complete: str
    is_complete: bool
    word: str
    look: str
    verdict: str
    scope: str
    tiles: tuple[Tile, ...]
    tool: str
    files: tuple[FileText, ...]
    command: str


def head(page: Page) -> Head:
    """Return the texts of the head."""
    origin = page.origin
    cluster = _cluster(origin)
    about = f", {few_in_sentence(map(shown, page.chosen))}" if page.chosen else ""
    lists = len(page.gaps)
    first, *rest = tuple(clauses(page.audit)) or (headline(page.audit).removeprefix("unknown: "),)
    return Head(
        title=f"Access report: {cluster}{about}",
        cluster=cluster,
        versions=", ".join(_versions(page)),
        user=shown(origin.user) if origin.user else "",
        time=origin.time,
        time_text=_time_text(origin.time),
        complete=f"incomplete: {counted(lists, 'list')} could not be read"
        if lists
        else "complete: every list was read",
        is_complete=not lists,
        word=sentence(first),
        look=LOOKS[worst(page.audit)],
        verdict="".join(f"; {text}" for text in rest),
        scope=f"{sentence(scope_text(page.audit))}.",
        tiles=tuple(_tiles(page)),
        tool=f"kubectl-kfaccess {origin.tool}",
        files=tuple(_file_text(each) for each in origin.files),
        command=command_text(origin),
    )


def command_text(origin: Origin) -> str:
    """Return the command line that makes the page again."""
    return line(" ".join((PROGRAM, *map(quote, origin.words))))


def _cluster(origin: Origin) -> str:
    """Return the name of the cluster: its context, its id, or what was read in place of one."""
    if origin.source == "demo":
        return "demo"
    named = origin.cluster.context or origin.cluster.uid
    files = few_in_sentence(shown(each.name) for each in origin.files if each.flag == "-f")
    return shown(named) if named else files or "cluster"


def _versions(page: Page) -> Iterator[str]:
    version = page.origin.cluster.version
    if version:
        yield f"Kubernetes {shown(version.removeprefix('v'))}"
    if page.check and page.check.pipelines.version:
        yield f"Kubeflow Pipelines {page.check.pipelines.version}"


def _time_text(time: str) -> str:
    """Return the time as people write it; as it is, if it is none."""
    try:
        moment = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ")  # in UTC, and said to be
    except ValueError:
        return line(time)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _tiles(page: Page) -> Iterator[Tile]:
    counts = Counter(map(severity_word, page.findings))
    yield Tile(f"{counts['error']:,}", _noun(counts["error"], "error"), "findings", "bad", "error")
    yield Tile(f"{counts['warning']:,}", _noun(counts["warning"], "warning"), "findings", "warn", "warning")
    if counts["note"]:
        yield Tile(f"{counts['note']:,}", _noun(counts["note"], "note"), "findings", "", "note")
    if counts[ACCEPTED]:
        yield Tile(f"{counts[ACCEPTED]:,}", "accepted", "findings", "", ACCEPTED)
    crossing = sum(1 for way in page.audit.ways if way.crosses and way.is_proved)
    if crossing:
        yield Tile(f"{crossing:,}", f"{_noun(crossing, 'way')} across", "crossing", "bad")
    groups = sum(1 for person in page.people if person.subject.kind == GROUP)
    others = f", {counted(groups, 'group')}" if groups else ""
    people = len(page.people) - groups
    yield Tile(f"{people:,}", f"{_noun(people, 'person', 'people')}{others}", "people", "")
    profiles = len(page.inventory.entries)
    yield Tile(f"{profiles:,}", _noun(profiles, "profile"), "profiles", "")


def _noun(count: int, noun: str, plural: str = "") -> str:
    return noun if count == 1 else plural or f"{noun}s"


def _file_text(used: FileUsed) -> FileText:
    name = "standard input" if used.name == "-" else shown(used.name)
    return FileText(f"{used.flag} {name}", used.sha256)
