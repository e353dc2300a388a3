"""The resources that `access` asks about: the catalogue's, or those of `--resource`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.access.arguments import Options, ResourceWord
from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.kubeflow.catalogue.selection import (
    chosen_entries,
    grid_resources,
    grid_resources_of,
    served,
)
from kubectl_kfaccess.rbac.access_grid import GridResource
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.request_scope import parse_target
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.resource_words import resource_words
from kubectl_kfaccess.sources.source import Source


class Selection(Struct, frozen=True):
    """The resources to ask about, each with its verbs, and notes on how words were understood."""

    resources: tuple[GridResource, ...]
    notes: tuple[str, ...] = ()


def selected_resources(options: Options, source: Source, snapshot: Snapshot) -> Selection:
    """
    Return the resources to ask about; *snapshot* holds the cluster's roles.

    Raises UsageError if the cluster has none of them, or if nobody knows a resource of `--resource`.
    """
    selection = (
        _of_catalogue(options, source, snapshot)
        if options.resources is None
        else _named(options.resources, source, snapshot, options.plane)
    )
    selection = _with_verbs(selection, options.verbs) if options.verbs else selection
    return replace(selection, resources=tuple(dict.fromkeys(selection.resources)))


def _of_catalogue(options: Options, source: Source, snapshot: Snapshot) -> Selection:
    entries = chosen_entries(options.areas, everything=options.all_resources)
    cluster = served(source.resource_types(), snapshot)
    resources = grid_resources(entries, cluster, options.plane)
    if not resources:
        raise UsageError("the cluster has none of these resources", hint="`resources` lists what it has")
    is_assumed = not cluster.definitions and not source.live
    note = "there are no CRDs in the files: the custom resources that roles name are shown"
    return Selection(resources, (note,) if is_assumed else ())


def _named(
    words: Iterable[ResourceWord], source: Source, snapshot: Snapshot, plane: Plane | None
) -> Selection:
    selections = [_of_word(word, source, snapshot, plane) for word in words]
    return Selection(
        tuple(chain.from_iterable(selection.resources for selection in selections)),
        tuple(chain.from_iterable(selection.notes for selection in selections)),
    )


def _of_word(word: ResourceWord, source: Source, snapshot: Snapshot, plane: Plane | None) -> Selection:
    words = resource_words("get", parse_target(word.type, subresource=word.subresource), source)
    questions = words.questions(None, snapshot)
    # A type with its group is taken as written; an unknown word without a group is a typo
    is_incomplete = any(not gap.is_of_settings for gap in snapshot.gaps)
    unknown = () if "." in word.type or is_incomplete else words.unknown(snapshot)
    if unknown:
        hint = "`resources` lists what this tool knows, `kubectl api-resources` the rest"
        raise UsageError(unknown[0], hint=hint, code=ErrorCode.UNKNOWN_TYPE)
    types = (q.type or ResourceType(q.request.group, q.request.resource) for q in questions)
    resources = (grid_resources_of(kind, word.subresource, plane) for kind in types)
    return Selection(
        tuple(chain.from_iterable(resources)), tuple(words.notes(questions, snapshot, chose=False))
    )


def _with_verbs(selection: Selection, verbs: tuple[str, ...]) -> Selection:
    """Return the resources with those of *verbs* that they have, and those that none of them has."""
    known = {verb for resource in selection.resources for verb in resource.verbs}
    missing = tuple(verb for verb in verbs if verb not in known)
    # A rule can have any word as a verb: an unknown one is asked about all the same, with a note
    notes = tuple(f"no resource here is known to have the verb `{verb}`" for verb in missing)
    resources = (
        replace(resource, verbs=(*(verb for verb in verbs if verb in resource.verbs), *missing))
        for resource in selection.resources
    )
    return Selection(tuple(resource for resource in resources if resource.verbs), (*selection.notes, *notes))
