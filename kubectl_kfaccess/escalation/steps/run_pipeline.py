"""Create a run or a recurring run: the pipelines API creates the workflow."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES
from kubectl_kfaccess.kubeflow.catalogue.service_call_tables import NEXT
from kubectl_kfaccess.kubeflow.versions import Versions
from kubectl_kfaccess.rbac.known_subjects import Plane

_RUNS = Need(("create",), PIPELINES, "runs", plane=Plane.KUBEFLOW)
_JOBS = Need(("create",), PIPELINES, "jobs", plane=Plane.KUBEFLOW, posts_name=True)
_USE = Need(("use",), "", "serviceaccounts", name=Name.YIELDED, plane=Plane.KUBEFLOW)
_BEFORE, _SINCE = Versions("", "2.17.0"), Versions(NEXT)
_FIELD = "service_account"
_TEMPLATES = "a template of the workflow names the account, which is not checked (kubeflow/pipelines#14357)"


def _ways(noun: str, create: Need) -> tuple[Way, ...]:
    """Return the ways of both kinds of runs: from 2.17.1 on, the API asks for `use` of the account."""
    return (
        Way(noun, (create,), field=_FIELD, releases=_BEFORE),
        Way(noun, (create,), field=_FIELD, releases=Versions(""), yields=Yield.DEFAULT_CODE),
        Way(noun, (create, _USE), field=_FIELD, releases=_SINCE, yields=Yield.CODE_AS),
        Way(noun, (create,), releases=_SINCE, proof=Proof.CONDITION, condition=_TEMPLATES),
    )


TYPE = StepType(
    id="run-pipeline",
    what=(
        "The steps of a run are code of the user's own. The pipelines API creates the workflow with its own"
        " permissions and asks only about the user's name. Up to 2.17.0 a run names any service account of"
        " the namespace; later releases ask whether the user can `use` it, unless it is the default one."
    ),
    can="can create {noun}{where}",
    gives="so runs code{where}",
    ways=(*_ways("runs", _RUNS), *_ways("recurring runs", _JOBS)),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/pipelines: backend/src/apiserver/resource/resource_manager.go (CreateRun, CreateJob)",
    note="Multi-user installations only: a standalone one asks nobody for permissions.",
)
