"""
The roles that Kubeflow's components ship, release by release, as in their manifests.

Taken from kubeflow/pipelines (manifests/kustomize/base/pipeline/pipeline-runner-role.yaml and
base/installs/multi-user/view-edit-cluster-roles.yaml, tags 1.0.0 to 2.17.0) and from kserve/kserve
(config/overlays/kubeflow/cluster-role.yaml, tags v0.7.0 to v0.20.0). A range names the first and the last
release with the same rules. The newest range has no last release yet.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.versions import Versions
from kubectl_kfaccess.rbac.model import PolicyRule

Rules = tuple[PolicyRule, ...]

PIPELINES_PRODUCT = "Kubeflow Pipelines"
KSERVE_PRODUCT = "KServe"


class Release(Struct, frozen=True):
    """The rules that a role has in a range of releases."""

    versions: Versions
    rules: Rules


class Shipped(Struct, frozen=True):
    """A role of a product, and its *releases*, oldest first."""

    product: str
    kind: str
    name: str
    releases: tuple[Release, ...]


def _rule(groups: str, resources: str, verbs: str) -> PolicyRule:
    """Return a rule from words with spaces between; the core group is written `core`."""
    return PolicyRule(
        tuple(verbs.split()),
        tuple("" if group == "core" else group for group in groups.split()),
        tuple(resources.split()),
    )


_VOLUMES = "persistentvolumes persistentvolumeclaims"
_RUNNER = (
    _rule("core", "secrets", "get"),
    _rule("core", "configmaps", "get watch list"),
    _rule("core", _VOLUMES, "*"),  # persistentvolumes is cluster-scoped, so it has no effect in a Role
    _rule("snapshot.storage.k8s.io", "volumesnapshots", "create delete get"),
    _rule("argoproj.io", "workflows", "get list watch update patch"),
    _rule("core", "pods pods/exec pods/log services", "*"),
    _rule("core apps extensions", "deployments replicasets", "*"),
    _rule("kubeflow.org", "*", "*"),
    _rule("batch", "jobs", "*"),
    _rule("machinelearning.seldon.io", "seldondeployments", "*"),
)
_TEKTON_VERBS = "create get list watch update patch delete"
_TEKTON = (
    _rule("tekton.dev", "pipelineruns taskruns conditions runs tasks customruns", _TEKTON_VERBS),
    _rule("custom.tekton.dev", "pipelineloops", _TEKTON_VERBS),
)
_TASK_RESULTS = (_rule("argoproj.io", "workflowtaskresults", "create patch"),)
_MLFLOW = (_rule("mlflow.kubeflow.org", "experiments", "get list create update"),)

PIPELINE_RUNNER = Shipped(
    PIPELINES_PRODUCT,
    "Role",
    "pipeline-runner",
    (
        Release(Versions("1.0.0", "2.1.0"), _RUNNER),
        Release(Versions("2.2.0", "2.4.1"), (*_RUNNER, *_TEKTON)),
        Release(Versions("2.5.0", "2.5.0"), _RUNNER),
        Release(Versions("2.14.0", "2.16.1"), (*_RUNNER, *_TASK_RESULTS)),
        Release(Versions("2.17.0"), (*_RUNNER, *_TASK_RESULTS, *_MLFLOW)),
    ),
)

_P = "pipelines.kubeflow.org"
_ARGO = (
    "cronworkflows cronworkflows/finalizers workflows workflows/finalizers workfloweventbindings"
    " workflowtemplates"
)
_RUN_VERBS = "archive create delete retry terminate unarchive"
_SCHEDULES = _rule("kubeflow.org", "scheduledworkflows", "*")
_EDIT_OTHERS = (
    _rule(_P, "experiments", "archive create delete unarchive"),
    _rule(_P, "jobs", "create delete disable enable"),
)


def _edit(versions: str, run_verbs: str, *more: PolicyRule) -> Rules:
    """Return the rules of the edit role; *versions* is the resource name of pipeline versions."""
    own = _rule(_P, f"pipelines {versions}", "create delete update")
    return (own, *_EDIT_OTHERS, _rule(_P, "runs", run_verbs), *more)


_RUN_VERBS_2 = f"{_RUN_VERBS} reportMetrics readArtifact"
_WITH_ARGO = (_SCHEDULES, _rule("argoproj.io", _ARGO, "*"))
_WITH_TASK_RESULTS = (_SCHEDULES, _rule("argoproj.io", f"{_ARGO} workflowtaskresults", "*"))

PIPELINES_EDIT = Shipped(
    PIPELINES_PRODUCT,
    "ClusterRole",
    "aggregate-to-kubeflow-pipelines-edit",
    (
        Release(Versions("1.5.0", "1.7.1"), _edit("pipelines/versions", _RUN_VERBS)),
        Release(Versions("1.8.0", "1.8.5"), _edit("pipelines/versions", _RUN_VERBS, *_WITH_ARGO)),
        Release(Versions("1.8.13", "1.8.22"), _edit("pipelines/versions", _RUN_VERBS)),
        Release(
            Versions("2.0.0-alpha.0", "2.0.0-alpha.3"), _edit("pipelines/versions", _RUN_VERBS, *_WITH_ARGO)
        ),
        Release(Versions("2.0.0-alpha.4", "2.2.0"), _edit("pipelines/versions", _RUN_VERBS_2, *_WITH_ARGO)),
        Release(Versions("2.3.0", "2.14.4"), _edit("pipelines/versions", _RUN_VERBS_2, *_WITH_TASK_RESULTS)),
        Release(Versions("2.15.0"), _edit("pipelineversions", _RUN_VERBS_2, *_WITH_TASK_RESULTS)),
    ),
)

_VIEW_OTHERS = (
    _rule("kubeflow.org", "viewers", "create get delete"),
    _rule(_P, "visualizations", "create"),
)
_RUNS_WITH_ARTIFACTS = _rule(_P, "runs", "get list readArtifact")

PIPELINES_VIEW = Shipped(
    PIPELINES_PRODUCT,
    "ClusterRole",
    "aggregate-to-kubeflow-pipelines-view",
    (
        Release(
            Versions("1.5.0", "2.0.0-alpha.3"),
            (_rule(_P, "pipelines pipelines/versions experiments runs jobs", "get list"), *_VIEW_OTHERS),
        ),
        Release(
            Versions("2.0.0-alpha.4", "2.14.4"),
            (
                _rule(_P, "pipelines pipelines/versions experiments jobs", "get list"),
                _RUNS_WITH_ARTIFACTS,
                *_VIEW_OTHERS,
            ),
        ),
        Release(
            Versions("2.15.0"),
            (
                _rule(_P, "pipelines pipelineversions experiments jobs", "get list"),
                _RUNS_WITH_ARTIFACTS,
                *_VIEW_OTHERS,
            ),
        ),
    ),
)

_KNATIVE = (
    "services services/status routes routes/status configurations configurations/status revisions"
    " revisions/status"
)
_MODELS_9 = "inferenceservices servingruntimes"
_MODELS_15 = f"{_MODELS_9} inferencegraphs trainedmodels"
_MODELS_16 = f"{_MODELS_15} llminferenceservices lllminferenceserviceconfigs"  # "lll" is KServe's own typo
_KSERVE_VERSIONS = (
    (Versions("0.7.0", "0.8.0"), "inferenceservices"),
    (Versions("0.9.0", "0.14.1"), _MODELS_9),
    (Versions("0.15.0", "0.15.2"), _MODELS_15),
    (Versions("0.16.0"), _MODELS_16),
)


def _kserve(name: str, verbs: str, knative_verbs: str) -> Shipped:
    releases = (
        Release(
            versions,
            (
                _rule("serving.kserve.io", models, verbs),
                _rule("serving.knative.dev", _KNATIVE, knative_verbs),
            ),
        )
        for versions, models in _KSERVE_VERSIONS
    )
    return Shipped(KSERVE_PRODUCT, "ClusterRole", name, tuple(releases))


_EVERY_VERB = "get list watch create delete deletecollection patch update"
KSERVE_EDIT = _kserve("kubeflow-kserve-edit", _EVERY_VERB, _EVERY_VERB)
KSERVE_VIEW = _kserve("kubeflow-kserve-view", "get list watch", "get list")

PLATFORM_ROLES = (PIPELINES_EDIT, PIPELINES_VIEW, KSERVE_EDIT, KSERVE_VIEW)
"""The ClusterRoles that a multi-user platform has besides the Role `pipeline-runner`."""
