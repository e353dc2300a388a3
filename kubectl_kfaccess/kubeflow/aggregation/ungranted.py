"""Resources for which releases serve a type, and ship no rule for tenants."""

from __future__ import annotations

_UP_TO_0_14 = "KServe shipped no rule for it up to 0.14"

UNGRANTED = {
    ("serving.kserve.io", "inferencegraphs"): _UP_TO_0_14,
    ("serving.kserve.io", "trainedmodels"): _UP_TO_0_14,
    ("serving.kserve.io", "localmodelnamespacecaches"): "KServe ships no rule for it since 0.18",
    ("sparkoperator.k8s.io", "sparkconnects"): "the Spark operator ships no rule for it",
}
"""
For (group, resource), since or until when upstream ships it so.

KServe's are in its config/overlays/kubeflow/cluster-role.yaml, to which 0.15 added the first two
(kserve#4225); Spark's are kubeflow-spark-edit and kubeflow-spark-view of the platform's releases.
"""
