"""The value that `check` answers with: how pipelines run, and the result for each runner."""

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
    """The result for one runner: its needs, how its role differs from the shipped one, and findings."""

    runner: Runner
    needs: tuple[NeedVerdict, ...]
    baseline: Baseline | None
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict on needs that decide."""
        return worst(need.verdict for need in self.needs if need.decides)


class Check(Struct, frozen=True):
    """
    How pipelines run, and the result for each runner in the chosen namespaces.

    *elsewhere* says that there are runners in other namespaces. *platform* are findings that are not about a
    runner, *served* the (group, resource) pairs that the cluster serves. *repair* is what to apply, None
    unless `-o fix` asks for it.
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
        """The worst verdict of the runners; unknown, not yes, without runners or with an unknown mode."""
        verdict = worst(result.verdict for result in self.results)
        is_open = not self.results or self.pipelines.mode is Mode.UNKNOWN
        return Verdict.UNKNOWN if is_open and verdict is Verdict.ALLOWED else verdict
