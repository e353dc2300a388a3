"""The part of each user, group and service account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.report.anchors import subject_anchor
from kubectl_kfaccess.commands.report.commands_text import ask_about, delete, edit_named
from kubectl_kfaccess.commands.report.crossing_text import CrossingTexts
from kubectl_kfaccess.commands.report.page import Account, Holding, Page, Person
from kubectl_kfaccess.commands.report.parts import Parts, cell
from kubectl_kfaccess.commands.report.views import AccountPart, Cell, PersonPart, Table
from kubectl_kfaccess.commands.report.way_text import WayTexts
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant
from kubectl_kfaccess.kubeflow.tenants.references import Mention
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.step_text import binding_text
from kubectl_kfaccess.rbac.subjects import GROUP
from kubectl_kfaccess.terminal.safe_text import NOTHING, part, shown
from kubectl_kfaccess.terminal.words import counted

HEADERS = ("Where", "As", "Level", "Role", "Binding")
EVERYWHERE = "every profile"


class PersonTexts:
    """The parts of the people and accounts of a page."""

    def __init__(self, page: Page, parts: Parts, crossings: CrossingTexts, ways: WayTexts) -> None:
        self._page, self._parts, self._crossings, self._ways = page, parts, crossings, ways

    def person(self, person: Person) -> PersonPart:
        """Return the part of a user or group."""
        rows = (*self._grants(person.everywhere), *self._rows(person.holdings))
        return PersonPart(
            anchor=subject_anchor(person.subject),
            name=reference_text(person.subject),
            headline=self._headline(person),
            places=Table(HEADERS, tuple(rows)),
            crossing=self._crossings.of(person.subject),
            ways=self._ways.of(person.subject),
            delete=tuple(_deletions(person.mentions)),
            edit=tuple(_edits(person.mentions)),
            notes=tuple(_notes(person.mentions)),
            command=ask_about("access", person.subject, "--indirect"),
        )

    def account(self, account: Account) -> AccountPart:
        """Return the part of a service account."""
        name = reference_text(account.subject)
        return AccountPart(
            anchor=subject_anchor(account.subject),
            name=name,
            headline=_account_headline(account),
            places=Table(HEADERS, tuple(self._rows(account.holdings))),
            identities=tuple(map(shown, account.identities)),
            runners=tuple(map(self._parts.subject, account.runners)),
            crossing=self._crossings.of(account.subject),
            ways=self._ways.of(account.subject),
            command=ask_about("access", account.subject, "--indirect"),
        )

    def _headline(self, person: Person) -> str:
        homes = [shown(home) for home in person.homes if not self._page.chosen or home in self._page.chosen]
        owns = f"owns {few_in_sentence(homes)}" if homes else ""
        others = [each for each in person.holdings if each.relation is not Relation.OWNER]
        has = f"has access to {few_in_sentence(shown(each.profile) for each in others)}" if others else ""
        roles = (part(grant.role.name) for grant in person.everywhere)
        everywhere = f"has {few_in_sentence(roles)} everywhere" if person.everywhere else ""
        text = "; ".join(filter(None, (owns, has, everywhere))) or "has nothing themselves"
        return f"group: {text}" if person.subject.kind == GROUP else text

    def _grants(self, grants: Iterable[ClusterWideGrant]) -> Iterator[tuple[Cell, ...]]:
        for grant in grants:
            role = cell(self._parts.role(grant.role))
            by = Cell(binding_text(grant.binding))
            yield (Cell(EVERYWHERE), Cell(Relation.EVERYWHERE.value), Cell(NOTHING), role, by)

    def _rows(self, holdings: Iterable[Holding]) -> Iterator[tuple[Cell, ...]]:
        """Yield a row for each binding."""
        for holding in holdings:
            profile = cell(self._parts.profile(holding.profile))
            for member in holding.members:
                role = cell(self._parts.role(member.role)) if member.role else Cell(NOTHING)
                policy = f"AuthorizationPolicy {part(holding.profile)}/{part(member.policy)}"
                by = binding_text(member.binding) if member.binding else policy if member.policy else NOTHING
                level = Cell(holding.word, "crosses" if holding.crosses else "")
                yield (profile, Cell(member.relation.value), level, role, Cell(by))


def _account_headline(account: Account) -> str:
    missing = "" if account.known else "was not read, or does not exist"
    count = counted(len(account.runners), "subject")
    runs = f"{count} can run code as it" if account.runners else ""
    clouds = (
        f"is {few_in_sentence(map(shown, account.identities))} in the cloud" if account.identities else ""
    )
    places = [each.profile for each in account.holdings if each.profile != account.subject.namespace]
    foreign = f"has access to {few_in_sentence(map(shown, places))}" if places else ""
    return "; ".join(filter(None, (foreign, runs, clouds, missing))) or "nobody is known to run code as it"


def _is_own(mention: Mention) -> bool:
    return not mention.other and not mention.through


def _deletions(mentions: Iterable[Mention]) -> Iterator[str]:
    """Yield the commands that delete what names the subject alone, and nobody makes again."""
    for mention in mentions:
        if _is_own(mention) and mention.alone and not mention.controlled:
            yield from filter(None, (delete(mention.target),))


def _edits(mentions: Iterable[Mention]) -> Iterator[str]:
    """Yield the commands that open what names others as well."""
    for mention in mentions:
        if _is_own(mention) and not mention.alone and not mention.controlled:
            yield from filter(None, (edit_named(mention.target.kind, *mention.target.key),))


def _notes(mentions: Iterable[Mention]) -> Iterator[str]:
    for mention in mentions:
        target = mention.target
        name = "/".join(part(text) for text in target.key if text)
        if mention.other:
            yield f"{target.kind} {name} names {mention.other}: somebody else"
        elif target.kind == "Profile":
            yield f"they own profile {name}: give it to somebody else, or all that is in it goes with it"
        elif mention.controlled:
            yield f"{target.kind} {name} goes with the profile"
