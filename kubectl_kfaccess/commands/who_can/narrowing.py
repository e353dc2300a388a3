"""The subjects that the flags of `who-can` choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, Principal
from kubectl_kfaccess.rbac.who_can import Item, Listing, merged, with_accounts, with_members
from kubectl_kfaccess.terminal.words import counted

Listings = tuple[Listing, ...]


def on_plane(listings: Listings, plane: Plane | None) -> tuple[Listings, tuple[str, ...]]:
    """Return the listings for *plane*, and a note on the groups that do not count there."""
    if plane is not Plane.KUBEFLOW:
        return listings, ()
    items = [item for listing in listings for item in (*listing.items, *listing.named)]
    groups = {item.who for item in items if item.who.kind == GROUP}
    kept = tuple(
        replace(
            listing,
            items=_without_groups(listing.items),
            named=_without_groups(listing.named),
            uncertain=_without_groups(listing.uncertain),
        )
        for listing in listings
    )
    verb = "is" if len(groups) == 1 else "are"
    note = f"{counted(len(groups), 'group')} {verb} left out: Kubeflow asks about the user's name alone"
    return kept, (note,) if groups else ()


def _without_groups(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(item for item in items if GROUP not in (item.who.kind, item.through and item.through.kind))


def narrowed(
    listings: Listings,
    snapshot: Snapshot,
    platform: PlatformGrants,
    options: Options,
    people: People | None = None,
) -> tuple[Listings, tuple[str, ...]]:
    """
    Return the listings with the subjects that the flags choose, and notes on those left out.

    The members of groups are listed if *people* knows them.
    """
    if options.includes_named:
        listings = _with_items(listings, lambda listing: merged(listing.items, listing.named))
    if options.expands_groups:
        listings = _with_items(listings, lambda listing: with_accounts(listing.items, snapshot))
    if people:
        listings = _with_items(listings, lambda listing: with_members(listing.items, people.members))
    if options.kinds:
        listings = _with_items(
            listings,
            lambda listing: tuple(item for item in listing.items if item.subject.kind in options.kinds),
        )
    group_notes = tuple(_unknown_group_notes(listings, people)) if people else ()
    if options.platform is not False:
        return listings, group_notes
    kept, notes = _without_platform(listings, platform)
    return kept, (*group_notes, *notes)


def _with_items(listings: Listings, items: Callable[[Listing], tuple[Item, ...]]) -> Listings:
    """Return each listing with the items that *items* makes of it."""
    return tuple(replace(listing, items=items(listing)) for listing in listings)


def _without_platform(listings: Listings, platform: PlatformGrants) -> tuple[Listings, tuple[str, ...]]:
    """
    Return the listings without the grants that releases ship, and a note on the subjects that had no other.

    A subject keeps its row for a grant that no release ships, even in `kube-system`.
    """
    kept = _with_items(listings, lambda listing: tuple(_without_shipped(listing.items, platform)))
    subjects = subjects_of(listings) - subjects_of(kept)
    verb = "is" if len(subjects) == 1 else "are"
    note = f"{len(subjects)} of the platform's own subjects {verb} left out (--no-platform)"
    return kept, (note,) if subjects else ()


def _without_shipped(items: Iterable[Item], platform: PlatformGrants) -> Iterator[Item]:
    """Yield each item that has grants besides those that releases ship, with these alone."""
    for item in items:
        # the accounts of a group that is expanded have the group's grants
        who = item.through or item.who
        grants = tuple(grant for grant in item.grants if not platform.is_platform(who, grant.binding))
        if grants:
            yield item if len(grants) == len(item.grants) else replace(item, grants=grants)


def _unknown_group_notes(listings: Listings, people: People) -> Iterator[str]:
    """Yield a note on the listed groups that *people* does not know, Kubernetes' own left out."""
    groups = sorted({who.name for who in subjects_of(listings) if who.kind == GROUP})
    unknown = [name for name in groups if name not in people.groups and not name.startswith("system:")]
    if unknown:
        few = ", ".join(f"`{name}`" for name in unknown[:MOST_GROUPS])
        more = f" and {len(unknown) - MOST_GROUPS} more" if len(unknown) > MOST_GROUPS else ""
        yield f"`{people.origin}` does not have {few}{more}: who is in there is not known"


MOST_GROUPS = 5


def subjects_of(listings: Iterable[Listing]) -> set[Principal]:
    """Return the subjects of all items."""
    return {item.who for listing in listings for item in listing.items}
