"""`resources`: what the tool knows as Kubeflow's resources, what the cluster has of them, and who asks."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call
    from kubectl_kfaccess.kubeflow.versions import Version


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the catalogue beside what the cluster has, or the calls, which no cluster knows."""
    from kubectl_kfaccess.commands.access.answer import check_areas

    check_areas(args.area)
    if args.calls:
        return _calls(args)
    if args.kfp_version:
        raise UsageError("`--kfp-version` is about calls: it goes with `--calls`")
    return _resources(args, env)


def _resources(args: argparse.Namespace, env: Environment) -> Answer:
    from kubectl_kfaccess.commands.resources.report import Resources, Row
    from kubectl_kfaccess.kubeflow.catalogue.selection import chosen_entries

    served = {found.key: found for found in reversed(flags.source(args, env).resource_types())}
    entries = chosen_entries(flags.words(args.area), everything=args.all_resources)
    rows = tuple(
        Row(entry.area, served.get(entry.type.key, entry.type), entry.subresource, entry.verbs,
            entry.type.key in served, entry.type.virtual, entry.note)
        for entry in entries
        if not args.served or entry.type.key in served
    )  # fmt: skip
    return Answer(Resources(rows).report())


def _calls(args: argparse.Namespace) -> Answer:
    from kubectl_kfaccess.commands.resources.calls_report import Calls
    from kubectl_kfaccess.kubeflow.catalogue.service_calls import (
        CALLS,
        NEWEST,
        NOT_ISOLATED,
        SETTINGS,
        holds_in,
    )
    from kubectl_kfaccess.kubeflow.versions import version

    if args.served or args.all_resources:
        raise UsageError("`--calls` lists calls: neither `--served` nor `-a` goes with it")
    release = _release(args.kfp_version)
    areas = flags.words(args.area)
    newest = version(NEWEST)
    later = (f"{NEWEST} is the newest release that is known: {release} may check otherwise",)
    notes = later if release and newest and newest < release else ()
    found = Calls(
        tuple(one for one in CALLS if holds_in(one, release) and _is_of(areas)(one)),
        tuple(one for one in NOT_ISOLATED if holds_in(one, release) and (not areas or one.area in areas)),
        tuple(one for one in SETTINGS if holds_in(one, release) and (not areas or "pipelines" in areas)),
        str(release or ""),
        notes,
    )
    return Answer(found.report(), remarks=tuple(f"note: {note}" for note in notes))


def _release(text: str) -> Version | None:
    from kubectl_kfaccess.kubeflow.catalogue.service_calls import NEWEST, OLDEST, known_release

    found = known_release(text)
    if text and found is None:
        raise UsageError(
            f"`{text}` is no release of Kubeflow Pipelines whose checks are known",
            hint=f"from {OLDEST} to {NEWEST}, without the betas of 2.0.0",
        )
    return found


def _is_of(areas: tuple[str, ...]) -> Callable[[Call], bool]:
    """Whether a call is one of these areas: its service is, or the resource that it checks."""
    from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE

    resources = {(entry.type.group, entry.resource) for entry in CATALOGUE if entry.area in areas}
    return lambda call: not areas or call.service.area in areas or (call.group, call.resource) in resources
