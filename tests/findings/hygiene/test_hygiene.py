"""Findings about rights that no tenant needs: who must have them, how, and what counts as shipped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from kubectl_kfaccess.findings import registry
from kubectl_kfaccess.findings.finding import Severity
from kubectl_kfaccess.output.shapes import finding_data
from tests.findings.isolation.roles import role, rule
from tests.findings.isolation.worlds import cluster_role_binding, role_binding, summary, view

RBAC = "rbac.authorization.k8s.io"
KIM, BOB, BOT = "user:kim@example.com", "user:bob@example.com", "sa:team-a/bot"
EDITOR_B = "sa:team-b/default-editor"
Row = tuple[str, str, str]
Found = tuple[str, str, str, str]
ALL = tuple(kind.id for kind in registry.types(registry.HYGIENE))
PODS = "create pods, or what creates pods,"
TOKENS = rule("create", "serviceaccounts/token")
# The finding, a rule that gives the right in a namespace, and what the message says of it
HERE = (
    ("hygiene-secrets", rule("get", "secrets"), "read Secrets"),
    ("hygiene-secrets", rule("list", "secrets"), "read Secrets"),
    ("hygiene-secrets", rule("patch", "secrets"), "read Secrets"),
    ("hygiene-secrets", rule("deletecollection", "secrets"), "read Secrets"),
    ("hygiene-create-pods", rule("create", "pods"), PODS),
    ("hygiene-create-pods", rule("create", "deployments.apps"), PODS),
    ("hygiene-create-pods", rule("create", "jobs.batch"), PODS),
    ("hygiene-create-tokens", TOKENS, "create tokens of service accounts"),
    ("hygiene-bind-escalate-impersonate", rule("bind", f"clusterroles.{RBAC}"), "use the verbs `bind`"),
    ("hygiene-bind-escalate-impersonate", rule("bind,escalate", f"roles.{RBAC}"),
     "use the verbs `bind`, `escalate`"),
    ("hygiene-bind-escalate-impersonate", rule("impersonate", "serviceaccounts"),
     "use the verbs `impersonate`"),
    ("hygiene-wildcards", rule("*", "widgets.example.com"), "do what a star in a rule covers"),
    ("hygiene-wildcards", rule("get", "*.example.com"), "do what a star in a rule covers"),
)  # fmt: skip
# The same for rights in no namespace
IN_CLUSTER = (
    ("hygiene-persistent-volumes", rule("create", "persistentvolumes"), "create PersistentVolumes"),
    ("hygiene-node-proxy", rule("get", "nodes/proxy"),
     "run commands in the pods of every node by `nodes/proxy`"),
    ("hygiene-approve-certificates",
     rule("update", "certificatesigningrequests/approval.certificates.k8s.io"),
     "approve requests for certificates"),
    ("hygiene-webhooks", rule("patch", "mutatingwebhookconfigurations.admissionregistration.k8s.io"),
     "write admission webhooks"),
    ("hygiene-webhooks", rule("create", "validatingwebhookconfigurations.admissionregistration.k8s.io"),
     "write admission webhooks"),
    ("hygiene-bind-escalate-impersonate", rule("escalate", f"clusterroles.{RBAC}"),
     "use the verbs `escalate`"),
    ("hygiene-bind-escalate-impersonate", rule("impersonate", "users"), "use the verbs `impersonate`"),
)  # fmt: skip


def roles(rules: Iterable[str]) -> str:
    """Return a ClusterRole for each of *rules*: role-0, role-1, ..."""
    return "".join(role(f"role-{number}", text) for number, text in enumerate(rules))


def bound(rules: Sequence[str], to: str = KIM, namespace: str = "team-a") -> str:
    """Return a ClusterRole for each of *rules*, bound in a namespace."""
    names = (f"role-{number}" for number in range(len(rules)))
    return roles(rules) + "".join(role_binding(namespace, f"by-{name}", name, to) for name in names)


def everywhere(rules: Sequence[str], to: str = BOB) -> str:
    """Return a ClusterRole for each of *rules*, bound in the whole cluster."""
    names = (f"role-{number}" for number in range(len(rules)))
    return roles(rules) + "".join(cluster_role_binding(f"by-{name}", name, to) for name in names)


def expected(rows: Iterable[Row], who: str, where: str) -> list[Found]:
    """Return the findings about a role for each of *rows*, in the order of findings."""
    found = (finding(row[0], f"it lets `{who}` {row[2]} {where}", number) for number, row in enumerate(rows))
    return sorted(found, key=lambda each: each[1:])


def finding(kind: str, text: str, number: int = 0) -> Found:
    """Return the finding about the role with that number."""
    return ("warning", kind, f"ClusterRole /role-{number}", text)


RULES_HERE = tuple(rules for _, rules, _ in HERE)
RULES_IN_CLUSTER = tuple(rules for _, rules, _ in IN_CLUSTER)


def test_the_demo_has_none() -> None:
    """Kubernetes' own `edit`, which kim has there, can impersonate accounts as Kubernetes ships it."""
    assert [] == summary(view(), *ALL)


def test_rights_in_a_namespace() -> None:
    """One finding for each role, with who has it."""
    assert expected(HERE, KIM, "in `team-a`") == summary(view(bound(RULES_HERE)), *ALL)


def test_rights_in_every_namespace_count_for_those_at_home() -> None:
    """An owner has a home, the auditors' group has none."""
    assert expected(HERE, BOB, "in every namespace") == summary(view(everywhere(RULES_HERE)), *ALL)
    assert [] == summary(view(everywhere(RULES_HERE, to="group:auditors")), *ALL)


def test_accounts_of_the_namespace_do_not_count() -> None:
    """Editors can act as them, and those that have more than editors are another finding."""
    assert [] == summary(view(bound(RULES_HERE, to=BOT)), *ALL)


def test_accounts_from_elsewhere_count() -> None:
    """Those of another tenant are ways into this one, which other findings are about."""
    who = "sa:operators/web"
    assert [] == summary(view(bound(RULES_HERE, to=EDITOR_B)), *ALL)
    assert expected(HERE, who, "in `team-a`") == summary(view(bound(RULES_HERE, to=who)), *ALL)


def test_rights_that_concern_no_tenant() -> None:
    """A role that is only written grants nothing, and another namespace is not a tenant's."""
    assert [] == summary(view(roles(RULES_HERE)), *ALL)
    assert [] == summary(view(bound(RULES_HERE, namespace="kubeflow")), *ALL)


def test_rights_in_no_namespace() -> None:
    """They need a ClusterRoleBinding of somebody who is at home in a tenant."""
    assert expected(IN_CLUSTER, BOB, "in the whole cluster") == summary(
        view(everywhere(RULES_IN_CLUSTER)), *ALL
    )


def test_rights_of_accounts_on_nodes_are_ways() -> None:
    """A fact has one id: a finding about the ways by steps says it."""
    nodes = IN_CLUSTER[:2]
    manifests = everywhere(tuple(rules for _, rules, _ in nodes), to=EDITOR_B)

    assert [] == summary(view(manifests), *ALL)
    assert "isolation-steps" in {name for _, name, *_ in summary(view(manifests), "isolation-steps")}


def test_rights_in_no_namespace_that_no_tenant_has() -> None:
    """A RoleBinding grants nothing of them."""
    assert [] == summary(view(bound(RULES_IN_CLUSTER)), *ALL)
    assert [] == summary(view(everywhere(RULES_IN_CLUSTER, to="group:auditors")), *ALL)


NONE = (
    rule("get", "secrets", "token"),  # names are what the findings advise
    rule("create", "serviceaccounts/token", "bot"),
    rule("bind", f"clusterroles.{RBAC}", "view"),
    rule("impersonate", "serviceaccounts", "bot"),
    rule("create,update,delete", "secrets"),
    rule("get,list,delete", "pods"),
    rule("bind", f"rolebindings.{RBAC}"),  # the API server asks for roles alone
    rule("get", "pods/*"),  # matches nothing but itself
)


def test_what_is_no_such_right() -> None:
    """Neither in a namespace nor in all of them."""
    assert [] == summary(view(bound(NONE)), *ALL)
    assert [] == summary(view(everywhere(NONE)), *ALL)


def test_a_role_that_is_added_to_edit() -> None:
    """Editors can read Secrets and create pods as Kubeflow ships it, but not make tokens."""
    more = rule("get", "secrets") + rule("create", "pods") + TOKENS
    text = "it lets 7 subjects create tokens of service accounts in 3 namespaces"

    assert [finding("hygiene-create-tokens", text)] == summary(
        view(role("role-0", more, aggregated="edit")), *ALL
    )


def test_a_role_that_is_added_to_view() -> None:
    """View is below edit; what lets viewers run code or act as accounts is another finding."""
    added = role("role-0", rule("get", "secrets"), aggregated="view")

    assert [finding("hygiene-secrets", "it lets 2 subjects read Secrets in 2 namespaces")] == summary(
        view(added), *ALL
    )
    assert [] == summary(view(role("role-0", TOKENS + rule("create", "pods"), aggregated="view")), *ALL)


@pytest.mark.parametrize("name", ["edit", "admin", "view", "kubeflow-edit", "kubeflow-admin"])
def test_roles_for_tenants_as_shipped(name: str) -> None:
    """By Kubernetes, and by Kubeflow."""
    assert [] == summary(view(role_binding("team-a", "by-hand", name, KIM)), *ALL)


def test_a_shipped_role_that_is_for_no_tenant() -> None:
    """Kubernetes ships `system:node`, and binds no tenant to it."""
    kinds = {each[1] for each in summary(view(cluster_role_binding("by-hand", "system:node", BOB)), *ALL)}

    assert {"hygiene-create-pods", "hygiene-create-tokens", "hygiene-secrets"} == kinds


def test_a_role_that_allows_everything_is_one_finding() -> None:
    """It is a wildcard, and not each of the rights as well."""
    everything = rule("*", "*").replace('apiGroups: [""]', 'apiGroups: ["*"]')

    assert [finding("hygiene-wildcards", f"it lets `{KIM}` do what a star in a rule covers in `team-a`")] == (
        summary(view(bound((everything,))), *ALL)
    )


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param(role_binding("team-a", "by-hand", "cluster-admin", KIM),
                     [("RoleBinding team-a/by-hand", f"`{KIM}` can do everything in `team-a`")],
                     id="in a namespace"),
        pytest.param(role_binding("team-a", "by-hand", "cluster-admin", BOT),
                     [("RoleBinding team-a/by-hand", f"`{BOT}` can do everything in `team-a`")],
                     id="an account of the namespace"),
        pytest.param(cluster_role_binding("by-hand", "cluster-admin", BOB),
                     [("ClusterRoleBinding /by-hand", f"`{BOB}` can do everything in the whole cluster")],
                     id="an owner"),
        pytest.param(cluster_role_binding("by-hand", "cluster-admin", EDITOR_B), [],
                     id="of an account it is a way into all tenants"),
        pytest.param(cluster_role_binding("by-hand", "cluster-admin", "group:ops"), [], id="a group"),
        pytest.param(role_binding("kubeflow", "by-hand", "cluster-admin", KIM), [], id="another namespace"),
    ],
)  # fmt: skip
def test_cluster_admin(manifests: str, expected: list[tuple[str, str]]) -> None:
    """One for each binding; no other finding about hygiene repeats it."""
    found = summary(view(manifests), *ALL)

    assert [("hygiene-cluster-admin", *each) for each in expected] == [each[1:] for each in found]


def test_the_account_default() -> None:
    """Only in its own namespace: elsewhere, being bound at all is another finding."""
    manifests = role_binding("team-a", "by-hand", "kubeflow-view", "sa:team-a/default")
    text = "gives ClusterRole `kubeflow-view` to the account `default`"

    assert [("warning", "hygiene-default-account", "RoleBinding team-a/by-hand", text)] == summary(
        view(manifests), *ALL
    )
    for namespace, who in (
        ("team-a", "sa:team-b/default"),
        ("team-a", BOT),
        ("kubeflow", "sa:kubeflow/default"),
    ):
        assert [] == summary(view(role_binding(namespace, "by-hand", "kubeflow-view", who)), *ALL)


def test_masters() -> None:
    """Kubernetes binds the group in the whole cluster, which is no tenant's doing."""
    manifests = role_binding("team-a", "by-hand", "kubeflow-view", "group:system:masters")
    text = "names `system:masters`, who can do everything without it"

    assert [("warning", "hygiene-masters", "RoleBinding team-a/by-hand", text)] == summary(
        view(manifests), *ALL
    )
    assert [] == summary(view(role_binding("kubeflow", "by-hand", "view", "group:system:masters")), *ALL)


def test_none_is_more_than_a_warning_and_each_names_its_paragraph_of_cis() -> None:
    """5.1.6 is about pods, which are not read."""
    kinds = registry.types(registry.HYGIENE)
    paragraphs = sorted(int(kind.references[0].removeprefix("CIS-5.1.")) for kind in kinds)

    assert {Severity.WARNING} == {kind.severity for kind in kinds}
    assert [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13] == paragraphs


def test_the_references_are_printed() -> None:
    """As `references` of the finding, for those who report by the ids of others."""
    cluster = view(bound((rule("get", "secrets"),)))
    (data,) = (finding_data(each) for each in registry.hygiene_findings(cluster))

    assert ["CIS-5.1.2", "C-0186", "KSV-0041", "KSV-0113", "CKV2_K8S_5"] == data["references"]
