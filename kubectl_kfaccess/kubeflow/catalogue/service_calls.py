"""
Which permission each call of Kubeflow's services checks, release by release, and what nothing checks.

RBAC only compares words: the service that checks a word decides what it opens. The pipelines API checks
virtual resources, the pages check custom resources. The rows are in `service_call_tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue import service_call_tables
from kubectl_kfaccess.kubeflow.catalogue.pipelines_releases import NEWEST, OLDEST, releases_text
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, PIPELINES
from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES, Identity, Service
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.rules import Request


class Call(Struct, frozen=True):
    """
    One check of one call: the *verb* on *resource* of *group*, all "" if the call checks nothing.

    *named* says whether the review has the object's name: only then can a rule with resourceNames allow the
    call. *reviews* is how often the call sends it, for each *each* in the request if that is not "". *closed*
    says that everybody is refused without a check, *for_owner* that the service itself lets only the owner of
    the profile through, and its own administrators. *status* is the HTTP status of a refusal, 0 if unknown.
    *since* and *until* are releases of Kubeflow Pipelines, inclusive; "" means the first or the newest.
    """

    service: Service
    name: str
    method: str
    path: str
    verb: str = ""
    group: str = ""
    resource: str = ""
    namespaced: bool = True
    named: bool = False
    reviews: int = 0
    each: str = ""
    closed: bool = False
    for_owner: bool = False
    status: int = 0
    since: str = ""
    until: str = ""
    note: str = ""

    @property
    def full_name(self) -> str:
        """The resource with its group, `runs.pipelines.kubeflow.org`; "" if the call checks nothing."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    @property
    def releases(self) -> str:
        """The releases in which the call checks this, as text."""
        return self.service.read or releases_text(self)

    @property
    def is_current(self) -> bool:
        """Whether the newest known release checks this."""
        return not self.until and self.since != service_call_tables.NEXT


class NotIsolated(Struct, frozen=True):
    """*what* everyone can reach, and *why*. *resource* and *verbs* are the checks that seem to protect it."""

    what: str
    why: str
    area: str = "pipelines"
    resource: str = ""
    verbs: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def releases(self) -> str:
        """The releases in which this is so, as text."""
        return releases_text(self)


class Setting(Struct, frozen=True):
    """A setting of the pipelines API server that changes what it checks."""

    name: str
    default: str
    what: str
    since: str = ""
    until: str = ""

    @property
    def releases(self) -> str:
        """The releases that have the setting, as text."""
        return releases_text(self)


def calls_for(group: str, resource: str, verb: str, identity: Identity = Identity.NAME) -> tuple[Call, ...]:
    """
    Return the calls that check *verb* on a resource (or `RESOURCE/SUB`), newest releases first.

    A call is returned once, as its newest release that checks this. *identity* limits them to the services
    whose reviews have that of a user.
    """
    calls = _BY_CHECK.get((group, resource, verb), ())
    newest: dict[tuple[str, str, str], Call] = {}
    for call in sorted(calls, key=_age):
        if call.service.identity is identity:
            newest.setdefault((call.service.name, call.name, call.path), call)
    return tuple(newest.values())


def _age(call: Call) -> tuple[bool, bool]:
    """Return a sort key: calls of the newest release, then those of the next one, then those of old ones."""
    return bool(call.until), call.since == service_call_tables.NEXT


def as_reviewed(request: Request) -> Request:
    """
    Return *request* as Kubeflow's services send it: without the name if none of their calls sends it.

    Then a rule with resourceNames does not allow it. What no call checks is returned unchanged.
    """
    sends = sends_name(request.group, request.combined_resource, request.verb)
    return replace(request, name="") if sends is False else request


def sends_name(group: str, resource: str, verb: str) -> bool | None:
    """Whether a review of *verb* on a resource (or `RESOURCE/SUB`) has a name; None if no call checks it."""
    current = [call for call in calls_for(group, resource, verb) if call.is_current]
    return any(call.named for call in current) if current else None


def is_checked(group: str, resource: str) -> bool:
    """Whether any call of the services that ask about a user's name alone checks that resource at all."""
    return (group, resource) in _CHECKED_RESOURCES


def why_never_checked(group: str, resource: str, verb: str) -> str:
    """Return why no call checks *verb* on a resource, "" if one does or the reason is unknown."""
    if calls_for(group, resource, verb):
        return ""
    default = f"no call of pipelines {OLDEST} to {NEWEST} checks this verb" if group == PIPELINES else ""
    if not default and not is_checked(group, resource):
        default = "none of Kubeflow's services checks this resource"
    return _WHY_UNCHECKED.get((group, resource), default)


def not_isolated(group: str, resource: str, verb: str) -> tuple[NotIsolated, ...]:
    """Return what that check seems to protect but does not."""
    name = f"{resource}.{group}" if group else resource
    return tuple(
        fact for fact in NOT_ISOLATED if fact.resource == name and (not fact.verbs or verb in fact.verbs)
    )


def _table(service: Service, text: str) -> Iterator[Call]:
    """Yield the calls of one table; `service_call_tables` describes the format."""
    calls: list[Call] = []
    section = ["", "", "", ".."]
    for line in text.split("\n"):
        if line.startswith("["):
            section = line[1:-1].split()
        elif line.startswith("#"):
            calls[-1] = replace(calls[-1], note=line[2:])
        elif line:
            calls.append(_row(service, section, line.split()))
    yield from calls


def _row(service: Service, section: list[str], words: list[str]) -> Call:
    prefix, path, resource, releases = section
    name, method, rest, verb, *differing = words
    marks = [word for word in differing if word[0] in "+=x" or ":" in word]
    for word in differing:
        if word not in marks:
            resource, releases = (resource, word) if ".." in word else (word, releases)
    since, _, until = releases.partition("..")
    call = Call(
        service,
        name if prefix == "-" else f"{prefix}.{name}",
        method,
        path if rest == "." else path + rest,
        closed=verb == "!",
        for_owner=verb == "owner",
        since=since,
        until=until,
    )
    return _marked(call if verb in ("-", "!", "owner") else _checking(call, verb, resource), marks)


def _marked(call: Call, marks: list[str]) -> Call:
    """Return the call with what the words of its row say about its reviews and its refusals."""
    status = 403 if call.service.group == PIPELINES and (call.verb or call.closed) else 0
    for mark in marks:
        status = int(mark[1:]) if mark[0] == "=" else status
        call = replace(
            call,
            named=call.named or mark == "+name",
            namespaced=call.namespaced and mark != "+cluster",
            reviews=int(mark[1:]) if mark[0] == "x" else call.reviews,
            each=mark.removeprefix("each:") if mark.startswith("each:") else call.each,
        )
    return replace(call, status=status)


def _checking(call: Call, verb: str, resource: str) -> Call:
    plain, dot, own = resource.partition(".")
    group = own if dot else call.service.group
    namespaced = (group, plain) not in _CLUSTER_WIDE
    return replace(call, verb=verb, group=group, resource=plain, namespaced=namespaced, reviews=1)


_CLUSTER_WIDE = frozenset(entry.type.key for entry in CATALOGUE if not entry.type.namespaced)

CALLS: tuple[Call, ...] = tuple(call for service in SERVICES for call in _table(service, service.table))
"""Every check of every call, in the order in which they are shown."""


def _by_check(calls: Iterable[Call]) -> dict[tuple[str, str, str], list[Call]]:
    by_check: dict[tuple[str, str, str], list[Call]] = {}
    for call in calls:
        by_check.setdefault((call.group, call.resource, call.verb), []).append(call)
    return by_check


_BY_CHECK = _by_check(call for call in CALLS if call.verb)
_CHECKED_RESOURCES = frozenset(
    (call.group, call.resource) for call in CALLS if call.verb and call.service.identity is Identity.NAME
)
_WHY_UNCHECKED = {
    (PIPELINES, "pipelineversions"): "the pipelines API asks about `pipelines` instead",
    ("mlflow.kubeflow.org", "experiments"): "an MLflow server asks, none of Kubeflow's own services",
    **dict.fromkeys(
        ((RBAC_GROUP, "rolebindings"), ("security.istio.io", "authorizationpolicies")),
        # components/access-management/kfam/api_default.go of kubeflow/kubeflow, isOwnerOrAdmin
        "the dashboard lets the owner in the Profile add contributors, and its own cluster admins",
    ),
}

_PIPELINES = f"pipelines.{PIPELINES}"
_RUNS = f"runs.{PIPELINES}"

NOT_ISOLATED: tuple[NotIsolated, ...] = (
    NotIsolated(
        "shared pipelines",
        "a pipeline without a namespace is not checked: anyone who reaches the API can change and delete it",
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
        "anyone who reaches the API can report any workflow's state",
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
"""What no access review protects, whatever RBAC says."""

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "MULTIUSER", "false", "without `true` nothing is checked at all, and nobody is asked who they are"
    ),
    Setting(
        "MULTIUSER_SHARED_READ",
        "false",
        "`true` lets everybody get and list everything in every namespace, callers without an identity too;"
        " other verbs are checked as before",
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
        "the accounts, besides the default one, that runs and recurring runs can name; with many users the"
        " caller needs `use` on that account as well",
        since=service_call_tables.NEXT,
    ),
)
"""The settings of the pipelines API server (environment or configuration) that change what it checks."""
