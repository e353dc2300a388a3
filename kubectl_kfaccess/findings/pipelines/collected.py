"""All findings about pipelines: the installation, the roles, and the subjects that run steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.pipelines.view import InstallationView, RoleRules, RunnerView
from kubectl_kfaccess.findings.registry import (
    installation_findings,
    runner_findings,
    shipped_role_findings,
)
from kubectl_kfaccess.kubeflow.pipelines.installation import Pipelines
from kubectl_kfaccess.kubeflow.pipelines.installed_roles import baselines, with_hint
from kubectl_kfaccess.kubeflow.pipelines.runners import pipelines_runners
from kubectl_kfaccess.rbac.snapshot import Snapshot


def pipelines_findings(
    snapshot: Snapshot, installed: Pipelines, profiles: Sequence[str], namespaces: Sequence[str] | None
) -> Iterator[Finding]:
    """Yield the findings; of the subjects that run steps in *profiles*, those in *namespaces* (None: all)."""
    pipelines, fits = with_hint(snapshot, installed)
    every = pipelines_runners(pipelines, tuple(profiles))
    runners = tuple(each for each in every if namespaces is None or each.namespace in namespaces)
    own, shared = baselines(snapshot, pipelines, runners, fits)
    rules = RoleRules(snapshot)
    yield from installation_findings(InstallationView(snapshot, pipelines))
    yield from shipped_role_findings((*own.values(), *shared), snapshot)
    for runner in runners:
        yield from runner_findings(RunnerView(rules, runner))
