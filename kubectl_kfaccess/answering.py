"""A command's answer about one cluster: its source opened, asked, and the answer turned into a report."""

from __future__ import annotations

import importlib

from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.sources.no_source import NoSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kubectl_kfaccess.commands.answer import Answer
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.output.premise import Premise
    from kubectl_kfaccess.sources.source import Source
    from kubectl_kfaccess.sources.source_choice import SourceChoice


def source_of(choice: SourceChoice | None, env: Environment) -> Source | NoSource:
    """Return the source of *choice*; without one, a source that holds nothing."""
    if choice is None:
        return NoSource(env)
    from kubectl_kfaccess.sources.opened import open_source  # slow, and not needed for `version --client`

    return open_source(choice, env)


def answer_of(command: str, options: Any, source: Source | NoSource) -> Answer:
    """Return the answer of *command*. Raises KfaccessError if it fails."""
    answer: Answer = module_of(command, "answer").answer(options, source)
    return answer


def report_of(command: str, options: Any, answer: Answer) -> Report:
    """Return the answer as a report, which says first what it assumes."""
    report: Report = module_of(command, "report").report(answer.value, options)
    premise = premise_of(options)
    return premise.in_front_of(report) if premise else report


def premise_of(options: Any) -> Premise | None:
    """Return what the answer assumes; None if it speaks of the cluster as it is."""
    if options.source is None or options.source.hypothetical.is_empty:
        return None
    from kubectl_kfaccess.output.premise import Premise  # few commands assume anything

    return Premise(*options.source.hypothetical)


def module_of(command: str, name: str) -> Any:
    """Import the module *name* (`arguments`, `answer` or `report`) of *command*."""
    return importlib.import_module(f"kubectl_kfaccess.commands.{command.replace('-', '_')}.{name}")
