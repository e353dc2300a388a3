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
from kubectl_kfaccess.kubeflow.pipelines.evidence import (
    AccountSetting,
    DeclaredMode,
    DeclaredRelease,
    Evidence,
    LabelledNamespace,
    ModeSetting,
    Origin,
    ServerImage,
    Setting,
    Sign,
    Unreadable,
)
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
    Kubeflow Pipelines as it is installed in *namespace*; *evidence* is how that is known.

    *account* is the service account that steps run as when nobody says another.
    """

    namespace: str
    mode: Mode
    account: str
    version: Version | None = None
    evidence: tuple[Evidence, ...] = ()


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
    many, mode_setting = settings.flag(_MULTI_USER), settings.of(_MULTI_USER)
    account_setting = settings.of(_ACCOUNT)
    account = account_setting.value or RUNNER
    image = str(value_at(container, "image") or "")
    version = of_image(image)
    mode = Mode.UNKNOWN if many is None else Mode.MULTI_USER if many else Mode.STANDALONE
    evidence = (
        ModeSetting(mode_setting, unclear=many is None and mode_setting.value is not None),
        AccountSetting(account, account_setting),
        ServerImage(image, version),
    )
    return Pipelines(namespace, mode, account, version, evidence)


def by_signs(snapshot: Snapshot, namespace: str) -> Pipelines:
    """Return how pipelines seem to run, by Profiles and roles, where no Deployment tells."""
    tenants = profile_namespaces(snapshot)
    labelled = next(
        (n for n in snapshot.namespaces.values() if n.metadata.labels.get(ENABLED) == "true"), None
    )
    platform = ("", PLATFORM_ROLE) in snapshot.cluster_roles
    runner = (namespace, RUNNER) in snapshot.roles or (namespace, RUNNER) in snapshot.service_accounts
    hidden = [gap for gap in snapshot.gaps if gap.resource in ("clusterroles", "namespaces", "profiles")]
    unread = tuple(dict.fromkeys(gap.resource for gap in hidden))
    if labelled:
        return _of_many(namespace, LabelledNamespace(labelled.name))
    if tenants and platform:
        return _of_many(namespace, Sign.PROFILES_AND_PLATFORM_ROLE)
    if platform and runner:  # a platform that nobody has a profile on yet
        return _of_many(namespace, Sign.PLATFORM_ROLE_ALONE)
    if runner and not hidden:
        return Pipelines(namespace, Mode.STANDALONE, RUNNER, evidence=(Sign.RUNNER_ALONE,))
    if hidden or platform:
        sign = Unreadable(unread) if unread else Sign.ROLES_WITHOUT_RUNNER
        return Pipelines(namespace, Mode.UNKNOWN, RUNNER, evidence=(sign,))
    return Pipelines(namespace, Mode.ABSENT, RUNNER, evidence=(Sign.NOTHING,))


def _of_many(namespace: str, evidence: Evidence) -> Pipelines:
    return Pipelines(namespace, Mode.MULTI_USER, EDITOR, evidence=(evidence,))


def as_declared(found: Pipelines, mode: str = "", release: Version | None = None) -> Pipelines:
    """Return *found* with the user's own word applied; what the cluster says stays as evidence."""
    if mode:
        account = found.account
        if Mode(mode) is not found.mode:
            account = EDITOR if Mode(mode) is Mode.MULTI_USER else RUNNER
        evidence = (*found.evidence, DeclaredMode(mode))
        found = replace(found, mode=Mode(mode), account=account, evidence=evidence)
    if release:
        found = replace(found, version=release, evidence=(*found.evidence, DeclaredRelease(release)))
    return found


class _Settings:
    """The environment of the API server, as its container is given it."""

    def __init__(self, snapshot: Snapshot, namespace: str, container: Any) -> None:
        self._snapshot = snapshot
        self._namespace = namespace
        self._container = container

    def flag(self, name: str) -> bool | None:
        """Return the setting as yes, no or (None) not known."""
        setting = self.of(name)
        word = yes_or_no(setting.value)
        if word is not None:
            return word
        return None if setting.hidden or setting.value is not None else False

    def of(self, name: str) -> Setting:
        """Return the setting that counts; what stands before it and cannot be read hides it."""
        for setting in self._all(name):
            # an empty variable is one that is not set (viper: AllowEmptyEnv)
            if setting.hidden or setting.value:
                return setting
        return Setting(name, None, Origin.NOWHERE)

    def _all(self, name: str) -> Iterator[Setting]:
        """Yield every setting of that name in the order in which they count."""
        for one in reversed(list_at(self._container, "env")):
            if value_at(one, "name") == name:
                reference = value_at(value_at(one, "valueFrom"), "configMapKeyRef")
                if isinstance(value_at(one, "value"), str):
                    yield Setting(name, one["value"], Origin.ENV)
                elif reference:
                    yield self._in_map(name, value_at(reference, "name"), value_at(reference, "key"))
                elif value_at(one, "valueFrom"):
                    yield Setting(name, None, Origin.ELSEWHERE)
        for one in reversed(list_at(self._container, "envFrom")):  # of several the last one counts
            prefix = value_at(one, "prefix") or ""
            if isinstance(prefix, str) and name.startswith(prefix) and value_at(one, "configMapRef"):
                key = name.removeprefix(prefix)
                yield self._in_map(name, value_at(one["configMapRef"], "name"), key)

    def _in_map(self, name: str, map_name: Any, key: Any) -> Setting:
        where = f"{self._namespace}/{map_name}"
        found = self._snapshot.config_maps.get((self._namespace, str(map_name)))
        if found is not None:
            return Setting(name, found.data.get(str(key), ""), Origin.CONFIG_MAP, where)
        gap = self._snapshot.gap("configmaps", self._namespace)
        return Setting(name, None, Origin.UNREAD_CONFIG_MAP, where, gap.reason if gap else "")


def _container(snapshot: Snapshot, namespace: str) -> Any:
    """The API server's container; that of another name when there is but one."""
    found = snapshot.deployments.get((namespace, API_SERVER))
    pod = value_at(value_at(found.spec, "template"), "spec") if found else None
    containers = [one for one in list_at(pod, "containers") if isinstance(one, dict)]
    named = [one for one in containers if value_at(one, "name") == CONTAINER]
    return (named or containers or [{}])[0]
