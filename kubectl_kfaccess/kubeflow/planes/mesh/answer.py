"""
Whether a subject's requests reach the workloads of a namespace, according to Istio's AuthorizationPolicies.

Mirrors pilot/pkg/security/authz and pilot/pkg/model/policyattachment.go of istio/istio. The mesh knows
neither verbs nor resources: it sees headers, and the service account that a connection comes from. The
answers speak of HTTP requests to ordinary paths: probes and metrics are open to everyone, and people do not
ask about those.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.callers import Caller, callers
from kubectl_kfaccess.kubeflow.planes.mesh.decision import (
    decision,
    of_layers,
    of_requests,
    of_waypoint,
    with_other_ports,
    with_pipelines_page,
)
from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import (
    LAYERS,
    Enforcement,
    Layer,
    enforcement,
)
from kubectl_kfaccess.kubeflow.planes.mesh.in_force import PoliciesInForce
from kubectl_kfaccess.kubeflow.planes.mesh.layers import for_layer
from kubectl_kfaccess.kubeflow.planes.mesh.matching import Known, Question
from kubectl_kfaccess.kubeflow.planes.mesh.needs import POLICIES
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.requests import Request
from kubectl_kfaccess.kubeflow.planes.mesh.rules import (
    Labels,
    PolicyRules,
    Scope,
    for_workload,
    is_for_gateways,
    is_without_effect,
    policy_rules,
)
from kubectl_kfaccess.kubeflow.planes.mesh.settings import DEFAULT_ROOT, MeshSettings, mesh_settings
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP


def reaches(who: KnownSubject, namespace: str, snapshot: Snapshot) -> MeshAnswer:
    """Return whether a request of *who* reaches every workload. Use `Mesh` to ask many questions."""
    return Mesh(snapshot).reaches(who, namespace)


class Mesh:
    """
    The policies of a snapshot, grouped by namespace once for all questions.

    An answer is "yes" or "no" only if it is the same for all ordinary requests, whatever their method, host
    and port are, and for all workloads of the namespace. A rule that allows only some paths does not make it
    "yes", and one that denies only some does not make it "no". Policies of the root namespace that select a
    gateway control logging in, so they count only for the root namespace itself.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rules: dict[str, tuple[PolicyRules, ...]] = {}
        self._known: Known = {}
        self._by_layer: dict[tuple[str, Layer, Labels | None], PoliciesInForce] = {}
        self._policies: dict[str, list[AuthorizationPolicy]] = {}
        for key in sorted(snapshot.authorization_policies):
            self._policies.setdefault(key[0], []).append(snapshot.authorization_policies[key])

    @cached_property
    def settings(self) -> MeshSettings:
        """How this mesh knows its callers."""
        return mesh_settings(self._snapshot)

    @cached_property
    def is_installed(self) -> bool:
        """Whether there are policies, or may be some that were not read."""
        return bool(self._policies) or any(gap.resource == POLICIES for gap in self._snapshot.gaps)

    def reaches(self, who: KnownSubject, namespace: str, *, enforced: bool = False) -> MeshAnswer:
        """
        Return whether requests of *who* reach every workload in *namespace*.

        *enforced* says that something there refuses requests, which the namespace's labels may leave open.
        """
        if not self.is_installed:
            return MeshAnswer(Reach.NOT_INSTALLED, MeshCause.NO_POLICIES)
        by = Enforcement.SIDECARS if enforced else enforcement(self._snapshot, namespace)
        first, *others = callers(who, self.settings)
        answer = self._answer(first, namespace, by)
        for other in others if answer.reach is Reach.NO else ():
            answer = with_pipelines_page(answer, self._answer(other, namespace, by))
        if who.subject.kind == GROUP and answer.cause is MeshCause.NOT_ALLOWED:
            return replace(answer, cause=MeshCause.GROUP)
        return answer

    def admits(self, caller: Caller, namespace: str, labels: Labels | None = None) -> MeshAnswer:
        """
        Return whether requests of *caller*, who can be made up, reach every workload in *namespace*.

        With *labels*, the question is about a single workload that has them.
        """
        if not self.is_installed:
            return MeshAnswer(Reach.NOT_INSTALLED, MeshCause.NO_POLICIES)
        return self._answer(caller, namespace, enforcement(self._snapshot, namespace), labels)

    def rules(self, namespace: str) -> tuple[PolicyRules, ...]:
        """Return the rules of the policies that may apply in the namespace, as `in_force` yields them."""
        return self._in_force(namespace)

    def in_force(self, namespace: str) -> Iterator[AuthorizationPolicy]:
        """Yield the policies that may apply to a workload in the namespace, the namespace's own first."""
        yield from self._own(namespace)
        yield from self._everywhere if namespace not in self._roots else ()

    @cached_property
    def _roots(self) -> tuple[str, ...]:
        """The root namespace; if it is not known, the namespaces that are called like one of Istio's."""
        if self.settings.root:
            return (self.settings.root,)
        unread = (gap.namespace for gap in self._snapshot.gaps if gap.resource == POLICIES)
        names = {DEFAULT_ROOT, *self._policies, *unread}
        return tuple(name for name in sorted(names) if name.startswith("istio"))

    @cached_property
    def _everywhere(self) -> tuple[AuthorizationPolicy, ...]:
        policies = (policy for root in self._roots for policy in self._policies.get(root, ()))
        return tuple(
            policy
            for policy in policies
            if not is_for_gateways(policy.spec) and not is_without_effect(policy)
        )

    @cached_property
    def _rules_everywhere(self) -> tuple[PolicyRules, ...]:
        rules = tuple(map(policy_rules, self._everywhere))
        if self.settings.root:
            return rules
        # whether they apply to the workloads is not known, which is as if they applied to some of them
        return tuple(replace(each, scope=Scope.SOME) if each.scope is Scope.ALL else each for each in rules)

    def _in_force(self, namespace: str) -> tuple[PolicyRules, ...]:
        if namespace not in self._rules:
            own = tuple(map(policy_rules, self._own(namespace)))
            everywhere = () if namespace in self._roots else self._rules_everywhere
            self._rules[namespace] = own + everywhere
        return self._rules[namespace]

    def _own(self, namespace: str) -> Iterator[AuthorizationPolicy]:
        own = self._policies.get(namespace, ())
        return (policy for policy in own if not is_without_effect(policy))

    def _answer(
        self, caller: Caller, namespace: str, by: Enforcement, labels: Labels | None = None
    ) -> MeshAnswer:
        """Return the answer for one way in which requests come."""
        policies = self._in_force(namespace)
        if by is Enforcement.WAYPOINT:
            return self._unread(namespace) or of_waypoint(policies)
        answers = [self._of_layer(layer, caller, namespace, labels) for layer in LAYERS[by]]
        return of_layers(answers, by)

    def _of_layer(self, layer: Layer, caller: Caller, namespace: str, labels: Labels | None) -> MeshAnswer:
        if layer is Layer.NOTHING:
            return MeshAnswer(Reach.YES, MeshCause.NOBODY_LIMITED)
        enforced = self._enforced(namespace, layer, labels)
        if not enforced.requests:
            return MeshAnswer(Reach.UNKNOWN, MeshCause.MANY_REQUESTS)
        questions = (self._question(caller, request, layer) for request in enforced.requests)
        answers = [self._decided(enforced, question) for question in questions]
        answer = of_requests(answers)
        is_denied = all(each.cause is MeshCause.DENIED for each in answers)
        if not is_denied and (unread := self._unread(namespace)):
            return unread
        any_request = Question(caller, Request(), self.settings, self._known)
        return with_other_ports(answer, enforced.policies, any_request)

    def _question(self, caller: Caller, request: Request, layer: Layer) -> Question:
        return Question(caller, request, self.settings, self._known, by_ztunnel=layer is Layer.ZTUNNEL)

    def _enforced(self, namespace: str, layer: Layer, labels: Labels | None) -> PoliciesInForce:
        key = (namespace, layer, labels)
        if key not in self._by_layer:
            policies = self._in_force(namespace)
            policies = for_layer(layer, policies if labels is None else for_workload(policies, labels))
            self._by_layer[key] = PoliciesInForce(policies, self.settings)
        return self._by_layer[key]

    def _decided(self, enforced: PoliciesInForce, question: Question) -> MeshAnswer:
        answer = decision(enforced.effects(question), question)
        is_open_root = answer.cause is MeshCause.SOME_WORKLOADS and not self.settings.root
        if is_open_root and answer.policy and answer.policy.namespace in self._roots:
            setting = self.settings.root_namespace
            return replace(answer, cause=MeshCause.ROOT_NAMESPACE, setting=setting)
        return answer

    def _unread(self, namespace: str) -> MeshAnswer | None:
        """Return the answer "unknown" if some policies could not be read, else None."""
        # Unlike in RBAC, rules do not only add here: an unread ALLOW would turn "no" into "yes", and an
        # unread DENY or CUSTOM would turn "yes" into "no". So both are unknown, except for what a known DENY
        # refuses.
        for policy_namespace in dict.fromkeys((namespace, *self._roots)):
            if gap := self._snapshot.gap(POLICIES, policy_namespace):
                unread = Gap(POLICIES, policy_namespace, gap.reason)
                return MeshAnswer(Reach.UNKNOWN, MeshCause.UNREAD, unread=unread)
        return None
