"""Roles compared with what releases shipped: an exact match, or the differences from the closest release."""

from __future__ import annotations

import random

import pytest

from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline, baseline, fitting_releases
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import (
    KSERVE_EDIT,
    KSERVE_VIEW,
    PIPELINE_RUNNER,
    PIPELINES_EDIT,
    PIPELINES_VIEW,
    Shipped,
)
from kubectl_kfaccess.kubeflow.versions import Versions, version
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from tests.builders import rule

ALL = [PIPELINE_RUNNER, PIPELINES_EDIT, PIPELINES_VIEW, KSERVE_EDIT, KSERVE_VIEW]
RUNNER = {str(release.versions): release.rules for release in PIPELINE_RUNNER.releases}

# What the role pipeline-runner allows, according to each release's own manifests
FACTS = [
    ("2.0.5", "create", "argoproj.io", "workflowtaskresults", False),
    ("2.5.0", "create", "argoproj.io", "workflowtaskresults", False),
    ("2.14.0", "patch", "argoproj.io", "workflowtaskresults", True),
    ("2.3.0", "create", "tekton.dev", "taskruns", True),
    ("2.5.0", "create", "tekton.dev", "taskruns", False),
    ("2.16.1", "create", "mlflow.kubeflow.org", "experiments", False),
    ("2.17.0", "create", "mlflow.kubeflow.org", "experiments", True),
    ("2.17.0", "create", "serving.kserve.io", "inferenceservices", False),
    ("1.0.0", "create", "kubeflow.org", "experiments", True),
]


def rules_of(shipped: Shipped, release: int) -> tuple[PolicyRule, ...]:
    """Return the rules of the release at position *release*."""
    return shipped.releases[release].rules


@pytest.mark.parametrize("fact", FACTS, ids=[" ".join(map(str, fact)) for fact in FACTS])
def test_the_runners_role_matches_its_release(fact: tuple[str, str, str, str, bool]) -> None:
    """There is one row for each change of the role."""
    text, verb, group, resource, expected = fact
    known = version(text)
    (release,) = [
        candidate for candidate in PIPELINE_RUNNER.releases if known and candidate.versions.has(known)
    ]

    request = Request(verb, group, resource, "", "", "kubeflow", None)
    assert expected == any(rule_allows(candidate, request) for candidate in release.rules)


@pytest.mark.parametrize("shipped", ALL, ids=lambda release: release.name)
def test_ranges_are_in_order(shipped: Shipped) -> None:
    """Ranges do not overlap, only the last one is open, and neighbours have different rules."""
    ends = [(version(release.versions.first), version(release.versions.last)) for release in shipped.releases]
    closed = [(first, last) for first, last in ends[:-1] if first and last]

    assert len(closed) == len(ends) - 1
    assert ends[-1][1] is None
    flat = [release for pair in closed for release in pair]
    assert sorted(flat) == flat
    assert all(a.rules != b.rules for a, b in zip(shipped.releases, shipped.releases[1:], strict=False))


@pytest.mark.parametrize("shipped", ALL, ids=lambda candidate: candidate.name)
def test_a_shipped_role_is_recognized(shipped: Shipped) -> None:
    """The order of rules, verbs and resources does not matter. Every range with the same rules is named."""
    seed = 20261121
    print(f"seed {seed}")
    shuffle = random.Random(seed)
    for release in shipped.releases:
        rules = [_shuffled(candidate, shuffle) for candidate in release.rules]
        shuffle.shuffle(rules)

        comparison = baseline(shipped, "kubeflow", tuple(rules))

        same = [
            str(candidate.versions)
            for candidate in shipped.releases
            if set(candidate.rules) == set(release.rules)
        ]
        assert (same, (), ()) == (list(comparison.versions), comparison.missing, comparison.added)


def _shuffled(rule: PolicyRule, shuffle: random.Random) -> PolicyRule:
    def mixed(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(shuffle.sample(words, len(words)))

    return PolicyRule(mixed(rule.verbs), mixed(rule.api_groups), mixed(rule.resources))


def test_two_ranges_with_the_same_rules_are_both_named() -> None:
    """Release 2.5.0 removed what 2.2.0 had added."""
    comparison = baseline(PIPELINE_RUNNER, "kubeflow", RUNNER["2.5.0"])

    assert ("1.0.0 - 2.1.0", "2.5.0") == comparison.versions


@pytest.mark.parametrize("position", range(len(RUNNER[">= 2.17.0"])))
def test_a_removed_rule_is_what_is_missing(position: int) -> None:
    """The newest release is the closest, unless the remaining rules are exactly those of an older one."""
    whole = RUNNER[">= 2.17.0"]
    rest = (*whole[:position], *whole[position + 1 :])

    comparison = baseline(PIPELINE_RUNNER, "kubeflow", rest)

    if set(rest) == set(RUNNER["2.14.0 - 2.16.1"]):  # the rule that 2.17.0 added
        assert (("2.14.0 - 2.16.1",), ()) == (comparison.versions, comparison.missing)
    else:
        assert ((">= 2.17.0",), (whole[position],), ()) == (
            comparison.versions,
            comparison.missing,
            comparison.added,
        )


def test_a_partly_missing_rule_is_reported_in_part() -> None:
    """The missing part has all resources that lack the same verbs."""
    whole = RUNNER["2.14.0 - 2.16.1"]
    edited = tuple(
        rule("get,list", "workflows.argoproj.io") if "workflows" in shipped_rule.resources else shipped_rule
        for shipped_rule in whole
    )

    comparison = baseline(PIPELINE_RUNNER, "kubeflow", edited)

    assert (rule("watch,update,patch", "workflows.argoproj.io"),) == comparison.missing


def test_added_rules_are_reported_unless_they_are_covered() -> None:
    """The role allows everything in kubeflow.org, so a rule about one of its resources adds nothing."""
    whole = RUNNER["2.5.0"]

    nothing = baseline(PIPELINE_RUNNER, "kubeflow", (*whole, rule("get", "notebooks.kubeflow.org")))
    kserve = rule("create", "inferenceservices.serving.kserve.io")
    something = baseline(PIPELINE_RUNNER, "kubeflow", (*whole, kserve))

    assert (True, ()) == (nothing.exact, nothing.added)
    assert (("2.5.0",), (kserve,)) == (something.versions, something.added)


def test_a_role_is_compared_with_the_installed_release() -> None:
    """A role of an older release then lacks rules, and both releases are named."""
    known = version("2.17.0")

    comparison = baseline(PIPELINE_RUNNER, "kubeflow", RUNNER["2.14.0 - 2.16.1"], known)

    assert (("2.14.0 - 2.16.1",), ">= 2.17.0") == (comparison.versions, comparison.expected)
    assert (rule("get,list,create,update", "experiments.mlflow.kubeflow.org"),) == comparison.missing


@pytest.mark.parametrize(
    ("known", "expected"),
    [("2.14.2", "2.14.0 - 2.16.1"), ("2.6.0", "2.5.0"), ("0.5.0", "1.0.0 - 2.1.0")],
    ids=["within a range", "between two ranges", "before all ranges"],
)
def test_an_unlisted_release_belongs_to_the_range_before_it(known: str, expected: str) -> None:
    """Rules stay the same until a release changes them."""
    comparison = baseline(PIPELINE_RUNNER, "kubeflow", (), version(known))

    assert (expected,) == comparison.versions


def test_a_role_without_rules_lacks_everything() -> None:
    """The release with the fewest rules is the closest."""
    comparison = baseline(PIPELINE_RUNNER, "kubeflow", ())

    assert (("2.5.0",), RUNNER["2.5.0"], ()) == (comparison.versions, comparison.missing, comparison.added)


@pytest.mark.parametrize(
    ("runner", "edit", "view", "expected"),
    [
        (2, 5, 1, "2.5.0"),  # platform 1.10
        (1, 5, 1, "2.3.0 - 2.4.1"),  # platform 1.9.1
        (0, 4, 1, "2.0.0-alpha.4 - 2.1.0"),  # platforms 1.7 and 1.8.1
        (3, 6, 2, "2.15.0 - 2.16.1"),  # platforms 1.11 and 26.03
        (4, 6, 2, ">= 2.17.0"),
        (4, 0, 0, ""),
    ],
    ids=["1.10", "1.9.1", "1.8.1", "1.11", "newest", "mixed releases"],
)
def test_several_roles_narrow_down_the_release(runner: int, edit: int, view: int, expected: str) -> None:
    """The result is the range that the ranges of all roles share, if there is one."""
    chosen = [(PIPELINE_RUNNER, runner), (PIPELINES_EDIT, edit), (PIPELINES_VIEW, view)]
    comparisons: list[tuple[Shipped, Baseline]] = [
        (shipped, baseline(shipped, "", rules_of(shipped, release))) for shipped, release in chosen
    ]

    fits = fitting_releases(comparisons)

    assert expected == (str(fits) if fits else "")


def test_other_roles_decide_between_equally_close_releases() -> None:
    """Without its rule about Argo, the edit role is one rule away from two ranges."""
    rules = tuple(
        shipped_rule
        for shipped_rule in rules_of(PIPELINES_EDIT, 5)
        if "argoproj.io" not in shipped_rule.api_groups
    )

    alone = baseline(PIPELINES_EDIT, "", rules)
    with_others = baseline(PIPELINES_EDIT, "", rules, fits=Versions("2.0.0", "2.1.0"))

    assert (("2.3.0 - 2.14.4",), ("2.0.0-alpha.4 - 2.2.0",)) == (alone.versions, with_others.versions)
    assert [
        shipped_rule
        for shipped_rule in rules_of(PIPELINES_EDIT, 4)
        if "argoproj.io" in shipped_rule.api_groups
    ] == list(with_others.missing)
