"""Roles held against what was shipped: the release, or what differs from the nearest one."""

from __future__ import annotations

import random

import pytest

from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline, baseline, fitting
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

# What may be done with pipeline-runner's role, by the release's own manifests
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


def held(shipped: Shipped, release: int) -> tuple[PolicyRule, ...]:
    """The rules of one release, in the order of its range."""
    return shipped.releases[release].rules


@pytest.mark.parametrize("fact", FACTS, ids=[" ".join(map(str, fact)) for fact in FACTS])
def test_the_runners_role_allowed_what_its_release_says(fact: tuple[str, str, str, str, bool]) -> None:
    """One line for each change that the role went through."""
    text, verb, group, resource, expected = fact
    known = version(text)
    (found,) = [one for one in PIPELINE_RUNNER.releases if known and one.versions.has(known)]

    request = Request(verb, group, resource, "", "", "kubeflow", None)
    assert expected == any(rule_allows(one, request) for one in found.rules)


@pytest.mark.parametrize("shipped", ALL, ids=lambda one: one.name)
def test_ranges_follow_one_another(shipped: Shipped) -> None:
    """None overlaps the next, only the last is open, and neighbours differ."""
    ends = [(version(one.versions.first), version(one.versions.last)) for one in shipped.releases]
    closed = [(first, last) for first, last in ends[:-1] if first and last]

    assert len(closed) == len(ends) - 1
    assert ends[-1][1] is None
    flat = [one for pair in closed for one in pair]
    assert sorted(flat) == flat
    assert all(a.rules != b.rules for a, b in zip(shipped.releases, shipped.releases[1:], strict=False))


@pytest.mark.parametrize("shipped", ALL, ids=lambda one: one.name)
def test_a_role_as_shipped_is_known_for_its_release(shipped: Shipped) -> None:
    """Whatever the order of rules, verbs and resources; every range with the same rules is named."""
    seed = 20261121
    print(f"seed {seed}")
    shuffle = random.Random(seed)
    for release in shipped.releases:
        rules = [_shuffled(one, shuffle) for one in release.rules]
        shuffle.shuffle(rules)

        found = baseline(shipped, "kubeflow", tuple(rules))

        same = [str(one.versions) for one in shipped.releases if set(one.rules) == set(release.rules)]
        assert (same, (), ()) == (list(found.versions), found.missing, found.added)


def _shuffled(one: PolicyRule, shuffle: random.Random) -> PolicyRule:
    def mixed(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(shuffle.sample(words, len(words)))

    return PolicyRule(mixed(one.verbs), mixed(one.api_groups), mixed(one.resources))


def test_two_ranges_with_the_same_rules_are_both_named() -> None:
    """Release 2.5.0 took back what 2.2.0 had added."""
    found = baseline(PIPELINE_RUNNER, "kubeflow", RUNNER["2.5.0"])

    assert ("1.0.0 - 2.1.0", "2.5.0") == found.versions


@pytest.mark.parametrize("position", range(len(RUNNER[">= 2.17.0"])))
def test_a_rule_that_is_taken_away_is_exactly_what_is_missing(position: int) -> None:
    """Of the newest role each rule in turn: its release is the nearest, unless the rest is an older one's."""
    whole = RUNNER[">= 2.17.0"]
    rest = (*whole[:position], *whole[position + 1 :])

    found = baseline(PIPELINE_RUNNER, "kubeflow", rest)

    if set(rest) == set(RUNNER["2.14.0 - 2.16.1"]):  # the rule that 2.17.0 brought
        assert (("2.14.0 - 2.16.1",), ()) == (found.versions, found.missing)
    else:
        assert ((">= 2.17.0",), (whole[position],), ()) == (found.versions, found.missing, found.added)


def test_a_part_of_a_rule_that_is_missing_is_told_as_a_part() -> None:
    """Not the whole rule, and resources that lack the same verbs together."""
    whole = RUNNER["2.14.0 - 2.16.1"]
    edited = tuple(
        rule("get,list", "workflows.argoproj.io") if "workflows" in one.resources else one for one in whole
    )

    found = baseline(PIPELINE_RUNNER, "kubeflow", edited)

    assert (rule("watch,update,patch", "workflows.argoproj.io"),) == found.missing


def test_what_was_added_is_told_and_a_covered_rule_is_nothing_new() -> None:
    """Everything of kubeflow.org is allowed already, so a rule about one resource of it adds nothing."""
    whole = RUNNER["2.5.0"]

    nothing = baseline(PIPELINE_RUNNER, "kubeflow", (*whole, rule("get", "notebooks.kubeflow.org")))
    kserve = rule("create", "inferenceservices.serving.kserve.io")
    something = baseline(PIPELINE_RUNNER, "kubeflow", (*whole, kserve))

    assert (True, ()) == (nothing.exact, nothing.added)
    assert (("2.5.0",), (kserve,)) == (something.versions, something.added)


def test_the_release_that_runs_is_what_a_role_is_held_against() -> None:
    """A role of an older release lacks something then, and whose it is is said."""
    known = version("2.17.0")

    found = baseline(PIPELINE_RUNNER, "kubeflow", RUNNER["2.14.0 - 2.16.1"], known)

    assert (("2.14.0 - 2.16.1",), ">= 2.17.0") == (found.versions, found.expected)
    assert (rule("get,list,create,update", "experiments.mlflow.kubeflow.org"),) == found.missing


@pytest.mark.parametrize(
    ("known", "expected"),
    [("2.14.2", "2.14.0 - 2.16.1"), ("2.6.0", "2.5.0"), ("0.5.0", "1.0.0 - 2.1.0")],
    ids=["within a range", "between two", "before all"],
)
def test_a_release_that_is_not_listed_is_of_the_range_before_it(known: str, expected: str) -> None:
    """Rules stay until a release changes them."""
    found = baseline(PIPELINE_RUNNER, "kubeflow", (), version(known))

    assert (expected,) == found.versions


def test_a_role_without_rules_lacks_everything() -> None:
    """Of the release that has least, for it is the nearest."""
    found = baseline(PIPELINE_RUNNER, "kubeflow", ())

    assert (("2.5.0",), RUNNER["2.5.0"], ()) == (found.versions, found.missing, found.added)


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
    ids=["1.10", "1.9.1", "1.8.1", "1.11", "newest", "of two worlds"],
)
def test_several_roles_together_tell_the_release(runner: int, edit: int, view: int, expected: str) -> None:
    """Each has ranges of its own; what all of them have is the release, if there is one."""
    chosen = [(PIPELINE_RUNNER, runner), (PIPELINES_EDIT, edit), (PIPELINES_VIEW, view)]
    found: list[tuple[Shipped, Baseline]] = [
        (shipped, baseline(shipped, "", held(shipped, release))) for shipped, release in chosen
    ]

    fits = fitting(found)

    assert expected == (str(fits) if fits else "")


def test_what_other_roles_are_of_decides_between_releases_that_are_equally_near() -> None:
    """Without its rule on Argo the edit role is one rule away from two ranges of releases."""
    rules = tuple(one for one in held(PIPELINES_EDIT, 5) if "argoproj.io" not in one.api_groups)

    alone = baseline(PIPELINES_EDIT, "", rules)
    beside = baseline(PIPELINES_EDIT, "", rules, fits=Versions("2.0.0", "2.1.0"))

    assert (("2.3.0 - 2.14.4",), ("2.0.0-alpha.4 - 2.2.0",)) == (alone.versions, beside.versions)
    assert [one for one in held(PIPELINES_EDIT, 4) if "argoproj.io" in one.api_groups] == list(beside.missing)
