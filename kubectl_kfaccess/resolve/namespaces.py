"""Which namespaces a command asks about: the flags' choice, else the context's."""

from __future__ import annotations

import argparse

from msgspec import Struct

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces, kubeflow_namespaces
from kubectl_kfaccess.rbac.labels import parsed, selects
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.sources.source import Source, Wanted


class Choice(Struct, frozen=True):
    """The namespaces, whether a flag chose them, and what to say of that choice."""

    namespaces: Namespaces
    explicit: bool
    remarks: tuple[str, ...] = ()


def chosen(args: argparse.Namespace, source: Source) -> Choice:
    """Return the namespaces to ask about; -A wins over -n, as in kubectl."""
    if args.selector:
        return _selected(args, source)
    if args.all_namespaces:
        return Choice(None, explicit=False)
    namespace = flags.flag(args, "namespace")
    if namespace:
        return Choice((namespace,), explicit=True)
    default = source.default_namespace()
    if not default.name:
        return Choice(None, explicit=False)
    origin = "the default" if default.origin == "default" else f"from the {default.origin}"
    remark = f"namespace `{default.name}` ({origin}); -A for all"
    return Choice((default.name,), explicit=False, remarks=(remark,))


def _selected(args: argparse.Namespace, source: Source) -> Choice:
    named = flags.flag(args, "namespace")
    if named or args.all_namespaces:
        raise UsageError(f"`-l` and `{'-n' if named else '-A'}` both choose namespaces: give one")
    selector = parsed(args.selector)
    snapshot = source.read(Wanted(("namespaces",)))
    for gap in snapshot.gaps:
        raise CannotAnswer(
            f"cannot list namespaces, which `-l` needs: {gap.reason}", hint="name one with `-n`"
        )
    found = (one for one in snapshot.namespaces.values() if selects(selector, one.metadata.labels))
    names = tuple(sorted(one.name for one in found))
    return Choice(names, True, () if names else (f"no namespace has the labels `{args.selector}`",))


class Survey(Struct, frozen=True):
    """
    The objects that a command needs, and the namespaces that its answer speaks of.

    It is *partial* when others could be there, which the caller may not list.
    """

    snapshot: Snapshot
    namespaces: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    partial: bool = False


def surveyed(
    args: argparse.Namespace, source: Source, resources: tuple[str, ...], *, everywhere: bool = False
) -> Survey:
    """
    Return the objects of *resources* and the namespaces to speak of: by default Kubeflow's, -A adds the rest.

    With *everywhere* the default is all of them.

    Who may not list bindings everywhere is answered for the namespaces that he can see, or for the context's.
    """
    if args.selector:
        choice = _selected(args, source)
        return Survey(
            source.read(Wanted(resources, choice.namespaces)), choice.namespaces or (), choice.remarks
        )
    one = named(args)
    if one:
        return Survey(source.read(Wanted(resources, (one,))), (one,), absence(source, one))
    snapshot = source.read(Wanted((*dict.fromkeys((*resources, "namespaces", "profiles")),)))
    everywhere = everywhere or args.all_namespaces
    found = known_namespaces(snapshot) if everywhere else kubeflow_namespaces(snapshot)
    if snapshot.gap("rolebindings", ""):
        return _seen(args, source, resources, snapshot, found)
    if found or everywhere:
        return Survey(snapshot, found)
    everything = known_namespaces(snapshot)
    return Survey(snapshot, everything, ("no Kubeflow namespace was found: all namespaces are shown",))


def _seen(
    args: argparse.Namespace,
    source: Source,
    resources: tuple[str, ...],
    snapshot: Snapshot,
    found: tuple[str, ...],
) -> Survey:
    """What a caller sees who may not list the bindings of the whole cluster."""
    own = source.default_namespace().name
    namespaces = found if snapshot.namespaces or snapshot.profiles else tuple({own} - {""})
    partial = snapshot.gap("namespaces", "") is not None
    remark = f"namespaces cannot be listed: this is about `{own}` alone, name another one with `-n`"
    return Survey(
        source.read(Wanted(resources, namespaces)), namespaces, (remark,) if partial else (), partial
    )


def named(args: argparse.Namespace) -> str:
    """Return the namespace that `-n` names; "" without it, and with -A, which wins."""
    return "" if args.all_namespaces else str(flags.flag(args, "namespace"))


def absence(source: Source, namespace: str) -> tuple[str, ...]:
    """Return what to say of a namespace that is certainly not there; nothing of any other, and of ""."""
    if not namespace or source.namespace_exists(namespace) is not False:
        return ()
    return (f"there is no namespace `{namespace}`: what RBAC would allow in it is said all the same",)
