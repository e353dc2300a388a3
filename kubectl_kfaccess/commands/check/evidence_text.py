"""The evidence for how pipelines run, in words."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.pipelines import evidence as causes
from kubectl_kfaccess.kubeflow.pipelines.evidence import Evidence, Origin, Setting, Sign
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    API_SERVER,
    ENABLED,
    PLATFORM_ROLE,
    Pipelines,
)
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINES_PRODUCT
from kubectl_kfaccess.output.gaps import short


def evidence_lines(pipelines: Pipelines) -> Iterator[str]:
    """Yield one line per piece of evidence."""
    return (evidence_text(evidence, pipelines.namespace) for evidence in pipelines.evidence)


def unread_lines(pipelines: Pipelines) -> Iterator[str]:
    """Yield one line per piece of evidence that could not be read."""
    unread = (evidence for evidence in pipelines.evidence if _is_unread(evidence))
    return (short(evidence_text(evidence, pipelines.namespace)) for evidence in unread)


def _is_unread(evidence: Evidence) -> bool:
    if isinstance(evidence, causes.ModeSetting | causes.AccountSetting):
        return evidence.setting.origin is Origin.UNREAD_CONFIG_MAP
    return isinstance(evidence, causes.DeploymentUnread | causes.Unreadable)


def evidence_text(evidence: Evidence, namespace: str) -> str:
    """Return one piece of evidence as a line; *namespace* is that of the pipelines."""
    if isinstance(evidence, Sign):
        return _sign_text(evidence, namespace)
    if isinstance(evidence, causes.ModeSetting):
        unclear = ", which is neither true nor false" if evidence.unclear else ""
        return f"Deployment `{namespace}/{API_SERVER}`: {_setting_text(evidence.setting)}{unclear}"
    if isinstance(evidence, causes.AccountSetting):
        return f"steps run as `{evidence.account}` by default: {_setting_text(evidence.setting)}"
    if isinstance(evidence, causes.ServerImage):
        known = f"version {evidence.version}" if evidence.version else "the version cannot be told from it"
        return f"image `{evidence.image}`: {known}"
    if isinstance(evidence, causes.LabelledNamespace):
        return f"namespace `{evidence.namespace}` is labelled `{ENABLED}: true`"
    if isinstance(evidence, causes.Unreadable):
        return f"not readable: {', '.join(evidence.resources)}"
    return _of_deployment_or_user(evidence)


def _of_deployment_or_user(
    evidence: causes.DeploymentUnread
    | causes.DeploymentMissing
    | causes.DeclaredMode
    | causes.DeclaredRelease
    | causes.FittingReleases,
) -> str:
    if isinstance(evidence, causes.DeploymentUnread):
        return f"Deployment `{evidence.namespace}/{API_SERVER}` cannot be read: {evidence.reason}"
    if isinstance(evidence, causes.DeploymentMissing):
        return f"there is no Deployment `{API_SERVER}`" + ("" if evidence.live else " in the files")
    if isinstance(evidence, causes.DeclaredMode):
        return f"`--mode` says {evidence.mode}"
    if isinstance(evidence, causes.DeclaredRelease):
        return f"`--kfp-version` says {evidence.release}"
    if evidence.releases:
        return (
            f"its roles are those of {PIPELINES_PRODUCT} {evidence.releases}; which release runs is not known"
        )
    return f"its roles are those of several releases of {PIPELINES_PRODUCT}, none of which has all"


def _sign_text(sign: Sign, namespace: str) -> str:
    return {
        Sign.PROFILES_AND_PLATFORM_ROLE: f"there are profiles, and the ClusterRole `{PLATFORM_ROLE}`",
        Sign.PLATFORM_ROLE_ALONE: f"there is the ClusterRole `{PLATFORM_ROLE}`; there are no profiles",
        Sign.RUNNER_ALONE: f"there is `{RUNNER}` in `{namespace}`, and no ClusterRole `{PLATFORM_ROLE}`",
        Sign.ROLES_WITHOUT_RUNNER: "there are roles of pipelines, but nothing runs them",
        Sign.NOTHING: "neither its API server nor its roles",
    }[sign]


def _setting_text(setting: Setting) -> str:
    name, config_map = setting.name, setting.config_map
    return {
        Origin.ENV: f"{name}={setting.value} in its env",
        Origin.CONFIG_MAP: f"{name}={setting.value} in ConfigMap `{config_map}`",
        Origin.UNREAD_CONFIG_MAP: f"{name} may be in ConfigMap `{config_map}`, which cannot be read:"
        f" {setting.reason or 'it is not there'}",
        Origin.ELSEWHERE: f"{name} comes from elsewhere than a ConfigMap",
        Origin.NOWHERE: f"{name} is not set",
    }[setting.origin]
