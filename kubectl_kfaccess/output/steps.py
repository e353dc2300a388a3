"""Steps from one identity to another as machine data, as `schemas/common.json` describes them."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.kubeflow.planes.counting import ResourceVerb, Services, grant_counts
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import grant_data, request_data, subject_data
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot


def step_data(step: Step, snapshot: Snapshot, services: Services) -> Data:
    """Return a step; *services* are those that are installed, for which its grants count or not."""
    source, target = step.source.subject, step.target.subject
    return {
        "id": step.id,
        "from": subject_data(source) if source else None,
        "to": subject_data(target) if target else None,
        "reaches": step.target.kind.name.lower(),
        "namespace": step.namespace,
        "plane": step.plane.value,
        "needs": [request_data(request) for request in step.needs],
        "grants": [
            _grant_data(request, grant, snapshot, services) for request, grant in step.evidence if grant
        ],
        "proof": step.proof.value,
        "note": step.note,
    }


def _grant_data(request: Request, grant: Grant, snapshot: Snapshot, services: Services) -> Data:
    reviewed = ResourceVerb(request.group, request.combined_resource, request.verb)
    return grant_data(grant, snapshot, grant_counts(grant, reviewed, services))
