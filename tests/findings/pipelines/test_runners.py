"""Findings about those who run pipelines: whether they are bound, and whether to too much."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.pipelines.view import RoleRules, RunnerView
from kubectl_kfaccess.findings.registry import RUNNERS, runner_findings, types
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner, of_pipelines, of_subject
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
EDITOR = of_subject(identified(subject("sa:team-a/default-editor")), "team-a")
HEALTHY = (ACCOUNT, EDIT, BINDING)
EVERYTHING = rule("*", "*.*")


def findings(
    *objects: KubernetesObject, runner: Runner = EDITOR, gaps: list[Gap] | None = None
) -> list[Finding]:
    """What is wrong about the runner in a world of these objects."""
    rules = RoleRules(snapshot(*objects, gaps=gaps or []))
    return list(runner_findings(RunnerView(rules, runner)))


def summary(findings: list[Finding]) -> list[tuple[str, str]]:
    """The ids and the objects."""
    return [(finding.type.id, object_text(finding)) for finding in findings]


# what is found, in which world
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
    """None is only on paper."""
    assert {finding_type.id for finding_type in types(RUNNERS)} == {case[1][0] for case in CASES.values()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_nothing_else(name: str) -> None:
    """One finding, about the object that is to be fixed."""
    objects, expected = CASES[name]

    assert [expected] == summary(findings(*objects))


def test_a_healthy_runner_has_no_findings() -> None:
    """As the profile controller makes it, and bound by any other way as well."""
    other_way = role_binding("team-a", "ours", "kubeflow-edit", "group:system:serviceaccounts:team-a")
    cluster_wide = cluster_role_binding("ours", "kubeflow-edit", "sa:team-a/default-editor")

    assert [] == findings(*HEALTHY)
    assert [] == findings(ACCOUNT, EDIT, other_way)
    assert [] == findings(ACCOUNT, EDIT, cluster_wide)


@pytest.mark.parametrize(
    "rules",
    [rule("*", "*.kubeflow.org"), rule("get,list,watch", "*.*"), rule("*", "secrets", names=["a"])],
    ids=["all of one group", "reading everything", "named objects"],
)
def test_wildcards_that_kubeflow_ships_or_that_only_read_are_no_danger(rules: PolicyRule) -> None:
    """pipeline-runner itself has everything of kubeflow.org."""
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
def test_what_could_not_be_read_is_not_missing(objects: tuple[KubernetesObject, ...], unread: Gap) -> None:
    """Rules only add: what is not seen may be there."""
    assert [] == findings(*objects, gaps=[unread])


def test_the_runner_of_one_team_is_bound_to_its_role() -> None:
    """By the binding that the release brings."""
    (runner,) = of_pipelines(Pipelines("kubeflow", Mode.STANDALONE, "pipeline-runner"), ())
    account = service_account("kubeflow/pipeline-runner")
    theirs = role_binding("kubeflow", "pipeline-runner-binding", "Role/pipeline-runner", "sa:pipeline-runner")
    rules = role("kubeflow/pipeline-runner", rule("get", "pods"))

    assert [] == findings(account, theirs, rules, runner=runner)
    assert [("runner-role-missing", "Role/kubeflow/pipeline-runner")] == summary(
        findings(account, theirs, runner=runner)
    )
    assert [("runner-binding-missing", "RoleBinding/kubeflow/pipeline-runner-binding")] == summary(
        findings(account, rules, runner=runner)
    )


def test_a_role_that_many_share_is_looked_through_once() -> None:
    """The rules of `kubeflow-edit` are those of every profile's `default-editor`."""
    looked_at = []

    def condition(rule: PolicyRule) -> bool:
        looked_at.append(rule)
        return False

    bindings = [
        role_binding(f"team-{n}", "default-editor", "kubeflow-edit", "sa:default-editor") for n in range(3)
    ]
    rules = RoleRules(snapshot(EDIT, *bindings))

    assert [False] * 3 == [rules.any_rule(binding, condition) for binding in bindings]
    assert list(EDIT.rules) == looked_at


def test_roles_of_one_name_in_two_namespaces_are_two() -> None:
    """A Role is remembered with its namespace."""
    ours, theirs = role("team-a/runs", EVERYTHING), role("team-b/runs", rule("get", "pods"))
    bindings = [role_binding(name, "runs", "Role/runs", "sa:runner") for name in ("team-a", "team-b")]
    rules = RoleRules(snapshot(ours, theirs, *bindings))

    assert [True, False] == [rules.any_rule(binding, lambda rule: "*" in rule.verbs) for binding in bindings]
