"""The work of `check`: from what is installed to who runs steps there, what each has, and what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace as changed
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.check.arguments import _purposes, _version
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.findings.pipelines.view import RunnerHealth, of_baselines, of_platform
from kubectl_kfaccess.fixes.runner_repair import Repair, repair
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED, profile_namespaces
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    API_SERVER,
    RUNNER,
    Mode,
    Pipelines,
    as_told,
    by_signs,
    installed,
    places,
    settings_of,
)
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import Judge, Outcome, Question, unknown
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline, baseline, fitting
from kubectl_kfaccess.kubeflow.pipelines.runners import PERSONAS, Runner, of_persona, of_pipelines, of_subject
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import (
    OF_THE_PLATFORM,
    PIPELINE_RUNNER,
    PIPELINES_PRODUCT,
    Shipped,
)
from kubectl_kfaccess.kubeflow.versions import Version, Versions
from kubectl_kfaccess.output.gaps import lines
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.model import RoleRef
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.resolve.namespaces import Survey, surveyed
from kubectl_kfaccess.resolve.subject_words import looked_up, subject_in, with_groups
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.verify.server_verdicts import said

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment

WITHIN = ("roles", "rolebindings", "serviceaccounts")
KINDS = ("clusterroles", "clusterrolebindings", *WITHIN, "namespaces", "profiles")


class Result(Struct, frozen=True):
    """What came of one runner: its needs, how its role differs from the shipped one, what is wrong."""

    runner: Runner
    outcomes: tuple[Outcome, ...]
    baseline: Baseline | None
    findings: tuple[Finding, ...]


class Checking(Struct, frozen=True):
    """Everything that was found out; *platform* are findings about nobody in particular."""

    snapshot: Snapshot
    pipelines: Pipelines
    results: tuple[Result, ...]
    platform: tuple[Finding, ...]
    baselines: tuple[Baseline, ...]
    served: frozenset[tuple[str, str]]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    everywhere: bool
    purposes: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once."""
        return in_order((*self.platform, *(finding for one in self.results for finding in one.findings)))

    @property
    def certain(self) -> bool:
        """Whether it is known who runs steps."""
        return self.pipelines.mode is not Mode.UNKNOWN

    def repair(self) -> Repair:
        """Return what to apply so that what decides is there."""
        runners = [one.runner for one in self.results]
        return repair(self.snapshot, self.pipelines, runners, self.purposes, everywhere=self.everywhere)


def checked(
    args: argparse.Namespace, source: Source, purposes: tuple[str, ...], known: Version | None
) -> Checking:
    """Return what came of checking the persona or subject that the arguments name."""
    survey = surveyed(args, source, KINDS)
    narrowed = bool(args.selector or (flags.flag(args, "namespace") and not args.all_namespaces))
    wanted = frozenset(survey.namespaces) if narrowed else None
    snapshot = _with_own(source, survey)
    if source.live and (narrowed or snapshot.gaps):
        snapshot = _with_others(args, source, snapshot, survey.namespaces)
    pipelines = as_told(_pipelines(source, snapshot), args.mode, known)
    profiles = _profiles(snapshot, survey.namespaces)
    asked = _runners(args, source, snapshot, pipelines, profiles)
    runners = tuple(one for one in asked if wanted is None or one.namespace in wanted)
    evaluator = Evaluator(snapshot)
    pipelines, fits = _with_hint(snapshot, pipelines)
    own, shared = _baselines(snapshot, pipelines, runners, fits)
    judge = Judge(evaluator, pipelines.version, purposes)
    answers = _asked(source, judge, runners)
    if answers:
        judge = Judge(evaluator, pipelines.version, purposes, answers)
    results = _results(snapshot, judge, runners, own, shared)
    gaps = _gaps(evaluator, results)
    platform = (
        *(of_platform(snapshot, pipelines) if args.subject == RUNNER else ()),
        *of_baselines(shared),
    )
    notes = (*_notes(args, pipelines), *snapshot.notes)
    return Checking(
        snapshot, pipelines, results, in_order(platform), (*dict.fromkeys(own.values()), *shared),
        frozenset(one.key for one in source.resource_types()), gaps, notes,
        (
            *(survey.remarks if narrowed else ()),
            *(() if results else (_nothing(args, pipelines, asked),)),
            *lines(gaps),
            *(f"note: {note}" for note in notes),
        ),
        everywhere=not narrowed and args.subject in PERSONAS,
        purposes=purposes,
    )  # fmt: skip


def _pipelines(source: Source, snapshot: Snapshot) -> Pipelines:
    """How pipelines run: by their Deployment where it can be read, else by what else there is."""
    candidates = places(snapshot)
    hidden: list[str] = []
    for place in candidates:
        found = source.read_one("deployments", place, API_SERVER)
        hidden += [f"Deployment `{place}/{API_SERVER}` cannot be read: {gap.reason}" for gap in found.gaps]
        for name in settings_of(found, place):
            found = source.read_one("configmaps", place, name).over(found)
        if told := installed(found, place):
            return told
    signs = [by_signs(snapshot, place) for place in candidates]
    seen = next((one for one in signs if one.mode is not Mode.ABSENT), signs[0])
    missing = f"there is no Deployment `{API_SERVER}`" + ("" if source.live else " in the files")
    return replace(seen, evidence=(*(hidden or (missing,)), *seen.evidence))


def _profiles(snapshot: Snapshot, namespaces: tuple[str, ...]) -> tuple[str, ...]:
    """The namespaces of tenants; who may list neither Profiles nor namespaces has those that he names."""
    if snapshot.gap("namespaces", "") or snapshot.gap("profiles", ""):
        return tuple(dict.fromkeys((*profile_namespaces(snapshot), *_not_installed(namespaces))))
    return profile_namespaces(snapshot)


def _not_installed(namespaces: Iterable[str]) -> Iterable[str]:
    return (name for name in namespaces if name not in INSTALLED)


def _runners(
    args: argparse.Namespace,
    source: Source,
    snapshot: Snapshot,
    pipelines: Pipelines,
    profiles: tuple[str, ...],
) -> tuple[Runner, ...]:
    """Who is checked: whoever runs steps, another persona, or the subject that is named."""
    if args.subject == RUNNER:
        return of_pipelines(pipelines, profiles)
    if args.subject in PERSONAS:
        return of_persona(args.subject, snapshot, profiles)
    namespace = flags.flag(args, "namespace")
    subject = subject_in(args.subject, namespace or source.default_namespace().name)
    who = with_groups(subject or looked_up(args.subject, snapshot, namespace, PERSONAS), args.group)
    if who.subject.kind == SERVICE_ACCOUNT:
        return (of_subject(who, namespace or who.subject.namespace or ""),)
    chosen = (namespace,) if namespace else _where(snapshot, who, profiles)
    return tuple(of_subject(who, place) for place in chosen)


def _where(snapshot: Snapshot, who: Who, profiles: tuple[str, ...]) -> tuple[str, ...]:
    """The profiles in which something is bound to somebody, all of them when nothing is anywhere."""
    principals = who.seen(Via.KUBECTL).principals
    bound = tuple(
        place for place in profiles if any(one in snapshot.bound.get(place, {}) for one in principals)
    )
    return bound or profiles


def _baselines(
    snapshot: Snapshot, pipelines: Pipelines, runners: tuple[Runner, ...], fits: Versions | None
) -> tuple[dict[str, Baseline], tuple[Baseline, ...]]:
    """How roles differ: those of runners by their namespace, and the platform's, which all profiles share."""
    own = {
        one.namespace: found
        for one in runners
        if one.who.subject.name == RUNNER
        for found in _held(snapshot, pipelines, PIPELINE_RUNNER, one.namespace, fits)
    }
    many = pipelines.mode is Mode.MULTI_USER and any(one.namespace not in own for one in runners)
    idle = _held(snapshot, pipelines, PIPELINE_RUNNER, pipelines.namespace, fits) if many else ()
    platform = (_held(snapshot, pipelines, one, "", fits) for one in OF_THE_PLATFORM) if many else ()
    return own, (*(found for one in platform for found in one), *idle)


def _with_hint(snapshot: Snapshot, pipelines: Pipelines) -> tuple[Pipelines, Versions | None]:
    """Which release the roles would fit: a hint that is said where nothing tells which one runs."""
    roles = (PIPELINE_RUNNER, *(OF_THE_PLATFORM if pipelines.mode is Mode.MULTI_USER else ()))
    held = [(one, found) for one in roles for found in _held(snapshot, pipelines, one, pipelines.namespace)]
    exact = [found for _, found in held if found.product == PIPELINES_PRODUCT and found.exact]
    fits = fitting(held)
    if pipelines.version or not exact:
        return pipelines, fits
    hint = f"its roles are those of {PIPELINES_PRODUCT} {fits}; which release runs is not known"
    if not fits:
        hint = f"its roles are those of several releases of {PIPELINES_PRODUCT}, none of which has all"
    return replace(pipelines, evidence=(*pipelines.evidence, hint)), fits


def _held(
    snapshot: Snapshot,
    pipelines: Pipelines,
    shipped: Shipped,
    namespace: str,
    fits: Versions | None = None,
) -> tuple[Baseline, ...]:
    """The role held against its releases; nothing when there is no such role."""
    role = snapshot.role(RoleRef(shipped.kind, shipped.name), namespace)
    if role is None:
        return ()
    ours = shipped.product == PIPELINES_PRODUCT
    known = pipelines.version if ours else None
    rules = snapshot.rules_of(role)
    return (baseline(shipped, role.namespace, rules, known, fits if ours else None),)


def _asked(source: Source, judge: Judge, runners: tuple[Runner, ...]) -> dict[Question, bool]:
    """What the server itself says of what could not be read, as far as the caller may ask that."""
    found: dict[Question, bool] = {}
    if source.reviewer is None:
        return found
    for runner in runners[:_MOST_ASKED]:
        questions = tuple(dict.fromkeys(unknown(runner, judge.outcomes(runner))))
        asked = [(via, request) for _, via, request in questions]
        for question, answer in zip(questions, said(source.reviewer, runner.who, asked), strict=True):
            if answer.allowed is not None:
                found[question] = answer.allowed
    return found


_MOST_ASKED = 8


def _results(
    snapshot: Snapshot,
    judge: Judge,
    runners: tuple[Runner, ...],
    own: dict[str, Baseline],
    shared: tuple[Baseline, ...],
) -> tuple[Result, ...]:
    health = RunnerHealth(snapshot)
    found = []
    for runner in runners:
        role = own.get(runner.namespace)
        findings = in_order((*health.findings(runner), *of_baselines((role,) if role else ())))
        found.append(Result(runner, judge.outcomes(runner), role or next(iter(shared), None), findings))
    return tuple(found)


def _with_others(
    args: argparse.Namespace, source: Source, snapshot: Snapshot, namespaces: tuple[str, ...]
) -> Snapshot:
    """Where single namespaces were read, those that are needed besides: unread they would seem empty."""
    named = None if args.subject in PERSONAS else subject_in(args.subject, "default")
    home = named.namespace if named else ""
    others = tuple(name for name in (INSTALLED[0], home) if name and name not in namespaces)
    return source.read(Wanted(WITHIN, others)).over(snapshot) if others else snapshot


def _with_own(source: Source, survey: Survey) -> Snapshot:
    """Who may not list namespaces may perhaps get his own, whose labels tell something."""
    snapshot = survey.snapshot
    if snapshot.namespaces or not snapshot.gap("namespaces", ""):
        return snapshot
    found = (source.namespace(name) for name in survey.namespaces[:_MOST_ASKED])
    return changed(snapshot, namespaces={one.key: one for one in found if one})


def _gaps(evaluator: Evaluator, results: tuple[Result, ...]) -> tuple[Gap, ...]:
    """What could not be read and may change an answer."""
    unsure = {
        one.runner.namespace
        for one in results
        if any(verdict is Verdict.UNKNOWN for outcome in one.outcomes for verdict in outcome.verdicts)
    }
    return tuple(sorted({gap for place in unsure for gap in evaluator.gaps((place,))}))


def _notes(args: argparse.Namespace, pipelines: Pipelines) -> Iterable[str]:
    if pipelines.mode is Mode.UNKNOWN:
        yield "it is not known how pipelines run here: say it with `--mode`"
    if pipelines.mode not in (Mode.ABSENT, Mode.UNKNOWN) and pipelines.version is None:
        yield "it is not known which release runs: say it with `--kfp-version`"


def _nothing(args: argparse.Namespace, pipelines: Pipelines, asked: tuple[Runner, ...]) -> str:
    if pipelines.mode is Mode.ABSENT:
        return "no Kubeflow Pipelines was found: there is nothing to check"
    if asked:
        return f"`{args.subject}` is in none of the namespaces that were chosen: there is nothing to check"
    return f"there is no profile in which `{args.subject}` could be checked"


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return what came of the check."""
    from kubectl_kfaccess.commands.check.answer import checked
    from kubectl_kfaccess.commands.check.report import Check

    source = flags.source(args, env)
    purposes = _purposes(args.purposes)
    found = checked(args, source, purposes, _version(args.kfp_version))
    if args.output == "fix":
        return _fix(args, found)
    report = Check(
        persona=args.subject,
        pipelines=found.pipelines,
        results=found.results,
        platform=found.platform,
        baselines=found.baselines,
        served=found.served,
        snapshot=found.snapshot,
        gaps=found.gaps,
        notes=found.notes,
        fold=not args.no_fold,
        brief=args.output == "table",
        purposes=purposes,
        counting=("error", "warning") if args.fail_on == "warning" else ("error",),
    ).report()
    return Answer(report, remarks=found.remarks, status=_status(args, found))


def _status(args: argparse.Namespace, found: Checking) -> ExitStatus:
    """A proven no beats what is not known."""
    from kubectl_kfaccess.commands.check.report import decision
    from kubectl_kfaccess.rbac.evaluator import Verdict, worst

    verdict = worst(decision(one) for one in found.results)
    if verdict is Verdict.DENIED or flags.fails(args, found.findings):
        return ExitStatus.NO
    if verdict is Verdict.UNKNOWN or not found.results or not found.certain:
        return ExitStatus.CANNOT_ANSWER
    return ExitStatus.OK


def _fix(args: argparse.Namespace, found: Checking) -> Answer:
    """What to apply, as YAML; where nothing is lacking there is nothing to print."""
    from kubectl_kfaccess.fixes.runner_repair import manifest
    from kubectl_kfaccess.output.yaml_text import manifests_text

    repair = found.repair()
    if not repair.objects:
        status = _status(args, found)
        optional = "" if args.purposes else "; what is optional counts with `--for`"
        lacking = status is not ExitStatus.OK
        word = "nothing that could be applied would help" if lacking else f"nothing is lacking{optional}"
        return Answer(remarks=(*found.remarks, word), status=status)
    return Answer(
        text=manifests_text([manifest(one) for one in repair.objects]),
        remarks=(*found.remarks, *(f"note: {text}" for text in repair.remarks)),
    )
