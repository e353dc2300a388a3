"""
The evaluator: one generator over bindings, their roles and the rules of these roles.

Mirrors VisitRulesFor of pkg/registry/rbac/validation/rule.go and the code that uses it in
plugin/pkg/auth/authorizer/rbac. The caller decides when to stop: `decide` takes what it needs for a verdict,
`grants` takes all. A grant is a proof, however little could be read. "Denied" needs complete data.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import Struct

from kubectl_kfaccess.rbac.kubernetes_version import REASONS_NAME_AUTHORIZERS, KubernetesVersion
from kubectl_kfaccess.rbac.model import AnyRole, Binding, PolicyRule, RoleRef
from kubectl_kfaccess.rbac.rules import Request, api_group_matches, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.snapshot import Gap, Key, Namespaces, Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import MASTERS, SERVICE_ACCOUNT, Identity, Principal, principal

Bound = tuple[Binding, tuple[Principal, ...] | None]  # None stands for all subjects of the binding
_MOST_REMEMBERED = 10_000  # requests; a file of reviews can have millions
_MOST_GROUPS = 100_000  # API groups of roles; a review can ask for any group


class Verdict(enum.Enum):
    """The answer to a request."""

    ALLOWED = "Allowed"
    DENIED = "Denied"
    UNKNOWN = "Unknown"


class Grant(Struct, frozen=True, gc=False):
    """
    One piece of evidence: *who* is allowed the request by *binding*, through *rule* of *role*.

    *named* means that the rule is restricted to names and the request has none: it proves less than was
    asked. A grant that is not *certain* depends on an aggregation cycle.
    """

    who: Principal
    binding: Binding
    role: AnyRole
    rule: PolicyRule
    certain: bool = True
    named: bool = False


class AggregationCycle(Struct, frozen=True):
    """Hand-written rules of *roles* allow it, but in an aggregation cycle the controller may drop them."""

    roles: tuple[str, ...]


Doubt = Gap | AggregationCycle
"""Why a "no" is not proved: something could not be read, or depends on the controller's order of events."""


class Decision(Struct, frozen=True):
    """
    A verdict with its evidence: the first grant, or the reasons why there is none.

    *missing* are bindings whose role does not exist. They grant nothing, and the server names them when it
    denies the request. *doubts* are the reasons why a "no" is not proved.
    """

    verdict: Verdict
    grant: Grant | None = None
    missing: tuple[Binding, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Evaluator:
    """
    Answers questions about one snapshot.

    It remembers which rules of a role match a request. The same role is bound in thousands of namespaces, and
    its rules depend neither on the namespace nor on the subject. It also remembers which of them match an API
    group, because the questions about a subject ask for many resources of few groups.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._incomplete: dict[Namespaces, tuple[Binding, ...]] = {}
        self._of_group: dict[tuple[str, Key, str | None], list[tuple[PolicyRule, bool]]] = {}
        self._matching: dict[tuple[Request, bool], dict[tuple[str, str, str], tuple[_Match, ...]]] = {}

    def visit(self, bound: Iterable[Bound], request: Request, *, any_name: bool = False) -> Iterator[Grant]:
        """
        Yield a grant for each rule of each binding in *bound* that allows *request*.

        With *any_name*, rules that are restricted to names count too, whatever the request's name. A binding
        whose role does not exist yields nothing.
        """
        known = self._known(request, any_name)
        for binding, bound_principals in bound:
            ref = binding.role_ref
            key = (ref.kind, binding.namespace if ref.kind == "Role" else "", ref.name)
            matches = known.get(key)
            if matches is None:
                matches = known[key] = tuple(self._matches(ref, binding.namespace, request, any_name))
            for role, rule, certain, named in matches:
                for who in principals_of(binding) if bound_principals is None else bound_principals:
                    yield Grant(who, binding, role, rule, certain, named)

    def grants(self, request: Request, namespaces: Namespaces, *, any_name: bool = False) -> Iterator[Grant]:
        """
        Yield every grant of *request* to any subject, cluster-wide and in *namespaces*.

        *namespaces* choose the bindings. The request's own namespace does not count.
        """
        bound = ((binding, None) for binding in self.snapshot.bindings(namespaces))
        return self.visit(bound, request, any_name=any_name)

    def to(self, identity: Identity, request: Request, *, any_name: bool = False) -> Iterator[Grant]:
        """Yield every grant of *request* to *identity*, cluster-wide ones first."""
        return self.visit(
            self._bound_to(identity, request.namespace, request.path), request, any_name=any_name
        )

    def decide(self, identity: Identity, request: Request) -> Decision:
        """Return the RBAC authorizer's verdict on *request* by *identity*, UNKNOWN if neither is proved."""
        if MASTERS in identity.groups:
            return Decision(Verdict.ALLOWED)  # upstream: the authorizer of this group comes first
        uncertain: dict[str, None] = {}
        bound = tuple(self._bound_to(identity, request.namespace, request.path))
        for grant in self.visit(bound, request):
            if grant.certain:
                return Decision(Verdict.ALLOWED, grant)
            uncertain[grant.role.name] = None
        missing = tuple(binding for binding, _ in bound if self._role(binding) is None)
        doubts = tuple(self._doubts((binding for binding, _ in bound), request, tuple(uncertain)))
        return Decision(Verdict.UNKNOWN if doubts else Verdict.DENIED, None, missing, doubts)

    def dangling(self, namespaces: Namespaces) -> Iterator[Binding]:
        """Return the bindings that count in *namespaces* and whose role certainly does not exist."""
        return (binding for binding in self._without_rules(namespaces) if not self._doubt_on_role(binding))

    def hidden(self, namespaces: Namespaces) -> Iterator[Binding]:
        """Return the bindings that count in *namespaces* and whose role could not be read."""
        return (binding for binding in self._without_rules(namespaces) if self._doubt_on_role(binding))

    def gaps(self, namespaces: Namespaces) -> tuple[Gap, ...]:
        """
        Return the gaps that could hide a grant in *namespaces* or in the whole cluster.

        Unread roles count if a binding refers to one of them, or if bindings could not be read either.
        """
        lists = [gap for gap in self.snapshot.gaps if _may_hide_bindings(gap, namespaces)]
        hidden = [self._doubt_on_role(binding) for binding in self._without_rules(namespaces)]
        roles = [gap for gap in self.snapshot.gaps if lists and _may_hide_roles(gap, namespaces)]
        return tuple(sorted({gap for gap in (*lists, *hidden, *roles) if gap}))

    def _known(self, request: Request, any_name: bool) -> dict[tuple[str, str, str], tuple[_Match, ...]]:
        unplaced = request if request.namespace == "" else _anywhere(request)
        if len(self._matching) > _MOST_REMEMBERED:
            self._matching.clear()
        return self._matching.setdefault((unplaced, any_name), {})

    def _bound_to(self, identity: Identity, namespace: str, path: str | None) -> Iterator[Bound]:
        # VisitRulesFor: RoleBindings count only if the request has a namespace, and a path has none
        places = ("", namespace) if namespace and path is None else ("",)
        index, principals = self.snapshot.bound, identity.principals
        return (
            (binding, (who,))
            for where in (index.get(place) for place in places)
            if where
            for who in principals
            for binding in where.get(who, ())
        )

    def _matches(self, ref: RoleRef, namespace: str, request: Request, any_name: bool) -> Iterator[_Match]:
        role = self.snapshot.role(ref, namespace)
        if role is None:
            return
        for rule, sure in self._possible(role, request):
            if rule_allows(rule, request):
                yield role, rule, sure, False
            elif any_name and request.path is None and rule_allows_any_name(rule, request):
                yield role, rule, sure, True

    def _possible(self, role: AnyRole, request: Request) -> Sequence[tuple[PolicyRule, bool]]:
        """Return the rules of *role* that match the group of *request*, and whether it certainly has each."""
        group = request.group if request.path is None else None
        key = (role.kind, role.key, group)
        if key not in self._of_group:
            certain, uncertain = self.snapshot.rules_of(role), self.snapshot.uncertain_rules_of(role)
            if len(self._of_group) > _MOST_GROUPS:
                self._of_group.clear()
            rules = chain(((r, True) for r in certain), ((r, False) for r in uncertain))
            self._of_group[key] = [
                pair for pair in rules if group is None or api_group_matches(pair[0], group)
            ]
        return self._of_group[key]

    def _without_rules(self, namespaces: Namespaces) -> tuple[Binding, ...]:
        """Return the bindings whose role does not exist, or has rules that are not known."""
        if namespaces not in self._incomplete:
            bindings = self.snapshot.bindings(namespaces)
            has_unread = bool(self.snapshot.unread_roles)
            self._incomplete[namespaces] = tuple(
                b for b in bindings if self._role(b) is None or (has_unread and self._doubt_on_role(b))
            )
        return self._incomplete[namespaces]

    def _role(self, binding: Binding) -> AnyRole | None:
        return self.snapshot.role(binding.role_ref, binding.namespace)

    def _doubt_on_role(self, binding: Binding) -> Gap | None:
        return self.snapshot.doubt_on_role(binding.role_ref, binding.namespace)

    def _doubts(
        self, bindings: Iterable[Binding], request: Request, uncertain: tuple[str, ...]
    ) -> Iterator[Doubt]:
        if uncertain:
            yield AggregationCycle(uncertain)
        if self.snapshot.is_complete:
            return
        scoped = request.namespace if request.path is None else ""
        lists = [self.snapshot.gap("clusterrolebindings", "")]
        lists += [self.snapshot.gap("rolebindings", scoped)] if scoped else []
        for gap in dict.fromkeys((*lists, *map(self._doubt_on_role, bindings))):
            if gap:
                yield gap


_Match = tuple[AnyRole, PolicyRule, bool, bool]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict when all of *verdicts* are needed: a proven "no" comes before an unknown."""
    distinct = set(verdicts)
    return next((v for v in (Verdict.DENIED, Verdict.UNKNOWN) if v in distinct), Verdict.ALLOWED)


def reason(decision: Decision, identity: Identity, version: KubernetesVersion | None = None) -> str:
    """
    Return the reason that an API server of *version* with RBAC alone gives for *decision* on *identity*.

    If several bindings grant the request, the server names the first that it finds, in no fixed order. So the
    reason here is one of its possible reasons. Of a binding's subjects it names the first that matches.
    """
    if decision.grant:
        binding = decision.grant.binding
        return f"RBAC: allowed by {_binding_text(binding)} to {_subject_text(binding, identity)}"
    errors = list(dict.fromkeys(_missing_text(binding) for binding in decision.missing))
    if not errors:
        return ""
    text = f"RBAC: {errors[0]}" if len(errors) == 1 else f"RBAC: [{', '.join(errors)}]"
    # union.go: every authorizer without an opinion is named before its reason
    return f"rbac: {text}" if version and version >= REASONS_NAME_AUTHORIZERS else text


def gap_text(doubt: Doubt) -> str:
    """Return a line that says what could not be read, or what is not certain."""
    if isinstance(doubt, AggregationCycle):
        return "hand-written rules in an aggregation cycle: the controller keeps or drops them by chance"
    if doubt.is_of_files:
        return doubt.reason
    where = f" in namespace `{doubt.namespace}`" if doubt.namespace else ""
    return f"cannot {'read' if doubt.is_of_settings else 'list'} {doubt.resource}{where}: {doubt.reason}"


def _binding_text(binding: Binding) -> str:
    # roleBindingDescriber: the name comes before the namespace
    ref = binding.role_ref
    name = f"{binding.name}/{binding.namespace}" if binding.namespace else binding.name
    return f'{binding.kind} "{name}" of {ref.kind} "{ref.name}"'


def _subject_text(binding: Binding, identity: Identity) -> str:
    # appliesTo: the subjects are tried in the order of the binding
    principals = identity.principals
    subject = next(s for s in binding.subjects if principal(s, binding.namespace) in principals)
    # describeSubject: an account is named as name/namespace
    namespace = subject.namespace or binding.namespace
    name = f"{subject.name}/{namespace}" if subject.kind == SERVICE_ACCOUNT else subject.name
    return f'{subject.kind} "{name}"'


def _missing_text(binding: Binding) -> str:
    ref = binding.role_ref
    if ref.kind in ("Role", "ClusterRole"):
        return f'{ref.kind.lower()}.rbac.authorization.k8s.io "{ref.name}" not found'
    return f'unsupported role reference kind: "{ref.kind}"'


def _anywhere(request: Request) -> Request:
    """Return *request* without its namespace, which no rule reads."""
    return Request(
        request.verb, request.group, request.resource, request.subresource, request.name, "", request.path
    )


def _may_hide_bindings(gap: Gap, namespaces: Namespaces) -> bool:
    within = gap.resource == "rolebindings" and _overlap(gap.namespace, namespaces)
    return within or gap.resource == "clusterrolebindings"


def _may_hide_roles(gap: Gap, namespaces: Namespaces) -> bool:
    return gap.resource == "clusterroles" or (gap.resource == "roles" and _overlap(gap.namespace, namespaces))


def _overlap(gap_namespace: str, namespaces: Namespaces) -> bool:
    return namespaces is None or (gap_namespace in namespaces if gap_namespace else bool(namespaces))
