"""The report of `explain`: a verdict, the chains that grant it, or what would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from kubectl_kfaccess.commands.explain.arguments import KIND, Options
from kubectl_kfaccess.commands.explain.doubt_text import doubt_text
from kubectl_kfaccess.commands.explain.explanation import (
    ALLOWED_NOW,
    Explanation,
    PlaneAnswer,
    ProposedFix,
    is_by_masters,
)
from kubectl_kfaccess.commands.explain.items import head, items
from kubectl_kfaccess.commands.explain.mesh_refusal_text import mesh_blocks
from kubectl_kfaccess.commands.explain.near_miss_text import miss_text
from kubectl_kfaccess.commands.explain.planes_text import planes_text
from kubectl_kfaccess.commands.explain.rows import grant_table
from kubectl_kfaccess.fixes.actions import FixNote
from kubectl_kfaccess.fixes.contacts import dashboard_can_grant
from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call, as_reviewed
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.settings import mesh_settings
from kubectl_kfaccess.output.blocks import Block, Paragraph, Point, Points, Sentence, Tree
from kubectl_kfaccess.output.fix_words import action_text, contact_text, cost_text, fix_code, note_text
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.mesh_text import settings_block
from kubectl_kfaccess.output.rbac_terms import (
    not_isolated_text,
    object_name,
    path_text,
    paths_of,
    rule_text,
    subject_name,
    typed_subject,
)
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS
from kubectl_kfaccess.resolve.other_gates import NotRbac
from kubectl_kfaccess.terminal.safe_text import line, shown

MOST_CALLS = 3
PLANES = {
    Plane.KUBECTL: "kubectl and clients in the cluster",
    Plane.KUBEFLOW: "Kubeflow's own services, which ask about the user's name alone",
}
_OF_BLOCKS = ("table", "wide", "markdown")
_WITHOUT_GATES = ("csv", "name", "fix")
_VERDICTS = {
    Verdict.ALLOWED: "yes: {} may {}",
    Verdict.DENIED: "no: {} may not {}",
    Verdict.UNKNOWN: "not known whether {} may {}",
}
_MAY_APPLY = {
    Verdict.ALLOWED: "; you may apply it",
    Verdict.DENIED: "; you may not apply it yourself",
    Verdict.UNKNOWN: "",
    None: "",
}
_ROLES_AND_BINDINGS = ("clusterrolebindings", "clusterroles", "rolebindings", "roles")


def report(value: Explanation, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
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
            yield Sentence(planes_text(answer.planes))
    if wide and _is_about_mesh(value):
        yield settings_block(mesh_settings(value.snapshot))
    error = (*_not_rbac_lines(value.not_rbac), *((ALLOWED_NOW,) if value.outdated else ()))
    if error:
        yield Paragraph(error)


def _is_about_mesh(value: Explanation) -> bool:
    """Whether any answer is the mesh's, so that it rests on how the mesh knows users."""
    of_refusal = value.mesh is not None and value.mesh.answer.cause is not MeshCause.NO_POLICIES
    return of_refusal or any(answer.planes and answer.planes.mesh for answer in value.answers)


def _answer_blocks(answer: PlaneAnswer, value: Explanation, *, wide: bool) -> Iterator[Block]:
    yield Paragraph(tuple(_verdict_lines(answer, value)))
    yield from (_chain(grants, value) for grants in _by_binding(answer.grants))
    if not answer.is_asked:
        return
    if answer.verdict is not Verdict.ALLOWED:
        yield from _proposal_blocks(answer, value)
    services = tuple(_service_lines(answer, most=len(answer.calls) if wide else MOST_CALLS))
    if services:
        yield Paragraph(services)


def _verdict_lines(answer: PlaneAnswer, value: Explanation) -> Iterator[str]:
    who = typed_subject(value.who.subject) if value.who else ""
    what = line(f"{answer.question.request.verb} {answer.question.title}")
    where = f" in namespace {shown(answer.namespace)}" if answer.namespace else ""
    yield f"{_VERDICTS[answer.verdict].format(who, what)}{where}{_by(answer)}{_server_text(answer)}"
    yield from (f"  {line(text)}" for text in (*answer.unknown_words, *answer.useless))
    if is_by_masters(answer, value):
        yield f"  in group {MASTERS}: an authorizer of its own, before RBAC, allows it everything"


def _by(answer: PlaneAnswer) -> str:
    """Return who gives the answer; "" for kubectl."""
    if answer.plane is Plane.KUBECTL and answer.is_asked:
        return ""
    if answer.kfam:
        return ", by KFAM, which decides about contributors on the dashboard"
    if answer.never_asked:
        return ", by RBAC alone: none of Kubeflow's own services asks about it"
    return f", by {PLANES[answer.plane]}"


def _server_text(answer: PlaneAnswer) -> str:
    """Return whether the server agrees, in parentheses; "" if it was not asked or did not answer."""
    if answer.verified is None:
        return ""
    says = "says so" if answer.verified else "says otherwise"
    return f" (the server {says}: {line(answer.server)})" if answer.server else f" (the server {says})"


def _by_binding(grants: Iterable[Grant]) -> Iterable[list[Grant]]:
    """Return the grants by binding: several rules of one role count as one reason."""
    by_binding: dict[tuple[str, str, str], list[Grant]] = {}
    for grant in grants:
        by_binding.setdefault((grant.binding.kind, *grant.binding.key), []).append(grant)
    return by_binding.values()


def _chain(grants: Sequence[Grant], value: Explanation) -> Tree:
    """Return the chain from the subject to the rule through one binding; remarks name the other paths."""
    grant = grants[0]
    first, *others = paths_of(grant, value.snapshot)
    assumed = " (built-in, assumed)" if value.snapshot.is_assumed(grant.binding) else ""
    steps = (
        *(_membership(grant, value.who) if value.who else ()),
        f"{grant.binding.kind} {object_name(grant.binding)}{assumed}",
        f"{grant.role.kind} {shown(first[0])}",
        *(f"aggregates ClusterRole {shown(name)}" for name in first[1:]),
        f"rule {rule_text(grant.rule)}",
    )
    ways = tuple(f"also through {path_text(path)}" for path in others)
    more = (f"and by {len(grants) - 1} more of its rules",) if len(grants) > 1 else ()
    return Tree(steps, (*ways, *more))


def _membership(grant: Grant, who: KnownSubject) -> Iterator[str]:
    """Yield the steps for the subject, and for the group by which the binding applies to it."""
    yield f"{who.subject.kind} {subject_name(who.subject)}"
    if grant.who.kind == GROUP and who.subject.kind != GROUP:
        how = "as every such subject is" if grant.who.name in who.implied else "as was said"
        how = "as the server says" if who.is_caller else how
        yield f"in group {shown(grant.who.name)}, {how}"


def _proposal_blocks(answer: PlaneAnswer, value: Explanation) -> Iterator[Block]:
    if answer.doubts:
        texts = dict.fromkeys(line(short(doubt_text(doubt))) for doubt in answer.doubts)
        yield Points("not known", tuple(map(Point, texts)))
    if answer.misses:
        yield Points("nearest", tuple(Point(miss_text(near)) for near in answer.misses))
    contacts = tuple(_contact_points(answer, value))
    if contacts:
        yield Points("ask", contacts)
    if answer.fixes:
        yield _fix_points(answer.fixes, value.snapshot)


def _contact_points(answer: PlaneAnswer, value: Explanation) -> Iterator[Point]:
    for contact in answer.contacts:
        yield Point(f"{typed_subject(contact.subject)}: {line(contact_text(contact))}")
    is_owner_unread = any(gap.resource in ("profiles", "namespaces") for gap in value.snapshot.gaps)
    is_useless = answer.unknown_words or answer.useless
    if not answer.contacts and answer.namespace and not is_useless and is_owner_unread:
        request = replace(answer.question.request, namespace=answer.namespace)
        asking = value.who.subject if value.who else None
        if dashboard_can_grant(value.snapshot, request, asking):
            owner = f"the owner of `{shown(answer.namespace)}`, who cannot be read here"
            yield Point(f"{owner}, or the platform's administrators")
        else:
            yield Point("the platform's administrators")


def _fix_points(proposals: Sequence[ProposedFix], snapshot: Snapshot) -> Points:
    """Return the numbered list of fixes; a note that several share is shown once, below the list."""
    unread = sorted({gap.resource for gap in snapshot.gaps if gap.resource in _ROLES_AND_BINDINGS})
    seen = f", as far as can be seen without {', '.join(unread)}" if unread else ""
    shared = _shared_notes(proposals)
    return Points(
        f"fixes (print one with `-o fix --fix N`){seen}",
        tuple(
            Point(
                f"{line(action_text(proposal.fix.action))}{cost_text(proposal.fix)}{_MAY_APPLY[proposal.applicable]}",
                tuple(line(note_text(note)) for note in proposal.fix.notes if note not in shared),
            )
            for proposal in proposals
        ),
        numbered=True,
        remarks=tuple(f"{numbers}: {line(note_text(note))}" for note, numbers in shared.items()),
    )


def _shared_notes(proposals: Sequence[ProposedFix]) -> dict[FixNote, str]:
    """Return the notes that several fixes share, each with the numbers of these fixes."""
    numbers: dict[FixNote, list[str]] = {}
    for number, proposal in enumerate(proposals, 1):
        for note in proposal.fix.notes:
            numbers.setdefault(note, []).append(str(number))
    return {note: ", ".join(of_note) for note, of_note in numbers.items() if len(of_note) > 1}


def _service_lines(answer: PlaneAnswer, most: int) -> Iterator[str]:
    """Yield lines on the calls of Kubeflow's services that ask this, at most *most*, and what is open."""
    yield from (f"asked by {_call_text(call)}" for call in answer.calls[:most])
    request = answer.question.request
    if request.name and as_reviewed(request) != request:
        yield "asked without a name: a rule with resourceNames does not allow it"
    more = len(answer.calls) - most
    if more > 0:
        yield f"and by {more} more: `resources --calls` lists them"
    if answer.never_asked:
        yield f"never asked: {answer.never_asked}"
    yield from (f"not isolated: {not_isolated_text(reach)}" for reach in answer.not_isolated)


def _call_text(call: Call) -> str:
    """Return a call's name, method and path; a page's call gets the page's name in front."""
    name = call.name if "." in call.name else f"{call.service.name} {call.name}"
    releases = f" ({call.releases})" if not call.is_current else ""
    return f"{name}: {call.method} {call.path}{releases}"


def _not_rbac_lines(refusals: Iterable[NotRbac]) -> Iterator[str]:
    """Yield the lines about refusals that are not RBAC's."""
    for refusal in refusals:
        yield line(f"{'not' if refusal.certain else 'perhaps'} RBAC: {refusal.what}")
        yield from (line(f"  - {advice}") for advice in refusal.advice)


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
