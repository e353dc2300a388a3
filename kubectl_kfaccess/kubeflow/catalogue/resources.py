"""
The resources that Kubeflow's tenants work with, and the verbs that matter for each.

Discovery knows the types that a cluster serves. The catalogue adds what discovery cannot know: which types
belong together, the virtual resources that only access reviews mention, and the names that people use for
them. If both describe the same type, discovery takes precedence.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS

READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete")
CORE = (*READ, *WRITE, "deletecollection")

PIPELINES = "pipelines.kubeflow.org"
"""The group of the virtual resources that the pipelines API checks with access reviews."""

DEFAULT_AREAS = (
    "serving",
    "pipelines",
    "notebooks",
    "katib",
    "training",
    "storage",
    "secrets",
    "identity",
)
"""The areas that are shown by default, in the order in which they are shown."""


class Entry(Struct, frozen=True, gc=False):
    """
    One resource, or one subresource of it, and what to show about it.

    *verbs* are those worth showing, not all that exist: those that runners need and that pages check.
    *default* is false if only `-a` shows the entry. Any type that the cluster serves takes precedence over
    *aliases*.
    """

    area: str
    type: ResourceType
    verbs: tuple[str, ...]
    default: bool = True
    aliases: tuple[str, ...] = ()
    note: str = ""
    subresource: str = ""

    @property
    def resource(self) -> str:
        """The resource as rules spell it: `pods`, or with a subresource `pods/exec`."""
        return f"{self.type.name}/{self.subresource}" if self.subresource else self.type.name


def resource_types() -> tuple[ResourceType, ...]:
    """Return the catalogue's resource types without duplicates, in the catalogue's order."""
    return tuple({(entry.type.group, entry.type.name): entry.type for entry in CATALOGUE}.values())


def entries_for(name: str, *, aliases: bool = True) -> tuple[Entry, ...]:
    """
    Return the entries that *name* can mean: a plural, singular, kind, short name or alias, in any letter
    case.

    `NAME.GROUP` selects one group; if no group has exactly that name, the beginning of a group is enough, as
    with kubectl. `NAME/SUB` selects a subresource. An alias counts only if no entry has the name itself, and
    never if *aliases* is false: `pipelineruns` are Tekton's on clusters that serve Tekton. A virtual type
    outside the pipelines' group needs its group.
    """
    resource, _, subresource = name.partition("/")
    plain, _, group = resource.partition(".")
    known = [entry for entry in CATALOGUE if entry.subresource == subresource]
    matching = [entry for entry in known if plain.lower() in _names(entry.type)]
    if not matching and aliases:
        matching = [entry for entry in known if plain.lower() in entry.aliases]
    return tuple(_in_group(matching, group.lower()) if group else filter(_is_known_by_plain_name, matching))


def known_verbs() -> frozenset[str]:
    """Return the verbs that a component really checks for resources; RBAC itself accepts any text."""
    return _KNOWN_VERBS


def known_url_verbs() -> frozenset[str]:
    """Return the verbs of non-resource URLs: the HTTP methods in lower case, and `*`."""
    return _KNOWN_URL_VERBS


def verbs_of(group: str, resource: str) -> tuple[str, ...]:
    """Return the verbs to show for a resource or `RESOURCE/SUB`, () if the catalogue does not have it."""
    return _VERBS.get((group, resource), ())


def _names(resource: ResourceType) -> tuple[str, ...]:
    return (resource.name, resource.singular, resource.kind.lower(), *resource.short_names)


def _in_group(entries: list[Entry], group: str) -> list[Entry]:
    exact = [entry for entry in entries if entry.type.group == group]
    return exact or [entry for entry in entries if entry.type.group.startswith(group)]


def _is_known_by_plain_name(entry: Entry) -> bool:
    return not entry.type.virtual or entry.type.group == PIPELINES


def _type(
    group: str,
    name: str,
    kind: str,
    short_names: str = "",
    *,
    sub: str = "",
    verbs: tuple[str, ...] = CORE,
    cluster: bool = False,
) -> ResourceType:
    """Return a type that an API serves; *short_names* and *sub* are words with spaces between."""
    return ResourceType(
        group=group,
        name=name,
        singular=kind.lower(),
        kind=kind,
        short_names=tuple(short_names.split()),
        namespaced=not cluster,
        verbs=verbs,
        subresources=tuple(sub.split()),
    )


def _virtual(
    name: str, singular: str, verbs: str, *, kind: str = "", group: str = PIPELINES, namespaced: bool = True
) -> ResourceType:
    """Return a type that exists only in access reviews, with the verbs that are checked."""
    return ResourceType(
        group=group,
        name=name,
        singular=singular,
        kind=kind,
        namespaced=namespaced,
        verbs=tuple(verbs.split()),
        virtual=True,
    )


def _entry(
    area: str,
    resource: ResourceType,
    verbs: tuple[str, ...] = (),
    *,
    default: bool = True,
    aliases: tuple[str, ...] = (),
    note: str = "",
    sub: str = "",
) -> Entry:
    """Return an entry that shows *verbs*, or all verbs of the type."""
    return Entry(area, resource, verbs or resource.verbs, default, aliases, note, sub)


_KSERVE = "serving.kserve.io"
_KNATIVE = "serving.knative.dev"
_KUBEFLOW = "kubeflow.org"
_ARGO = "argoproj.io"
_TRAINER = "trainer.kubeflow.org"
_SPARK = "sparkoperator.k8s.io"

_INFERENCE_SERVICES = _type(_KSERVE, "inferenceservices", "InferenceService", "isvc", sub="status")
_SERVICE_ACCOUNTS = _type("", "serviceaccounts", "ServiceAccount", "sa", sub="token")
_PODS = _type("", "pods", "Pod", "po", sub="attach exec log portforward proxy status")

_TRAINING_V1 = "an API of the training operator, which the trainer replaces"
_OUT_OF_REACH = "cluster-scoped: no RoleBinding can grant it"

CATALOGUE: tuple[Entry, ...] = (
    # KServe, and the Knative resources that it creates
    _entry("serving", _INFERENCE_SERVICES),
    _entry("serving", _INFERENCE_SERVICES, ("get", "update", "patch"), sub="status", default=False),
    _entry("serving", _type(_KSERVE, "servingruntimes", "ServingRuntime")),
    _entry("serving", _type(_KSERVE, "trainedmodels", "TrainedModel", "tm", sub="status")),
    _entry("serving", _type(_KSERVE, "inferencegraphs", "InferenceGraph", "ig", sub="status")),
    _entry("serving", _type(_KSERVE, "llminferenceservices", "LLMInferenceService", "llmisvc", sub="status")),
    _entry(
        "serving", _type(_KSERVE, "llminferenceserviceconfigs", "LLMInferenceServiceConfig", sub="status")
    ),
    _entry(
        "serving",
        _type(_KSERVE, "localmodelnamespacecaches", "LocalModelNamespaceCache", sub="status"),
        default=False,
    ),
    _entry(
        "serving",
        _type(_KSERVE, "clusterservingruntimes", "ClusterServingRuntime", cluster=True),
        (*READ, *WRITE),
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry(
        "serving",
        _type(_KSERVE, "clusterstoragecontainers", "ClusterStorageContainer", cluster=True),
        (*READ, *WRITE),
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry(
        "serving",
        _type(_KSERVE, "localmodelcaches", "LocalModelCache", sub="status", cluster=True),
        (*READ, *WRITE),
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry(
        "serving",
        _type(_KSERVE, "localmodelnodegroups", "LocalModelNodeGroup", cluster=True),
        (*READ, *WRITE),
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry(
        "serving",
        _type(_KSERVE, "localmodelnodes", "LocalModelNode", sub="status", cluster=True),
        (*READ, *WRITE),
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry("serving", _type(_KNATIVE, "services", "Service", "kservice ksvc", sub="status")),
    _entry("serving", _type(_KNATIVE, "routes", "Route", "rt", sub="status"), default=False),
    _entry(
        "serving",
        _type(_KNATIVE, "configurations", "Configuration", "config cfg", sub="status"),
        default=False,
    ),
    _entry("serving", _type(_KNATIVE, "revisions", "Revision", "rev", sub="status"), default=False),
    _entry("serving", _type(_KNATIVE, "domainmappings", "DomainMapping", "dm", sub="status"), default=False),
    # Kubeflow Pipelines: what its API server checks (verbs are case-sensitive), then its custom resources
    _entry(
        "pipelines",
        _virtual("experiments", "experiment", "get list create delete archive unarchive"),
        aliases=("kfp-experiments", "kfp-experiment"),
    ),
    _entry(
        "pipelines",
        _virtual(
            "runs",
            "run",
            "get list create delete archive unarchive terminate retry readArtifact reportMetrics",
        ),
        aliases=("kfp-runs", "kfp-run", "pipelineruns", "pipelinerun"),
        note="who creates runs can run code as any service account of the namespace",
    ),
    _entry(
        "pipelines",
        _virtual("jobs", "job", "get list create delete enable disable"),
        aliases=("recurringruns", "recurringrun", "kfp-jobs", "kfp-job"),
        note="recurring runs",
    ),
    _entry(
        "pipelines",
        _virtual("pipelines", "pipeline", "get list create update delete", kind="Pipeline"),
        aliases=("kfp-pipelines", "kfp-pipeline"),
        note="a custom resource, with watch and patch, where pipelines are stored in Kubernetes",
    ),
    _entry(
        "pipelines",
        _virtual(
            "pipelineversions", "pipelineversion", "get list create update delete", kind="PipelineVersion"
        ),
        note="the pipelines API asks about pipelines instead",
    ),
    _entry("pipelines", _virtual("visualizations", "visualization", "create"), default=False),
    _entry(
        "pipelines",
        _virtual("workflows", "workflow", "report", namespaced=False),
        default=False,
        note="what the persistence agent is asked for, cluster-wide",
    ),
    _entry(
        "pipelines",
        _virtual("scheduledworkflows", "scheduledworkflow", "report", namespaced=False),
        default=False,
        note="what the persistence agent is asked for, cluster-wide",
    ),
    _entry(
        "pipelines",
        _type(_KUBEFLOW, "viewers", "Viewer", "vi"),
        ("get", "create", "delete"),
        note="get opens pod logs and artifacts in the pipelines pages",
    ),
    _entry("pipelines", _type(_KUBEFLOW, "scheduledworkflows", "ScheduledWorkflow", "swf")),
    _entry("pipelines", _type(_ARGO, "workflows", "Workflow", "wf")),
    _entry(
        "pipelines",
        _type(_ARGO, "workflowtaskresults", "WorkflowTaskResult"),
        ("create", "patch"),
        note="how a step reports its result: accounts that run steps need both",
    ),
    _entry("pipelines", _type(_ARGO, "cronworkflows", "CronWorkflow", "cwf cronwf"), default=False),
    _entry("pipelines", _type(_ARGO, "workflowtemplates", "WorkflowTemplate", "wftmpl"), default=False),
    _entry("pipelines", _type(_ARGO, "workfloweventbindings", "WorkflowEventBinding", "wfeb"), default=False),
    _entry(
        "pipelines", _type(_ARGO, "workflowtasksets", "WorkflowTaskSet", "wfts", sub="status"), default=False
    ),
    _entry(
        "pipelines",
        _type(_ARGO, "workflowartifactgctasks", "WorkflowArtifactGCTask", "wfat", sub="status"),
        default=False,
    ),
    # Notebooks and related resources
    _entry("notebooks", _type(_KUBEFLOW, "notebooks", "Notebook", sub="status")),
    _entry("notebooks", _type(_KUBEFLOW, "poddefaults", "PodDefault")),
    _entry("notebooks", _type(_KUBEFLOW, "pvcviewers", "PVCViewer", sub="status"), default=False),
    _entry("notebooks", _type("tensorboard.kubeflow.org", "tensorboards", "Tensorboard", sub="status")),
    # Katib
    _entry(
        "katib",
        _type(_KUBEFLOW, "experiments", "Experiment", sub="status"),
        aliases=("katib-experiments", "katib-experiment"),
    ),
    _entry("katib", _type(_KUBEFLOW, "trials", "Trial", sub="status"), default=False),
    _entry("katib", _type(_KUBEFLOW, "suggestions", "Suggestion", sub="status"), default=False),
    # The trainer, and the training operator before it
    _entry("training", _type(_TRAINER, "trainjobs", "TrainJob", sub="status")),
    _entry("training", _type(_TRAINER, "trainingruntimes", "TrainingRuntime")),
    _entry(
        "training",
        _type(_TRAINER, "clustertrainingruntimes", "ClusterTrainingRuntime", cluster=True),
        READ,
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry("training", _type(_KUBEFLOW, "pytorchjobs", "PyTorchJob", sub="scale status"), note=_TRAINING_V1),
    _entry("training", _type(_KUBEFLOW, "tfjobs", "TFJob", sub="status"), note=_TRAINING_V1),
    _entry("training", _type(_KUBEFLOW, "mpijobs", "MPIJob", sub="status"), note=_TRAINING_V1),
    _entry("training", _type(_KUBEFLOW, "xgboostjobs", "XGBoostJob", sub="status"), note=_TRAINING_V1),
    _entry("training", _type(_KUBEFLOW, "paddlejobs", "PaddleJob", sub="scale status"), note=_TRAINING_V1),
    _entry("training", _type(_KUBEFLOW, "jaxjobs", "JAXJob", sub="scale status"), note=_TRAINING_V1),
    _entry(
        "training",
        _type(_KUBEFLOW, "mxjobs", "MXJob", sub="status"),
        note="an API of the training operator up to platform 1.9",
    ),
    _entry("training", _type("jobset.x-k8s.io", "jobsets", "JobSet", sub="status"), default=False),
    # Kubernetes' own resources that tenants need
    _entry("storage", _type("", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", sub="status")),
    _entry("storage", _type("", "configmaps", "ConfigMap", "cm")),
    _entry(
        "storage",
        _type("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot", "vs", sub="status"),
        default=False,
    ),
    _entry("secrets", _type("", "secrets", "Secret")),
    _entry(
        "identity",
        _SERVICE_ACCOUNTS,
        (*CORE, "impersonate", "use"),
        note="impersonate is to act as the account; the pipelines API asks for use after 2.17.0",
    ),
    _entry("identity", _SERVICE_ACCOUNTS, ("create",), sub="token", default=False),
    # Further areas, shown on demand
    _entry("compute", _PODS, default=False),
    _entry("compute", _PODS, ("get", "create"), sub="exec", default=False),
    _entry("compute", _PODS, ("get",), sub="log", default=False),
    _entry("compute", _type("", "services", "Service", "svc", sub="proxy status"), default=False),
    _entry("compute", _type("", "events", "Event", "ev"), ("list",), default=False),
    _entry(
        "compute", _type("apps", "deployments", "Deployment", "deploy", sub="scale status"), default=False
    ),
    _entry("compute", _type("batch", "jobs", "Job", sub="status"), default=False),
    _entry(
        "spark",
        _type(_SPARK, "sparkapplications", "SparkApplication", "sparkapp", sub="status"),
        default=False,
    ),
    _entry(
        "spark",
        _type(
            _SPARK,
            "scheduledsparkapplications",
            "ScheduledSparkApplication",
            "scheduledsparkapp",
            sub="status",
        ),
        default=False,
    ),
    _entry("spark", _type(_SPARK, "sparkconnects", "SparkConnect", "sparkconn", sub="status"), default=False),
    _entry(
        "profile",
        _type(_KUBEFLOW, "profiles", "Profile", sub="status", cluster=True),
        (*READ, *WRITE),
        default=False,
        note=_OUT_OF_REACH,
    ),
    _entry("rbac", _type(RBAC_GROUP, "roles", "Role"), (*CORE, "bind", "escalate"), default=False),
    _entry("rbac", _type(RBAC_GROUP, "rolebindings", "RoleBinding"), default=False),
    _entry(
        "istio",
        _type("security.istio.io", "authorizationpolicies", "AuthorizationPolicy", "ap", sub="status"),
        default=False,
    ),
    _entry(
        "istio",
        _type("networking.istio.io", "virtualservices", "VirtualService", "vs", sub="status"),
        default=False,
    ),
    _entry(
        "third-party",
        _type(
            "machinelearning.seldon.io", "seldondeployments", "SeldonDeployment", "sdep", sub="scale status"
        ),
        default=False,
    ),
    _entry(
        "third-party",
        _virtual("experiments", "experiment", "get list create update", group="mlflow.kubeflow.org"),
        default=False,
        note="what the MLflow plugin of pipelines 2.17 asks for",
    ),
)

_VERBS = {(entry.type.group, entry.resource): entry.verbs for entry in CATALOGUE}

_KNOWN_TO_KUBECTL = ("use", "bind", "escalate", "impersonate", "approve", "sign", "attest", "*")

_KNOWN_VERBS = frozenset(
    (
        *CORE,
        *_KNOWN_TO_KUBECTL,
        *(verb for row in EXCEPTIONS for verb in row.verbs),
        *(verb for entry in CATALOGUE for verb in entry.verbs),
    )
)
_KNOWN_URL_VERBS = frozenset(("*", "get", "put", "post", "head", "options", "delete", "patch"))
