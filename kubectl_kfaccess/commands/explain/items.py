"""The answer of `explain` as machine data."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.doubt_text import doubt_text
from kubectl_kfaccess.commands.explain.explanation import Explanation, PlaneAnswer, ProposedFix
from kubectl_kfaccess.commands.explain.indirect_text import indirect_data
from kubectl_kfaccess.commands.explain.mesh_refusal_text import DECISIONS, mesh_refusal_data
from kubectl_kfaccess.commands.explain.near_miss_text import miss_data
from kubectl_kfaccess.commands.explain.planes_text import planes_data
from kubectl_kfaccess.fixes.actions import changed_object
from kubectl_kfaccess.fixes.contacts import Contact
from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call
from kubectl_kfaccess.kubeflow.managers import manager_of
from kubectl_kfaccess.kubeflow.planes.counting import ResourceVerb, Services, grant_counts
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.output.envelope import note_data
from kubectl_kfaccess.output.fix_words import action_text, contact_text, note_text
from kubectl_kfaccess.output.rbac_terms import not_isolated_text, queries
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import grant_data, manager_data, subject_data, who_data
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import displayed
from kubectl_kfaccess.resolve.other_gates import NotRbac

_NO_ANSWER: Data = {
    "query": None, "decision": None, "grants": [], "nearMisses": [], "fix": [], "planes": None,
}  # fmt: skip
_AT_THE_TOP = tuple(_NO_ANSWER)


def head(value: Explanation) -> Data:
    """Return the subject and the first answer, and what else refused, in place of RBAC."""
    first = next(items(value), None)
    not_rbac: Data = {"notRbac": [_not_rbac_data(gate) for gate in value.not_rbac]} if value.not_rbac else {}
    if value.who and value.mesh:
        mesh = mesh_refusal_data(value.mesh, value.who)
        decision = DECISIONS[value.mesh.reach].value
        return {"subject": who_data(value.who), **_NO_ANSWER, "decision": decision, "mesh": mesh, **not_rbac}
    if value.who and first:
        keys = (*_AT_THE_TOP, *(("indirect",) if "indirect" in first else ()))
        return {"subject": who_data(value.who), **{key: first[key] for key in keys}, **not_rbac}
    return {"subject": None, **_NO_ANSWER, **not_rbac}


def items(value: Explanation) -> Iterator[Data]:
    """Yield each question's answer on each plane."""
    services = installed_services(value.snapshot)
    return (_item(answer, value.snapshot, services) for answer in value.answers)


def _item(answer: PlaneAnswer, snapshot: Snapshot, services: Services) -> Data:
    request = answer.question.request
    reviewed = ResourceVerb(request.group, request.combined_resource, request.verb)
    return {
        "query": {**next(queries(answer.question)), "namespace": answer.namespace},
        "via": answer.plane.value,
        "asked": answer.is_asked,
        "decidedBy": "kfam" if answer.kfam else "rbac",
        "decision": answer.verdict.value,
        "grants": [
            grant_data(grant, snapshot, grant_counts(grant, reviewed, services)) for grant in answer.grants
        ],
        "doubts": [note_data(doubt_text(doubt)) for doubt in answer.doubts],
        "unknownWords": list(answer.unknown_words),
        "nearMisses": [miss_data(near) for near in answer.misses],
        "contacts": [_contact_data(contact) for contact in answer.contacts],
        "fix": [_fix_data(proposal) for proposal in answer.fixes],
        "askedBy": [_call_data(call) for call in answer.calls],
        "neverAsked": answer.never_asked,
        "notIsolated": [note_data(not_isolated_text(open_to_all)) for open_to_all in answer.not_isolated],
        "planes": planes_data(answer.planes) if answer.planes else None,
        "serverReason": answer.server,
        "verified": answer.verified,
        **indirect_data(answer, snapshot, services),
    }


def _contact_data(contact: Contact) -> Data:
    return {"subject": subject_data(contact.subject), "why": contact_text(contact)}


def _fix_data(proposal: ProposedFix) -> Data:
    fix, changed = proposal.fix, changed_object(proposal.fix.action)
    return {
        "title": action_text(fix.action),
        "furtherPermissions": fix.further,
        "namespaces": fix.namespaces,
        "ships": fix.ships,
        "mayApply": _MAY_APPLY[proposal.applicable],
        "changes": [
            {
                "subject": subject_data(displayed(change.who)),
                "namespace": change.namespace,
                "gained": len(change.gained),
                "lost": len(change.lost),
            }
            for change in fix.changes
        ],
        "objects": list(fix.objects),
        "loses": subject_data(fix.loses) if fix.loses else None,
        "finding": fix.finding,
        **manager_data(manager_of(changed) if changed else None),
        "notes": [note_data(note_text(note)) for note in fix.notes],
    }


_MAY_APPLY = {Verdict.ALLOWED: True, Verdict.DENIED: False, Verdict.UNKNOWN: None, None: None}


def _call_data(call: Call) -> Data:
    return {
        "service": call.service.name,
        "name": call.name,
        "method": call.method,
        "path": call.path,
        "named": call.named,
    }


def _not_rbac_data(refusal: NotRbac) -> Data:
    return {"what": refusal.what, "advice": list(refusal.advice), "certain": refusal.certain}
