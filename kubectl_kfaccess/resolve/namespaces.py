"""The namespaces that a command asks about: those that flags choose, else the context's or Kubeflow's."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces, kubeflow_namespaces
from kubectl_kfaccess.rbac.labels import parsed, selects
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.resolve.mesh_policies import read_with_root
from kubectl_kfaccess.sources.source import Source, Wanted


class NamespaceChoice(Struct, frozen=True):
    """The namespaces (None for all), whether `-n` or `-l` chose them, and remarks on it for the user."""

    namespaces: Namespaces
    explicit: bool
    remarks: tuple[str, ...] = ()


def choose_namespaces(scope: ScopeChoice, source: Source) -> NamespaceChoice:
    """
    Return the namespaces to ask about; -A wins over -n, as in kubectl.

    Raises UsageError if `-l` is combined with `-n` or `-A` or cannot be parsed, CannotAnswer if `-l` is given
    and namespaces cannot be listed.
    """
    if scope.selector:
        return _selected(scope, source)
    if scope.everywhere:
        return NamespaceChoice(None, explicit=False)
    if scope.named:
        return NamespaceChoice((scope.named,), explicit=True)
    default = source.default_namespace()
    if not default.name:
        return NamespaceChoice(None, explicit=False)
    origin = "the default" if default.origin == "default" else f"from the {default.origin}"
    remark = f"namespace `{default.name}` ({origin}); -A for all"
    return NamespaceChoice((default.name,), explicit=False, remarks=(remark,))


def _selected(scope: ScopeChoice, source: Source) -> NamespaceChoice:
    """Return the namespaces whose labels `-l` selects. Raises as choose_namespaces does."""
    if scope.namespaces or scope.everywhere:
        other = "-n" if scope.namespaces else "-A"
        raise UsageError(f"`-l` and `{other}` cannot be combined: both choose namespaces")
    selector = parsed(scope.selector)
    snapshot = source.read(Wanted(("namespaces",)))
    for gap in (gap for gap in snapshot.gaps if not gap.is_of_files):
        raise CannotAnswer(
            f"cannot list namespaces, which `-l` needs: {gap.reason}",
            hint="name one with `-n`",
            code=gap.code,
        )
    chosen = (space for space in snapshot.namespaces.values() if selects(selector, space.metadata.labels))
    names = tuple(sorted(space.name for space in chosen))
    remarks = () if names else (f"no namespace has the labels `{scope.selector}`",)
    return NamespaceChoice(names, explicit=True, remarks=remarks)


class Scope(Struct, frozen=True):
    """
    The objects that a command needs, and the namespaces that its answer is about.

    *partial* says that there may be more namespaces, because the caller cannot list them.
    """

    snapshot: Snapshot
    namespaces: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    partial: bool = False


def read_scope(
    scope: ScopeChoice, source: Source, resources: tuple[str, ...], *, everywhere: bool = False
) -> Scope:
    """
    Return the objects of *resources*, and the namespaces: by default Kubeflow's; -A adds the others.

    With *everywhere* the default is all namespaces. Callers who cannot list bindings cluster-wide get an
    answer for the namespaces that they can list, or for the context's namespace. Raises UsageError or
    CannotAnswer as choose_namespaces does.
    """
    if scope.selector:
        choice = _selected(scope, source)
        snapshot = read_with_root(source, Wanted(resources, choice.namespaces))
        return Scope(snapshot, choice.namespaces or (), choice.remarks)
    if scope.named:
        snapshot = read_with_root(source, Wanted(resources, (scope.named,)))
        return Scope(snapshot, (scope.named,), missing_namespace_note(source, scope.named))
    snapshot = source.read(Wanted((*dict.fromkeys((*resources, "namespaces", "profiles")),)))
    everywhere = everywhere or scope.everywhere
    names = known_namespaces(snapshot) if everywhere else kubeflow_namespaces(snapshot)
    gap = snapshot.gap("rolebindings", "")
    if gap and not gap.is_of_files:  # what else is in a file can be seen
        return _visible_scope(source, resources, snapshot, names)
    if names or everywhere:
        return Scope(snapshot, names)
    every_name = known_namespaces(snapshot)
    return Scope(snapshot, every_name, ("no Kubeflow namespace was found: all namespaces are shown",))


def _visible_scope(
    source: Source, resources: tuple[str, ...], snapshot: Snapshot, names: tuple[str, ...]
) -> Scope:
    """Return the scope of a caller who cannot list the bindings of the whole cluster."""
    own = source.default_namespace().name
    namespaces = names if snapshot.namespaces or snapshot.profiles else tuple({own} - {""})
    partial = snapshot.gap("namespaces", "") is not None
    remark = f"namespaces cannot be listed: this is about `{own}` alone, name another one with `-n`"
    visible = read_with_root(source, Wanted(resources, namespaces))
    return Scope(visible, namespaces, (remark,) if partial else (), partial)


def missing_namespace_note(source: Source, namespace: str) -> tuple[str, ...]:
    """Return a remark if *namespace* certainly does not exist; nothing if it may exist, or is ""."""
    if not namespace or source.namespace_exists(namespace) is not False:
        return ()
    return (f"there is no namespace `{namespace}`: answering as if it existed",)
