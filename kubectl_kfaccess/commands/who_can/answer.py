"""Who can do something: according to the rules, and to the server where rules cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.version_notes import who_can_notes
from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.errors import ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.kubeflow.catalogue.service_calls import as_reviewed, why_never_checked
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, Principal, spelled
from kubectl_kfaccess.rbac.who_can import Item, Listing, list_subjects, merged, with_accounts
from kubectl_kfaccess.resolve.namespaces import choose_namespaces, missing_namespace_note
from kubectl_kfaccess.resolve.resource_words import UnknownWord, resource_words
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

MASTERS_NOTE = "members of the group `system:masters` may do everything, whatever RBAC says"
UNCERTAIN = "hand-written rules in an aggregation cycle, which the controller keeps or drops by chance"
USER_ALONE = "Kubeflow asks about these resources with the user's name alone: grants to groups do not count"


class WhoCan(Struct, frozen=True):
    """
    The listings to show, and the objects that they come from.

    *incomplete*: something that matters could not be read. *subject_count* is the number of subjects before
    flags left some out. *verified* is what the server says of the rows, None if it was not asked.
    """

    snapshot: Snapshot
    listings: tuple[Listing, ...]
    incomplete: bool
    subject_count: int
    verified: Verified | None


class _Listed(Struct, frozen=True):
    """Listings, the gaps that can still change them, and notes."""

    listings: tuple[Listing, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...] = ()


def answer(options: Options, source: Source) -> Answer:
    """
    Return who can do what *options* ask about.

    Raises UsageError if words cannot be read or `--expect-only` names nothing that exists, CannotAnswer if
    the cluster cannot be asked.
    """
    words = resource_words(options.verb, options.target, source)
    choice = choose_namespaces(options.scope, source)
    snapshot = _read(source, words.questions(choice.namespaces), expands_groups=options.expands_groups)
    typed = words.questions(choice.namespaces, snapshot)
    questions = tuple(_as_sent(question, options.plane) for question in typed)
    remarks = (*choice.remarks, *missing_namespace_note(source, options.scope.named))
    if options.expected:
        unknown = () if snapshot.gaps else words.unknown_words(snapshot)
        absent = (UnknownWord(ErrorCode.UNKNOWN_NAME, remark) for remark in remarks if choice.explicit)
        _check_expectation((*absent, *unknown))
    evaluator = Evaluator(snapshot)
    listed = _listed(source, evaluator, questions)
    on_plane, plane_notes = _on_plane(listed.listings, options.plane)
    shown, platform_notes = _narrowed(on_plane, snapshot, options)
    verified_rows = _verified_rows(source, shown, options.verification)
    unexpected = _unexpected(shown, options.expected)
    incomplete = bool(listed.gaps)
    subjects = _subjects(listed.listings)
    return Answer(
        WhoCan(snapshot, shown, incomplete, len(subjects), verified_rows.verified if verified_rows else None),
        _status(unexpected, incomplete=incomplete or _is_open(on_plane, verified_rows)),
        remarks=remarks,
        unexpected=unexpected,
        disagreements=verified_rows.disagreements if verified_rows else (),
        gaps=listed.gaps,
        notes=(
            *words.notes(questions, snapshot, chose=choice.explicit),
            *_name_notes(typed, questions),
            *(_never_asked_notes(questions) if options.plane is Plane.KUBEFLOW else ()),
            *_row_notes(evaluator, questions, on_plane, shown, options),
            *plane_notes,
            *who_can_notes(
                source, evaluator, on_plane, lambda listing: _narrowed((listing,), snapshot, options)[0][0]
            ),
            *platform_notes,
            *listed.notes,
            *(verified_rows.notes if verified_rows else ()),
            *snapshot.notes,
            *(() if options.plane is Plane.KUBEFLOW else (MASTERS_NOTE,)),
        ),
    )


def _as_sent(question: Question, plane: Plane | None) -> Question:
    """Return the question as Kubeflow's services send it, if it is about them."""
    is_about_services = plane is Plane.KUBEFLOW or bool(question.type and question.type.virtual)
    if plane is Plane.KUBECTL or not is_about_services or question.request.path is not None:
        return question
    return replace(question, request=as_reviewed(question.request))


def _name_notes(typed: tuple[Question, ...], sent: tuple[Question, ...]) -> Iterator[str]:
    """Yield a note on each name that the user typed and that Kubeflow's services do not send."""
    for question, other in zip(typed, sent, strict=True):
        if question != other:
            yield (
                f"Kubeflow asks for `{other.request.verb} {other.title}` without a name:"
                f" `{question.request.name}` does not count"
            )


def _never_asked_notes(questions: tuple[Question, ...]) -> Iterator[str]:
    """Yield a note on each question that none of Kubeflow's services asks: RBAC alone is no answer to it."""
    for question in questions:
        request = question.request
        reason = why_never_checked(request.group, request.combined_resource, request.verb)
        if reason and request.path is None:
            yield f"Kubeflow's services never ask for `{request.verb} {question.title}`: {reason}"


def _read(source: Source, questions: tuple[Question, ...], *, expands_groups: bool) -> Snapshot:
    """Return the objects that the questions need: URLs and cluster-scoped types need no RoleBindings."""
    places = [question.namespaces for question in questions]
    names = tuple(dict.fromkeys(name for place in places for name in place or ()))
    namespaces = None if None in places else names
    wanted = CLUSTER_WIDE if namespaces == () else (*CLUSTER_WIDE, *IN_NAMESPACES)
    if not expands_groups:
        return source.read(Wanted(wanted, namespaces))
    # A group that is bound in one namespace can have service accounts of every namespace as members
    return source.read(Wanted(("serviceaccounts",))).over(source.read(Wanted(wanted, namespaces)))


def _listed(source: Source, evaluator: Evaluator, questions: tuple[Question, ...]) -> _Listed:
    """Return who is allowed: by the rules, and where roles cannot be read, by the server's answers."""
    listings = tuple(list_subjects(evaluator, question) for question in questions)
    gaps = tuple(sorted({gap for question in questions for gap in evaluator.gaps(question.namespaces)}))
    if source.reviewer is None or not evaluator.snapshot.gaps:
        return _Listed(listings, gaps, tuple(_gap_notes(gaps)))
    candidates = with_candidates(source.reviewer, evaluator, listings)
    gaps = _open_gaps(gaps, candidates)
    return _Listed(candidates.listings, gaps, (*_candidate_notes(candidates), *_gap_notes(gaps)))


def _open_gaps(gaps: tuple[Gap, ...], candidates: CandidateListings) -> tuple[Gap, ...]:
    """Return the gaps that can still change the answer: not unread roles, if the server decided on all."""
    if candidates.unanswered_count or not candidates.asked_count:
        return gaps
    return tuple(gap for gap in gaps if gap.resource not in ("clusterroles", "roles"))


def _candidate_notes(candidates: CandidateListings) -> Iterator[str]:
    if candidates.asked_count:
        subjects = counted(candidates.asked_count, "subject")
        yield f"roles could not be read: the server was asked about {subjects}"
        yield from (f"not known: {problem}" for problem in candidates.problems)


def _gap_notes(gaps: tuple[Gap, ...]) -> Iterator[str]:
    if any(gap.resource == "clusterrolebindings" and not gap.is_of_files for gap in gaps):
        yield "who may act in the whole cluster is not known: ClusterRoleBindings cannot be read"


def _narrowed(
    listings: tuple[Listing, ...], snapshot: Snapshot, options: Options
) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    """Return the listings with the subjects that the flags choose, and notes on those left out."""
    if options.includes_named:
        listings = _with_items(listings, lambda listing: merged(listing.items, listing.named))
    if options.expands_groups:
        listings = _with_items(listings, lambda listing: with_accounts(listing.items, snapshot))
    if options.kinds:
        listings = _with_items(
            listings,
            lambda listing: tuple(item for item in listing.items if item.subject.kind in options.kinds),
        )
    if not options.leaves_out_platform:
        return listings, ()
    return _without_platform(listings, snapshot)


def _with_items(
    listings: tuple[Listing, ...], items: Callable[[Listing], tuple[Item, ...]]
) -> tuple[Listing, ...]:
    """Return each listing with the items that *items* makes of it."""
    return tuple(replace(listing, items=items(listing)) for listing in listings)


def _on_plane(
    listings: tuple[Listing, ...], plane: Plane | None
) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    """Return the listings for *plane*, and a note on the groups that do not count there."""
    if plane is not Plane.KUBEFLOW:
        return listings, ()
    items = [item for listing in listings for item in (*listing.items, *listing.named)]
    groups = {item.who for item in items if item.who.kind == GROUP}
    kept = tuple(
        replace(
            listing,
            items=_without_groups(listing.items),
            named=_without_groups(listing.named),
            uncertain=_without_groups(listing.uncertain),
        )
        for listing in listings
    )
    verb = "is" if len(groups) == 1 else "are"
    note = f"{counted(len(groups), 'group')} {verb} left out: Kubeflow asks about the user's name alone"
    return kept, (note,) if groups else ()


def _without_groups(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(item for item in items if item.who.kind != GROUP)


def _without_platform(
    listings: tuple[Listing, ...], snapshot: Snapshot
) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    """
    Return the listings without the grants that releases ship, and a note on the subjects that had no other.

    A subject keeps its row for a grant that no release ships, even in `kube-system`.
    """
    platform = PlatformGrants(snapshot)
    kept = _with_items(listings, lambda listing: tuple(_without_shipped(listing.items, platform)))
    subjects = _subjects(listings) - _subjects(kept)
    verb = "is" if len(subjects) == 1 else "are"
    note = f"{len(subjects)} of the platform's own subjects {verb} left out (--no-platform)"
    return kept, (note,) if subjects else ()


def _without_shipped(items: Iterable[Item], platform: PlatformGrants) -> Iterator[Item]:
    """Yield each item that has grants besides those that releases ship, with these alone."""
    for item in items:
        # the accounts of a group that is expanded have the group's grants
        who = item.through or item.who
        grants = tuple(grant for grant in item.grants if not platform.is_platform(who, grant.binding))
        if grants:
            yield item if len(grants) == len(item.grants) else replace(item, grants=grants)


def _subjects(listings: Iterable[Listing]) -> set[Principal]:
    return {item.who for listing in listings for item in listing.items}


def _row_notes(
    evaluator: Evaluator,
    questions: tuple[Question, ...],
    listings: tuple[Listing, ...],
    shown: tuple[Listing, ...],
    options: Options,
) -> Iterator[str]:
    """Yield what the rows do not show: named objects, uncertain rules, ineffective groups, missing roles."""
    named = {item.who for listing in listings for item in listing.named}
    if named and not options.includes_named:
        yield f"{counted(len(named), 'subject')} may get named objects only: --include-named"
    for listing in listings:
        if listing.uncertain:
            yield f"not known for {counted(len(listing.uncertain), 'subject')}: {UNCERTAIN}"
    if not options.plane and any(map(_grants_virtual_to_groups, shown)):
        yield USER_ALONE
    yield from _dangling(evaluator, questions)


def _grants_virtual_to_groups(listing: Listing) -> bool:
    is_virtual = bool(listing.question.type and listing.question.type.virtual)
    return is_virtual and any(grant.who.kind == GROUP for item in listing.items for grant in item.grants)


def _dangling(evaluator: Evaluator, questions: tuple[Question, ...]) -> Iterator[str]:
    """Yield a note on each missing role that a binding refers to."""
    places_by_role: dict[tuple[str, str, str], list[str]] = {}
    bindings = (binding for question in questions[:1] for binding in evaluator.dangling(question.namespaces))
    for binding in bindings:
        ref = binding.role_ref
        where = binding.namespace if ref.kind == "Role" else ""
        place = f"{binding.kind} `{'/'.join(part for part in binding.key if part)}`"
        places_by_role.setdefault((ref.kind, where, ref.name), []).append(place)
    for (kind, where, name), places in sorted(places_by_role.items()):
        role = f"{kind} `{where}/{name}`" if where else f"{kind} `{name}`"
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"{role} does not exist: {places[0]}{more} grants nothing until somebody creates it"


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

    An expectation about something that does not exist is always met, so a typing slip would hide in a build.
    """
    word = next(iter(unknown_words), None)
    if word:
        hint = "fix the name: `--expect-only` always passes for something that does not exist"
        raise UsageError(word.text, hint=hint, code=word.code)


def _unexpected(shown: tuple[Listing, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the listed subjects that no pattern matches, as `user:NAME`, `group:NAME` or `sa:NS/NAME`."""
    if not patterns:
        return ()
    names = sorted({spelled(item.subject) for listing in shown for item in listing.items})
    return tuple(name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns))


def _status(unexpected: tuple[str, ...], *, incomplete: bool) -> ExitStatus:
    if unexpected:
        return ExitStatus.NO
    return ExitStatus.CANNOT_ANSWER if incomplete else ExitStatus.OK
