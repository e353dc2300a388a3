"""
Which access review each call of Kubeflow's services asks for, release by release, and what none is asked for.

RBAC compares words; what a word opens is settled by whoever asks about it. The pipelines API asks about
virtual resources, the pages about custom resources and Kubernetes' own. The rows are in `call_tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue import service_call_tables
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, PIPELINES
from kubectl_kfaccess.kubeflow.versions import Version, Versions, version

OLDEST, NEWEST = "1.8.0", "2.17.0"
"""The releases of Kubeflow Pipelines between which the rows were read."""


class Service(Struct, frozen=True):
    """A service that asks, its *area*, and the release that was *read*; "" is the range of pipelines."""

    name: str
    area: str
    read: str = ""


class Call(Struct, frozen=True):
    """
    One check of one call: the *verb* on *resource* of *group*, all empty when nothing is checked.

    *since* and *until* are releases of Kubeflow Pipelines, both counted; "" is the first or the newest known.
    """

    service: Service
    name: str
    method: str
    path: str
    verb: str = ""
    group: str = ""
    resource: str = ""
    namespaced: bool = True
    since: str = ""
    until: str = ""
    note: str = ""

    @property
    def full_name(self) -> str:
        """The resource with its group, `runs.pipelines.kubeflow.org`; "" when nothing is checked."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    @property
    def releases(self) -> str:
        """In which releases it is so, in words."""
        return self.service.read or _releases(self)


class NotIsolated(Struct, frozen=True):
    """What everybody reaches, and *why*; the checks are those that one might think guard it."""

    what: str
    why: str
    area: str = "pipelines"
    resource: str = ""
    verbs: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def releases(self) -> str:
        """In which releases it is so, in words."""
        return _releases(self)


class Setting(Struct, frozen=True):
    """A setting of the pipelines' API server that changes what is checked."""

    name: str
    default: str
    what: str
    since: str = ""
    until: str = ""

    @property
    def releases(self) -> str:
        """In which releases there is such a setting, in words."""
        return _releases(self)


def calls_for(group: str, resource: str, verb: str) -> tuple[Call, ...]:
    """Return the calls that ask for *verb* on a resource (or `RESOURCE/SUB`), the newest releases' first."""
    found = _BY_CHECK.get((group, resource, verb), ())
    return tuple(sorted(found, key=lambda call: (bool(call.until), _is_to_come(call))))


def is_asked_about(group: str, resource: str) -> bool:
    """Whether some call of Kubeflow's services asks about that resource at all."""
    return (group, resource) in _ASKED_ABOUT


def never_asked(group: str, resource: str, verb: str) -> str:
    """Return why no call asks for a virtual resource's verb; "" when one does, or that is not known."""
    if calls_for(group, resource, verb):
        return ""
    nowhere = f"no call of pipelines {OLDEST} to {NEWEST} checks this verb" if group == PIPELINES else ""
    return _NEVER_ASKED.get((group, resource), nowhere)


def not_isolated(group: str, resource: str, verb: str) -> tuple[NotIsolated, ...]:
    """Return what that check does not guard, though one might think so."""
    name = f"{resource}.{group}" if group else resource
    return tuple(one for one in NOT_ISOLATED if one.resource == name and (not one.verbs or verb in one.verbs))


def known_release(text: str) -> Version | None:
    """Return the release of Kubeflow Pipelines, None when *text* is none or it was not read."""
    found, oldest = version(text), version(OLDEST)
    if found is None or oldest is None or found < oldest:
        return None
    # 2.0.0 was a rewrite: its betas asked for other verbs, each for its own, and no platform ships them
    return None if found.numbers == (2, 0, 0) and found.before.startswith(("beta", "rc")) else found


def holds_in(one: Call | NotIsolated | Setting, release: Version | None) -> bool:
    """Whether it is so in that release; without one, in any."""
    return release is None or Versions(one.since, one.until).has(release)


def _releases(one: Call | NotIsolated | Setting) -> str:
    return f"> {NEWEST}" if _is_to_come(one) else str(Versions(one.since, one.until))


def _is_to_come(one: Call | NotIsolated | Setting) -> bool:
    """Whether it was merged after the newest release that there was to read."""
    return one.since == service_call_tables.NEXT


SERVICES = (
    (Service("ml-pipeline", "pipelines"), PIPELINES, service_call_tables.PIPELINES_API),
    (Service("ml-pipeline-ui", "pipelines"), "", service_call_tables.PIPELINES_PAGES),
    (Service("jupyter-web-app", "notebooks", "Kubeflow 1.10.0"), "", service_call_tables.NOTEBOOK_PAGES),
    (Service("volumes-web-app", "storage", "Kubeflow 1.10.0"), "", service_call_tables.VOLUME_PAGES),
    (
        Service("tensorboards-web-app", "notebooks", "Kubeflow 1.10.0"),
        "",
        service_call_tables.TENSORBOARD_PAGES,
    ),
    (Service("katib-ui", "katib", "Katib 0.19.0"), "", service_call_tables.KATIB_PAGES),
    (
        Service("kserve-models-web-app", "serving", "models-web-app 0.15.0"),
        "",
        service_call_tables.MODEL_PAGES,
    ),
)


def _table(service: Service, group: str, text: str) -> Iterator[Call]:
    """Yield the calls of one table; see `call_tables` for how they are written."""
    found: list[Call] = []
    section = ["", "", "", ".."]
    for line in text.split("\n"):
        if line.startswith("["):
            section = line[1:-1].split()
        elif line.startswith("#"):
            found[-1] = replace(found[-1], note=line[2:])
        elif line:
            found.append(_row(service, group, section, line.split()))
    yield from found


def _row(service: Service, group: str, section: list[str], words: list[str]) -> Call:
    prefix, path, resource, releases = section
    name, method, rest, verb, *differing = words
    for word in differing:
        resource, releases = (resource, word) if ".." in word else (word, releases)
    since, _, until = releases.partition("..")
    call = Call(
        service,
        name if prefix == "-" else f"{prefix}.{name}",
        method,
        path if rest == "." else path + rest,
        since=since,
        until=until,
    )
    return call if verb == "-" else _checking(call, verb, resource, group)


def _checking(call: Call, verb: str, resource: str, group: str) -> Call:
    plain, dot, own = resource.partition(".")
    group = own if dot else group
    namespaced = (group, plain) not in _CLUSTER_WIDE
    return replace(call, verb=verb, group=group, resource=plain, namespaced=namespaced)


_CLUSTER_WIDE = frozenset(entry.type.key for entry in CATALOGUE if not entry.type.namespaced)

CALLS: tuple[Call, ...] = tuple(
    call for service, group, text in SERVICES for call in _table(service, group, text)
)
"""Every check of every call, in the order in which they are shown."""


def _by_check(calls: Iterable[Call]) -> dict[tuple[str, str, str], list[Call]]:
    found: dict[tuple[str, str, str], list[Call]] = {}
    for call in calls:
        found.setdefault((call.group, call.resource, call.verb), []).append(call)
    return found


_BY_CHECK = _by_check(call for call in CALLS if call.verb)
_ASKED_ABOUT = frozenset((call.group, call.resource) for call in CALLS if call.verb)
_NEVER_ASKED = {
    (PIPELINES, "pipelineversions"): "the pipelines API asks about `pipelines` instead",
    ("mlflow.kubeflow.org", "experiments"): "an MLflow server asks, none of Kubeflow's own services",
}

_PIPELINES = f"pipelines.{PIPELINES}"
_RUNS = f"runs.{PIPELINES}"

NOT_ISOLATED: tuple[NotIsolated, ...] = (
    NotIsolated(
        "shared pipelines",
        "a pipeline without a namespace is not checked: whoever reaches the API may change and delete it",
        resource=_PIPELINES,
        until="2.16.0",
    ),
    NotIsolated(
        "reading shared pipelines",
        "get and list are free; the other verbs are checked in the namespace of the pipelines' API server",
        resource=_PIPELINES,
        verbs=("get", "list"),
        since="2.16.1",
    ),
    NotIsolated(
        "uploading shared pipelines",
        "the upload calls check nothing when neither the request nor the pipeline names a namespace",
        resource=_PIPELINES,
        verbs=("create",),
        since="2.16.1",
    ),
    NotIsolated(
        "logs of steps",
        "the API's log call checks nothing: the names of the run and the node are enough",
        resource=_RUNS,
        verbs=("get", "list"),
    ),
    NotIsolated(
        "metrics and artifacts of runs",
        "the API's calls for them check nothing",
        resource=_RUNS,
        verbs=("readArtifact", "reportMetrics"),
        until="2.0.0-alpha.3",
    ),
    NotIsolated(
        "reports of workflows",
        "whoever reaches the API may report any workflow's state",
        resource=f"workflows.{PIPELINES}",
        until="2.0.0",
    ),
    NotIsolated(
        "tasks",
        "the calls of the step cache check nothing: fingerprints and outputs of every namespace",
    ),
    NotIsolated(
        "visualizations without a namespace",
        "they are made in the namespace of the pipelines' API server, and nothing is checked",
        resource=f"visualizations.{PIPELINES}",
    ),
    NotIsolated(
        "logs, details and events of pods in the pages",
        "the pages' server reads them with its own account in whichever namespace the request names",
        resource="viewers.kubeflow.org",
        verbs=("get",),
        until="2.15.0",
    ),
    NotIsolated(
        "artifacts in the pages",
        "the pages' server reads them with its own account, whosever they are",
        resource="viewers.kubeflow.org",
        verbs=("get",),
        until="2.16.1",
    ),
    NotIsolated(
        "ML Metadata",
        "artifacts, executions and contexts of every namespace are in one store that checks nobody",
    ),
    NotIsolated(
        "the object store",
        "every profile gets a copy of the store's one key, in the Secret `mlpipeline-minio-artifact`",
        until="2.14.4",
    ),
    NotIsolated(
        "a part of the object store",
        "each profile has a key of its own, but `artifacts/` and `shared/` are open to all of them:"
        " only `private-artifacts/NAMESPACE/` and `private/NAMESPACE/` are apart",
        since="2.15.0",
    ),
    NotIsolated(
        "names of namespaces",
        "the pages that choose a namespace list all of them to everybody who is logged in",
        area="notebooks",
    ),
    NotIsolated(
        "trials of neural architecture searches",
        "Katib's page reads them with its own account in whichever namespace the request names",
        area="katib",
    ),
)
"""What no access review guards, whatever RBAC says."""

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "MULTIUSER", "false", "without `true` nothing is checked at all, and nobody is asked who they are"
    ),
    Setting(
        "MULTIUSER_SHARED_READ",
        "false",
        "`true` lets everybody get and list everything in every namespace; other verbs are checked as before",
    ),
    Setting(
        "REQUIRE_NAMESPACE_FOR_PIPELINES",
        "false",
        "`true` refuses pipelines without a namespace, so that no shared ones are made",
        since="2.15.0",
    ),
    Setting(
        "ALLOWEDSERVICEACCOUNTS",
        "",
        "the accounts, besides the default one, that runs and recurring runs may name; with many users the"
        " caller needs `use` on that account as well",
        since=service_call_tables.NEXT,
    ),
)
"""What the pipelines' API server can be told that changes its checks, in its environment or configuration."""
