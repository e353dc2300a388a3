"""Kubeflow's resources, whether the cluster serves them, and the service calls that check them."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.resources.arguments import Options
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.kubeflow.catalogue.pipelines_releases import (
    NEWEST,
    OLDEST,
    holds_in,
    known_release,
    release_read_for,
)
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE
from kubectl_kfaccess.kubeflow.catalogue.selection import chosen_entries
from kubectl_kfaccess.kubeflow.catalogue.service_calls import (
    CALLS,
    NOT_ISOLATED,
    SETTINGS,
    Call,
    NotIsolated,
    Setting,
)
from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES, Service
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.kubeflow.versions import Version, version
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.resolve.areas import check_areas
from kubectl_kfaccess.sources.no_source import NoSource
from kubectl_kfaccess.sources.source import Source, Wanted


class KnownResource(Struct, frozen=True):
    """A resource of the catalogue, with the cluster's own description of it if it is served."""

    area: str
    type: ResourceType
    subresource: str
    verbs: tuple[str, ...]
    served: bool
    virtual: bool
    note: str

    @property
    def name(self) -> str:
        return f"{self.type.name}/{self.subresource}" if self.subresource else self.type.name


class KnownCalls(Struct, frozen=True):
    """The calls, what is open to everybody, and the settings, of one *release* or ("") of all releases."""

    calls: tuple[Call, ...]
    not_isolated: tuple[NotIsolated, ...]
    settings: tuple[Setting, ...]
    release: str = ""


def answer(options: Options, source: Source | NoSource) -> Answer:
    """
    Return a tuple of KnownResource, or with `--calls` KnownCalls.

    Raises UsageError if an area or a release is unknown, CannotAnswer if the cluster cannot be asked.
    """
    check_areas(options.areas)
    if isinstance(source, NoSource):
        return _calls(options, KUBEFLOWS)
    if options.calls:
        return _calls_of_cluster(options, source)
    notes = () if source.live else source.read(Wanted(())).notes
    return Answer(_resources(options, source), notes=notes)


KUBEFLOWS = tuple(service for service in SERVICES if not service.distribution)
"""The services that Kubeflow itself has."""


def _calls_of_cluster(options: Options, source: Source) -> Answer:
    """Return the calls of Kubeflow's services and of those installed; with `--served`, only of these."""
    snapshot = source.read(Wanted(("clusterroles",)))
    installed = installed_services(snapshot, source.resource_types())
    services = tuple(
        service
        for service in SERVICES
        if service in installed or (service in KUBEFLOWS and not options.served)
    )
    known = _calls(options, services)
    return known._replace(gaps=snapshot.gaps, notes=(*known.notes, *snapshot.notes))


def _resources(options: Options, source: Source) -> tuple[KnownResource, ...]:
    served = {kind.key: kind for kind in reversed(source.resource_types())}
    return tuple(
        KnownResource(
            entry.area,
            served.get(entry.type.key, entry.type),
            entry.subresource,
            entry.verbs,
            entry.type.key in served,
            entry.type.virtual,
            entry.note,
        )
        for entry in chosen_entries(options.areas, everything=options.all_resources)
        if not options.served or entry.type.key in served
    )


def _calls(options: Options, services: tuple[Service, ...]) -> Answer:
    """Return what *services* check, in the areas and the release of *options*."""
    areas, release = options.areas, _release(options.kfp_version)
    known = KnownCalls(
        tuple(
            call
            for call in CALLS
            if call.service in services and holds_in(call, release) and _is_of(call, areas)
        ),
        tuple(fact for fact in NOT_ISOLATED if holds_in(fact, release) and (not areas or fact.area in areas)),
        tuple(
            setting
            for setting in SETTINGS
            if holds_in(setting, release) and (not areas or "pipelines" in areas)
        ),
        str(release or ""),
    )
    return Answer(known, notes=_unread_release(release))


def _unread_release(release: Version | None) -> tuple[str, ...]:
    """Return a note if *release* is newer than the newest known one, or is not one that was read."""
    newest = version(NEWEST)
    if not release or not newest or release <= newest:
        read = release and release_read_for(release)
        return (f"{release} was not read: it is answered as {read}",) if read != release else ()
    return (f"{NEWEST} is the newest release that is known: {release} may check otherwise",)


def _release(text: str) -> Version | None:
    """Return the release of `--kfp-version`, None for "". Raises UsageError if it is unknown."""
    release = known_release(text)
    if text and release is None:
        raise UsageError(
            f"`{text}` is not a known release of Kubeflow Pipelines",
            hint=f"use a release from {OLDEST} to {NEWEST}; the betas of 2.0.0 are not known",
        )
    return release


def _is_of(call: Call, areas: tuple[str, ...]) -> bool:
    """Whether a call belongs to *areas* (empty: all), by its service or by the resource that it checks."""
    if not areas or call.service.area in areas:
        return True
    return any(
        entry.area in areas and (entry.type.group, entry.resource) == (call.group, call.resource)
        for entry in CATALOGUE
    )
