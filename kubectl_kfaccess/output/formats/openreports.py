"""
Format `openreports`: reports that a cluster keeps, as manifests to apply.

Upstream: openreports.io/v1alpha1, which policy-reporter and others show. There is a Report in each namespace
that was checked, also if all is well there, and a ClusterReport for the rest. So the next answer, once it is
applied, replaces all of this one. They hold no time: the same cluster gives the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output.policy_results import Outcome, PolicyResult
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.result_text import remarks
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.evaluator import gap_text
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.terminal.safe_text import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

VERSION = "openreports.io/v1alpha1"
SOURCE = "kubectl-kfaccess"
MOST_RESULTS = 500
"""The number of results of a report: objects of more than 1.5 MB are refused. The worst come first."""
COVERAGE = "coverage"
"""The policy of lists that could not be read."""

_ORDER = tuple(Outcome.__members__[name] for name in ("FAIL", "ERROR", "WARN", "PASS", "SKIP"))
_RBAC = f"{RBAC_GROUP}/v1"
_VERSIONS = {
    "AuthorizationPolicy": "security.istio.io/v1",
    "ClusterRole": _RBAC,
    "ClusterRoleBinding": _RBAC,
    "ConfigMap": "v1",
    "Deployment": "apps/v1",
    "Namespace": "v1",
    "Profile": "kubeflow.org/v1",
    "Role": _RBAC,
    "RoleBinding": _RBAC,
    "ServiceAccount": "v1",
}


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield the manifests, below comments with the notes; nothing if there is no answer."""
    if response.errors:
        return
    by_namespace: dict[str, list[PolicyResult]] = {"": [*_gaps(response)]}
    for result in response.report.policy_results():
        by_namespace.setdefault(result.namespace, []).append(result)
    name = f"kfaccess-{response.report.kind.lower()}"
    yield from (f"# {remark.text}\n" for remark in remarks(response))
    for namespace in sorted(by_namespace):
        yield manifests_text([_report(name, namespace, by_namespace[namespace])])


def _gaps(response: Response) -> Iterator[PolicyResult]:
    for gap in response.gaps:
        yield PolicyResult("", COVERAGE, Outcome.ERROR, gap_text(gap), "medium")


def _report(name: str, namespace: str, results: Sequence[PolicyResult]) -> Data:
    counts = Counter(result.outcome for result in results)
    worst = sorted(results, key=lambda result: _ORDER.index(result.outcome))
    place: Data = {"namespace": namespace} if namespace else {}
    labels = {"app.kubernetes.io/managed-by": SOURCE}
    return {
        "apiVersion": VERSION,
        "kind": "Report" if namespace else "ClusterReport",
        "metadata": {"name": name, **place, "labels": labels},
        "source": SOURCE,
        **({"scope": _reference("Namespace", "", namespace)} if namespace else {}),
        **({"configuration": {"limits": {"maxResults": MOST_RESULTS}}} if len(worst) > MOST_RESULTS else {}),
        "summary": {outcome.value: counts[outcome] for outcome in Outcome},
        "results": [_result(result) for result in worst[:MOST_RESULTS]],
    }


def _result(result: PolicyResult) -> Data:
    target = result.target
    resources = [_reference(target.kind, target.namespace, target.name)] if target and target.name else []
    properties = {name: line(text) for name, text in result.properties}
    return {
        "source": SOURCE,
        "policy": result.policy,
        "category": result.policy.partition("-")[0],
        "result": result.outcome.value,
        **({"severity": result.severity} if result.severity else {}),
        "scored": result.outcome in (Outcome.PASS, Outcome.FAIL),
        "message": line(result.message),
        **({"resources": resources} if resources else {}),
        **({"properties": properties} if properties else {}),
    }


def _reference(kind: str, namespace: str, name: str) -> Data:
    version = {"apiVersion": _VERSIONS[kind]} if kind in _VERSIONS else {}
    place = {"namespace": line(namespace)} if namespace else {}
    return {**version, "kind": line(kind), **place, "name": line(name)}


FORMATS = (
    Format("openreports", "reports to apply (openreports.io), which the cluster keeps", "yaml", render),
)
