"""`python -m tests.escalation`: a table of how far each way of each step is walked on a real server."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step_type import StepType, Way
from tests.escalation.walks import NOT_WALKED, ROWS, Row


def lines() -> Iterator[str]:
    """Yield the lines of the table, in Markdown."""
    yield "| Step | Needs | Walked as far as | Releases | What was read |"
    yield "|---|---|---|---|---|"
    for step in STEPS:
        rows = [row for row in ROWS if row.step == step.id]
        ways = step.ways or (None,) * len(rows)
        for row, way in zip(rows, ways, strict=True):
            needs = ", ".join(f"`{need}`" for need in (*row.needs, *row.also))
            yield f"| {step.id} | {needs} | {row.as_far_as} | {_releases(row, way)} | {_source(step, way)} |"
        if not rows:
            yield f"| {step.id} | | not walked: {NOT_WALKED[step.id]} | | {step.source} |"


def _releases(row: Row, way: Way | None) -> str:
    since, until = (f"{word} 1.{minor}" for word, minor in (("since", row.since), ("until", row.until)))
    versions = [since] if row.since else []
    versions += [until] if row.until < 99 else []
    releases = way.releases if way else None
    return ", ".join((*versions, *([f"pipelines {releases}"] if releases else [])))


def _source(step: StepType, way: Way | None) -> str:
    return way.source if way and way.source else step.source


if __name__ == "__main__":
    print("\n".join(lines()))
