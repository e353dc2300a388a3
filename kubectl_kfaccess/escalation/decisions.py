"""Whether somebody who was reached is allowed a request."""

from __future__ import annotations

from kubectl_kfaccess.escalation.holdings import on_target
from kubectl_kfaccess.escalation.nodes import ANY_RULES, CLUSTER, EVERY_NAMESPACE, REVIEWS, Hold, Kind, Node
from kubectl_kfaccess.rbac.evaluator import Decision, Evaluator, Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.model import RoleRef
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.subjects import Identity

_REVIEWS = (
    ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
)
_DENIED = Decision(Verdict.DENIED)
_ALLOWED = Decision(Verdict.ALLOWED)


def decide(node: Node, request: Request, plane: Plane, evaluator: Evaluator) -> Decision:
    """
    Return whether *node* is allowed *request* on *plane*, with a grant if a binding grants it.

    DATA stands for reading Secrets and ConfigMaps, and REVIEWS for asking about tokens and permissions.
    """
    if node == CLUSTER or _is_data(node, request) or (node == REVIEWS and is_review(request)):
        return _ALLOWED
    if not node.is_somebody or (plane is Plane.KUBEFLOW and not _is_known_to_services(node)):
        return _DENIED
    identity = node.identity if plane is Plane.KUBECTL else Identity(node.user)
    decision = evaluator.decide(identity, request)
    if node.kind is Kind.LIMITED and node.by:
        return _limited(decision, node.by, node.mode, request, evaluator)
    if node.kind is Kind.HOLDER and decision.verdict is not Verdict.ALLOWED:
        return _ALLOWED if _role_allows(node, request, evaluator) else decision
    return decision


def _is_data(node: Node, request: Request) -> bool:
    """Whether *request* is for what a pod can mount."""
    is_here = request.namespace != "" and node.namespace in ("", request.namespace)
    is_data = request.combined_resource in ("secrets", "configmaps") and not request.group
    return node.kind is Kind.DATA and is_here and is_data and request.verb == "get"


def is_review(request: Request) -> bool:
    """Whether *request* is one that ClusterRole `system:auth-delegator` allows."""
    return request.verb == "create" and (request.group, request.resource) in _REVIEWS


def _is_known_to_services(node: Node) -> bool:
    """Whether Kubeflow's services know *node*: they ask about a user name, and never see impersonation."""
    return bool(node.user) and node.hold is Hold.FULL and node.kind is not Kind.LIMITED


def _limited(
    decision: Decision, by_node: Node, mode: str, request: Request, evaluator: Evaluator
) -> Decision:
    by = decide(by_node, on_target(mode, request), Plane.KUBECTL, evaluator)
    verdict = worst((decision.verdict, by.verdict))
    return decision if verdict is decision.verdict else by


def _role_allows(node: Node, request: Request, evaluator: Evaluator) -> bool:
    """Whether the additional role of a HOLDER allows *request*."""
    is_url = request.path is not None
    if node.namespace and (is_url or node.namespace not in (EVERY_NAMESPACE, request.namespace)):
        return False
    if node.namespace and not request.namespace:
        return False
    if node.role == ANY_RULES:
        return True
    kind, namespace, name = node.role
    role = evaluator.snapshot.role(RoleRef(kind, name), namespace)
    return any(rule_allows(rule, request) for rule in evaluator.snapshot.rules_of(role))
