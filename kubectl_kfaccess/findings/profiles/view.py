"""
Where the objects of a profile disagree: with each other, with the dashboard, or with how people log in.

Nothing is said to be missing unless the list that it would be in was read. What the profile controller makes
in the ordinary way is no finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, about, in_order
from kubectl_kfaccess.findings.profiles import owner_hand_over as sorts
from kubectl_kfaccess.findings.profiles.owner_hand_over import TYPES as TYPES
from kubectl_kfaccess.kubeflow.aggregation.roles import any_of_kubeflow
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING, OWNERS_POLICY
from kubectl_kfaccess.kubeflow.planes.mesh import Reach
from kubectl_kfaccess.kubeflow.tenants.contributors import kfam_name
from kubectl_kfaccess.kubeflow.tenants.profiles import (
    ACCOUNTS,
    Member,
    MemberKind,
    Profiles,
    Tenant,
    home_of_accounts,
    meant,
    short_role,
    shown,
)
from kubectl_kfaccess.kubeflow.tenants.user_spelling import Namesakes, misspelled
from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.subjects import ALL_SERVICE_ACCOUNTS, GROUP, SERVICE_ACCOUNT, USER, spelled

FEW = 3

_ALL_ACCOUNTS = Subject(GROUP, ALL_SERVICE_ACCOUNTS)
_BESIDE = (MemberKind.CONTRIBUTOR, MemberKind.GROUP, MemberKind.OTHER)


class Health:
    """What is worth mending about the profiles of a snapshot, one at a time."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._snapshot = profiles.snapshot
        owners = (one.owner for one in self._snapshot.profiles.values() if one.owner)
        self._owners = Namesakes(owner.name for owner in owners if owner.kind == USER)

    def findings(self, tenant: Tenant) -> tuple[Finding, ...]:
        """Return the findings about one profile, errors first."""
        if tenant.exists is not False:
            return in_order(self._all(tenant))
        message = f"there is no namespace `{tenant.name}`"
        missing = (_of_profile(tenant, sorts.NAMESPACE_MISSING, message),) if tenant.profile else ()
        # where nothing has been made yet there is nothing to disagree
        return in_order((*missing, *self._all(tenant))) if tenant.bindings else missing

    def _all(self, tenant: Tenant) -> Iterator[Finding]:
        yield from self._owner(tenant)
        for binding in tenant.bindings:
            yield from _annotations(binding)
            if binding.subjects and self._profiles.is_role_known(binding) is False:
                yield about(binding, sorts.ROLE_MISSING, f"{_role(binding)} does not exist")
        for member in tenant.members:
            if member.binding and member.role_exists is not False and member.kind is not MemberKind.PLATFORM:
                yield from self._of_member(tenant, member, member.binding)
        yield from self._policies(tenant)
        yield from self._names(tenant)
        yield from self._accounts(tenant)
        yield from self._dangling(tenant)
        yield from self._identities(tenant)

    def _owner(self, tenant: Tenant) -> Iterator[Finding]:
        owner = tenant.owner
        if owner is None:
            return
        if owner.kind == GROUP:
            message = f"the owner is `{spelled(owner)}`: its members have the profile with kubectl alone"
            yield _of_profile(tenant, sorts.GROUP_OWNER, message)
        said = tuple(self._said_otherwise(tenant, owner))
        if said:
            who = {"Profile": "the Profile", "Namespace": "the namespace"}.get(tenant.owner_from, "it")
            message = f"{who} says `{spelled(owner)}`, {', '.join(said)}{_keeping(tenant, owner)}"
            yield _of_profile(tenant, sorts.OWNER_DIFFERS, message)

    def _said_otherwise(self, tenant: Tenant, owner: Subject) -> Iterator[str]:
        """What names another owner, or none."""
        annotation = tenant.namespace.metadata.annotations.get("owner", "") if tenant.namespace else None
        if annotation is not None and annotation != owner.name and tenant.owner_from == "Profile":
            yield f"the namespace `{annotation}`" if annotation else "the namespace nobody"
        binding = next((one for one in tenant.bindings if one.name == OWNERS_BINDING), None)
        if binding is None:
            if not self._snapshot.gap("rolebindings", tenant.name):
                yield f"there is no RoleBinding `{OWNERS_BINDING}`"
        else:
            bound = [meant(one, tenant.name) for one in binding.subjects]
            if bound != [owner]:
                named = ", ".join(f"`{spelled(one)}`" for one in bound) or "nobody"
                yield f"RoleBinding `{OWNERS_BINDING}` binds {named}"
            annotated = shown(binding)
            if annotated and annotated.user != owner.name:
                yield f"RoleBinding `{OWNERS_BINDING}` is annotated with `{annotated.user}`"
        users = tenant.admits.get(OWNERS_POLICY, ())
        if users and owner.name not in users:
            yield f"AuthorizationPolicy `{OWNERS_POLICY}` lets `{users[0]}` in"

    def _of_member(self, tenant: Tenant, member: Member, binding: RoleBinding) -> Iterator[Finding]:
        if _is_of_elsewhere(tenant, member):
            yield about(binding, sorts.FOREIGN_ACCOUNT, f"{_who(member)} has {_role(binding)} here")
        elif member.kind in _BESIDE and member.subject.kind in (USER, GROUP):
            yield from self._of_role(member, binding)
        if member.subject.kind != USER or not member.short_role:
            return
        if not member.shown:
            message = f"{_who(member)} has {_role(binding)}, and the dashboard does not know"
            yield about(binding, sorts.CONTRIBUTOR_INVISIBLE, message)
        if not member.policy and self._profiles.reach(tenant, member) is Reach.NO:
            message = f"no AuthorizationPolicy lets {_who(member)} reach the workloads"
            yield about(binding, sorts.BINDING_WITHOUT_POLICY, message)

    def _of_role(self, member: Member, binding: RoleBinding) -> Iterator[Finding]:
        if not self._is_kubeflows(binding):
            message = f"{_who(member)} has {_role(binding)}, which is not one of Kubeflow's roles"
            yield about(binding, sorts.FOREIGN_ROLE, message)
        elif member.subject.kind == GROUP:
            message = f"{_who(member)} has {_role(binding)}: its members have it with kubectl alone"
            yield about(binding, sorts.GROUP_CONTRIBUTOR, message)

    def _is_kubeflows(self, binding: RoleBinding) -> bool:
        ref = binding.role_ref
        role = self._snapshot.role(ref, binding.namespace)
        labels = role.metadata.labels if role else {}
        is_part = ref.name.startswith("kubeflow-") or any_of_kubeflow(labels)
        return ref.kind == "ClusterRole" and is_part

    def _policies(self, tenant: Tenant) -> Iterator[Finding]:
        """Whom the policies let in, and no binding names."""
        if self._snapshot.gap("rolebindings", tenant.name):
            return
        known = {name for one in tenant.members if one.binding for name in (one.subject.name, one.user)}
        known |= {tenant.owner.name} if tenant.owner else set()
        for policy in tenant.policies:
            for user in tenant.admits.get(policy.name, ()):
                if user not in known and policy.name != OWNERS_POLICY:  # that one is compared with the owner
                    message = f"it lets `{user}` in, whom no RoleBinding of `{tenant.name}` names"
                    yield about(policy, sorts.POLICY_WITHOUT_BINDING, message)

    def _names(self, tenant: Tenant) -> Iterator[Finding]:
        """Names that are, or would be, taken for one another."""
        users = [one.subject.name for one in tenant.members if one.subject.kind == USER]
        people = Namesakes(users)
        for member in tenant.members:
            user, binding = member.subject.name, member.binding
            if member.kind is not MemberKind.CONTRIBUTOR or not binding:
                continue
            odd = misspelled(user, self._spellings(people, user))
            # where the annotation differs, an error says so already
            if odd and not (member.shown and member.shown.user != user):
                yield about(binding, sorts.OWNER_SPELLING, f"the contributor {odd}")
            alike = people.alike(user) | self._owners.alike(user)
            if alike and binding.name == kfam_name(USER, user, member.short_role):
                message = f"the dashboard would name the binding of {_few(alike)} like this one, of `{user}`"
                yield about(binding, sorts.NAME_COLLISION, message)
        if tenant.owner and tenant.owner.kind == USER:
            user = tenant.owner.name
            if odd := misspelled(user, self._spellings(people, user)):
                yield _of_profile(tenant, sorts.OWNER_SPELLING, f"the owner {odd}")

    def _spellings(self, people: Namesakes, user: str) -> Iterator[str]:
        yield from people.spellings(user)
        yield from self._owners.spellings(user)

    def _accounts(self, tenant: Tenant) -> Iterator[Finding]:
        """What the controller makes in every profile, and is not there."""
        gap, accounts = self._snapshot.gap, {one.name for one in tenant.accounts}
        were_read = self._snapshot.service_accounts and not gap("serviceaccounts", tenant.name)
        for account, role in ACCOUNTS.items():
            if were_read and account not in accounts:
                yield _of_profile(tenant, sorts.ACCOUNT_MISSING, f"there is no ServiceAccount `{account}`")
            bound = any(
                one.binding and one.binding.role_ref.name == role
                for one in tenant.members
                if one.subject == Subject(SERVICE_ACCOUNT, account, tenant.name)
            )
            if not bound and not gap("rolebindings", tenant.name):
                message = f"no RoleBinding gives `{account}` the ClusterRole `{role}`"
                yield _of_profile(tenant, sorts.ACCOUNT_MISSING, message)

    def _dangling(self, tenant: Tenant) -> Iterator[Finding]:
        """The accounts that have access and are not there; what the controller makes was told of before."""
        for member in tenant.members:
            account = member.subject
            is_made = account.namespace == tenant.name and account.name in ACCOUNTS
            if account.kind != SERVICE_ACCOUNT or is_made or member.kind is MemberKind.PLATFORM:
                continue
            if not self._profiles.is_account_missing(member.subject):
                continue
            if member.subject == tenant.owner:
                message = f"the owner is {_who(member)}, and there is no such account"
                yield _of_profile(tenant, sorts.DANGLING_ACCOUNT, message)
            elif member.binding and member.role_exists is not False:
                message = f"{_who(member)} has {_role(member.binding)}, and there is no such account"
                yield about(member.binding, sorts.DANGLING_ACCOUNT, message)

    def _identities(self, tenant: Tenant) -> Iterator[Finding]:
        """Which cloud identities people beside the owner may use."""
        if not tenant.identities:
            return
        able = {
            spelled(one.subject)
            for one in tenant.members
            if one.kind in _BESIDE and one.kubectl and one.binding and self._runs_code(one.binding)
        }
        for one in tenant.identities if able else ():
            message = f"{_few(able)} may run code as it, and so as `{one.identity}` ({one.provider})"
            yield Finding(sorts.CLOUD_IDENTITY, SERVICE_ACCOUNT, tenant.name, one.account, message)

    def _runs_code(self, binding: RoleBinding) -> bool:
        """Whether the role lets its subjects create pods, which run as whatever account they choose."""
        ref = binding.role_ref
        role = self._snapshot.role(ref, binding.namespace)
        if role is None:  # it was not read; what Kubeflow's own hold is known
            return short_role(ref) in ("edit", "admin")
        request = Request("create", resource="pods", namespace=binding.namespace)
        return any(rule_allows(rule, request) for rule in self._snapshot.rules_of(role))


def _annotations(binding: RoleBinding) -> Iterator[Finding]:
    """Where what the dashboard reads of a binding is not what it grants."""
    annotated = shown(binding)
    if annotated is None:
        return
    if len(binding.subjects) != 1:
        message = f"it is annotated for the dashboard, and has {len(binding.subjects) or 'no'} subjects"
        yield about(binding, sorts.BINDING_SUBJECT_COUNT, message)
        return
    subject = binding.subjects[0].name
    if annotated.user != subject and binding.name != OWNERS_BINDING:  # which is held against the Profile
        message = f"the dashboard offers the profile to `{annotated.user}`, the binding is for `{subject}`"
        yield about(binding, sorts.ANNOTATION_USER_DIFFERS, message)
    if annotated.role not in (short_role(binding.role_ref), binding.role_ref.name):
        message = f"it is annotated with the role `{annotated.role}`, and grants {_role(binding)}"
        yield about(binding, sorts.ANNOTATION_ROLE_DIFFERS, message)


def _keeping(tenant: Tenant, owner: Subject) -> str:
    """Who has the owner's access, though somebody else is the owner."""
    bound = (one.subject for one in tenant.members if one.kind is MemberKind.OWNER and one.kubectl)
    others = [spelled(one) for one in bound if one != owner]
    return f": {_few(others)} keeps the access" if others else ""


def _is_of_elsewhere(tenant: Tenant, member: Member) -> bool:
    """Whether it means service accounts of other namespaces, or of all."""
    if member.kind is MemberKind.OWNER:
        return False
    home = home_of_accounts(member.subject)
    return member.subject == _ALL_ACCOUNTS or bool(home and home != tenant.name)


def _who(member: Member) -> str:
    return f"`{spelled(member.subject)}`"


def _of_profile(tenant: Tenant, sort: FindingType, message: str) -> Finding:
    """A finding about the Profile; about its namespace where the Profile is not there."""
    return Finding(sort, "Profile" if tenant.profile else "Namespace", "", tenant.name, message)


def _role(binding: RoleBinding) -> str:
    return f"{binding.role_ref.kind} `{binding.role_ref.name}`"


def _few(names: Iterable[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - FEW + 1:,} more" if len(found) > FEW else ""
    return ", ".join(f"`{name}`" for name in (found[: FEW - 1] if more else found)) + more
