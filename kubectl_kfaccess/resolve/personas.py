"""The persona that SUBJECT names: who it is in which namespaces, and what is laid over for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace as changed

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, UsageError
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED, profile_namespaces
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.tenants.personas import (
    PERSONAS,
    any_profile,
    members,
    profile_manifests,
)
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, identified, persona
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.model import RoleRef, Subject
from kubectl_kfaccess.rbac.overlay import overlay
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import PERSONA, SERVICE_ACCOUNT, reference

NEEDED = ("namespaces", "profiles")
"""What has to be read to know in which namespaces a persona is somebody."""


class Places(Struct, frozen=True):
    """
    The namespaces that a question is about, and whether the user chose them.

    Unless they did, a persona is asked about in every profile; with *single* in one of *namespaces* that is a
    profile, else in a profile that stands for any.
    """

    namespaces: tuple[str, ...]
    is_chosen: bool = False
    single: bool = False


class PlacedSubject(Struct, frozen=True):
    """
    The subject of a question, the *snapshot* and the *namespaces* to ask about, and remarks on it.

    *laid* is what was laid over the snapshot that was read.
    """

    who: KnownSubject
    snapshot: Snapshot
    namespaces: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    laid: tuple[Manifest, ...] = ()


def laid_over(read: Snapshot, laid: tuple[Manifest, ...], *, is_live: bool) -> Snapshot:
    """
    Return the snapshot *read* with what is *laid* over it for a persona.

    Unless it is of a server (*is_live*), a role that a binding refers to and that is not there can be
    elsewhere, as with the bindings in files.
    """
    snapshot = overlay(read, laid).snapshot
    refs = {RoleRef(**_named(manifest)) for manifest in laid if manifest["kind"] == "RoleBinding"}
    lacking = sorted(ref.name for ref in refs if snapshot.role(ref, "") is None)
    if is_live or not lacking:
        return snapshot
    reason = f"not in the files: ClusterRole {_listed(lacking)}, which Kubeflow binds in profiles"
    notes = (*snapshot.notes, reason)
    return changed(snapshot, elsewhere=snapshot.elsewhere or reason, notes=notes)


def _named(manifest: Manifest) -> dict[str, str]:
    """Return the kind and the name of the role of a binding."""
    return {key: manifest["roleRef"][key] for key in ("kind", "name")}


def place_persona(
    word: str,
    groups: tuple[str, ...],
    snapshot: Snapshot,
    places: Places,
    installation: Callable[[], Pipelines],
    *,
    is_live: bool,
) -> PlacedSubject:
    """
    Return who the persona *word* is, and where; *installation* returns how pipelines run, if that matters.

    Raises UsageError if it is nobody in the chosen namespaces, CannotAnswer if pipelines are not installed.
    """
    if word != RUNNER:
        return _in_profiles(word, word, groups, snapshot, places, is_live=is_live)
    pipelines = installation()
    if pipelines.mode is Mode.MULTI_USER:
        return _in_profiles(word, pipelines.account, groups, snapshot, places, is_live=is_live)
    if pipelines.mode is not Mode.STANDALONE:
        raise CannotAnswer(
            f"cannot tell who is `{word}`: {_DOUBTS[pipelines.mode]}",
            hint="name the account: sa:NAMESPACE/NAME",
            code=ErrorCode.UNKNOWN_NAME,
        )
    account = identified(Subject(SERVICE_ACCOUNT, pipelines.account, pipelines.namespace), groups)
    namespaces = places.namespaces if places.is_chosen else (pipelines.namespace,)
    who = persona(word, dict.fromkeys(namespaces, account), groups)
    note = f"`{word}` is `{reference(account.subject)}`: pipelines serve one team"
    return PlacedSubject(who, snapshot, namespaces, (note,))


_DOUBTS = {
    Mode.ABSENT: "no Kubeflow Pipelines was found",
    Mode.UNKNOWN: "it is not known how pipelines run here",
}


def _in_profiles(
    word: str, account: str, groups: tuple[str, ...], read: Snapshot, places: Places, *, is_live: bool
) -> PlacedSubject:
    """Return who *word* is in profiles; *account* is the name of its accounts, if it has any."""
    names = _profiles(word, read, places)
    stand_ins = () if names else places.namespaces if places.is_chosen else (any_profile(read),)
    made = (manifest for name in stand_ins for manifest in profile_manifests(name, read))
    people = members(word, account, read, names or stand_ins, groups)
    by_namespace = {
        name: replace(who, is_assumed=True) if stand_ins else who for name, who in people.by_namespace.items()
    }
    laid = (*made, *people.manifests)
    who = persona(word, by_namespace, groups)
    snapshot = laid_over(read, laid, is_live=is_live)
    return PlacedSubject(who, snapshot, names or stand_ins, (_note(who, is_any=bool(stand_ins)),), laid)


def _profiles(word: str, snapshot: Snapshot, places: Places) -> tuple[str, ...]:
    """
    Return the profiles to ask about; () if the snapshot has none that could be.

    Raises UsageError if the user chose namespaces and none of them is a profile.
    """
    known = profile_namespaces(snapshot)
    is_open = bool(snapshot.gap("namespaces", "") or snapshot.gap("profiles", ""))
    inside = tuple(name for name in places.namespaces if name in known)
    if not places.is_chosen:
        possible = tuple(name for name in places.namespaces if name not in INSTALLED) if is_open else ()
        return inside or possible if places.single else known or possible
    if inside:
        return inside
    others = tuple(name for name in places.namespaces if name not in INSTALLED)
    if is_open and others:
        return others
    if known or not others or any(("", name) in snapshot.namespaces for name in others):
        raise UsageError(
            f"`{word}` is nobody in {_listed(places.namespaces)}: that is not a profile",
            hint=f"profiles: {_listed(known)}" if known else "without `-n` it stands for any profile",
            code=ErrorCode.UNKNOWN_NAME,
        )
    return ()


def _note(who: KnownSubject, *, is_any: bool) -> str:
    """Return who the persona is, in a sentence."""
    places = [*(who.by_namespace or {})]
    where = "any profile" if is_any else _listed(places)
    first = next(iter((who.by_namespace or {}).values()), who)
    if len(places) == 1 and not is_any and first.subject.kind != PERSONA:
        return f"`{who.persona}` in {where} is `{reference(first.subject)}`"
    stands = f": `{'`, `'.join(places)}` stands for it" if is_any else ""
    return f"`{who.persona}` is answered as {PERSONAS[who.persona]} in {where}{stands}"


def _listed(names: Iterable[str]) -> str:
    """Return at most MOST_NAMED names, or the first one and the number of the others."""
    texts = [f"`{name}`" for name in names]
    if len(texts) > MOST_NAMED:
        return f"{texts[0]} and {len(texts) - 1:,} others"
    return ", ".join(texts) if texts else "no namespace"


MOST_NAMED = 4
