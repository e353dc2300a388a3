"""The resources that `access` asks about: the catalogue's, or those of `--resource`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.access.arguments import Options, ResourceWord
from kubectl_kfaccess.errors import UsageError
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
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.resource_words import ResourceWords, resource_words
from kubectl_kfaccess.resolve.rule_words import RuleWords
from kubectl_kfaccess.resolve.typos import check_typos, check_words
from kubectl_kfaccess.resolve.unknown_words import unknown_verb
from kubectl_kfaccess.sources.source import Source


class Selection(Struct, frozen=True):
    """
    The resources to ask about, each with its verbs, and notes on how words were understood.

    *gaps* leave open whether a word is a typo.
    """

    resources: tuple[GridResource, ...]
    notes: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


def selected_resources(options: Options, source: Source, snapshot: Snapshot) -> Selection:
    """
    Return the resources to ask about; *snapshot* holds the cluster's roles.

    Raises UsageError if the cluster has none of them, or if a resource or a verb is a typo.
    """
    selection = (
        _of_catalogue(options, source, snapshot)
        if options.resources is None
        else _named(options.resources, options, source, snapshot)
    )
    if options.verbs:
        if not options.any_type:
            _check_verbs(options.verbs, source, snapshot)
        selection = _with_verbs(selection, options.verbs)
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


def _named(typed: Iterable[ResourceWord], options: Options, source: Source, snapshot: Snapshot) -> Selection:
    """Return the resources of `--resource`. Raises UsageError if one is a typo."""
    pairs = [
        resource_words("get", parse_target(word.type, subresource=word.subresource), source) for word in typed
    ]
    gaps = () if options.any_type else check_words(pairs, snapshot, live=source.live)
    selections = [_of_words(words, snapshot, options.plane) for words in pairs]
    return Selection(
        tuple(chain.from_iterable(selection.resources for selection in selections)),
        tuple(chain.from_iterable(selection.notes for selection in selections)),
        gaps,
    )


def _of_words(words: ResourceWords, snapshot: Snapshot, plane: Plane | None) -> Selection:
    questions = words.questions(None, snapshot)
    types = (q.type or ResourceType(q.request.group, q.request.resource) for q in questions)
    resources = (grid_resources_of(kind, words.target.subresource, plane) for kind in types)
    return Selection(
        tuple(chain.from_iterable(resources)), tuple(words.notes(questions, snapshot, chose=False))
    )


def _check_verbs(verbs: Iterable[str], source: Source, snapshot: Snapshot) -> None:
    """Raise UsageError if one of *verbs* is a typo."""
    words, served = RuleWords(snapshot), source.resource_types()
    unknown = (unknown_verb(verb, served, words) for verb in verbs)
    check_typos((word for word in unknown if word and word.likely), live=source.live)


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
    kept = tuple(resource for resource in resources if resource.verbs)
    return replace(selection, resources=kept, notes=(*selection.notes, *notes))
