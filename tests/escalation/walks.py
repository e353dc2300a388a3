"""
The walks: how each way of each step is taken on a real server, and how far.

A row's needs are written by hand from upstream: `HOW TYPE[.GROUP][/SUB] [NAME]`, by a RoleBinding in team-a;
with `cluster:` in front, by a ClusterRoleBinding. HOW are the choices, separated by `|`: a verb with the name
(`robot` unless the need says another, `-` is none), `post` (create without a name) or `apply` (create and
patch with it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from kubectl_kfaccess.escalation.step_type import Way
from kubectl_kfaccess.rbac.rules import Request
from tests.escalation import walked_cluster as cluster
from tests.escalation import walked_code as code
from tests.escalation import walked_roles as roles
from tests.escalation import walked_tokens as tokens
from tests.escalation.ground import NAMESPACE, ROBOT, Walker

Words = tuple[str, ...]
_WRITE = "post|patch|update|apply"
_POST = "post|apply"
_CHANGE = "patch|update"
_RBAC = "rbac.authorization.k8s.io"
_STORED = "stored by the API server; its controller creates the pods"
_PODS = ("post pods",)


class Row(NamedTuple):
    """
    A way of the step *step*: its *needs*, the *walk* on a server, and how far that is.

    *also* is what the walk needs beside the data, such as running code. *since* and *until* are minor
    versions.
    """

    step: str
    needs: Words
    walk: Callable[[Walker, Words, Way], None]
    as_far_as: str
    also: Words = ()
    name: str = ROBOT
    namespace: str = NAMESPACE
    since: int = 0
    until: int = 99
    kinds: tuple[code.CustomKind, ...] = ()

    def choices(self) -> Iterator[tuple[Words, frozenset[Request]]]:
        """Yield each choice for the needs, with the requests that it takes; without those of *also*."""
        for parts in product(*(_choices(need, self) for need in self.needs)):
            requests = frozenset(request for _, each in parts for request in each)
            yield tuple(word for word, _ in parts), requests

    def more(self) -> frozenset[Request]:
        """Return the requests of *also*."""
        return frozenset(
            request for need in self.also for _, each in _choices(need, self) for request in each
        )


def _choices(need: str, row: Row) -> Iterator[tuple[str, frozenset[Request]]]:
    verbs, target, *names = need.removeprefix("cluster: ").split()
    name = names[0].replace("-", "") if names == ["-"] else (names[0] if names else row.name)
    place = "" if need.startswith("cluster: ") else row.namespace
    whole, _, subresource = target.partition("/")
    resource, _, group = whole.partition(".")
    for how in verbs.split("|"):
        known = {"post": ("create",), "apply": ("create", "patch")}.get(how, (how,))
        given = "" if how in ("post", "deletecollection") else name
        yield how, frozenset(Request(verb, group, resource, subresource, given, place) for verb in known)


def _kinds(step: str, how: str, *types: str, far: str = _STORED, place: str = "") -> list[Row]:
    """Return the rows of custom kinds, each with one need; in `cluster: ` for those without namespaces."""
    rows = []
    for each in types:
        resource, _, group = each.partition(".")
        kind = code.CustomKind(group, resource, bool(place))
        rows.append(Row(step, (f"{place}{how} {each}",), code.custom_kind(kind), far, kinds=(kind,)))
    return rows


def _workload(resource: str, version: str, kind: str) -> Row:
    need = f"{_WRITE} {resource}"
    return Row("run-workload", (need,), code.workload(version, kind), _STORED)


_TRAINING = [f"{name}jobs.kubeflow.org" for name in ("pytorch", "tf", "mpi", "xgboost", "paddle", "jax")]
_REVIEWS = "the reviews that the pipelines API sends, which name the user alone"


def _runs(resource: str, name: str) -> list[Row]:
    """Return the ways of runs: of old releases, as the default account, with `use`, by a template."""
    create = f"create {resource}.pipelines.kubeflow.org {name}"
    return [
        Row("run-pipeline", needs, code.reviews(resource), _REVIEWS)
        for needs in ((create,), (create,), (create, "use serviceaccounts"), (create,))
    ]


_RUN_CODE = [
    Row("run-pod", (f"{_POST} pods",), code.pod, "a pod as the account, with its token"),
    _workload("deployments.apps", "apps/v1", "Deployment"),
    _workload("statefulsets.apps", "apps/v1", "StatefulSet"),
    _workload("daemonsets.apps", "apps/v1", "DaemonSet"),
    _workload("replicasets.apps", "apps/v1", "ReplicaSet"),
    _workload("replicationcontrollers", "v1", "ReplicationController"),
    Row("run-workload", (f"{_WRITE} cronjobs.batch",), code.cron_job, _STORED),
    Row("run-job", (f"{_POST} jobs.batch",), code.job, _STORED),
    *_kinds("run-notebook", _WRITE, "notebooks.kubeflow.org", "pvcviewers.kubeflow.org"),
    *_kinds("run-viewer", _POST, "viewers.kubeflow.org"),
    *_runs("runs", "-"),
    *_runs("jobs", ROBOT),
    *_kinds("run-workflow", _POST, "workflows.argoproj.io"),
    *_kinds("run-workflow", _WRITE, "cronworkflows.argoproj.io", "scheduledworkflows.kubeflow.org"),
    *_kinds("run-workflow", _CHANGE, "workflows.argoproj.io"),
    *_kinds(
        "run-inference",
        _WRITE,
        "inferenceservices.serving.kserve.io",
        "inferencegraphs.serving.kserve.io",
        "llminferenceservices.serving.kserve.io",
    ),
    *_kinds("run-training", _POST, "trainjobs.trainer.kubeflow.org", *_TRAINING),
    *_kinds("run-training", _CHANGE, "trainjobs.trainer.kubeflow.org", *_TRAINING),
    *_kinds("run-experiment", _POST, "experiments.kubeflow.org", "trials.kubeflow.org"),
    *_kinds(
        "run-spark",
        _WRITE,
        "sparkapplications.sparkoperator.k8s.io",
        "scheduledsparkapplications.sparkoperator.k8s.io",
        "sparkconnects.sparkoperator.k8s.io",
    ),
    *_kinds("run-ray", _POST, "rayclusters.ray.io", "rayjobs.ray.io"),
    *_kinds("run-ray", _WRITE, "rayservices.ray.io"),
    *_kinds("run-ray", _CHANGE, "rayclusters.ray.io"),
    *_kinds("run-knative", _WRITE, "services.serving.knative.dev", "configurations.serving.knative.dev"),
    *_kinds("run-seldon", _WRITE, "seldondeployments.machinelearning.seldon.io"),
    *_kinds("run-jobset", _POST, "jobsets.jobset.x-k8s.io"),
    *_kinds("run-jobset", _WRITE, "leaderworkersets.leaderworkerset.x-k8s.io"),
    *_kinds("run-workspace", _POST, "workspaces.kubeflow.org"),
    Row(
        "change-workspace-kind",
        (f"cluster: {_WRITE} workspacekinds.kubeflow.org", f"{_POST} workspaces.kubeflow.org"),
        code.workspace_kind,
        "both stored by the API server; the controller binds the ClusterRoles",
        kinds=(code.WORKSPACE_KINDS, code.WORKSPACES),
    ),
    *_kinds(
        "inject-pod", _WRITE, "poddefaults.kubeflow.org", far="stored; a webhook changes the pods of others"
    ),
    *_kinds(
        "change-template",
        _WRITE,
        "workflowtemplates.argoproj.io",
        "servingruntimes.serving.kserve.io",
        "llminferenceserviceconfigs.serving.kserve.io",
        "trainedmodels.serving.kserve.io",
        "trainingruntimes.trainer.kubeflow.org",
        far="stored by the API server; controllers use it for the workloads of others",
    ),
    *_kinds(
        "change-template",
        _WRITE,
        "clusterworkflowtemplates.argoproj.io",
        "clusterservingruntimes.serving.kserve.io",
        "clusterstoragecontainers.serving.kserve.io",
        "clustertrainingruntimes.trainer.kubeflow.org",
        "workspacekinds.kubeflow.org",
        far="stored by the API server; controllers use it for the workloads of others",
        place="cluster: ",
    ),
]

_ACCOUNTS = [
    Row("use-account", (), tokens.own_account, "the token of the pod, and who it authenticates", also=_PODS),
    *(
        Row("exec-pod", (f"{verb} pods/{sub}",), code.stream(sub), "asked for the pod's node", until=until)
        for verb, until in (("create", 99), ("get", 34))
        for sub in ("exec", "attach")
    ),
    Row("debug-pod", (f"{_CHANGE} pods/ephemeralcontainers",), code.ephemeral_container, "added to the pod"),
    Row("patch-pod", (f"{_CHANGE} pods",), code.image, "the image is another, the account stays"),
    Row(
        "mint-token",
        ("create serviceaccounts/token",),
        tokens.token_request,
        "the token, and who it authenticates",
    ),
    Row(
        "make-token",
        (f"{_POST} secrets", "get|list|watch|patch|deletecollection secrets"),
        tokens.made_token,
        "the token, filled by its controller, and who it authenticates",
    ),
    Row(
        "read-token",
        ("get|list|watch|patch secrets",),
        tokens.read_token,
        "the token, and who it authenticates",
    ),
    Row(
        "read-token", ("deletecollection secrets",), tokens.read_token, "the token, and who it authenticates"
    ),
    Row(
        "mount-secret",
        (),
        code.mounted_secret,
        "a pod that mounts a Secret that its creator cannot get",
        also=_PODS,
    ),
    Row(
        "impersonate",
        ("impersonate serviceaccounts",),
        tokens.as_account,
        "a review of oneself as the account",
    ),
    Row("impersonate", ("cluster: impersonate users",), tokens.as_user, "a review of oneself as the user"),
    Row(
        "impersonate",
        ("cluster: impersonate groups", "cluster: impersonate users"),
        tokens.as_user_in_group,
        "a review of oneself in the group",
    ),
    Row(
        "impersonate",
        ("cluster: impersonate groups", "impersonate serviceaccounts"),
        tokens.as_account_in_group,
        "a review of oneself in the group",
    ),
    Row(
        "impersonate-limited",
        ("impersonate:serviceaccount serviceaccounts.authentication.k8s.io",),
        tokens.limited_account,
        "a list that both are allowed",
        also=("impersonate-on:serviceaccount:list pods -",),
        since=36,
    ),
    Row(
        "impersonate-limited",
        ("cluster: impersonate:user-info users.authentication.k8s.io",),
        tokens.limited_user,
        "a list that both are allowed",
        also=("impersonate-on:user-info:list pods -",),
        since=36,
    ),
    *(
        Row(
            "certificate",
            (
                f"cluster: {_POST} certificatesigningrequests.certificates.k8s.io",
                f"cluster: {_CHANGE} certificatesigningrequests.certificates.k8s.io/approval",
                f"cluster: approve signers.certificates.k8s.io {signer}",
            ),
            tokens.certificate,
            "the certificate, and who it authenticates",
        )
        for signer in ("kubernetes.io/kube-apiserver-client", "kubernetes.io/*")
    ),
]

_BINDINGS = (
    ("rolebindings", "clusterroles", ""),
    ("rolebindings", "roles", ""),
    ("clusterrolebindings", "clusterroles", "cluster: "),
)


def _bind(how: str) -> list[Row]:
    return [
        Row(
            "bind-role",
            (f"{place}{how} {bindings}.{_RBAC}", f"{place}bind {bound}.{_RBAC}"),
            roles.bind(bindings, bound),
            "the binding",
        )
        for bindings, bound, place in _BINDINGS
    ]


def _rules(resource: str) -> tuple[Words, Words, Words]:
    """Return the needs to change the rules of a role, to create it, and to apply it."""
    place = "cluster: " if resource == "clusterroles" else ""
    role, escalate = f"{resource}.{_RBAC}", f"{place}escalate {resource}.{_RBAC}"
    create = (f"{place}post|apply {role}", f"{escalate} -")
    return (f"{place}{_CHANGE} {role}", escalate), create, (f"{place}apply {role}", escalate)


def _bound(resource: str) -> Words:
    return f"{_POST} rolebindings.{_RBAC}", f"bind {resource}.{_RBAC}"


def _escalate() -> Iterator[Row]:
    own, all_ = _rules("roles"), _rules("clusterroles")
    for needs in (own[0], all_[0], own[1], own[2], all_[1], all_[2]):
        yield Row("escalate-role", needs, roles.escalate, "the role, with every permission")
    for resource, known in (("roles", own), ("clusterroles", all_)):
        for needs in known[:2]:
            more = (*needs, *_bound(resource))
            yield Row("escalate-role", more, roles.escalate_and_bind, "the role, and its binding")


def _intercept(need: str, walk: Callable[[Walker, Words, Way], None], name: str = ROBOT) -> Row:
    far = "stored by the API server; requests of others are sent to it"
    return Row("intercept-requests", (f"cluster: {_WRITE} {need}",), walk, far, name=name)


_MUTATING = "mutatingadmissionpolicies.admissionregistration.k8s.io"
_MORE = [
    *_bind(_POST),
    *_bind(_CHANGE),
    *_escalate(),
    *(
        Row("aggregate-role", needs, roles.aggregate, "the aggregated role, filled by its controller")
        for needs in (_rules("clusterroles")[1], _rules("clusterroles")[0])
    ),
    Row(
        "adopt-name",
        (f"{_POST} serviceaccounts",),
        roles.adopt,
        "the account, a pod as it, and what bindings grant it",
        also=_PODS,
        name="ghost",
    ),
    Row(
        "adopt-name",
        (f"{_POST} serviceaccounts", "cluster: post namespaces"),
        roles.adopt_with_namespace,
        "the namespace, by a dry run, and the same in a namespace that exists",
        also=_PODS,
        name="ghost",
    ),
    Row(
        "take-profile",
        (f"cluster: {_CHANGE} profiles.kubeflow.org {NAMESPACE}", f"{_CHANGE} namespaces {NAMESPACE}"),
        roles.profile,
        "both stored by the API server; the controller binds `kubeflow-admin`",
        kinds=(roles.PROFILES,),
    ),
    *_kinds("ask-reviews", _WRITE, "llminferenceservices.serving.kserve.io", far="stored by the API server"),
]

_LEAVE = [
    _intercept("mutatingwebhookconfigurations.admissionregistration.k8s.io", cluster.webhook("Mutating")),
    _intercept("validatingwebhookconfigurations.admissionregistration.k8s.io", cluster.webhook("Validating")),
    Row(
        "intercept-requests",
        (
            f"cluster: {_WRITE} {_MUTATING}",
            f"cluster: {_WRITE} {_MUTATING.replace('policies', 'policybindings')}",
        ),
        cluster.policy,
        "stored by the API server, which runs it",
        since=36,
    ),
    _intercept("apiservices.apiregistration.k8s.io", cluster.api_service, "v1.robots.example"),
    _intercept("customresourcedefinitions.apiextensions.k8s.io", cluster.definition, "robots.walks.example"),
    Row("proxy-node", ("cluster: get|create nodes/proxy",), cluster.kubelet, "asked for the node's address"),
    Row(
        "mount-host",
        (f"cluster: {_POST} persistentvolumes", f"{_POST} persistentvolumeclaims"),
        cluster.host_path,
        "the volume, the claim, and a pod that mounts it",
        also=_PODS,
    ),
    Row("escape-pod", (), code.privileged_pod, "a privileged pod, which the kubelet would run", also=_PODS),
    Row(
        "relax-namespace",
        (f"{_CHANGE} namespaces strict",),
        cluster.relax,
        "the label, and a privileged pod",
        also=_PODS,
        namespace="strict",
    ),
    Row(
        "bootstrap-node",
        (f"{_POST} secrets",),
        cluster.bootstrap,
        "the token, and who it authenticates",
        name="bootstrap-token-abcdef",
        namespace="kube-system",
    ),
    Row(
        "change-cloud-identity",
        (f"{_WRITE} serviceaccounts",),
        cluster.annotate,
        "the annotation, and a pod; the cloud decides the rest",
        also=_PODS,
        name="cloudy",
    ),
]

ROWS: tuple[Row, ...] = (*_RUN_CODE, *_ACCOUNTS, *_MORE, *_LEAVE)
NOT_WALKED = {"use-cloud-identity": "what the cloud trusts is not in the cluster"}
"""The steps without a row, each with the reason."""


def rows_of(step: str, minor: int) -> list[Row]:
    """Return the rows of a step that count on Kubernetes 1.MINOR."""
    return [row for row in ROWS if row.step == step and row.since <= minor <= row.until]
