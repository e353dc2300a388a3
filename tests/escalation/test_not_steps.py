"""Permissions that look like a step, and give nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubectl_kfaccess.escalation.not_steps import NOT_STEPS, NotAStep
from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.model import KubernetesObject, Namespace, ObjectMeta
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    labelled,
    namespace,
    request,
    role,
    role_binding,
    rule,
    service_account,
)
from tests.escalation.cases import ROBOT, granted
from tests.escalation.worlds import ALICE, escalation, reach

INSTALLED = frozenset(way.kind for step in STEPS for way in step.ways if way.kind)
_RBAC = "rbac.authorization.k8s.io"
_BOSS = cluster_role("boss", rule("*", "*"))


def _grants(looks: NotAStep) -> Iterator[str]:
    for need in looks.needs:
        kind = f"{need.resource}.{need.group}" if need.group else need.resource
        target = f"{kind}/{need.subresource}" if need.subresource else kind
        yield f"{'cluster: ' if need.cluster else ''}{','.join(need.verbs)} {target}"


@pytest.mark.parametrize("looks", NOT_STEPS, ids=lambda looks: "; ".join(_grants(looks)))
def test_what_looks_like_a_step_gives_nothing(looks: NotAStep) -> None:
    """All of its permissions together, with every kind installed, and a role to bind."""
    assert [] == reach(escalation(*granted(tuple(_grants(looks))), ROBOT, _BOSS, served=INSTALLED))


@pytest.mark.parametrize("looks", NOT_STEPS, ids=lambda looks: "; ".join(_grants(looks)))
def test_the_reason_is_a_sentence(looks: NotAStep) -> None:
    """It is shown in the documentation."""
    assert looks.why[0].isupper() or looks.why[0] == "`"
    assert looks.why.endswith(".")
    assert "  " not in looks.why


TRAPS: dict[str, tuple[str, ...]] = {
    "patch and update of pods by name do not create": ("create pods other", "get pods other"),
    "get of exec since 1.35": ("get pods/exec,pods/attach",),
    "impersonate users in a namespace": ("impersonate users",),
    "impersonate groups in a namespace": ("impersonate groups", "impersonate users"),
    "impersonation by the wrong group": ("cluster: impersonate users.authentication.k8s.io",),
    "limited impersonation of accounts in the core group": ("impersonate:serviceaccount serviceaccounts",),
    "only what is done as others": ("impersonate-on:serviceaccount:list secrets",),
    "escalate by name never matches create": (f"create roles.{_RBAC}", f"escalate roles.{_RBAC} own"),
    "bind of ClusterRoles by a binding of another kind": (
        f"cluster: create clusterrolebindings.{_RBAC}",
        f"bind clusterroles.{_RBAC}",
    ),
    "bind without a binding": (f"cluster: bind clusterroles,roles.{_RBAC}",),
    "tokens of an account that does not exist": ("create serviceaccounts/token absent",),
    "create of tokens by a rule for all subresources of another type": ("create */status",),
    "deletecollection by name": ("deletecollection secrets some",),
    "create by name": ("create deployments.apps,pods,secrets some",),
    "approve without the signer": (
        "cluster: create certificatesigningrequests.certificates.k8s.io",
        "cluster: update certificatesigningrequests.certificates.k8s.io/approval",
        "cluster: approve signers.certificates.k8s.io example.com/signer",
    ),
    "cluster-scoped kinds in a namespace": (
        "create persistentvolumes",
        "get nodes/proxy",
        "create,patch workspacekinds.kubeflow.org",
        "patch mutatingwebhookconfigurations.admissionregistration.k8s.io",
    ),
    "mutating policies without their bindings": (
        "cluster: create mutatingadmissionpolicies.admissionregistration.k8s.io",
    ),
    "use of an account without a run": ("use serviceaccounts",),
    "the labels of another namespace": ("patch namespaces team-b",),
    "one half of a profile": ("cluster: patch profiles.kubeflow.org team-a",),
}


@pytest.mark.parametrize("grants", TRAPS.values(), ids=list(TRAPS))
def test_a_trap_gives_nothing(grants: tuple[str, ...]) -> None:
    """What upstream refuses, or what has no effect."""
    more = (ROBOT, _BOSS, cluster_role("kubeflow-admin", rule("*", "*")), *_own_role())

    assert [] == reach(escalation(*granted(grants), *more, served=INSTALLED, release="2.17.1"))


def _own_role() -> Iterator[KubernetesObject]:
    yield role_binding("team-a", "mine", "Role/own", "user:alice")
    yield role_binding("team-b", "carol", "boss", "user:carol")


def test_a_custom_resource_counts_only_where_it_is_installed() -> None:
    """A rule can name a kind that the cluster does not serve."""
    grants = ("create notebooks.kubeflow.org",)
    known = escalation(*granted(grants), served=frozenset((("kubeflow.org", "workspaces"),)))
    unknown = escalation(*granted(grants))

    assert [] == reach(known)
    assert "?code in team-a" in reach(unknown)


@pytest.mark.parametrize(("minor", "is_open"), [(34, True), (35, False), (37, False)])
def test_get_is_enough_for_exec_before_1_35(minor: int, is_open: bool) -> None:
    """kubernetes#133515: since then, a websocket needs `create` as well."""
    for sub in ("exec", "attach"):
        engine = escalation(*granted((f"get pods/{sub}",)), ROBOT, minor=minor)

        assert is_open == ("?sa:team-a/robot" in reach(engine))


@pytest.mark.parametrize(("minor", "is_open"), [(35, False), (36, True), (37, True)])
def test_constrained_impersonation_counts_since_1_36(minor: int, is_open: bool) -> None:
    """The gate is on since then; before, the verbs are texts that nobody asks for."""
    grants = ("cluster: impersonate:user-info users.authentication.k8s.io carol",)

    assert is_open == ("carol limited by requests" in reach(escalation(*granted(grants), minor=minor)))


@pytest.mark.parametrize(("minor", "is_open"), [(35, False), (36, True)])
def test_mutating_policies_count_since_1_36(minor: int, is_open: bool) -> None:
    """The gate MutatingAdmissionPolicy is on since then."""
    kinds = ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings")
    grants = tuple(f"cluster: create {kind}.admissionregistration.k8s.io" for kind in kinds)

    assert is_open == ("?cluster" in reach(escalation(*granted(grants), minor=minor)))


@pytest.mark.parametrize("value", ["restricted", "baseline"])
def test_pod_security_keeps_privileged_pods_out(value: str) -> None:
    """The label says so; without it, a privileged pod has the node if nothing else refuses it."""
    enforced = Namespace(metadata=ObjectMeta("team-a", labels={_ENFORCE: value}))
    privileged = Namespace(metadata=ObjectMeta("team-a", labels={_ENFORCE: "privileged"}))

    assert "?node" not in reach(escalation(*granted(("create pods",)), enforced))
    assert "?node" in reach(escalation(*granted(("create pods",)), privileged))
    assert "?node" in reach(escalation(*granted(("create pods",)), namespace("team-b")))


_ENFORCE = "pod-security.kubernetes.io/enforce"


@pytest.mark.parametrize(("on", "is_open"), [("create pods", True), ("get configmaps", False)])
def test_a_limited_identity_is_an_intersection(on: str, is_open: bool) -> None:
    """Alice creates pods as the account only if she is allowed that as well as the account."""
    engine = escalation(
        *granted(
            (
                "impersonate:serviceaccount serviceaccounts.authentication.k8s.io robot",
                f"impersonate-on:serviceaccount:{on}",
            )
        ),
        ROBOT,
        cluster_role("both", rule("get", "configmaps"), rule("create", "pods")),
        role_binding("team-a", "robot", "both", "sa:team-a/robot"),
    )
    limited = next(each for each in engine.reached(ALICE) if each.node.mode)
    pods = engine.allows(limited, request("create", "pods", "team-a"))

    assert is_open == ("code in team-a" in reach(engine))
    assert is_open == (pods is Verdict.ALLOWED)
    assert engine.allows(limited, request("list", "secrets", "team-a")) is Verdict.DENIED


def test_a_workspace_runs_as_an_account_of_its_own() -> None:
    """Nobody chooses it, not even if an account of such a name exists."""
    engine = escalation(
        *granted(("create workspaces.kubeflow.org",)),
        ROBOT,
        service_account("team-a/ws-other"),
        served=INSTALLED,
    )

    assert ["?data in team-a", "code in team-a as ws-*"] == reach(engine)


def test_an_aggregated_role_is_written_by_its_label_alone() -> None:
    """The controller replaces the rules of an aggregated ClusterRole, so patching it is no step."""
    grants = (f"cluster: patch clusterroles.{_RBAC} sum", f"cluster: escalate clusterroles.{_RBAC} sum")
    engine = escalation(
        *granted(grants),
        cluster_role("sum", aggregate=labelled(to="sum")),
        role_binding("team-a", "mine", "sum", "user:alice"),
    )
    reached = next(each for each in engine.reached(ALICE) if each.node.namespace == "team-a")

    assert ["aggregate-role"] == [step.id for step in engine.steps(reached)]


def test_a_binding_of_everybody_else_can_be_joined() -> None:
    """Patching a binding needs `bind` of its role, which is not that of another one."""
    objects = (
        *granted((f"patch rolebindings.{_RBAC}", f"bind clusterroles.{_RBAC} viewer")),
        cluster_role("viewer", rule("get", "configmaps")),
        _BOSS,
        role_binding("team-a", "theirs", "boss", "user:carol"),
        role("team-a/local"),
    )

    assert [] == reach(escalation(*objects))


def test_a_cluster_wide_grant_of_the_namespaces_own_labels_counts_there() -> None:
    """A ClusterRoleBinding that names the Namespace object grants it in its own namespace."""
    enforced = Namespace(metadata=ObjectMeta("team-a", labels={_ENFORCE: "restricted"}))
    objects = (
        cluster_role("labels", rule("patch", "namespaces", names=["team-a"])),
        cluster_role_binding("labels", "labels", "user:alice"),
        *granted(("create pods",)),
        enforced,
    )

    assert "?node" in reach(escalation(*objects))


@pytest.mark.parametrize(("place", "is_open"), [("kube-system", True), ("team-a", False)])
def test_bootstrap_tokens_are_secrets_of_kube_system(place: str, is_open: bool) -> None:
    """The authenticator looks nowhere else."""
    objects = (cluster_role("secrets", rule("create", "secrets")),)

    assert is_open == (
        "?node" in reach(escalation(*objects, role_binding(place, "alice", "secrets", "user:alice")))
    )
