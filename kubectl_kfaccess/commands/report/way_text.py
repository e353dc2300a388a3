"""What people and accounts get by steps, as drawings and numbered lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.report.drawings import chain
from kubectl_kfaccess.commands.report.page import IndirectWay, Page
from kubectl_kfaccess.commands.report.parts import Parts
from kubectl_kfaccess.commands.report.views import Drawing, Step, WayView
from kubectl_kfaccess.escalation.step import Step as StepTaken
from kubectl_kfaccess.escalation.step_type import Proof
from kubectl_kfaccess.escalation.texts import node_text
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.step_text import binding_text, step_lines
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.terminal.safe_text import listed, shown

MOST_NAMES = 4
"""The largest number of subjects that a box of a drawing names."""
PROOFS = {
    Proof.API_SERVER: "proved by the API server's own rules",
    Proof.CONTROLLER: "proved by the controller's code",
    Proof.CONDITION: "possible: depends on a condition",
}
_CAN = {
    TenantLevel.NONE: ("has nothing", "have nothing"),
    TenantLevel.SOME: ("has some access", "have some access"),
    TenantLevel.VIEW: ("can view", "can view"),
    TenantLevel.EDIT: ("can edit", "can edit"),
    TenantLevel.ADMIN: ("has admin access", "have admin access"),
}


class WayTexts:
    """The ways of the people and accounts of a page."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self._parts = parts
        self._ways = page.ways or ()
        self._views = tuple(self._view(number, way) for number, way in enumerate(self._ways, 1))

    def of(self, subject: Subject) -> tuple[WayView, ...]:
        """Return the ways that begin at *subject*."""
        pairs = zip(self._ways, self._views, strict=True)
        return tuple(view for way, view in pairs if subject in way.starts)

    def _view(self, number: int, way: IndirectWay) -> WayView:
        names = few_in_sentence(map(reference_text, way.starts))
        title = f"{names} {level_text(way.level, many=len(way.starts) > 1)} {where_text(way.profile)}"
        return WayView(
            anchor=f"steps-{number}",
            title=title,
            look="warn" if way.is_proved else "",
            word="by steps" if way.is_proved else "possible",
            starts=tuple(map(self._parts.subject, way.starts)),
            profile=self._parts.profile(way.profile),
            drawing=_drawing(way, title),
            steps=tuple(_lines(way)),
            stop=(),
            take_out=(),
            command="",
        )


def names_box(subjects: Sequence[Subject]) -> tuple[str, ...]:
    """Return the lines of a box that names subjects, some of many."""
    names = [reference_text(each) for each in subjects[:MOST_NAMES]]
    more = len(subjects) - len(names)
    return (*names, *((f"and {more:,} more",) if more else ()))


def drawn_steps(steps: Iterable[StepTaken]) -> Iterator[tuple[Sequence[str], str]]:
    """Yield a box for each thing that steps lead to."""
    for target in dict.fromkeys(step.target for step in steps):
        yield (node_text(target, listed),), ""


def level_text(level: TenantLevel, *, many: bool = False) -> str:
    """Return what somebody with that level can do, as a verb."""
    return _CAN[level][many]


def where_text(profile: str) -> str:
    """Return where that is: in the profile, or everywhere."""
    return f"in {shown(profile)}" if profile else "in the whole cluster"


def weakest(steps: Iterable[StepTaken]) -> Proof:
    """Return what vouches for all of *steps*: the weakest proof."""
    order = (Proof.API_SERVER, Proof.CONTROLLER, Proof.CONDITION)
    return max((step.proof for step in steps), key=order.index)


def _drawing(way: IndirectWay, title: str) -> Drawing:
    by = tuple(f"by {binding_text(binding)}" for binding in way.bindings[:1])
    end = (f"{way.level.value} {where_text(way.profile)}", *by)
    return chain([(names_box(way.starts), "start"), *drawn_steps(way.steps), (end, "reached")], title)


def _lines(way: IndirectWay) -> Iterator[Step]:
    """Yield the lines of the steps, and last what the end has."""
    for text, by in step_lines(way.steps) if way.steps else ():
        yield Step(text, by, "")
    bindings = ", ".join(map(binding_text, way.bindings))
    proof = PROOFS[weakest(way.steps)] if way.steps else ""
    yield Step(f"which {level_text(way.level)} {where_text(way.profile)}", bindings, proof)
