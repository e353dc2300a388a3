"""
How a cluster runs pipelines: for one team or for many, which version, and as which service account.

The API server's Deployment says it, with the settings that its ConfigMaps hold (MULTIUSER and
DEFAULTPIPELINERUNNERSERVICEACCOUNT, backend/src/apiserver/common/config.go of kubeflow/pipelines). Where that
cannot be read, Profiles and the platform's roles are a sign, and then the answer says that it is one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED, profile_namespaces
from kubectl_kfaccess.kubeflow.untyped_data import list_at, value_at, yes_or_no
from kubectl_kfaccess.kubeflow.versions import Version, of_image
from kubectl_kfaccess.rbac.snapshot import Snapshot

API_SERVER = "ml-pipeline"
CONTAINER = "ml-pipeline-api-server"
RUNNER = "pipeline-runner"
PLATFORM_ROLE = "kubeflow-pipelines-edit"
ENABLED = "pipelines.kubeflow.org/enabled"
_MULTI_USER = "MULTIUSER"
_ACCOUNT = "DEFAULTPIPELINERUNNERSERVICEACCOUNT"


class Mode(enum.Enum):
    """For whom pipelines run."""

    STANDALONE = "standalone"
    MULTI_USER = "multi-user"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class Pipelines(Struct, frozen=True):
    """
    Kubeflow Pipelines as it is installed in *namespace*; *evidence* are lines that say how that is known.

    *account* is the service account that steps run as when nobody says another.
    """

    namespace: str
    mode: Mode
    account: str
    version: Version | None = None
    evidence: tuple[str, ...] = ()


def places(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the namespaces where pipelines may be installed, the likeliest first."""
    tenants = frozenset(profile_namespaces(snapshot))
    accounts = (where for where, name in sorted(snapshot.service_accounts) if name == API_SERVER)
    roles = (where for where, name in sorted(snapshot.roles) if name == RUNNER)
    found = dict.fromkeys((INSTALLED[0], *accounts, *roles))
    return tuple(where for where in found if where and where not in tenants)[:_MOST_PLACES]


_MOST_PLACES = 8


def settings_of(snapshot: Snapshot, namespace: str) -> tuple[str, ...]:
    """Return the names of the ConfigMaps that the API server of *namespace* takes settings from."""
    container = _container(snapshot, namespace)
    sources = (value_at(one, "configMapRef") for one in list_at(container, "envFrom"))
    values = (value_at(value_at(one, "valueFrom"), "configMapKeyRef") for one in list_at(container, "env"))
    names = (value_at(one, "name") for one in (*sources, *values))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def installed(snapshot: Snapshot, namespace: str) -> Pipelines | None:
    """Return how pipelines run by their Deployment in *namespace*; None when there is none to be read."""
    if (namespace, API_SERVER) not in snapshot.deployments:
        return None
    container = _container(snapshot, namespace)
    settings = _Settings(snapshot, namespace, container)
    many, why = settings.flag(_MULTI_USER)
    account = settings.of(_ACCOUNT)
    image = str(value_at(container, "image") or "")
    version = of_image(image)
    mode = Mode.UNKNOWN if many is None else Mode.MULTI_USER if many else Mode.STANDALONE
    known = f"version {version}" if version else "the version cannot be told from it"
    evidence = (
        f"Deployment `{namespace}/{API_SERVER}`: {why}",
        f"steps run as `{account.value or RUNNER}` by default: {account.whence}",
        f"image `{image}`: {known}",
    )
    return Pipelines(namespace, mode, account.value or RUNNER, version, evidence)


def by_signs(snapshot: Snapshot, namespace: str) -> Pipelines:
    """Return how pipelines seem to run, by Profiles and roles, where no Deployment tells."""
    tenants = profile_namespaces(snapshot)
    labelled = next(
        (n for n in snapshot.namespaces.values() if n.metadata.labels.get(ENABLED) == "true"), None
    )
    if labelled:
        why = f"namespace `{labelled.name}` is labelled `{ENABLED}: true`"
        return Pipelines(namespace, Mode.MULTI_USER, EDITOR, evidence=(why,))
    platform = ("", PLATFORM_ROLE) in snapshot.cluster_roles
    if tenants and platform:
        why = f"there are profiles, and the ClusterRole `{PLATFORM_ROLE}`"
        return Pipelines(namespace, Mode.MULTI_USER, EDITOR, evidence=(why,))
    hidden = [gap for gap in snapshot.gaps if gap.resource in ("clusterroles", "namespaces", "profiles")]
    runner = (namespace, RUNNER) in snapshot.roles or (namespace, RUNNER) in snapshot.service_accounts
    if platform and runner:  # a platform that nobody has a profile on yet
        why = f"there is the ClusterRole `{PLATFORM_ROLE}`; there are no profiles"
        return Pipelines(namespace, Mode.MULTI_USER, EDITOR, evidence=(why,))
    if runner and not hidden:
        why = f"there is `{RUNNER}` in `{namespace}`, and no ClusterRole `{PLATFORM_ROLE}`"
        return Pipelines(namespace, Mode.STANDALONE, RUNNER, evidence=(why,))
    if hidden or platform:
        unread = ", ".join(dict.fromkeys(gap.resource for gap in hidden))
        why = f"not readable: {unread}" if unread else "there are roles of pipelines, but nothing runs them"
        return Pipelines(namespace, Mode.UNKNOWN, RUNNER, evidence=(why,))
    return Pipelines(namespace, Mode.ABSENT, RUNNER, evidence=("neither its API server nor its roles",))


def as_told(found: Pipelines, mode: str = "", version: Version | None = None) -> Pipelines:
    """Return *found* as the user says it is: his word stands, and beside it what the cluster says."""
    evidence = found.evidence
    if mode:
        evidence = (*evidence, f"`--mode` says {mode}")
        account = found.account
        if Mode(mode) is not found.mode:
            account = EDITOR if mode == Mode.MULTI_USER.value else RUNNER
        found = replace(found, mode=Mode(mode), account=account, evidence=evidence)
    if version:
        evidence = (*found.evidence, f"`--kfp-version` says {version}")
        found = replace(found, version=version, evidence=evidence)
    return found


class _Settings:
    """The environment of the API server, as its container is given it."""

    def __init__(self, snapshot: Snapshot, namespace: str, container: Any) -> None:
        self._snapshot = snapshot
        self._namespace = namespace
        self._container = container

    def flag(self, name: str) -> tuple[bool | None, str]:
        """Return the setting as yes, no or (None) not known, and where it comes from."""
        found = self.of(name)
        said = yes_or_no(found.value)
        if said is not None:
            return said, found.whence
        if found.value is not None:
            return None, f"{found.whence}, which is neither true nor false"
        return (None if found.hidden else False), found.whence

    def of(self, name: str) -> _Setting:
        """Return the setting that counts; what stands before it and cannot be read hides it."""
        for found in self._all(name):
            if found.hidden or found.value:  # an empty variable is one that is not set (viper: AllowEmptyEnv)
                return found
        return _Setting(None, f"{name} is not set")

    def _all(self, name: str) -> Iterator[_Setting]:
        """Yield every setting of that name in the order in which they count."""
        for one in reversed(list_at(self._container, "env")):
            if value_at(one, "name") == name:
                reference = value_at(value_at(one, "valueFrom"), "configMapKeyRef")
                if isinstance(value_at(one, "value"), str):
                    yield _Setting(one["value"], f"{name}={one['value']} in its env")
                elif reference:
                    yield self._in_map(name, value_at(reference, "name"), value_at(reference, "key"))
                elif value_at(one, "valueFrom"):
                    yield _Setting(None, f"{name} comes from elsewhere than a ConfigMap", hidden=True)
        for one in reversed(list_at(self._container, "envFrom")):  # of several the last one counts
            prefix = value_at(one, "prefix") or ""
            if isinstance(prefix, str) and name.startswith(prefix) and value_at(one, "configMapRef"):
                key = name.removeprefix(prefix)
                yield self._in_map(name, value_at(one["configMapRef"], "name"), key)

    def _in_map(self, name: str, map_name: Any, key: Any) -> _Setting:
        where = f"ConfigMap `{self._namespace}/{map_name}`"
        found = self._snapshot.config_maps.get((self._namespace, str(map_name)))
        if found is not None:
            value = found.data.get(str(key), "")
            return _Setting(value, f"{name}={value} in {where}")
        gap = self._snapshot.gap("configmaps", self._namespace)
        why = gap.reason if gap else "it is not there"
        return _Setting(None, f"{name} may be in {where}, which cannot be read: {why}", hidden=True)


class _Setting(Struct, frozen=True):
    """A setting, None when it has no value or (*hidden*) one that cannot be read, and where it comes from."""

    value: str | None
    whence: str
    hidden: bool = False


def _container(snapshot: Snapshot, namespace: str) -> Any:
    """The API server's container; that of another name when there is but one."""
    found = snapshot.deployments.get((namespace, API_SERVER))
    pod = value_at(value_at(found.spec, "template"), "spec") if found else None
    containers = [one for one in list_at(pod, "containers") if isinstance(one, dict)]
    named = [one for one in containers if value_at(one, "name") == CONTAINER]
    return (named or containers or [{}])[0]
