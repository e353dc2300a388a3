"""Decides by the rules of RBAC alone what a subject can do with the objects of a bundle."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.bundle import Need
from kubectl_kfaccess.rbac.bundle_cluster import BundleCluster
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.role_writes import Escalation, EscalationCheck, escalation
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity


class RulesJudge(Struct, frozen=True):
    """The verdicts on what *who* does."""

    who: KnownSubject

    def need(self, cluster: BundleCluster, request: Request) -> Need:
        """Return whether RBAC allows *request*."""
        decision = cluster.evaluator.decide(self.identity(request.namespace), request)
        return Need(request, decision.verdict, decision.grant)

    def escalation(self, cluster: BundleCluster, check: EscalationCheck) -> Escalation:
        """Return whether the subject passes *check*."""
        return escalation(check, cluster.evaluator, self.identity(check.namespace))

    def identity(self, namespace: str) -> Identity:
        """Return who the subject is in *namespace*: a persona is another one in each."""
        return self.who.at(namespace).seen(Plane.KUBECTL)
