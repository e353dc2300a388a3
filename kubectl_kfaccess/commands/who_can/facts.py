"""What both tables of `who-can` say of a row: its relation, its note, and whether to look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.kubeflow.planes.counting import Counts, ResourceVerb, grant_counts
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.shipped_bindings import shipped_bindings
from kubectl_kfaccess.output.blocks import MARK_LOOK
from kubectl_kfaccess.output.counts_text import difference_text
from kubectl_kfaccess.output.rbac_terms import is_assumed
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.subjects import GROUP, USER, displayed, home_of_accounts
from kubectl_kfaccess.rbac.who_can import Item
from kubectl_kfaccess.terminal.safe_text import UNKNOWN, listed
from kubectl_kfaccess.verify.hidden_roles import row_key

VERIFIED = {True: "yes", False: "no", None: UNKNOWN}
KUBECTL_ONLY = "kubectl only, not Kubeflow's pages"
ASSUMED = "Kubernetes default, not in your files"
UNSHIPPED = "no release ships this binding"
ON_NO_PAGE = "not on the dashboard"


class Judged(NamedTuple):
    """A grant to a subject: what they are by it, what to look at, and whether a release ships it."""

    grant: Grant
    relation: Relation
    is_platform: bool
    is_unshipped: bool
    mark: str


class Facts:
    """Facts about the rows of an answer; *marks_services*: notes say for which services a grant counts."""

    def __init__(self, value: WhoCan, *, marks_services: bool) -> None:
        self._value = value
        self._relations = value.relations
        self._marks_services = marks_services
        self._services = installed_services(value.snapshot)
        self._platform = value.relations.platform
        self._shipped_names = frozenset(binding.name for binding in shipped_bindings())
        self._service_notes: dict[tuple[int, bool, bool, bool], tuple[str, ...]] = {}

    def is_platform(self, item: Item, grant: Grant) -> bool:
        """Whether a release ships the grant; accounts of a group that is expanded have the group's grants."""
        # fast path: most bindings have another name, which no release has in any namespace
        if grant.binding.name not in self._shipped_names:
            return False
        return self._platform.is_platform(item.through or item.who, grant.binding)

    def judged(self, item: Item, grant: Grant) -> Judged:
        """Return the facts about one grant."""
        who = item.through or item.who
        # An account of a group is what it is itself; a person is there as a member of the group
        is_person = displayed(item.who).kind == USER
        relation = self._relations.relation(displayed(who if is_person else item.who), grant.binding)
        is_platform = self.is_platform(item, grant)
        is_unshipped = not is_platform and self._platform.is_unshipped(who, grant.binding)
        is_group_everywhere = relation is Relation.EVERYWHERE and item.who.kind == GROUP
        is_marked = is_unshipped or (
            not is_platform and (relation is Relation.FOREIGN or is_group_everywhere)
        )
        return Judged(grant, relation, is_platform, is_unshipped, MARK_LOOK if is_marked else "")

    def notes(self, item: Item, judged: Judged) -> Iterator[str]:
        """Yield what else there is to know about a grant."""
        if judged.relation is Relation.FOREIGN and (home := home_of_accounts(item.subject)):
            yield f"from {listed(home, '; ')}"
        if judged.is_unshipped:
            yield UNSHIPPED
        if item.through:
            yield f"through group {listed(item.through.name, '; ')}"
        if item.names_only:
            yield f"only {', '.join(listed(name, ', ', '; ') for name in item.names or ())}"
        if self._marks_services:
            yield from self._notes_on_services(item, judged.grant)
        is_guest = judged.relation is Relation.OTHER and item.subject.kind == USER
        if is_guest and self._relations.owner(item.namespace):
            yield ON_NO_PAGE

    def _notes_on_services(self, item: Item, grant: Grant) -> tuple[str, ...]:
        """Return the note on services, which is the same for grants that are alike."""
        has_names, is_inside = bool(grant.rule.resource_names), bool(grant.binding.namespace)
        key = (id(item.question), grant.who.kind == GROUP, has_names, is_inside)
        if key not in self._service_notes:
            self._service_notes[key] = tuple(_service_notes(self.counts(item, grant)))
        return self._service_notes[key]

    def is_assumed(self, grant: Grant) -> bool:
        """Whether the grant is a default of Kubernetes that the files do not have."""
        return is_assumed(grant, self._value.snapshot)

    def counts(self, item: Item, grant: Grant) -> Counts:
        """Return for which of the services that ask the item's question *grant* counts."""
        request = item.question.request
        return grant_counts(
            grant, ResourceVerb(request.group, request.combined_resource, request.verb), self._services
        )

    def is_verified(self, item: Item) -> bool | None:
        """Return what the server says of the item; None if it was not asked or gave no answer."""
        return (self._value.verified or {}).get(row_key(item))

    def verified_text(self, item: Item) -> str:
        """Return the same for a cell, which is empty if the server was not asked."""
        return "" if self._value.verified is None else VERIFIED[self.is_verified(item)]


def _service_notes(counts: Counts) -> Iterator[str]:
    """Yield a note if some of the services that ask do not let the grant count, or none of them does."""
    if counts and not any(counts.values()):
        yield KUBECTL_ONLY
    elif difference := difference_text(counts):
        yield difference


def first_of_each_binding(grants: tuple[Grant, ...]) -> Iterable[Grant]:
    """Return the first grant of each binding, sorted by binding."""
    if len(grants) == 1:
        return grants
    first = {(grant.binding.key, grant.binding.kind): grant for grant in reversed(grants)}
    return (first[key] for key in sorted(first))


def first_relation(relations: Iterable[Relation]) -> Relation:
    """Return the first of *relations* in the order in which they are defined; `other` without any."""
    return min(relations, key=_ORDER.index, default=Relation.OTHER)


_ORDER = tuple(Relation)
