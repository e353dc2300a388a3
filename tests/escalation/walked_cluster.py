"""How ways out of a namespace are walked: to the requests of others, to nodes, to the cloud."""

from __future__ import annotations

import base64

from kubectl_kfaccess.escalation.step_type import Way
from tests.escalation import manifests as m
from tests.escalation.ground import MERGE, NAMESPACE, ROBOT, Object, Walk, Walker, Words, wait_for

_ADMISSION = "admissionregistration.k8s.io/v1"


def webhook(kind: str) -> Walk:
    """Return the walk of the configuration of a webhook."""

    def configuration(url: str) -> Object:
        hook = {
            "name": "hook.walks.example",
            "clientConfig": {"url": url},
            "rules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["secrets"]}
            ],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": "Ignore",
            "namespaceSelector": {"matchLabels": {"walks": "never"}},
        }
        return m.named(_ADMISSION, f"{kind}WebhookConfiguration", {"webhooks": [hook]})

    def walk(walker: Walker, words: Words, way: Way) -> None:
        collection = m.group(_ADMISSION, f"{kind.lower()}webhookconfigurations", "")
        bodies = configuration("https://before.example/"), configuration("https://after.example/")
        answer = walker.write(words[0], collection, *bodies)
        assert answer["webhooks"][0]["clientConfig"]["url"] == "https://after.example/"

    return walk


def policy(walker: Walker, words: Words, way: Way) -> None:
    """Write a policy that changes what others write, and its binding."""

    def body(label: str) -> Object:
        expression = f'Object{{metadata: Object.metadata{{labels: {{"walk": "{label}"}}}}}}'
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["events"]}
        spec = {
            "matchConstraints": {"resourceRules": [rule]},
            "mutations": [
                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}
            ],
            "reinvocationPolicy": "Never",
            "failurePolicy": "Ignore",
        }
        return m.named(_ADMISSION, "MutatingAdmissionPolicy", {"spec": spec})

    def bound(name: str) -> Object:
        return m.named(_ADMISSION, "MutatingAdmissionPolicyBinding", {"spec": {"policyName": name}})

    walker.write(words[0], m.group(_ADMISSION, "mutatingadmissionpolicies", ""), body("a"), body("b"))
    bindings = m.group(_ADMISSION, "mutatingadmissionpolicybindings", "")
    walker.write(words[1], bindings, bound("nothing"), bound(ROBOT))


def api_service(walker: Walker, words: Words, way: Way) -> None:
    """Write an APIService."""

    def body(priority: int) -> Object:
        spec = {
            "group": "robots.example",
            "version": "v1",
            "groupPriorityMinimum": priority,
            "versionPriority": 1,
            "service": {"namespace": NAMESPACE, "name": ROBOT},
            "insecureSkipTLSVerify": True,
        }
        return m.named("apiregistration.k8s.io/v1", "APIService", {"spec": spec}, "v1.robots.example")

    walker.write(words[0], m.group("apiregistration.k8s.io/v1", "apiservices", ""), body(1), body(2))


def definition(walker: Walker, words: Words, way: Way) -> None:
    """Write a CustomResourceDefinition."""

    def body(*short: str) -> Object:
        schema = {"openAPIV3Schema": {"type": "object"}}
        spec = {
            "group": "walks.example",
            "scope": "Namespaced",
            "names": {"plural": "robots", "kind": "Robot", "shortNames": list(short)},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        }
        return m.named(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": spec}, "robots.walks.example"
        )

    path = m.group("apiextensions.k8s.io/v1", "customresourcedefinitions", "")
    walker.write(words[0], path, body("ro"), body("rt"))


def kubelet(walker: Walker, words: Words, way: Way) -> None:
    """Ask the kubelet of a node, which has no address."""
    method = "GET" if words == ("get",) else "POST"
    walker.send(method, f"{m.core('nodes', '')}/{ROBOT}/proxy/run", status=(404,))


def host_path(walker: Walker, words: Words, way: Way) -> None:
    """Create a volume of the node's files, claim it, and mount it."""
    size = {"storage": "1Gi"}
    modes = {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
    volume = m.named(
        "v1", "PersistentVolume", {"spec": {**modes, "capacity": size, "hostPath": {"path": "/"}}}
    )
    claim = m.named(
        "v1",
        "PersistentVolumeClaim",
        {"spec": {**modes, "volumeName": ROBOT, "resources": {"requests": size}}},
    )
    walker.write(words[0], m.core("persistentvolumes", ""), {}, volume)
    walker.write(words[1], m.core("persistentvolumeclaims"), {}, claim)
    mounting = m.pod(volumes=[{"name": "host", "persistentVolumeClaim": {"claimName": ROBOT}}])
    walker.write("post", m.core("pods"), {}, mounting)


def relax(walker: Walker, words: Words, way: Way) -> None:
    """Change the label that makes Pod Security refuse privileged pods, and create one."""
    label = "pod-security.kubernetes.io/enforce"
    path = f"{m.core('namespaces', '')}/strict"
    walker.ground.send("PATCH", path, {"metadata": {"labels": {label: "restricted"}}}, content_type=MERGE)
    body = walker.ground.get(path)
    body["metadata"]["labels"][label] = "privileged"
    walker.change(words[0], path, body, real=True)
    walker.write("post", m.core("pods", "strict"), {}, m.privileged())


def bootstrap(walker: Walker, words: Words, way: Way) -> None:
    """Create a bootstrap token, and use it."""
    fields = {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
    }
    data = {key: base64.b64encode(value.encode()).decode() for key, value in fields.items()}
    content = {"type": "bootstrap.kubernetes.io/token", "data": data}
    body = m.named("v1", "Secret", content, "bootstrap-token-abcdef")
    walker.write(words[0], m.core("secrets", "kube-system"), {}, body, real=True)
    known = wait_for("bootstrap token", lambda: walker.ground.review_of("abcdef.0123456789abcdef"))
    assert "system:bootstrappers" in known["groups"]


def annotate(walker: Walker, words: Words, way: Way) -> None:
    """Give an account an identity of the cloud, and run a pod there."""
    key = "eks.amazonaws.com/role-arn"
    bodies = m.account("cloudy"), m.account("cloudy", **{key: "arn:aws:iam::1:role/robot"})
    answer = walker.write(words[0], m.core("serviceaccounts"), *bodies)
    assert answer["metadata"]["annotations"][key]
    walker.write("post", m.core("pods"), {}, m.pod())
