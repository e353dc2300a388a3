"""Notes on what the rows of `who-can` do not show: named objects, uncertain rules, missing roles, readers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.rbac.content_readers import REVEALING, ContentReader, content_readers
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.subjects import GROUP, displayed
from kubectl_kfaccess.rbac.who_can import Listing
from kubectl_kfaccess.terminal.words import counted

UNCERTAIN = "hand-written rules in an aggregation cycle, which the controller keeps or drops by chance"
USER_ALONE = StandingNote(
    "Kubeflow asks about these resources with the user's name alone: grants to groups do not count"
)


class Unlisted(Struct, frozen=True):
    """
    What the rows do not show.

    *named* is the number of subjects who can for objects of certain names alone and are not listed.
    *dangling* are the bindings whose role does not exist, *readers* those who see the contents of secrets by
    another verb than get. *notes* say the same.
    """

    named: int
    dangling: tuple[Binding, ...]
    readers: tuple[ContentReader, ...]
    notes: tuple[str, ...]


class RowNotes:
    """Notes on what the rows do not show: named objects, uncertain rules, missing roles, other verbs."""

    def __init__(self, evaluator: Evaluator, listings: tuple[Listing, ...], options: Options) -> None:
        self._evaluator = evaluator
        self._listings = listings
        self._options = options

    @cached_property
    def named(self) -> int:
        """The number of subjects who can for objects of certain names alone, unless they are listed."""
        if self._options.includes_named:
            return 0
        kinds = self._options.kinds
        named = {item.who for listing in self._listings for item in listing.named}
        return sum(1 for who in named if not kinds or displayed(who).kind in kinds)

    @cached_property
    def dangling(self) -> tuple[Binding, ...]:
        """The bindings that count for the questions, and whose role does not exist."""
        scopes = dict.fromkeys(listing.question.namespaces for listing in self._listings)
        bindings = (binding for scope in scopes for binding in self._evaluator.dangling(scope))
        return tuple({(binding.kind, binding.key): binding for binding in bindings}.values())

    def unlisted(self, platform: PlatformGrants) -> Unlisted:
        """Return what the rows do not show; nobody is among the readers by *platform* grants alone."""
        readers = self._readers(platform)
        notes = (*self._named_notes(), *_dangling_notes(self.dangling), *reader_notes(readers))
        return Unlisted(self.named, self.dangling, readers, notes)

    def _readers(self, platform: PlatformGrants) -> tuple[ContentReader, ...]:
        """Return who else sees the contents of secrets, without the grants that releases ship."""
        if self._options.plane or self._options.output.format in _BRIEF:
            return ()
        of_secrets = [listing for listing in self._listings if _is_of_secrets(listing.question)]
        others = set(REVEALING) & set(self._options.verbs)
        return tuple(
            reader
            for listing in of_secrets
            for reader in content_readers(self._evaluator, listing)
            if not others & set(reader.verbs)
            and any(not platform.is_platform(reader.who, grant.binding) for grant in reader.grants)
        )

    def _named_notes(self) -> Iterator[str]:
        if self.named:
            yield f"{counted(self.named, 'subject')} can get named objects only: --include-named"

    def others(self, shown: tuple[Listing, ...]) -> Iterator[Note]:
        """Yield the other notes; *shown* are the listings that the flags leave."""
        for listing in self._listings:
            if listing.uncertain:
                yield f"not known for {counted(len(listing.uncertain), 'subject')}: {UNCERTAIN}"
        if not self._options.plane and any(map(_grants_virtual_to_groups, shown)):
            yield USER_ALONE


_BRIEF = ("name", "csv", "jsonl")
"""Formats of rows alone, for which other verbs are not looked up: that takes as long as the question."""


def _is_of_secrets(question: Question) -> bool:
    return (question.request.group, question.request.resource) == ("", "secrets")


def reader_notes(readers: tuple[ContentReader, ...]) -> Iterator[str]:
    """Yield a note on those who see the contents of secrets by another verb than get."""
    if readers:
        verbs = [verb for verb in REVEALING if any(verb in reader.verbs for reader in readers)]
        count = len({reader.who for reader in readers})
        also = f"who-can {','.join(verbs)} secrets"
        yield f"{count} more can read their contents by {' or '.join(verbs)}: {also}"


def _grants_virtual_to_groups(listing: Listing) -> bool:
    is_virtual = bool(listing.question.type and listing.question.type.virtual)
    return is_virtual and any(grant.who.kind == GROUP for item in listing.items for grant in item.grants)


def _dangling_notes(bindings: tuple[Binding, ...]) -> Iterator[str]:
    """Yield a note on each missing role that a binding refers to."""
    places_by_role: dict[tuple[str, str, str], list[str]] = {}
    for binding in bindings:
        ref = binding.role_ref
        where = binding.namespace if ref.kind == "Role" else ""
        place = f"{binding.kind} `{'/'.join(part for part in binding.key if part)}`"
        places_by_role.setdefault((ref.kind, where, ref.name), []).append(place)
    for (kind, where, name), places in sorted(places_by_role.items()):
        role = f"{kind} `{where}/{name}`" if where else f"{kind} `{name}`"
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"{role} does not exist: {places[0]}{more} grants nothing until somebody creates it"
