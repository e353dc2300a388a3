"""
Fixes: what to apply so that a "no" becomes a "yes", and everything else that each fix changes.

The only existing objects that a fix edits are those with a misspelled name, and ClusterRoles that have lost a
label. The controller overwrites aggregated roles, and the roleRef of a binding cannot be changed.
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
    RestoreLabel,
    alphabetical,
)
from kubectl_kfaccess.fixes.apply_permissions import Need, needs, verdicts
from kubectl_kfaccess.fixes.free_names import free_name
from kubectl_kfaccess.fixes.lost_labels import restored_labels
from kubectl_kfaccess.fixes.respelling import respellings
from kubectl_kfaccess.kubeflow.catalogue.service_calls import is_checked
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.comparison import mesh_refuses
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES, contributor
from kubectl_kfaccess.kubeflow.tenants.platform import controller_roles
from kubectl_kfaccess.rbac.changes import Change, Effects, concerned, roles_losing_rules
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
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
from kubectl_kfaccess.rbac.near_misses import NearMiss
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
    Manifests to apply in their order, and all *changes* of access that follow.

    *further* is the number of permissions granted besides the one that was asked for. *namespaces* is the
    number of namespaces where somebody gains one (0: only cluster-wide). *ships* means that the role exists
    already. *loses* is the spelling whose access a correction takes away, *finding* the id of the finding
    that `profiles` has for it.
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
    evaluator: Evaluator,
    who: KnownSubject,
    via: Plane,
    request: Request,
    universe: Universe,
    *,
    proven: bool = False,
    misses: tuple[NearMiss, ...] = (),
) -> tuple[Fix, ...]:
    """
    Return the fixes after which *who* is allowed *request*, sorted by how many permissions they grant.

    A lost label comes first, because it repairs the cause for everybody; *misses* are the near misses that
    show it. Then come corrections of a misspelled name, which grant nothing new. *proven* says that somebody
    has logged in under exactly this name.
    """
    identity = who.seen(via)
    unwritable = not (who.is_assumed or is_writable(who.subject)) or not _is_possible(request)
    if unwritable or not who.counts(via) or _is_allowed(evaluator, identity, request):
        return ()
    case = _Case(evaluator.snapshot, who.subject, identity, request, universe, proven=proven, misses=misses)
    candidates = case.fixes_of_roles() if who.is_assumed else case.fixes()
    best = tuple(sorted(candidates, key=_rank)[:MOST])
    on_pages = via is Plane.KUBEFLOW or is_checked(request.group, request.combined_resource)
    return _with_mesh(best, case, who) if on_pages and who.subject.kind == USER else best


def can_apply(fix: Fix, evaluator: Evaluator, caller: KnownSubject) -> Verdict:
    """Return whether RBAC allows *caller* to apply all manifests of *fix*."""
    identity = caller.seen(Plane.KUBECTL)
    return worst(verdict for need in fix.needs for verdict in verdicts(need, evaluator, identity))


def _is_allowed(evaluator: Evaluator, identity: Identity, request: Request) -> bool:
    return evaluator.decide(identity, request).verdict is Verdict.ALLOWED


def _rank(fix: Fix) -> tuple[int, int, bool, int, tuple[int, tuple[str, ...]]]:
    place = 0 if isinstance(fix.action, RestoreLabel) else 1 if fix.loses else 2
    return place, fix.further, not fix.ships, len(fix.objects), alphabetical(fix.action)


def _with_mesh(proposed: tuple[Fix, ...], case: _Case, who: KnownSubject) -> tuple[Fix, ...]:
    """Return the *proposed* fixes, with a note on those after which the mesh still refuses the user."""
    if not mesh_refuses(case.snapshot, who, case.namespace):
        return proposed
    note = MeshRefuses(who.user, case.namespace)
    return tuple(
        replace(fix, notes=(*fix.notes, note))
        if mesh_refuses(overlay(case.snapshot, fix.objects).snapshot, who, case.namespace)
        else fix
        for fix in proposed
    )


class _Case:
    """A denied request, and the search for its fixes."""

    def __init__(
        self,
        snapshot: Snapshot,
        subject: Subject,
        identity: Identity,
        request: Request,
        universe: Universe,
        *,
        proven: bool,
        misses: tuple[NearMiss, ...],
    ) -> None:
        self.misses = misses
        self.snapshot = snapshot
        self.proven = proven
        self.subject = subject
        self.identity = identity
        self.request = request
        self.namespace = request.namespace if request.path is None else ""
        self.effects = Effects(snapshot, universe.including(request))

    def fixes(self) -> Iterator[Fix]:
        """Yield every fix that helps and takes no rule from any role."""
        yield from self._relabelled()
        yield from self._respelled()
        shared = tuple(self._contributor())
        yield from shared
        yield from self._existing(without=tuple(ROLES.values()) if shared else ())
        if self.request.verb and (self.request.resource or self.request.path):
            yield from self._new()
            yield from self._aggregated()

    def fixes_of_roles(self) -> Iterator[Fix]:
        """Yield the fixes that change roles alone: nothing can be bound to somebody who is not there."""
        yield from self._relabelled()
        if self.request.verb and (self.request.resource or self.request.path):
            yield from self._aggregated()

    def _relabelled(self) -> Iterator[Fix]:
        """Yield the fixes that put a lost label back, so that a role is aggregated again."""
        for action, manifest in restored_labels(self.misses):
            yield from self._fix(action, (manifest,), ships=True, exists=True)

    def _respelled(self) -> Iterator[Fix]:
        """Yield the fixes that correct the name, if another spelling is allowed the request."""
        if self.subject.kind != USER:
            return
        for respelling in respellings(self.snapshot, self.subject.name, self.namespace, proven=self.proven):
            for fix in self._fix(respelling.action, respelling.objects, ships=True, exists=True):
                loses = Subject(USER, respelling.written)
                yield replace(fix, notes=respelling.notes, loses=loses, finding=respelling.finding)

    def _contributor(self) -> Iterator[Fix]:
        """Yield the fix that the dashboard would apply, with the smallest role that is enough."""
        user, namespace = self.subject.name, self.namespace
        if self.subject.kind != USER or namespace not in profile_namespaces(self.snapshot):
            return
        for role, cluster_role in ROLES.items():
            existing = self.snapshot.cluster_roles.get(("", cluster_role))
            if existing and self._is_enough(existing):
                action = AddContributor(user, namespace, role)
                objects = _as_kfam_would(contributor(user, role, namespace, self.snapshot), self.snapshot)
                yield from self._fix(action, objects, ships=True)
                return

    def _existing(self, without: Collection[str]) -> Iterator[Fix]:
        """Yield the bindings to existing roles, only the few that grant the fewest permissions."""
        roles = [role for role in self._roles if self._may_be_bound(role, without)]
        controllers = controller_roles(self.snapshot)
        lesser = [role for role in roles if role.name != _LAST_RESORT and role.name not in controllers]
        roles = lesser if lesser or without else roles
        who = principal(self.subject, self.namespace)

        def further(role: AnyRole) -> tuple[int, str, str]:
            ref = RoleRef(role.kind, role.name)
            return self.effects.granted(who, ref, self.namespace) if who else 0, role.kind, role.name

        for role in sorted(roles, key=further)[:_MOST_EXISTING]:
            action = BindRole(self.subject, role.kind, role.name, self.namespace)
            yield from self._fix(action, (self._binding(role.kind, role.name),), ships=True)

    def _new(self) -> Iterator[Fix]:
        """Yield a new role with one rule, and its binding."""
        kind = Role.kind if self.namespace else ClusterRole.kind
        name = free_name(self._permission, self._names_of_roles(kind))
        role = rbac_manifest(kind, name, self.namespace, rules=[self._rule])
        action = BindRole(self.subject, kind, name, self.namespace, new=True)
        yield from self._fix(action, (role, self._binding(kind, name)), ships=False)

    def _aggregated(self) -> Iterator[Fix]:
        """Yield a new ClusterRole for each aggregated role that the subject is bound to."""
        for bound in sorted(self._bound_to):
            labels = _selected_labels(self.snapshot, bound)
            if labels:
                name = free_name(f"{bound} {self._permission}", self._names_of_roles(ClusterRole.kind))
                role = rbac_manifest(ClusterRole.kind, name, "", rules=[self._rule], labels=labels)
                yield from self._fix(AggregateRole(name, bound), (role,), ships=False)

    def _fix(
        self, action: Action, objects: tuple[Manifest, ...], *, ships: bool, exists: bool = False
    ) -> Iterator[Fix]:
        """Yield the fix if it helps and no role loses rules. *exists*: it changes existing objects."""
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
            needs=tuple(need for manifest in objects for need in needs(manifest, after, exists=exists)),
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
        """The names of the aggregated ClusterRoles that the subject is bound to, here or cluster-wide."""
        names = set()
        for place in {"", self.namespace}:
            bound = self.snapshot.bound.get(place, {})
            refs = [b.role_ref for who in self.identity.principals for b in bound.get(who, ())]
            names |= {ref.name for ref in refs if ref.kind == ClusterRole.kind}
        return names & self.snapshot.aggregation.selected.keys()

    def _binding(self, kind: str, name: str) -> Manifest:
        binding = RoleBinding.kind if self.namespace else ClusterRoleBinding.kind
        taken = self.snapshot.role_bindings if self.namespace else self.snapshot.cluster_role_bindings
        own = free_name(f"{self.subject.name} {name}", {key[1] for key in taken if key[0] == self.namespace})
        ref = {"apiGroup": RBAC_GROUP, "kind": kind, "name": name}
        subjects = [subject_manifest(self.subject)]
        return rbac_manifest(binding, own, self.namespace, roleRef=ref, subjects=subjects)

    def _names_of_roles(self, kind: str) -> set[str]:
        """Return the names in use. A new role must not have the name of a missing role that is bound."""
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
        """The rule that allows only the request."""
        request = self.request
        if request.path is not None:
            return {"verbs": [request.verb], "nonResourceURLs": [request.path]}
        rule = {
            "verbs": [request.verb],
            "apiGroups": [request.group],
            "resources": [request.combined_resource],
        }
        # requests to create or list have no name, unless they are for a subresource of a named object
        unnamed = request.verb in _UNNAMED_VERBS and not request.subresource
        return rule if unnamed or not request.name else {**rule, "resourceNames": [request.name]}


def _as_kfam_would(made: tuple[Manifest, Manifest], snapshot: Snapshot) -> tuple[Manifest, ...]:
    """Return what must be applied; nothing if other objects have the names, because KFAM would fail too."""
    binding, policy = made
    metadata = binding["metadata"]
    key = (metadata["namespace"], metadata["name"])
    existing = snapshot.authorization_policies.get(key)
    # to the mesh a star at either end is a pattern, so the policy would let other users in
    user: str = metadata["annotations"]["user"]
    impossible = user.startswith("*") or user.endswith("*") or len(key[1]) > _LONGEST_SUBDOMAIN
    if impossible or key in snapshot.role_bindings or (existing and existing.spec != policy["spec"]):
        return ()
    return (binding,) if existing else (binding, policy)


def _selected_labels(snapshot: Snapshot, name: str) -> dict[str, str]:
    """Return labels that aggregate a role into *name*: those that it selects, or the nearest role below."""
    selected = snapshot.aggregation.selected
    reached = [name] if name in selected else []
    for role in reached:  # grows on the way: the nearest roles come first
        selectors = snapshot.cluster_roles[("", role)].selectors
        plain = (dict(selector.match_labels) for selector in selectors if not selector.match_expressions)
        labels = next(filter(None, plain), {})
        if labels and all(map(well_formed, selectors)):
            return labels
        reached += [below for below in selected[role] if below in selected and below not in reached]
    return {}


_LONGEST_SUBDOMAIN = 253
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def is_writable(subject: Subject) -> bool:
    """Whether a binding can name *subject* (upstream: validateRoleBindingSubject)."""
    if subject.kind == SERVICE_ACCOUNT:
        return bool(_SUBDOMAIN.fullmatch(subject.name) and _LABEL.fullmatch(subject.namespace or ""))
    return subject.kind in (USER, GROUP) and bool(subject.name)


def _is_possible(request: Request) -> bool:
    """Whether the request's namespace can exist."""
    return request.path is not None or not request.namespace or bool(_LABEL.fullmatch(request.namespace))


def _is_path_segment(name: str) -> bool:
    """Whether a roleRef can have this name (upstream: IsValidPathSegmentName)."""
    return name not in ("", ".", "..") and not {"/", "%"} & set(name)
