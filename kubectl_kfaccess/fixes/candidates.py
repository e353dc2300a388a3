"""
What to apply so that a "no" becomes a "yes": candidates, with all that each of them changes for anybody.

Nothing that is there is edited but a name that is spelled otherwise: aggregated roles are overwritten by
their controller, and a binding's roleRef cannot be changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.fixes.actions import (
    Action,
    AddContributor,
    AggregateRole,
    BindRole,
    FixNote,
    MeshRefuses,
    alphabetical,
)
from kubectl_kfaccess.fixes.apply_permissions import Need, needs, verdicts
from kubectl_kfaccess.fixes.respelling import respellings
from kubectl_kfaccess.kubeflow.catalogue.service_calls import is_asked_about
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.comparison import refuses
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES, contributor
from kubectl_kfaccess.kubeflow.tenants.platform import controllers_roles
from kubectl_kfaccess.rbac.changes import Change, Effects, concerned, roles_losing_rules
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.labels import well_formed
from kubectl_kfaccess.rbac.manifests import Manifest, rbac_manifest, subject_manifest
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    AnyRole,
    Binding,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.overlay import overlay
from kubectl_kfaccess.rbac.permissions import Universe
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Identity, principal

MOST = 6
_MOST_EXISTING = 3
_LAST_RESORT = "cluster-admin"
_BUILT_IN = ("view", "edit", "admin", _LAST_RESORT)
_UNNAMED_VERBS = ("create", "list", "watch", "deletecollection")


class Fix(Struct, frozen=True):
    """
    Manifests to apply, in their order, and all that they change for anybody.

    *further* counts the permissions handed out beyond the one that was asked for, *namespaces* those in
    which anything changes (0: nothing but cluster-wide). It *ships* when the role granted is already there.
    *loses* is the spelling whose access a correction takes away, *finding* the id that `profiles` has for it.
    *notes* are what else is to be known.
    """

    action: Action
    objects: tuple[Manifest, ...]
    changes: tuple[Change, ...]
    further: int
    namespaces: int
    ships: bool
    needs: tuple[Need, ...]
    notes: tuple[FixNote, ...] = ()
    loses: Subject | None = None
    finding: str = ""


def fixes(
    evaluator: Evaluator, who: Who, via: Via, request: Request, universe: Universe, *, proven: bool = False
) -> tuple[Fix, ...]:
    """
    Return the fixes after which *who* is allowed *request*, the one that hands out least first.

    What is granted already, to another spelling of the name, is corrected before anything is handed out;
    *proven* is whether somebody has logged in under just that name.
    """
    identity = who.seen(via)
    unwritable = not _is_writable(who.subject) or not _is_possible(request)
    if unwritable or not who.counts(via) or _is_allowed(evaluator, identity, request):
        return ()
    case = _Case(evaluator.snapshot, who.subject, identity, request, universe, proven=proven)
    found = tuple(sorted(case.fixes(), key=_rank)[:MOST])
    on_pages = via is Via.KUBEFLOW or is_asked_about(request.group, request.combined_resource)
    return _with_mesh(found, case, who) if on_pages and who.subject.kind == USER else found


def may_apply(fix: Fix, evaluator: Evaluator, caller: Who) -> Verdict:
    """Return whether *caller* is allowed, by RBAC, to apply everything that the fix consists of."""
    identity = caller.seen(Via.KUBECTL)
    return worst(verdict for need in fix.needs for verdict in verdicts(need, evaluator, identity))


def _is_allowed(evaluator: Evaluator, identity: Identity, request: Request) -> bool:
    return evaluator.decide(identity, request).verdict is Verdict.ALLOWED


def _rank(fix: Fix) -> tuple[bool, int, bool, int, tuple[int, tuple[str, ...]]]:
    return fix.loses is None, fix.further, not fix.ships, len(fix.objects), alphabetical(fix.action)


def _with_mesh(found: tuple[Fix, ...], case: _Case, who: Who) -> tuple[Fix, ...]:
    """Return the fixes; with a note where the mesh goes on to refuse what RBAC then allows."""
    if not refuses(case.snapshot, who, case.namespace):
        return found
    note = MeshRefuses(who.user, case.namespace)
    return tuple(
        replace(fix, notes=(*fix.notes, note))
        if refuses(overlay(case.snapshot, fix.objects).snapshot, who, case.namespace)
        else fix
        for fix in found
    )


class _Case:
    """One "no", and what could be done about it."""

    def __init__(
        self,
        snapshot: Snapshot,
        subject: Subject,
        identity: Identity,
        request: Request,
        universe: Universe,
        *,
        proven: bool,
    ) -> None:
        self.snapshot = snapshot
        self.proven = proven
        self.subject = subject
        self.identity = identity
        self.request = request
        self.namespace = request.namespace if request.path is None else ""
        self.effects = Effects(snapshot, universe.including(request))

    def fixes(self) -> Iterator[Fix]:
        """Yield every fix that helps and costs nobody else anything."""
        yield from self._respelled()
        shared = tuple(self._contributor())
        yield from shared
        yield from self._existing(without=tuple(ROLES.values()) if shared else ())
        if self.request.verb and (self.request.resource or self.request.path):
            yield from self._new()
            yield from self._aggregated()

    def _respelled(self) -> Iterator[Fix]:
        """Yield the fixes that correct the name where another spelling has what is asked for."""
        if self.subject.kind != USER:
            return
        for one in respellings(self.snapshot, self.subject.name, self.namespace, proven=self.proven):
            for fix in self._fix(one.action, one.objects, ships=True, there=True):
                loses = Subject(USER, one.written)
                yield replace(fix, notes=one.notes, loses=loses, finding=one.finding)

    def _contributor(self) -> Iterator[Fix]:
        """Yield the fix that the dashboard would make of it, with the least of its roles."""
        user, namespace = self.subject.name, self.namespace
        if self.subject.kind != USER or namespace not in profile_namespaces(self.snapshot):
            return
        for role, cluster_role in ROLES.items():
            found = self.snapshot.cluster_roles.get(("", cluster_role))
            if found and self._is_enough(found):
                action = AddContributor(user, namespace, role)
                objects = _as_kfam_would(contributor(user, role, namespace, self.snapshot), self.snapshot)
                yield from self._fix(action, objects, ships=True)
                return

    def _existing(self, without: Collection[str]) -> Iterator[Fix]:
        """Yield the bindings to roles that are there, those few that hand out least."""
        roles = [role for role in self._roles if self._may_be_bound(role, without)]
        theirs = controllers_roles(self.snapshot)
        lesser = [one for one in roles if one.name != _LAST_RESORT and one.name not in theirs]
        roles = lesser if lesser or without else roles
        who = principal(self.subject, self.namespace)

        def further(role: AnyRole) -> tuple[int, str, str]:
            ref = RoleRef(role.kind, role.name)
            return self.effects.granted(who, ref, self.namespace) if who else 0, role.kind, role.name

        for role in sorted(roles, key=further)[:_MOST_EXISTING]:
            action = BindRole(self.subject, role.kind, role.name, self.namespace)
            yield from self._fix(action, (self._binding(role.kind, role.name),), ships=True)

    def _new(self) -> Iterator[Fix]:
        """Yield a role of one rule, with its binding."""
        kind = Role.kind if self.namespace else ClusterRole.kind
        name = _free(self._permission, self._names_of_roles(kind))
        role = rbac_manifest(kind, name, self.namespace, rules=[self._rule])
        action = BindRole(self.subject, kind, name, self.namespace, new=True)
        yield from self._fix(action, (role, self._binding(kind, name)), ships=False)

    def _aggregated(self) -> Iterator[Fix]:
        """Yield a new ClusterRole for each aggregated one that the subject is bound to."""
        for bound in sorted(self._bound_to):
            labels = _selected_labels(self.snapshot, bound)
            if labels:
                name = _free(f"{bound} {self._permission}", self._names_of_roles(ClusterRole.kind))
                role = rbac_manifest(ClusterRole.kind, name, "", rules=[self._rule], labels=labels)
                yield from self._fix(AggregateRole(name, bound), (role,), ships=False)

    def _fix(
        self, action: Action, objects: tuple[Manifest, ...], *, ships: bool, there: bool = False
    ) -> Iterator[Fix]:
        """Yield the fix if it helps, and overwrites nothing; *there*: the objects are, and are changed."""
        before, after = self.snapshot, overlay(self.snapshot, objects).snapshot
        helps = bool(objects) and self.effects.allows(after, self.identity, self.request)
        if not helps or roles_losing_rules(before, after):
            return
        changes = self.effects.changes(after, concerned(before, after))
        yield Fix(
            action,
            objects,
            changes,
            further=sum(len(change.gained) for change in changes) - 1,
            namespaces=len({change.namespace for change in changes if change.gained} - {""}),
            ships=ships,
            needs=tuple(need for one in objects for need in needs(one, after, there=there)),
        )

    def _is_enough(self, role: AnyRole) -> bool:
        return any(rule_allows(rule, self.request) for rule in self.snapshot.rules_of(role))

    def _may_be_bound(self, role: AnyRole, without: Collection[str]) -> bool:
        if role.name.startswith("system:") or role.name in without or not _is_path_segment(role.name):
            return False
        assumed = self.snapshot.is_assumed(role) and role.name not in _BUILT_IN
        return not assumed and self._is_enough(role)

    @property
    def _roles(self) -> Iterator[AnyRole]:
        yield from self.snapshot.cluster_roles.values()
        if self.namespace:
            yield from (role for role in self.snapshot.roles.values() if role.namespace == self.namespace)

    @property
    def _bound_to(self) -> set[str]:
        """The aggregated ClusterRoles that anything of the subject is bound to, here or cluster-wide."""
        found = set()
        for place in {"", self.namespace}:
            bound = self.snapshot.bound.get(place, {})
            refs = [b.role_ref for who in self.identity.principals for b in bound.get(who, ())]
            found |= {ref.name for ref in refs if ref.kind == ClusterRole.kind}
        return found & self.snapshot.aggregation.selected.keys()

    def _binding(self, kind: str, name: str) -> Manifest:
        binding = RoleBinding.kind if self.namespace else ClusterRoleBinding.kind
        taken = self.snapshot.role_bindings if self.namespace else self.snapshot.cluster_role_bindings
        own = _free(f"{self.subject.name} {name}", {key[1] for key in taken if key[0] == self.namespace})
        ref = {"apiGroup": RBAC_GROUP, "kind": kind, "name": name}
        subjects = [subject_manifest(self.subject)]
        return rbac_manifest(binding, own, self.namespace, roleRef=ref, subjects=subjects)

    def _names_of_roles(self, kind: str) -> set[str]:
        """The names that are taken; what a binding without its role refers to must not come to life."""
        snapshot = self.snapshot
        if kind == Role.kind:
            roles: Iterable[tuple[str, str]] = (key for key in snapshot.roles if key[0] == self.namespace)
            bindings: Iterable[Binding] = snapshot.role_bindings_by_namespace.get(self.namespace, ())
        else:
            roles, bindings = snapshot.cluster_roles, snapshot.bindings(None)
        refs = (binding.role_ref for binding in bindings)
        return {name for _, name in roles} | {ref.name for ref in refs if ref.kind == kind}

    @cached_property
    def _permission(self) -> str:
        request = self.request
        what = request.combined_resource if request.path is None else request.path
        return f"{request.verb} {what} {self._rule.get('resourceNames', [''])[0]}"

    @cached_property
    def _rule(self) -> dict[str, list[str]]:
        """The rule that allows the request, and nothing else."""
        request = self.request
        if request.path is not None:
            return {"verbs": [request.verb], "nonResourceURLs": [request.path]}
        rule = {
            "verbs": [request.verb],
            "apiGroups": [request.group],
            "resources": [request.combined_resource],
        }
        # what is created or listed has no name yet; a subresource is one of something that has
        unnamed = request.verb in _UNNAMED_VERBS and not request.subresource
        return rule if unnamed or not request.name else {**rule, "resourceNames": [request.name]}


def _as_kfam_would(made: tuple[Manifest, Manifest], snapshot: Snapshot) -> tuple[Manifest, ...]:
    """Return what has to be applied, nothing when somebody else has the names: KFAM would fail as well."""
    binding, policy = made
    metadata = binding["metadata"]
    key = (metadata["namespace"], metadata["name"])
    there = snapshot.authorization_policies.get(key)
    # the mesh takes a star at either end for a pattern: such a policy would let in others
    user: str = metadata["annotations"]["user"]
    impossible = user.startswith("*") or user.endswith("*") or len(key[1]) > _LONGEST_SUBDOMAIN
    if impossible or key in snapshot.role_bindings or (there and there.spec != policy["spec"]):
        return ()
    return (binding,) if there else (binding, policy)


def _selected_labels(snapshot: Snapshot, name: str) -> dict[str, str]:
    """Return labels that bring a role into that one: what it selects, or what the nearest below it does."""
    selected = snapshot.aggregation.selected
    reached = [name] if name in selected else []
    for one in reached:  # grows on the way: the nearest roles come first
        selectors = snapshot.cluster_roles[("", one)].selectors
        plain = (dict(found.match_labels) for found in selectors if not found.match_expressions)
        labels = next(filter(None, plain), {})
        if labels and all(map(well_formed, selectors)):
            return labels
        reached += [below for below in selected[one] if below in selected and below not in reached]
    return {}


def _free(text: str, taken: Collection[str]) -> str:
    """Return a name made of *text* that nothing has: an existing object would be changed, or refuse."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "access"
    suffixes = ("", *(f"-{number}" for number in range(2, len(taken) + 3)))
    candidates = (f"{name[: _LONGEST_LABEL - len(suffix)].strip('-')}{suffix}" for suffix in suffixes)
    return next(one for one in candidates if one not in taken)


_LONGEST_LABEL = 63
_LONGEST_SUBDOMAIN = 253
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def _is_writable(subject: Subject) -> bool:
    """Whether a binding may name the subject (upstream: validateRoleBindingSubject)."""
    if subject.kind == SERVICE_ACCOUNT:
        return bool(_SUBDOMAIN.fullmatch(subject.name) and _LABEL.fullmatch(subject.namespace or ""))
    return subject.kind in (USER, GROUP) and bool(subject.name)


def _is_possible(request: Request) -> bool:
    """Whether there can be a namespace of that name."""
    return request.path is not None or not request.namespace or bool(_LABEL.fullmatch(request.namespace))


def _is_path_segment(name: str) -> bool:
    """Whether a roleRef may name a role so (upstream: IsValidPathSegmentName)."""
    return name not in ("", ".", "..") and not {"/", "%"} & set(name)
