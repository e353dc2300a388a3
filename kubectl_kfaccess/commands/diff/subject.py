"""The subject of `--subject`, and the states with what stands for it, if it is a persona."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kubectl_kfaccess.commands.diff.arguments import Options
from kubectl_kfaccess.commands.diff.states import States
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.resolve.personas import Places
from kubectl_kfaccess.resolve.subject import resolve_subject

WHOLE = ""


def subject_by_namespace(
    options: Options, states: States
) -> tuple[Mapping[str, KnownSubject] | None, States]:
    """
    Return who `--subject` is in each namespace ("": the whole cluster), None if everybody counts.

    A persona is laid over the states if nothing in them is one. Raises UsageError if the name matches nobody,
    or several.
    """
    if options.subject is None:
        return None, states
    names = {*known_namespaces(states.before), *known_namespaces(states.after)}
    places = Places(tuple(sorted(names)))
    sources, snapshots = states.sources, (states.before, states.after)
    before, after = (
        resolve_subject(options.subject, source, snapshot, places)
        for source, snapshot in zip(sources, snapshots, strict=True)
    )
    who = after.who
    where = {name: who.at(name) for name in after.namespaces}
    whole = {} if who.persona and not who.user else {WHOLE: who}
    return {**where, **whole}, replace(states, before=before.snapshot, after=after.snapshot)
