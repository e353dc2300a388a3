"""Who can do something as others: by steps to an identity that is allowed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.escalation.closure import Escalation, Holder
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
    """*who* can do what *question* asks in *namespace* ("": the whole cluster) by *steps*, the best way."""

    question: Question
    who: Principal
    namespace: str
    steps: tuple[Step, ...]
    is_proved: bool
    is_platform: bool

    @property
    def shape(self) -> tuple[str, ...]:
        """The ids of the steps, and whether they are proved: what ways have in common."""
        return (*(step.id for step in self.steps), str(self.is_proved))


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
    for holder in escalation.holders(question.request, question.namespaces, plane):
        is_direct = (holder.who, holder.namespace) in direct or holder.who in everywhere
        if not is_direct and holder.who.name != MASTERS:
            yield _item(question, holder, escalation, platform)


def _item(
    question: Question, holder: Holder, escalation: Escalation, platform: PlatformGrants
) -> IndirectItem:
    steps = escalation.steps(holder)
    grants = [grant for step in steps[:1] for grant in step.grants]
    is_platform = bool(grants) and all(platform.is_platform(grant.who, grant.binding) for grant in grants)
    return IndirectItem(question, holder.who, holder.namespace, steps, holder.is_proved, is_platform)
