"""A cluster as one document, written to a file or printed."""

from __future__ import annotations

from datetime import datetime, timezone

import msgspec
from msgspec import Struct

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.snapshot.anonymize import anonymized
from kubectl_kfaccess.commands.snapshot.arguments import KIND, Options
from kubectl_kfaccess.commands.snapshot.capture import Capture, captured, check_source
from kubectl_kfaccess.commands.snapshot.trim import trimmed
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.notes import StandingNote, text_of_note
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES, KINDS
from kubectl_kfaccess.sources.snapshots import files
from kubectl_kfaccess.sources.snapshots.document import (
    API_VERSION,
    DEMO,
    SERVER,
    Document,
    SavedCaller,
    SavedCluster,
    SavedCoverage,
    SavedGap,
    SavedNote,
    SavedTypes,
    encoded,
)
from kubectl_kfaccess.sources.source import Source

STDOUT = "-"


class Printed(Struct, frozen=True):
    """The document as text, for stdout."""

    text: str


class Written(Struct, frozen=True):
    """The file that was written: how many objects it has, its size in bytes, and how many gaps."""

    file: str
    objects: int
    size: int
    gaps: int
    anonymized: bool


def answer(options: Options, source: Source) -> Answer:
    """
    Write the snapshot and return Written, or return it as Printed.

    Raises UsageError for manifests and unusable files, CannotAnswer if the cluster cannot be asked.
    """
    check_source(source, files=options.source.files)
    if options.directory:
        files.make_directory(options.directory, source.env)
    if options.file != STDOUT:
        files.check_writable(options.file, source.env)
    capture = captured(source)
    document = saved(capture, source)
    if options.anonymize:
        document = anonymized(document, capture)
    vital = {gap.resource for gap in capture.snapshot.gaps} & {*CLUSTER_WIDE, *IN_NAMESPACES}
    return Answer(
        _put(document, options, source, capture),
        ExitStatus.CANNOT_ANSWER if vital else ExitStatus.OK,
        gaps=capture.snapshot.gaps,
    )


def _put(document: Document, options: Options, source: Source, capture: Capture) -> Printed | Written:
    if options.file == STDOUT:
        return Printed(encoded(document, compressed=False).decode("ascii"))
    content = encoded(document, compressed=options.file.endswith(".gz"))
    files.write(options.file, source.env, content)
    count = sum(len(getattr(capture.snapshot, kind.field)) for kind in KINDS)
    return Written(options.file, count, len(content), len(capture.snapshot.gaps), document.anonymized)


def saved(capture: Capture, source: Source) -> Document:
    """Return what was read as the document of a snapshot."""
    snapshot = capture.snapshot
    gaps = tuple(SavedGap(gap.resource, gap.namespace, gap.reason, gap.code) for gap in snapshot.gaps)
    objects = trimmed(snapshot)
    return Document(
        api_version=API_VERSION,
        kind=KIND,
        tool_version=__version__,
        time=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        origin=SERVER if source.live else DEMO,
        cluster=_cluster(source),
        by=_caller(source, capture),
        discovery=_types(source),
        coverage=SavedCoverage(not gaps, gaps, capture.lists),
        objects={name: msgspec.Raw(msgspec.json.encode(objects[name])) for name in sorted(objects)},
        assumed=tuple(sorted(snapshot.assumed)),
        notes=tuple(SavedNote(text_of_note(note), isinstance(note, StandingNote)) for note in snapshot.notes),
    )


def _cluster(source: Source) -> SavedCluster:
    facts, namespace = source.facts(), source.default_namespace()
    return SavedCluster(facts.uid, facts.version, facts.context, namespace.name, namespace.origin)


def _caller(source: Source, capture: Capture) -> SavedCaller:
    by = source.caller_identity() or CallerIdentity()
    return SavedCaller(by.user, by.uid, by.groups, by.extra, by.problem, capture.rules)


def _types(source: Source) -> SavedTypes:
    types = source.resource_types()  # in the server's order, which decides between groups
    unanswered = source.unanswered_groups()
    return SavedTypes(types, None if unanswered is None else tuple(sorted(unanswered)))
