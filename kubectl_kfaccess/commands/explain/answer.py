"""Why a subject can or cannot do something: by the rules, by the server, and with possible fixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed
from shlex import quote

from msgspec.structs import replace

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.explain.arguments import FindingQuestion, Options, PastedQuestion
from kubectl_kfaccess.commands.explain.explainer import Explainer
from kubectl_kfaccess.commands.explain.explanation import ALLOWED_NOW, Explanation, PlaneAnswer, ServerSilent
from kubectl_kfaccess.commands.explain.finding_answer import finding_answer
from kubectl_kfaccess.commands.explain.indirect import gaps_of_steps, with_hints, with_indirect
from kubectl_kfaccess.commands.explain.mesh_answer import mesh_answer
from kubectl_kfaccess.commands.explain.proposals import proposals
from kubectl_kfaccess.commands.explain.question import Inquiry, inquiry_in_words, inquiry_of_error
from kubectl_kfaccess.commands.explain.useless_grants import ServedTypes, why_useless
from kubectl_kfaccess.commands.version_notes import explain_notes
from kubectl_kfaccess.errors import ExitStatus, UsageError
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED, settings_gaps
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import spelled
from kubectl_kfaccess.resolve.escalation import READS
from kubectl_kfaccess.resolve.mesh_policies import read_with_policies_of, read_with_root
from kubectl_kfaccess.resolve.namespaces import missing_namespace_note
from kubectl_kfaccess.resolve.other_gates import MESH
from kubectl_kfaccess.resolve.pasted_error import PastedError, pasted_error
from kubectl_kfaccess.resolve.personas import Places
from kubectl_kfaccess.resolve.subject import kinds_for_subject, resolve_subject
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.verify.impersonation import can_impersonate
from kubectl_kfaccess.verify.saved_answers import not_kept_note

KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings", *MESH_NEEDED)


def answer(options: Options, source: Source) -> Answer:
    """
    Return why the subject can or cannot do what *options* ask about.

    Raises UsageError if words or a pasted error cannot be read or are typos, or if there is no fix
    with the number of `--fix`; CannotAnswer if the cluster cannot be asked.
    """
    question = options.question
    if isinstance(question, FindingQuestion):
        return finding_answer(question, options, source)
    if not isinstance(question, PastedQuestion):
        return _answer(inquiry_in_words(question, options, source), options, source)
    error = pasted_error(question.text, source.env)
    if error.question is None:
        if MESH in error.not_rbac and _names_subject_and_place(options, source):
            return mesh_answer(error, options, source)
        return Answer(Explanation(not_rbac=error.not_rbac))
    inquiry = inquiry_of_error(question, error, error.question, options, source)
    return _answer(inquiry, options, source, error)


def _names_subject_and_place(options: Options, source: Source) -> bool:
    """Whether `-n` names the namespace, and there is somebody to ask about; else no source is opened."""
    has_subject = options.subject.text is not None or source.live or source.caller_identity() is not None
    return bool(options.scope.named) and has_subject


def _answer(inquiry: Inquiry, options: Options, source: Source, error: PastedError | None = None) -> Answer:
    read = _read(source, inquiry, indirect=options.indirect)
    open_gaps = inquiry.open_gaps(read, live=source.live)
    places = Places(inquiry.places, is_chosen=inquiry.is_chosen, single=True)
    placed = resolve_subject(inquiry.subject, source, read, places)
    snapshot = placed.snapshot
    if placed.who.persona:
        inquiry = replace(inquiry, namespace=placed.namespaces[0], remarks=placed.remarks)
    who = placed.who.at(inquiry.namespace)
    evaluator = Evaluator(snapshot)
    questions = inquiry.questions(snapshot)
    answers = _answers(source, evaluator, who, inquiry, questions, verifies=options.verification.is_wanted)
    status = ExitStatus.CANNOT_ANSWER if open_gaps else _status(answers)
    explanation = Explanation(
        who,
        snapshot,
        answers,
        error.not_rbac if error else (),
        outdated=_is_outdated(error) and status is ExitStatus.OK,
    )
    explanation = _with_steps(explanation, options, source)
    is_open = any(plane_answer.verdict is Verdict.UNKNOWN for plane_answer in answers)
    gaps = evaluator.gaps(inquiry.places) if is_open else ()
    return Answer(
        explanation,
        ExitStatus.OK if _prints_fix(explanation, options) else status,
        remarks=inquiry.remarks,
        disagreements=tuple(_disagreements(who, answers)),
        gaps=tuple(sorted({*open_gaps, *gaps, *gaps_of_steps(explanation, source)})),
        minor_gaps=settings_gaps(snapshot) if options.output.format == "wide" else (),
        notes=(
            *inquiry.notes(questions, snapshot),
            *(text for text in explanation.sentences if text not in inquiry.unknown_words(snapshot)),
            *((ALLOWED_NOW,) if explanation.outdated else ()),
            *_group_notes(who),
            *_version_notes(source, evaluator, who, answers),
            *_namespace_notes(source, inquiry.namespace, snapshot),
            *_impersonation_notes(source, who, answers),
            *_not_kept_notes(source, answers),
            *snapshot.notes,
        ),
    )


def _with_steps(value: Explanation, options: Options, source: Source) -> Explanation:
    """Return *value* with what steps allow beside each no, or for people, whether they allow it."""
    if options.indirect:
        return with_indirect(value, source)
    return with_hints(value, source) if options.output.format in FOR_PEOPLE else value


def _is_outdated(error: PastedError | None) -> bool:
    """Whether a yes contradicts the error, which says exactly what was denied."""
    return error is not None and error.question is not None and not error.question.is_partial


def _read(source: Source, inquiry: Inquiry, *, indirect: bool) -> Snapshot:
    """
    Return the bindings of all namespaces, because near misses can be in another one.

    For callers who cannot list them, return those of the namespace. Callers who cannot list namespaces may
    still be able to get this one, which names its owner.
    """
    more = READS if indirect else ()
    kinds = tuple(dict.fromkeys((*KINDS, *kinds_for_subject(inquiry.subject.text), *more)))
    snapshot = read_with_policies_of(source, Wanted(kinds), inquiry.namespace)
    if inquiry.namespace and snapshot.gap("rolebindings", ""):
        snapshot = read_with_root(source, Wanted(kinds, inquiry.places))
    own = source.namespace(inquiry.namespace) if inquiry.namespace and not snapshot.namespaces else None
    return changed(snapshot, namespaces={own.key: own}) if own else snapshot


def _namespace_notes(source: Source, namespace: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Return a note if the namespace does not exist, and was not laid over the snapshot either."""
    return () if ("", namespace) in snapshot.namespaces else missing_namespace_note(source, namespace)


def _group_notes(who: KnownSubject) -> Iterator[Note]:
    if who.implied:
        yield StandingNote(f"implied groups: {', '.join(f'`{group}`' for group in who.implied)}")


def _version_notes(
    source: Source, evaluator: Evaluator, who: KnownSubject, answers: tuple[PlaneAnswer, ...]
) -> Iterator[str]:
    """Yield what the version of the server makes of the first answer, if it is the API server's own."""
    for answer in (first for first in answers[:1] if first.plane is Plane.KUBECTL):
        request = replace(answer.question.request, namespace=answer.namespace)
        question = replace(answer.question, request=request)
        allowed = answer.verdict is Verdict.ALLOWED
        yield from explain_notes(source, evaluator, who.seen(Plane.KUBECTL), question, allowed=allowed)


def _not_kept_notes(source: Source, answers: tuple[PlaneAnswer, ...]) -> tuple[str, ...]:
    """Return a note on Kubeflow's plane if a snapshot leaves it open, and no reason says so already."""
    says_so = any(isinstance(doubt, ServerSilent) for answer in answers for doubt in answer.doubts)
    is_open = any(answer.planes and answer.planes.kubeflow is Verdict.UNKNOWN for answer in answers)
    what = "whether Kubeflow's pages allow it"
    return not_kept_note(source.reviewer, what) if is_open and not says_so else ()


def _impersonation_notes(
    source: Source, who: KnownSubject, answers: tuple[PlaneAnswer, ...]
) -> Iterator[str]:
    """Yield a note that suggests `--as`, if the server could not be asked about somebody else than you."""
    is_silent = any(isinstance(doubt, ServerSilent) for answer in answers for doubt in answer.doubts)
    if is_silent and can_impersonate(source.reviewer, who):
        yield f"you can impersonate it, so ask as it: `--as {quote(who.user)}`, without SUBJECT"


def _disagreements(who: KnownSubject, answers: tuple[PlaneAnswer, ...]) -> Iterator[str]:
    for plane_answer in (differing for differing in answers if differing.verified is False):
        by_rbac, by_server = ("yes", "no") if plane_answer.verdict is Verdict.ALLOWED else ("no", "yes")
        what = f"{plane_answer.question.request.verb} {plane_answer.question.title}"
        reason = f": {plane_answer.server}" if plane_answer.server else ""
        yield f"`{spelled(who.subject)}` {what}: RBAC says {by_rbac}, the server says {by_server}{reason}"


def _prints_fix(explanation: Explanation, options: Options) -> bool:
    """Whether `-o fix` prints a fix. Raises UsageError if `--fix` is greater than the number of fixes."""
    count = len(explanation.fixes)
    if options.output.format != "fix" or not count:
        return False
    if options.fix > count:
        raise UsageError(
            f"there is no fix {options.fix}",
            hint=f"the last one is {count}: without `-o fix` all of them are listed",
        )
    return True


def _status(answers: tuple[PlaneAnswer, ...]) -> ExitStatus:
    """Return the exit status: a disagreement of the server counts most, then "no", then "unknown"."""
    decisive = [plane_answer for plane_answer in answers if plane_answer.is_asked]
    if any(plane_answer.verified is False for plane_answer in decisive):
        return ExitStatus.CANNOT_ANSWER
    statuses = {Verdict.DENIED: ExitStatus.NO, Verdict.UNKNOWN: ExitStatus.CANNOT_ANSWER}
    return statuses.get(worst(plane_answer.verdict for plane_answer in decisive), ExitStatus.OK)


def _answers(
    source: Source,
    evaluator: Evaluator,
    who: KnownSubject,
    inquiry: Inquiry,
    questions: tuple[Question, ...],
    *,
    verifies: bool,
) -> tuple[PlaneAnswer, ...]:
    """Return the answers, without contacts and fixes if a word is unknown or no grant can help."""
    proposer = proposals(source, evaluator, who, proven=inquiry.proven)
    explainer = Explainer(evaluator, who, inquiry.plane, source.reviewer, proposer, verifies)
    unknown = inquiry.unknown_words(evaluator.snapshot)
    types = ServedTypes(source, evaluator.snapshot)
    return tuple(
        _with_sentences(plane_answer, unknown, types, quoted=inquiry.question is not None)
        for question in questions
        for plane_answer in explainer.answers(question, _place(question, inquiry.namespace))
    )


def _with_sentences(
    answer: PlaneAnswer, unknown: tuple[str, ...], types: ServedTypes, *, quoted: bool
) -> PlaneAnswer:
    """Return *answer* with what there is to say of its question; then there are no contacts and no fixes."""
    useless = () if unknown else tuple(why_useless(answer, types, quoted=quoted))
    if not unknown and not useless:
        return answer
    return replace(answer, unknown_words=unknown, useless=useless, contacts=(), fixes=())


def _place(question: Question, namespace: str) -> str:
    """Return the request's namespace: "" for a URL or cluster-scoped type, the name for a Namespace."""
    if question.namespaces is None:
        return namespace
    return "".join(question.namespaces[:1])
