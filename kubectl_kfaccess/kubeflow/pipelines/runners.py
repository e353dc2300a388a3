"""Who runs steps, and the other personas of Kubeflow: which subject each of them is in which namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, VIEWER
from kubectl_kfaccess.kubeflow.pipelines.installation import RUNNER, Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.needs import (
    EDITOR_NEEDS,
    OWNER_NEEDS,
    RUNNER_NEEDS,
    VIEWER_NEEDS,
    Need,
)
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.rbac.known_subjects import Who, identified
from kubectl_kfaccess.rbac.model import RoleRef, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, USER, displayed, principal

PERSONAS = (RUNNER, EDITOR, VIEWER, "profile-owner", "contributor-edit", "contributor-view")
"""Words that stand before a service account of that name."""


class Expected(Struct, frozen=True):
    """The binding that Kubeflow makes for a persona, and the role that it grants."""

    binding: str
    role: RoleRef


class Runner(Struct, frozen=True):
    """A subject in a namespace, with what it needs there and, if Kubeflow makes one, its binding."""

    namespace: str
    who: Who
    needs: tuple[Need, ...]
    expected: Expected | None = None

    @property
    def account(self) -> Subject | None:
        """The service account that has to exist; None for people."""
        return self.who.subject if self.who.subject.kind == SERVICE_ACCOUNT else None


OF_RUNNER = Expected("pipeline-runner-binding", RoleRef("Role", RUNNER))
OF_EDITOR = Expected(EDITOR, RoleRef("ClusterRole", ROLES["edit"]))
OF_VIEWER = Expected(VIEWER, RoleRef("ClusterRole", ROLES["view"]))
OF_OWNER = Expected(OWNERS_BINDING, RoleRef("ClusterRole", ROLES["admin"]))


def of_pipelines(found: Pipelines, profiles: Iterable[str]) -> tuple[Runner, ...]:
    """Return who runs the steps of pipelines that are installed so: for one team, or in all of *profiles*."""
    if found.mode is Mode.ABSENT:
        return ()
    alone = (_account(found.namespace, found.account if found.mode is Mode.STANDALONE else RUNNER),)
    if found.mode is Mode.STANDALONE:
        return alone
    account = found.account if found.mode is Mode.MULTI_USER else EDITOR
    many = tuple(_account(namespace, account) for namespace in profiles)
    return many if found.mode is Mode.MULTI_USER else (*alone, *many)


def of_persona(persona: str, snapshot: Snapshot, profiles: Iterable[str]) -> tuple[Runner, ...]:
    """Return who *persona*, one of PERSONAS, is in each of *profiles*; nobody where there is none."""
    members = _MEMBERS[persona]
    return tuple(runner for namespace in profiles for runner in members(namespace, snapshot))


def of_subject(who: Who, namespace: str) -> Runner:
    """Return a subject that was named, in *namespace*: an account as one that runs steps."""
    if who.subject.kind == SERVICE_ACCOUNT:
        return Runner(namespace, who, RUNNER_NEEDS, _EXPECTED.get(who.subject.name))
    return Runner(namespace, who, EDITOR_NEEDS)


_EXPECTED = {RUNNER: OF_RUNNER, EDITOR: OF_EDITOR, VIEWER: OF_VIEWER}


def _account(namespace: str, name: str) -> Runner:
    return of_subject(identified(Subject(SERVICE_ACCOUNT, name, namespace)), namespace)


def _editor(namespace: str, _snapshot: Snapshot) -> Iterator[Runner]:
    yield _account(namespace, EDITOR)


def _viewer(namespace: str, _snapshot: Snapshot) -> Iterator[Runner]:
    who = identified(Subject(SERVICE_ACCOUNT, VIEWER, namespace))
    yield Runner(namespace, who, VIEWER_NEEDS, OF_VIEWER)


def _owner(namespace: str, snapshot: Snapshot) -> Iterator[Runner]:
    profile = snapshot.profiles.get(("", namespace))
    if profile and profile.owner:
        meant = principal(
            profile.owner, namespace
        )  # an account without namespace is one of the profile's own
        if meant:
            yield Runner(namespace, identified(displayed(meant)), OWNER_NEEDS, OF_OWNER)
        return
    binding = snapshot.role_bindings.get((namespace, OF_OWNER.binding))
    for subject in binding.subjects if binding else ():
        if meant := principal(subject, namespace):
            yield Runner(namespace, identified(displayed(meant)), OWNER_NEEDS, OF_OWNER)


def _contributors(role: str, needs: tuple[Need, ...]) -> Callable[[str, Snapshot], Iterator[Runner]]:
    def found(namespace: str, snapshot: Snapshot) -> Iterator[Runner]:
        """The users to whom a binding of the profile grants *role*."""
        users: dict[str, None] = {}
        for binding in snapshot.role_bindings_by_namespace.get(namespace, ()):
            if (binding.role_ref.kind, binding.role_ref.name) == ("ClusterRole", role):
                users.update(dict.fromkeys(one.name for one in binding.subjects if one.kind == USER))
        for name in sorted(users):
            yield Runner(namespace, identified(Subject(USER, name)), needs)

    return found


_MEMBERS: dict[str, Callable[[str, Snapshot], Iterator[Runner]]] = {
    EDITOR: _editor,
    VIEWER: _viewer,
    "profile-owner": _owner,
    "contributor-edit": _contributors(ROLES["edit"], EDITOR_NEEDS),
    "contributor-view": _contributors(ROLES["view"], VIEWER_NEEDS),
}
