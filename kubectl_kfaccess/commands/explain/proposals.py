"""What could be done about a "no": what comes nearest, who to ask, and fixes that the caller can apply."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.explain.explanation import PlaneAnswer, ProposedFix
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.fixes.apply_permissions import Need
from kubectl_kfaccess.fixes.candidates import Fix, fixes, may_apply
from kubectl_kfaccess.fixes.contacts import Contact, contacts
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, resource_types
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Who
from kubectl_kfaccess.rbac.near_misses import Miss, NearMiss, near_misses
from kubectl_kfaccess.rbac.permissions import Universe, universe
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.subject import myself
from kubectl_kfaccess.sources.cluster.access_reviews import Asked, Reviewer
from kubectl_kfaccess.sources.source import Source


class Proposals(Struct, frozen=True):
    """
    What proposals are found by.

    *caller* is who would apply a fix, None where no server says who that is; *universe* are the permissions
    that fixes are measured by. The name of *who* is *proven* when somebody has logged in under it.
    """

    evaluator: Evaluator
    who: Who
    proven: bool
    caller: Who | None
    universe: Universe
    reviewer: Reviewer | None

    def added_to(self, answer: PlaneAnswer, request: Request) -> PlaneAnswer:
        """Return *answer*, which is no yes, with everything that could turn it into one."""
        denied = answer.verdict is Verdict.DENIED
        return replace(
            answer,
            misses=self._misses(answer, request),
            contacts=self._contacts(request),
            fixes=self._fixes(answer, request) if denied else (),
        )

    def _misses(self, answer: PlaneAnswer, request: Request) -> tuple[NearMiss, ...]:
        misses = near_misses(self.evaluator, self.who, answer.plane, request)
        # of the caller the server has named all groups: they are in no other
        return tuple(near for near in misses if not (self.who.myself and near.miss is Miss.GROUP))

    def _contacts(self, request: Request) -> tuple[Contact, ...]:
        return tuple(map(self._marked, contacts(self.evaluator, request, self.who.subject)))

    def _marked(self, contact: Contact) -> Contact:
        """The contact, who may be the caller."""
        if self.caller and self.caller.subject == contact.subject:
            return replace(contact, is_caller=True)
        return contact

    def _fixes(self, answer: PlaneAnswer, request: Request) -> tuple[ProposedFix, ...]:
        candidates = fixes(self.evaluator, self.who, answer.plane, request, self.universe, proven=self.proven)
        return tuple(ProposedFix(fix, self._applicable(fix)) for fix in candidates)

    def _applicable(self, fix: Fix) -> Verdict | None:
        """Whether the caller can apply the fix: by RBAC, and where that cannot be read by the server."""
        if self.caller is None:
            return None
        verdict = may_apply(fix, self.evaluator, self.caller)
        if verdict is not Verdict.UNKNOWN or self.reviewer is None:
            return verdict
        return _by_server(fix, self.reviewer)


def proposals(source: Source, evaluator: Evaluator, who: Who, *, proven: bool) -> Proposals:
    """Return what proposals for *who* are found by."""
    measured = _universe(source, evaluator.snapshot)
    return Proposals(evaluator, who, proven or who.myself, _caller(source, who), measured, source.reviewer)


def _caller(source: Source, who: Who) -> Who | None:
    """Who would apply a fix; nobody in particular where no server is asked."""
    if who.myself or source.reviewer is None:
        return who if who.myself else None
    try:
        return myself(source)
    except KfaccessError:
        return None


def _universe(source: Source, snapshot: Snapshot) -> Universe:
    """The permissions that fixes are measured by: what is served, and what the catalogue knows beyond it."""
    known = {served.key: served for served in (*resource_types(), *source.resource_types())}
    verbs = {(entry.type.group, entry.resource): entry.verbs for entry in CATALOGUE}
    return universe(known.values(), known_namespaces(snapshot), verbs)


def _by_server(fix: Fix, reviewer: Reviewer) -> Verdict:
    """Whether the server allows the caller all that the fix needs; who holds rules it cannot be asked."""
    requests = [request for need in fix.needs for request in (need.request, *need.alternatives)]
    replies = reviewer.ask([Asked(request, None) for request in requests])
    allowed = {request: reply.allowed for request, reply in zip(requests, replies, strict=True)}
    if any(allowed[need.request] is False for need in fix.needs):
        return Verdict.DENIED
    certain = all(_is_met(need, allowed) for need in fix.needs)
    return Verdict.ALLOWED if certain else Verdict.UNKNOWN


def _is_met(need: Need, allowed: dict[Request, bool | None]) -> bool:
    """Whether the request is allowed, and one of the alternatives where there are any."""
    handed_on = not need.alternatives or any(allowed[request] for request in need.alternatives)
    return bool(allowed[need.request]) and handed_on
