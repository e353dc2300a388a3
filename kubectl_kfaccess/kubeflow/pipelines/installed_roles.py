"""How the roles that pipelines use differ from those that the fitting releases shipped."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.pipelines.evidence import FittingReleases
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline, baseline, fitting_releases
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import (
    PIPELINE_RUNNER,
    PIPELINES_PRODUCT,
    PLATFORM_ROLES,
    Shipped,
)
from kubectl_kfaccess.kubeflow.versions import Versions
from kubectl_kfaccess.rbac.model import RoleRef
from kubectl_kfaccess.rbac.snapshot import Snapshot


def baselines(
    snapshot: Snapshot, pipelines: Pipelines, runners: tuple[Runner, ...], fits: Versions | None
) -> tuple[dict[str, Baseline], tuple[Baseline, ...]]:
    """Return how roles differ from shipped ones: runners' by namespace, and those that all profiles share."""
    own = {
        runner.namespace: drift
        for runner in runners
        if runner.who.subject.name == RUNNER
        for drift in _drift(snapshot, pipelines, PIPELINE_RUNNER, runner.namespace, fits)
    }
    if pipelines.mode is not Mode.MULTI_USER or all(runner.namespace in own for runner in runners):
        return own, ()
    platform = (drift for role in PLATFORM_ROLES for drift in _drift(snapshot, pipelines, role, "", fits))
    idle = _drift(snapshot, pipelines, PIPELINE_RUNNER, pipelines.namespace, fits)
    return own, (*platform, *idle)


def with_hint(snapshot: Snapshot, pipelines: Pipelines) -> tuple[Pipelines, Versions | None]:
    """Return *pipelines* and the releases that the roles fit: a hint if nothing else names the release."""
    roles = (PIPELINE_RUNNER, *(PLATFORM_ROLES if pipelines.mode is Mode.MULTI_USER else ()))
    drifts = [
        (role, drift) for role in roles for drift in _drift(snapshot, pipelines, role, pipelines.namespace)
    ]
    exact = [drift for _, drift in drifts if drift.product == PIPELINES_PRODUCT and drift.exact]
    fits = fitting_releases(drifts)
    if pipelines.version or not exact:
        return pipelines, fits
    return replace(pipelines, evidence=(*pipelines.evidence, FittingReleases(fits))), fits


def _drift(
    snapshot: Snapshot,
    pipelines: Pipelines,
    shipped: Shipped,
    namespace: str,
    fits: Versions | None = None,
) -> tuple[Baseline, ...]:
    """Return how the role differs from the releases that ship it; nothing if the role does not exist."""
    role = snapshot.role(RoleRef(shipped.kind, shipped.name), namespace)
    if role is None:
        return ()
    rules = snapshot.rules_of(role)
    if shipped.product != PIPELINES_PRODUCT:
        return (baseline(shipped, role.namespace, rules),)
    return (baseline(shipped, role.namespace, rules, pipelines.version, fits),)
