"""
The rules that releases of Kubeflow ship for tenants, from the bundled data: see data/README.md.

All releases of a role count together, because no cluster says which of them its roles are from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER, PLATFORM_ROLES
from kubectl_kfaccess.rbac.escalation import uncovered
from kubectl_kfaccess.rbac.model import PolicyRule

FILE = Path(__file__).parents[2] / "data" / "shipped-roles.json"

Rules = tuple[PolicyRule, ...]


class _Role(Struct, frozen=True):
    name: str
    rules: Rules


class _Content(Struct, frozen=True):
    roles: tuple[_Role, ...]


@lru_cache(maxsize=1)
def shipped_rules() -> Mapping[tuple[str, str], Rules]:
    """Return the rules that any release gives a role, by the role's kind and name."""
    rules: dict[tuple[str, str], dict[PolicyRule, None]] = {}
    for role in msgspec.json.decode(FILE.read_bytes(), type=_Content).roles:
        rules.setdefault(("ClusterRole", role.name), {}).update(dict.fromkeys(role.rules))
    for shipped in (*PLATFORM_ROLES, PIPELINE_RUNNER):
        of_releases = (rule for release in shipped.releases for rule in release.rules)
        rules.setdefault((shipped.kind, shipped.name), {}).update(dict.fromkeys(of_releases))
    return {key: tuple(known) for key, known in rules.items()}


def unshipped(kind: str, name: str, rules: Iterable[PolicyRule]) -> Rules:
    """Return the parts of *rules* that no release gives the role of that kind and name."""
    return uncovered(shipped_rules().get((kind, name), ()), rules)
