"""`python -m tools.pages.steps`: write the page of the steps from one identity to another."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.escalation.not_steps import NOT_STEPS
from kubectl_kfaccess.escalation.registry import GROUPS
from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way
from kubectl_kfaccess.rbac.known_subjects import Plane
from tools.command_line import REPOSITORY

FILE = REPOSITORY / "docs" / "steps.md"
_START = """\
# Steps

Those who can create a pod can act as every service account of the namespace. Each section below is
such a step: what it needs, what it yields, and what vouches for it. The steps follow each other, so
that what a subject can reach through others is known as well.

- **The API server** vouches for a step that it decides itself, as it decides every request.
- **A controller or webhook** vouches for a step if its code acts on what the subject writes. The
  source names the code.
- **A condition** cannot be read, for example that a pod is running. What is reached by such a step
  is possible, and never proved.

A need is a verb on a resource, and any of its verbs is enough. It is asked in the namespace, or in
the whole cluster where the table says so: a RoleBinding grants nothing of the latter. Creating works
by server-side apply as well, which needs `create` and `patch` with the name of the object. Custom
resources count only where they are installed. Kubeflow's services ask about the name of a user
alone, so a group takes no step there.
"""
_PROOFS = {
    Proof.API_SERVER: "the API server",
    Proof.CONTROLLER: "a controller or webhook",
    Proof.CONDITION: "a condition",
}
_NAMES = {
    Name.YIELDED: "with its name",
    Name.NAMESPACE: "with the name of the namespace",
    Name.NONE: "without a name",
    Name.ANY: "",
}


def page() -> str:
    """Return the page: the steps by heading, then what looks like a step and is none."""
    parts = [_START]
    for heading, steps in GROUPS.items():
        parts.append(f"## {heading}\n")
        parts += [_section(step) for step in steps]
    parts.append("\n".join(_not_steps()))
    return "\n".join(parts)


def _section(step: StepType) -> str:
    proof = _PROOFS[step.proof] + (f": {step.condition}" if step.condition else "")
    facts = [f"- Yields: {step.yields.value}.", f"- Vouched for by {proof}.", f"- Source: {step.source}."]
    note = [f"\n{step.note}"] if step.note else []
    ways = ["", *_table(step)] if step.ways else ["\nIt needs no further permission."]
    return "\n".join([f"### {step.id}\n", f"{step.what}\n", *facts, *note, *ways, ""])


def _table(step: StepType) -> Iterator[str]:
    """Yield the lines of the table of ways, without columns in which nothing would stand."""
    rows = [
        (way.noun, _needs(way), _scope(way), _releases(way), _code(way.field), _differences(step, way))
        for way in step.ways
    ]
    columns = [number for number, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    for row in (_HEADINGS, ("---",) * len(_HEADINGS), *rows):
        yield f"| {' | '.join(row[number] for number in columns)} |"


_HEADINGS = ("by", "needs", "where", "releases", "account", "differs")


def _needs(way: Way) -> str:
    parts = [_need(need) for need in way.needs]
    return "; and ".join([*parts, *(["anything by which code runs"] if way.runs_code else [])])


def _need(need: Need) -> str:
    resource = f"{need.resource}.{need.group}" if need.group else need.resource
    full = f"{resource}/{need.subresource}" if need.subresource else resource
    verbs = " or ".join(f"`{verb}`" for verb in need.verbs)
    verbs = "server-side apply: `create` and `patch`" if need.applies else verbs
    name = f"named `{need.name}`" if isinstance(need.name, str) else _NAMES[need.name]
    service = "(asked by pipelines)" if need.plane is Plane.KUBEFLOW else ""
    return " ".join(text for text in (verbs, f"`{full}`", name, service) if text)


def _scope(way: Way) -> str:
    if way.namespace:
        return f"`{way.namespace}`"
    places = dict.fromkeys("cluster" if need.cluster else "namespace" for need in way.needs)
    return ", ".join(places)


def _releases(way: Way) -> str:
    """Return the releases of Kubernetes or pipelines that have the way."""
    if way.releases and (way.releases.first or way.releases.last):
        return f"pipelines {way.releases}"
    if way.releases:
        return "pipelines"
    since = f"Kubernetes since {way.since}" if way.since else ""
    return since or (f"Kubernetes up to {way.until}" if way.until else "")


def _differences(step: StepType, way: Way) -> str:
    """Return what is not as for the whole step."""
    yields = f"yields {way.yields.value}" if way.yields and way.yields is not step.yields else ""
    condition = f"if {way.condition}" if way.condition else ""
    return "; ".join(text for text in (yields, condition) if text)


def _code(text: str) -> str:
    return f"`{text}`" if text and " " not in text else text


def _not_steps() -> Iterator[str]:
    yield "## What looks like a step"
    yield ""
    yield "These permissions give no other identity, and are followed no further."
    yield ""
    yield "| permissions | why they give nothing |"
    yield "| --- | --- |"
    for looks in NOT_STEPS:
        yield f"| {'; '.join(map(_need, looks.needs))} | {looks.why} |"
    yield ""


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
