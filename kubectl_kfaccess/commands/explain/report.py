"""The report of `explain`: a verdict, the chains that grant it, or what would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.explain.arguments import KIND, Options
from kubectl_kfaccess.commands.explain.explanation import ALLOWED_NOW, Explanation, PlaneAnswer
from kubectl_kfaccess.commands.explain.finding_answer import FindingExplanation
from kubectl_kfaccess.commands.explain.finding_report import finding_report
from kubectl_kfaccess.commands.explain.fix_blocks import fix_blocks
from kubectl_kfaccess.commands.explain.indirect_text import indirect_blocks
from kubectl_kfaccess.commands.explain.items import head, items
from kubectl_kfaccess.commands.explain.mesh_refusal_text import mesh_blocks
from kubectl_kfaccess.commands.explain.planes_text import brief_planes_text, planes_text
from kubectl_kfaccess.commands.explain.rows import grant_table
from kubectl_kfaccess.commands.explain.verdict_text import headline
from kubectl_kfaccess.commands.explain.why_blocks import why_blocks
from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call, as_reviewed
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.settings import mesh_settings
from kubectl_kfaccess.output.blocks import Block, Headline, Labelled, Paragraph, Sentence
from kubectl_kfaccess.output.fix_words import fix_code
from kubectl_kfaccess.output.mesh_text import settings_block
from kubectl_kfaccess.output.rbac_terms import not_isolated_text, object_name
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.resolve.other_gates import NotRbac
from kubectl_kfaccess.terminal.safe_text import line

_OF_BLOCKS = ("table", "wide", "markdown")
_WITHOUT_GATES = ("csv", "name", "fix")


def report(value: Explanation | FindingExplanation, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    if isinstance(value, FindingExplanation):
        return finding_report(value)
    form = options.output.format
    return Report(
        kind=KIND,
        blocks=tuple(_blocks(value, wide=form == "wide")),
        table=grant_table(value),
        head=lambda: head(value),
        items=lambda: items(value),
        names=lambda: _names(value),
        fix=fix_code(value.fixes[options.fix - 1]) if form == "fix" and value.fixes else None,
        remarks=tuple(_not_rbac_lines(value.not_rbac)) if form in _WITHOUT_GATES else (),
        notes_in_blocks=(*value.sentences, ALLOWED_NOW) if form in _OF_BLOCKS else (),
        conclusion=_without_fix(value) if form == "fix" and not value.fixes else "",
    )


def _blocks(value: Explanation, *, wide: bool) -> Iterator[Block]:
    """Yield the blocks for people; the sentence about all planes comes after a question's last answer."""
    if value.who and value.mesh:
        yield from mesh_blocks(value.mesh, value.who)
    for number, answer in enumerate(value.answers):
        yield from _answer_blocks(answer, value, wide=wide)
        following = value.answers[number + 1 : number + 2]
        if answer.planes and not any(other.question is answer.question for other in following):
            text = planes_text(answer.planes) if wide else brief_planes_text(answer.planes)
            yield Labelled("", (Sentence(text),))
    if wide and _is_about_mesh(value):
        yield settings_block(mesh_settings(value.snapshot))
    yield from _error_blocks(value)


def _error_blocks(value: Explanation) -> Iterator[Block]:
    """Yield what else refused, which is the answer itself if there is no question for RBAC."""
    if value.not_rbac and not value.answers and not value.mesh:
        first, *others = value.not_rbac
        yield Headline(_refusal_text(first), details=tuple(map(line, first.advice)))
    else:
        others = list(value.not_rbac)
    lines = (*_not_rbac_lines(others), *((ALLOWED_NOW,) if value.outdated else ()))
    if lines:
        yield Paragraph(lines)


def _is_about_mesh(value: Explanation) -> bool:
    """Whether any answer is the mesh's, so that it rests on how the mesh knows users."""
    of_refusal = value.mesh is not None and value.mesh.answer.cause is not MeshCause.NO_POLICIES
    return of_refusal or any(answer.planes and answer.planes.mesh for answer in value.answers)


def _answer_blocks(answer: PlaneAnswer, value: Explanation, *, wide: bool) -> Iterator[Block]:
    yield headline(answer, value)
    yield from indirect_blocks(answer)
    yield from why_blocks(answer, value, wide=wide)
    if not answer.is_asked:
        return
    if answer.verdict is not Verdict.ALLOWED:
        yield from fix_blocks(answer, value, wide=wide)
    services = tuple(_service_lines(answer, wide=wide))
    if services:
        yield Labelled("", (Paragraph(services),))


def _service_lines(answer: PlaneAnswer, *, wide: bool) -> Iterator[str]:
    """Yield what is open about calls of Kubeflow's services; with *wide* also the calls that check this."""
    yield from (f"checked by {_call_text(call)}" for call in answer.calls if wide)
    request = answer.question.request
    if request.name and as_reviewed(request) != request:
        yield "checked without a name: a rule with resourceNames does not allow it"
    if answer.never_asked:
        yield f"never checked: {answer.never_asked}"
    yield from (f"not isolated: {not_isolated_text(reach)}" for reach in answer.not_isolated)


def _call_text(call: Call) -> str:
    """Return a call's name, method and path; a page's call gets the page's name in front."""
    name = call.name if "." in call.name else f"{call.service.name} {call.name}"
    releases = f" ({call.releases})" if not call.is_current else ""
    return f"{name}: {call.method} {call.path}{releases}"


def _not_rbac_lines(refusals: Iterable[NotRbac]) -> Iterator[str]:
    """Yield the lines about refusals that are not RBAC's."""
    for refusal in refusals:
        yield _refusal_text(refusal)
        yield from (line(f"  - {advice}") for advice in refusal.advice)


def _refusal_text(refusal: NotRbac) -> str:
    return line(f"{'not' if refusal.certain else 'perhaps'} RBAC: {refusal.what}")


def _without_fix(value: Explanation) -> str:
    """Return the line that `-o fix` prints to stderr if there is no fix."""
    allowed = [
        answer.verdict is Verdict.ALLOWED and answer.verified is not False for answer in value.decisive
    ]
    is_allowed = bool(allowed) and all(allowed)
    return "it is allowed already: nothing to fix" if is_allowed else "no fix can be written"


def _names(value: Explanation) -> Iterable[str]:
    """Return the bindings that grant the request on the planes that are asked about, or the mesh's policy."""
    if value.mesh and value.mesh.reach is Reach.YES and value.mesh.answer.policy:
        return (f"authorizationpolicy/{object_name(value.mesh.answer.policy)}",)
    bindings = (grant.binding for answer in value.decisive for grant in answer.grants)
    return dict.fromkeys(f"{binding.kind.lower()}/{object_name(binding)}" for binding in bindings)
