"""What is wrong, or dangerous, about whoever runs pipelines: each finding, and the world without it."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.pipelines.view import TYPES, RunnerHealth, of_baselines, of_platform
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.role_drift import baseline
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner, of_persona, of_pipelines, of_subject
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    gap,
    profile,
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
    return list(RunnerHealth(snapshot(*objects, gaps=gaps or [])).findings(runner))


def told(found: list[Finding]) -> list[tuple[str, str]]:
    """The ids and the objects."""
    return [(one.type.id, "/".join(filter(None, (one.kind, one.namespace, one.name)))) for one in found]


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


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_nothing_else(name: str) -> None:
    """One finding, about the object that is to be mended."""
    objects, expected = CASES[name]

    assert [expected] == told(findings(*objects))


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
def test_wildcards_that_kubeflow_ships_or_that_only_read_are_no_danger(rules: object) -> None:
    """pipeline-runner itself has everything of kubeflow.org."""
    more = role("team-a/more", rules)  # type: ignore[arg-type]  # one rule

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
    assert [("runner-role-missing", "Role/kubeflow/pipeline-runner")] == told(
        findings(account, theirs, runner=runner)
    )
    assert [("runner-binding-missing", "RoleBinding/kubeflow/pipeline-runner-binding")] == told(
        findings(account, rules, runner=runner)
    )


def test_drift_is_a_finding_for_each_direction() -> None:
    """What a role lacks and what it has beyond are two things to mend."""
    shipped = PIPELINE_RUNNER.releases[-1].rules
    more = rule("create", "inferenceservices.serving.kserve.io")

    def ids(*rules: object) -> list[str]:
        held = baseline(PIPELINE_RUNNER, "kubeflow", rules)  # type: ignore[arg-type]  # rules
        return [one.type.id for one in of_baselines([held])]

    assert [] == ids(*shipped)
    assert ["runner-rules-missing"] == ids(*shipped[1:])
    assert ["runner-rules-added"] == ids(*shipped, more)
    assert ["runner-rules-missing", "runner-rules-added"] == ids(*shipped[1:], more)


SHARED = cluster_role("kubeflow-edit", rule("get", "secrets"), rule("create", "runs.pipelines.kubeflow.org"))


@pytest.mark.parametrize(
    ("world", "release", "expected"),
    [
        (snapshot(SHARED), "2.17.0", ["runner-secrets-shared", "runner-any-account"]),
        (snapshot(SHARED), "", ["runner-secrets-shared", "runner-any-account"]),
        (snapshot(SHARED), "2.18.0", ["runner-secrets-shared"]),
        (snapshot(EDIT), "2.17.0", []),
        (snapshot(), "2.17.0", []),
    ],
    ids=["as shipped", "release unknown", "a release that asks", "a role that lacks both", "no role"],
)
def test_what_contributors_may_do_is_said_of_their_role(
    world: Snapshot, release: str, expected: list[str]
) -> None:
    """Once, not for each profile."""
    many = Pipelines("kubeflow", Mode.MULTI_USER, "default-editor", version(release))

    assert expected == [one.type.id for one in of_platform(world, many)]


def test_pipelines_for_one_team_ask_nobody() -> None:
    """Whoever reaches the API runs steps as any account."""
    alone = Pipelines("kubeflow", Mode.STANDALONE, "pipeline-runner")

    assert [("runner-any-account", "Namespace/kubeflow")] == told(list(of_platform(snapshot(), alone)))


def test_every_sort_of_finding_is_met_in_these_tests() -> None:
    """None is only on paper."""
    met = {
        *(expected[0] for _, expected in CASES.values()),
        "runner-rules-missing", "runner-rules-added", "runner-secrets-shared", "runner-any-account",
    }  # fmt: skip

    assert {one.id for one in TYPES} == met


def test_personas_are_who_profiles_say() -> None:
    """Owners of every kind, contributors by the role that they have, and nobody where there is nobody."""
    world = snapshot(
        profile("team-a", "user:alice@example.com"),
        profile("team-b", "group:ml"),
        profile("robot", "sa:ci"),
        role_binding("team-a", "dave", "kubeflow-edit", "user:dave@example.com"),
        role_binding("team-a", "erin", "kubeflow-view", "user:erin@example.com"),
        role_binding("team-a", "default-editor", "kubeflow-edit", "sa:team-a/default-editor"),
    )
    places = ("robot", "team-a", "team-b")

    def whom(persona: str) -> list[tuple[str, str]]:
        return [(one.namespace, one.who.subject.name) for one in of_persona(persona, world, places)]

    assert [("robot", "ci"), ("team-a", "alice@example.com"), ("team-b", "ml")] == whom("profile-owner")
    assert [("team-a", "dave@example.com")] == whom("contributor-edit")
    assert [("team-a", "erin@example.com")] == whom("contributor-view")
    assert [(place, "default-viewer") for place in places] == whom("default-viewer")


def test_who_runs_steps_follows_the_mode() -> None:
    """Where it is not known, both are shown."""

    def whom(mode: Mode, account: str) -> list[str]:
        found = of_pipelines(Pipelines("kubeflow", mode, account), ("team-a",))
        return [f"{one.namespace}/{one.who.subject.name}" for one in found]

    assert ["kubeflow/steps"] == whom(Mode.STANDALONE, "steps")
    assert ["team-a/steps"] == whom(Mode.MULTI_USER, "steps")
    assert ["kubeflow/pipeline-runner", "team-a/default-editor"] == whom(Mode.UNKNOWN, "pipeline-runner")
    assert [] == whom(Mode.ABSENT, "pipeline-runner")
