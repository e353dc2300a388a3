"""Which namespaces a command asks about: the flags' choice, else the context's."""

from __future__ import annotations

import argparse

from msgspec import Struct

from kubectl_kfaccess.commands import options
from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.rbac.labels import parsed, selects
from kubectl_kfaccess.rbac.snapshot import Namespaces
from kubectl_kfaccess.sources.source import Source, Wanted


class Choice(Struct, frozen=True):
    """The namespaces, whether a flag chose them, and what to say of a choice that the user left open."""

    namespaces: Namespaces
    explicit: bool
    remarks: tuple[str, ...] = ()


def chosen(args: argparse.Namespace, source: Source) -> Choice:
    """Return the namespaces to ask about; -A wins over -n, as in kubectl."""
    if args.selector:
        return _selected(args, source)
    if args.all_namespaces:
        return Choice(None, explicit=False)
    namespace = options.flag(args, "namespace")
    if namespace:
        return Choice((namespace,), explicit=True)
    default = source.default_namespace()
    if not default.name:
        return Choice(None, explicit=False)
    origin = "the default" if default.origin == "default" else f"from the {default.origin}"
    remark = f"namespace `{default.name}` ({origin}); -A for all"
    return Choice((default.name,), explicit=False, remarks=(remark,))


def _selected(args: argparse.Namespace, source: Source) -> Choice:
    named = options.flag(args, "namespace")
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
