"""The people and service accounts of a page: what each has where, and who can act as an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.report.page import Account, Holding, Person
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.profiles import Tenant
from kubectl_kfaccess.kubeflow.tenants.references import Mention, mentions
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, principal

_PEOPLE = (USER, GROUP)


class Objects(Struct, frozen=True):
    """
    Where the objects that name people are looked up: in *chosen* profiles, () for all.

    Unless *in_full*, they are not looked for.
    """

    snapshot: Snapshot
    chosen: tuple[str, ...]
    in_full: bool

    def naming(self, subject: Subject, holdings: Iterable[Holding]) -> tuple[Mention, ...]:
        """Return the objects that name *subject*: cluster-wide, and where they hold something."""
        if not self.in_full:
            return ()
        places = dict.fromkeys(holding.profile for holding in holdings)
        named = mentions(self.snapshot, identified(subject), places)
        return tuple(mention for mention in named if self._is_shown(mention.target.key))

    def _is_shown(self, key: tuple[str, str]) -> bool:
        """Whether an object is in one of the chosen profiles, is one of them, or is of no profile."""
        namespace, name = key
        is_of_other = ("", name) in self.snapshot.profiles and name not in self.chosen
        return not self.chosen or namespace in self.chosen or (not namespace and not is_of_other)


def people_of(
    holdings: Iterable[Holding],
    everywhere: Iterable[ClusterWideGrant],
    reaching: Iterable[Subject],
    objects: Objects,
) -> tuple[Person, ...]:
    """Return the users and groups that hold something somewhere, and those of them who are *reaching* in."""
    by_subject = _by_subject(holding for holding in holdings if holding.subject.kind in _PEOPLE)
    grants: dict[Subject, list[ClusterWideGrant]] = {}
    for grant in everywhere:
        grants.setdefault(grant.subject, []).append(grant)
    homes = Tenants(objects.snapshot)
    others = {subject for subject in reaching if subject.kind in _PEOPLE}
    return tuple(
        _person(subject, by_subject.get(subject, []), grants.get(subject, []), homes, objects)
        for subject in sorted({*by_subject, *grants, *others}, key=_order)
    )


def _person(
    subject: Subject,
    holdings: list[Holding],
    everywhere: list[ClusterWideGrant],
    homes: Tenants,
    objects: Objects,
) -> Person:
    who = principal(subject, "")
    own = tuple(sorted(homes.homes(who))) if who else ()
    return Person(subject, own, tuple(holdings), tuple(everywhere), objects.naming(subject, holdings))


def accounts_of(
    tenants: Iterable[Tenant], holdings: Iterable[Holding], ways_to: Mapping[Subject, Sequence[Subject]]
) -> tuple[Account, ...]:
    """
    Return the service accounts of *tenants*, and those that are bound there.

    *ways_to* are, for each account, who can certainly run code as it.
    """
    by_name = {tenant.name: tenant for tenant in tenants}
    own = (
        Subject(SERVICE_ACCOUNT, account.name, tenant.name)
        for tenant in by_name.values()
        for account in tenant.accounts
    )
    held = _by_subject(holding for holding in holdings if holding.subject.kind == SERVICE_ACCOUNT)
    return tuple(
        _account(
            subject, by_name.get(subject.namespace or ""), held.get(subject, []), ways_to.get(subject, ())
        )
        for subject in sorted({*own, *held}, key=_order)
    )


def _account(
    subject: Subject, tenant: Tenant | None, holdings: list[Holding], runners: Sequence[Subject]
) -> Account:
    known = next((each for each in tenant.accounts if each.name == subject.name), None) if tenant else None
    identities = tenant.identities_of(subject) if tenant else ()
    return Account(subject, known, tuple(holdings), tuple(dict.fromkeys(runners)), identities)


def _by_subject(holdings: Iterable[Holding]) -> dict[Subject, list[Holding]]:
    by_subject: dict[Subject, list[Holding]] = {}
    for holding in holdings:
        by_subject.setdefault(holding.subject, []).append(holding)
    return by_subject


def _order(subject: Subject) -> tuple[str, str, str, str]:
    kind = {USER: "0", GROUP: "1"}.get(subject.kind, "2")
    return kind, subject.namespace or "", subject.name.casefold(), subject.name


def places_of(holdings: Iterable[Holding], tenants: Iterable[Tenant]) -> dict[Subject, list[str]]:
    """Return where each subject has access: those of *holdings*, and the accounts of *tenants* at home."""
    places: dict[Subject, list[str]] = {}
    for holding in holdings:
        if holding.subject.kind in (*_PEOPLE, SERVICE_ACCOUNT):
            places.setdefault(holding.subject, []).append(holding.profile)
    for tenant in tenants:
        for account in tenant.accounts:
            own = places.setdefault(Subject(SERVICE_ACCOUNT, account.name, tenant.name), [])
            own += [tenant.name] if tenant.name not in own else []
    return places


def runners_by_account(ways: Mapping[Subject, Iterable[Subject]]) -> dict[Subject, list[Subject]]:
    """Return for each account who can act as it, from the accounts that each subject can act as."""
    runners: dict[Subject, list[Subject]] = {}
    for start, accounts in ways.items():
        for account in accounts:
            if account != start:
                runners.setdefault(account, []).append(start)
    return runners
