"""
Whether aggregation does what it should: what is worth mending about aggregated ClusterRoles and their parts.

A role that was read from a server is compared with one step of the controller
(pkg/controller/clusterroleaggregation, syncClusterRole); of a role in files the controller's result is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec
from msgspec import Struct

from kubectl_kfaccess.findings.aggregation import component_roles, labels, unserved_resource
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about, in_order
from kubectl_kfaccess.kubeflow.aggregation.components import above_of
from kubectl_kfaccess.kubeflow.aggregation.roles import few_rules, rule_words
from kubectl_kfaccess.rbac.aggregation import is_stored
from kubectl_kfaccess.rbac.aggregation_tree import dangling, is_aggregated, is_invalid
from kubectl_kfaccess.rbac.labels import well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, LabelSelectorRequirement, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot

NOT_RECONCILED = FindingType(
    "aggregation-not-reconciled",
    Severity.ERROR,
    "The stored rules of an aggregated ClusterRole are not those of the roles that it selects: rules "
    "are missing, or rules are left that no selected role has. It is judged for roles that were read "
    "from a server.",
    "The API server decides by stored rules alone. Until the controller writes them again, who is "
    "bound to the role is refused what a new part should bring, or keeps what was taken away.",
    "Ask again after a second: a change that was just made may be under way. If it stays, look whether "
    "kube-controller-manager runs (`kubectl -n kube-system get pods -l "
    "component=kube-controller-manager`) with its clusterrole-aggregation-controller, and whether a "
    "GitOps tool keeps writing `rules: []`: let it ignore `/rules` of roles with an aggregationRule.",
)
SELECTS_NOTHING = FindingType(
    "aggregation-selects-nothing",
    Severity.WARNING,
    "A selector of an aggregated ClusterRole matches the labels of no other ClusterRole.",
    "The role gets no rules by this selector. Where none of its selectors brings a rule, rules that a "
    "person or an installer wrote into the role itself stay in force, though they look as if "
    "aggregation owned them.",
    "Install the roles that should be selected, or label them as the selector asks: `kubectl label "
    "clusterrole NAME KEY=true`. Remove rules that stay in force unwanted with `kubectl edit "
    "clusterrole NAME`.",
)
OVERWRITTEN = FindingType(
    "aggregation-own-rules-overwritten",
    Severity.WARNING,
    "The manifest of an aggregated ClusterRole has rules of its own, and its selectors bring other "
    "ones. It is known from files, or from the manifest that `kubectl apply` keeps in an annotation.",
    "The controller replaces all rules of the role by those of the roles that it selects, as soon as "
    "there is one. Whoever counts on the hand-written rules is refused, and each apply brings them "
    "back for a moment.",
    "Move the rules to a ClusterRole of their own, with the label that the selector asks for, and "
    "write `rules: []` in the aggregated role.",
)
CYCLE = FindingType(
    "aggregation-cycle",
    Severity.ERROR,
    "Aggregated ClusterRoles select one another, directly or through others.",
    "What once entered the cycle never leaves it: each role takes the rule from the other, also after "
    "the role that brought it is gone. A permission that was withdrawn stays in force, without anybody "
    "having it written.",
    "Remove the label that closes the cycle: `kubectl label clusterrole NAME KEY-`. Then empty the "
    "roles, so that the controller fills them anew: `kubectl patch clusterrole NAME --type=merge -p "
    "'{\"rules\":[]}'` for each.",
)
INVALID = FindingType(
    "aggregation-selector-invalid",
    Severity.ERROR,
    "An aggregated ClusterRole has a selector that cannot be read: an unknown operator, values where "
    "none belong or none where some do; or it has an aggregationRule without any selector.",
    "The API server refuses to create such a role. Where one is stored all the same, the controller "
    "gives up at the first bad selector, so the role keeps the rules that it has and never gets those "
    "of its other selectors.",
    "Write the operator as Kubernetes has it: `In` and `NotIn` with values, `Exists` and "
    '`DoesNotExist` without; and at least one selector, usually `matchLabels: {KEY: "true"}`.',
)
TYPES: tuple[FindingType, ...] = (
    NOT_RECONCILED,
    SELECTS_NOTHING,
    labels.UNSELECTED,
    labels.NEAR_MISS,
    OVERWRITTEN,
    CYCLE,
    INVALID,
    unserved_resource.UNSERVED,
    component_roles.MISSING,
    component_roles.NOT_AGGREGATED,
)
"""Everything that is found about aggregation."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Concern(Struct, frozen=True):
    """A finding, and the roles in whose trees it matters: its own, and the one that lacks it."""

    finding: Finding
    roles: tuple[str, ...]


class Reconciled(Struct, frozen=True):
    """
    Aggregated roles by whether they have the rules of exactly the roles that they select.

    *as_selected* have, *differing* have not, *computed* are in files, where the controller's result is known;
    of the *unknown* it cannot be told.
    """

    as_selected: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def reconciled(snapshot: Snapshot, names: Iterable[str]) -> Reconciled:
    """Return which of the aggregated roles among *names* have the rules that they should have."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        role = snapshot.cluster_roles["", name]
        if is_aggregated(role):
            found.setdefault(_state(snapshot, role), []).append(name)
    return Reconciled(**{state: tuple(roles) for state, roles in found.items()})


def concerns(snapshot: Snapshot, types: Iterable[ResourceType]) -> tuple[Concern, ...]:
    """Return everything that is worth mending, *types* being what the cluster serves."""
    known = tuple(types)
    slips = tuple(labels.Labels(snapshot, known).slips())
    near = {slip.finding.name for slip in slips if slip.roles}
    plain = (
        *_of_aggregated(snapshot),
        *_cycles(snapshot),
        *unserved_resource.Served(snapshot, known).findings(),
    )
    components = (
        one
        for one in component_roles.component_findings(snapshot, known)
        if one.type is component_roles.MISSING or one.name not in near
    )
    return (
        *(Concern(finding, (finding.name,)) for finding in plain),
        *(Concern(slip.finding, (slip.finding.name, *slip.roles)) for slip in slips),
        *(Concern(one, (one.name, above_of(one.name))) for one in components),
    )


def findings(found: Iterable[Concern], roles: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Return the findings in order, all of them or those that matter to one of *roles*."""
    return in_order(one.finding for one in found if roles is None or not set(one.roles).isdisjoint(roles))


def _of_aggregated(snapshot: Snapshot) -> Iterator[Finding]:
    for _, role in sorted(snapshot.cluster_roles.items()):
        if not is_aggregated(role) or snapshot.is_assumed(role):
            continue
        if is_invalid(role):
            yield about(role, INVALID, f"{_invalid_text(role)}: the controller leaves the role as it is")
            continue
        yield from _selects_nothing(snapshot, role)
        yield from _overwritten(snapshot, role)
        if is_stored(role):
            yield from _not_reconciled(snapshot, role)


def _invalid_text(role: ClusterRole) -> str:
    lines = (line for selector in role.selectors for line in selector.match_expressions)
    bad = next((line for line in lines if not well_formed(LabelSelector({}, (line,)))), None)
    return _expression_text(bad) if bad else "its aggregationRule has no selector"


def _expression_text(line: LabelSelectorRequirement) -> str:
    if line.operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
        return f"the selector of `{line.key}` has the operator `{line.operator}`, which there is not"
    have = "values, which it must not have" if line.values else "no values, which it needs"
    return f"the selector of `{line.key}` has the operator `{line.operator}` with {have}"


def _selects_nothing(snapshot: Snapshot, role: ClusterRole) -> Iterator[Finding]:
    unmatched = dangling(snapshot, role)
    if not unmatched:
        return
    message = f"no role has the labels that it selects: {' or '.join(map(selector_words, unmatched))}"
    if role.rules and not snapshot.aggregation.brought(role.name):
        message += f"; its own rules stay in force: {few_rules(role.rules)}"
    yield about(role, SELECTS_NOTHING, message)


def _overwritten(snapshot: Snapshot, role: ClusterRole) -> Iterator[Finding]:
    """The hand-written rules that are not among those which aggregation brings, where they are known."""
    brought = snapshot.aggregation.brought(role.name)
    written = _last_applied(role) if is_stored(role) else role.rules
    doubtful = snapshot.aggregation.uncertain_rules(role.name)
    lost = tuple(rule for rule in written if rule not in brought and rule not in doubtful)
    if brought and lost:
        count = f"{len(lost)} of its own rules are" if len(lost) > 1 else "a rule of its own is"
        yield about(
            role, OVERWRITTEN, f"{count} overwritten by those of the roles it selects: {few_rules(lost)}"
        )


class _Applied(Struct):
    rules: tuple[PolicyRule, ...] | None = ()


def _last_applied(role: ClusterRole) -> tuple[PolicyRule, ...]:
    """The rules of the manifest that was applied last; none where that is not known."""
    try:
        found = msgspec.json.decode(role.metadata.annotations.get(LAST_APPLIED, "{}"), type=_Applied)
    except (msgspec.DecodeError, RecursionError):  # an annotation may hold any text
        return ()
    return found.rules or ()


def _not_reconciled(snapshot: Snapshot, role: ClusterRole) -> Iterator[Finding]:
    brought = snapshot.aggregation.brought(role.name)
    # syncClusterRole: what selects no rule applies no `rules` field, so stored rules may be somebody's own
    if not brought or _is_in_doubt(snapshot, role):
        return
    stored = frozenset(role.rules)
    missing = tuple(rule for rule in brought if rule not in stored)
    left = tuple(rule for rule in role.rules if rule not in frozenset(brought))
    if missing or left:
        yield about(role, NOT_RECONCILED, f"{_difference(snapshot, role, missing, left)}; {_CAUSE}")


def _state(snapshot: Snapshot, role: ClusterRole) -> str:
    """The field of `Reconciled` in which the role stands."""
    doubtful = snapshot.aggregation.uncertain_rules(role.name)
    if is_invalid(role) or doubtful or _is_in_doubt(snapshot, role):
        return "unknown"
    if not is_stored(role):
        return "computed"
    return "differing" if any(_not_reconciled(snapshot, role)) else "as_selected"


_CAUSE = "the controller has not come to it, or does not run"


def _is_in_doubt(snapshot: Snapshot, role: ClusterRole) -> bool:
    """Whether a role that it selects is from files, and nobody can tell what the controller makes of it."""
    aggregation = snapshot.aggregation
    return any(aggregation.uncertain_rules(name) for name in aggregation.selected[role.name])


def _difference(
    snapshot: Snapshot, role: ClusterRole, missing: tuple[PolicyRule, ...], left: tuple[PolicyRule, ...]
) -> str:
    said = []
    for name in snapshot.aggregation.selected[role.name]:
        lacked = tuple(rule for rule in snapshot.aggregation.rules(name) if rule in missing)
        if lacked:
            said.append(f"it lacks {_counted(lacked)} of `{name}` ({few_rules(lacked)})")
    if left:
        said.append(f"it keeps {_counted(left)} that no role has which it selects ({few_rules(left)})")
    return ", ".join(said[:4]) + (f", and {len(said) - 4} differences more" if len(said) > 4 else "")


def _counted(rules: tuple[PolicyRule, ...]) -> str:
    return f"{len(rules)} rules" if len(rules) > 1 else "a rule"


def _cycles(snapshot: Snapshot) -> Iterator[Finding]:
    for ring in snapshot.aggregation.rings:
        first, *others = sorted(ring)
        kept = _kept_alive(snapshot, ring)
        alive = f"; no role outside brings {', '.join(map(rule_words, kept[:3]))}" if kept else ""
        more = f" and {len(kept) - 3} more rules" if len(kept) > 3 else ""
        named = ", ".join(f"`{name}`" for name in others)
        message = f"it and {named} select one another, so no rule ever leaves them{alive}{more}"
        yield about(snapshot.cluster_roles["", first], CYCLE, message)


def _kept_alive(snapshot: Snapshot, ring: frozenset[str]) -> tuple[PolicyRule, ...]:
    """The rules of the ring's members that no role outside of it brings."""
    aggregation = snapshot.aggregation
    outside = {other for name in ring for other in aggregation.selected[name] if other not in ring}
    brought = {rule for name in outside for rule in aggregation.rules(name)}
    held = (rule for name in sorted(ring) for rule in snapshot.cluster_roles["", name].rules)
    return tuple(dict.fromkeys(rule for rule in held if rule not in brought))


def selector_words(selector: LabelSelector) -> str:
    """Return a selector in words for a message: `key: "value"`."""
    labels = (f'`{key}: "{value}"`' for key, value in selector.match_labels.items())
    lines = (
        f"`{' '.join((line.key, line.operator))}{' (' + ', '.join(line.values) + ')' if line.values else ''}`"
        for line in selector.match_expressions
    )
    return " with ".join((*labels, *lines)) or "any other role"
