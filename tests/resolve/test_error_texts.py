"""Pasted errors are parsed: the texts are as people paste them, most of them from real bug reports."""

from __future__ import annotations

import json

import pytest

from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.resolve.error_texts import MOST_CHARACTERS, ErrorQuestion, NotRbac, parse_errors
from tests.builders import request

PIPELINES = "pipelines.kubeflow.org"


def denied_requests(text: str) -> list[tuple[str, Request, Plane]]:
    """Return (user, request, plane) of each request that *text* says was denied."""
    questions = [refusal for refusal in parse_errors(text) if isinstance(refusal, ErrorQuestion)]
    return [(question.user, question.request, question.via) for question in questions]


def other_refusals(text: str) -> list[str]:
    """Return what other_refusals in place of RBAC, up to the colon."""
    return [refusal.what.partition(":")[0] for refusal in parse_errors(text) if isinstance(refusal, NotRbac)]


def account(namespace: str, name: str) -> str:
    """Return the user name of a service account."""
    return f"system:serviceaccount:{namespace}:{name}"


EDITOR = account("team-a", "default-editor")
CREATE = request("create", "inferenceservices.serving.kserve.io", "team-b")
PLAIN = (
    f'inferenceservices.serving.kserve.io is forbidden: User "{EDITOR}" cannot create resource '
    '"inferenceservices" in API group "serving.kserve.io" in the namespace "team-b"'
)


# --- Kubernetes ---

KUBERNETES = {
    "kubectl": ("Error from server (Forbidden): " + PLAIN, EDITOR, CREATE),
    "a core resource of the cluster": (
        'Error from server (Forbidden): nodes is forbidden: User "alice@example.com" cannot list resource '
        '"nodes" in API group "" at the cluster scope',
        "alice@example.com",
        request("list", "nodes"),
    ),
    "an object by its name": (
        'Error from server (Forbidden): pods "a" is forbidden: User "x" cannot get resource "pods" in API '
        'group "" in the namespace "ns"',
        "x",
        request("get", "pods", "ns", name="a"),
    ),
    "a subresource": (
        'pods "train-0" is forbidden: User "x" cannot get resource "pods/log" in API group "" in the '
        'namespace "ns"',
        "x",
        request("get", "pods/log", "ns", name="train-0"),
    ),
    "the exec of a pod": (
        'Error from server (Forbidden): pods "nb-0" is forbidden: User "x" cannot create resource '
        '"pods/exec" in API group "" in the namespace "ns"',
        "x",
        request("create", "pods/exec", "ns", name="nb-0"),
    ),
    "a path": (
        '{"kind": "Status", "status": "Failure", "message": "forbidden: User \\"system:anonymous\\" cannot '
        'get path \\"/\\"", "reason": "Forbidden", "details": {}, "code": 403}',
        "system:anonymous",
        request("get", "/"),
    ),
    "impersonation": (
        'Error from server (Forbidden): users "bob" is forbidden: User "alice" cannot impersonate resource '
        '"users" in API group "" at the cluster scope',
        "alice",
        request("impersonate", "users", name="bob"),
    ),
    "impersonation of extra values": (
        'userextras.authentication.k8s.io "view" is forbidden: User "alice" cannot impersonate resource '
        '"userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
        "alice",
        request("impersonate", "userextras.authentication.k8s.io/scopes", name="view"),
    ),
    "a role that is missing": (  # kserve/kserve#738
        "inferenceservices.serving.kubeflow.org is forbidden: User "
        '"system:serviceaccount:karl:default-editor" cannot create resource '
        '"inferenceservices" in API group "serving.kubeflow.org" in the namespace "karl": RBAC: '
        'clusterrole.rbac.authorization.k8s.io "kubeflow-edit" not found',
        account("karl", "default-editor"),
        request("create", "inferenceservices.serving.kubeflow.org", "karl"),
    ),
    "before Kubernetes 1.12": (  # jenkins-x/jx#458
        "Failed to list *v1.Pipeline: pipelines.jenkins.io is forbidden: User "
        '"system:serviceaccount:jx:pipelinecontroller" cannot list pipelines.jenkins.io in the namespace '
        '"default"',
        account("jx", "pipelinecontroller"),
        request("list", "pipelines.jenkins.io", "default"),
    ),
    "before Kubernetes 1.12 in JSON": (  # kubeflow/pipelines#1092
        'secrets \\"mlpipeline-minio-artifact\\" is forbidden: User '
        '\\"system:serviceaccount:kubeflow:pipeline-runner\\" cannot get secrets in the namespace '
        '\\"kubeflow\\": RBAC: clusterrole.rbac.authorization.k8s.io \\"pipeline-runner\\" not found',
        account("kubeflow", "pipeline-runner"),
        request("get", "secrets", "kubeflow", name="mlpipeline-minio-artifact"),
    ),
    "before Kubernetes 1.12 a subresource": (
        'User "x" cannot update deployments.apps/scale in the namespace "y".',
        "x",
        request("update", "deployments.apps/scale", "y"),
    ),
    "the python client": (  # kserve/kserve#428
        "HTTP response headers: HTTPHeaderDict({'Audit-Id': '42e2b83c', 'Content-Length': '401'})\n"
        'HTTP response body: {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
        '"message":"inferenceservices.serving.kubeflow.org is forbidden: User '
        '\\"system:serviceaccount:jlewi:default-editor\\" cannot create resource \\"inferenceservices\\" in '
        'API group \\"serving.kubeflow.org\\" in the namespace \\"kubeflow\\"","reason":"Forbidden",'
        '"details":{"group":"serving.kubeflow.org","kind":"inferenceservices"},"code":403}',
        account("jlewi", "default-editor"),
        request("create", "inferenceservices.serving.kubeflow.org", "kubeflow"),
    ),
    "with the object's name in JSON": (  # kserve/kserve#4160
        '"message":"inferenceservices.serving.kserve.io \\"yolov8-model\\" is forbidden: User '
        '\\"system:serviceaccount:admin:default-editor\\" cannot patch resource \\"inferenceservices\\" in '
        'API group \\"serving.kserve.io\\" in the namespace \\"kubeflow\\"","reason":"Forbidden"',
        account("admin", "default-editor"),
        request("patch", "inferenceservices.serving.kserve.io", "kubeflow", name="yolov8-model"),
    ),
    "lines that were broken": (  # OSS-MLOPS-PLATFORM/oss-mlops-platform#45
        "inferenceservices.serving.kserve.io is forbidden: \nUser "
        '\\"system:serviceaccount:kubeflow:pipeline-runner\\" cannot create \nresource '
        '\\"inferenceservices\\" in API group \\"serving.kserve.io\\" in the namespace '
        '\\"kserve-inference\\"',
        account("kubeflow", "pipeline-runner"),
        request("create", "inferenceservices.serving.kserve.io", "kserve-inference"),
    ),
    "a log of Argo": (  # argoproj/argo-helm#2366
        'time="2023-12-04T17:44:21.359Z" level=warning msg="failed to patch task set" '
        'error="workflowtaskresults.argoproj.io \\"geoip-1\\" is forbidden: User '
        '\\"system:serviceaccount:geoip:geoip\\" cannot patch resource \\"workflowtaskresults\\" in API '
        'group \\"argoproj.io\\" in the namespace \\"geoip\\""',
        account("geoip", "geoip"),
        request("patch", "workflowtaskresults.argoproj.io", "geoip", name="geoip-1"),
    ),
    "an apply": (  # kubeflow/katib#2447
        "Error from server (Forbidden): error when retrieving current configuration of:\n"
        'Resource: "kubeflow.org/v1beta1, Resource=experiments", GroupVersionKind: "kubeflow.org/v1beta1, '
        'Kind=Experiment"\nName: "random", Namespace: "kubeflow"\nfrom server for: "random.yaml": '
        'experiments.kubeflow.org "random" is forbidden: User "system:serviceaccount:user1:default-editor" '
        'cannot get resource "experiments" in API group "kubeflow.org" in the namespace "kubeflow"',
        account("user1", "default-editor"),
        request("get", "experiments.kubeflow.org", "kubeflow", name="random"),
    ),
    "GKE's own reason": (
        'clusterroles.rbac.authorization.k8s.io is forbidden: User "me@example.com" cannot create resource '
        '"clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope: requires one of '
        '["container.clusterRoles.create"] permission(s).',
        "me@example.com",
        request("create", "clusterroles.rbac.authorization.k8s.io"),
    ),
    "quotes of a word processor": (  # cloud-native-toolkit/site-developer-guide#96
        "secrets is forbidden: User “IAM#someone@example.com” cannot list resource “secrets” in API group “” "
        "in the namespace “tools”",
        "IAM#someone@example.com",
        request("list", "secrets", "tools"),
    ),
    "a user of a Windows domain": (
        'pods is forbidden: User "CORP\\\\nadia" cannot list resource "pods" in API group "" in the '
        'namespace "a"',
        "CORP\\nadia",
        request("list", "pods", "a"),
    ),
    "a user with an ampersand": (  # the apiserver escapes what could be HTML
        'pods is forbidden: User "r&amp;d" cannot list resource "pods" in API group "" in the namespace "a"',
        "r&d",
        request("list", "pods", "a"),
    ),
}


@pytest.mark.parametrize(("text", "user", "expected"), KUBERNETES.values(), ids=KUBERNETES.keys())
def test_what_kubernetes_denied_is_a_request_of_kubectl(text: str, user: str, expected: Request) -> None:
    """The request is the client's own; the API server knows the groups, so the plane is kubectl's."""
    assert [(user, expected, Plane.KUBECTL)] == denied_requests(text)
    assert [] == other_refusals(text)


WRAPPINGS = {
    "nothing": PLAIN,
    "JSON": json.dumps({"message": PLAIN}),
    "JSON in JSON": json.dumps({"error": json.dumps({"message": PLAIN})}),
    "JSON in JSON in JSON": json.dumps(json.dumps(json.dumps({"message": PLAIN}))),
    "a line of a python log": repr(json.dumps({"message": PLAIN}).encode()),
    "HTML": f"<pre>{PLAIN.replace(chr(34), '&quot;')}</pre>",
    "HTML by numbers": PLAIN.replace('"', "&#34;"),
    "Go's JSON": PLAIN.replace('"', "\\u0022"),
    "colours": "\x1b[31m" + PLAIN.replace('"', '\x1b[1;33m"\x1b[0m'),
    "a link of a terminal": "\x1b]8;;https://example.com\x07" + PLAIN + "\x1b]8;;\x07",
    "a terminal of 40 columns": "\n".join(PLAIN[at : at + 40] for at in range(0, len(PLAIN), 40)),
    "a terminal of Windows": "\r\n".join(PLAIN[at : at + 61] for at in range(0, len(PLAIN), 61)),
    "an indented paragraph": PLAIN.replace(" ", "\n        "),
    "gRPC": f"rpc error: code = PermissionDenied desc = {PLAIN}: failed",
    "a traceback": f'Traceback (most recent call last):\n  File "/x.py", line 1, in f\nApiException: {PLAIN}',
}


@pytest.mark.parametrize("text", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_what_surrounds_the_error_does_not_matter(text: str) -> None:
    """Quotes, escapes, colours and line breaks are removed."""
    assert [(EDITOR, CREATE, Plane.KUBECTL)] == denied_requests(text)


# --- Kubeflow's services ---

SERVICES = {
    "pipelines": (  # alauda/kubeflow-chart#19
        "Failed to authorize with API resource references: PermissionDenied: User 'user@example.com' is not "
        "authorized with reason:  (request: \\u0026ResourceAttributes{Namespace:team-a,Verb:list,"
        "Group:pipelines.kubeflow.org,Version:v1beta1,Resource:runs,Subresource:,Name:,}): Unauthorized "
        "access",
        "user@example.com",
        request("list", f"runs.{PIPELINES}", "team-a"),
    ),
    "pipelines of today": (
        "User 'x@y' is not authorized with reason: no (request: &ResourceAttributes{Namespace:team-a,"
        "Verb:get,Group:pipelines.kubeflow.org,Version:v1beta1,Resource:pipelines,Subresource:,"
        "Name:[Tutorial] Data, passing,FieldSelector:nil,LabelSelector:nil,}): Unauthorized access",
        "x@y",
        request("get", f"pipelines.{PIPELINES}", "team-a", name="[Tutorial] Data, passing"),
    ),
    "pipelines for the whole cluster": (  # kubeflow/pipelines#8897
        "I0225 00:06:06.136920       7 resource_manager.go:1832] PermissionDenied: User '***' is not "
        "authorized with reason:  (request: &ResourceAttributes{Namespace:,Verb:get,"
        "Group:pipelines.kubeflow.org,Version:v1beta1,Resource:pipelines,Subresource:,Name:,}): Unauthorized "
        "access",
        "***",
        request("get", f"pipelines.{PIPELINES}"),
    ),
    "pipelines of a beta, which had no group": (
        "User 'x' is not authorized with reason: (request: &ResourceAttributes{Namespace:a,Verb:list,Group:,"
        "Version:,Resource:experiments,Subresource:,Name:,}): Unauthorized access",
        "x",
        request("list", "experiments", "a"),
    ),
    "fields in another order": (
        "User 'x' is not authorized with reason: (request: ResourceAttributes{Resource:jobs, Verb:create, "
        "Subresource:status, Name:n, Group:g.io, Namespace:a}): Unauthorized access",
        "x",
        request("create", "jobs.g.io/status", "a", name="n"),
    ),
    "an account of another namespace": (
        '{"error":"Failed to list v1beta1 runs: PermissionDenied: User '
        "'system:serviceaccount:default:default' is not authorized with reason:  (request: "
        "\\u0026ResourceAttributes{Namespace:kubeflow-user-example-com,Verb:list,Group:pipelines.kubeflow.org,"
        'Version:v1beta1,Resource:runs,Subresource:,Name:,}): Unauthorized access","code":7}',
        account("default", "default"),
        request("list", f"runs.{PIPELINES}", "kubeflow-user-example-com"),
    ),
    "a name with an apostrophe": (
        "User 'o'brien@x.org' is not authorized to list kubeflow.org/v1beta1/notebooks in namespace 'a'",
        "o'brien@x.org",
        request("list", "notebooks.kubeflow.org", "a"),
    ),
    "the page of notebooks": (
        "{\"log\":\"User 'x@y' is not authorized to list kubeflow.org/v1beta1/notebooks in namespace 'ns'\","
        '"status":403,"success":false,"user":"x@y"}',
        "x@y",
        request("list", "notebooks.kubeflow.org", "ns"),
    ),
    "a core resource": (
        "User 'x' is not authorized to create v1/persistentvolumeclaims in namespace 'ns'",
        "x",
        request("create", "persistentvolumeclaims", "ns"),
    ),
    "a core resource with its group's name": (
        "User 'x' is not authorized to create core/v1/persistentvolumeclaims in namespace 'ns'",
        "x",
        request("create", "persistentvolumeclaims", "ns"),
    ),
    "a core resource after slashes": (
        "User 'x' is not authorized to list //v1/pods in namespace 'ns'",
        "x",
        request("list", "pods", "ns"),
    ),
    "a subresource": (
        "User 'x' is not authorized to get v1/pods/log in namespace 'ns'",
        "x",
        request("get", "pods/log", "ns"),
    ),
    "outside of any namespace": (
        "User 'x' is not authorized to list storage.k8s.io/v1/storageclasses",
        "x",
        request("list", "storageclasses.storage.k8s.io"),
    ),
    "the page of Kubeflow 1.0": (  # kubeflow/kubeflow#5491
        "`User anonymous@kubeflow.org is not authorized to list kubeflow.org.v1beta1.notebooks for "
        "namespace: anonymous`",
        "anonymous@kubeflow.org",
        request("list", "notebooks.kubeflow.org", "anonymous"),
    ),
    "the page of Kubeflow 1.0 for a core resource": (  # kubeflow/kubeflow#5046
        "User example@domain.com is not authorized to list .v1.namespaces for namespace: None",
        "example@domain.com",
        request("list", "namespaces"),
    ),
    "Katib": (
        "User: x@y is not authorized to create kubeflow.org/v1beta1/experiments in namespace: ns",
        "x@y",
        request("create", "experiments.kubeflow.org", "ns"),
    ),
    "Katib with a reason": (
        "User: x@y is not authorized to get v1/pods/log in namespace: ns ,reason: no\n",
        "x@y",
        request("get", "pods/log", "ns"),
    ),
    "the viewers of pipelines": (  # kubeflow/pipelines#11436
        "User is not authorized to GET VIEWERS in namespace team-a: Failed to authorize the request",
        "",
        request("get", "viewers.kubeflow.org", "team-a"),
    ),
}


@pytest.mark.parametrize(("text", "user", "expected"), SERVICES.values(), ids=SERVICES.keys())
def test_what_a_service_of_kubeflow_denied_is_a_request_of_its_plane(
    text: str, user: str, expected: Request
) -> None:
    """The plane is Kubeflow's: that service asks the API server about the user alone."""
    assert [(user, expected, Plane.KUBEFLOW)] == denied_requests(text)
    assert [] == other_refusals(text)


# --- refusals that are not RBAC's ---

REFUSALS = {
    "the mesh": (  # mojokb/kubeflow-book#7
        "Reason: Forbidden\nHTTP response headers: HTTPHeaderDict({'Server': 'istio-envoy'})\n"
        "HTTP response body: RBAC: access denied",
        "the mesh",
    ),
    "no identity": (  # kubeflow/pipelines#8358
        'HTTP response body: {"error":"Internal error: [Unauthenticated: Request header error: there is no '
        "user identity header.: Request header error: there is no user identity header., Authentication "
        'failure: Unauthenticated: Review.Status.Authenticated is false: Failed to authenticate token"',
        "authentication",
    ),
    "no identity in Kubeflow 1.0": (  # kubeflow/kubeflow#5358
        "User None is not authorized to list kubeflow.org.v1beta1.notebooks for namespace: mlops",
        "authentication",
    ),
    "no identity for Katib": ("user header not present", "authentication"),
    "the wrong account": (  # kubeflow/pipelines#7336
        "task 'x.flip-coin-op' errored: pods \"x-1717566668\" is forbidden: error looking up service account "
        'jamxl/pipeline-runner: serviceaccount "pipeline-runner" not found',
        "the wrong default account",
    ),
    "the wrong account for kubectl": (
        'Error from server (NotFound): serviceaccounts "pipeline-runner" not found',
        "the wrong default account",
    ),
    "another account": (
        'pods "p" is forbidden: error looking up service account a/default-editor: serviceaccount '
        '"default-editor" not found',
        "a service account that does not exist",
    ),
    "kubectl without a login": (
        "error: You must be logged in to the server (Unauthorized)",
        "authentication",
    ),
    "a client without a login": ("(401)\nReason: Unauthorized\nHTTP response headers: {}", "authentication"),
    "a status without a login": (
        '{"status":"Failure","message":"Unauthorized","code":401}',
        "authentication",
    ),
    "one word": ("Unauthorized\n", "authentication"),
    "no namespace": (
        'Error from server (NotFound): namespaces "team-x" not found',
        "a namespace that does not exist",
    ),
    "a webhook": (  # kubeflow/katib#1171
        'Error from server: error when creating "./deploytest.yaml": admission webhook '
        '"validating.experiment.katib.kubeflow.org" denied the request: Cannot create the Experiment',
        "an admission webhook",
    ),
    "an admission policy": (
        "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'all' denied "
        "request: too many",
        "an admission policy",
    ),
    "pod security": (
        'Error from server (Forbidden): pods "x" is forbidden: violates PodSecurity "baseline:latest": '
        "privileged",
        "pod security",
    ),
    "a quota": (  # operate-first/support#593
        '"message":"pods \\"jupyterhub-nb\\" is forbidden: exceeded quota: opf-jupyterhub-custom, requested: '
        'limits.cpu=3, used: limits.cpu=120, limited: limits.cpu=120","reason":"Forbidden"',
        "a quota",
    ),
    "a quota that wants to be told": (  # kubeflow/pipelines#7699
        'pods "x" is forbidden: failed quota: kf-resource-quota: must specify cpu,memory',
        "a quota",
    ),
    "an escalation": (  # goauthentik/helm#292
        '* roles.rbac.authorization.k8s.io "authentik" is forbidden: user "u-1" (groups='
        '["system:authenticated" "system:cattle:authenticated"]) is attempting to '
        "grant RBAC permissions not currently held:\n"
        '{APIGroups:["traefik.io"], Resources:["middlewares"], Verbs:["get" "create"]}',
        "the prevention of privilege escalation",
    ),
    "an escalation of old": (  # helm/charts#4899
        'roles.rbac.authorization.k8s.io "keycloak" is forbidden: attempt to grant extra privileges: '
        '[PolicyRule{Resources:["pods"], APIGroups:[""], Verbs:["list"]}] user=&{system:serviceaccount:a:b}',
        "the prevention of privilege escalation",
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_refused_instead_of_rbac_is_named_with_advice(text: str, expected: str) -> None:
    """Such an error holds no question for RBAC."""
    refusals = parse_errors(text)

    assert [expected] == other_refusals(text)
    assert [] == denied_requests(text)
    assert all(isinstance(refusal, NotRbac) and refusal.advice for refusal in refusals)


def test_advice_names_what_the_text_names() -> None:
    """The name replaces the placeholder in the advice."""
    (refusal,) = parse_errors('admission webhook "w.example.com" denied the request: no')

    assert isinstance(refusal, NotRbac)
    assert "`w.example.com`" in refusal.advice[0]
    assert not any("{" in line for line in refusal.advice)


def test_the_word_rbac_in_kubernetes_messages_is_not_the_mesh() -> None:
    """If a role is missing, Kubernetes' message ends with `RBAC:` and the missing role."""
    text = PLAIN + ': RBAC: clusterrole.rbac.authorization.k8s.io "kubeflow-edit" not found'

    assert [] == other_refusals(text)


def test_unauthorized_access_is_not_a_missing_login() -> None:
    """The pipelines API ends its messages with these words."""
    assert () == parse_errors('{"message":"Unauthorized access"}')


# --- several, and none ---


def test_refusals_are_returned_once_in_the_order_in_which_they_are_last() -> None:
    """A log repeats itself, and its end counts."""
    second = PLAIN.replace("create", "patch")
    text = "\n".join([PLAIN, "RBAC: access denied", second, PLAIN, "RBAC: access denied"])

    refusals = parse_errors(text)

    kinds = [refusal.request.verb if isinstance(refusal, ErrorQuestion) else "mesh" for refusal in refusals]
    assert ["patch", "create", "mesh"] == kinds


def test_a_word_alone_on_its_line_is_recognised_beside_other_refusals() -> None:
    """Lines are joined only if that brings out a question."""
    assert ["the mesh", "authentication"] == other_refusals("RBAC: access denied\nUnauthorized\n")


def test_of_two_equal_questions_the_one_with_the_user_is_kept() -> None:
    """The pipelines page repeats the API's message without the user's name."""
    text = (
        "User is not authorized to GET VIEWERS in namespace a: PermissionDenied: User 'x' is not authorized "
        "with reason:  (request: &ResourceAttributes{Namespace:a,Verb:get,Group:kubeflow.org,Version:v1beta1,"
        "Resource:viewers,Subresource:,Name:,}): Unauthorized access"
    )

    assert [("x", request("get", "viewers.kubeflow.org", "a"), Plane.KUBEFLOW)] == denied_requests(text)


def test_the_matched_part_of_the_text_is_kept_as_one_line() -> None:
    """The text around it is left out."""
    (question,) = parse_errors("noise\n" + PLAIN.replace(" in API", "\n  in API") + "\nnoise")

    assert isinstance(question, ErrorQuestion)
    assert PLAIN.partition(": ")[2] == question.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it does not work",
        'User "x" can create resource "pods"',
        "User 'x' is not authorized with reason: no",
        "User 'x' is not authorized with reason: (request: &ResourceAttributes{}): Unauthorized access",
        "User 'x' is not authorized to do something else",
        "The User x is not authorized to see this page",
        "HTTP 403",
    ],
    ids=[
        "nothing",
        "words",
        "no refusal",
        "no request",
        "no fields",
        "words after",
        "a page",
        "403",
    ],
)
def test_a_text_without_an_error_has_no_refusals(text: str) -> None:
    """Words that are in errors, too, are no error."""
    assert () == parse_errors(text)


# --- texts that are meant to harm ---

PIECES = {
    "a's": "a",
    "quotes": '"',
    "backslashes": "\\",
    "blanks": " ",
    "lines": "\n",
    "ampersands": "&#",
    "digits after an ampersand": "&#1",
    "escape characters": "\x1b[",
    "links": "\x1b]",
    "users": "User ",
    "users with a quote": 'User "',
    "users with an apostrophe": "User '",
    "users that may not": 'User "x" cannot get ',
    "users without a request": "User 'x' is not authorized with reason:",
    "users without a resource": "User: x is not authorized to get ",
    "attributes": "ResourceAttributes{",
    "names": '"a" is forbidden: ',
    "dots": "User: x is not authorized to get a.v1. ",
    "accounts": 'serviceaccount "',
    "quotas": "exceeded quota: ",
    "reasons": 'reason: "',
    "users of a kubelet": "Forbidden (user=",
    "margins": "| > ",
    "margins of lines": "\n> ",
    "brackets": "\n[a] (b) ",
    "joined strings": "' +\n'",
    "users that are cut": '\nforbidden: User \\"a\\" cannot get resource \\"b',
    "quotes in a name": '" is forbidden: User \\\\\\"',
    "permissions": "does not have a.b ",
    "artifacts": "error_message: Failed to authorize the request: Failed to access run ",
    "artifacts, cut": "error_message: Failed to authorize the request: Failed to access run no user ",
    "uploads": ": Failed to create a pipeline ",
    "uploads that are denied": "pipeline upload denied: permission to create pipelines.a ",
}


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES.keys())
def test_a_long_text_without_an_error_is_read_to_its_end(piece: str) -> None:
    """No repetition makes a pattern run away."""
    text = piece * (MOST_CHARACTERS // len(piece))

    assert [] == denied_requests(text)


def test_only_the_first_million_characters_are_read() -> None:
    """Nobody pastes more."""
    noise = "x" * (50 * MOST_CHARACTERS)

    assert [(EDITOR, CREATE, Plane.KUBECTL)] == denied_requests(
        PLAIN + noise + PLAIN.replace("create", "patch")
    )


@pytest.mark.parametrize(
    "text",
    [
        "User 'x' is not authorized to list kubeflow.org/v1beta1/note\nbooks in namespace 'team-long'",
        "User 'x' is not authorized to list kubeflow.org/v1beta1/notebooks in namespace 'team-\nlong'",
        "User &#x27;x&#x27; is not authorized to list kubeflow.org/v1beta1/notebooks"
        " in namespace &#039;team-long&#039;",
    ],
    ids=["wrapped in the resource", "wrapped in the namespace", "entities of other spellings"],
)
def test_a_pages_text_is_read_whole_or_not_at_all(text: str) -> None:
    """A namespace that a terminal has broken in two is joined, never read as the whole cluster."""
    (question,) = parse_errors(text)

    assert isinstance(question, ErrorQuestion)
    assert Request("list", "kubeflow.org", "notebooks", namespace="team-long") == question.request


@pytest.mark.parametrize(
    ("written", "name"),
    [
        pytest.param("m\udcffa", "m\ufffda", id="bytes that are no text"),
        pytest.param("m\ud83d\ude00a", "m\U0001f600a", id="a pair"),
    ],
)
def test_half_a_character_is_in_no_name(written: str, name: str) -> None:
    """A word of the command line can have any bytes; a fix for a name with them could not be written."""
    asked = 'cannot list resource "pods" in API group "" at the cluster scope'
    ((user, _, _),) = denied_requests(f'pods is forbidden: User "{written}" {asked}')

    assert name == user


@pytest.mark.parametrize(("escaped", "name"), [(r"\ud800", "\ufffd"), (r"\ud83d\ude00", "\U0001f600")])
def test_escapes_of_halves_are_undone_together(escaped: str, name: str) -> None:
    """JSON writes a character beyond 16 bits as a pair of escapes."""
    asked = r"cannot list resource \"pods\" in API group \"\" at the cluster scope"
    denied = rf"pods is forbidden: User \"m{escaped}a\" {asked}"
    ((user, _, _),) = denied_requests('{"message":"' + denied + '"}')

    assert f"m{name}a" == user
