"""What a page shows, as facts: no module but those of text makes words of them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_kfaccess.commands.aggregation.answer import AggregationTrees
from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.commands.check.check import Check
from kubectl_kfaccess.commands.profiles.answer import Inventory
from kubectl_kfaccess.commands.report.origin import Origin
from kubectl_kfaccess.escalation.nodes import Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant
from kubectl_kfaccess.kubeflow.tenants.profiles import Member
from kubectl_kfaccess.kubeflow.tenants.references import Mention
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.notes import Note
from kubectl_kfaccess.rbac.model import Binding, ServiceAccount, Subject
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot

MOST_IN_FULL = 200
"""The largest number of profiles whose details stand in the page as HTML."""


class Holding(Struct, frozen=True):
    """
    What *subject* has in *profile* by *members*: the nearest relation, and the level of all their access.

    *crosses*: the subject is at home in another profile, or is everybody, and the owner has not shared this.
    """

    subject: Subject
    profile: str
    relation: Relation
    level: TenantLevel
    crosses: bool
    members: tuple[Member, ...]

    @property
    def word(self) -> str:
        """`owner`, or the level of access."""
        return Relation.OWNER.value if self.relation is Relation.OWNER else self.level.value


class IndirectWay(Struct, frozen=True):
    """
    How *starts* get *level* in *profile*, to which they have less access, by *steps*.

    The steps are those of the first of *starts*. *end* is who they act as then, with the *bindings* that give
    it the level. *is_proved*: no step depends on a condition.
    """

    starts: tuple[Subject, ...]
    profile: str
    level: TenantLevel
    steps: tuple[Step, ...]
    end: Node
    bindings: tuple[Binding, ...]
    is_proved: bool


class Person(Struct, frozen=True):
    """
    A user or a group: the profiles that they own, what they have where, and in every profile.

    *mentions* are the objects that name them, for the day on which they leave.
    """

    subject: Subject
    homes: tuple[str, ...]
    holdings: tuple[Holding, ...]
    everywhere: tuple[ClusterWideGrant, ...]
    mentions: tuple[Mention, ...]


class Account(Struct, frozen=True):
    """
    A service account of a profile, or bound in it: what it has where, and who can run code as it.

    *known* is None if the account was not read, or does not exist. *runners* are proved to.
    """

    subject: Subject
    known: ServiceAccount | None
    holdings: tuple[Holding, ...]
    runners: tuple[Subject, ...]
    identities: tuple[str, ...]


class Page(Struct, frozen=True):
    """
    All that the page shows.

    *chosen* are the profiles that it was asked about, () for all. *aggregation* and *check* are None if roles
    cannot be read. *ways* are those of people and accounts to more than they have, None if they
    were not followed one by one. *gaps* could not be read.
    """

    origin: Origin
    chosen: tuple[str, ...]
    snapshot: Snapshot
    inventory: Inventory
    aggregation: AggregationTrees | None
    check: Check | None
    audit: Audit
    findings: tuple[Finding, ...]
    holdings: tuple[Holding, ...]
    people: tuple[Person, ...]
    accounts: tuple[Account, ...]
    ways: tuple[IndirectWay, ...] | None
    bound: Mapping[str, int]
    gaps: tuple[Gap, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_in_full(self) -> bool:
        """Whether the details of profiles and people stand in the page as HTML."""
        return len(self.inventory.entries) <= MOST_IN_FULL
