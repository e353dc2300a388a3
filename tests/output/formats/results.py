"""Results and rules for the formats of code scanning, harmless and hostile ones."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.results import Place, Result, Rule, Step
from kubectl_kfaccess.rbac.snapshot import Gap

ROLE = Rule(
    "role-missing",
    "The role does not exist.",
    "The role does not exist.\nNobody gets anything from the binding.\nCreate the role.",
    "The role does not exist.\n\n**Fix**: create the role.",
    "error",
    "8.0",
)
LABEL = Rule("label", "A label is odd.", "A label is odd.", "A label is odd.", "warning")
BINDING = Place("RoleBinding", "team-a", "editor", "manifests/team a.yaml", 12)
MISSING = Result(ROLE, "error", "the ClusterRole `{edit}` does not exist", BINDING, "f1")
STEPS = (
    Step("alice can create pods in team-a", BINDING),
    Step("a pod runs as default-editor", Place("ServiceAccount", "team-a", "default-editor")),
)
FAILURE = CannotAnswer("cannot list rolebindings", hint="try again", code=ErrorCode.TIMEOUT)
GAP = Gap("roles", "team-b", "forbidden")
TAKEN = Accepted("the \x1b[31mowner\u202e knows", "ops\nteam", datetime.date(2027, 3, 1))


def response(*results: Result, **fields: Any) -> Response:
    """Return an answer that has these results."""
    return Response(Report("Pets", results=lambda: results), **fields)


def hostile(name: str) -> Result:
    """Return a result that has *name* wherever a name can be."""
    place = Place("RoleBinding", name, name, name or "", 3)
    without_file = Place("RoleBinding", name, name)
    return Result(
        LABEL, "warning", f"the role `{name}` is odd", without_file, "f2", (place,), (Step(name, place),),
        Accepted(name or "so", name),
    )  # fmt: skip


def texts(value: object) -> Iterator[str]:
    """Yield every text in a parsed document, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
