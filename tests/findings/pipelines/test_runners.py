"""Findings about the subjects that run pipelines: missing bindings, and dangerous ones."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.pipelines.view import RoleRules, RunnerView
from kubectl_kfaccess.findings.registry import RUNNERS, runner_findings, types
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner, pipelines_runners, subject_runner
from kubectl_kfaccess.output.findings import object_text
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import KubernetesObject, PolicyRule
from kubectl_kfaccess.rbac.snapshot import Gap
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    gap,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
    subject,
)

ACCOUNT = service_account("team-a/default-editor")
EDIT = cluster_role("kubeflow-edit", rule("get", "pods"))
BINDING = role_binding("team-a", "default-editor", "kubeflow-edit", "sa:team-a/default-editor")
EDITOR = subject_runner(identified(subject("sa:team-a/default-editor")), "team-a")
HEALTHY = (ACCOUNT, EDIT, BINDING)
EVERYTHING = rule("*", "*.*")


def findings(
    *objects: KubernetesObject, runner: Runner = EDITOR, gaps: list[Gap] | None = None
) -> list[Finding]:
    """Return the findings about the runner in a snapshot of these objects."""
    rules = RoleRules(snapshot(*objects, gaps=gaps or []))
    return list(runner_findings(RunnerView(rules, runner)))


def summary(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return (id, object) for each finding."""
    return [(finding.type.id, object_text(finding)) for finding in findings]


# By case: the objects, and the expected finding
CASES: dict[str, tuple[tuple[KubernetesObject, ...], tuple[str, str]]] = {
    "no account": ((EDIT, BINDING), ("runner-account-missing", "ServiceAccount/team-a/default-editor")),
    "no role": ((ACCOUNT, BINDING), ("runner-role-missing", "ClusterRole/kubeflow-edit")),
    "no binding": ((ACCOUNT, EDIT), ("runner-binding-missing", "RoleBinding/team-a/default-editor")),
    "a binding elsewhere": (
        (ACCOUNT, EDIT,
         role_binding("team-b", "default-editor", "kubeflow-edit", "sa:team-a/default-editor")),
        ("runner-binding-missing", "RoleBinding/team-a/default-editor"),
    ),
    "a copied binding names the account of another namespace": (
        (ACCOUNT, EDIT,
         role_binding("team-a", "default-editor", "kubeflow-edit", "sa:team-b/default-editor")),
        ("runner-binding-other-subject", "RoleBinding/team-a/default-editor"),
    ),
    "a user of the account's name": (
        (ACCOUNT, EDIT, role_binding("team-a", "default-editor", "kubeflow-edit", "user:default-editor")),
        ("runner-binding-other-subject", "RoleBinding/team-a/default-editor"),
    ),
    "a binding to another role": (
        (ACCOUNT, EDIT, role_binding("team-a", "default-editor", "edit", "sa:team-a/default-editor")),
        ("runner-binding-other-role", "RoleBinding/team-a/default-editor"),
    ),
    "cluster-admin in the namespace": (
        (*HEALTHY, cluster_role("cluster-admin", EVERYTHING),
         role_binding("team-a", "quick-fix", "cluster-admin", "sa:team-a/default-editor")),
        ("runner-is-admin", "RoleBinding/team-a/quick-fix"),
    ),
    "everything, in the whole cluster, through a group": (
        (*HEALTHY, cluster_role("all", rule("create", "*.*")),
         cluster_role_binding("all", "all", "group:system:serviceaccounts:team-a")),
        ("runner-is-admin", "ClusterRoleBinding/all"),
    ),
    "every core resource": (
        (*HEALTHY, role("team-a/all", rule("*", "*")),
         role_binding("team-a", "all", "Role/all", "sa:default-editor")),
        ("runner-is-admin", "RoleBinding/team-a/all"),
    ),
}  # fmt: skip


def test_every_finding_about_runners_has_a_case() -> None:
    """Each id is expected in at least one case."""
    assert {finding_type.id for finding_type in types(RUNNERS)} == {case[1][0] for case in CASES.values()}


@pytest.mark.parametrize("name", CASES)
def test_each_problem_has_exactly_one_finding(name: str) -> None:
    """The finding is about the object to fix."""
    objects, expected = CASES[name]

    assert [expected] == summary(findings(*objects))


def test_a_healthy_runner_has_no_findings() -> None:
    """It is healthy as the profile controller creates it, and with other bindings to the same role."""
    other_way = role_binding("team-a", "ours", "kubeflow-edit", "group:system:serviceaccounts:team-a")
    cluster_wide = cluster_role_binding("ours", "kubeflow-edit", "sa:team-a/default-editor")

    assert [] == findings(*HEALTHY)
    assert [] == findings(ACCOUNT, EDIT, other_way)
    assert [] == findings(ACCOUNT, EDIT, cluster_wide)


@pytest.mark.parametrize(
    "rules",
    [
        rule("*", "*.kubeflow.org"),
        rule("get,list,watch", "*.*"),
        rule("*", "secrets", names=["a"]),
        rule("get,list,create", "pods.*"),
        rule("*", "*/status.*"),
        PolicyRule(("patch",), ("*", ""), ("deployments", "deployments/scale")),
        rule("*", "*.*", names=["a"]),
    ],
    ids=[
        "all of one group",
        "reading everything",
        "named objects",
        "one resource in every group",
        "one subresource in every group",
        "some resources in every group",
        "everything of one name",
    ],
)
def test_harmless_wildcards_have_no_finding(rules: PolicyRule) -> None:
    """Kubeflow ships pipeline-runner with a wildcard for kubeflow.org."""
    more = role("team-a/more", rules)

    assert [] == findings(*HEALTHY, more, role_binding("team-a", "more", "Role/more", "sa:default-editor"))


@pytest.mark.parametrize(
    ("objects", "unread"),
    [
        ((EDIT, BINDING), gap("serviceaccounts", "team-a")),
        ((ACCOUNT, EDIT), gap("rolebindings", "team-a")),
        ((ACCOUNT, BINDING), gap("clusterroles")),
    ],
    ids=["accounts", "bindings", "roles"],
)
def test_unread_objects_are_not_missing(objects: tuple[KubernetesObject, ...], unread: Gap) -> None:
    """Rules only add: an object that could not be read may exist."""
    assert [] == findings(*objects, gaps=[unread])


def test_the_standalone_runner_is_bound_to_its_role() -> None:
    """The release ships the binding."""
    (runner,) = pipelines_runners(Pipelines("kubeflow", Mode.STANDALONE, "pipeline-runner"), ())
    account = service_account("kubeflow/pipeline-runner")
    release_binding = role_binding(
        "kubeflow", "pipeline-runner-binding", "Role/pipeline-runner", "sa:pipeline-runner"
    )
    rules = role("kubeflow/pipeline-runner", rule("get", "pods"))

    assert [] == findings(account, release_binding, rules, runner=runner)
    assert [("runner-role-missing", "Role/kubeflow/pipeline-runner")] == summary(
        findings(account, release_binding, runner=runner)
    )
    assert [("runner-binding-missing", "RoleBinding/kubeflow/pipeline-runner-binding")] == summary(
        findings(account, rules, runner=runner)
    )


def test_a_shared_role_is_searched_once() -> None:
    """Every profile's `default-editor` has the rules of `kubeflow-edit`."""
    rules_seen = []

    def condition(rule: PolicyRule) -> bool:
        rules_seen.append(rule)
        return False

    bindings = [
        role_binding(f"team-{n}", "default-editor", "kubeflow-edit", "sa:default-editor") for n in range(3)
    ]
    rules = RoleRules(snapshot(EDIT, *bindings))

    assert [False] * 3 == [rules.any_rule(binding, condition) for binding in bindings]
    assert list(EDIT.rules) == rules_seen


def test_roles_in_different_namespaces_are_kept_apart() -> None:
    """A Role is cached together with its namespace."""
    roles = role("team-a/runs", EVERYTHING), role("team-b/runs", rule("get", "pods"))
    bindings = [role_binding(name, "runs", "Role/runs", "sa:runner") for name in ("team-a", "team-b")]
    rules = RoleRules(snapshot(*roles, *bindings))

    assert [True, False] == [rules.any_rule(binding, lambda rule: "*" in rule.verbs) for binding in bindings]
