"""Who owns and shares each profile, and whether RBAC, the mesh and the dashboard agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.profiles.arguments import Options
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.findings.acceptance import finding_notes, with_accepted
from kubectl_kfaccess.findings.accepted import AcceptList
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.findings.registry import PROFILES, profile_findings
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header
from kubectl_kfaccess.kubeflow.tenants import cluster_wide_people
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant, bound_people, with_rights
from kubectl_kfaccess.kubeflow.tenants.profiles import NEEDED, ProfileIndex, Tenant
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope, with_named_namespaces
from kubectl_kfaccess.resolve.people import people_in
from kubectl_kfaccess.resolve.profiles import no_profile
from kubectl_kfaccess.sources.accepted import accepted_in
from kubectl_kfaccess.sources.source import Source

KINDS = (
    *dict.fromkeys((*NEEDED, *MESH_NEEDED)), "clusterroles", "roles", "clusterrolebindings",
)  # fmt: skip


class ProfileEntry(Struct, frozen=True):
    """A profile with its findings."""

    tenant: Tenant
    findings: tuple[Finding, ...]


class Inventory(Struct, frozen=True):
    """
    The profiles that the question is about, in the order of their names.

    *index* knows whether the mesh lets each member in. *cluster_wide* are the grants that give people rights
    in every profile; None if they could not be read.
    """

    index: ProfileIndex
    entries: tuple[ProfileEntry, ...]
    cluster_wide: tuple[ClusterWideGrant, ...] | None


def answer(options: Options, source: Source) -> Answer:
    """
    Return the profiles, and the findings about them.

    Raises UsageError if a name is not a profile's, CannotAnswer if the cluster cannot be asked.
    """
    accept = accepted_in(options.accept, source.env)
    scope = _scope(options, source)
    people = people_in(options.people, source.env)
    index = ProfileIndex(scope.snapshot, people)
    entries = _entries(index, scope.namespaces, accept)
    cluster_wide = _cluster_wide(source, scope.snapshot)
    gaps = tuple(gap for gap in scope.snapshot.gaps if _is_needed(gap) and (entries or not gap.is_of_files))
    wide = options.output.format == "wide"
    is_complete = not gaps and all(grant.is_certain for grant in cluster_wide or ())
    return Answer(
        Inventory(index, entries, cluster_wide),
        _status(options.fail_on, entries, is_complete=is_complete),
        remarks=(*scope.remarks, *(people.notes if people else ())),
        gaps=gaps,
        minor_gaps=tuple(
            gap for gap in scope.snapshot.gaps if gap not in gaps and (wide or not gap.is_of_settings)
        ),
        notes=(
            *tried_lines(scope.tried),
            *(_notes(index) if entries else ()),
            *_acceptance_notes(accept, entries, is_whole=is_complete and not options.scope.is_narrowed),
            *scope.snapshot.notes,
        ),
    )


def _scope(options: Options, source: Source) -> Scope:
    """Return the objects, and the names of the profiles. Raises UsageError if a name is not a profile's."""
    scope = read_scope(options.scope, source, KINDS)
    snapshot = with_named_namespaces(source, scope.snapshot, scope.namespaces)
    known = frozenset(profile_namespaces(snapshot))
    if options.profile:
        return Scope(snapshot, (options.profile,), tuple(_name_remarks((options.profile,), snapshot, known)))
    is_unlisted = bool(snapshot.gap("namespaces", "") and snapshot.gap("profiles", ""))
    names = tuple(
        name for name in scope.namespaces if name in known or (is_unlisted and not _is_read(snapshot, name))
    )
    remarks = scope.remarks if options.scope.selector or is_unlisted else ()
    return replace(
        scope, snapshot=snapshot, namespaces=names, remarks=(*remarks, *_name_remarks(names, snapshot, known))
    )


def _is_read(snapshot: Snapshot, namespace: str) -> bool:
    return ("", namespace) in snapshot.namespaces


def _name_remarks(names: Iterable[str], snapshot: Snapshot, known: frozenset[str]) -> Iterator[str]:
    """
    Yield a remark on each name if it is unknown whether it is a profile's.

    Raises UsageError for a name that certainly is not.
    """
    for name in names:
        if name not in known and not snapshot.gap("profiles", ""):
            raise no_profile(name, snapshot, known)
        if name not in known:
            yield f"whether `{name}` is a profile is not known: profiles cannot be listed"


def _entries(index: ProfileIndex, names: Iterable[str], accept: AcceptList) -> tuple[ProfileEntry, ...]:
    def entry(tenant: Tenant) -> ProfileEntry:
        return ProfileEntry(tenant, with_accepted(profile_findings(ProfileView(index, tenant)), accept))

    return tuple(entry(index.tenant(name)) for name in names)


def _acceptance_notes(
    accept: AcceptList, entries: tuple[ProfileEntry, ...], *, is_whole: bool
) -> Iterator[str]:
    """Yield which entries of `--accept` do nothing; without the *whole* only those that have expired."""
    findings = (finding for entry in entries for finding in entry.findings)
    return finding_notes(accept, findings if is_whole else None, PROFILES)


def _cluster_wide(source: Source, snapshot: Snapshot) -> tuple[ClusterWideGrant, ...] | None:
    """Return the grants that give people rights in every profile; None if they could not be read."""
    if snapshot.gap(cluster_wide_people.NEEDED, ""):
        return None
    people = bound_people(snapshot)
    return with_rights(people, snapshot, source.resource_types()) if people else ()


def _notes(index: ProfileIndex) -> Iterator[str]:
    """Yield notes on what the answer is based on, if that is unusual."""
    snapshot = index.snapshot
    unread = {gap.resource for gap in snapshot.gaps}
    if "profiles" in unread:
        yield "profiles are taken by the label of their namespaces, owners by the annotation `owner`"
    if not snapshot.authorization_policies and "authorizationpolicies" not in unread:
        yield "there is no AuthorizationPolicy, so nothing is said of the mesh"
    if not index.roles_read and "clusterroles" not in unread:
        yield "there are no roles in the files: whether those of the bindings exist was not checked"
    if index.header != Header():
        prefix = f", with `{index.header.prefix}` before their names" if index.header.prefix else ""
        yield f"the policies know users by `{index.header.key}`{prefix}"


def _is_needed(gap: Gap) -> bool:
    """Whether the gap can hide a member of a profile."""
    return gap.resource in (*NEEDED, cluster_wide_people.NEEDED)


def _status(fail_on: str, entries: tuple[ProfileEntry, ...], *, is_complete: bool) -> ExitStatus:
    if flags.fails(fail_on, (finding for entry in entries for finding in entry.findings)):
        return ExitStatus.NO
    return ExitStatus.OK if is_complete else ExitStatus.CANNOT_ANSWER
