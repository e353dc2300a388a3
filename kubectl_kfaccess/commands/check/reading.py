"""What `check` reads: the objects of the chosen namespaces, and the Deployment of the pipelines API."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.commands.check.arguments import Options
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED
from kubectl_kfaccess.kubeflow.pipelines.evidence import DeploymentMissing, DeploymentUnread, Evidence
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    API_SERVER,
    Mode,
    Pipelines,
    candidate_namespaces,
    installation_by_deployment,
    installation_by_signs,
    setting_config_maps,
)
from kubectl_kfaccess.kubeflow.pipelines.runners import PERSONAS
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope, with_named_namespaces
from kubectl_kfaccess.resolve.subject_words import parse_subject
from kubectl_kfaccess.sources.source import Source, Wanted

WITHIN = ("roles", "rolebindings", "serviceaccounts")
KINDS = ("clusterroles", "clusterrolebindings", *WITHIN, "namespaces", "profiles")


def scope_read(options: Options, source: Source) -> Scope:
    """Return the objects that a check needs, and the chosen namespaces. Raises as read_scope does."""
    scope = read_scope(options.scope, source, KINDS)
    snapshot = with_named_namespaces(source, scope.snapshot, scope.namespaces)
    if source.live and (options.scope.is_narrowed or snapshot.gaps):
        snapshot = _with_others(options, source, snapshot, scope.namespaces)
    return replace(scope, snapshot=snapshot)


def _with_others(
    options: Options, source: Source, snapshot: Snapshot, namespaces: tuple[str, ...]
) -> Snapshot:
    """
    Return the snapshot with the objects of Kubeflow's own namespace and of the subject's.

    If only some namespaces were read, these two would otherwise look empty.
    """
    subject = None if options.persona in PERSONAS else parse_subject(options.persona, "default")
    home = subject.namespace if subject else ""
    others = tuple(name for name in (INSTALLED[0], home) if name and name not in namespaces)
    return source.read(Wanted(WITHIN, others)).over(snapshot) if others else snapshot


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
