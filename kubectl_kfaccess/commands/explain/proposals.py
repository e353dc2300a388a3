"""What to do about a "no": near misses, contacts who can help, and fixes."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.explain.explanation import PlaneAnswer, ProposedFix
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.fixes.apply_permissions import Need
from kubectl_kfaccess.fixes.candidates import Fix, can_apply, fixes
from kubectl_kfaccess.fixes.contacts import Contact, Standing, contacts
from kubectl_kfaccess.kubeflow.aggregation.components import SHIPPED_PARENTS
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, resource_types
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.near_misses import Miss, NearMiss, near_misses
from kubectl_kfaccess.rbac.permissions import Universe, universe
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.subject import myself
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reviewer
from kubectl_kfaccess.sources.source import Source


class Proposals(Struct, frozen=True):
    """
    Everything that is needed to make proposals for *who*.

    *caller* would apply a fix; None if no server names them. *universe* holds the permissions that are
    counted to say what else a fix grants. *proven*: somebody has logged in under the name of *who*.
    """

    evaluator: Evaluator
    who: KnownSubject
    proven: bool
    caller: KnownSubject | None
    universe: Universe
    reviewer: Reviewer | None

    def added_to(self, answer: PlaneAnswer, request: Request) -> PlaneAnswer:
        """Return *answer*, which is not a yes, with near misses and contacts, and for a no with fixes."""
        misses = self._misses(answer, request)
        return replace(
            answer,
            misses=misses,
            contacts=self._contacts(request, answer.plane),
            fixes=self._fixes(answer, request, misses) if answer.verdict is Verdict.DENIED else (),
        )

    def with_owner(self, answer: PlaneAnswer, request: Request) -> PlaneAnswer:
        """Return *answer*, which KFAM decides, with the owner of the profile to ask if it is not a yes."""
        if answer.verdict is Verdict.ALLOWED:
            return answer
        owners = (
            contact
            for contact in self._contacts(request, answer.plane)
            if contact.standing is Standing.OWNS_PROFILE
        )
        return replace(answer, contacts=tuple(owners))

    def _misses(self, answer: PlaneAnswer, request: Request) -> tuple[NearMiss, ...]:
        misses = near_misses(self.evaluator, self.who, answer.plane, request, SHIPPED_PARENTS)
        # If all groups are known, by the server or by `--people`, a further group is no near miss
        return tuple(near for near in misses if not (self.who.knows_groups and near.miss is Miss.GROUP))

    def _contacts(self, request: Request, plane: Plane) -> tuple[Contact, ...]:
        """Return who can help; a group on Kubeflow's plane needs its members to be granted it by name."""
        own = self.who.subject
        asking = own if self.who.counts(plane) else None
        helpers = contacts(self.evaluator, request, asking)
        return tuple(self._marked(contact) for contact in helpers if contact.subject != own)

    def _marked(self, contact: Contact) -> Contact:
        """Return the contact, marked if it is the caller."""
        if self.caller and self.caller.subject == contact.subject:
            return replace(contact, is_caller=True)
        return contact

    def _fixes(
        self, answer: PlaneAnswer, request: Request, misses: tuple[NearMiss, ...]
    ) -> tuple[ProposedFix, ...]:
        case = (self.evaluator, self.who, answer.plane, request, self.universe)
        candidates = fixes(*case, proven=self.proven, misses=misses)
        return tuple(ProposedFix(fix, self._applicable(fix)) for fix in candidates)

    def _applicable(self, fix: Fix) -> Verdict | None:
        """Whether the caller can apply the fix: by RBAC, or if that is unknown, by the server."""
        if self.caller is None:
            return None
        verdict = can_apply(fix, self.evaluator, self.caller)
        if verdict is not Verdict.UNKNOWN or self.reviewer is None:
            return verdict
        return _by_server(fix, self.reviewer)


def proposals(source: Source, evaluator: Evaluator, who: KnownSubject, *, proven: bool) -> Proposals:
    """Return everything that is needed to make proposals for *who*."""
    permissions = _universe(source, evaluator.snapshot)
    return Proposals(
        evaluator, who, proven or who.is_caller, _caller(source, who), permissions, source.reviewer
    )


def _caller(source: Source, who: KnownSubject) -> KnownSubject | None:
    """Return the caller, who would apply a fix; None if no server names them."""
    if who.is_caller or source.reviewer is None:
        return who if who.is_caller else None
    try:
        return myself(source)
    except KfaccessError:
        return None


def _universe(source: Source, snapshot: Snapshot) -> Universe:
    """Return the permissions to count: on all types that the server or the catalogue knows."""
    known = {served.key: served for served in (*resource_types(), *source.resource_types())}
    verbs = {(entry.type.group, entry.resource): entry.verbs for entry in CATALOGUE}
    return universe(known.values(), known_namespaces(snapshot), verbs)


def _by_server(fix: Fix, reviewer: Reviewer) -> Verdict:
    """
    Whether the server allows the caller all requests that the fix needs.

    It cannot be asked whether the caller holds the rules of a role. So if a request needs that and the caller
    has no exemption (`bind`, `escalate`), the answer is unknown.
    """
    requests = [request for need in fix.needs for request in _requests(need)]
    replies = reviewer.ask([AccessQuestion(request, None) for request in requests])
    allowed = {request: reply.allowed for request, reply in zip(requests, replies, strict=True)}
    if any(allowed[need.request] is False for need in fix.needs):
        return Verdict.DENIED
    certain = all(_is_met(need, allowed) for need in fix.needs)
    return Verdict.ALLOWED if certain else Verdict.UNKNOWN


def _is_met(need: Need, allowed: dict[Request, bool | None]) -> bool:
    """Whether the request of *need* is allowed, and the exemption, if it has one."""
    return all(allowed[request] for request in _requests(need))


def _requests(need: Need) -> tuple[Request, ...]:
    return (need.request, need.exemption) if need.exemption else (need.request,)
