"""What tells how pipelines run: the objects of the chosen namespaces, and of those that they depend on."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.namespaces import INSTALLED, profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.personas import PERSONAS
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope, with_named_namespaces
from kubectl_kfaccess.resolve.subject_words import parse_subject
from kubectl_kfaccess.sources.source import Source, Wanted

WITHIN = ("roles", "rolebindings", "serviceaccounts")
KINDS = ("clusterroles", "clusterrolebindings", *WITHIN, "namespaces", "profiles")


def read_pipelines_scope(choice: ScopeChoice, persona: str, source: Source) -> Scope:
    """Return the objects that *persona* (or a subject) needs, and the namespaces; raises as read_scope."""
    scope = read_scope(choice, source, KINDS)
    snapshot = with_named_namespaces(source, scope.snapshot, scope.namespaces)
    if source.live and (choice.is_narrowed or snapshot.gaps):
        snapshot = _with_others(persona, source, snapshot, scope.namespaces)
    return replace(scope, snapshot=snapshot)


def _with_others(persona: str, source: Source, snapshot: Snapshot, namespaces: tuple[str, ...]) -> Snapshot:
    """
    Return the snapshot with the objects of Kubeflow's own namespace and of the subject's.

    If only some namespaces were read, these two would otherwise look empty.
    """
    subject = None if persona in PERSONAS else parse_subject(persona, "default")
    home = subject.namespace if subject else ""
    others = tuple(name for name in (INSTALLED[0], home) if name and name not in namespaces)
    return source.read(Wanted(WITHIN, others)).over(snapshot) if others else snapshot


def profiles_in(scope: Scope) -> tuple[str, ...]:
    """Return the namespaces of profiles; if those cannot be listed completely, also the chosen namespaces."""
    snapshot = scope.snapshot
    profiles = profile_namespaces(snapshot)
    if not (snapshot.gap("namespaces", "") or snapshot.gap("profiles", "")):
        return profiles
    return tuple(dict.fromkeys((*profiles, *(name for name in scope.namespaces if name not in INSTALLED))))
