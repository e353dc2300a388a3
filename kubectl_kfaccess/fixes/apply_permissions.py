"""The permissions that applying a manifest needs, as the API server checks them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, convert

from kubectl_kfaccess.rbac.escalation import rules_for, uncovered
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.manifests import KINDS, Manifest
from kubectl_kfaccess.rbac.model import RBAC_GROUP, PolicyRule, RoleRef
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity


class Need(Struct, frozen=True):
    """
    A permission that applying a manifest needs: *request*, and more if the manifest grants something.

    With *alternatives* the server checks for escalation. Then the caller must be allowed one of these, or
    have all of *rules* in the request's namespace.
    """

    request: Request
    alternatives: tuple[Request, ...] = ()
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
        yield Need(write, (bind,), after.rules_of(role))
    elif "rules" in manifest:
        # RoleEscalationAuthorized: a request to create an object has no name
        rules = tuple(convert(manifest["rules"], list[PolicyRule]))
        resource = _RESOURCES[manifest["kind"]]
        yield Need(write, (Request("escalate", RBAC_GROUP, resource, "", "", namespace),), rules)
    elif manifest["kind"] == "ClusterRole":
        # the server checks the rules of the whole role, however little of it is patched
        role = after.cluster_roles.get(("", manifest["metadata"]["name"]))
        yield Need(write, (Request("escalate", RBAC_GROUP, "clusterroles"),), after.rules_of(role))
    else:
        yield Need(write)


def verdicts(need: Need, evaluator: Evaluator, identity: Identity) -> Iterator[Verdict]:
    """Yield the verdict on each part of *need* for *identity*."""
    yield evaluator.decide(identity, need.request).verdict
    if need.alternatives:
        yield _escalation(need, evaluator, identity)


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
    **{kind: f"{kind.lower()}s" for kind in (*KINDS, "Namespace", "Profile")},
    "AuthorizationPolicy": "authorizationpolicies",
}


def _escalation(need: Need, evaluator: Evaluator, identity: Identity) -> Verdict:
    """Return the verdict of the server's escalation check (upstream: ConfirmNoEscalation)."""
    alternatives = [evaluator.decide(identity, request).verdict for request in need.alternatives]
    snapshot, namespace = evaluator.snapshot, need.request.namespace
    if Verdict.ALLOWED in alternatives or not uncovered(rules_for(snapshot, identity, namespace), need.rules):
        return Verdict.ALLOWED
    # a gap that can hide a permission to bind can hide the rules as well
    possible = rules_for(snapshot, identity, namespace, uncertain=True)
    doubtful = Verdict.UNKNOWN in alternatives or not uncovered(possible, need.rules)
    return Verdict.UNKNOWN if doubtful else Verdict.DENIED
