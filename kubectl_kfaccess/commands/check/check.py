"""The value that `check` answers with: how pipelines run, and what came of each runner."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.fixes.runner_repair import Repair
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner
from kubectl_kfaccess.rbac.evaluator import Verdict, worst
from kubectl_kfaccess.rbac.snapshot import Snapshot


class RunnerResult(Struct, frozen=True):
    """What came of one runner: its needs, how its role differs from the shipped one, what is wrong."""

    runner: Runner
    needs: tuple[NeedVerdict, ...]
    baseline: Baseline | None
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What everything that decides comes to."""
        return worst(need.verdict for need in self.needs if need.decides)


class Check(Struct, frozen=True):
    """
    How pipelines run by *snapshot*, and what came of each runner in the namespaces that were chosen.

    *elsewhere* is whether there are runners in others. *platform* are findings about nobody in particular,
    *served* the types that the cluster serves. *repair* is what to apply, where that was asked for.
    """

    snapshot: Snapshot
    pipelines: Pipelines
    results: tuple[RunnerResult, ...]
    elsewhere: bool
    platform: tuple[Finding, ...]
    baselines: tuple[Baseline, ...]
    served: frozenset[tuple[str, str]]
    repair: Repair | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once."""
        return in_order(
            (*self.platform, *(finding for result in self.results for finding in result.findings))
        )

    @property
    def verdict(self) -> Verdict:
        """Whether everything that decides is there; a proven no beats what is not known."""
        verdict = worst(result.verdict for result in self.results)
        is_open = not self.results or self.pipelines.mode is Mode.UNKNOWN
        return Verdict.UNKNOWN if is_open and verdict is Verdict.ALLOWED else verdict
