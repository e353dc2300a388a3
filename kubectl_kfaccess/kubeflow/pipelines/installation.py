"""
How Kubeflow Pipelines is installed: standalone or multi-user, which release, and which account runs steps.

The Deployment of the pipelines API server says so, together with the settings in its ConfigMaps (MULTIUSER
and DEFAULTPIPELINERUNNERSERVICEACCOUNT, backend/src/apiserver/common/config.go of kubeflow/pipelines). If
these cannot be read, Profiles and the platform's roles serve as signs, and the answer's evidence says so.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, RUNNER
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
from kubectl_kfaccess.kubeflow.untyped_data import go_bool, list_at, value_at
from kubectl_kfaccess.kubeflow.versions import Version, image_version
from kubectl_kfaccess.rbac.snapshot import Snapshot

API_SERVER = "ml-pipeline"
CONTAINER = "ml-pipeline-api-server"
PLATFORM_ROLE = "kubeflow-pipelines-edit"
ENABLED = "pipelines.kubeflow.org/enabled"
_MULTI_USER = "MULTIUSER"
_ACCOUNT = "DEFAULTPIPELINERUNNERSERVICEACCOUNT"
_NAMESPACE_REQUIRED = "REQUIRE_NAMESPACE_FOR_PIPELINES"
SETTINGS = (_MULTI_USER, _ACCOUNT, _NAMESPACE_REQUIRED)
"""The variables of the API server that are read."""


class Mode(enum.Enum):
    """Who pipelines run for: one team (standalone), or the tenants of all profiles (multi-user)."""

    STANDALONE = "standalone"
    MULTI_USER = "multi-user"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class Pipelines(Struct, frozen=True):
    """
    The installation of Kubeflow Pipelines in *namespace*; *evidence* says how we know.

    *account* is the name of the service account that steps run as unless a run names another one.
    *namespace_required*: a setting says that there are no pipelines without a namespace.
    """

    namespace: str
    mode: Mode
    account: str
    version: Version | None = None
    evidence: tuple[Evidence, ...] = ()
    namespace_required: bool = False


def candidate_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return at most _MOST_PLACES namespaces where pipelines may be installed, the likeliest first."""
    tenants = frozenset(profile_namespaces(snapshot))
    accounts = (namespace for namespace, name in sorted(snapshot.service_accounts) if name == API_SERVER)
    roles = (namespace for namespace, name in sorted(snapshot.roles) if name == RUNNER)
    candidates = dict.fromkeys((INSTALLED[0], *accounts, *roles))
    platform = [namespace for namespace in candidates if namespace and namespace not in tenants]
    return tuple(platform[:_MOST_PLACES])


_MOST_PLACES = 8


def setting_config_maps(snapshot: Snapshot, namespace: str) -> tuple[str, ...]:
    """Return the names of the ConfigMaps that the API server in *namespace* reads settings from."""
    container = api_server_container(snapshot, namespace)
    sources = (value_at(source, "configMapRef") for source in list_at(container, "envFrom"))
    variables = list_at(container, "env")
    values = (value_at(value_at(variable, "valueFrom"), "configMapKeyRef") for variable in variables)
    names = (value_at(reference, "name") for reference in (*sources, *values))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def installation_by_deployment(snapshot: Snapshot, namespace: str) -> Pipelines | None:
    """Return what the API server's Deployment in *namespace* says, or None if it could not be read."""
    if (namespace, API_SERVER) not in snapshot.deployments:
        return None
    container = api_server_container(snapshot, namespace)
    settings = _Settings(snapshot, namespace, container)
    multi_user, mode_setting = settings.flag(_MULTI_USER), settings.effective(_MULTI_USER)
    account_setting = settings.effective(_ACCOUNT)
    account = account_setting.value or RUNNER
    image = str(value_at(container, "image") or "")
    version = image_version(image)
    mode = Mode.UNKNOWN if multi_user is None else Mode.MULTI_USER if multi_user else Mode.STANDALONE
    evidence = (
        ModeSetting(mode_setting, unclear=multi_user is None and mode_setting.value is not None),
        AccountSetting(account, account_setting),
        ServerImage(image, version),
    )
    required = settings.flag(_NAMESPACE_REQUIRED) is True
    return Pipelines(namespace, mode, account, version, evidence, namespace_required=required)


def installation_by_signs(snapshot: Snapshot, namespace: str) -> Pipelines:
    """Return how pipelines seem to be installed, judged by Profiles and roles instead of the Deployment."""
    tenants = profile_namespaces(snapshot)
    labels = {name: tenant.metadata.labels for (_, name), tenant in snapshot.namespaces.items()}
    labelled = next((name for name in labels if labels[name].get(ENABLED) == "true"), "")
    has_platform = ("", PLATFORM_ROLE) in snapshot.cluster_roles
    has_runner = (namespace, RUNNER) in snapshot.roles or (namespace, RUNNER) in snapshot.service_accounts
    signs = ("clusterroles", "namespaces", "profiles")
    unread = tuple(dict.fromkeys(gap.resource for gap in snapshot.gaps if gap.resource in signs))
    if labelled:
        return _multi_user(namespace, LabelledNamespace(labelled))
    if tenants and has_platform:
        return _multi_user(namespace, Sign.PROFILES_AND_PLATFORM_ROLE)
    if has_platform and has_runner:  # a platform that has no profiles yet
        return _multi_user(namespace, Sign.PLATFORM_ROLE_ALONE)
    if has_runner and not unread:
        return Pipelines(namespace, Mode.STANDALONE, RUNNER, evidence=(Sign.RUNNER_ALONE,))
    if unread or has_platform:
        sign = Unreadable(unread) if unread else Sign.ROLES_WITHOUT_RUNNER
        return Pipelines(namespace, Mode.UNKNOWN, RUNNER, evidence=(sign,))
    return Pipelines(namespace, Mode.ABSENT, RUNNER, evidence=(Sign.NOTHING,))


def _multi_user(namespace: str, evidence: Evidence) -> Pipelines:
    return Pipelines(namespace, Mode.MULTI_USER, EDITOR, evidence=(evidence,))


def as_declared(pipelines: Pipelines, mode: str = "", release: Version | None = None) -> Pipelines:
    """Return *pipelines* with the user's *mode* and *release* applied; the cluster's evidence stays."""
    if mode:
        account = pipelines.account
        if Mode(mode) is not pipelines.mode:
            account = EDITOR if Mode(mode) is Mode.MULTI_USER else RUNNER
        evidence = (*pipelines.evidence, DeclaredMode(mode))
        pipelines = replace(pipelines, mode=Mode(mode), account=account, evidence=evidence)
    if release:
        evidence = (*pipelines.evidence, DeclaredRelease(release))
        pipelines = replace(pipelines, version=release, evidence=evidence)
    return pipelines


class _Settings:
    """The settings of the API server: the environment variables of its container."""

    def __init__(self, snapshot: Snapshot, namespace: str, container: Any) -> None:
        self._snapshot = snapshot
        self._namespace = namespace
        self._container = container

    def flag(self, name: str) -> bool | None:
        """Return the setting as a boolean (False if it is not set), or None if it is unknown."""
        setting = self.effective(name)
        value = go_bool(setting.value)
        if value is not None:
            return value
        return None if setting.hidden or setting.value is not None else False

    def effective(self, name: str) -> Setting:
        """Return the setting that takes effect, which is an unreadable one if that comes first."""
        for setting in self._all(name):
            # The API server treats an empty variable as unset (viper: AllowEmptyEnv)
            if setting.hidden or setting.value:
                return setting
        return Setting(name, None, Origin.NOWHERE)

    def _all(self, name: str) -> Iterator[Setting]:
        """Yield every setting of that name, the one that takes precedence first."""
        for variable in reversed(list_at(self._container, "env")):
            if value_at(variable, "name") == name:
                reference = value_at(value_at(variable, "valueFrom"), "configMapKeyRef")
                if isinstance(value_at(variable, "value"), str):
                    yield Setting(name, variable["value"], Origin.ENV)
                elif reference:
                    yield self._in_map(name, value_at(reference, "name"), value_at(reference, "key"))
                elif value_at(variable, "valueFrom"):
                    yield Setting(name, None, Origin.ELSEWHERE)
        for source in reversed(list_at(self._container, "envFrom")):  # the last source takes precedence
            prefix = value_at(source, "prefix") or ""
            if isinstance(prefix, str) and name.startswith(prefix) and value_at(source, "configMapRef"):
                key = name.removeprefix(prefix)
                yield self._in_map(name, value_at(source["configMapRef"], "name"), key)

    def _in_map(self, name: str, map_name: Any, key: Any) -> Setting:
        full_name = f"{self._namespace}/{map_name}"
        config_map = self._snapshot.config_maps.get((self._namespace, str(map_name)))
        if config_map is not None:
            return Setting(name, config_map.data.get(str(key), ""), Origin.CONFIG_MAP, full_name)
        gap = self._snapshot.gap("configmaps", self._namespace)
        return Setting(name, None, Origin.UNREAD_CONFIG_MAP, full_name, gap.reason if gap else "")


def api_server_container(snapshot: Snapshot, namespace: str) -> Any:
    """Return the API server's container by its name, else the first container, else {}."""
    deployment = snapshot.deployments.get((namespace, API_SERVER))
    pod = value_at(value_at(deployment.spec, "template"), "spec") if deployment else None
    containers = [container for container in list_at(pod, "containers") if isinstance(container, dict)]
    named = [container for container in containers if value_at(container, "name") == CONTAINER]
    return (named or containers or [{}])[0]
