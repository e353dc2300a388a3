"""Which subjects run pipeline steps, and which subject each of Kubeflow's personas is in a namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, RUNNER, VIEWER
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.needs import (
    EDITOR_NEEDS,
    OWNER_NEEDS,
    RUNNER_NEEDS,
    VIEWER_NEEDS,
    Need,
)
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.personas import OWNER
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, identified
from kubectl_kfaccess.rbac.model import RoleRef, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, USER, displayed, principal


class Expected(Struct, frozen=True):
    """The name of the binding that Kubeflow creates for a persona, and the role that it grants."""

    binding: str
    role: RoleRef


class Runner(Struct, frozen=True):
    """A subject in a namespace, what it needs there, and the binding that Kubeflow creates for it, if any."""

    namespace: str
    who: KnownSubject
    needs: tuple[Need, ...]
    expected: Expected | None = None

    @property
    def account(self) -> Subject | None:
        """The service account, which has to exist; None for people."""
        return self.who.subject if self.who.subject.kind == SERVICE_ACCOUNT else None


RUNNER_BINDING = Expected("pipeline-runner-binding", RoleRef("Role", RUNNER))
EDITOR_BINDING = Expected(EDITOR, RoleRef("ClusterRole", ROLES["edit"]))
VIEWER_BINDING = Expected(VIEWER, RoleRef("ClusterRole", ROLES["view"]))
OWNER_BINDING = Expected(OWNERS_BINDING, RoleRef("ClusterRole", ROLES["admin"]))


def pipelines_runners(pipelines: Pipelines, profiles: Iterable[str]) -> tuple[Runner, ...]:
    """Return the subjects that run steps: one in standalone mode, one for each profile in multi-user mode."""
    if pipelines.mode is Mode.ABSENT:
        return ()
    is_standalone = pipelines.mode is Mode.STANDALONE
    standalone = (_account(pipelines.namespace, pipelines.account if is_standalone else RUNNER),)
    if is_standalone:
        return standalone
    account = pipelines.account if pipelines.mode is Mode.MULTI_USER else EDITOR
    multi_user = tuple(_account(namespace, account) for namespace in profiles)
    return multi_user if pipelines.mode is Mode.MULTI_USER else (*standalone, *multi_user)


def persona_runners(persona: str, snapshot: Snapshot, profiles: Iterable[str]) -> tuple[Runner, ...]:
    """Return the subjects that are *persona*, one of PERSONAS but RUNNER, in each of *profiles*."""
    members = _MEMBERS[persona]
    return tuple(runner for namespace in profiles for runner in members(namespace, snapshot))


def subject_runner(who: KnownSubject, namespace: str) -> Runner:
    """Return *who* as a runner in *namespace*, with the needs of steps (service accounts) or of editors."""
    if who.subject.kind == SERVICE_ACCOUNT:
        return Runner(namespace, who, RUNNER_NEEDS, _EXPECTED.get(who.subject.name))
    return Runner(namespace, who, EDITOR_NEEDS)


_EXPECTED = {RUNNER: RUNNER_BINDING, EDITOR: EDITOR_BINDING, VIEWER: VIEWER_BINDING}


def _account(namespace: str, name: str) -> Runner:
    return subject_runner(identified(Subject(SERVICE_ACCOUNT, name, namespace)), namespace)


def _editor(namespace: str, _snapshot: Snapshot) -> Iterator[Runner]:
    yield _account(namespace, EDITOR)


def _viewer(namespace: str, _snapshot: Snapshot) -> Iterator[Runner]:
    who = identified(Subject(SERVICE_ACCOUNT, VIEWER, namespace))
    yield Runner(namespace, who, VIEWER_NEEDS, VIEWER_BINDING)


def _owner(namespace: str, snapshot: Snapshot) -> Iterator[Runner]:
    profile = snapshot.profiles.get(("", namespace))
    if profile and profile.owner:
        subjects: tuple[Subject, ...] = (profile.owner,)
    else:
        binding = snapshot.role_bindings.get((namespace, OWNER_BINDING.binding))
        subjects = binding.subjects if binding else ()
    for subject in subjects:
        # A service account without a namespace is one of the profile's own
        if owner := principal(subject, namespace):
            yield Runner(namespace, identified(displayed(owner)), OWNER_NEEDS, OWNER_BINDING)


def _contributors(role: str, needs: tuple[Need, ...]) -> Callable[[str, Snapshot], Iterator[Runner]]:
    def contributors(namespace: str, snapshot: Snapshot) -> Iterator[Runner]:
        """Yield the users to which a contributor's RoleBinding of the profile grants *role*, by name."""
        users: set[str] = set()
        for binding in snapshot.role_bindings_by_namespace.get(namespace, ()):
            if binding.role_ref == RoleRef("ClusterRole", role) and binding.name != OWNERS_BINDING:
                users.update(subject.name for subject in binding.subjects if subject.kind == USER)
        for name in sorted(users):
            yield Runner(namespace, identified(Subject(USER, name)), needs)

    return contributors


_MEMBERS: dict[str, Callable[[str, Snapshot], Iterator[Runner]]] = {
    EDITOR: _editor,
    VIEWER: _viewer,
    OWNER: _owner,
    "contributor-admin": _contributors(ROLES["admin"], OWNER_NEEDS),
    "contributor-edit": _contributors(ROLES["edit"], EDITOR_NEEDS),
    "contributor-view": _contributors(ROLES["view"], VIEWER_NEEDS),
}
