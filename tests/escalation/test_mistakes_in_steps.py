"""Mistakes in the data of steps: the cases that are written by hand notice each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step_type import Name, Need, StepType, Way
from kubectl_kfaccess.escalation.steps import mint_token, run_pod, use_account
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from tests.escalation.cases import CASES, Case, narrower
from tests.escalation.test_steps import is_enough, reached_by


def mistakes_in_need(need: Need) -> Iterator[tuple[str, Need]]:
    """Yield what is wrong, and the need with that mistake."""
    for verb in need.verbs:
        others = tuple(each for each in need.verbs if each != verb)
        yield f"without {verb}", replace(need, verbs=others or ("no-verb",))
    yield "another group", replace(need, group="example.com")
    yield "another resource", replace(need, resource="others")
    yield "another subresource", replace(need, subresource="" if need.subresource else "status")
    yield "another scope", replace(need, cluster=not need.cluster)
    if isinstance(need.name, str):
        yield "another name", replace(need, name="other")
    elif need.name in (Name.YIELDED, Name.NAMESPACE):
        yield "any name", replace(need, name=Name.ANY)


def mistakes(step: StepType) -> Iterator[tuple[str, Way, StepType]]:
    """Yield what is wrong, one of the step's ways, and the step with that mistake in it."""
    for position, way in enumerate(step.ways):
        for what, wrong in _mistakes_in_way(way):
            ways = (*step.ways[:position], wrong, *step.ways[position + 1 :])
            yield f"{position} {way.noun}: {what}", way, replace(step, ways=ways)


def _mistakes_in_way(way: Way) -> Iterator[tuple[str, Way]]:
    for position, need in enumerate(way.needs):
        name = f"{need.resource}{f'/{need.subresource}' if need.subresource else ''}"
        yield f"without {name}", replace(way, needs=(*way.needs[:position], *way.needs[position + 1 :]))
        for what, wrong in mistakes_in_need(need):
            needs = (*way.needs[:position], wrong, *way.needs[position + 1 :])
            yield f"{name}: {what}", replace(way, needs=needs)
    for version, key in ((way.since, "since"), (way.until, "until")):
        if version:
            by = 1 if key == "since" else -1
            later = KubernetesVersion(version.major, version.minor + by)
            yield f"{key} {later}", replace(way, **{key: later})
    if way.runs_code:
        yield "without code", replace(way, runs_code=False)
    if way.releases and way.releases.last:
        yield "in every release", replace(way, releases=replace(way.releases, last=""))


_GONE = "1 service accounts of a namespace that is gone"
_EQUAL = (
    ("bootstrap-node", "0 Secrets: secrets: another scope"),
    ("adopt-name", f"{_GONE}: serviceaccounts: another scope"),
    ("adopt-name", f"{_GONE}: namespaces: another scope"),
)
"""They differ only for a RoleBinding in kube-system, which `test_not_steps` has, or in no namespace."""


def is_noticed(wrong: StepType, cases: list[Case]) -> bool:
    """Whether one of *cases* fails with that step: it is not enough, or more than enough."""
    helpers = [step for step in (run_pod.TYPE, use_account.TYPE, mint_token.TYPE) if step.id != wrong.id]
    return any(_fails(case, [wrong, *helpers]) for case in cases)


def _fails(case: Case, steps: list[StepType]) -> bool:
    if case.gives not in reached_by(case, case.grants, steps):
        return True
    return any(is_enough(case, less, steps) for less in narrower(case))


def _about(way: Way, step: StepType) -> list[Case]:
    """Return the cases of *step* that grant something on what the way writes."""
    resource = way.needs[0].resource
    return [
        case for case in CASES if case.step == step.id and any(resource in grant for grant in case.grants)
    ]


@pytest.mark.parametrize("step", [step for step in STEPS if step.ways], ids=lambda step: step.id)
def test_every_mistake_is_noticed(step: StepType) -> None:
    """A verb less, another group, a version off by one, a need forgotten."""
    unnoticed = [
        what
        for what, way, wrong in mistakes(step)
        if wrong.ways != step.ways and not is_noticed(wrong, _about(way, step))
    ]

    assert [] == [what for what in unnoticed if (step.id, what) not in _EQUAL]


def test_there_are_many_mistakes_to_make() -> None:
    """Each verb of each need at least."""
    assert sum(len([*mistakes(step)]) for step in STEPS) > 500
