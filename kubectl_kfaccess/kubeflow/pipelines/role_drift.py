"""How a role differs from what its product shipped: which releases have its rules, and the nearest one's."""

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
    A role held against its releases.

    *versions* are the ranges of those that grant exactly the same, else the one that *missing* and *added*
    are told of: the known version's, or the nearest. *expected* is the range of the version that is known
    to run, when the rules are those of another.
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
        """Whether some release has these rules."""
        return not self.missing and not self.added


def baseline(
    shipped: Shipped,
    namespace: str,
    rules: Rules,
    known: Version | None = None,
    fits: Versions | None = None,
) -> Baseline:
    """
    Return how *rules*, those of the shipped role in *namespace*, differ.

    *known* is the release that runs, *fits* are those that the product's other roles are of, if any.
    """
    same = [release for release in shipped.releases if not lacking_both(rules, release.rules)]
    expected = _release_of(shipped, known) if known else None
    versions = tuple(str(release.versions) for release in same)
    whose = shipped.product, shipped.kind, namespace, shipped.name
    if same and (expected is None or expected in same):
        return Baseline(*whose, versions)
    nearest = expected or _nearest(shipped, rules, fits)
    missing, added = lacking(rules, nearest.rules), lacking(nearest.rules, rules)
    if same:
        return Baseline(*whose, versions, missing, added, str(nearest.versions))
    return Baseline(*whose, (str(nearest.versions),), missing, added)


def fitting(baselines: Iterable[tuple[Shipped, Baseline]]) -> Versions | None:
    """Return the releases of which all those roles of pipelines are that are as shipped, if there are any."""
    exact = [
        [release.versions for release in shipped.releases if str(release.versions) in found.versions]
        for shipped, found in baselines
        if found.product == PIPELINES_PRODUCT and found.exact
    ]
    ends = {text for ranges in exact for one in ranges for text in (one.first, one.last) if text}
    probes = sorted(found for text in ends if (found := version(text)))
    fits = [one for one in probes if all(any(r.has(one) for r in ranges) for ranges in exact)]
    newest = all(any(not r.last for r in ranges) for ranges in exact)
    return Versions(str(fits[0]), "" if newest else str(fits[-1])) if fits else None


def _nearest(shipped: Shipped, rules: Rules, fits: Versions | None) -> Release:
    """The release that differs in the fewest rules; of several one that fits, then in the fewest parts."""

    def distance(release: Release) -> tuple[int, bool, int]:
        differing = lacking_both(rules, release.rules)
        whole = frozenset((*rules, *release.rules))
        parts = sum(1 if rule in whole else len(tuple(breakdown_rule(rule))) for rule in differing)
        return len(differing), fits is not None and not _overlap(release.versions, fits), parts

    return min(reversed(shipped.releases), key=distance)  # of two that are equally near the newer is likelier


def _overlap(one: Versions, other: Versions) -> bool:
    return any(
        (first := version(a.first)) is not None and b.has(first) for a, b in ((one, other), (other, one))
    )


def lacking_both(some: Rules, others: Rules) -> Rules:
    """Return everything that only one of the two has."""
    return (*lacking(some, others), *lacking(others, some))


def lacking(held: Iterable[PolicyRule], wanted: Iterable[PolicyRule]) -> Rules:
    """Return what of *wanted* no rule of *held* covers: whole rules where nothing of them is covered."""
    owners = tuple(held)
    return tuple(part for rule in wanted for part in _lacking(owners, rule))


def _lacking(owners: Rules, rule: PolicyRule) -> Rules:
    parts = tuple(breakdown_rule(rule))
    missing = [one for one in parts if not any(rule_covers(owner, one) for owner in owners)]
    return (rule,) if len(missing) == len(parts) else _joined(missing)


def _joined(parts: Iterable[PolicyRule]) -> Rules:
    """*parts* of one rule, put together again: a rule for all resources that lack the same verbs."""
    verbs: dict[PolicyRule, list[str]] = {}
    for one in parts:
        verbs.setdefault(replace(one, verbs=()), []).append(one.verbs[0])
    alike: dict[tuple[PolicyRule, tuple[str, ...]], list[str]] = {}
    for what, words in verbs.items():
        alike.setdefault((replace(what, resources=()), tuple(words)), []).extend(what.resources)
    return tuple(
        replace(what, verbs=words, resources=tuple(resources)) for (what, words), resources in alike.items()
    )


def _release_of(shipped: Shipped, known: Version) -> Release:
    """The release that *known* is of: the last one that begins before it."""
    begun = [one for one in shipped.releases if (first := version(one.versions.first)) and first <= known]
    return begun[-1] if begun else shipped.releases[0]
