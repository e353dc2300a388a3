"""
Cases of steps: what Alice is granted, and what she reaches by that step. Written by hand from upstream.

A grant is `VERBS TYPE[.GROUP][/SUB] [NAME…]`, by a RoleBinding in team-a; with `cluster:` in front, by a
ClusterRoleBinding. `a|b` are verbs of which each alone is enough. Each grant of a case is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kubectl_kfaccess.rbac.model import (
    ClusterRoleBinding,
    KubernetesObject,
    ObjectMeta,
    RoleBinding,
    ServiceAccount,
)
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    labelled,
    namespace,
    role,
    role_binding,
    rule,
    service_account,
)


class Case(NamedTuple):
    """
    With *grants*, Alice reaches *gives* by a step of type *step*, as `worlds.words` says it.

    *more* are objects beside a service account `robot` in team-a. *minor* is the version of Kubernetes,
    *release* that of pipelines.
    """

    step: str
    grants: tuple[str, ...]
    gives: str
    more: tuple[KubernetesObject, ...] = ()
    minor: int = 37
    release: str = ""


def expanded(case: Case) -> Iterator[Case]:
    """Yield *case* for each verb of each grant, with the first verb of the others."""
    firsts = [
        grant.replace(verbs, verbs.split("|")[0], 1) for grant in case.grants for verbs in [_verbs(grant)]
    ]
    for position, grant in enumerate(case.grants):
        verbs = _verbs(grant)
        for verb in verbs.split("|") if "|" in verbs or position == 0 else ():
            chosen = [*firsts[:position], grant.replace(verbs, verb, 1), *firsts[position + 1 :]]
            yield case._replace(grants=tuple(chosen))


ARBITRARY = frozenset(("chosen", "live", "new", "nightly", "nobody", "one"))
"""Names of objects that the subject chooses: any other one would do."""


class Narrower(NamedTuple):
    """
    Grants that are less than those of a case, by which its step does not reach what the case gives.

    With *rest*, the step reaches nothing at all that it does not reach by the rest of them alone.
    """

    grants: tuple[str, ...]
    rest: tuple[str, ...] | None = None


def narrower(case: Case) -> Iterator[Narrower]:
    """Yield grants that are less: without one, by a RoleBinding instead, of another name."""
    for position, grant in enumerate(case.grants):
        before, after = case.grants[:position], case.grants[position + 1 :]
        yield Narrower((*before, *after))
        if grant.startswith("cluster: "):
            yield Narrower((*before, grant.removeprefix("cluster: "), *after), (*before, *after))
        if _renamed(grant) != grant:
            yield Narrower((*before, _renamed(grant), *after))
    if len(case.grants) > 1:
        others = (*map(_renamed, case.grants[:-1]), case.grants[-1])
        yield from (Narrower(others),) if others != case.grants else ()


def _renamed(grant: str) -> str:
    """Return *grant* for an object of another name, itself if any name would do."""
    *words, name = grant.split()
    is_named = len(words) > 1 + grant.startswith("cluster: ") and name not in ARBITRARY
    return " ".join((*words, "of-others")) if is_named else grant


def _verbs(grant: str) -> str:
    return grant.removeprefix("cluster: ").split()[0]


def granted(grants: tuple[str, ...]) -> Iterator[KubernetesObject]:
    """Yield a role and a binding to Alice for each grant."""
    for number, grant in enumerate(grants):
        verbs, target, *names = grant.removeprefix("cluster: ").split()
        yield cluster_role(f"granted-{number}", rule(verbs, target, names=names))
        if grant.startswith("cluster: "):
            yield cluster_role_binding(f"alice-{number}", f"granted-{number}", "user:alice")
        else:
            yield role_binding("team-a", f"alice-{number}", f"granted-{number}", "user:alice")


ROBOT = service_account("team-a/robot")
_CODE = "code in team-a"
_POSSIBLE_CODE = "?code in team-a"
_ADMIN = cluster_role("boss", rule("*", "*.*"))
_CLOUDY = ServiceAccount(
    metadata=ObjectMeta("cloudy", "team-a", annotations={"eks.amazonaws.com/role-arn": "arn:x"})
)
_GHOST = role_binding("team-b", "ghost", "boss", "sa:team-a/ghost")
_RESTRICTED = namespace("team-a", **{"pod-security.kubernetes.io/enforce": "restricted"})
_RULES = "alice with any rules in team-a"
_RBAC = "rbac.authorization.k8s.io"
_KIND = "kubeflow.org"
_WRITE = "create|patch|update"
_CHANGE = "patch|update"


def _writes(step: str, gives: str, *types: str, verbs: str = _WRITE) -> Iterator[Case]:
    for each in types:
        yield Case(step, (f"{verbs} {each}",), gives)


def _all_writes(step: str, gives: str, *types: str) -> Iterator[Case]:
    for each in types:
        yield Case(step, (f"cluster: {_WRITE} {each}",), gives)


def _mine(kind: str, name: str, where: str = "team-a") -> RoleBinding | ClusterRoleBinding:
    """Return a binding of a role to Alice."""
    return role_binding(where, "mine", f"Role/{name}" if kind == "Role" else name, "user:alice")


_MIXED = (
    Case("run-pod", ("create pods",), _CODE),
    Case("run-pod", ("create pods fixed", "patch pods fixed"), _CODE),
    *_writes(
        "run-workload",
        _CODE,
        "deployments.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "replicasets.apps",
        "replicationcontrollers",
        "cronjobs.batch",
    ),
    Case("run-workload", ("patch|update deployments.apps one",), _CODE),
    Case("run-job", ("create jobs.batch",), _CODE),
    *_writes("run-notebook", _CODE, f"notebooks.{_KIND}", f"pvcviewers.{_KIND}"),
    Case("run-viewer", (f"create viewers.{_KIND}",), _CODE),
    *_writes("run-workflow", _CODE, "cronworkflows.argoproj.io", f"scheduledworkflows.{_KIND}"),
    Case("run-workflow", ("create workflows.argoproj.io",), _CODE),
    Case("run-workflow", (f"{_CHANGE} workflows.argoproj.io",), _POSSIBLE_CODE),
    *_writes(
        "run-inference",
        _CODE,
        "inferenceservices.serving.kserve.io",
        "inferencegraphs.serving.kserve.io",
        "llminferenceservices.serving.kserve.io",
    ),
    Case("run-training", ("create trainjobs.trainer.kubeflow.org",), _CODE),
    Case("run-training", (f"{_CHANGE} trainjobs.trainer.kubeflow.org",), _POSSIBLE_CODE),
    *_writes(
        "run-training",
        _CODE,
        *(f"{name}jobs.{_KIND}" for name in ("pytorch", "tf", "mpi", "xgboost", "paddle", "jax")),
        verbs="create",
    ),
    *_writes(
        "run-training",
        _POSSIBLE_CODE,
        *(f"{name}jobs.{_KIND}" for name in ("pytorch", "tf", "mpi", "xgboost", "paddle", "jax")),
        verbs=_CHANGE,
    ),
    *_writes("run-experiment", _CODE, f"experiments.{_KIND}", f"trials.{_KIND}", verbs="create"),
    *_writes(
        "run-spark",
        _CODE,
        "sparkapplications.sparkoperator.k8s.io",
        "scheduledsparkapplications.sparkoperator.k8s.io",
        "sparkconnects.sparkoperator.k8s.io",
    ),
    *_writes("run-ray", _CODE, "rayclusters.ray.io", "rayjobs.ray.io", verbs="create"),
    *_writes("run-ray", _CODE, "rayservices.ray.io"),
    Case("run-ray", (f"{_CHANGE} rayclusters.ray.io",), _POSSIBLE_CODE),
    *_writes("run-knative", _CODE, "services.serving.knative.dev", "configurations.serving.knative.dev"),
    *_writes("run-seldon", _CODE, "seldondeployments.machinelearning.seldon.io"),
    Case("run-jobset", ("create jobsets.jobset.x-k8s.io",), _CODE),
    *_writes("run-jobset", _CODE, "leaderworkersets.leaderworkerset.x-k8s.io"),
    Case("run-workspace", (f"create workspaces.{_KIND}",), "code in team-a as ws-*"),
    Case(
        "change-workspace-kind",
        (f"cluster: {_WRITE} workspacekinds.{_KIND}", f"create workspaces.{_KIND}"),
        _RULES,
    ),
    *_writes("inject-pod", _POSSIBLE_CODE, f"poddefaults.{_KIND}"),
    *_writes(
        "change-template",
        _POSSIBLE_CODE,
        "workflowtemplates.argoproj.io",
        "servingruntimes.serving.kserve.io",
        "llminferenceserviceconfigs.serving.kserve.io",
        "trainedmodels.serving.kserve.io",
        "trainingruntimes.trainer.kubeflow.org",
    ),
    *_all_writes(
        "change-template",
        "?code in every namespace",
        "clusterworkflowtemplates.argoproj.io",
        "clusterservingruntimes.serving.kserve.io",
        "clusterstoragecontainers.serving.kserve.io",
        "clustertrainingruntimes.trainer.kubeflow.org",
        f"workspacekinds.{_KIND}",
    ),
)
_PIPELINES = (
    *(
        case
        for kind in ("runs", "jobs")
        for case in (
            Case("run-pipeline", (f"create {kind}.pipelines.{_KIND}",), _CODE, release="2.17.0"),
            Case(
                "run-pipeline",
                (f"create {kind}.pipelines.{_KIND}",),
                "code in team-a as default-editor",
                release="2.17.1",
            ),
            Case("run-pipeline", (f"create {kind}.pipelines.{_KIND}",), _POSSIBLE_CODE, release="2.17.1"),
            Case(
                "run-pipeline",
                (f"create {kind}.pipelines.{_KIND}", "use serviceaccounts robot"),
                "code in team-a as robot",
                release="2.17.1",
            ),
        )
    ),
    Case("run-pipeline", (f"create jobs.pipelines.{_KIND} nightly",), _CODE, release="2.5.0"),
)
_TOKENS = (
    Case("use-account", ("create pods",), "sa:team-a/robot"),
    Case("exec-pod", ("create pods/exec",), "?sa:team-a/robot"),
    Case("exec-pod", ("create pods/attach",), "?sa:team-a/robot"),
    Case("exec-pod", ("get pods/exec",), "?sa:team-a/robot", minor=34),
    Case("exec-pod", ("get pods/attach",), "?sa:team-a/robot", minor=34),
    Case("exec-pod", ("create pods/exec live",), "?sa:team-a/robot"),
    Case("debug-pod", (f"{_CHANGE} pods/ephemeralcontainers",), "?sa:team-a/robot"),
    Case("patch-pod", (f"{_CHANGE} pods",), "?sa:team-a/robot"),
    Case("mint-token", ("create serviceaccounts/token",), "sa:team-a/robot"),
    Case("mint-token", ("create serviceaccounts/token robot",), "sa:team-a/robot"),
    Case(
        "make-token",
        ("create secrets", "get|list|watch|patch|deletecollection secrets"),
        "sa:team-a/robot by credentials",
    ),
    Case("make-token", ("create secrets", "get secrets chosen"), "sa:team-a/robot by credentials"),
    Case("make-token", ("create secrets own", "patch secrets own"), "sa:team-a/robot by credentials"),
    Case("read-token", ("get|list|watch|patch|deletecollection secrets",), "?sa:team-a/robot by credentials"),
    Case("mount-secret", ("create pods",), "?data in team-a"),
)
_BIND = f"bind clusterroles.{_RBAC}"
_IMPERSONATION = "authentication.k8s.io"
_OTHERS = (
    Case("impersonate", ("impersonate serviceaccounts",), "sa:team-a/robot by requests"),
    Case("impersonate", ("impersonate serviceaccounts robot",), "sa:team-a/robot by requests"),
    Case("impersonate", ("impersonate serviceaccounts absent",), "sa:team-a/absent by requests"),
    Case(
        "impersonate",
        ("cluster: impersonate users",),
        "carol by requests",
        (role_binding("team-b", "carol", "boss", "user:carol"),),
    ),
    Case("impersonate", ("cluster: impersonate users dave",), "dave by requests"),
    Case(
        "impersonate",
        ("cluster: impersonate groups staff", "cluster: impersonate users"),
        "group:staff by requests",
    ),
    Case(
        "impersonate",
        ("cluster: impersonate groups staff", "impersonate serviceaccounts nobody"),
        "group:staff by requests",
    ),
    Case(
        "impersonate",
        ("cluster: impersonate groups", "cluster: impersonate users nobody"),
        "cluster",
    ),
    Case(
        "impersonate-limited",
        (f"impersonate:serviceaccount serviceaccounts.{_IMPERSONATION}",),
        "sa:team-a/robot limited by requests",
        minor=36,
    ),
    Case(
        "impersonate-limited",
        (f"impersonate:serviceaccount serviceaccounts.{_IMPERSONATION} robot",),
        "sa:team-a/robot limited by requests",
        minor=36,
    ),
    Case(
        "impersonate-limited",
        (f"cluster: impersonate:user-info users.{_IMPERSONATION} dave",),
        "dave limited by requests",
        minor=36,
    ),
    Case(
        "certificate",
        (
            "cluster: create certificatesigningrequests.certificates.k8s.io",
            "cluster: patch|update certificatesigningrequests.certificates.k8s.io/approval",
            "cluster: approve signers.certificates.k8s.io kubernetes.io/kube-apiserver-client",
        ),
        "carol by credentials",
        (role_binding("team-b", "carol", "boss", "user:carol"),),
    ),
    Case(
        "certificate",
        (
            "cluster: create certificatesigningrequests.certificates.k8s.io",
            "cluster: patch|update certificatesigningrequests.certificates.k8s.io/approval",
            "cluster: approve signers.certificates.k8s.io kubernetes.io/*",
        ),
        "group:staff by credentials",
        (role_binding("team-b", "staff", "boss", "group:staff"),),
    ),
)
_ROLES = (
    Case(
        "bind-role", (f"create rolebindings.{_RBAC}", f"{_BIND} boss"), "alice with boss in team-a", (_ADMIN,)
    ),
    Case("bind-role", (f"create rolebindings.{_RBAC}", _BIND), _RULES),
    Case(
        "bind-role",
        (f"create rolebindings.{_RBAC}", f"bind roles.{_RBAC}"),
        "alice with local in team-a",
        (role("team-a/local", rule("get", "secrets")),),
    ),
    Case(
        "bind-role",
        (f"create rolebindings.{_RBAC}", f"bind roles.{_RBAC} local"),
        "alice with local in team-a",
        (role("team-a/local", rule("get", "secrets")),),
    ),
    Case(
        "bind-role",
        (f"cluster: create clusterrolebindings.{_RBAC}", f"cluster: {_BIND} viewer"),
        "alice with viewer in the cluster",
        (cluster_role("viewer", rule("get", "secrets")),),
    ),
    Case("bind-role", (f"cluster: create clusterrolebindings.{_RBAC}", f"cluster: {_BIND}"), "cluster"),
    Case(
        "bind-role",
        (f"{_CHANGE} rolebindings.{_RBAC} theirs", f"{_BIND} boss"),
        "alice with boss in team-a",
        (_ADMIN, role_binding("team-a", "theirs", "boss", "user:carol")),
    ),
    Case(
        "bind-role",
        (f"{_CHANGE} rolebindings.{_RBAC}", f"bind roles.{_RBAC} local"),
        "alice with local in team-a",
        (
            role("team-a/local", rule("get", "secrets")),
            role_binding("team-a", "theirs", "Role/local", "user:carol"),
        ),
    ),
    Case(
        "bind-role",
        (f"cluster: {_CHANGE} clusterrolebindings.{_RBAC} theirs", f"cluster: {_BIND} viewer"),
        "alice with viewer in the cluster",
        (
            cluster_role("viewer", rule("get", "secrets")),
            cluster_role_binding("theirs", "viewer", "user:carol"),
        ),
    ),
    Case(
        "escalate-role",
        (f"{_CHANGE} roles.{_RBAC} own", f"escalate roles.{_RBAC} own"),
        _RULES,
        (role("team-a/own", rule("get", "configmaps")), _mine("Role", "own")),
    ),
    Case(
        "escalate-role",
        (f"cluster: {_CHANGE} clusterroles.{_RBAC} own", f"cluster: escalate clusterroles.{_RBAC} own"),
        _RULES,
        (cluster_role("own", rule("get", "configmaps")), _mine("ClusterRole", "own")),
    ),
    Case(
        "escalate-role",
        (f"create roles.{_RBAC}", f"escalate roles.{_RBAC}"),
        _RULES,
        (_mine("Role", "missing"),),
    ),
    Case(
        "escalate-role",
        (
            f"create roles.{_RBAC} missing",
            f"patch roles.{_RBAC} missing",
            f"escalate roles.{_RBAC} missing",
        ),
        _RULES,
        (_mine("Role", "missing"),),
    ),
    Case(
        "escalate-role",
        (f"cluster: create clusterroles.{_RBAC}", f"cluster: escalate clusterroles.{_RBAC}"),
        _RULES,
        (_mine("ClusterRole", "missing"),),
    ),
    Case(
        "escalate-role",
        (
            f"cluster: create clusterroles.{_RBAC} missing",
            f"cluster: patch clusterroles.{_RBAC} missing",
            f"cluster: escalate clusterroles.{_RBAC} missing",
        ),
        _RULES,
        (_mine("ClusterRole", "missing"),),
    ),
    Case(
        "escalate-role",
        (
            f"{_CHANGE} roles.{_RBAC} some",
            f"escalate roles.{_RBAC} some",
            f"create rolebindings.{_RBAC}",
            f"bind roles.{_RBAC} some",
        ),
        _RULES,
        (role("team-a/some", rule("get", "configmaps")),),
    ),
    Case(
        "escalate-role",
        (
            f"create roles.{_RBAC}",
            f"escalate roles.{_RBAC}",
            f"create rolebindings.{_RBAC}",
            f"bind roles.{_RBAC} new",
        ),
        _RULES,
    ),
    Case(
        "escalate-role",
        (
            f"cluster: {_CHANGE} clusterroles.{_RBAC} some",
            f"cluster: escalate clusterroles.{_RBAC} some",
            f"create rolebindings.{_RBAC}",
            f"{_BIND} some",
        ),
        _RULES,
        (cluster_role("some", rule("get", "configmaps")),),
    ),
    Case(
        "escalate-role",
        (
            f"cluster: create clusterroles.{_RBAC}",
            f"cluster: escalate clusterroles.{_RBAC}",
            f"create rolebindings.{_RBAC}",
            f"{_BIND} new",
        ),
        _RULES,
    ),
    Case(
        "aggregate-role",
        (f"cluster: create clusterroles.{_RBAC}", f"cluster: escalate clusterroles.{_RBAC}"),
        _RULES,
        (cluster_role("sum", aggregate=labelled(to="sum")), _mine("ClusterRole", "sum")),
    ),
    Case(
        "aggregate-role",
        (f"cluster: {_CHANGE} clusterroles.{_RBAC} part", f"cluster: escalate clusterroles.{_RBAC} part"),
        _RULES,
        (cluster_role("sum", aggregate=labelled(to="sum")), _mine("ClusterRole", "sum")),
    ),
    Case("adopt-name", ("create serviceaccounts", "create pods"), "sa:team-a/ghost", (_ADMIN, _GHOST)),
    Case(
        "adopt-name",
        ("create serviceaccounts ghost", "patch serviceaccounts ghost", "create pods"),
        "sa:team-a/ghost",
        (_ADMIN, _GHOST),
    ),
    Case(
        "adopt-name",
        ("create serviceaccounts", "create serviceaccounts/token ghost"),
        "sa:team-a/ghost",
        (_ADMIN, _GHOST),
    ),
    Case(
        "adopt-name",
        ("cluster: create serviceaccounts", "cluster: create namespaces", "cluster: create pods"),
        "sa:gone/ghost",
        (_ADMIN, namespace("team-a"), role_binding("team-b", "lost", "boss", "sa:gone/ghost")),
    ),
    Case(
        "adopt-name",
        (
            "cluster: create serviceaccounts ghost",
            "cluster: patch serviceaccounts ghost",
            "cluster: create namespaces",
            "cluster: create pods",
        ),
        "sa:gone/ghost",
        (_ADMIN, namespace("team-a"), role_binding("team-b", "lost", "boss", "sa:gone/ghost")),
    ),
    Case(
        "take-profile",
        (f"cluster: {_CHANGE} profiles.{_KIND} team-a", "patch|update namespaces team-a"),
        "alice with kubeflow-admin in team-a",
        (cluster_role("kubeflow-admin", rule("create", "pods")),),
    ),
    *_writes("ask-reviews", "reviews", "llminferenceservices.serving.kserve.io"),
)
_OUTSIDE = (
    *_all_writes(
        "intercept-requests",
        "?cluster",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "apiservices.apiregistration.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
    ),
    Case(
        "intercept-requests",
        (
            f"cluster: {_WRITE} mutatingadmissionpolicies.admissionregistration.k8s.io",
            f"cluster: {_WRITE} mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        ),
        "?cluster",
        minor=36,
    ),
    Case("proxy-node", ("cluster: get|create nodes/proxy",), "node"),
    Case(
        "mount-host",
        ("cluster: create persistentvolumes", "create persistentvolumeclaims", "create pods"),
        "node",
        (_RESTRICTED,),
    ),
    Case("escape-pod", ("create pods",), "?node"),
    Case("relax-namespace", (f"{_CHANGE} namespaces team-a", "create pods"), "?node", (_RESTRICTED,)),
    Case("bootstrap-node", ("cluster: create secrets",), "?node"),
    Case("use-cloud-identity", ("create pods",), "?cloud identity arn:x", (_CLOUDY,)),
    Case("change-cloud-identity", (f"{_WRITE} serviceaccounts", "create pods"), "?cloud identity"),
)

CASES = tuple(
    more for case in (*_MIXED, *_PIPELINES, *_TOKENS, *_OTHERS, *_ROLES, *_OUTSIDE) for more in expanded(case)
)
