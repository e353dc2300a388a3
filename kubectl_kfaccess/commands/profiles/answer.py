"""`profiles [PROFILE]`: who owns and shares each profile, and whether RBAC, mesh and dashboard agree."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.profiles.arguments import _one
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubectl_kfaccess.commands.profiles.rows import Entry
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.findings.finding import Finding
    from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import Holder
    from kubectl_kfaccess.kubeflow.tenants.profiles import Member, Profiles, Tenant
    from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
    from kubectl_kfaccess.resolve.namespaces import Survey
    from kubectl_kfaccess.sources.source import Source

KINDS = (
    "profiles", "namespaces", "rolebindings", "authorizationpolicies", "serviceaccounts", "clusterroles",
    "roles", "clusterrolebindings",
)  # fmt: skip


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the profiles, and what is worth mending about them."""
    from kubectl_kfaccess.commands.profiles import report as output
    from kubectl_kfaccess.kubeflow.tenants.profiles import Profiles
    from kubectl_kfaccess.output.gaps import lines

    one = _one(args)
    source = flags.source(args, env)
    survey = _survey(args, source, one)
    found = Profiles(survey.snapshot)
    entries = tuple(_entries(found, survey.namespaces))
    everywhere = _everywhere(source, survey.snapshot)
    gaps = survey.snapshot.gaps
    notes = (*_notes(found, entries), *survey.snapshot.notes)
    report = output.Profiles(
        entries,
        gaps,
        notes,
        everywhere,
        one,
        inventory=args.output == "csv",
        mesh=args.output == "wide",
        fold=not args.no_fold,
    ).report()
    findings = [finding for entry in entries for finding in entry.findings]
    return Answer(
        report,
        remarks=(
            *survey.remarks,
            *_nothing(survey.snapshot, entries),
            *lines(gap for gap in gaps if _is_needed(gap)),
            *lines((gap for gap in gaps if not _is_needed(gap)), "note"),
            *(f"note: {note}" for note in notes),
        ),
        status=_status(args, findings, complete=_is_complete(gaps, everywhere)),
    )


def _survey(args: argparse.Namespace, source: Source, one: str) -> Survey:
    """What was read, and the names of the profiles to speak of."""
    from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
    from kubectl_kfaccess.resolve.namespaces import Survey, surveyed

    asked = argparse.Namespace(**{**vars(args), "namespace": one, "all_namespaces": False})
    survey = surveyed(asked, source, KINDS)
    snapshot = _with_own_namespaces(source, survey)
    known = frozenset(profile_namespaces(snapshot))
    if one:
        remarks = tuple(_unless_profile(snapshot, one, known))
        return Survey(snapshot, (one,), remarks)
    unlisted = snapshot.gap("namespaces", "") and snapshot.gap("profiles", "")
    names = tuple(
        name for name in survey.namespaces if name in known or (unlisted and not _is_read(snapshot, name))
    )
    doubts = (doubt for name in names for doubt in _unless_profile(snapshot, name, known))
    return Survey(snapshot, names, (*(survey.remarks if args.selector or unlisted else ()), *doubts))


def _is_read(snapshot: Snapshot, namespace: str) -> bool:
    return ("", namespace) in snapshot.namespaces


def _with_own_namespaces(source: Source, survey: Survey) -> Snapshot:
    """The snapshot with the namespaces that the caller may read one by one, where no list is allowed."""
    from dataclasses import replace

    snapshot = survey.snapshot
    if not snapshot.gap("namespaces", ""):
        return snapshot
    found = (source.namespace(name) for name in survey.namespaces if ("", name) not in snapshot.namespaces)
    own = {one.key: one for one in found if one}
    return replace(snapshot, namespaces={**snapshot.namespaces, **own})


def _unless_profile(snapshot: Snapshot, name: str, known: frozenset[str]) -> Iterator[str]:
    """Refuse a name that is surely no profile's; say so where it only may be none."""
    from kubectl_kfaccess.spelling import nearest

    if name in known:
        return
    if snapshot.gap("profiles", ""):
        yield f"whether `{name}` is a profile is not known: profiles cannot be listed"
        return
    near = nearest(name, known)
    there = "is a namespace, not a profile" if ("", name) in snapshot.namespaces else "is not a profile"
    hint = f"did you mean `{near}`?" if near else "`profiles` lists them"
    raise UsageError(f"`{name}` {there}", hint=hint)


def _entries(found: Profiles, names: tuple[str, ...]) -> Iterator[Entry]:
    from functools import partial

    from kubectl_kfaccess.commands.profiles.rows import Entry
    from kubectl_kfaccess.findings.profiles.view import Health

    health = Health(found)
    for name in names:
        tenant = found.tenant(name)
        yield Entry(tenant, health.findings(tenant), partial(_reach, found, tenant))


def _everywhere(source: Source, snapshot: Snapshot) -> tuple[Holder, ...] | None:
    """Who has rights in every profile, worked out once; None where that could not be read."""
    from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import NEEDED, bound_people, with_rights

    if snapshot.gap(NEEDED, ""):
        return None
    people = bound_people(snapshot)
    return with_rights(people, snapshot, source.resource_types()) if people else ()


def _reach(found: Profiles, tenant: Tenant, member: Member) -> str:
    """What the mesh does to a member, worked out when a format shows it."""
    return found.reach(tenant, member).value


def _notes(found: Profiles, entries: tuple[Entry, ...]) -> Iterator[str]:
    """What the answer rests on, where that is not the usual."""
    if not entries:
        return
    snapshot = found.snapshot
    unread = {gap.resource for gap in snapshot.gaps}
    if "profiles" in unread:
        yield "profiles are taken by the label of their namespaces, owners by the annotation `owner`"
    if not snapshot.authorization_policies and "authorizationpolicies" not in unread:
        yield "there is no AuthorizationPolicy, so nothing is said of the mesh"
    if not found.roles_read and "clusterroles" not in unread:
        yield "there are no roles in the files: whether those of the bindings exist was not checked"
    if not found.header.is_usual:
        prefix = f", with `{found.header.prefix}` before their names" if found.header.prefix else ""
        yield f"the policies know users by `{found.header.key}`{prefix}"


def _nothing(snapshot: Snapshot, entries: tuple[Entry, ...]) -> Iterator[str]:
    if not entries:
        unread = snapshot.gap("profiles", "") or snapshot.gap("namespaces", "")
        kubeflow = "no profile was found" + ("" if unread else ", nor a namespace that is labelled as one's")
        yield f"{kubeflow}{'; not everything could be read' if unread else ''}"


def _is_needed(gap: Gap) -> bool:
    """Whether something that could not be read may hide whom the answer is about."""
    from kubectl_kfaccess.kubeflow.tenants import cluster_wide_people, profiles

    return gap.resource in (*profiles.NEEDED, cluster_wide_people.NEEDED)


def _is_complete(gaps: tuple[Gap, ...], everywhere: tuple[Holder, ...] | None) -> bool:
    return not any(map(_is_needed, gaps)) and all(one.is_certain for one in everywhere or ())


def _status(args: argparse.Namespace, findings: list[Finding], *, complete: bool) -> ExitStatus:
    if flags.fails(args, findings):
        return ExitStatus.NO
    return ExitStatus.OK if complete else ExitStatus.CANNOT_ANSWER
