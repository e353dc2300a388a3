"""
The permissions that pipeline steps need, and those that people need on Kubeflow's pages, each with its
reason.

Taken from kubeflow/pipelines (backend/src/v2, tags 2.0.5 to 2.17.0), argoproj/argo-workflows (the executor's
roles, v3.3 to v4.0) and the clients that steps use for KServe, Katib, the trainers and Spark.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES
from kubectl_kfaccess.kubeflow.versions import Version, Versions, version
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request

CORE = "core"


class Need(Struct, frozen=True):
    """
    The verbs on a resource that a subject needs for a *purpose*: `core`, or a word that `--for` accepts.

    Only the releases in *versions* need it. *via* is the plane that checks it. Up to the release *until*, the
    needs in *instead* are enough.
    """

    purpose: str
    verbs: tuple[str, ...]
    group: str
    resource: str
    why: str
    name: str = ""
    namespaced: bool = True
    versions: Versions = Versions("")
    via: Plane = Plane.KUBECTL
    instead: tuple[Need, ...] = ()
    until: str = ""

    @property
    def core(self) -> bool:
        """Whether it is always needed, whatever the steps do."""
        return self.purpose == CORE

    @property
    def title(self) -> str:
        """The resource as people write it: `pods/log`, or with a name `secrets/mlpipeline-minio-artifact`."""
        kind, _, subresource = self.resource.partition("/")
        full = f"{kind}.{self.group}" if self.group else kind
        return "/".join(part for part in (full, subresource, self.name) if part)

    def requests(self, namespace: str) -> tuple[Request, ...]:
        """Return one request for each verb, in *namespace* if the resource is namespaced."""
        kind, _, subresource = self.resource.partition("/")
        scope = namespace if self.namespaced else ""
        return tuple(
            Request(verb, self.group, kind, subresource, self.name, scope, None) for verb in self.verbs
        )

    def replaceable(self, known: Version) -> bool:
        """Whether the needs in *instead* are enough for that release."""
        last = version(self.until)
        return bool(self.instead) and last is not None and known <= last


def _need(purpose: str, verbs: str, resource: str, why: str, **more: Any) -> Need:
    """Return a need; *verbs* are words with spaces between, and *resource* is `TYPE.GROUP[/SUB]`."""
    kind, slash, subresource = resource.partition("/")
    plural, _, group = kind.partition(".")
    return Need(purpose, tuple(verbs.split()), group, f"{plural}{slash}{subresource}", why, **more)


_PATCHED_PODS = _need(CORE, "get patch", "pods", "the executor of Argo up to 3.3 reports on its own pod")
_LIFE = "create get list watch delete"

RUNNER_NEEDS = (
    _need(
        CORE, "create patch", "workflowtaskresults.argoproj.io",
        "how Argo's executor reports a step; since Argo 3.6 nothing stands in for it",
        versions=Versions("2.2.0"), instead=(_PATCHED_PODS,), until="2.5.0",
    ),
    _need(
        CORE, "get patch", "pods", "how the executor of Argo up to 3.3 reports a step",
        versions=Versions("", "2.1.0"),
    ),
    _need(
        CORE, "get", "configmaps", "the launcher's settings; it may be absent, not forbidden",
        name="kfp-launcher", versions=Versions("2.0.0-alpha.0"),
    ),
    _need(
        CORE, "get", "secrets", "the object store's credentials, by the name that Kubeflow gives them",
        name="mlpipeline-minio-artifact",
    ),
    _need(CORE, "get", "pods", "driver, launcher and executor read their own pod"),
    _need(
        CORE, "get", "workflows.argoproj.io", "the driver reads when its run was scheduled and created",
        versions=Versions("2.17.0"),
    ),
    _need("pvc", "create get delete", "persistentvolumeclaims", "steps that make and delete volumes"),
    _need("kserve", "create get patch watch delete", "inferenceservices.serving.kserve.io",
          "the KServe component deploys, watches and deletes a model"),
    _need("kserve-models", "create", "trainedmodels.serving.kserve.io", "steps that add a trained model"),
    _need("kserve-models", "create", "inferencegraphs.serving.kserve.io", "steps that chain models"),
    _need("kserve-llm", "create", "llminferenceservices.serving.kserve.io", "steps that serve LLMs"),
    _need("kserve-llm", "create", "llminferenceserviceconfigs.serving.kserve.io",
          "steps that bring settings for LLMs"),
    _need("katib", _LIFE, "experiments.kubeflow.org", "the launcher runs an experiment and waits"),
    _need("katib", "get list", "trials.kubeflow.org", "it reads the trials"),
    _need("katib", "get list", "suggestions.kubeflow.org", "it reads the suggestions"),
    _need("trainer", _LIFE, "trainjobs.trainer.kubeflow.org", "the client runs a job and waits"),
    _need("trainer", "get list", "trainingruntimes.trainer.kubeflow.org", "it looks its runtime up"),
    _need("trainer", "get list", "clustertrainingruntimes.trainer.kubeflow.org",
          "it looks its runtime up; cluster-scoped, so no RoleBinding grants it", namespaced=False),
    _need("trainer", "get list", "pods", "it finds the pods of a job"),
    _need("trainer", "get", "pods/log", "it reads their logs"),
    _need("trainer", "list", "events", "it tells why a job does not start"),
    *(_need("training", _LIFE, f"{kind}.kubeflow.org", "a job of the training operator, version 1")
      for kind in ("pytorchjobs", "tfjobs", "mpijobs")),
    _need("training", "list", "pods", "the operator's client finds the pods of a job"),
    _need("training", "get", "pods/log", "it reads their logs"),
    _need("spark", _LIFE, "sparkapplications.sparkoperator.k8s.io", "steps that run Spark"),
    _need("seldon", "create get delete", "seldondeployments.machinelearning.seldon.io", "steps with Seldon"),
    _need("mlflow", "get list create update", "experiments.mlflow.kubeflow.org",
          "the MLflow plugin of pipelines", versions=Versions("2.17.0")),
    _need("resource-op", "create get patch delete", "persistentvolumeclaims", "VolumeOp"),
    _need("resource-op", "create get delete", "volumesnapshots.snapshot.storage.k8s.io", "VolumeSnapshotOp"),
)  # fmt: skip
"""What the service account that steps run as needs."""


def _page(verbs: str, resource: str, why: str) -> Need:
    return _need(CORE, verbs, resource, why, via=Plane.KUBEFLOW)


VIEWER_NEEDS = (
    _page("get list", f"runs.{PIPELINES}", "the pages of runs"),
    _page("get list", f"experiments.{PIPELINES}", "the pages of experiments"),
    _page("get list", f"jobs.{PIPELINES}", "the pages of recurring runs"),
    _page("get list", f"pipelines.{PIPELINES}", "the pages of pipelines"),
    _page("get", "viewers.kubeflow.org", "logs and events of a step"),
    _page("list", "notebooks.kubeflow.org", "the page of notebooks"),
    _page("list", "experiments.kubeflow.org", "Katib's page"),
    _page("list", "inferenceservices.serving.kserve.io", "the page of models"),
    _page("list", "persistentvolumeclaims", "the page of volumes"),
)
"""What a contributor with `view` needs on Kubeflow's pages."""

EDITOR_NEEDS = (
    *VIEWER_NEEDS,
    _page("create delete archive terminate retry", f"runs.{PIPELINES}", "to start, end and clear runs"),
    _page("create delete", f"experiments.{PIPELINES}", "to make experiments"),
    _page("create enable disable delete", f"jobs.{PIPELINES}", "to schedule runs"),
    _page("create update delete", f"pipelines.{PIPELINES}", "to upload pipelines"),
    _page("create patch delete", "notebooks.kubeflow.org", "to start and stop notebooks"),
    _page("list", "poddefaults.kubeflow.org", "the configurations that a notebook is offered"),
    _page("create delete", "persistentvolumeclaims", "to make volumes"),
    _page("create delete", "experiments.kubeflow.org", "to start experiments of Katib"),
    _page("create delete", "inferenceservices.serving.kserve.io", "to deploy models"),
)
"""What a contributor with `edit` needs on Kubeflow's pages."""

OWNER_NEEDS = (
    *EDITOR_NEEDS,
    _need(CORE, "create delete", "rolebindings.rbac.authorization.k8s.io", "to share it with kubectl"),
)
"""What the owner of a profile needs."""

PURPOSES = tuple(dict.fromkeys(need.purpose for need in RUNNER_NEEDS if not need.core))
