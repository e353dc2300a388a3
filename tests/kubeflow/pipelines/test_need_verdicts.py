"""Needs, verb by verb, and what they come to in the release that runs."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.commands.check.need_rows import rests_on_text
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedJudge, NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.needs import (
    EDITOR_NEEDS,
    OWNER_NEEDS,
    PURPOSES,
    RUNNER_NEEDS,
    VIEWER_NEEDS,
    Need,
)
from kubectl_kfaccess.kubeflow.pipelines.runners import of_subject
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, identified
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import gap, role, role_binding, rule, snapshot, subject

STEPS = subject("sa:kubeflow/steps")
RESULTS = rule("create,patch", "workflowtaskresults.argoproj.io")
PODS = rule("get,patch", "pods")
REST = rule("get", "configmaps,secrets,pods")
YES, NO, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN


def world(*rules: PolicyRule) -> Snapshot:
    """An account with these rules in its namespace."""
    return snapshot(
        role("kubeflow/steps", *rules), role_binding("kubeflow", "steps", "Role/steps", "sa:kubeflow/steps")
    )


def outcomes(known: Snapshot, release: str = "", *purposes: str) -> list[NeedVerdict]:
    """What came of the account's needs."""
    judge = NeedJudge(Evaluator(known), version(release), purposes)
    return list(judge.verdicts(of_subject(identified(STEPS), "kubeflow")))


def verdict(found: list[NeedVerdict]) -> Verdict:
    """What everything that decides comes to."""
    verdicts = {one.verdict for one in found if one.decides}
    return next((one for one in (NO, UNKNOWN) if one in verdicts), YES)


def results(found: list[NeedVerdict]) -> NeedVerdict:
    """What came of reporting a step."""
    return next(one for one in found if one.need.resource == "workflowtaskresults")


# By release: Argo 3.3 patches pods, 3.4 and 3.5 fall back to that, 3.6 does not
RELEASES = [
    ("2.0.5", True, False, NO), ("2.0.5", False, True, YES), ("2.0.5", True, True, YES),
    ("2.4.1", True, False, YES), ("2.4.1", False, True, YES), ("2.4.1", False, False, NO),
    ("2.5.0", False, True, YES), ("2.5.0", True, False, YES),
    ("2.14.0", False, True, NO), ("2.14.0", True, False, YES),
    ("2.17.0", False, True, NO), ("2.17.0", True, False, YES),
    ("", True, True, YES), ("", False, True, UNKNOWN), ("", False, False, NO),
]  # fmt: skip


@pytest.mark.parametrize(
    ("release", "task_results", "patched_pods", "expected"),
    RELEASES,
    ids=[f"{r or 'unknown'}: {'results' if t else '-'} {'pods' if p else '-'}" for r, t, p, _ in RELEASES],
)
def test_how_a_step_reports_depends_on_the_release(
    release: str, task_results: bool, patched_pods: bool, expected: Verdict
) -> None:
    """What a release is content with is enough in it, and where the release is not known, that is said."""
    given = [RESULTS] * task_results + [PODS] * patched_pods
    everything_else = [REST, rule("get", "workflows.argoproj.io")]

    assert expected is verdict(outcomes(world(*given, *everything_else), release))


def test_what_stands_in_for_a_verb_is_named() -> None:
    """So that nobody takes the row for a mistake."""
    found = results(outcomes(world(PODS, REST), "2.5.0"))

    assert (YES, (NO, NO)) == (found.verdict, found.verdicts)
    assert found.rests_on is not None
    assert "`get,patch pods` stands in for it up to 2.5.0" == rests_on_text(found.rests_on)


@pytest.mark.parametrize(("release", "expected"), [("2.16.1", YES), ("2.17.0", NO), ("", UNKNOWN)])
def test_a_need_that_a_release_brought_counts_from_then_on(release: str, expected: Verdict) -> None:
    """The driver reads its workflow since 2.17.0."""
    found = outcomes(world(RESULTS, PODS, REST), release)

    assert expected is verdict(found)


def test_what_steps_do_besides_decides_when_it_is_named() -> None:
    """It is shown all the same."""
    everything = [RESULTS, PODS, REST, rule("get", "workflows.argoproj.io")]

    assert YES is verdict(outcomes(world(*everything), "2.14.0"))
    assert NO is verdict(outcomes(world(*everything), "2.14.0", "kserve"))
    kserve = rule("create,get,patch,watch,delete", "inferenceservices.serving.kserve.io")
    assert YES is verdict(outcomes(world(*everything, kserve), "2.14.0", "kserve"))


def test_a_rule_for_the_one_name_is_enough_and_for_another_it_is_not() -> None:
    """The launcher asks for its settings by name."""
    for name, expected in (("kfp-launcher", YES), ("other", NO)):
        known = world(rule("get", "configmaps", names=[name]))
        (found,) = [one for one in outcomes(known, "2.5.0") if one.need.resource == "configmaps"]

        assert expected is found.verdict


def test_what_is_missing_is_a_rule_with_the_verbs_that_are_denied() -> None:
    """Nothing more, by name where the need has one."""
    found = outcomes(world(rule("create", "workflowtaskresults.argoproj.io")), "2.14.0")

    assert rule("patch", "workflowtaskresults.argoproj.io") == results(found).rule()
    (secret,) = [one for one in found if one.need.resource == "secrets"]
    assert rule("get", "secrets", names=["mlpipeline-minio-artifact"]) == secret.rule()


def test_bindings_that_could_not_be_read_leave_it_unknown() -> None:
    """A no needs complete data; what only the whole cluster can grant does not depend on them."""
    found = outcomes(snapshot(gaps=[gap("rolebindings", "kubeflow")]), "2.14.0")

    assert {UNKNOWN} == {one.verdict for one in found if one.need.namespaced}
    assert {NO} == {one.verdict for one in found if not one.need.namespaced}


def test_runners_share_outcomes_only_when_the_same_is_bound() -> None:
    """Two namespaces with Roles of one name and other rules are two answers."""
    known = snapshot(
        role("a/steps", RESULTS),
        role("b/steps", PODS),
        *(role_binding(place, "steps", "Role/steps", f"sa:{place}/steps") for place in "ab"),
    )
    judge = NeedJudge(Evaluator(known), version("2.14.0"))

    both = [
        judge.verdicts(of_subject(identified(subject(f"sa:{place}/steps")), place))[0].verdict
        for place in "ab"
    ]

    assert [YES, NO] == both


def test_a_namespace_that_could_not_be_read_is_no_twin_of_one_that_could() -> None:
    """Nothing is bound in either, but in one of them that is known."""
    known = snapshot(gaps=[gap("rolebindings", "b")])
    judge = NeedJudge(Evaluator(known), version("2.14.0"))

    both = [
        judge.verdicts(of_subject(identified(subject(f"sa:{place}/steps")), place))[0].verdict
        for place in "ab"
    ]

    assert [NO, UNKNOWN] == both


def test_a_group_needs_in_vain_what_pages_ask() -> None:
    """They ask about users alone."""
    known = snapshot(
        role("a/all", rule("*", "runs.pipelines.kubeflow.org")),
        role_binding("a", "all", "Role/all", "group:ml"),
    )
    judge = NeedJudge(Evaluator(known), None)

    found = judge.verdicts(of_subject(identified(subject("group:ml")), "a"))

    assert {NO} == {one.verdict for one in found if one.need.via is Via.KUBEFLOW}


EVERY_NEED = {
    f"{one.purpose} {','.join(one.verbs)} {one.title}": one for one in (*RUNNER_NEEDS, *OWNER_NEEDS)
}


@pytest.mark.parametrize("need", EVERY_NEED.values(), ids=EVERY_NEED)
def test_every_need_names_a_resource_that_is_known(need: Need) -> None:
    """With verbs that it has, in the scope that it has, and a reason."""
    kind = need.resource.partition("/")[0]
    known = [one for one in CATALOGUE if (one.type.group, one.type.name) == (need.group, kind)]

    assert known
    assert {need.namespaced} == {one.type.namespaced for one in known}
    assert set(need.verbs) <= {verb for one in known for verb in (*one.verbs, *one.type.verbs)}
    assert need.why


def test_who_works_needs_what_who_looks_needs() -> None:
    """An owner needs both."""
    assert set(VIEWER_NEEDS) < set(EDITOR_NEEDS) < set(OWNER_NEEDS)
    assert len(PURPOSES) == len(set(PURPOSES))
