"""Everything about a cluster or some of its profiles: the answers of the other commands in one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.aggregation import answer as aggregation
from kubectl_kfaccess.commands.aggregation.answer import AggregationTrees
from kubectl_kfaccess.commands.aggregation.arguments import Options as AggregationOptions
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.audit import answer as audit
from kubectl_kfaccess.commands.audit.arguments import Options as AuditOptions
from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.commands.check import answer as check
from kubectl_kfaccess.commands.check.arguments import Options as CheckOptions
from kubectl_kfaccess.commands.check.check import Check
from kubectl_kfaccess.commands.profiles import answer as profiles
from kubectl_kfaccess.commands.profiles.answer import Inventory
from kubectl_kfaccess.commands.profiles.arguments import Options as ProfilesOptions
from kubectl_kfaccess.commands.report.arguments import Options
from kubectl_kfaccess.commands.report.holdings import holdings_of
from kubectl_kfaccess.commands.report.origin import origin_of
from kubectl_kfaccess.commands.report.page import MOST_IN_FULL, Holding, IndirectWay, Page
from kubectl_kfaccess.commands.report.people import (
    Objects,
    accounts_of,
    people_of,
    places_of,
    runners_by_account,
)
from kubectl_kfaccess.commands.report.ways import Ways, folded
from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.isolation.ways import Crossings
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.profiles import Tenant
from kubectl_kfaccess.output.shapes import fingerprint
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.resolve.pipelines_scope import KINDS as PIPELINES_KINDS
from kubectl_kfaccess.resolve.profiles import no_profile
from kubectl_kfaccess.sources.read_once import ReadOnce
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.verify.choice import Verification

KINDS = tuple(dict.fromkeys((*profiles.KINDS, *audit.KINDS, *aggregation.FILE_KINDS, *PIPELINES_KINDS)))

T = TypeVar("T")


class _Parts(Struct, frozen=True):
    """The answers of the other commands; None for a command that could not answer."""

    profiles: Answer
    audit: Answer
    aggregation: Answer | None
    check: Answer | None

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in (self.profiles, self.audit, self.aggregation, self.check) if answer)


def answer(options: Options, source: Source) -> Answer:
    """
    Return the Page.

    Raises UsageError if a name is not a profile's, CannotAnswer if the cluster cannot be asked.
    """
    read = ReadOnce(source, KINDS)
    parts = _parts(options, read)
    page = _page(options, read, parts)
    return Answer(
        page,
        parts.profiles.status,
        remarks=parts.profiles.remarks,
        gaps=tuple(dict.fromkeys(gap for part in parts.answers for gap in part.gaps)),
        minor_gaps=tuple(dict.fromkeys(gap for part in parts.answers for gap in part.minor_gaps)),
        notes=page.notes,
    )


def _parts(options: Options, source: Source) -> _Parts:
    """Return what the other commands answer. Raises as they do, if profiles cannot be answered."""
    scope = _scope(options, source)
    own = profiles.answer(
        ProfilesOptions(
            scope, False, options.people, "never", options.accept, options.source, options.output
        ),
        source,
    )
    return _Parts(own, _audit(options, source), _aggregation(options, source), _check(options, source, scope))


def _scope(options: Options, source: Source) -> ScopeChoice:
    """
    Return which profiles to ask about: all of a cluster that can be read whole, to see who reaches in.

    Raises UsageError if a name is not that of a profile.
    """
    snapshot = source.read(Wanted(KINDS))
    gap = snapshot.gap("rolebindings", "")
    if gap and not gap.is_of_files:
        return ScopeChoice(options.profiles)
    known = frozenset(profile_namespaces(snapshot))
    is_unlisted = snapshot.gap("profiles", "") is not None
    for name in options.profiles:
        if name not in known and not is_unlisted:
            raise no_profile(name, snapshot, known)
    return ScopeChoice(options.profiles if is_unlisted else ())


def _audit(options: Options, source: Source) -> Answer:
    """Return what crosses into the profiles."""
    chosen = AuditOptions(
        options.profiles, "", "", options.people, (), "never", options.accept, False, "", Verification(),
        options.source, options.output,
    )  # fmt: skip
    return audit.answer(chosen, source)


def _aggregation(options: Options, source: Source) -> Answer | None:
    """Return the answer about aggregation; None if ClusterRoles cannot be listed."""
    chosen = AggregationOptions(
        "", False, False, False, "never", options.accept, options.source, options.output
    )
    try:
        return aggregation.answer(chosen, source)
    except CannotAnswer:
        return None


def _check(options: Options, source: Source, scope: ScopeChoice) -> Answer | None:
    """Return whether pipelines have what they need; None if that cannot be answered here."""
    chosen = CheckOptions(
        RUNNER, (), "", scope, (), "", None, "never", options.accept, True, options.source, options.output
    )  # fmt: skip
    try:
        return check.answer(chosen, source)
    except (CannotAnswer, UsageError):
        return None


def _page(options: Options, source: Source, parts: _Parts) -> Page:
    whole = cast("Inventory", parts.profiles.value)
    inventory = _of_page(whole, options.profiles)
    trees = _value(parts.aggregation, AggregationTrees)
    checked = _check_of_page(_value(parts.check, Check), options.profiles)
    snapshot = whole.index.snapshot
    audited = cast("Audit", parts.audit.value)
    tenants = [entry.tenant for entry in inventory.entries]
    holdings = tuple(holdings_of(tenants, snapshot))
    in_full = len(tenants) <= MOST_IN_FULL
    steps = _steps(audited.view.crossings, holdings, tenants) if in_full else None
    crossing = [way for way in audited.ways if way.crosses]
    reaching = [subject for way in crossing for subject in (*way.subjects, *way.through)]
    objects = Objects(snapshot, options.profiles, in_full=in_full)
    return Page(
        origin=origin_of(options, source),
        chosen=options.profiles,
        snapshot=snapshot,
        inventory=inventory,
        aggregation=trees,
        check=checked,
        audit=audited,
        findings=_findings(inventory, trees, checked, audited),
        holdings=holdings,
        people=people_of(holdings, inventory.cluster_wide or (), reaching, objects),
        accounts=accounts_of(tenants, holdings, steps.runners if steps else {}),
        ways=steps.ways if steps else None,
        bound=_bound(snapshot, options.profiles),
        gaps=tuple(sorted({gap for part in parts.answers for gap in (*part.gaps, *part.minor_gaps)})),
        notes=tuple(dict.fromkeys(note for part in parts.answers for note in part.notes)),
    )


def _value(answer: Answer | None, kind: type[T]) -> T | None:
    """Return the value of an answer if it is of that type: `aggregation` can answer with other things."""
    return answer.value if answer and isinstance(answer.value, kind) else None


def _of_page(whole: Inventory, chosen: Sequence[str]) -> Inventory:
    """Return the inventory with the *chosen* profiles alone; all without any."""
    if not chosen:
        return whole
    return replace(whole, entries=tuple(each for each in whole.entries if each.tenant.name in chosen))


def _check_of_page(whole: Check | None, chosen: Sequence[str]) -> Check | None:
    if whole is None or not chosen:
        return whole
    return replace(whole, results=tuple(each for each in whole.results if each.runner.namespace in chosen))


def _findings(
    inventory: Inventory, trees: AggregationTrees | None, checked: Check | None, audited: Audit
) -> tuple[Finding, ...]:
    """Return all findings, errors first and accepted ones last, each once: the audit says most of them."""
    every = (
        *audited.findings,
        *(finding for entry in inventory.entries for finding in entry.findings),
        *(trees.findings if trees else ()),
        *(checked.findings if checked else ()),
    )
    once: dict[object, Finding] = {}
    for each in every:
        once.setdefault((fingerprint(each), each.message), each)
    return in_order(once.values())


def _bound(snapshot: Snapshot, chosen: Sequence[str]) -> dict[str, int]:
    """Return how many bindings name each ClusterRole, of the *chosen* profiles and cluster-wide ones."""
    refs = (
        binding.role_ref
        for binding in snapshot.bindings(None)
        if not chosen or binding.namespace in ("", *chosen)
    )
    return Counter(ref.name for ref in refs if ref.kind == "ClusterRole")


class _Steps(Struct, frozen=True):
    """The ways that steps open, and for each account who can run code as it."""

    ways: tuple[IndirectWay, ...]
    runners: dict[Subject, list[Subject]]


def _steps(crossings: Crossings, holdings: Sequence[Holding], tenants: Sequence[Tenant]) -> _Steps:
    """Return what those who hold something, and the accounts of *tenants*, get by steps where they are."""
    ways, places = Ways(crossings), places_of(holdings, tenants)
    return _Steps(
        folded(way for start, own in places.items() for way in ways.of(start, own)),
        runners_by_account({start: ways.accounts(start, own) for start, own in places.items()}),
    )
