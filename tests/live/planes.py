"""Ask a real API server the table of planes: with all groups, and about the user's name alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, SERVICE_ACCOUNT_PREFIX, service_account_groups
from tests.controlplane.cluster import ControlPlane
from tests.truth.asking import ask

Row = Mapping[str, Any]


def verdicts(plane: ControlPlane, row: Row) -> dict[str, bool]:
    """Return what the server answers for a row, asked as by kubectl and as by Kubeflow's services."""
    with_groups, alone = ask(plane, [review(row, groups(row)), review(row, [])])
    return {"kubectl": with_groups.allowed, "kubeflow": alone.allowed}


def review(row: Row, known: list[str]) -> dict[str, Any]:
    """Return the spec of a review about the row's subject with these groups."""
    verb, what = row["ask"].split()
    resource, _, group = what.partition(".")
    return {
        "user": user(row),
        "groups": known,
        "resourceAttributes": {"namespace": row["in"], "verb": verb, "group": group, "resource": resource},
    }


def user(row: Row) -> str:
    """Return the user name of the subject for the API server."""
    kind, _, rest = row["who"].partition(":")
    return SERVICE_ACCOUNT_PREFIX + rest.replace("/", ":") if kind == "sa" else str(row["who"])


def groups(row: Row) -> list[str]:
    """Return the groups of a logged-in subject: those of the row, and those that everybody has."""
    kind, _, rest = row["who"].partition(":")
    if kind == "sa":
        return list(service_account_groups(rest.partition("/")[0]))
    return [*row.get("groups", ()), AUTHENTICATED]
