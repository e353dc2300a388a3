"""Verdicts on needs, verb by verb, for the installed release."""

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
from kubectl_kfaccess.kubeflow.pipelines.runners import subject_runner
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import gap, role, role_binding, rule, snapshot, subject

STEPS = subject("sa:kubeflow/steps")
RESULTS = rule("create,patch", "workflowtaskresults.argoproj.io")
PODS = rule("get,patch", "pods")
REST = rule("get", "configmaps,secrets,pods")
YES, NO, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN


def snapshot_with(*rules: PolicyRule) -> Snapshot:
    """Return a snapshot in which the account has these rules in its namespace."""
    return snapshot(
        role("kubeflow/steps", *rules), role_binding("kubeflow", "steps", "Role/steps", "sa:kubeflow/steps")
    )


def need_verdicts(known: Snapshot, release: str = "", *purposes: str) -> list[NeedVerdict]:
    """Return the verdicts on the account's needs."""
    judge = NeedJudge(Evaluator(known), version(release), purposes)
    return list(judge.verdicts(subject_runner(identified(STEPS), "kubeflow")))


def worst_verdict(verdicts: list[NeedVerdict]) -> Verdict:
    """Return the worst of the verdicts that decide."""
    deciding = {need_verdict.verdict for need_verdict in verdicts if need_verdict.decides}
    return next((verdict for verdict in (NO, UNKNOWN) if verdict in deciding), YES)


def results_verdict(verdicts: list[NeedVerdict]) -> NeedVerdict:
    """Return the verdict on reporting the result of a step."""
    return next(
        need_verdict for need_verdict in verdicts if need_verdict.need.resource == "workflowtaskresults"
    )


# By release: Argo 3.3 patches pods, 3.4 and 3.5 fall back to patching pods, 3.6 does not
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
    """Each release accepts certain permissions. If the release is unknown, the verdict can be too."""
    given = [RESULTS] * task_results + [PODS] * patched_pods
    everything_else = [REST, rule("get", "workflows.argoproj.io")]

    assert expected is worst_verdict(need_verdicts(snapshot_with(*given, *everything_else), release))


def test_the_replacement_of_a_verb_is_named() -> None:
    """Otherwise the row would look like a mistake."""
    verdict = results_verdict(need_verdicts(snapshot_with(PODS, REST), "2.5.0"))

    assert (YES, (NO, NO)) == (verdict.verdict, verdict.verdicts)
    assert verdict.rests_on is not None
    assert "`get,patch pods` stands in for it up to 2.5.0" == rests_on_text(verdict.rests_on)


@pytest.mark.parametrize(("release", "expected"), [("2.16.1", YES), ("2.17.0", NO), ("", UNKNOWN)])
def test_a_need_counts_from_its_first_release(release: str, expected: Verdict) -> None:
    """The driver reads its workflow since 2.17.0."""
    verdicts = need_verdicts(snapshot_with(RESULTS, PODS, REST), release)

    assert expected is worst_verdict(verdicts)


def test_a_purpose_decides_only_if_it_is_chosen() -> None:
    """Its needs are always listed."""
    everything = [RESULTS, PODS, REST, rule("get", "workflows.argoproj.io")]

    assert YES is worst_verdict(need_verdicts(snapshot_with(*everything), "2.14.0"))
    assert NO is worst_verdict(need_verdicts(snapshot_with(*everything), "2.14.0", "kserve"))
    kserve = rule("create,get,patch,watch,delete", "inferenceservices.serving.kserve.io")
    assert YES is worst_verdict(need_verdicts(snapshot_with(*everything, kserve), "2.14.0", "kserve"))


def test_a_rule_for_the_needed_name_is_enough() -> None:
    """The launcher reads its settings by name."""
    for name, expected in (("kfp-launcher", YES), ("other", NO)):
        known = snapshot_with(rule("get", "configmaps", names=[name]))
        (verdict,) = [
            need_verdict
            for need_verdict in need_verdicts(known, "2.5.0")
            if need_verdict.need.resource == "configmaps"
        ]

        assert expected is verdict.verdict


def test_the_missing_rule_has_only_the_denied_verbs() -> None:
    """It has a name if the need has one."""
    verdicts = need_verdicts(snapshot_with(rule("create", "workflowtaskresults.argoproj.io")), "2.14.0")

    assert rule("patch", "workflowtaskresults.argoproj.io") == results_verdict(verdicts).rule()
    (secret,) = [need_verdict for need_verdict in verdicts if need_verdict.need.resource == "secrets"]
    assert rule("get", "secrets", names=["mlpipeline-minio-artifact"]) == secret.rule()


def test_unread_bindings_make_namespaced_needs_unknown() -> None:
    """A denial needs complete data. Cluster-scoped needs do not depend on RoleBindings."""
    verdicts = need_verdicts(snapshot(gaps=[gap("rolebindings", "kubeflow")]), "2.14.0")

    assert {UNKNOWN} == {need_verdict.verdict for need_verdict in verdicts if need_verdict.need.namespaced}
    assert {NO} == {need_verdict.verdict for need_verdict in verdicts if not need_verdict.need.namespaced}


def test_runners_share_verdicts_only_with_the_same_roles() -> None:
    """Roles with the same name in two namespaces can have different rules."""
    known = snapshot(
        role("a/steps", RESULTS),
        role("b/steps", PODS),
        *(role_binding(namespace, "steps", "Role/steps", f"sa:{namespace}/steps") for namespace in "ab"),
    )
    judge = NeedJudge(Evaluator(known), version("2.14.0"))

    both = [
        judge.verdicts(subject_runner(identified(subject(f"sa:{namespace}/steps")), namespace))[0].verdict
        for namespace in "ab"
    ]

    assert [YES, NO] == both


def test_an_unread_namespace_shares_no_verdicts() -> None:
    """No binding was read in either namespace, but only in one of them is that known."""
    known = snapshot(gaps=[gap("rolebindings", "b")])
    judge = NeedJudge(Evaluator(known), version("2.14.0"))

    both = [
        judge.verdicts(subject_runner(identified(subject(f"sa:{namespace}/steps")), namespace))[0].verdict
        for namespace in "ab"
    ]

    assert [NO, UNKNOWN] == both


def test_a_group_is_denied_what_pages_check() -> None:
    """Kubeflow's pages check only the user's name."""
    known = snapshot(
        role("a/all", rule("*", "runs.pipelines.kubeflow.org")),
        role_binding("a", "all", "Role/all", "group:ml"),
    )
    judge = NeedJudge(Evaluator(known), None)

    verdicts = judge.verdicts(subject_runner(identified(subject("group:ml")), "a"))

    assert {NO} == {
        need_verdict.verdict for need_verdict in verdicts if need_verdict.need.via is Plane.KUBEFLOW
    }


EVERY_NEED = {
    f"{need.purpose} {','.join(need.verbs)} {need.title}": need for need in (*RUNNER_NEEDS, *OWNER_NEEDS)
}


@pytest.mark.parametrize("need", EVERY_NEED.values(), ids=EVERY_NEED)
def test_every_need_names_a_known_resource(need: Need) -> None:
    """Its verbs and scope are those of the resource, and it has a reason."""
    kind = need.resource.partition("/")[0]
    entries = [entry for entry in CATALOGUE if (entry.type.group, entry.type.name) == (need.group, kind)]

    assert entries
    assert {need.namespaced} == {entry.type.namespaced for entry in entries}
    assert set(need.verbs) <= {verb for entry in entries for verb in (*entry.verbs, *entry.type.verbs)}
    assert need.why


def test_editors_need_everything_that_viewers_need() -> None:
    """Owners need everything that editors need."""
    assert set(VIEWER_NEEDS) < set(EDITOR_NEEDS) < set(OWNER_NEEDS)
    assert len(PURPOSES) == len(set(PURPOSES))
