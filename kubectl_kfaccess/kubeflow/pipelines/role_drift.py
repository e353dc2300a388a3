"""How a role differs from what its product shipped, in the release that runs or the closest one."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINES_PRODUCT, Release, Shipped
from kubectl_kfaccess.kubeflow.versions import Version, Versions, version
from kubectl_kfaccess.rbac.escalation import breakdown_rule, rule_covers
from kubectl_kfaccess.rbac.model import PolicyRule

Rules = tuple[PolicyRule, ...]


class Baseline(Struct, frozen=True):
    """
    A role on the cluster, compared with the releases of its *product*.

    *versions* are the ranges of the releases that grant exactly the same. If there are none, it is one range:
    the release that runs, or else the closest one, and *missing* and *added* are the differences from it. If
    the rules are those of a release other than the one that runs, *expected* is the range of the one that
    runs.
    """

    product: str
    kind: str
    namespace: str
    name: str
    versions: tuple[str, ...]
    missing: Rules = ()
    added: Rules = ()
    expected: str = ""

    @property
    def exact(self) -> bool:
        """Whether the rules do not differ from the release that they are compared with."""
        return not self.missing and not self.added


def baseline(
    shipped: Shipped,
    namespace: str,
    rules: Rules,
    known: Version | None = None,
    fits: Versions | None = None,
) -> Baseline:
    """
    Return how *rules*, those of the role in *namespace*, differ from the *shipped* role.

    *known* is the release that runs, if it is known. *fits* are the releases that the product's other roles
    come from, if any.
    """
    same = [release for release in shipped.releases if not differing_rules(rules, release.rules)]
    expected = _release_of(shipped, known) if known else None
    versions = tuple(str(release.versions) for release in same)
    role = shipped.product, shipped.kind, namespace, shipped.name
    if same and (expected is None or expected in same):
        return Baseline(*role, versions)
    nearest = expected or _nearest(shipped, rules, fits)
    missing, added = missing_rules(rules, nearest.rules), missing_rules(nearest.rules, rules)
    if same:
        return Baseline(*role, versions, missing, added, str(nearest.versions))
    return Baseline(*role, (str(nearest.versions),), missing, added)


def fitting_releases(
    baselines: Iterable[tuple[Shipped, Baseline]], product: str = PIPELINES_PRODUCT
) -> Versions | None:
    """Return the range of releases that shipped every unchanged role of *product*, None if there is none."""
    exact = [
        [release.versions for release in shipped.releases if str(release.versions) in comparison.versions]
        for shipped, comparison in baselines
        if comparison.product == product and comparison.exact
    ]
    ends = {end for ranges in exact for versions in ranges for end in (versions.first, versions.last) if end}
    releases = sorted(release for end in ends if (release := version(end)))
    fits = [
        release
        for release in releases
        if all(any(versions.has(release) for versions in ranges) for ranges in exact)
    ]
    is_newest = all(any(not versions.last for versions in ranges) for ranges in exact)
    return Versions(str(fits[0]), "" if is_newest else str(fits[-1])) if fits else None


def _nearest(shipped: Shipped, rules: Rules, fits: Versions | None) -> Release:
    """Return the release that differs in the fewest rules, then one that fits, then by the fewest parts."""

    def distance(release: Release) -> tuple[int, bool, int]:
        differing = differing_rules(rules, release.rules)
        whole = frozenset((*rules, *release.rules))
        parts = sum(1 if rule in whole else len(tuple(breakdown_rule(rule))) for rule in differing)
        return len(differing), fits is not None and not _overlap(release.versions, fits), parts

    return min(reversed(shipped.releases), key=distance)  # if two are equally close, the newer is likelier


def _overlap(a: Versions, b: Versions) -> bool:
    return any(
        (first := version(versions.first)) is not None and other.has(first)
        for versions, other in ((a, b), (b, a))
    )


def differing_rules(some: Rules, others: Rules) -> Rules:
    """Return the rules, or parts of rules, that only one of the two grants."""
    return (*missing_rules(some, others), *missing_rules(others, some))


def missing_rules(held: Iterable[PolicyRule], wanted: Iterable[PolicyRule]) -> Rules:
    """Return the parts of *wanted* that no rule of *held* covers; a rule is whole if no part is covered."""
    owners = tuple(held)
    return tuple(part for rule in wanted for part in _lacking(owners, rule))


def _lacking(owners: Rules, rule: PolicyRule) -> Rules:
    parts = tuple(breakdown_rule(rule))
    missing = [part for part in parts if not any(rule_covers(owner, part) for owner in owners)]
    return (rule,) if len(missing) == len(parts) else _joined(missing)


def _joined(parts: Iterable[PolicyRule]) -> Rules:
    """Return *parts* of one rule as few rules: one for all resources with the same verbs."""
    verbs_by_rest: dict[PolicyRule, list[str]] = {}
    for part in parts:
        verbs_by_rest.setdefault(replace(part, verbs=()), []).append(part.verbs[0])
    resources_by_rest: dict[tuple[PolicyRule, tuple[str, ...]], list[str]] = {}
    for rule, verbs in verbs_by_rest.items():
        key = (replace(rule, resources=()), tuple(verbs))
        resources_by_rest.setdefault(key, []).extend(rule.resources)
    return tuple(
        replace(rule, verbs=verbs, resources=tuple(resources))
        for (rule, verbs), resources in resources_by_rest.items()
    )


def _release_of(shipped: Shipped, known: Version) -> Release:
    """Return the range of releases that *known* belongs to: the last one that starts at or before it."""
    started = [
        release
        for release in shipped.releases
        if (first := version(release.versions.first)) and first <= known
    ]
    return started[-1] if started else shipped.releases[0]
