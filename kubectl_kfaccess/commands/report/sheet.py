"""
The sheet for recertification: a row for each subject, profile and role, for those who decide who keeps what.

ROW-ID is a hash of the cluster, the profile, the subject, the role and what gives it: other rows that come or
go do not change it, so the decisions of the last review can be looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from kubectl_kfaccess.commands.report.page import Holding, IndirectWay, Page
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant
from kubectl_kfaccess.kubeflow.tenants.profiles import Member
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.blocks import Column, Row, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, reference_text
from kubectl_kfaccess.output.step_text import binding_text
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.subjects import reference
from kubectl_kfaccess.terminal.safe_text import NOTHING, part, shown

HEADERS = (
    "ROW-ID", "CLUSTER", "PROFILE", "SUBJECT", "KIND", "RELATION", "ROLE", "HOW", "THROUGH", "DECISION",
    "REVIEWER", "DATE",
)  # fmt: skip
DIRECTLY, BY_STEPS, INDIRECT = "directly", "by steps", "indirect"
TO_FILL_IN = ("", "", "")
_DIGITS = 16
_THROUGH = HEADERS.index("THROUGH")


def sheet(page: Page) -> Table:
    """Return the sheet; its rows are made when a format asks for them."""
    return Table(tuple(map(Column, HEADERS)), lambda: (Section("", [*_rows(page)]),))


def _rows(page: Page) -> Iterator[Row]:
    lines = _Lines(page)
    for grant in page.inventory.cluster_wide or ():
        yield lines.everywhere(grant)
    for holding in page.holdings:
        yield from (lines.direct(holding, member) for member in holding.members)
    for way in page.audit.ways:
        if way.crosses:
            yield from (lines.crossing(way, subject) for subject in (*way.through, *_by_steps(way)))
    for inside in page.ways or ():
        yield from (lines.by_steps(inside, start) for start in inside.starts)


def _by_steps(way: Way) -> tuple[Subject, ...]:
    """Return the subjects of a way that needs steps; those of a direct one have rows of their own."""
    return way.subjects if way.reached else ()


class _Lines:
    """The rows about one cluster."""

    def __init__(self, page: Page) -> None:
        facts = page.origin.cluster
        self._id = facts.uid or facts.context
        self._name = shown(facts.context or facts.uid) if self._id else NOTHING

    def everywhere(self, grant: ClusterWideGrant) -> Row:
        """Return the row of somebody with rights in every profile."""
        through, role = binding_text(grant.binding), f"{grant.role.kind}/{part(grant.role.name)}"
        return self._row("", grant.subject, Relation.EVERYWHERE.value, role, DIRECTLY, through)

    def direct(self, holding: Holding, member: Member) -> Row:
        """Return the row of what somebody has by one binding, or by a policy of the mesh alone."""
        role = f"{part(member.role.kind)}/{part(member.role.name)}" if member.role else NOTHING
        policy = f"AuthorizationPolicy {part(holding.profile)}/{part(member.policy)}" if member.policy else ""
        through = binding_text(member.binding) if member.binding else policy or NOTHING
        return self._row(holding.profile, holding.subject, member.relation.value, role, DIRECTLY, through)

    def crossing(self, way: Way, subject: Subject) -> Row:
        """Return the row of somebody who gets into the profile of another tenant by steps."""
        end = ", ".join(map(binding_text, way.bindings)) or f"the ways of {reference_text(way.subject)}"
        roles = ", ".join(dict.fromkeys(map(_role, way.bindings))) or way.level.value
        proof = BY_STEPS if way.is_proved else f"{BY_STEPS}, if a condition holds"
        return self._row(way.into, subject, INDIRECT, roles, proof, end)

    def by_steps(self, way: IndirectWay, start: Subject) -> Row:
        """Return the row of what somebody reaches by steps."""
        proof = BY_STEPS if way.is_proved else f"{BY_STEPS}, if a condition holds"
        end = ", ".join(map(binding_text, way.bindings))
        roles = ", ".join(dict.fromkeys(_role(binding) for binding in way.bindings)) or way.level.value
        row = self._row(way.profile, start, INDIRECT, roles, proof, end)
        through = ", ".join(filter(None, (*(step.id for step in way.steps), end)))
        return (*row[:_THROUGH], through, *row[_THROUGH + 1 :])  # by other steps it is the same decision

    def _row(self, profile: str, subject: Subject, relation: str, role: str, how: str, through: str) -> Row:
        place = shown(profile) if profile else CLUSTER_WIDE
        text = "\0".join((self._id, profile, reference(subject), role, how.partition(",")[0], through))
        row_id = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        kind = shown(subject.kind)
        who = shown(reference(subject))
        return (row_id, self._name, place, who, kind, relation, role, how, through, *TO_FILL_IN)


def _role(binding: Binding) -> str:
    return f"{part(binding.role_ref.kind)}/{part(binding.role_ref.name)}"
