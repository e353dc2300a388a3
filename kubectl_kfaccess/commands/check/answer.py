"""Whether runners have what they need: which pipelines are installed, who runs steps, what each one has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from shlex import quote

from msgspec.structs import replace

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.check.arguments import Options
from kubectl_kfaccess.commands.check.check import Check, RunnerResult
from kubectl_kfaccess.errors import ExitStatus, UsageError
from kubectl_kfaccess.findings.acceptance import finding_notes, with_accepted
from kubectl_kfaccess.findings.accepted import AcceptList
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, Severity, in_order
from kubectl_kfaccess.findings.pipelines import rules_missing
from kubectl_kfaccess.findings.pipelines.view import InstallationView, RoleRules, RunnerView
from kubectl_kfaccess.findings.registry import (
    BY_COMMAND,
    installation_findings,
    lost_role_findings,
    runner_findings,
    shipped_role_findings,
)
from kubectl_kfaccess.fixes.runner_repair import Repair, repair
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines, as_declared
from kubectl_kfaccess.kubeflow.pipelines.installed_roles import baselines, with_hint
from kubectl_kfaccess.kubeflow.pipelines.missed_needs import misses_a_need
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedJudge, RunnerQuestion, open_questions
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.kubeflow.pipelines.runners import (
    Runner,
    persona_runners,
    pipelines_runners,
    subject_runner,
)
from kubectl_kfaccess.kubeflow.tenants.personas import CONTRIBUTORS, PERSONAS
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, spelled
from kubectl_kfaccess.resolve.namespaces import Scope
from kubectl_kfaccess.resolve.people import people_in, with_people
from kubectl_kfaccess.resolve.personas import PlacedSubject, Places, place_persona
from kubectl_kfaccess.resolve.pipelines import pipelines_read
from kubectl_kfaccess.resolve.pipelines_scope import profiles_in, read_pipelines_scope
from kubectl_kfaccess.resolve.subject import as_caller
from kubectl_kfaccess.resolve.subject_words import look_up_subject, parse_subject, with_groups
from kubectl_kfaccess.sources.accepted import accepted_in
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.verify.impersonation import can_impersonate
from kubectl_kfaccess.verify.saved_answers import not_kept_note
from kubectl_kfaccess.verify.server_verdicts import server_verdicts

MOST_ASKED = 8
"""The largest number of runners that the server is asked about."""


def answer(options: Options, source: Source) -> Answer:
    """
    Return the results of checking the persona or subject of *options*.

    Raises UsageError if the subject cannot be read or does not exist, CannotAnswer if the cluster cannot be
    asked.
    """
    accept = accepted_in(options.accept, source.env)
    scope = read_pipelines_scope(options.scope, options.persona, source)
    snapshot = scope.snapshot
    pipelines = as_declared(pipelines_read(source, snapshot), options.mode, options.release)
    candidates = _candidates(options, source, scope, pipelines)
    runners = _chosen(candidates, options, scope)
    placed = None if runners else _placed(options, scope, pipelines, candidates, is_live=source.live)
    if placed:
        snapshot = placed.snapshot
        runners = candidates = _runners(options, source, snapshot, pipelines, placed.namespaces)
    pipelines, fits = with_hint(snapshot, pipelines)
    own, shared = baselines(snapshot, pipelines, runners, fits)
    evaluator = Evaluator(snapshot)
    results = _results(snapshot, _judge(options, source, evaluator, pipelines, runners), runners, own, shared)
    served = frozenset(served.key for served in source.resource_types())
    platform = _platform_findings(snapshot, source, pipelines) if options.persona == RUNNER else ()
    drift = _with_severity(shipped_role_findings(shared, snapshot), shared, results, served)
    to_apply = _repair(options, snapshot, pipelines, runners)
    check = Check(
        snapshot,
        pipelines,
        tuple(replace(each, findings=with_accepted(each.findings, accept)) for each in results),
        elsewhere=len(candidates) > len(runners),
        platform=with_accepted(in_order((*platform, *drift)), accept),
        baselines=(*dict.fromkeys(own.values()), *shared),
        served=served,
        repair=to_apply,
    )
    return Answer(
        check,
        ExitStatus.OK if to_apply and to_apply.objects else status(check, options.fail_on),
        remarks=(*(scope.remarks if options.scope.is_narrowed else ()), *_placed_remarks(placed)),
        gaps=_gaps(evaluator, results),
        notes=(
            *tried_lines(scope.tried),
            *_notes(pipelines),
            *_unknown_notes(source, results),
            *_acceptance_notes(accept, check, options),
            *snapshot.notes,
            *_repair_notes(to_apply),
        ),
    )


def _placed_remarks(placed: PlacedSubject | None) -> tuple[str, ...]:
    return placed.remarks if placed else ()


def _platform_findings(snapshot: Snapshot, source: Source, pipelines: Pipelines) -> tuple[Finding, ...]:
    """Return what is wrong for everybody who runs pipelines."""
    roles = lost_role_findings(AggregationView(snapshot, source.resource_types()))
    lost = (finding for finding in roles if finding.severity is Severity.ERROR)
    return (*installation_findings(InstallationView(snapshot, pipelines)), *lost)


def _with_severity(
    findings: tuple[Finding, ...],
    roles: tuple[Baseline, ...],
    results: tuple[RunnerResult, ...],
    served: frozenset[tuple[str, str]],
) -> Iterator[Finding]:
    """Yield the findings about *roles*; rules that an installed component needs are missing by an error."""
    missed = {
        (role.kind, role.namespace, role.name)
        for role in roles
        for result in results
        if misses_a_need(role, result.needs, served, result.runner.namespace)
    }
    for finding in findings:
        is_missed = finding.type is rules_missing.TYPE and (
            (finding.kind, finding.namespace, finding.name) in missed
        )
        yield replace(finding, own_severity=Severity.ERROR) if is_missed else finding


def _candidates(options: Options, source: Source, scope: Scope, pipelines: Pipelines) -> tuple[Runner, ...]:
    """Return the runners in every namespace that was read, the caller among them as the caller."""
    snapshot = scope.snapshot
    runners = _runners(options, source, snapshot, pipelines, profiles_in(scope))
    return tuple(replace(runner, who=as_caller(runner.who, source, snapshot)) for runner in runners)


def _chosen(candidates: tuple[Runner, ...], options: Options, scope: Scope) -> tuple[Runner, ...]:
    """Return the runners in the namespaces that the user has chosen."""
    wanted = frozenset(scope.namespaces) if options.scope.is_narrowed else None
    return tuple(runner for runner in candidates if wanted is None or runner.namespace in wanted)


def status(check: Check, fail_on: str) -> ExitStatus:
    """Return the exit status of a check; findings of at least the severity *fail_on* count as a no."""
    if check.verdict is Verdict.DENIED or flags.fails(fail_on, check.findings):
        return ExitStatus.NO
    return ExitStatus.OK if check.verdict is Verdict.ALLOWED else ExitStatus.CANNOT_ANSWER


def _runners(
    options: Options, source: Source, snapshot: Snapshot, pipelines: Pipelines, profiles: tuple[str, ...]
) -> tuple[Runner, ...]:
    """
    Return the runners to check: the accounts that steps run as, another persona, or the named subject.

    Raises UsageError if the subject cannot be read or does not exist.
    """
    if options.persona == RUNNER:
        return pipelines_runners(pipelines, profiles)
    if options.persona in PERSONAS:
        return persona_runners(options.persona, snapshot, profiles)
    namespace = "".join(options.scope.namespaces)
    subject = parse_subject(options.persona, namespace or source.default_namespace().name)
    subject = subject or look_up_subject(options.persona, snapshot, namespace, PERSONAS)
    who = with_groups(subject, options.groups)
    if people := people_in(options.people, source.env):
        who = with_people(who, people).who
    if who.subject.kind == SERVICE_ACCOUNT:
        return (subject_runner(who, namespace or who.subject.namespace or ""),)
    chosen = (namespace,) if namespace else _where_bound(snapshot, who, profiles)
    return tuple(subject_runner(who, place) for place in chosen)


def _placed(
    options: Options, scope: Scope, pipelines: Pipelines, elsewhere: tuple[Runner, ...], *, is_live: bool
) -> PlacedSubject | None:
    """
    Return a persona with the binding that Kubeflow would make, in the chosen profiles or in one for any.

    None for other subjects, for those that are only *elsewhere*, and if no pipelines are there. Raises as
    place_persona does.
    """
    if options.persona not in PERSONAS or (elsewhere and options.persona not in CONTRIBUTORS):
        return None
    if options.persona == RUNNER and pipelines.mode is not Mode.MULTI_USER:
        return None
    if options.output.format == "fix":
        raise UsageError(
            f"there is nobody to fix: `{options.persona}` has no binding here",
            hint=f"`check {options.persona}` without `-o fix` shows what the role lacks",
        )
    chosen = options.scope.is_narrowed
    places = Places(scope.namespaces if chosen else (), is_chosen=chosen)
    return place_persona(
        options.persona, options.groups, scope.snapshot, places, lambda: pipelines, is_live=is_live
    )


def _where_bound(snapshot: Snapshot, who: KnownSubject, profiles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the profiles with a binding for the subject; all profiles if there is no such binding."""
    principals = who.seen(Plane.KUBECTL).principals
    bound = tuple(
        place
        for place in profiles
        if any(principal in snapshot.bound.get(place, {}) for principal in principals)
    )
    return bound or profiles


def _judge(
    options: Options,
    source: Source,
    evaluator: Evaluator,
    pipelines: Pipelines,
    runners: tuple[Runner, ...],
) -> NeedJudge:
    """Return the judge of needs, which knows the rules, and the server's answers where rules are unread."""
    judge = NeedJudge(evaluator, pipelines.version, options.purposes)
    answers = _server_answers(source, judge, runners)
    return NeedJudge(evaluator, pipelines.version, options.purposes, answers) if answers else judge


def _server_answers(
    source: Source, judge: NeedJudge, runners: tuple[Runner, ...]
) -> dict[RunnerQuestion, bool]:
    """Return the server's answers to questions that the rules leave open, if the caller can ask them."""
    answers: dict[RunnerQuestion, bool] = {}
    if source.reviewer is None:
        return answers
    for runner in runners[:MOST_ASKED]:
        questions = tuple(dict.fromkeys(open_questions(runner, judge.verdicts(runner))))
        requests = [(via, request) for _, via, request in questions]
        verdicts = server_verdicts(source.reviewer, runner.who, requests)
        pairs = zip(questions, verdicts, strict=True)
        answers.update(
            (question, verdict.allowed) for question, verdict in pairs if verdict.allowed is not None
        )
    return answers


def _results(
    snapshot: Snapshot,
    judge: NeedJudge,
    runners: tuple[Runner, ...],
    own: dict[str, Baseline],
    shared: tuple[Baseline, ...],
) -> tuple[RunnerResult, ...]:
    rules = RoleRules(snapshot)

    def result(runner: Runner) -> RunnerResult:
        role = own.get(runner.namespace)
        drift = shipped_role_findings((role,) if role else (), snapshot)
        findings = in_order((*runner_findings(RunnerView(rules, runner)), *drift))
        return RunnerResult(runner, judge.verdicts(runner), role or next(iter(shared), None), findings)

    return tuple(map(result, runners))


def _repair(
    options: Options, snapshot: Snapshot, pipelines: Pipelines, runners: tuple[Runner, ...]
) -> Repair | None:
    """Return what to apply so that every need that decides is met; None unless `-o fix` asks for it."""
    if options.output.format != "fix":
        return None
    everywhere = not options.scope.is_narrowed and options.persona in PERSONAS
    return repair(snapshot, pipelines, runners, options.purposes, everywhere=everywhere)


def _acceptance_notes(accept: AcceptList, check: Check, options: Options) -> Iterator[str]:
    """Yield which entries of `--accept` do nothing; if not all was checked, only those that have expired."""
    is_whole = options.persona == RUNNER and not options.scope.is_narrowed and not check.snapshot.gaps
    return finding_notes(accept, check.findings if is_whole else None, *BY_COMMAND["check"])


def _repair_notes(to_apply: Repair | None) -> Iterator[str]:
    if to_apply and to_apply.widened:
        yield f"`{to_apply.widened}` gains this in every profile, so all its contributors do as well"


def _gaps(evaluator: Evaluator, results: tuple[RunnerResult, ...]) -> tuple[Gap, ...]:
    """Return the gaps that can change an answer."""
    unsure = {
        result.runner.namespace
        for result in results
        if any(Verdict.UNKNOWN in need.verdicts for need in result.needs)
    }
    return tuple(sorted({gap for place in unsure for gap in evaluator.gaps((place,))}))


def _notes(pipelines: Pipelines) -> Iterator[str]:
    if pipelines.mode is Mode.UNKNOWN:
        yield "it is not known how pipelines run here: say it with `--mode`"
    if pipelines.mode not in (Mode.ABSENT, Mode.UNKNOWN) and pipelines.version is None:
        yield "the release of Kubeflow Pipelines is not known: name it with `--kfp-version`"


def _unknown_notes(source: Source, results: tuple[RunnerResult, ...]) -> Iterator[str]:
    """
    Yield what is to be said of unknown results.

    A snapshot does not hold what a server would answer. The caller can perhaps ask as the first such runner.
    """
    if any(need.verdict is Verdict.UNKNOWN for result in results for need in result.needs):
        yield from not_kept_note(source.reviewer)
    unknown = (result.runner.who for result in results if result.verdict is Verdict.UNKNOWN)
    for who in islice(unknown, 1):
        if can_impersonate(source.reviewer, who):
            yield f"you can impersonate `{spelled(who.subject)}`, so ask as it: `--as {quote(who.user)}`"
