"""Steps as machine data, as `schemas/common.json` describes them."""

from __future__ import annotations

from kubectl_kfaccess.escalation.nodes import Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import grant_data, subject_data
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot


def step_data(step: Step, snapshot: Snapshot) -> Data:
    """Return a step; `to` is null if it leads to nobody: to code, a node, the cluster."""
    return {
        "id": step.id,
        "from": _subject(step.source),
        "to": _subject(step.target),
        "reaches": step.target.kind.name.lower(),
        "namespace": step.namespace,
        "plane": step.plane.value,
        "needs": [_need(request) for request in step.needs],
        "grants": [grant_data(grant, snapshot, {}) for grant in step.grants],
        "proof": step.proof.value,
        "note": step.note,
    }


def _subject(node: Node) -> Data | None:
    return subject_data(node.subject) if node.subject else None


def _need(request: Request) -> Data:
    return {
        "verb": request.verb,
        "group": request.group,
        "resource": request.resource,
        "subresource": request.subresource,
        "name": request.name,
        "namespace": request.namespace,
    }
