"""How the roles that pipelines use differ from the shipped ones, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline, fitting_releases
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER, PLATFORM_ROLES
from kubectl_kfaccess.output.rbac_terms import rule_text
from kubectl_kfaccess.terminal.safe_text import part


def brief_baselines(baselines: Sequence[Baseline]) -> Iterator[str]:
    """Yield one sentence: whether the roles are as shipped, or which ones differ; nothing without roles."""
    differing = [_role(drift) for drift in baselines if not drift.exact]
    if differing:
        yield f"Not as shipped: {', '.join(dict.fromkeys(differing))}."
    elif baselines:
        products = dict.fromkeys(drift.product for drift in baselines)
        yield f"Roles are as shipped by {' and '.join(_release(name, baselines) for name in products)}."


def _release(product: str, baselines: Sequence[Baseline]) -> str:
    """Return the product and its releases that shipped all of these roles; without them if none has all."""
    shipped = {role.name: role for role in (PIPELINE_RUNNER, *PLATFORM_ROLES)}
    fits = fitting_releases(((shipped[drift.name], drift) for drift in baselines), product)
    return f"{product} {fits}" if fits else product


def baseline_lines(drift: Baseline) -> Iterator[str]:
    """Yield which releases ship the role as it is, or the rules in which it differs from the closest one."""
    shipped = f"{drift.product} {' and '.join(drift.versions)}"
    if drift.exact:
        yield f"{_role(drift)} is as {shipped} shipped it"
    elif drift.expected:
        yield f"{_role(drift)} is as {shipped} shipped it, and differs from {drift.expected}, which runs:"
    else:
        yield f"{_role(drift)} differs from what {shipped} shipped, the closest release:"
    yield from (f"  - {rule_text(rule)}" for rule in drift.missing)
    yield from (f"  + {rule_text(rule)}" for rule in drift.added)


def _role(drift: Baseline) -> str:
    return "/".join((drift.kind, *map(part, filter(None, (drift.namespace, drift.name)))))
