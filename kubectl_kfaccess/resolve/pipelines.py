"""How Kubeflow Pipelines is installed, as its Deployment or other objects of the source say."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.pipelines.evidence import (
    AccountSetting,
    DeploymentMissing,
    DeploymentUnread,
    Evidence,
    ModeSetting,
    Origin,
)
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    API_SERVER,
    Mode,
    Pipelines,
    candidate_namespaces,
    installation_by_deployment,
    installation_by_signs,
    setting_config_maps,
)
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.sources.source import Source


def pipelines_read(source: Source, snapshot: Snapshot) -> Pipelines:
    """Return how pipelines run: by the Deployment of their API, or if that is unread, by other objects."""
    candidates = candidate_namespaces(snapshot)
    unread: list[Evidence] = []
    for place in candidates:
        read = source.read_object("deployments", place, API_SERVER)
        unread += [DeploymentUnread(place, gap.reason) for gap in read.gaps]
        for name in setting_config_maps(read, place):
            read = source.read_object("configmaps", place, name).over(read)
        if pipelines := installation_by_deployment(read, place):
            return pipelines
    signs = [installation_by_signs(snapshot, place) for place in candidates]
    seen = next((pipelines for pipelines in signs if pipelines.mode is not Mode.ABSENT), signs[0])
    return replace(seen, evidence=(*(unread or [DeploymentMissing(source.live)]), *seen.evidence))


def gaps_of(pipelines: Pipelines) -> Iterator[Gap]:
    """Yield what of the installation could not be read: the Deployment, or ConfigMaps of its settings."""
    for evidence in pipelines.evidence:
        if isinstance(evidence, DeploymentUnread):
            yield Gap("deployments", evidence.namespace, evidence.reason)
        elif isinstance(evidence, (ModeSetting, AccountSetting)):
            setting = evidence.setting
            if setting.origin is Origin.UNREAD_CONFIG_MAP:
                yield Gap("configmaps", setting.config_map.partition("/")[0], setting.reason)
