"""
Whether the server agrees: with what every way needs, and with a sample of what tenants are refused.

A refusal that the server allows shows that something else than RBAC grants access, such as a cloud's IAM. So
the verdict on that tenant is unknown, whatever the objects say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.escalation.nodes import Hold, Kind
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.findings.isolation.verdicts import TenantVerdict, Verdict
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.evaluator import Verdict as Decided
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import (
    SERVICE_ACCOUNT_PREFIX,
    USER,
    Identity,
    Principal,
    displayed,
    spelled,
)
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reply
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.verify.choice import Verification

SEED = 1
REFUSALS = 200
"""How many refusals are asked about."""
SAMPLE = 50
"""How many needs are asked about with `--verify=sample`."""
_REQUESTS = (
    Request("get", "", "secrets"),
    Request("list", "", "pods"),
    Request("create", "", "pods"),
    Request("create", "", "pods", "exec"),
    Request("create", "kubeflow.org", "notebooks"),
    Request("list", "serving.kserve.io", "inferenceservices"),
    Request("create", "rbac.authorization.k8s.io", "rolebindings"),
    Request("create", "", "serviceaccounts", "token"),
)


class Expected(Struct, frozen=True):
    """A question, whether RBAC allows it, and the profile that a wrong refusal is about ("": none)."""

    question: AccessQuestion
    allowed: bool
    text: str
    profile: str = ""


class VerifiedAudit(Struct, frozen=True):
    """The audit with what the server says, what it says against it, and notes."""

    audit: Audit
    disagreements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verified(verification: Verification, audit: Audit, source: Source) -> VerifiedAudit:
    """Return *audit* as the server sees it; as it is if that is not wanted."""
    reviewer = source.reviewer
    if not verification.is_wanted or reviewer is None:
        return VerifiedAudit(audit)
    dice = Random(SEED)  # noqa: S311 # a sample, not a secret
    needs = list(dict.fromkeys(_needs(audit)))
    if verification.is_sample and len(needs) > SAMPLE:
        needs = dice.sample(needs, SAMPLE)
    questions = [*needs, *_refusals(audit, dice)]
    reviewer.announce(len(questions))
    replies = reviewer.ask([each.question for each in questions])
    return _compared(audit, questions, replies)


def _compared(audit: Audit, questions: Sequence[Expected], replies: Sequence[Reply]) -> VerifiedAudit:
    pairs = list(zip(questions, replies, strict=True))
    wrong = [(e, r) for e, r in pairs if r.allowed is not None and r.allowed is not e.allowed]
    silent = sum(reply.allowed is None for _, reply in pairs)
    needs = sum(each.allowed for each in questions)
    notes = [
        f"verified: {needs:,} needs of ways and {len(questions) - needs:,} refusals asked (seed {SEED}),"
        f" {len(wrong):,} disagree, {silent:,} not answered"
    ]
    notes += dict.fromkeys(f"not verified: {r.problem}" for _, r in pairs if r.allowed is None)
    open_profiles = {expected.profile for expected, _ in wrong if not expected.allowed}
    verdicts = tuple(_with_doubt(each, open_profiles) for each in audit.verdicts)
    return VerifiedAudit(
        replace(audit, verdicts=verdicts), tuple(_disagreement(e, r) for e, r in wrong), tuple(notes)
    )


def _with_doubt(verdict: TenantVerdict, profiles: set[str]) -> TenantVerdict:
    is_open = verdict.verdict is Verdict.NOTHING_CROSSES and not profiles.isdisjoint(verdict.profiles)
    return replace(verdict, verdict=Verdict.UNKNOWN) if is_open else verdict


def _disagreement(expected: Expected, reply: Reply) -> str:
    own, other = ("yes", "no") if expected.allowed else ("no", "yes")
    reason = f": {reply.reason}" if reply.reason else ""
    return f"{expected.text}: RBAC says {own}, the server says {other}{reason}"


def _needs(audit: Audit) -> Iterator[Expected]:
    """Yield what each way needs that crosses and is proved."""
    for way in audit.ways:
        if way.crosses and way.reached is None:
            yield from _of_bindings(audit, way)
        elif way.crosses and way.reached and way.is_proved:
            for step in audit.view.escalation.steps(way.reached):
                yield from _of_step(step)


def _of_bindings(audit: Audit, way: Way) -> Iterator[Expected]:
    """Yield a request that the first rule of each binding allows."""
    snapshot = audit.view.snapshot
    identity = identified(way.subject).seen(Plane.KUBECTL)
    for binding in way.bindings:
        for rule in snapshot.rules_of(snapshot.role(binding.role_ref, binding.namespace))[:1]:
            if rule.verbs and rule.api_groups and rule.resources:
                resource, _, part = rule.resources[0].partition("/")
                name = rule.resource_names[0] if rule.resource_names else ""
                place = binding.namespace or audit.view.names[0]
                request = Request(rule.verbs[0], rule.api_groups[0], resource, part, name, place)
                yield _expected(identity, request, spelled(way.subject), allowed=True)


def _of_step(step: Step) -> Iterator[Expected]:
    """Yield what the step needs, if the server knows its subject as it is then."""
    node = step.source
    if node.kind is Kind.IDENTITY and node.hold is not Hold.REQUESTS:
        groups = () if step.plane is Plane.KUBEFLOW else node.groups
        for request in step.needs:
            who = spelled(node.subject) if node.subject else ""
            yield _expected(Identity(node.user, groups), request, who, allowed=True)


def _refusals(audit: Audit, dice: Random) -> Iterator[Expected]:
    """Yield some requests of tenants in other tenants that RBAC refuses."""
    tenants = audit.view.crossings.tenants
    names = sorted(tenants.namespaces)
    evaluator = Evaluator(audit.view.snapshot)
    for _ in range(REFUSALS if len(names) > 1 else 0):
        home, place = dice.choice(names), dice.choice(audit.view.names)
        account = dice.choice(("default-editor", "default-viewer"))
        owners = tenants.owners(home)
        who = dice.choice((Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{home}:{account}"), *owners))
        request = replace(dice.choice(_REQUESTS), namespace=place)
        identity = identified(displayed(who)).seen(Plane.KUBECTL)
        is_away = tenants.tenant(home) != tenants.tenant(place) and place not in tenants.homes(who)
        if is_away and evaluator.decide(identity, request).verdict is Decided.DENIED:
            yield _expected(identity, request, spelled(displayed(who)), allowed=False, profile=place)


def _expected(
    identity: Identity, request: Request, who: str, *, allowed: bool, profile: str = ""
) -> Expected:
    what = f"{request.verb} {request.combined_resource}"
    where = f"in namespace `{request.namespace}`" if request.namespace else "cluster-wide"
    return Expected(AccessQuestion(request, identity), allowed, f"`{who}` {what} {where}", profile)
