"""Who can do something: according to the rules, and to the server where rules cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.version_notes import who_can_notes
from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.commands.who_can.caller import CallerAnswer, caller_answer, with_caller
from kubectl_kfaccess.commands.who_can.indirect import IndirectItem, IndirectItems, indirect_items
from kubectl_kfaccess.commands.who_can.narrowing import narrowed, on_plane, subjects_of
from kubectl_kfaccess.commands.who_can.questions import as_sent, name_notes, never_asked_notes, words_of
from kubectl_kfaccess.commands.who_can.row_notes import RowNotes, Unlisted
from kubectl_kfaccess.errors import ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.kubeflow.tenants.likely_namespace import LikelyNamespace
from kubectl_kfaccess.kubeflow.tenants.relations import Relations
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import displayed, spelled
from kubectl_kfaccess.rbac.who_can import Listing, list_subjects
from kubectl_kfaccess.resolve.escalation import READS
from kubectl_kfaccess.resolve.namespaces import (
    choose_namespaces,
    missing_namespace_note,
    with_likely_namespaces,
)
from kubectl_kfaccess.resolve.people import people_in
from kubectl_kfaccess.resolve.typos import check_words
from kubectl_kfaccess.resolve.unknown_words import UnknownWord
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.terminal.words import counted
from kubectl_kfaccess.verify.choice import Verification
from kubectl_kfaccess.verify.hidden_roles import (
    CandidateListings,
    RowVerification,
    Verified,
    verify_rows,
    with_candidates,
)

MASTERS_NOTE = StandingNote("members of the group `system:masters` can do everything, whatever RBAC says")


class WhoCan(Struct, frozen=True):
    """
    The listings to show, and the objects that they come from.

    *subject_count* is the number of subjects before
    flags left some out. *verified* is what the server says of the rows, None if it was not asked. *caller* is
    known if others are not. *indirect* are those who can as others, None if they were not asked for.
    """

    snapshot: Snapshot
    relations: Relations
    listings: tuple[Listing, ...]
    subject_count: int
    verified: Verified | None
    unlisted: Unlisted
    caller: CallerAnswer | None
    gaps: tuple[Gap, ...]
    indirect: tuple[IndirectItem, ...] | None = None

    @property
    def incomplete(self) -> bool:
        """Whether something that matters could not be read."""
        return bool(self.gaps)


class _Resolved(Struct, frozen=True):
    """
    The questions and the objects that decide them, with remarks and notes on how words were understood.

    *gaps* leave open whether a word is a typo. *tried* are the caller's likely namespaces, if the question is
    about all and the caller can list none. *people* are those of `--people`, None without it.
    """

    snapshot: Snapshot
    questions: tuple[Question, ...]
    remarks: tuple[str, ...]
    notes: tuple[str, ...]
    gaps: tuple[Gap, ...]
    tried: tuple[LikelyNamespace, ...]
    people: People | None


class _Listed(Struct, frozen=True):
    """Listings, the gaps that can still change them, notes, and the caller if gaps leave others unknown."""

    listings: tuple[Listing, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...] = ()
    caller: CallerAnswer | None = None


def answer(options: Options, source: Source) -> Answer:
    """
    Return who can do what *options* ask about.

    Raises UsageError if words cannot be read or are typos, or `--expect-only` names nothing that
    exists; CannotAnswer if the cluster cannot be asked.
    """
    question = _resolved(options, source)
    snapshot = question.snapshot
    evaluator, relations = Evaluator(snapshot), Relations(snapshot)
    listed = _listed(source, evaluator, question)
    whole, plane_notes = on_plane(listed.listings, options.plane)
    shown, narrowing_notes = narrowed(whole, snapshot, relations.platform, options, question.people)
    verified_rows = _verified_rows(source, shown, options.verification)
    indirect = _indirect(source, question, listed.listings, relations, options)
    unexpected = _unexpected(shown, indirect.items or (), options.expected)
    gaps = tuple(dict.fromkeys((*listed.gaps, *indirect.gaps)))
    row_notes = RowNotes(evaluator, whole, options)
    unlisted = row_notes.unlisted(relations.platform)
    narrows = partial(_narrowed_alone, options=options, question=question, relations=relations)
    return Answer(
        WhoCan(
            snapshot,
            relations,
            shown,
            len(subjects_of(listed.listings)),
            verified_rows.verified if verified_rows else None,
            unlisted,
            listed.caller,
            gaps,
            indirect.items,
        ),
        _status(unexpected, incomplete=bool(gaps) or _is_open(whole, verified_rows)),
        remarks=question.remarks,
        unexpected=unexpected,
        disagreements=verified_rows.disagreements if verified_rows else (),
        gaps=gaps,
        notes=_distinct(
            *question.notes,
            *unlisted.notes,
            *row_notes.others(shown),
            *plane_notes,
            *who_can_notes(source, evaluator, whole, narrows),
            *narrowing_notes,
            *listed.notes,
            *(verified_rows.notes if verified_rows else ()),
            *snapshot.notes,
            *(() if options.plane is Plane.KUBEFLOW else (MASTERS_NOTE,)),
        ),
    )


def _narrowed_alone(
    listing: Listing, *, options: Options, question: _Resolved, relations: Relations
) -> Listing:
    """Return one listing with the subjects that flags choose."""
    return narrowed((listing,), question.snapshot, relations.platform, options, question.people)[0][0]


def _distinct(*notes: Note) -> tuple[Note, ...]:
    """Return each note once: those about words can be the same for several types."""
    return tuple(dict.fromkeys(notes))


def _resolved(options: Options, source: Source) -> _Resolved:
    """
    Return what the words of *options* mean, and the objects that decide it.

    Raises UsageError if a word is a typo, or `--expect-only` is about something that does not exist.
    """
    words = words_of(options, source)
    choice = choose_namespaces(options.scope, source)
    untyped = words.questions(choice.namespaces)
    snapshot, tried = _read(source, untyped, expands_groups=options.expands_groups, indirect=options.indirect)
    typed = words.questions(choice.namespaces, snapshot)
    questions = tuple(as_sent(question, options.plane) for question in typed)
    missing = (note for name in options.scope.chosen for note in missing_namespace_note(source, name))
    remarks = (*choice.remarks, *missing)
    gaps = () if options.any_type else check_words(words.pairs, snapshot, live=source.live)
    if options.expected:
        is_open = options.any_type or gaps or snapshot.gaps
        unknown = () if is_open else words.unknown_words(snapshot)
        absent = (UnknownWord(ErrorCode.UNKNOWN_NAME, remark) for remark in remarks if choice.explicit)
        _check_expectation((*absent, *unknown))
    notes = (
        *words.notes(choice.namespaces, snapshot, chose=choice.explicit),
        *name_notes(typed, questions),
        *(never_asked_notes(questions) if options.plane is Plane.KUBEFLOW else ()),
        *tried_lines(tried),
    )
    people = people_in(options.people, source.env)
    remarks = (*remarks, *(people.notes if people else ()))
    return _Resolved(snapshot, tuple(dict.fromkeys(questions)), remarks, notes, gaps, tried, people)


def _caller(source: Source, gaps: tuple[Gap, ...], resolved: _Resolved) -> CallerAnswer | None:
    """Return what the server says of the caller, if gaps leave unknown who else can."""
    if source.reviewer is None or all(gap.is_of_files for gap in gaps):
        return None
    theirs = tuple(each.name for each in resolved.tried if each.is_theirs)
    return caller_answer(source.reviewer, resolved.questions, theirs)


def _read(
    source: Source, questions: tuple[Question, ...], *, expands_groups: bool, indirect: bool
) -> tuple[Snapshot, tuple[LikelyNamespace, ...]]:
    """
    Return the objects that the questions need, and the namespaces that were tried.

    URLs and cluster-scoped types need no RoleBindings. For *indirect* answers everything counts.
    """
    if indirect:
        snapshot = source.read(Wanted((*CLUSTER_WIDE, *IN_NAMESPACES, *READS)))
        return with_likely_namespaces(source, snapshot, IN_NAMESPACES)
    places = [question.namespaces for question in questions]
    names = tuple(dict.fromkeys(name for place in places for name in place or ()))
    namespaces = None if None in places else names
    wanted = CLUSTER_WIDE if namespaces == () else (*CLUSTER_WIDE, *IN_NAMESPACES)
    snapshot = source.read(Wanted(wanted, namespaces))
    if expands_groups:
        # A group that is bound in one namespace can have service accounts of every namespace as members
        snapshot = source.read(Wanted(("serviceaccounts",))).over(snapshot)
    return with_likely_namespaces(source, snapshot, IN_NAMESPACES) if namespaces is None else (snapshot, ())


def _listed(source: Source, evaluator: Evaluator, resolved: _Resolved) -> _Listed:
    """Return who is allowed, with all gaps that can change it."""
    listed = _evaluated(source, evaluator, resolved)
    return replace(listed, gaps=tuple(sorted({*listed.gaps, *resolved.gaps})))


def _evaluated(source: Source, evaluator: Evaluator, resolved: _Resolved) -> _Listed:
    """Return who is allowed: by the rules, and where roles cannot be read, by the server's answers."""
    questions = resolved.questions
    listings = tuple(list_subjects(evaluator, question) for question in questions)
    gaps = tuple(sorted({gap for question in questions for gap in evaluator.gaps(question.namespaces)}))
    if source.reviewer is None or not evaluator.snapshot.gaps:
        return _Listed(listings, gaps)
    candidates = with_candidates(source.reviewer, evaluator, listings)
    gaps = _open_gaps(gaps, candidates)
    caller = _caller(source, gaps, resolved)
    listings = with_caller(candidates.listings, caller)
    notes = _candidate_notes(candidates, is_asked=source.reviewer.is_server)
    return _Listed(listings, gaps, tuple(notes), caller)


def _open_gaps(gaps: tuple[Gap, ...], candidates: CandidateListings) -> tuple[Gap, ...]:
    """Return the gaps that can still change the answer: not unread roles, if the server decided on all."""
    if candidates.unanswered_count or not candidates.asked_count:
        return gaps
    return tuple(gap for gap in gaps if gap.resource not in ("clusterroles", "roles"))


def _candidate_notes(candidates: CandidateListings, *, is_asked: bool) -> Iterator[str]:
    """Yield what could be found out about subjects whose roles are unread; *is_asked*: by a server."""
    if is_asked and candidates.asked_count:
        subjects = counted(candidates.asked_count, "subject")
        yield f"roles could not be read: the server was asked about {subjects}"
        yield from (f"not known: {problem}" for problem in candidates.problems)
    else:
        yield from (
            f"not known: who else can by roles that could not be read: {problem}"
            for problem in candidates.problems
        )


def _verified_rows(
    source: Source, shown: tuple[Listing, ...], verification: Verification
) -> RowVerification | None:
    """Return what the server says of the rows; None if it is not to be asked."""
    if not verification.is_wanted or source.reviewer is None:
        return None
    return verify_rows(source.reviewer, shown, verification)


def _is_open(listings: tuple[Listing, ...], rows: RowVerification | None) -> bool:
    """Whether something is unknown for another reason than gaps: rules, or what the server says."""
    return any(listing.uncertain for listing in listings) or bool(rows and rows.failed)


def _check_expectation(unknown_words: Iterable[UnknownWord]) -> None:
    """
    Raise UsageError if there is an unknown word.

    An expectation about something that does not exist is always met, so a typo would hide in a build.
    """
    word = next(iter(unknown_words), None)
    if word:
        hint = "fix the name: `--expect-only` always passes for something that does not exist"
        raise UsageError(word.text, hint=hint, code=word.code)


def _indirect(
    source: Source,
    resolved: _Resolved,
    listings: tuple[Listing, ...],
    relations: Relations,
    options: Options,
) -> IndirectItems:
    """Return who can as others, if they are asked for."""
    if not options.indirect:
        return IndirectItems()
    return indirect_items(source, resolved.snapshot, listings, relations.platform, options)


def _unexpected(
    shown: tuple[Listing, ...], indirect: Iterable[IndirectItem], patterns: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the listed subjects that no pattern matches, as `user:NAME`, `group:NAME` or `sa:NS/NAME`."""
    if not patterns:
        return ()
    subjects = {item.subject for listing in shown for item in listing.items}
    subjects |= {displayed(item.who) for item in indirect if item.is_proved}
    names = sorted(map(spelled, subjects))
    return tuple(name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns))


def _status(unexpected: tuple[str, ...], *, incomplete: bool) -> ExitStatus:
    if unexpected:
        return ExitStatus.NO
    return ExitStatus.CANNOT_ANSWER if incomplete else ExitStatus.OK
