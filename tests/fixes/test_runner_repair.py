"""Repairs grant every deciding permission, take access from nobody, and are small."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.pipelines.view import RoleRules, RunnerView
from kubectl_kfaccess.findings.registry import runner_findings
from kubectl_kfaccess.fixes.runner_repair import AGGREGATE, Repair, repair
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedJudge
from kubectl_kfaccess.kubeflow.pipelines.runners import (
    Runner,
    persona_runners,
    pipelines_runners,
    subject_runner,
)
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

# the snapshot, how pipelines run in it, the purposes, and the objects that repair it
CASES: dict[str, tuple[Snapshot, Pipelines, tuple[str, ...], list[str]]] = {
    "nothing is lacking": (snapshot(ACCOUNT, SHIPPED, BOUND), ALONE, (), []),
    "nothing exists": (
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


def repaired(known: Snapshot, pipelines: Pipelines, purposes: tuple[str, ...]) -> tuple[list[Runner], Repair]:
    """Return who runs the steps, and the repair of *known* for them."""
    runners = list(
        pipelines_runners(pipelines, sorted({profile.name for profile in known.profiles.values()}))
    )
    return runners, repair(known, pipelines, runners, purposes, everywhere=True)


@pytest.mark.parametrize("name", CASES)
def test_a_repair_has_the_expected_objects_and_is_complete(name: str) -> None:
    """Afterwards every deciding need is met, and account, role and binding exist."""
    known, pipelines, purposes, expected = CASES[name]

    runners, applied = repaired(known, pipelines, purposes)

    assert expected == [f"{manifest.kind}/{manifest.name}" for manifest in applied.objects]
    judge = NeedJudge(Evaluator(applied.after), pipelines.version, purposes)
    decided = [need for runner in runners for need in judge.verdicts(runner) if need.decides]
    assert {Verdict.ALLOWED} == {need.verdict for need in decided}
    rules = RoleRules(applied.after)
    assert [] == [finding for runner in runners for finding in runner_findings(RunnerView(rules, runner))]


@pytest.mark.parametrize("name", CASES)
def test_one_repair_is_enough(name: str) -> None:
    """In the repaired snapshot there is nothing left to repair."""
    known, pipelines, purposes, _ = CASES[name]

    _, applied = repaired(known, pipelines, purposes)

    assert () == repaired(applied.after, pipelines, purposes)[1].objects


def test_subjects_that_were_bound_stay_bound() -> None:
    """A binding that named another account then names both. A binding to another role is left alone."""
    _, applied = repaired(*CASES["a binding that names another account"][:3])
    _, beside = repaired(*CASES["a binding of that name to another role"][:3])

    pods = asked("get", "pods", "kubeflow")
    assert Verdict.ALLOWED is verdict(applied.after, "sa:lab/pipeline-runner", pods)
    assert OURS == beside.after.role_bindings[OURS.key]


def test_a_second_repair_adds_to_the_first() -> None:
    """Steps keep what an earlier repair granted."""
    known = snapshot(ACCOUNT, SHIPPED, BOUND)
    _, first = repaired(known, ALONE, ("kserve",))
    _, second = repaired(first.after, ALONE, ("spark",))

    models = asked("create", "inferenceservices.serving.kserve.io", "kubeflow")
    assert Verdict.ALLOWED is verdict(second.after, "sa:kubeflow/pipeline-runner", models)


def test_the_role_that_gains_rules_in_all_profiles_is_named() -> None:
    """Contributors have that role as well."""
    _, applied = repaired(*CASES["all profiles lack the same"][:3])

    assert "kubeflow-edit" == applied.widened
    contributor = role_binding("team-a", "dave", "kubeflow-edit", "user:dave")
    after = Snapshot(role_bindings={contributor.key: contributor}).over(applied.after)
    assert Verdict.ALLOWED is verdict(
        after, "dave", asked("get", "secrets", "team-a", "mlpipeline-minio-artifact")
    )


def test_two_people_never_share_a_new_role() -> None:
    """Their names may differ only in characters that an object's name cannot contain."""
    people = [
        subject_runner(identified(subject(f"user:{name}")), "team-a") for name in ("A.b@x", "a-b@x", "ab")
    ]

    applied = repair(snapshot(), MANY, people, (), everywhere=False)

    names = [made.name for made in applied.objects if made.kind == "Role"]
    assert 3 == len(set(names))
    assert "ab-steps" in names


def test_a_missing_platform_role_is_not_invented() -> None:
    """kubeflow-edit belongs to the platform; the account gets only what its steps need."""
    known = snapshot(profile("team-a", "user:alice"), service_account("team-a/default-editor"))
    runners = persona_runners("default-editor", known, ("team-a",))

    applied = repair(known, MANY, runners, (), everywhere=True)

    assert ["Role/default-editor-steps", "RoleBinding/default-editor-steps"] == [
        f"{made.kind}/{made.name}" for made in applied.objects
    ]


def test_a_manifest_is_what_kubectl_applies() -> None:
    """It has API groups and versions, and no fields that a server fills in."""
    _, applied = repaired(*CASES["nothing exists"][:3])

    account, rules, binding = (manifest_of(made) for made in applied.objects)

    assert {"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "pipeline-runner", "namespace": "kubeflow"}} == account  # fmt: skip
    assert ("rbac.authorization.k8s.io/v1", "Role") == (rules["apiVersion"], rules["kind"])
    assert {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pipeline-runner"} == binding[
        "roleRef"
    ]
    assert [{"kind": "ServiceAccount", "name": "pipeline-runner", "namespace": "kubeflow"}] == binding[
        "subjects"
    ]
