"""Findings about the bindings of accounts and owners: more than editors have, and what tenants share."""

from __future__ import annotations

import pytest

from tests.findings.isolation.roles import role, rule
from tests.findings.isolation.worlds import cluster_role_binding, role_binding, summary, view

EXCEEDS = "isolation-account-exceeds"
SHARED = "isolation-shared-writer"
STEPS = ("isolation-steps", "isolation-possible-steps")
ERROR, NOTE, WARNING = "error", "note", "warning"
BOT = "sa:team-a/bot"
EDITOR_B = "sa:team-b/default-editor"
BOB = "user:bob@example.com"
TOKENS = rule("create", "serviceaccounts/token")


def bound(*rules: str, to: str = BOT) -> str:
    """Return a ClusterRole with *rules*, bound in team-a."""
    return role("ours", *rules) + role_binding("team-a", "by-hand", "ours", to)


def everywhere(*rules: str, to: str = EDITOR_B) -> str:
    """Return a ClusterRole with *rules*, bound in the whole cluster."""
    return role("ours", *rules) + cluster_role_binding("by-hand", "ours", to)


@pytest.mark.parametrize(
    ("manifests", "severity", "resources"),
    [
        pytest.param(bound(TOKENS), WARNING, "`serviceaccounts/token`", id="tokens"),
        pytest.param(bound(rule("list", "roles.rbac.authorization.k8s.io")), NOTE, "`roles`",
                     id="only reading"),
        pytest.param(role_binding("team-a", "by-hand", "kubeflow-admin", BOT), WARNING,
                     "`*.serving.knative.dev`, `localsubjectaccessreviews` and 2 more", id="admin"),
        pytest.param(bound(rule("create", "widgets.example.com,*.example.com")), WARNING,
                     "`*.example.com`, `widgets`", id="a star of one group"),
        pytest.param(bound(rule("create", "serviceaccounts/token,nodes")), WARNING,
                     "`serviceaccounts/token`", id="what has no effect is left out"),
    ],
)  # fmt: skip
def test_accounts_with_more_than_editors(manifests: str, severity: str, resources: str) -> None:
    """One for each account: editors can run code as it."""
    text = f"`{BOT}` has more than `kubeflow-edit` in its namespace, on {resources}"

    assert [(severity, EXCEEDS, "RoleBinding team-a/by-hand", text)] == summary(view(manifests), EXCEEDS)


def test_all_accounts_of_a_profile_with_more_than_editors() -> None:
    """A group of accounts counts as they do."""
    group = "group:system:serviceaccounts:team-a"
    text = f"`{group}` has more than `kubeflow-edit` in its namespace, on `serviceaccounts/token`"

    assert [(WARNING, EXCEEDS, "RoleBinding team-a/by-hand", text)] == summary(
        view(bound(TOKENS, to=group)), EXCEEDS
    )


def test_two_bindings_of_one_account_are_one_finding() -> None:
    """It is about the first binding by name, and says what both grant."""
    manifests = bound(TOKENS) + role("more", rule("create", "widgets.example.com"))
    text = f"`{BOT}` has more than `kubeflow-edit` in its namespace, on `serviceaccounts/token`, `widgets`"

    assert [(WARNING, EXCEEDS, "RoleBinding team-a/by-hand", text)] == summary(
        view(manifests + role_binding("team-a", "later", "more", BOT)), EXCEEDS
    )


RUNNER = rule("get", "secrets") + rule("*", "pods,pods/exec,pods/log,services")
AS_ROLE = ("kind: ClusterRole,", "kind: Role,")


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param("", id="the demo"),
        pytest.param(role_binding("team-a", "by-hand", "kubeflow-edit", BOT), id="edit"),
        pytest.param(role_binding("team-a", "by-hand", "kubeflow-view", BOT), id="view"),
        pytest.param(bound(rule("get,create", "pods,secrets")), id="less than edit"),
        pytest.param(bound(rule("list", "nodes")), id="nothing in a namespace"),
        pytest.param(bound(TOKENS, to="user:kim@example.com"), id="a person"),
        pytest.param(bound(TOKENS, to=EDITOR_B), id="an account of another tenant"),
        pytest.param(role("ours", TOKENS) + role_binding("kubeflow", "by-hand", "ours", "sa:kubeflow/a"),
                     id="an account of the platform"),
        pytest.param(role_binding("team-a", "by-hand", "cluster-admin", BOT), id="another finding"),
        pytest.param(role("pipeline-runner", RUNNER, namespace="team-a")
                     + role_binding("team-a", "by-hand", "pipeline-runner", BOT).replace(*AS_ROLE),
                     id="as a release ships it for the account of pipelines"),
        pytest.param(bound(TOKENS) + role("kubeflow-tokens", TOKENS, aggregated="edit"),
                     id="editors have it too"),
    ],
)  # fmt: skip
def test_accounts_with_no_more_than_editors(manifests: str) -> None:
    """Nothing is said."""
    assert [] == summary(view(manifests), EXCEEDS)


def test_without_kubeflow_edit_nothing_is_measured() -> None:
    """Where the role is gone, other findings say so."""
    cluster = view(bound(TOKENS), without=("clusterrole/kubeflow-edit",))

    assert [] == summary(cluster, EXCEEDS)


WRITTEN = (
    ("clusterlocalmodelcaches", rule("create", "clusterlocalmodelcaches.serving.kserve.io")),
    ("localmodelcaches", rule("update", "localmodelcaches.serving.kserve.io")),
    ("namespaces", rule("delete", "namespaces")),
    ("nodes", rule("patch", "nodes")),
    ("priorityclasses", rule("create", "priorityclasses.scheduling.k8s.io")),
    ("profiles", rule("patch", "profiles.kubeflow.org")),
    ("storageclasses", rule("patch", "storageclasses.storage.k8s.io", "fast")),
)


@pytest.mark.parametrize(
    "who", [EDITOR_B, "group:system:serviceaccounts:team-b", "group:system:authenticated"]
)
def test_accounts_and_everybody_that_write_what_tenants_share(who: str) -> None:
    """It changes what runs for others, so it crosses from one tenant into all: one for each binding."""
    manifests = "".join(
        role(f"writes-{kind}", rules) + cluster_role_binding(kind, f"writes-{kind}", who)
        for kind, rules in WRITTEN
    )

    assert [
        (ERROR, SHARED, f"ClusterRoleBinding /{kind}", f"`{who}` can write `{kind}` for all tenants")
        for kind, _ in WRITTEN
    ] == summary(view(manifests), SHARED)


BY_STEPS = (
    "clusterservingruntimes.serving.kserve.io",
    "clusterstoragecontainers.serving.kserve.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "apiservices.apiregistration.k8s.io",
)


@pytest.mark.parametrize("resource", BY_STEPS)
def test_what_steps_lead_through_is_their_finding_alone(resource: str) -> None:
    """A fact has one id: the ways by steps say it of accounts, with the steps."""
    cluster = view(everywhere(rule("create,update,patch", resource)))

    assert [] == summary(cluster, SHARED)
    assert summary(cluster, *STEPS)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        pytest.param(rule("patch", "nodes"), "`nodes`", id="nodes"),
        pytest.param(rule("patch", "clusterservingruntimes.serving.kserve.io"), "`clusterservingruntimes`",
                     id="what ways by steps do not say of people"),
        pytest.param(rule("*", "*.kubeflow.org"), "`profiles`, `workspacekinds`", id="a star"),
    ],
)  # fmt: skip
def test_an_owner_that_writes_what_tenants_share_is_a_warning(rules: str, text: str) -> None:
    """They may be a platform admin as well."""
    assert [
        (WARNING, SHARED, "ClusterRoleBinding /by-hand", f"`{BOB}` can write {text} for all tenants")
    ] == summary(view(everywhere(rules, to=BOB)), SHARED)


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param("", id="the demo"),
        pytest.param(everywhere(rule("get,list,watch", "nodes")), id="reading"),
        pytest.param(everywhere(rule("create", "namespaces") + rule("create", "profiles.kubeflow.org")),
                     id="a new profile"),
        pytest.param(everywhere(rule("create", "nodes", "a")), id="creating has no name"),
        pytest.param(everywhere(rule("patch", "nodes"), to="group:ops"), id="a group"),
        pytest.param(everywhere(rule("patch", "nodes"), to="sa:operators/a"), id="an account of no tenant"),
        pytest.param(everywhere(rule("*", "*")).replace('apiGroups: [""]', 'apiGroups: ["*"]'),
                     id="everything is another finding"),
        pytest.param(role("ours", rule("patch", "nodes"))
                     + role_binding("team-b", "by-hand", "ours", EDITOR_B), id="a RoleBinding"),
        pytest.param(everywhere(rule("patch", "notebooks.kubeflow.org")), id="what is in namespaces"),
    ],
)  # fmt: skip
def test_what_is_not_shared(manifests: str) -> None:
    """Nothing is said."""
    assert [] == summary(view(manifests), SHARED)


def test_a_profile_that_can_be_taken_is_a_way_by_steps() -> None:
    """Profiles and namespaces together make an account the owner (take-profile)."""
    both = rule("patch", "profiles.kubeflow.org") + rule("patch", "namespaces")
    cluster = view(everywhere(both))

    assert [] == summary(cluster, SHARED)
    assert [ERROR] == [severity for severity, *_ in summary(cluster, "isolation-steps")][:1]


def test_several_subjects_of_a_binding_are_one_finding() -> None:
    """The first by name is shown, and the others counted."""
    more = "kind: ServiceAccount, name: default-viewer, namespace: team-b}, {"
    manifests = everywhere(rule("patch", "nodes")).replace("subjects: [{", f"subjects: [{{{more}")

    assert [
        (ERROR, SHARED, "ClusterRoleBinding /by-hand",
         f"`{EDITOR_B}` and 1 other subject can write `nodes` for all tenants"),
    ] == summary(view(manifests), SHARED)  # fmt: skip
