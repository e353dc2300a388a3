"""The objects that walks write: each as small as the server lets it be."""

from __future__ import annotations

from typing import Any

from tests.escalation.ground import NAMESPACE, ROBOT

Object = dict[str, Any]
_MAIN = {"name": "main", "image": "busybox"}
_LABELS = {"app": ROBOT}
RBAC = "rbac.authorization.k8s.io/v1"


def named(version: str, kind: str, content: Object, name: str = ROBOT) -> Object:
    """Return an object of that kind."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **content}


def pod(account: str = ROBOT, name: str = ROBOT, **spec: Any) -> Object:
    """Return a pod that runs as *account*."""
    content = {"serviceAccountName": account, "containers": [_MAIN], **spec}
    return named("v1", "Pod", {"spec": content}, name)


def privileged(account: str = "default") -> Object:
    """Return a pod that mounts the files of its node."""
    main = {**_MAIN, "securityContext": {"privileged": True}}
    volume = {"name": "host", "hostPath": {"path": "/"}}
    return pod(account, "privileged", containers=[main], volumes=[volume])


def mounting(secret: str) -> Object:
    """Return a pod that mounts a Secret."""
    return pod("default", "mounting", volumes=[{"name": "data", "secret": {"secretName": secret}}])


def template(account: str, **spec: Any) -> Object:
    """Return the template of a workload."""
    return {"metadata": {"labels": _LABELS}, "spec": {**pod(account)["spec"], **spec}}


def workload(version: str, kind: str, account: str) -> Object:
    """Return a workload with a selector."""
    selector = _LABELS if kind == "ReplicationController" else {"matchLabels": _LABELS}
    return named(version, kind, {"spec": {"selector": selector, "template": template(account)}})


def job(account: str) -> Object:
    """Return a Job."""
    return named("batch/v1", "Job", {"spec": {"template": template(account, restartPolicy="Never")}})


def cron_job(account: str) -> Object:
    """Return a CronJob."""
    spec = {"schedule": "0 0 * * *", "jobTemplate": {"spec": job(account)["spec"]}}
    return named("batch/v1", "CronJob", {"spec": spec})


def custom(version: str, kind: str, field: str, account: str) -> Object:
    """Return a custom resource with *account* in *field*: `[]` is a list of one, `*` any key."""
    value: Any = account
    for part in reversed(field.partition(";")[0].split(".")[1:]):
        value = [value] if part.endswith("[]") else value
        value = {part.removesuffix("[]").replace("*", "Worker"): value}
    return named(version, kind, {"spec": value if isinstance(value, dict) else {"is": value}})


def token_secret(name: str = ROBOT, account: str = ROBOT) -> Object:
    """Return a Secret that a controller fills with a token of *account*."""
    about = {"name": name, "annotations": {"kubernetes.io/service-account.name": account}}
    return {**named("v1", "Secret", {"type": "kubernetes.io/service-account-token"}), "metadata": about}


def role(kind: str = "ClusterRole", *verbs: str) -> Object:
    """Return a role with one rule, which allows *verbs* on everything, or reading nodes."""
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]}
    if verbs:
        rule = {"verbs": list(verbs), "apiGroups": ["*"], "resources": ["*"]}
    return named(RBAC, kind, {"rules": [rule]})


def binding(kind: str, role_kind: str, *users: str) -> Object:
    """Return a binding of the role to users."""
    group = "rbac.authorization.k8s.io"
    ref = {"apiGroup": group, "kind": role_kind, "name": ROBOT}
    subjects = [{"apiGroup": group, "kind": "User", "name": user} for user in users]
    return named(RBAC, kind, {"roleRef": ref, "subjects": subjects})


def account(name: str = ROBOT, **annotations: str) -> Object:
    """Return a service account."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "annotations": annotations},
    }


def core(plural: str, namespace: str = NAMESPACE) -> str:
    """Return the path of a collection of the core group; *namespace* is "" for cluster-scoped types."""
    return f"/api/v1/namespaces/{namespace}/{plural}" if namespace else f"/api/v1/{plural}"


def group(version: str, plural: str, namespace: str = NAMESPACE) -> str:
    """Return the path of a collection of another group."""
    place = f"namespaces/{namespace}/" if namespace else ""
    return f"/apis/{version}/{place}{plural}"
