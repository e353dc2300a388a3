"""Who can do something as others: by steps to an identity that is allowed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.escalation.closure import Escalation, Holder
from kubectl_kfaccess.escalation.nodes import Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import MASTERS, Principal, displayed
from kubectl_kfaccess.rbac.who_can import Listing
from kubectl_kfaccess.resolve.escalation import escalation_of
from kubectl_kfaccess.sources.source import Source


class IndirectItem(Struct, frozen=True):
    """
    *holder* can do what *question* asks by steps, the best way.

    There can be many, and few of them are drawn, so the steps are made when they are needed.
    """

    question: Question
    holder: Holder
    is_platform: bool
    escalation: Escalation

    @property
    def who(self) -> Principal:
        """The subject."""
        return self.holder.who

    @property
    def namespace(self) -> str:
        """Where the subject can do it; "" for the whole cluster."""
        return self.holder.namespace

    @property
    def is_proved(self) -> bool:
        """Whether no step depends on a condition that cannot be read."""
        return self.holder.is_proved

    @property
    def shape(self) -> tuple[str, ...]:
        """The ids of the steps, and whether they are proved: what ways have in common."""
        ids = (edge.step.id for _, edge in self.holder.path if edge.step)
        return (*ids, str(self.holder.is_proved))

    @property
    def target(self) -> Node:
        """Who or what the last step leads to."""
        return self.holder.path[-1][1].to

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps."""
        return self.escalation.steps(self.holder)


class IndirectItems(Struct, frozen=True):
    """
    All who can as others, in the order of questions, namespaces and subjects, and what hides some.

    *items* are None if they were not asked for.
    """

    items: tuple[IndirectItem, ...] | None = None
    gaps: tuple[Gap, ...] = ()


def indirect_items(
    source: Source,
    snapshot: Snapshot,
    listings: Sequence[Listing],
    platform: PlatformGrants,
    options: Options,
) -> IndirectItems:
    """
    Return who can by steps and not directly.

    *snapshot* must have the bindings of all namespaces. The kinds of subjects are those of *options*, and
    grants that releases ship are left out if they are.
    """
    escalation = escalation_of(source, snapshot)
    items = [
        item
        for listing in listings
        for item in _items(listing, escalation, platform, options.plane or Plane.KUBECTL)
    ]
    if options.kinds:
        items = [item for item in items if displayed(item.who).kind in options.kinds]
    if options.platform is False:
        items = [item for item in items if not item.is_platform]
    gaps = tuple(doubt for doubt in escalation.doubts if isinstance(doubt, Gap))
    return IndirectItems(tuple(items), gaps)


def _items(
    listing: Listing, escalation: Escalation, platform: PlatformGrants, plane: Plane
) -> Iterator[IndirectItem]:
    direct = {(item.who, item.namespace) for item in listing.items}
    everywhere = {item.who for item in listing.items if not item.namespace}
    question = listing.question
    shipped: dict[Principal, bool] = {}
    for holder in escalation.holders(question.request, question.namespaces, plane):
        who = holder.who
        if (who, holder.namespace) in direct or who in everywhere or who.name == MASTERS:
            continue
        if who not in shipped:
            shipped[who] = _is_shipped(who, escalation.facts.snapshot, platform)
        yield IndirectItem(question, holder, shipped[who], escalation)


def _is_shipped(who: Principal, snapshot: Snapshot, platform: PlatformGrants) -> bool:
    """Return whether releases ship every binding that names *who*."""
    places = snapshot.places.get(who, ())
    bindings = (binding for place in places for binding in snapshot.bound[place].get(who, ()))
    return all(platform.is_platform(who, binding) for binding in bindings)
