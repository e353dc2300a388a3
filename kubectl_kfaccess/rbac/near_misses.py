"""
What comes nearest to a "yes": the grants and rules that a denied request fails by one thing alone.

The authorizer compares exact text, so one letter, one label or one namespace makes the difference. Whatever
is said here is certain: of lists that could not be read nothing is claimed.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from itertools import chain, groupby, islice

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac import subjects
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import AnyRole, Binding, ClusterRole, LabelSelector, PolicyRule, Subject
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import ALL_SERVICE_ACCOUNTS, GROUP, SERVICE_ACCOUNT, Principal, principal

MOST = 12
_MOST_OF_A_KIND = 3
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_NOT_JOINED = (subjects.MASTERS, subjects.UNAUTHENTICATED, "system:nodes")
_CASE, _PREFIX, _LETTERS, _NO_SLIP = range(4)
_CLOSE, _CLOSE_LABELS, _CLOSE_LENGTHS = 0.85, 0.8, 2
_ANYBODY = Principal(subjects.USER, "")
_Term = tuple[str, LabelSelector, str, str]


class Miss(enum.Enum):
    """In what way it misses, the closest way first."""

    DANGLING_ROLE = "danglingRole"
    STALE_AGGREGATION = "staleAggregation"
    OTHER_NAME = "otherName"
    GROUP_DOES_NOT_COUNT = "groupDoesNotCount"
    OTHER_KIND = "otherKind"
    OTHER_ACCOUNT_NAMESPACE = "otherAccountNamespace"
    NAMED_ONLY = "namedOnly"
    GROUP = "group"
    MISSING_LABEL = "missingLabel"
    OTHER_RULE = "otherRule"
    CLUSTER_SCOPED = "clusterScoped"
    OTHER_NAMESPACE = "otherNamespace"


class NearMiss(Struct, frozen=True):
    """
    One thing that would have made it a "yes".

    *subject* is as the binding spells it. *role* holds *rule*, at the end of *path* where it is aggregated.
    Of what *differs*, a yes needs *wanted* where there is *found*. *more* of the kind are not told.
    """

    miss: Miss
    binding: Binding | None = None
    role: AnyRole | None = None
    rule: PolicyRule | None = None
    subject: Subject | None = None
    differs: str = ""
    wanted: str = ""
    found: str = ""
    path: tuple[str, ...] = ()
    more: int = 0


def near_misses(evaluator: Evaluator, who: Who, via: Via, request: Request) -> tuple[NearMiss, ...]:
    """Return what comes nearest to allowing *request*, which is denied, closest first: at most MOST."""
    case = _Case(evaluator, evaluator.snapshot, who, via, request)
    found = _nearest(chain(_own(case), _aggregations(case), _of_others(case), _elsewhere(case)))
    return tuple(one if one.subject else replace(one, subject=case.named_by(one.binding)) for one in found)


@dataclass(frozen=True)
class _Case:
    """One question, and what several answers to it are found by."""

    evaluator: Evaluator
    snapshot: Snapshot
    who: Who
    via: Via
    request: Request
    misspelt: dict[str, str] = field(default_factory=dict)

    @cached_property
    def principals(self) -> tuple[Principal, ...]:
        return tuple(one for one in self.who.seen(self.via).principals if one.name)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Where bindings count, the nearest first (see VisitRulesFor)."""
        namespaced = self.request.namespace and self.request.path is None
        return (self.request.namespace, "") if namespaced else ("",)

    @cached_property
    def here(self) -> tuple[Binding, ...]:
        """The bindings that count for the subject, each once."""
        indexes = [self.snapshot.bound.get(place, {}) for place in self.places]
        found = (b for index in indexes for who in self.principals for b in index.get(who, ()))
        return tuple({(b.kind, b.key): b for b in found}.values())

    @cached_property
    def granting(self) -> dict[str, PolicyRule]:
        """The first rule that allows the request, for each ClusterRole that certainly has one."""
        roles = self.snapshot.cluster_roles.values()
        rules = ((role.name, rule) for role in roles for rule in reversed(self.snapshot.rules_of(role)))
        return {name: rule for name, rule in rules if rule_allows(rule, self.request)}

    @cached_property
    def selecting(self) -> dict[str, set[str]]:
        """The keys of labels that some ClusterRole selects by, each with its values."""
        found: dict[str, set[str]] = {}
        for role in self.snapshot.cluster_roles.values():
            for _, _, key, value in _terms(role):
                found.setdefault(key, set()).add(value)
        return found

    def intended(self, label: str) -> str:
        """The key that roles are selected by and of which *label*, which none is, must be a misspelling."""
        if label not in self.misspelt:
            prefix, slash, name = label.rpartition("/")
            parts = [key.rpartition("/") for key in self.selecting if label not in self.selecting]
            near = ((_ratio(name, other), other) for start, _, other in parts if start == prefix)
            ratio, other = max(near, default=(0.0, ""))
            self.misspelt[label] = prefix + slash + other if ratio >= _CLOSE_LABELS else ""
        return self.misspelt[label]

    def named_by(self, binding: Binding | None) -> Subject | None:
        """The subject of *binding* that means whoever is asked about."""
        found = ((one, principal(one, binding.namespace)) for one in binding.subjects) if binding else ()
        return next((one for one, meant in found if meant in self.principals), None)


def _nearest(misses: Iterable[NearMiss]) -> Iterator[NearMiss]:
    """The first few of each kind; the best of every kind comes before the second of any."""
    kinds: dict[Miss, list[NearMiss]] = {kind: [] for kind in Miss}
    for one in misses:
        kinds[one.miss].append(one)
    places = [(n, kind) for n in range(_MOST_OF_A_KIND) for kind, those in kinds.items() if n < len(those)]
    counts = Counter(kind for _, kind in places[:MOST])
    for kind, those in kinds.items():
        if kept := those[: counts[kind]]:
            yield from (*kept[:-1], replace(kept[-1], more=len(those) - len(kept)))


def _own(case: _Case) -> Iterator[NearMiss]:
    """What the subject has here, by rules that are almost the right ones."""
    known: dict[tuple[str, tuple[str, str]], tuple[NearMiss, ...]] = {}
    for binding in case.here:
        role = case.snapshot.role(binding.role_ref, binding.namespace)
        if role:
            key = (role.kind, role.key)
            if key not in known:
                known[key] = (*_named_only(case, role), *_other_rule(case, role))
            yield from (replace(one, binding=binding) for one in known[key])
        elif not case.snapshot.gap_for_role(binding.role_ref, binding.namespace):
            yield NearMiss(Miss.DANGLING_ROLE, binding, differs="name", wanted=binding.role_ref.name)


def _named_only(case: _Case, role: AnyRole) -> Iterator[NearMiss]:
    asked = case.request
    rules = [r for r in case.snapshot.rules_of(role) if r.resource_names and rule_allows_any_name(r, asked)]
    names = ", ".join(dict.fromkeys(name for rule in rules for name in rule.resource_names))
    for rule in rules[:1] if asked.path is None else ():
        yield NearMiss(Miss.NAMED_ONLY, None, role, rule, None, "name", asked.name, names)


def _other_rule(case: _Case, role: AnyRole) -> Iterator[NearMiss]:
    """The one rule of *role* that is nearest."""
    near = [(one, rule) for rule in case.snapshot.rules_of(role) for one in _differences(rule, case.request)]
    nearest = sorted(near, key=lambda pair: (pair[0][0], -len(pair[1].verbs)))
    for (_, differs, wanted, found), rule in nearest[:1]:
        if differs == "verb":
            held = {verb for (_, what, *_), one in near if what == "verb" for verb in one.verbs}
            found = ", ".join([*(v for v in _VERBS if v in held), *sorted(held.difference(_VERBS))])
        yield NearMiss(Miss.OTHER_RULE, None, role, rule, None, differs, wanted, found)


def _differences(rule: PolicyRule, asked: Request) -> Iterator[tuple[int, str, str, str]]:
    """The single thing that would have to be another for *rule* to allow the request, closest first."""

    def allows(**change: str) -> bool:
        return rule_allows(rule, replace(asked, **change))

    if any(allows(verb=verb) for verb in rule.verbs[:1]):
        yield 0, "verb", asked.verb, ""
    # ResourceMatches: a resource does not include its subresources, and a star after the slash is a letter
    for text, sub in ((f"{asked.resource}/*", "*"), ("*/*", "*"), (asked.resource, "")):
        if asked.subresource and text in rule.resources and allows(subresource=sub):
            yield 1, "subresource", asked.combined_resource, text
    if asked.combined_resource in rule.resources and any(allows(group=g) for g in rule.api_groups[:1]):
        yield 2, "group", asked.group or '""', ", ".join(group or '""' for group in rule.api_groups)
    for text in rule.resources:
        resource, _, sub = text.partition("/")
        if sub == asked.subresource and allows(resource=resource) and _is_same_word(resource, asked.resource):
            yield 3, "resource", asked.combined_resource, text


def _is_same_word(one: str, other: str) -> bool:
    a, b = (re.sub("(ies|y|s)$", "", word.lower()) for word in (one, other))
    return a == b or _is_close(one.lower(), other.lower())


def _aggregations(case: _Case) -> Iterator[NearMiss]:
    """What the subject's aggregated roles should have been given."""
    selected, found = case.snapshot.aggregation.selected, dict[tuple[Miss, str], NearMiss]()
    aggregated = [b for b in case.here if b.role_ref.kind == "ClusterRole" and b.role_ref.name in selected]
    for name, binding in {b.role_ref.name: b for b in reversed(aggregated)}.items():
        tree = _tree(selected, name)
        for one in chain(_stale(case, tree), _missing(case, tree)):
            found.setdefault((one.miss, one.path[-1]), replace(one, binding=binding))
    yield from sorted(found.values(), key=lambda one: (len(one.path), one.path))


def _tree(selected: dict[str, tuple[str, ...]], name: str) -> dict[str, str]:
    """Every role that brings its rules into that one, with the role that selects it ("" for the first)."""
    tree, waiting = {name: ""}, [name]
    for one in waiting:  # grows on the way: the nearest roles come first
        new = [other for other in selected.get(one, ()) if other not in tree]
        tree.update(dict.fromkeys(new, one))
        waiting += new
    return tree


def _path(tree: dict[str, str], name: str) -> tuple[str, ...]:
    path = [name]
    while parent := tree[path[0]]:
        path.insert(0, parent)
    return tuple(path)


def _stale(case: _Case, tree: dict[str, str]) -> Iterator[NearMiss]:
    """The roles whose rule did not arrive in the one that selects them: stored rules are what counts."""
    for name, rule in case.granting.items():
        if tree.get(name) and tree[name] not in case.granting:
            role = case.snapshot.cluster_roles["", name]
            yield NearMiss(Miss.STALE_AGGREGATION, None, role, rule, path=_path(tree, name))


def _missing(case: _Case, tree: dict[str, str]) -> Iterator[NearMiss]:
    """The roles that look meant for this tree, and do not have the label."""
    roles = case.snapshot.cluster_roles
    terms = [term for name in tree for term in _terms(roles["", name])]
    if case.snapshot.gap("clusterroles", ""):
        return  # a role that could not be read may select them
    for name in sorted(case.granting.keys() - tree.keys()):
        role, rule = roles["", name], case.granting[name]
        for selecting, wanted, found in islice(_lacks(case, next(iter(tree)), terms, role), 1):
            path = (*_path(tree, selecting), name)
            yield NearMiss(Miss.MISSING_LABEL, None, role, rule, None, "label", wanted, found, path)


def _lacks(case: _Case, bound: str, terms: list[_Term], role: ClusterRole) -> Iterator[tuple[str, str, str]]:
    """Which role would select *role* if it had a label, that label, and what it has in its place."""
    labels = role.metadata.labels
    would = [(name, key, value) for name, s, key, value in terms if selects(s, {**labels, key: value})]
    for name, key, value in would:
        if key in labels and labels[key] not in case.selecting[key]:
            yield name, f"{key}={value}", f"{key}={labels[key]}"
        for near in sorted(labels):
            if key == case.intended(near):
                yield name, f"{key}={value}", f"{near}={labels[near]}"
    prefixes = {key.rpartition("/")[0] for _, key, _ in would}
    if _is_family(bound, role.name) and not any(key.rpartition("/")[0] in prefixes for key in labels):
        yield from ((name, f"{key}={value}", "") for name, key, value in would if name == bound)


def _terms(role: ClusterRole) -> Iterator[_Term]:
    """The labels by which *role* selects others, each with its name and the selector."""
    # syncClusterRole: one selector that cannot be converted, and none of them counts
    for selector in role.selectors if all(map(well_formed, role.selectors)) else ():
        yield from ((role.name, selector, *label) for label in selector.match_labels.items())
        listed = (e for e in selector.match_expressions if e.operator == "In")
        yield from ((role.name, selector, e.key, value) for e in listed for value in e.values[:1])


def _is_family(one: str, other: str) -> bool:
    """Whether names begin and end alike, `kubeflow-edit` and `kubeflow-kserve-edit`."""
    a, b = one.split("-"), other.split("-")
    return a[-1] in ("view", "edit", "admin") and len(a) > 1 and (a[0], a[-1]) == (b[0], b[-1])


def _of_others(case: _Case) -> Iterator[NearMiss]:
    """What somebody else has here who might be the subject, or might be joined by it."""
    bindings = case.snapshot.bindings(tuple(filter(None, case.places)))
    bound = ((b, (_ANYBODY,)) for b in sorted(bindings, key=lambda binding: not binding.namespace))
    grants = case.evaluator.visit(bound, case.request)
    certain = (grant for grant in grants if grant.certain)
    by_binding = groupby(certain, key=lambda grant: (grant.binding.kind, grant.binding.key))
    told = (pair for _, those in by_binding for pair in _told(case, next(those)))
    found: dict[tuple[Miss, Subject | None], NearMiss] = {}
    for _, one in sorted(told, key=lambda pair: pair[0]):
        found.setdefault((one.miss, one.subject), one)
    yield from found.values()


def _told(case: _Case, grant: Grant) -> Iterator[tuple[int, NearMiss]]:
    """How those who have the grant are near to the one asked about, and how far away they are."""
    binding, role, rule = grant.binding, grant.role, grant.rule
    for subject in dict.fromkeys(binding.subjects):
        meant = principal(subject, binding.namespace)
        there = subjects.displayed(meant) if meant else subject
        near = _resemblance(case, there) if subject.name and meant not in case.principals else ()
        for rank, miss, differs, wanted, found in near:
            yield rank, NearMiss(miss, binding, role, rule, subject, differs, wanted, found)


def _resemblance(case: _Case, there: Subject) -> Iterator[tuple[int, Miss, str, str, str]]:
    """At most one way in which *there* is near."""
    asked, is_group = case.who.subject, there.kind == GROUP
    groups = [g for g in case.who.seen(case.via).groups if g not in case.who.implied]
    names = groups if is_group else [asked.name] if there.kind == asked.kind else []
    rank, name = min(((_slip(own, there.name), own) for own in names), default=(_NO_SLIP, ""))
    places = (asked.namespace or "", there.namespace or "")
    if is_group and case.via is Via.KUBEFLOW and there.name in case.who.groups:
        yield 0, Miss.GROUP_DOES_NOT_COUNT, "group", there.name, ""
    elif there.kind == SERVICE_ACCOUNT == asked.kind and places[0] != places[1]:
        if there.name == asked.name:
            yield 0, Miss.OTHER_ACCOUNT_NAMESPACE, "namespace", *places
    elif rank < _NO_SLIP:
        yield rank, Miss.OTHER_NAME, "name", name, there.name
    elif there.kind != asked.kind and _spellings(asked) & _spellings(there):
        yield 0, Miss.OTHER_KIND, "kind", asked.kind, there.kind
    elif is_group and case.via is Via.KUBECTL and _may_join(asked, there.name):
        yield 0, Miss.GROUP, "group", there.name, ""


def _spellings(subject: Subject) -> set[str]:
    """The names by which people might write the subject."""
    name, namespace = subject.name, subject.namespace or ""
    prefixes = ("", subjects.SERVICE_ACCOUNT_PREFIX, f"{ALL_SERVICE_ACCOUNTS}:")
    written = {f"{namespace}/{name}", *(f"{prefix}{namespace}:{name}" for prefix in prefixes)}
    return {name, *(written if subject.kind == SERVICE_ACCOUNT else ())}


def _may_join(asked: Subject, group: str) -> bool:
    """Whether the subject may be in *group* though nobody has said so."""
    if asked.kind == SERVICE_ACCOUNT or group in _NOT_JOINED:
        return False  # an account is in the three groups of all accounts, and in no other
    of_accounts = asked.kind == GROUP and asked.name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
    return not group.startswith(ALL_SERVICE_ACCOUNTS) or (of_accounts and group == ALL_SERVICE_ACCOUNTS)


def _slip(wanted: str, found: str) -> int:
    """What sets two names apart when one may be a slip for the other."""
    a, b = wanted.strip().casefold(), found.strip().casefold()
    if not a or not b or a == b:
        return _CASE if a and b else _NO_SLIP
    # what an identity provider's prefix looks like; a name of Kubernetes' own is no such thing
    if any(one.endswith((f":{o}", f"#{o}")) and one[:7] != "system:" for one, o in ((a, b), (b, a))):
        return _PREFIX
    (local, at, domain), (other, too, elsewhere) = a.rpartition("@"), b.rpartition("@")
    if (at or too) and local != other:
        # a domain in common makes the addresses of two people more alike than their names are
        return _LETTERS if domain == elsewhere and local and _is_close(local, other) else _NO_SLIP
    return _LETTERS if _is_close(a, b) else _NO_SLIP


def _is_close(a: str, b: str) -> bool:
    """Whether two words differ by a letter or two; not by a number, nor by a part that is a mere letter."""
    if abs(len(a) - len(b)) > _CLOSE_LENGTHS or re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return False
    words, others = re.split(r"[\W_]+", a), re.split(r"[\W_]+", b)
    pairs = zip(words, others, strict=False) if len(words) == len(others) else ()
    return _ratio(a, b) >= _CLOSE and not any(x != y and min(len(x), len(y)) < 3 for x, y in pairs)


def _ratio(a: str, b: str) -> float:
    """How alike two texts are, from 0 to 1; those that are not get less than that, and sooner."""
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _CLOSE_LABELS else 0.0


def _elsewhere(case: _Case) -> Iterator[NearMiss]:
    """What the subject has in namespaces, where the request is about another or about none."""
    wanted = case.places[0]
    miss = Miss.OTHER_NAMESPACE if wanted else Miss.CLUSTER_SCOPED
    for place, index in case.snapshot.bound.items():  # the namespaces are in order
        asked = () if place in case.places else case.principals
        bound = ((binding, (who,)) for who in asked for binding in index.get(who, ()))
        grants = (grant for grant in case.evaluator.visit(bound, case.request) if grant.certain)
        for grant in islice(grants, 1):
            yield NearMiss(miss, grant.binding, grant.role, grant.rule, None, "namespace", wanted, place)
