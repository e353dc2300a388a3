"""What `check` reads: the objects of the chosen namespaces, and what else they depend on."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.commands.check.arguments import Options
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED
from kubectl_kfaccess.kubeflow.tenants.personas import PERSONAS
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope, with_named_namespaces
from kubectl_kfaccess.resolve.subject_words import parse_subject
from kubectl_kfaccess.sources.source import Source, Wanted

WITHIN = ("roles", "rolebindings", "serviceaccounts")
KINDS = ("clusterroles", "clusterrolebindings", *WITHIN, "namespaces", "profiles")


def scope_read(options: Options, source: Source) -> Scope:
    """Return the objects that a check needs, and the chosen namespaces. Raises as read_scope does."""
    scope = read_scope(options.scope, source, KINDS)
    snapshot = with_named_namespaces(source, scope.snapshot, scope.namespaces)
    if source.live and (options.scope.is_narrowed or snapshot.gaps):
        snapshot = _with_others(options, source, snapshot, scope.namespaces)
    return replace(scope, snapshot=snapshot)


def _with_others(
    options: Options, source: Source, snapshot: Snapshot, namespaces: tuple[str, ...]
) -> Snapshot:
    """
    Return the snapshot with the objects of Kubeflow's own namespace and of the subject's.

    If only some namespaces were read, these two would otherwise look empty.
    """
    subject = None if options.persona in PERSONAS else parse_subject(options.persona, "default")
    home = subject.namespace if subject else ""
    others = tuple(name for name in (INSTALLED[0], home) if name and name not in namespaces)
    return source.read(Wanted(WITHIN, others)).over(snapshot) if others else snapshot
