"""
The closest misses: grants and rules that differ from a denied request in one thing only.

The authorizer compares exact texts, so one letter, one label or one namespace makes the difference. Every
near miss is certain: nothing is claimed about lists that could not be read.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, groupby, islice

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac import subjects
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import AnyRole, Binding, ClusterRole, LabelSelector, PolicyRule, Subject
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.similar_names import CLOSE_LABELS, NO_SLIP, is_close, ratio, slip
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import ALL_SERVICE_ACCOUNTS, GROUP, SERVICE_ACCOUNT, Principal, principal

MOST = 12
_MOST_OF_A_KIND = 3
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_NOT_JOINED = (subjects.MASTERS, subjects.UNAUTHENTICATED, "system:nodes")
_ANYBODY = Principal(subjects.USER, "")
_Term = tuple[str, LabelSelector, str, str]


class Miss(enum.Enum):
    """The kinds of near misses, the closest first."""

    DANGLING_ROLE = "danglingRole"
    STALE_AGGREGATION = "staleAggregation"
    MISSING_LABEL = "missingLabel"
    OTHER_NAME = "otherName"
    GROUP_DOES_NOT_COUNT = "groupDoesNotCount"
    OTHER_KIND = "otherKind"
    OTHER_ACCOUNT_NAMESPACE = "otherAccountNamespace"
    NAMED_ONLY = "namedOnly"
    GROUP = "group"
    OTHER_RULE = "otherRule"
    CLUSTER_SCOPED = "clusterScoped"
    OTHER_NAMESPACE = "otherNamespace"


class NearMiss(Struct, frozen=True):
    """
    One thing that would have made the answer "yes".

    *subject* is spelled as in the binding. *role* has *rule*, at the end of *path* if it is aggregated. What
    *differs* is *actual*, and a "yes" needs *wanted*. *more* is how many others of this kind are left out.
    """

    miss: Miss
    binding: Binding | None = None
    role: AnyRole | None = None
    rule: PolicyRule | None = None
    subject: Subject | None = None
    differs: str = ""
    wanted: str = ""
    actual: str = ""
    path: tuple[str, ...] = ()
    more: int = 0


def near_misses(
    evaluator: Evaluator,
    who: KnownSubject,
    via: Plane,
    request: Request,
    parents: Mapping[str, str] | None = None,
) -> tuple[NearMiss, ...]:
    """
    Return the closest misses of *request*, which is denied, the closest first, at most MOST.

    *parents* are names of ClusterRoles, each with the aggregated role that is known to have selected it.
    """
    case = _Case(evaluator, evaluator.snapshot, who, via, request, parents or {})
    misses = _nearest(chain(_own(case), _aggregations(case), _of_others(case), _elsewhere(case)))
    return tuple(
        miss if miss.subject else replace(miss, subject=case.bound_by(miss.binding)) for miss in misses
    )


@dataclass(frozen=True)
class _Case:
    """A denied request of a subject, and what the searches for its near misses share."""

    evaluator: Evaluator
    snapshot: Snapshot
    who: KnownSubject
    via: Plane
    request: Request
    parents: Mapping[str, str]
    misspelt: dict[str, str] = field(default_factory=dict)

    @cached_property
    def principals(self) -> tuple[Principal, ...]:
        return tuple(principal for principal in self.who.seen(self.via).principals if principal.name)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The namespaces whose bindings count, the request's first (upstream: VisitRulesFor)."""
        namespaced = self.request.namespace and self.request.path is None
        return (self.request.namespace, "") if namespaced else ("",)

    @cached_property
    def here(self) -> tuple[Binding, ...]:
        """The subject's bindings that count for the request, each once."""
        indexes = [self.snapshot.bound.get(place, {}) for place in self.places]
        bindings = (b for index in indexes for who in self.principals for b in index.get(who, ()))
        return tuple({(b.kind, b.key): b for b in bindings}.values())

    @cached_property
    def granting(self) -> dict[str, PolicyRule]:
        """For each ClusterRole that certainly allows the request, its first rule that does."""
        roles = self.snapshot.cluster_roles.values()
        rules = ((role.name, rule) for role in roles for rule in reversed(self.snapshot.rules_of(role)))
        return {name: rule for name, rule in rules if rule_allows(rule, self.request)}

    @cached_property
    def selecting(self) -> dict[str, set[str]]:
        """The label keys in the selectors of ClusterRoles, each with its values."""
        values: dict[str, set[str]] = {}
        for role in self.snapshot.cluster_roles.values():
            for _, _, key, value in _terms(role):
                values.setdefault(key, set()).add(value)
        return values

    def intended(self, label: str) -> str:
        """Return the key in selectors that *label*, which is in none, must be a misspelling of; else ""."""
        if label not in self.misspelt:
            prefix, slash, name = label.rpartition("/")
            parts = [key.rpartition("/") for key in self.selecting if label not in self.selecting]
            near = ((ratio(name, other), other) for start, _, other in parts if start == prefix)
            best, other = max(near, default=(0.0, ""))
            self.misspelt[label] = prefix + slash + other if best >= CLOSE_LABELS else ""
        return self.misspelt[label]

    def bound_by(self, binding: Binding | None) -> Subject | None:
        """Return the subject of *binding* that matches the subject of the question."""
        pairs = ((s, principal(s, binding.namespace)) for s in binding.subjects) if binding else ()
        return next((subject for subject, own in pairs if own in self.principals), None)


def _nearest(misses: Iterable[NearMiss]) -> Iterator[NearMiss]:
    """Yield the first few of each kind. The first of every kind has a place before the second of any."""
    kinds: dict[Miss, list[NearMiss]] = {kind: [] for kind in Miss}
    for miss in misses:
        kinds[miss.miss].append(miss)
    places = [(n, kind) for n in range(_MOST_OF_A_KIND) for kind, group in kinds.items() if n < len(group)]
    counts = Counter(kind for _, kind in places[:MOST])
    for kind, group in kinds.items():
        if kept := group[: counts[kind]]:
            yield from (*kept[:-1], replace(kept[-1], more=len(group) - len(kept)))


def _own(case: _Case) -> Iterator[NearMiss]:
    """Yield the subject's own roles here that do not exist, or whose rules almost allow the request."""
    known: dict[tuple[str, tuple[str, str]], tuple[NearMiss, ...]] = {}
    for binding in case.here:
        role = case.snapshot.role(binding.role_ref, binding.namespace)
        if role:
            key = (role.kind, role.key)
            if key not in known:
                known[key] = (*_named_only(case, role), *_other_rule(case, role))
            yield from (replace(miss, binding=binding) for miss in known[key])
        elif not case.snapshot.gap_for_role(binding.role_ref, binding.namespace):
            yield NearMiss(Miss.DANGLING_ROLE, binding, differs="name", wanted=binding.role_ref.name)


def _named_only(case: _Case, role: AnyRole) -> Iterator[NearMiss]:
    request = case.request
    rules = [r for r in case.snapshot.rules_of(role) if r.resource_names and rule_allows_any_name(r, request)]
    names = ", ".join(dict.fromkeys(name for rule in rules for name in rule.resource_names))
    for rule in rules[:1] if request.path is None else ():
        yield NearMiss(Miss.NAMED_ONLY, None, role, rule, None, "name", request.name, names)


def _other_rule(case: _Case, role: AnyRole) -> Iterator[NearMiss]:
    """Yield the rule of *role* that is closest, if one is close."""
    rules = case.snapshot.rules_of(role)
    near = [(difference, rule) for rule in rules for difference in _differences(rule, case.request)]
    nearest = sorted(near, key=lambda pair: (pair[0][0], -len(pair[1].verbs)))
    for (_, differs, wanted, actual), rule in nearest[:1]:
        if differs == "verb":
            held = {verb for (_, what, *_), other in near if what == "verb" for verb in other.verbs}
            actual = ", ".join([*(v for v in _VERBS if v in held), *sorted(held.difference(_VERBS))])
        yield NearMiss(Miss.OTHER_RULE, None, role, rule, None, differs, wanted, actual)


def _differences(rule: PolicyRule, request: Request) -> Iterator[tuple[int, str, str, str]]:
    """Yield each single thing whose change would make *rule* allow the request, the closest first."""

    def allows(**change: str) -> bool:
        return rule_allows(rule, replace(request, **change))

    if any(allows(verb=verb) for verb in rule.verbs[:1]):
        yield 0, "verb", request.verb, ""
    # ResourceMatches: a resource does not include its subresources, and `pods/*` is a plain text
    for text, sub in ((f"{request.resource}/*", "*"), ("*/*", "*"), (request.resource, "")):
        if request.subresource and text in rule.resources and allows(subresource=sub):
            yield 1, "subresource", request.combined_resource, text
    if request.combined_resource in rule.resources and any(allows(group=g) for g in rule.api_groups[:1]):
        yield 2, "group", request.group or '""', ", ".join(group or '""' for group in rule.api_groups)
    for text in rule.resources:
        resource, _, sub = text.partition("/")
        is_same = sub == request.subresource and _is_same_word(resource, request.resource)
        if is_same and allows(resource=resource):
            yield 3, "resource", request.combined_resource, text


def _is_same_word(word: str, other: str) -> bool:
    a, b = (re.sub("(ies|y|s)$", "", word.lower()) for word in (word, other))
    return a == b or is_close(word.lower(), other.lower())


def _aggregations(case: _Case) -> Iterator[NearMiss]:
    """Yield the rules that the subject's aggregated roles should have."""
    selected, nearest = case.snapshot.aggregation.selected, dict[tuple[Miss, str], NearMiss]()
    aggregated = [b for b in case.here if b.role_ref.kind == "ClusterRole" and b.role_ref.name in selected]
    for name, binding in {b.role_ref.name: b for b in reversed(aggregated)}.items():
        tree = _tree(selected, name)
        for miss in chain(_stale(case, tree), _missing(case, tree)):
            nearest.setdefault((miss.miss, miss.path[-1]), replace(miss, binding=binding))
    yield from sorted(nearest.values(), key=lambda miss: (len(miss.path), miss.path))


def _tree(selected: dict[str, tuple[str, ...]], name: str) -> dict[str, str]:
    """Return every role that is aggregated into *name*, with the role that selects it ("" for *name*)."""
    tree, waiting = {name: ""}, [name]
    for role in waiting:  # grows on the way: the nearest roles come first
        new = [other for other in selected.get(role, ()) if other not in tree]
        tree.update(dict.fromkeys(new, role))
        waiting += new
    return tree


def _path(tree: dict[str, str], name: str) -> tuple[str, ...]:
    path = [name]
    while parent := tree[path[0]]:
        path.insert(0, parent)
    return tuple(path)


def _stale(case: _Case, tree: dict[str, str]) -> Iterator[NearMiss]:
    """Yield the roles whose rule is not in the role that selects them. Only its stored rules count."""
    for name, rule in case.granting.items():
        if tree.get(name) and tree[name] not in case.granting:
            role = case.snapshot.cluster_roles["", name]
            yield NearMiss(Miss.STALE_AGGREGATION, None, role, rule, path=_path(tree, name))


def _missing(case: _Case, tree: dict[str, str]) -> Iterator[NearMiss]:
    """Yield the roles that look as if they belong to this tree, but do not have the label."""
    roles = case.snapshot.cluster_roles
    terms = [term for name in tree for term in _terms(roles["", name])]
    if case.snapshot.gap("clusterroles", ""):
        return  # a role that could not be read may select them already
    for name in sorted(case.granting.keys() - tree.keys()):
        role, rule = roles["", name], case.granting[name]
        for selecting, wanted, actual in islice(_lacks(case, next(iter(tree)), terms, role), 1):
            path = (*_path(tree, selecting), name)
            yield NearMiss(Miss.MISSING_LABEL, None, role, rule, None, "label", wanted, actual, path)


def _lacks(case: _Case, bound: str, terms: list[_Term], role: ClusterRole) -> Iterator[tuple[str, str, str]]:
    """Yield a role's name that would select *role* with another label, that label, and the present one."""
    labels = role.metadata.labels
    would = [(name, key, value) for name, s, key, value in terms if selects(s, {**labels, key: value})]
    for name, key, value in would:
        if key in labels and labels[key] not in case.selecting[key]:
            yield name, f"{key}={value}", f"{key}={labels[key]}"
        for near in sorted(labels):
            if key == case.intended(near):
                yield name, f"{key}={value}", f"{near}={labels[near]}"
    parent = case.parents.get(role.name)
    yield from ((name, f"{key}={value}", "") for name, key, value in would if name == parent)
    prefixes = {key.rpartition("/")[0] for _, key, _ in would}
    if _is_family(bound, role.name) and not any(key.rpartition("/")[0] in prefixes for key in labels):
        yield from ((name, f"{key}={value}", "") for name, key, value in would if name == bound)


def _terms(role: ClusterRole) -> Iterator[_Term]:
    """Yield the labels by which *role* selects others: its name, the selector, key and value."""
    # syncClusterRole: if one selector cannot be converted, none of them counts
    for selector in role.selectors if all(map(well_formed, role.selectors)) else ():
        yield from ((role.name, selector, *label) for label in selector.match_labels.items())
        listed = (e for e in selector.match_expressions if e.operator == "In")
        yield from ((role.name, selector, e.key, value) for e in listed for value in e.values[:1])


def _is_family(name: str, other: str) -> bool:
    """Whether two names begin and end alike, as `kubeflow-edit` and `kubeflow-kserve-edit` do."""
    a, b = name.split("-"), other.split("-")
    return a[-1] in ("view", "edit", "admin") and len(a) > 1 and (a[0], a[-1]) == (b[0], b[-1])


def _of_others(case: _Case) -> Iterator[NearMiss]:
    """Yield the grants here to others who may be the subject in another spelling, or a group it may join."""
    bindings = case.snapshot.bindings(tuple(filter(None, case.places)))
    bound = ((b, (_ANYBODY,)) for b in sorted(bindings, key=lambda binding: not binding.namespace))
    grants = case.evaluator.visit(bound, case.request)
    certain = (grant for grant in grants if grant.certain)
    by_binding = groupby(certain, key=lambda grant: (grant.binding.kind, grant.binding.key))
    ranked = (pair for _, group in by_binding for pair in _ranked(case, next(group)))
    nearest: dict[tuple[Miss, Subject | None], NearMiss] = {}
    for _, miss in sorted(ranked, key=lambda pair: pair[0]):
        nearest.setdefault((miss.miss, miss.subject), miss)
    yield from nearest.values()


def _ranked(case: _Case, grant: Grant) -> Iterator[tuple[int, NearMiss]]:
    """Yield the subjects of the grant that resemble the one asked about, each with its rank, 0 is closest."""
    binding, role, rule = grant.binding, grant.role, grant.rule
    for subject in dict.fromkeys(binding.subjects):
        named = principal(subject, binding.namespace)
        bound = subjects.displayed(named) if named else subject
        near = _resemblance(case, bound) if subject.name and named not in case.principals else ()
        for rank, miss, differs, wanted, actual in near:
            yield rank, NearMiss(miss, binding, role, rule, subject, differs, wanted, actual)


def _resemblance(case: _Case, bound: Subject) -> Iterator[tuple[int, Miss, str, str, str]]:
    """Yield the way in which the subject *bound* resembles the one asked about, if there is one."""
    subject, is_group = case.who.subject, bound.kind == GROUP
    groups = [g for g in case.who.seen(case.via).groups if g not in case.who.implied]
    names = groups if is_group else [subject.name] if bound.kind == subject.kind else []
    rank, name = min(((slip(own, bound.name), own) for own in names), default=(NO_SLIP, ""))
    places = (subject.namespace or "", bound.namespace or "")
    if is_group and case.via is Plane.KUBEFLOW and bound.name in case.who.groups:
        yield 0, Miss.GROUP_DOES_NOT_COUNT, "group", bound.name, ""
    elif bound.kind == SERVICE_ACCOUNT == subject.kind and places[0] != places[1]:
        if bound.name == subject.name:
            yield 0, Miss.OTHER_ACCOUNT_NAMESPACE, "namespace", *places
    elif rank < NO_SLIP:
        yield rank, Miss.OTHER_NAME, "name", name, bound.name
    elif bound.kind != subject.kind and _spellings(subject) & _spellings(bound):
        yield 0, Miss.OTHER_KIND, "kind", subject.kind, bound.kind
    elif is_group and case.via is Plane.KUBECTL and _may_join(subject, bound.name):
        yield 0, Miss.GROUP, "group", bound.name, ""


def _spellings(subject: Subject) -> set[str]:
    """Return the names that people may write for *subject*."""
    name, namespace = subject.name, subject.namespace or ""
    prefixes = ("", subjects.SERVICE_ACCOUNT_PREFIX, f"{ALL_SERVICE_ACCOUNTS}:")
    written = {f"{namespace}/{name}", *(f"{prefix}{namespace}:{name}" for prefix in prefixes)}
    return {name, *(written if subject.kind == SERVICE_ACCOUNT else ())}


def _may_join(subject: Subject, group: str) -> bool:
    """Whether the subject may be in *group*, although that is not known."""
    if subject.kind == SERVICE_ACCOUNT or group in _NOT_JOINED:
        return False  # an account is in the three groups of all accounts, and in no other group
    of_accounts = subject.kind == GROUP and subject.name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
    return not group.startswith(ALL_SERVICE_ACCOUNTS) or (of_accounts and group == ALL_SERVICE_ACCOUNTS)


def _elsewhere(case: _Case) -> Iterator[NearMiss]:
    """Yield the subject's grants of the request in other namespaces."""
    wanted = case.places[0]
    miss = Miss.OTHER_NAMESPACE if wanted else Miss.CLUSTER_SCOPED
    for place, index in case.snapshot.bound.items():  # the namespaces are in order
        principals = () if place in case.places else case.principals
        bound = ((binding, (who,)) for who in principals for binding in index.get(who, ()))
        grants = (grant for grant in case.evaluator.visit(bound, case.request) if grant.certain)
        for grant in islice(grants, 1):
            yield NearMiss(miss, grant.binding, grant.role, grant.rule, None, "namespace", wanted, place)
