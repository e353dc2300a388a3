"""
How ways of steps are walked: each function sends what somebody would, and checks what they got.

A function gets who walks, the choice for each need of its row, and the way.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kubectl_kfaccess.escalation.step_type import Way
from tests.escalation import manifests as m
from tests.escalation.ground import MERGE, NAMESPACE, ROBOT, Walker, wait_for

Words = tuple[str, ...]
Walk = Callable[[Walker, Words, Way], None]
Object = dict[str, Any]
_ACCOUNT = f"system:serviceaccount:{NAMESPACE}:{ROBOT}"
_REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_SELF = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
_ADMISSION = "admissionregistration.k8s.io/v1"


class CustomKind(NamedTuple):
    """A kind that is no part of Kubernetes."""

    group: str
    resource: str
    is_of_cluster: bool = False


WORKSPACE_KINDS = CustomKind("kubeflow.org", "workspacekinds", True)
WORKSPACES = CustomKind("kubeflow.org", "workspaces")
PROFILES = CustomKind("kubeflow.org", "profiles", True)


def custom_kind(kind: CustomKind) -> Walk:
    """Return the walk of a custom resource that names the account."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        _write_custom(walker, words[0], kind, way.field)

    return walk


def _write_custom(walker: Walker, how: str, kind: CustomKind, field: str) -> None:
    version, name = walker.ground.versions[kind.group, kind.resource]
    api = f"{kind.group}/{version}"
    before, after = (m.custom(api, name, field, who) for who in ("default", ROBOT))
    collection = m.group(api, kind.resource, "" if kind.is_of_cluster else NAMESPACE)
    answer = walker.write(how, collection, before, after)
    assert after["spec"] == answer["spec"]


def workspace_kind(walker: Walker, words: Words, way: Way) -> None:
    """Write a WorkspaceKind, and create a workspace."""
    _write_custom(walker, words[0], WORKSPACE_KINDS, way.field)
    _write_custom(walker, words[1], WORKSPACES, "spec.kind")


def profile(walker: Walker, words: Words, way: Way) -> None:
    """Change the owner of a Profile and that of its namespace."""
    version, kind = walker.ground.versions["kubeflow.org", "profiles"]
    api = f"kubeflow.org/{version}"
    before, after = (m.named(api, kind, {"spec": {"owner": {"name": who}}}, NAMESPACE) for who in ("a", "b"))
    walker.write(words[0], m.group(api, "profiles", ""), before, after)
    about = {"name": NAMESPACE, "annotations": {"owner": "b"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
    answer = walker.write(
        words[1], m.core("namespaces", ""), m.named("v1", "Namespace", {}, NAMESPACE), namespace
    )
    assert answer["metadata"]["annotations"]["owner"] == "b"


def pod(walker: Walker, words: Words, way: Way) -> None:
    """Create a pod as the account: admission adds the token of it."""
    answer = walker.write(words[0], m.core("pods"), m.pod("default"), m.pod())
    assert answer["spec"]["serviceAccountName"] == ROBOT
    sources = [source for volume in answer["spec"]["volumes"] for source in volume["projected"]["sources"]]
    assert any("serviceAccountToken" in source for source in sources)


def own_account(walker: Walker, words: Words, way: Way) -> None:
    """Create a pod, and use the token that the kubelet gets for it."""
    ground = walker.ground
    made = walker.write("post", m.core("pods"), m.pod(name="own"), m.pod(name="own"), real=True)
    bound = {"kind": "Pod", "apiVersion": "v1", "name": "own", "uid": made["metadata"]["uid"]}
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"boundObjectRef": bound},
    }
    account = f"{m.core('serviceaccounts')}/{made['spec']['serviceAccountName']}"
    _is_robot(walker, ground.send("POST", f"{account}/token", request)["status"]["token"])


def mounted_secret(walker: Walker, words: Words, way: Way) -> None:
    """Mount a Secret, which nobody is asked about."""
    mounting = m.mounting(ROBOT)
    answer = walker.write("post", m.core("pods"), mounting, mounting)
    assert any(volume.get("secret", {}).get("secretName") == ROBOT for volume in answer["spec"]["volumes"])


def privileged_pod(walker: Walker, words: Words, way: Way) -> None:
    """Create a pod that has the node."""
    walker.write("post", m.core("pods"), m.privileged(), m.privileged())


def workload(version: str, kind: str) -> Walk:
    """Return the walk of a workload with a selector."""
    plural = f"{kind.lower()}s"
    collection = m.core(plural) if version == "v1" else m.group(version, plural)

    def walk(walker: Walker, words: Words, way: Way) -> None:
        bodies = [m.workload(version, kind, account) for account in ("default", ROBOT)]
        answer = walker.write(words[0], collection, *bodies)
        assert answer["spec"]["template"]["spec"]["serviceAccountName"] == ROBOT

    return walk


def cron_job(walker: Walker, words: Words, way: Way) -> None:
    """Write a CronJob."""
    bodies = m.cron_job("default"), m.cron_job(ROBOT)
    answer = walker.write(words[0], m.group("batch/v1", "cronjobs"), *bodies)
    assert answer["spec"]["jobTemplate"]["spec"]["template"]["spec"]["serviceAccountName"] == ROBOT


def job(walker: Walker, words: Words, way: Way) -> None:
    """Create a Job."""
    answer = walker.write(words[0], m.group("batch/v1", "jobs"), m.job("default"), m.job(ROBOT))
    assert answer["spec"]["template"]["spec"]["serviceAccountName"] == ROBOT


def reviews(resource: str) -> Walk:
    """Return the reviews of the pipelines API, about the name of the user alone."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        name = {"name": ROBOT} if resource == "jobs" else {}
        asked = [{"group": "pipelines.kubeflow.org", "resource": resource, "verb": "create", **name}]
        if len(words) > 1:
            asked.append({"group": "", "resource": "serviceaccounts", "verb": "use", "name": ROBOT})
        for each in asked:
            walker.review({"user": walker.user, "resourceAttributes": {"namespace": NAMESPACE, **each}})

    return walk


def stream(subresource: str) -> Walk:
    """Return the walk of a stream: it ends where the server looks for the node of the pod."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        path = walker.ground.create(m.core("pods"), m.pod())
        method = "POST" if words == ("create",) else "GET"
        query = "command=id&stdout=1" if subresource == "exec" else "stdout=1"
        answer = walker.send(method, f"{path}/{subresource}?{query}", status=(400,))
        assert "does not have a host assigned" in answer["message"]

    return walk


def ephemeral_container(walker: Walker, words: Words, way: Way) -> None:
    """Add a container to a pod."""
    path = walker.ground.create(m.core("pods"), m.pod())
    body = walker.ground.get(path)
    body["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "busybox"}]
    answer = _change(walker, words[0], f"{path}/ephemeralcontainers", body)
    assert answer["spec"]["ephemeralContainers"]


def _change(walker: Walker, how: str, path: str, body: Object, query: str = "?dryRun=All") -> Object:
    if how == "update":
        return walker.send("PUT", path + query, body)
    assert how == "patch"
    return walker.send("PATCH", path + query, body, content_type=MERGE)


def image(walker: Walker, words: Words, way: Way) -> None:
    """Change the image of a pod."""
    path = walker.ground.create(m.core("pods"), m.pod())
    body = walker.ground.get(path)
    body["spec"]["containers"][0]["image"] = "another"
    answer = _change(walker, words[0], path, body)
    assert answer["spec"]["containers"][0]["image"] == "another"


def token_request(walker: Walker, words: Words, way: Way) -> None:
    """Request a token, and use it."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = walker.send("POST", f"{m.core('serviceaccounts')}/{ROBOT}/token", body)
    _is_robot(walker, answer["status"]["token"])


def _is_robot(walker: Walker, token: str) -> None:
    assert _review(walker, token)["username"] == _ACCOUNT


def _review(walker: Walker, token: str) -> Object:
    status, answer = walker.ground.plane.request("POST", _REVIEW, _SELF, token)
    assert status == 201, answer
    info: Object = answer["status"]["userInfo"]
    return info


def read_token(walker: Walker, words: Words, way: Way) -> None:
    """Read a Secret that holds a token, and use it."""
    ground = walker.ground
    path = ground.create(m.core("secrets"), m.token_secret())
    wait_for("token", lambda: ground.get(path).get("data"))
    _is_robot(walker, wait_for("token", lambda: _read(walker, words[-1])))


def made_token(walker: Walker, words: Words, way: Way) -> None:
    """Create a Secret for a token, read it, and use it."""
    walker.write(words[0], m.core("secrets"), {}, m.token_secret(), real=True)
    path = f"{m.core('secrets')}/{ROBOT}"
    wait_for("token", lambda: walker.ground.get(path).get("data"))
    _is_robot(walker, _read(walker, words[-1] if len(words) > 1 else "get"))


def _read(walker: Walker, verb: str) -> str:
    """Return the token in the Secret of the robot, read by *verb*."""
    collection = m.core("secrets")
    one, many = f"{collection}/{ROBOT}", f"{collection}?fieldSelector=metadata.name%3D{ROBOT}"
    if verb == "get":
        found = walker.send("GET", one)
    elif verb == "patch":
        found = walker.send("PATCH", f"{one}?dryRun=All", {}, content_type=MERGE)
    elif verb == "list":
        found = walker.send("GET", many)["items"][0]
    elif verb == "watch":
        answer = walker.send("GET", f"{many}&watch=1&timeoutSeconds=1")
        text = answer["text"] if "text" in answer else json.dumps(answer)
        found = json.loads(text.splitlines()[0])["object"]
    elif verb == "update":
        found = walker.send("PUT", f"{one}?dryRun=All", m.token_secret())
    else:
        assert verb == "deletecollection"
        items = walker.send("DELETE", f"{many}&dryRun=All")["items"]
        (found,) = [item for item in items if item["metadata"]["name"] == ROBOT]
    return base64.b64decode(found["data"]["token"]).decode()


def _impersonated(walker: Walker, **headers: str) -> Object:
    known = {f"Impersonate-{key.capitalize()}": value for key, value in headers.items()}
    info: Object = walker.send("POST", _REVIEW, _SELF, headers=known)["status"]["userInfo"]
    return info


def as_account(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as the account."""
    assert _impersonated(walker, user=_ACCOUNT)["username"] == _ACCOUNT


def as_user(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as the user."""
    assert _impersonated(walker, user=ROBOT)["username"] == ROBOT


def as_user_in_group(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as a user in the group."""
    assert ROBOT in _impersonated(walker, user=ROBOT, group=ROBOT)["groups"]


def as_account_in_group(walker: Walker, words: Words, way: Way) -> None:
    """Send a request as an account in the group."""
    assert ROBOT in _impersonated(walker, user=_ACCOUNT, group=ROBOT)["groups"]


def limited_account(walker: Walker, words: Words, way: Way) -> None:
    """List pods as the account, which is allowed to."""
    walker.send("GET", m.core("pods"), headers={"Impersonate-User": _ACCOUNT})


def limited_user(walker: Walker, words: Words, way: Way) -> None:
    """List pods as the user, who is allowed to."""
    walker.send("GET", m.core("pods"), headers={"Impersonate-User": ROBOT})


def certificate(walker: Walker, words: Words, way: Way) -> None:
    """Create and approve a request for a certificate, and log in with the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "anybody@example.com")])
    wanted = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    spec = {
        "request": base64.b64encode(wanted.public_bytes(Encoding.PEM)).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }
    body = m.named("certificates.k8s.io/v1", "CertificateSigningRequest", {"spec": spec})
    collection = m.group("certificates.k8s.io/v1", "certificatesigningrequests", "")
    made = walker.write(words[0], collection, body, body, real=True)
    condition = {"type": "Approved", "status": "True", "reason": "Walk", "message": ""}
    approved = {**made, "status": {"conditions": [condition]}}
    path = f"{collection}/{ROBOT}"
    _change(walker, words[1], f"{path}/approval", approved, query="")
    issued = wait_for("certificate", lambda: walker.ground.get(path)["status"].get("certificate"))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert walker.ground.name_by_certificate(base64.b64decode(issued), pem) == "anybody@example.com"


_KINDS = {
    "roles": "Role",
    "clusterroles": "ClusterRole",
    "rolebindings": "RoleBinding",
    "clusterrolebindings": "ClusterRoleBinding",
}


def _of_rbac(resource: str) -> str:
    return m.group(m.RBAC, resource, "" if resource.startswith("cluster") else NAMESPACE)


def bind(bindings: str, roles: str) -> Walk:
    """Return the walk of binding a role to oneself."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        _bind(walker, words[0], bindings, roles)

    return walk


def _bind(walker: Walker, how: str, bindings: str, roles: str) -> None:
    walker.ground.create(_of_rbac(roles), m.role(_KINDS[roles]))
    before, after = (m.binding(_KINDS[bindings], _KINDS[roles], *users) for users in ((), (walker.user,)))
    if how in ("patch", "update"):  # a binding cannot be changed to another role
        walker.ground.delete(_of_rbac(bindings), ROBOT)
    answer = walker.write(how, _of_rbac(bindings), before, after)
    assert [subject["name"] for subject in answer["subjects"]] == [walker.user]


def escalate(walker: Walker, words: Words, way: Way) -> None:
    """Write every permission into a role."""
    resource = way.needs[0].resource
    before, after = m.role(_KINDS[resource]), m.role(_KINDS[resource], "*")
    answer = walker.write(words[0], _of_rbac(resource), before, after)
    assert answer["rules"][0]["verbs"] == ["*"]


def escalate_and_bind(walker: Walker, words: Words, way: Way) -> None:
    """Write every permission into a role, and bind it to oneself."""
    escalate(walker, words, way)
    _bind(walker, words[2], "rolebindings", way.needs[0].resource)


def aggregate(walker: Walker, words: Words, way: Way) -> None:
    """Write a role that the controller adds to an aggregated one."""
    before, after = m.role(), m.role("ClusterRole", walker.user)
    after["metadata"]["labels"] = {"walks/aggregate": "yes"}
    walker.write(words[0], _of_rbac("clusterroles"), before, after, real=True)
    path = f"{_of_rbac('clusterroles')}/aggregated"
    # every walk grants a verb of its own
    wait_for(
        "rules",
        lambda: [rule for rule in walker.ground.get(path)["rules"] or () if walker.user in rule["verbs"]],
    )


def adopt(walker: Walker, words: Words, way: Way) -> None:
    """Create an account that a binding names, and run a pod as it."""
    ghost = m.account("ghost")
    walker.write(words[0], m.core("serviceaccounts"), ghost, ghost, real=True)
    ghostly = m.pod("ghost")
    walker.write("post", m.core("pods"), ghostly, ghostly)
    asked = {"namespace": NAMESPACE, "verb": "list", "resource": "secrets"}
    user = f"system:serviceaccount:{NAMESPACE}:ghost"
    walker.review({"user": user, "resourceAttributes": asked})


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
    _change(walker, words[0], path, body, query="")
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
