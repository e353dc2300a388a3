"""The envelope about several clusters: `cluster` is a key of each item, gap, note and error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.notes import text_of_note
from kubectl_kfaccess.output.clusters.merged_report import of_cluster
from kubectl_kfaccess.output.clusters.part import ClusterPart, reports_of
from kubectl_kfaccess.output.envelope import API_VERSION, Response, error_data, gap_data, note_data
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.rbac.snapshot import Gap

EVERYTHING = "*"
"""The resource of the gap that stands for a cluster that did not answer."""


def clusters_response(report: Report, parts: Sequence[ClusterPart]) -> Response:
    """
    Return the response about all *parts*.

    Its gaps, notes and errors name their cluster in their texts; its document has a key for that.
    """
    return Response(
        report,
        tuple(_named_gap(cluster, gap) for cluster, gap in _gaps(parts)),
        tuple(f"{part.cluster}: {text_of_note(note)}" for part in parts for note in part.notes),
        tuple(_named_error(cluster, error) for cluster, error in _errors(parts)),
        next((part.hypothetical for part in parts if part.hypothetical), None),
        lambda: _document(report, parts),
    )


def _named_gap(cluster: str, gap: Gap) -> Gap:
    return Gap(gap.resource, gap.namespace, f"{cluster}: {gap.reason}", gap.code)


def _named_error(cluster: str, error: KfaccessError) -> KfaccessError:
    return KfaccessError(f"{cluster}: {error.message}", hint=error.hint, code=error.code)


def _gaps(parts: Sequence[ClusterPart]) -> Iterator[tuple[str, Gap]]:
    """Yield each gap with its cluster. A cluster that did not answer is a gap, unless none did."""
    is_answered = bool(reports_of(parts))
    for part in parts:
        if part.is_down and part.error and is_answered:
            yield part.cluster, Gap(EVERYTHING, "", part.error.message, part.error.code)
        yield from ((part.cluster, gap) for gap in part.gaps)


def _errors(parts: Sequence[ClusterPart]) -> Iterator[tuple[str, KfaccessError]]:
    """Yield each error with its cluster, but those that `_gaps` has."""
    is_answered = bool(reports_of(parts))
    for part in parts:
        if part.error and not (part.is_down and is_answered):
            yield part.cluster, part.error


# --- the document -----------------------------------------------------------------------------------------


def _document(report: Report, parts: Sequence[ClusterPart]) -> Data:
    heads = {cluster: each.head() for cluster, each in reports_of(parts)}
    shared = _shared(list(heads.values()))
    assumed = next((part.hypothetical for part in parts if part.hypothetical), None)
    gaps, errors = list(_gaps(parts)), list(_errors(parts))
    document: Data = {
        "apiVersion": API_VERSION,
        "kind": report.kind,
        **({"hypothetical": assumed} if assumed else {}),
        **shared,
        "clusters": [_cluster_data(part, heads.get(part.cluster, {}), shared) for part in parts],
        "items": list(report.items()),
        "coverage": {
            "complete": not gaps and not errors,
            "gaps": [of_cluster(cluster, gap_data(gap)) for cluster, gap in gaps],
        },
        "notes": [of_cluster(part.cluster, note_data(note)) for part in parts for note in part.notes],
    }
    if errors:
        document["errors"] = [of_cluster(cluster, error_data(error)) for cluster, error in errors]
    return document


def _cluster_data(part: ClusterPart, head: Data, shared: Data) -> Data:
    """Return whether the cluster answered, its exit status, and what is only true of it."""
    own = {key: value for key, value in head.items() if key not in shared}
    return {"cluster": part.cluster, "answered": part.report is not None, "status": int(part.status), **own}


def _shared(heads: Sequence[Data]) -> Data:
    """Return what the heads of all clusters have in common."""
    first = heads[0] if heads else {}
    return {key: value for key, value in first.items() if all(key in h and h[key] == value for h in heads)}
