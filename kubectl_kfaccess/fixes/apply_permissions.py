"""What whoever applies manifests has to be allowed, as the API server asks for it."""

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
    What whoever applies a fix must be allowed: *request*, and, to hand on rights, one thing more.

    With *alternatives* the server checks for escalation: one of them has to be allowed, or all of *rules*
    to be held in the request's namespace.
    """

    request: Request
    alternatives: tuple[Request, ...] = ()
    rules: tuple[PolicyRule, ...] = ()


def needs(manifest: Manifest, after: Snapshot, *, there: bool = False) -> Iterator[Need]:
    """
    Yield what `kubectl apply` asks for: to get the object, to write it, to hand on what it grants.

    An object that is *there* is patched, any other created; *after* is how the cluster will be.
    """
    get, write = _requests(manifest, there=there)
    namespace = get.namespace
    yield Need(get)
    if "roleRef" in manifest:
        # BindingAuthorized: asked in the binding's namespace, whatever the role's kind
        ref = convert(manifest["roleRef"], RoleRef)
        bind = Request("bind", RBAC_GROUP, _RESOURCES[ref.kind], "", ref.name, namespace)
        role = after.role(ref, namespace)
        yield Need(write, (bind,), after.rules_of(role))
    elif "rules" in manifest:
        # RoleEscalationAuthorized: a request to create has no name yet
        rules = tuple(convert(manifest["rules"], list[PolicyRule]))
        resource = _RESOURCES[manifest["kind"]]
        yield Need(write, (Request("escalate", RBAC_GROUP, resource, "", "", namespace),), rules)
    else:
        yield Need(write)


def verdicts(need: Need, evaluator: Evaluator, identity: Identity) -> Iterator[Verdict]:
    """Yield whether *identity* is allowed each part of the need."""
    yield evaluator.decide(identity, need.request).verdict
    if need.alternatives:
        yield _escalation(need, evaluator, identity)


def _requests(manifest: Manifest, *, there: bool) -> tuple[Request, Request]:
    """Return the two requests about the object itself."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    name = metadata["name"]
    # requestinfo.go: a request for a Namespace carries that namespace
    namespace = name if kind == "Namespace" else metadata.get("namespace", "")
    group, resource = manifest["apiVersion"].rpartition("/")[0], _RESOURCES[kind]
    get = Request("get", group, resource, "", name, namespace)
    if there:
        return get, Request("patch", group, resource, "", name, namespace)
    return get, Request("create", group, resource, "", "", namespace)


_RESOURCES = {
    **{kind: f"{kind.lower()}s" for kind in (*KINDS, "Namespace", "Profile")},
    "AuthorizationPolicy": "authorizationpolicies",
}


def _escalation(need: Need, evaluator: Evaluator, identity: Identity) -> Verdict:
    """Return whether the server's escalation check lets *identity* pass (upstream: ConfirmNoEscalation)."""
    found = [evaluator.decide(identity, one).verdict for one in need.alternatives]
    snapshot, namespace = evaluator.snapshot, need.request.namespace
    if Verdict.ALLOWED in found or not uncovered(rules_for(snapshot, identity, namespace), need.rules):
        return Verdict.ALLOWED
    # what could hide a right to bind could hide the rules as well
    possible = rules_for(snapshot, identity, namespace, uncertain=True)
    doubtful = Verdict.UNKNOWN in found or not uncovered(possible, need.rules)
    return Verdict.UNKNOWN if doubtful else Verdict.DENIED
