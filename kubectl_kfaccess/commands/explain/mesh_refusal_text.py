"""A refusal of the mesh, for people and as machine data."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.mesh_refusal import Help, MeshRefusal
from kubectl_kfaccess.kubeflow.planes.mesh.admissions import Admission
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.output.blocks import Block, Headline, Labelled, Paragraph, Point, Points, Sentence, Tone
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.mesh_text import mesh_data, mesh_reason
from kubectl_kfaccess.output.rbac_terms import object_name, typed_subject
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import object_data, subject_data
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.subjects import USER
from kubectl_kfaccess.terminal.safe_text import line, listed, shown

MOST_ADMISSIONS = 20
DECISIONS = {
    Reach.YES: Verdict.ALLOWED,
    Reach.NO: Verdict.DENIED,
    Reach.UNKNOWN: Verdict.UNKNOWN,
}
_TONES = {Reach.YES: Tone.GOOD, Reach.NO: Tone.BAD}
LET_IN_NOW = "so the error is from before, about another namespace, or of a workload with a policy of its own"
_VERDICTS = {
    Reach.YES: "yes: the mesh lets {who} reach the workloads in {namespace}",
    Reach.NO: "no: the mesh does not let {who} reach the workloads in {namespace}",
    Reach.UNKNOWN: "unknown: cannot tell whether the mesh lets {who} reach the workloads in {namespace}",
}
_HELP = {
    Help.CHANGE_DENIAL: "a policy that denies wins over all that allow: change that one",
    Help.NAME_SOURCE: (
        "an AuthorizationPolicy in `{namespace}` has to name {who} as a source: the dashboard adds only users"
    ),
    Help.RESTORE_OWNERS_POLICY: (
        "{who} owns the profile, and the profile controller writes the owner's policy: look at its log"
    ),
    Help.RESTORE_POLICY: (
        "RoleBinding {binding} makes {who} a contributor, and the policy beside it is missing:"
        " {owner} can remove and add the contributor in the dashboard"
    ),
    Help.ADD_CONTRIBUTOR: "{owner} can add {who} as a contributor in the dashboard, which writes the policy",
    Help.NO_PROFILE: "no profile is known for `{namespace}`: ask the platform's administrators for a policy",
}
_NOBODY_ACTS = "nobody can act for the owner in the dashboard"


def verdict_text(refusal: MeshRefusal, who: KnownSubject) -> str:
    """Return the answer as one sentence."""
    names = {"who": typed_subject(who.subject), "namespace": shown(refusal.namespace)}
    return _VERDICTS[refusal.reach].format(**names)


def _why_lines(refusal: MeshRefusal) -> Iterator[str]:
    yield reason_text(refusal)
    if refusal.reach is Reach.YES:
        yield LET_IN_NOW


def reason_text(refusal: MeshRefusal) -> str:
    if refusal.answer.cause is MeshCause.NO_POLICIES:
        return "a policy has refused the request, and none was read"
    return line(short(mesh_reason(refusal.answer)))


def mesh_blocks(refusal: MeshRefusal, who: KnownSubject) -> Iterator[Block]:
    """Yield the verdict, who is let in and by which policy, and what lets the subject in."""
    yield Headline(verdict_text(refusal, who), _TONES.get(refusal.reach))
    yield Labelled("why", (Paragraph(tuple(_why_lines(refusal))),))
    points = tuple(Point(_admission_text(each, refusal.namespace)) for each in refusal.admissions)
    if points:
        more = len(points) - MOST_ADMISSIONS
        remarks = (f"and {more} more, which `-o json` lists",) if more > 0 else ()
        yield Points("let in", points[:MOST_ADMISSIONS], remarks=remarks)
    if refusal.help:
        yield Labelled("fix", (Sentence(_help_text(refusal, who)),))


def _admission_text(admission: Admission, namespace: str) -> str:
    policy = admission.policy
    name = shown(policy.name) if policy.namespace == namespace else object_name(policy)
    limits = (
        *(("on certain paths or workloads only",) if admission.limited else ()),
        *(("with further conditions",) if admission.conditional else ()),
    )
    return ", ".join((_who_text(admission), *limits, f"by AuthorizationPolicy {name}"))


def _who_text(admission: Admission) -> str:
    if admission.users:
        return ", ".join(map(listed, admission.users))
    accounts = tuple(map(listed, admission.accounts))
    namespaces = tuple(f"pods of namespace {listed(name)}" for name in admission.namespaces)
    return ", ".join((*accounts, *namespaces)) or "everybody"


def _help_text(refusal: MeshRefusal, who: KnownSubject) -> str:
    owner = refusal.owner
    acts = owner is not None and owner.kind == USER
    owner_text = f"{typed_subject(owner)}, who owns the profile," if owner and acts else ""
    text = _HELP[refusal.help] if refusal.help else ""
    if "{owner}" in text and not acts:
        return f"{line(_NOBODY_ACTS)}: ask the platform's administrators for a policy"
    return text.format(
        who=typed_subject(who.subject),
        owner=owner_text,
        namespace=shown(refusal.namespace),
        binding=object_name(refusal.binding) if refusal.binding else "",
    )


def mesh_refusal_data(refusal: MeshRefusal, who: KnownSubject) -> Data:
    """Return the answer as machine data."""
    return {
        "namespace": refusal.namespace,
        **mesh_data(refusal.answer),
        "reach": refusal.reach.value,
        "why": reason_text(refusal),
        "admits": [
            {
                "policy": object_data(each.policy),
                "users": list(each.users),
                "accounts": list(each.accounts),
                "namespaces": list(each.namespaces),
                "limited": each.limited,
                "conditional": each.conditional,
            }
            for each in refusal.admissions
        ],
        "owner": subject_data(refusal.owner) if refusal.owner else None,
        "help": _help_text(refusal, who) if refusal.help else "",
    }
