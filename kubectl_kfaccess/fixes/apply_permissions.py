"""The permissions that applying a manifest needs, as the API server checks them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, convert

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.model import RBAC_GROUP, PolicyRule, RoleRef
from kubectl_kfaccess.rbac.role_writes import RESOURCES, EscalationCheck, escalation
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity


class Need(Struct, frozen=True):
    """
    A permission that applying a manifest needs: *request*, and more if the manifest grants something.

    With an *exemption* the server checks for escalation. Then the caller must be allowed that, or have all of
    *rules* in the request's namespace.
    """

    request: Request
    exemption: Request | None = None
    rules: tuple[PolicyRule, ...] = ()


def needs(manifest: Manifest, after: Snapshot, *, exists: bool = False) -> Iterator[Need]:
    """
    Yield the permissions that `kubectl apply` needs: to get the object, to write it, to grant what it grants.

    An object that *exists* is patched, any other is created. *after* is the cluster with the manifest.
    """
    get, write = _requests(manifest, exists=exists)
    namespace = get.namespace
    yield Need(get)
    if "roleRef" in manifest:
        # BindingAuthorized: the server asks in the binding's namespace, for roles of either kind
        ref = convert(manifest["roleRef"], RoleRef)
        bind = Request("bind", RBAC_GROUP, _RESOURCES[ref.kind], "", ref.name, namespace)
        role = after.role(ref, namespace)
        yield Need(write, bind, after.rules_of(role))
    elif "rules" in manifest:
        # RoleEscalationAuthorized: a request to create an object has no name
        rules = tuple(convert(manifest["rules"], list[PolicyRule]))
        resource = _RESOURCES[manifest["kind"]]
        yield Need(write, Request("escalate", RBAC_GROUP, resource, "", "", namespace), rules)
    elif manifest["kind"] == "ClusterRole":
        # the server checks the rules of the whole role, however little of it is patched
        role = after.cluster_roles.get(("", manifest["metadata"]["name"]))
        yield Need(write, Request("escalate", RBAC_GROUP, "clusterroles"), after.rules_of(role))
    else:
        yield Need(write)


def verdicts(need: Need, evaluator: Evaluator, identity: Identity) -> Iterator[Verdict]:
    """Yield the verdict on each part of *need* for *identity*."""
    yield evaluator.decide(identity, need.request).verdict
    if need.exemption:
        check = EscalationCheck(need.exemption, need.rules, need.request.namespace)
        yield escalation(check, evaluator, identity).verdict


def _requests(manifest: Manifest, *, exists: bool) -> tuple[Request, Request]:
    """Return the request that reads the object and the one that writes it."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    name = metadata["name"]
    # requestinfo.go: a request for a named Namespace has that namespace
    namespace = name if kind == "Namespace" else metadata.get("namespace", "")
    group, resource = manifest["apiVersion"].rpartition("/")[0], _RESOURCES[kind]
    get = Request("get", group, resource, "", name, namespace)
    if exists:
        return get, Request("patch", group, resource, "", name, namespace)
    return get, Request("create", group, resource, "", "", namespace)


_RESOURCES = {
    **RESOURCES,
    **{kind: f"{kind.lower()}s" for kind in ("Namespace", "Profile")},
    "AuthorizationPolicy": "authorizationpolicies",
}
