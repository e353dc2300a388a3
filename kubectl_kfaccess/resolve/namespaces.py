"""The namespaces that a command asks about: those that flags choose, else the context's or Kubeflow's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace as changed

from msgspec import Struct

from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces, kubeflow_namespaces
from kubectl_kfaccess.kubeflow.tenants.likely_namespace import LikelyNamespace
from kubectl_kfaccess.rbac.labels import parsed, selects
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.resolve.likely_namespaces import likely_namespaces
from kubectl_kfaccess.resolve.mesh_policies import read_with_root
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reviewer
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.spelling import nearest


class NamespaceChoice(Struct, frozen=True):
    """The namespaces (None for all), whether `-n` or `-l` chose them, and remarks on it for the user."""

    namespaces: Namespaces
    explicit: bool
    remarks: tuple[str, ...] = ()


def choose_namespaces(scope: ScopeChoice, source: Source) -> NamespaceChoice:
    """
    Return the namespaces to ask about; -A wins over -n, as in kubectl.

    Without flags it is the context's. If that has none, callers who cannot list namespaces get their own.
    Raises UsageError if `-l` is combined with `-n` or `-A` or cannot be parsed, CannotAnswer if `-l` is given
    and namespaces cannot be listed.
    """
    if scope.selector:
        return _selected(scope, source)
    if scope.everywhere:
        return NamespaceChoice(None, explicit=False)
    if scope.chosen:
        return NamespaceChoice(scope.chosen, explicit=True)
    default = source.default_namespace()
    if not default.name:
        return NamespaceChoice(None, explicit=False)
    name, origin = default.name, f"from the {default.origin}"
    if default.origin == "default":
        own = _own_namespace(source)
        name, origin = (own, "probably yours: the context has none") if own else (name, "the default")
    remark = f"namespace `{name}` ({origin}); -A for all"
    return NamespaceChoice((name,), explicit=False, remarks=(remark,))


def _own_namespace(source: Source) -> str:
    """Return the likeliest namespace of a caller who cannot list namespaces; "" if none is theirs."""
    if source.reviewer is None or not _cannot_list_namespaces(source.reviewer):
        return ""
    return next((each.name for each in likely_namespaces(source) if each.is_theirs), "")


def _cannot_list_namespaces(reviewer: Reviewer) -> bool:
    """Whether the server says so, and not only that it does not answer."""
    (reply,) = reviewer.ask([AccessQuestion(Request("list", "", "namespaces"))])
    return reply.allowed is False


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

    *tried* are the namespaces that are probably the caller's, if none can be listed: then *namespaces* are
    those of them that are theirs. *partial* says that there may be more namespaces.
    """

    snapshot: Snapshot
    namespaces: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    partial: bool = False
    tried: tuple[LikelyNamespace, ...] = ()


def read_scope(
    scope: ScopeChoice, source: Source, resources: tuple[str, ...], *, everywhere: bool = False
) -> Scope:
    """
    Return the objects of *resources*, and the namespaces: by default Kubeflow's; -A adds the others.

    With *everywhere* the default is all namespaces. Callers who cannot list bindings cluster-wide get an
    answer for the namespaces that they can list, or else for those that are probably theirs. Raises
    UsageError or CannotAnswer as choose_namespaces does.
    """
    if scope.selector:
        choice = _selected(scope, source)
        snapshot = read_with_root(source, Wanted(resources, choice.namespaces))
        return Scope(snapshot, choice.namespaces or (), choice.remarks)
    if scope.chosen:
        snapshot = read_with_root(source, Wanted(resources, scope.chosen))
        missing = (note for name in scope.chosen for note in missing_namespace_note(source, name))
        return Scope(snapshot, scope.chosen, tuple(missing))
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
    partial = snapshot.gap("namespaces", "") is not None
    is_listed = bool(snapshot.namespaces or snapshot.profiles)
    tried = () if is_listed else likely_namespaces(source)
    namespaces = names if is_listed else tuple(each.name for each in tried if each.is_theirs)
    visible = read_with_root(source, Wanted(resources, namespaces))
    return Scope(visible, namespaces, _PARTIAL if partial and is_listed else (), partial, tried)


_PARTIAL = ("namespaces cannot be listed: this is about those of profiles, name another one with `-n`",)


def with_likely_namespaces(
    source: Source, snapshot: Snapshot, resources: tuple[str, ...]
) -> tuple[Snapshot, tuple[LikelyNamespace, ...]]:
    """
    Return the snapshot of the whole cluster, and the namespaces that were tried because it says too little.

    A caller who can list neither bindings nor namespaces gets the objects of *resources* in their own ones.
    """
    gap = snapshot.gap("rolebindings", "")
    if source.reviewer is None or gap is None or gap.is_of_files:
        return snapshot, ()
    tried = likely_namespaces(source) if _cannot_list_namespaces(source.reviewer) else ()
    theirs = tuple(each.name for each in tried if each.is_theirs)
    return (source.read(Wanted(resources, theirs)).over(snapshot) if theirs else snapshot), tried


def with_named_namespaces(source: Source, snapshot: Snapshot, names: Iterable[str]) -> Snapshot:
    """
    Return the snapshot with the Namespace objects of *names*, if namespaces could not be listed.

    A caller who cannot list namespaces can often get their own: its labels and annotations name its owner.
    """
    if not snapshot.gap("namespaces", ""):
        return snapshot
    unread = [name for name in names if ("", name) not in snapshot.namespaces]
    own = {space.key: space for name in unread[:_MOST_NAMESPACES] if (space := source.namespace(name))}
    return changed(snapshot, namespaces={**snapshot.namespaces, **own})


_MOST_NAMESPACES = 8
"""The largest number of Namespace objects that are read one by one."""


def missing_namespace_note(source: Source, namespace: str) -> tuple[str, ...]:
    """Return a remark if *namespace* certainly does not exist; nothing if it may exist, or is ""."""
    if not namespace or source.namespace_exists(namespace) is not False:
        return ()
    known = frozenset(known_namespaces(source.read(Wanted(("namespaces",)))))
    near = nearest(namespace, known)
    suggestion = f"; did you mean `{near}`?" if near else ""
    return (f"there is no namespace `{namespace}`: answering as if it existed{suggestion}",)
