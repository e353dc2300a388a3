"""
Aggregation labels that have no effect: misspelled ones, and ones that no aggregated role selects.

An aggregated role selects other roles only by their labels, and nothing checks those. Neither the API server
nor a component's installer notices that no selector matches a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from msgspec import Struct

from kubectl_kfaccess.kubeflow.aggregation.roles import is_kubernetes_own
from kubectl_kfaccess.rbac.aggregation_tree import is_invalid, members
from kubectl_kfaccess.rbac.labels import selects
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot

_AGGREGATE = "aggregate-to-"
_OFF = frozenset(("false", "no", "off", "0", "disabled"))
# cert-manager and others label their roles for OpenShift's `cluster-reader` on every cluster
_OPENSHIFTS = "rbac.authorization.k8s.io/aggregate-to-cluster-reader"
_OPENSHIFT = ".openshift.io"
_GENERIC = frozenset(("aggregate-to-admin", "aggregate-to-edit", "aggregate-to-view"))
_LONG = 10  # characters: in a shorter key, one letter makes a different word


class Term(Struct, frozen=True):
    """One label that the selector of an aggregated role asks for; a *value* of None means any value."""

    role: str
    selector: LabelSelector
    key: str
    value: str | None

    def fits(self, key: str, value: str) -> bool:
        """Whether the label `key: value` satisfies this term."""
        return self.key == key and self.value in (None, value)


class Slip(Struct, frozen=True):
    """
    A label of *role* that no aggregated role selects.

    *wanted* is the selected label that it almost is, None if it resembles none. *missed_by* are the names of
    the aggregated roles that would select *role* if it had the label *wanted*.
    """

    role: ClusterRole
    key: str
    value: str
    wanted: Term | None = None
    missed_by: tuple[str, ...] = ()


class Labels:
    """The labels of a snapshot's ClusterRoles, compared with what aggregated roles select."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._is_openshift = any(resource.group.endswith(_OPENSHIFT) for resource in types)
        self._near: dict[tuple[str, str], list[Term]] = {}
        self._reached: dict[str, frozenset[str]] = {}

    def slips(self) -> Iterator[Slip]:
        """Yield the aggregation labels that no role selects, and any label that is a near miss."""
        for _, role in sorted(self._snapshot.cluster_roles.items()):
            if is_kubernetes_own(self._snapshot, role.name):
                continue
            for key, value in sorted(role.metadata.labels.items()):
                if not self._is_selected(key, value):
                    yield from self._slip(role, key, value)

    def _is_selected(self, key: str, value: str) -> bool:
        return any(term.fits(key, value) for term in self._by_key.get(key, ()))

    def _slip(self, role: ClusterRole, key: str, value: str) -> Iterator[Slip]:
        if is_aggregation_key(key) and value.strip().lower() in _OFF:
            return
        missed = self._missed(role, key, value)
        if missed:
            yield Slip(role, key, value, missed[0], _roles_selecting(missed[0], missed))
        elif is_aggregation_key(key) and (self._is_openshift or key != _OPENSHIFTS):
            yield Slip(role, key, value)

    def _missed(self, role: ClusterRole, key: str, value: str) -> list[Term]:
        """Return the terms that the label almost satisfies and whose roles so miss *role*, closest first."""
        if (key, value) not in self._near:  # many roles have the same labels
            distances = ((_distance(key, value, term, self._prefixes), term) for term in self._terms)
            near = [(distance, term) for distance, term in distances if distance is not None]
            near.sort(key=lambda pair: (pair[0], pair[1].key, pair[1].role))
            self._near[key, value] = [term for _, term in near]
        return [term for term in self._near[key, value] if self._would_select(term, role, key)]

    def _would_select(self, term: Term, role: ClusterRole, key: str) -> bool:
        """Whether the corrected label would add *role* to an aggregated role that does not include it yet."""
        if role.name == term.role or role.name in self._members(term.role):
            return False
        labels = {name: value for name, value in role.metadata.labels.items() if name != key}
        return selects(term.selector, {**labels, term.key: term.value or ""})

    def _members(self, name: str) -> frozenset[str]:
        if name not in self._reached:
            self._reached[name] = members(self._snapshot.aggregation, (name,))
        return self._reached[name]

    @cached_property
    def _terms(self) -> tuple[Term, ...]:
        roles = (role for _, role in sorted(self._snapshot.cluster_roles.items()) if not is_invalid(role))
        return tuple(term for role in roles for selector in role.selectors for term in _terms(role, selector))

    @cached_property
    def _by_key(self) -> dict[str, list[Term]]:
        by_key: dict[str, list[Term]] = {}
        for term in self._terms:
            by_key.setdefault(term.key, []).append(term)
        return by_key

    @cached_property
    def _prefixes(self) -> frozenset[str]:
        return frozenset(term.key.rpartition("/")[0] for term in self._terms)


def is_aggregation_key(key: str) -> bool:
    """Whether a label's key marks a role for aggregation by convention (`PREFIX/aggregate-to-NAME`)."""
    return key.rpartition("/")[2].startswith(_AGGREGATE)


def _roles_selecting(wanted: Term, terms: Iterable[Term]) -> tuple[str, ...]:
    """Return the names of the roles whose *terms* ask for the same label as *wanted*."""
    label = (wanted.key, wanted.value)
    return tuple(dict.fromkeys(term.role for term in terms if (term.key, term.value) == label))


def _terms(role: ClusterRole, selector: LabelSelector) -> Iterable[Term]:
    yield from (Term(role.name, selector, key, value) for key, value in selector.match_labels.items())
    for expression in selector.match_expressions:
        values: tuple[str | None, ...] = expression.values if expression.operator == "In" else (None,)
        if expression.operator in ("In", "Exists"):
            yield from (Term(role.name, selector, expression.key, value) for value in values)


def _distance(key: str, value: str, term: Term, prefixes: frozenset[str]) -> int | None:
    """Return how far a label is from a term (0 is closest), None if they are unrelated."""
    same_value = term.value is None or value.strip().lower() == term.value.lower()
    if key == term.key:
        return 0 if same_value or is_aggregation_key(key) else None
    if not same_value and not (is_aggregation_key(key) and is_aggregation_key(term.key)):
        return None
    if is_slip(key, term.key):
        return 1
    return 2 if _is_other_prefix(key, term.key, prefixes) else None


@lru_cache(maxsize=65536)
def is_slip(key: str, wanted: str) -> bool:
    """Whether *key* is *wanted* in other letter case, or with one letter added, missing, wrong or swapped."""
    a, b = key.lower(), wanted.lower()
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1 or len(b) < _LONG:
        return False
    start = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
    single_edit = rest_b[1:] in (rest_a, rest_a[1:]) or rest_a[1:] == rest_b
    return (swapped or single_edit) and not _is_numbering(a, b)


def _is_numbering(a: str, b: str) -> bool:
    """Whether two keys differ like `team-a` and `team-b`, or `v1` and `v12`: they name different things."""
    words, others = re.split(r"[-._/]", a), re.split(r"[-._/]", b)
    if len(words) != len(others):
        return False
    differing = [(x, y) for x, y in zip(words, others, strict=True) if x != y]
    return all(y != "to" and (_is_short(x, y) or _unnumbered(x) == _unnumbered(y)) for x, y in differing)


def _is_short(a: str, b: str) -> bool:
    return max(len(a), len(b)) <= 2


def _unnumbered(word: str) -> str:
    return word.rstrip("0123456789")


def _is_other_prefix(key: str, wanted: str, prefixes: frozenset[str]) -> bool:
    """Whether the key names the same aggregated role under a prefix that is not the selector's."""
    prefix, _, name = key.rpartition("/")
    wanted_prefix, _, wanted_name = wanted.rpartition("/")
    if not (is_aggregation_key(key) and is_aggregation_key(wanted)):
        return False
    if prefix == wanted_prefix:  # `aggregate-to-edit` under Kubeflow's prefix
        return f"{_AGGREGATE}kubeflow-{name.removeprefix(_AGGREGATE)}" == wanted_name
    # Other products may have their own `aggregate-to-view`; a more specific name leaves no doubt
    return name == wanted_name and (name not in _GENERIC or not prefix or prefix in prefixes)
