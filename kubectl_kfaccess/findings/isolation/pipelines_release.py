"""Known ways into other tenants that the installed release of Kubeflow Pipelines has."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.kubeflow.pipelines.holes import HOLES, Hole, holes_in
from kubectl_kfaccess.kubeflow.pipelines.installation import API_SERVER, Mode
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.model import Deployment
from kubectl_kfaccess.terminal.words import counted

TYPE = FindingType(
    id="isolation-pipelines-release",
    severity=Severity.NOTE,
    what=(
        "The installed release of Kubeflow Pipelines is known to let users of one tenant reach things of "
        "another, and this is fixed in a newer release, or for the next one."
    ),
    why=(
        "No role, binding or policy shows this: the service itself does not ask whether the user can do "
        "this, or asks for the wrong thing. So a verdict by RBAC does not hold for these parts."
    ),
    fix="Upgrade Kubeflow Pipelines. The references say what was wrong, and what has fixed it.",
    references=tuple(dict.fromkeys(text for hole in HOLES for text in hole.references)),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield at most one finding, which counts what is known of the release."""
    pipelines = view.pipelines
    if not pipelines or pipelines.mode is not Mode.MULTI_USER or pipelines.version is None:
        return
    holes = holes_in(pipelines.version)
    if holes:
        message = f"Kubeflow Pipelines {pipelines.version} has {_text(holes)}"
        finding = Finding(TYPE, Deployment.kind, pipelines.namespace, API_SERVER, message)
        references = tuple(text for hole in holes for text in hole.references)
        yield replace(finding, own_references=references)


def _text(holes: tuple[Hole, ...]) -> str:
    """Return how many ways there are, and the release that closes them, for a message."""
    ways = f"{counted(len(holes), 'known way', 'known ways')} into other tenants"
    last = max(filter(None, (version(hole.closed) for hole in holes)), default=None)
    left = sum(not hole.closed for hole in holes)
    if last is None:
        return f"{ways}, closed after it"
    return f"{ways}: {last} closes {f'all but {left}' if left else 'all'}"
