"""Repairs: after them everything that decides is there, nobody has lost anything, and they are small."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.pipelines.view import RoleRules, RunnerView
from kubectl_kfaccess.findings.registry import runner_findings
from kubectl_kfaccess.fixes.runner_repair import AGGREGATE, Repair, repair
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedJudge
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner, of_persona, of_pipelines, of_subject
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.manifests import manifest_of
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    cluster_role,
    profile,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
    subject,
    verdict,
)
from tests.builders import request as asked

ALONE = Pipelines("kubeflow", Mode.STANDALONE, "pipeline-runner", version("2.14.0"))
MANY = Pipelines("kubeflow", Mode.MULTI_USER, "default-editor", version("2.14.0"))
ACCOUNT = service_account("kubeflow/pipeline-runner")
SHIPPED = role("kubeflow/pipeline-runner", *PIPELINE_RUNNER.releases[3].rules)
BOUND = role_binding(
    "kubeflow", "pipeline-runner-binding", "Role/pipeline-runner", "sa:kubeflow/pipeline-runner"
)
EDIT = cluster_role("kubeflow-edit", rule("get", "pods"), aggregate={AGGREGATE: "true"}, stored=True)
PART = cluster_role("kubeflow-pods", rule("get", "pods"), labels={AGGREGATE: "true"}, stored=True)
TEAMS = ("team-a", "team-b")
PROFILES = (
    *(profile(team, f"user:{team}@example.com") for team in TEAMS),
    *(service_account(f"{team}/default-editor") for team in TEAMS),
    *(role_binding(team, "default-editor", "kubeflow-edit", f"sa:{team}/default-editor") for team in TEAMS),
)
PLATFORM = (EDIT, PART, *PROFILES)
OURS = role_binding("kubeflow", "pipeline-runner-binding", "view", "sa:kubeflow/pipeline-runner", "user:eve")
THEIRS = role_binding("kubeflow", "pipeline-runner-binding", "Role/pipeline-runner", "sa:lab/pipeline-runner")

# the world, how pipelines run in it, for what, and the objects that mend it
CASES: dict[str, tuple[Snapshot, Pipelines, tuple[str, ...], list[str]]] = {
    "nothing is lacking": (snapshot(ACCOUNT, SHIPPED, BOUND), ALONE, (), []),
    "nothing is there": (
        snapshot(), ALONE, (),
        ["ServiceAccount/pipeline-runner", "Role/pipeline-runner", "RoleBinding/pipeline-runner-binding"],
    ),
    "no binding": (snapshot(ACCOUNT, SHIPPED), ALONE, (), ["RoleBinding/pipeline-runner-binding"]),
    "a binding that names another account": (
        snapshot(ACCOUNT, SHIPPED, THEIRS), ALONE, (), ["RoleBinding/pipeline-runner-binding"],
    ),
    "a binding of that name to another role": (
        snapshot(ACCOUNT, SHIPPED, OURS), ALONE, (), ["RoleBinding/pipeline-runner-binding-pipeline-runner"],
    ),
    "a step that deploys models": (
        snapshot(ACCOUNT, SHIPPED, BOUND), ALONE, ("kserve",),
        ["Role/pipeline-runner-steps", "RoleBinding/pipeline-runner-steps"],
    ),
    "what only the whole cluster can grant": (
        snapshot(ACCOUNT, SHIPPED, BOUND), ALONE, ("trainer",),
        ["Role/pipeline-runner-steps", "RoleBinding/pipeline-runner-steps",
         "ClusterRole/kubeflow-pipeline-steps-cluster", "ClusterRoleBinding/kubeflow-pipeline-steps-cluster"],
    ),
    "all profiles lack the same": (snapshot(*PLATFORM), MANY, (), ["ClusterRole/kubeflow-pipeline-steps"]),
    "all profiles lack the same, and a new contributor would take from kubeflow-edit what is written there": (
        snapshot(EDIT, *PROFILES), MANY, (),
        ["Role/default-editor-steps", "RoleBinding/default-editor-steps"] * 2,
    ),
    "one profile lacks more": (
        snapshot(*PLATFORM, role("team-a/more", rule("create,patch", "workflowtaskresults.argoproj.io")),
                 role_binding("team-a", "more", "Role/more", "sa:default-editor")),
        MANY, (),
        ["Role/default-editor-steps", "RoleBinding/default-editor-steps"] * 2,
    ),
    "a profile whose objects the controller has not made": (
        snapshot(*PLATFORM, profile("team-c", "user:c@example.com")),
        MANY, (),
        ["ServiceAccount/default-editor", "RoleBinding/default-editor",
         "ClusterRole/kubeflow-pipeline-steps"],
    ),
}  # fmt: skip


def repaired(known: Snapshot, found: Pipelines, purposes: tuple[str, ...]) -> tuple[list[Runner], Repair]:
    """Who runs steps, and what mends the world for them."""
    runners = list(of_pipelines(found, sorted({one.name for one in known.profiles.values()})))
    return runners, repair(known, found, runners, purposes, everywhere=True)


@pytest.mark.parametrize("name", CASES)
def test_a_repair_is_what_the_case_needs_and_mends_it(name: str) -> None:
    """Everything that decides is there afterwards, and so are account, role and binding."""
    known, found, purposes, expected = CASES[name]

    runners, mended = repaired(known, found, purposes)

    assert expected == [f"{one.kind}/{one.name}" for one in mended.objects]
    judge = NeedJudge(Evaluator(mended.after), found.version, purposes)
    decided = [one for runner in runners for one in judge.verdicts(runner) if one.decides]
    assert {Verdict.ALLOWED} == {one.verdict for one in decided}
    rules = RoleRules(mended.after)
    assert [] == [finding for runner in runners for finding in runner_findings(RunnerView(rules, runner))]


@pytest.mark.parametrize("name", CASES)
def test_a_repair_is_enough_the_first_time(name: str) -> None:
    """In the mended world there is nothing left to mend."""
    known, found, purposes, _ = CASES[name]

    _, mended = repaired(known, found, purposes)

    assert () == repaired(mended.after, found, purposes)[1].objects


def test_who_was_bound_stays_bound() -> None:
    """A binding that named another account names both, and one to another role is left alone."""
    _, mended = repaired(*CASES["a binding that names another account"][:3])
    _, beside = repaired(*CASES["a binding of that name to another role"][:3])

    pods = asked("get", "pods", "kubeflow")
    assert Verdict.ALLOWED is verdict(mended.after, "sa:lab/pipeline-runner", pods)
    assert OURS == beside.after.role_bindings[OURS.key]


def test_a_second_repair_adds_to_the_first() -> None:
    """What steps were granted before they keep."""
    known = snapshot(ACCOUNT, SHIPPED, BOUND)
    _, first = repaired(known, ALONE, ("kserve",))
    _, second = repaired(first.after, ALONE, ("spark",))

    models = asked("create", "inferenceservices.serving.kserve.io", "kubeflow")
    assert Verdict.ALLOWED is verdict(second.after, "sa:kubeflow/pipeline-runner", models)


def test_the_role_that_gains_it_in_all_profiles_is_named() -> None:
    """Contributors have the role as well."""
    _, mended = repaired(*CASES["all profiles lack the same"][:3])

    assert "kubeflow-edit" == mended.widened
    contributor = role_binding("team-a", "dave", "kubeflow-edit", "user:dave")
    after = Snapshot(role_bindings={contributor.key: contributor}).over(mended.after)
    assert Verdict.ALLOWED is verdict(
        after, "dave", asked("get", "secrets", "team-a", "mlpipeline-minio-artifact")
    )


def test_two_people_never_share_what_is_made_for_them() -> None:
    """Their names may differ in what an object's name cannot hold."""
    people = [of_subject(identified(subject(f"user:{name}")), "team-a") for name in ("A.b@x", "a-b@x", "ab")]

    mended = repair(snapshot(), MANY, people, (), everywhere=False)

    names = [one.name for one in mended.objects if one.kind == "Role"]
    assert 3 == len(set(names))
    assert "ab-steps" in names


def test_a_missing_platform_role_is_not_invented() -> None:
    """kubeflow-edit is the platform's; the account gets what its steps need and no more."""
    known = snapshot(profile("team-a", "user:alice"), service_account("team-a/default-editor"))
    runners = of_persona("default-editor", known, ("team-a",))

    mended = repair(known, MANY, runners, (), everywhere=True)

    assert ["Role/default-editor-steps", "RoleBinding/default-editor-steps"] == [
        f"{one.kind}/{one.name}" for one in mended.objects
    ]


def test_a_manifest_is_what_kubectl_applies() -> None:
    """With groups and versions, and without what a server fills in."""
    _, mended = repaired(*CASES["nothing is there"][:3])

    account, rules, binding = (manifest_of(one) for one in mended.objects)

    assert {"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "pipeline-runner", "namespace": "kubeflow"}} == account  # fmt: skip
    assert ("rbac.authorization.k8s.io/v1", "Role") == (rules["apiVersion"], rules["kind"])
    assert {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pipeline-runner"} == binding[
        "roleRef"
    ]
    assert [{"kind": "ServiceAccount", "name": "pipeline-runner", "namespace": "kubeflow"}] == binding[
        "subjects"
    ]
