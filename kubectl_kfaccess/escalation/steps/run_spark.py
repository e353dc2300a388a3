"""Write a Spark application: the operator creates its driver."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

_SPARK = "sparkoperator.k8s.io"

TYPE = StepType(
    id="run-spark",
    what="Spark applications name the service accounts of the driver and of the executors.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(_SPARK, "sparkapplications", "spec.driver.serviceAccount", noun="Spark applications"),
        kind(
            _SPARK,
            "scheduledsparkapplications",
            "spec.template.driver.serviceAccount",
            noun="scheduled Spark applications",
        ),
        kind(
            _SPARK,
            "sparkconnects",
            "spec.server.template.spec.serviceAccountName",
            noun="Spark Connect servers",
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/spark-operator: internal/controller/sparkapplication (Reconcile)",
)
