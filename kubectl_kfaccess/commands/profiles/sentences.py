"""The answer of `profiles` in one sentence, and the people who share a profile in one cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.profiles.answer import Inventory
from kubectl_kfaccess.commands.profiles.rows import person
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.kubeflow.tenants.profiles import Member, Tenant
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.few import FEW
from kubectl_kfaccess.output.findings import counted as counted_findings
from kubectl_kfaccess.output.findings import severity_word
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER
from kubectl_kfaccess.terminal.safe_text import part
from kubectl_kfaccess.terminal.words import counted

_SOURCES = {
    "Namespace": "the owner is who the annotation of the namespace names",
    "RoleBinding": "the owner is who RoleBinding `namespaceAdmin` names",
}


def headline(value: Inventory) -> str:
    """Return how many profiles there are, and how much is wrong with them."""
    findings = [finding for entry in value.entries for finding in entry.findings]
    gaps = any(entry.tenant.gaps for entry in value.entries)
    unknown = "what could be read shows no finding" if gaps else "no findings"
    count = counted(len(value.entries), "profile")
    return f"{count}: {counted_findings(findings)}" if findings else f"{count}, {unknown}"


def headline_of(tenant: Tenant) -> str:
    """Return who owns the profile, and with how many others they share it."""
    name, others = part(tenant.name), _joined([*_sharing(tenant.members)])
    if tenant.is_unread("rolebindings"):
        others = "nobody that could be read" if not others else f"at least {others}"
    if not tenant.owner:
        return f"{name} has no known owner, and is shared with {others or 'nobody'}"
    return f"{reference_text(tenant.owner)} shares {name} with {others or 'nobody'}"


def details_of(tenant: Tenant) -> tuple[str, ...]:
    """Return what is unusual about the owner and the namespace."""
    source = _SOURCES.get(tenant.owner_from, "")
    missing = "there is no namespace of that name" if tenant.exists is False else ""
    return tuple(filter(None, (source, missing)))


def _sharing(members: Iterable[Member]) -> Iterator[str]:
    """Yield `3 contributors`, `1 group`, `1 foreign service account` and `2 others`."""
    every = list({(member.relation, member.subject): member for member in members}.values())
    contributors = [m for m in every if m.relation is Relation.CONTRIBUTOR and m.subject.kind != GROUP]
    groups = [m for m in every if m.subject.kind == GROUP and m.relation in _OF_GROUPS]
    foreign = [m for m in every if m.relation is Relation.FOREIGN]
    accounts = all(m.subject.kind == SERVICE_ACCOUNT for m in foreign)
    others = [m for m in every if m.relation is Relation.OTHER]
    for members_of_kind, noun in (
        (contributors, "contributor"),
        (groups, "group"),
        (foreign, "foreign service account" if accounts else "foreign subject"),
        (others, "other"),
    ):
        if members_of_kind:
            yield counted(len(members_of_kind), noun)


_OF_GROUPS = (Relation.CONTRIBUTOR, Relation.GROUP)


def _joined(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def contributors_text(tenant: Tenant, named_by: Callable[[Subject], str] = person) -> str:
    """Return the contributors with their roles, and the number of others; "" without any."""
    people = [
        f"{named_by(member.subject)} ({member.short_role or 'other role'})"
        for member in tenant.members
        if member.relation is Relation.CONTRIBUTOR and member.subject.kind != GROUP
    ]
    named = people if len(people) <= FEW else [*people[: FEW - 1], f"{len(people) - FEW + 1:,} more"]
    others = [text for text in _sharing(tenant.members) if not text.endswith(("contributor", "contributors"))]
    return ", ".join((*named, *others))


def short_contributors_text(tenant: Tenant) -> str:
    """
    Return the same without the domain of addresses that have the owner's.

    If the name of a contributor is no address, all are whole: it could be taken for an address cut short.
    """
    domain = tenant.owner.name.partition("@")[2] if tenant.owner and tenant.owner.kind == USER else ""
    users = (member.subject for member in tenant.members if member.subject.kind == USER)
    if not domain or any("@" not in user.name for user in users):
        return contributors_text(tenant)

    def local_name(subject: Subject) -> str:
        local, _, own = subject.name.partition("@")
        is_alike = subject.kind == USER and own == domain and _PLAIN.fullmatch(local)
        return local if is_alike else person(subject)

    return contributors_text(tenant, local_name)


_PLAIN = re.compile(r"[A-Za-z0-9._+-]*[A-Za-z0-9_+]")


def marked_objects(findings: Iterable[Finding], marks: dict[str, str]) -> dict[tuple[str, str], str]:
    """Return the mark of the worst finding about each object, by its kind and name."""
    by_object: dict[tuple[str, str], str] = {}
    order = [*marks]
    for finding in sorted(findings, key=lambda each: order.index(severity_word(each)), reverse=True):
        by_object[finding.kind, finding.name] = marks[severity_word(finding)]
    return by_object
