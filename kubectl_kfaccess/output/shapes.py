"""Subjects, objects, grants and findings as machine data, as `schemas/common.json` describes them."""

from __future__ import annotations

import hashlib

import msgspec

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.kubeflow.managers import Manager
from kubectl_kfaccess.kubeflow.planes.counting import Counts
from kubectl_kfaccess.output.acceptance import accepted_data
from kubectl_kfaccess.output.rbac_terms import is_assumed, paths_of
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import Binding, KubernetesObject, Subject
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import reference

_FINGERPRINT_DIGITS = 32


def subject_data(subject: Subject) -> Data:
    """Return a subject; only service accounts have a namespace; `ref` is the subject as SUBJECT is typed."""
    data: Data = {"kind": subject.kind, "name": subject.name}
    namespace = {"namespace": subject.namespace} if subject.namespace else {}
    return {**data, **namespace, "ref": reference(subject)}


def who_data(who: KnownSubject) -> Data:
    """Return the subject of a question, its user name, and its groups, which count for kubectl only."""
    groups = {"groups": list(who.groups), "impliedGroups": list(who.implied)}
    return {**asked_data(who), "user": who.user, **groups}


def asked_data(who: KnownSubject) -> Data:
    """Return the subject of a question, and its persona if it was asked about as one."""
    return {**subject_data(who.subject), **({"persona": who.persona} if who.persona else {})}


def object_data(obj: KubernetesObject) -> Data:
    """Return the reference to an object: its kind, namespace and name."""
    return named_object_data(obj.kind, obj.namespace, obj.name)


def named_object_data(kind: str, namespace: str, name: str) -> Data:
    """Return the reference to an object; *namespace* is "" for a cluster-scoped one."""
    return {"kind": kind, "namespace": namespace, "name": name}


def role_of_binding_data(binding: Binding) -> Data:
    """Return the reference to the role of a binding."""
    ref = binding.role_ref
    return named_object_data(ref.kind, binding.namespace if ref.kind == "Role" else "", ref.name)


def request_data(request: Request) -> Data:
    """Return a request for a resource; "" is the core group, no subresource, no name, no namespace."""
    return {
        "verb": request.verb,
        "group": request.group,
        "resource": request.resource,
        "subresource": request.subresource,
        "name": request.name,
        "namespace": request.namespace,
    }


def answer_word(answer: bool | None) -> str:
    """Return `yes`, `no`, or `unknown` for None."""
    return "unknown" if answer is None else "yes" if answer else "no"


def counts_data(kubectl: bool | None, services: Counts) -> Data:
    """Return whether access counts for kubectl and for each of Kubeflow's services, as yes, no or unknown."""
    by_service = {name: answer_word(answer) for name, answer in services.items()}
    return {"kubectl": answer_word(kubectl), "services": by_service}


def grant_data(grant: Grant, snapshot: Snapshot, services: Counts, *, platform: bool | None = None) -> Data:
    """
    Return a grant: its binding, its role, the rule, and the aggregation paths by which the role has it.

    *services* says for which of Kubeflow's services that ask this the grant counts, *platform* whether a
    release ships it (None: not asked).
    """
    data: Data = {
        "binding": object_data(grant.binding),
        "role": object_data(grant.role),
        "paths": [list(path) for path in paths_of(grant, snapshot)],
        # a rule without verbs stands for a role that cannot be read
        "rule": msgspec.to_builtins(grant.rule) if grant.rule.verbs else None,
        "counts": counts_data(True, services),
        "assumed": is_assumed(grant, snapshot),
    }
    return data if platform is None else {**data, "platform": platform}


def manager_data(manager: Manager | None) -> Data:
    """Return `managedBy` for who manages an object; nothing if nobody is known to do so."""
    if manager is None:
        return {}
    named = {"kind": manager.kind, "namespace": manager.namespace, "name": manager.name}
    return {"managedBy": {"tool": manager.tool.value, **{key: text for key, text in named.items() if text}}}


def finding_data(finding: Finding) -> Data:
    """Return a finding, with the reason and the advice of its type."""
    return {
        "id": finding.type.id,
        "severity": finding.severity.value,
        "object": named_object_data(finding.kind, finding.namespace, finding.name),
        **manager_data(finding.manager),
        **({"subject": subject_data(finding.subject)} if finding.subject else {}),
        **tenants_data(finding),
        "message": finding.message,
        "why": finding.type.why,
        "fix": finding.type.fix,
        "fingerprint": fingerprint(finding),
        "references": list(finding.references),
        **accepted_data(finding.accepted),
    }


def tenants_data(finding: Finding) -> Data:
    """Return the tenant that somebody of another gets into; nothing if the finding is not about that."""
    if not (finding.tenant or finding.from_tenant):
        return {}
    return {"tenant": finding.tenant, "fromTenant": finding.from_tenant}


def fingerprint(finding: Finding) -> str:
    """Return a hash that stays the same from run to run: of id, tenant, other tenant, subject and object."""
    tenant, from_tenant = finding.tenant, finding.from_tenant
    subject = reference(finding.subject) if finding.subject else ""
    target = "/".join((finding.kind, finding.namespace, finding.name))
    text = "\0".join((finding.type.id, tenant, from_tenant, subject, target))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_FINGERPRINT_DIGITS]
