"""What a fix does, and what people should know about it, as values that commands put into words."""

from __future__ import annotations

import enum
from typing import ClassVar

from msgspec import Struct

from kubectl_kfaccess.rbac.model import Binding, ClusterRole, KubernetesObject, Subject


class AddContributor(Struct, frozen=True):
    """Add *user* to a profile as a contributor, as the dashboard does; *role* is the role's short name."""

    user: str
    profile: str
    role: str


class BindRole(Struct, frozen=True):
    """Bind *subject* to a role in *namespace* ("": in the whole cluster). A *new* role is created too."""

    subject: Subject
    kind: str
    role: str
    namespace: str
    new: bool = False


class AggregateRole(Struct, frozen=True):
    """Create the ClusterRole *role* with labels that aggregate its rules *into* another ClusterRole."""

    role: str
    into: str


class RestoreLabel(Struct, frozen=True):
    """
    Put the label *key*=*value* back on the ClusterRole *role*, so that *into* aggregates it again.

    *component* is the component that ships the role with this label, "" if none is known to.
    """

    role: ClusterRole
    key: str
    value: str
    into: str
    component: str = ""


class Misspelled(enum.Enum):
    """The purpose of a binding that names a user in another spelling."""

    SUBJECT = enum.auto()
    CONTRIBUTOR = enum.auto()
    OWNER = enum.auto()


class CorrectName(Struct, frozen=True):
    """Correct the name that is *written* in *binding* to *name*."""

    written: str
    name: str
    binding: Binding
    misspelled: Misspelled


Action = AddContributor | BindRole | AggregateRole | CorrectName | RestoreLabel


def changed_object(action: Action) -> KubernetesObject | None:
    """Return the object that the action changes; None if it only creates objects."""
    if isinstance(action, RestoreLabel):
        return action.role
    return action.binding if isinstance(action, CorrectName) else None


class ReportedFinding(Struct, frozen=True):
    """The fix corrects something that `profiles` reports as the finding with this id."""

    decides: ClassVar[bool] = False

    finding: str


class OrderMatters(Struct, frozen=True):
    """The objects, of these *kinds*, must be applied in their order, or the profile controller stops."""

    decides: ClassVar[bool] = False

    kinds: tuple[str, ...]


class NameUnproven(Struct, frozen=True):
    """Nothing proves that the identity provider spells *name* like this."""

    decides: ClassVar[bool] = True

    name: str


class MeshRefuses(Struct, frozen=True):
    """RBAC then allows the request, but the mesh still refuses *user* in *namespace*."""

    decides: ClassVar[bool] = True

    user: str
    namespace: str


FixNote = ReportedFinding | OrderMatters | NameUnproven | MeshRefuses
"""What to know about a fix; *decides* says that it decides whether the fix is right, or enough."""


def alphabetical(action: Action) -> tuple[int, tuple[str, ...]]:
    """
    Return the sort key of *action* among fixes of the same question that grant as many permissions.

    Names sort as they are quoted: `a-b` comes before `a`, because a quote ends the name.
    """
    if isinstance(action, AddContributor):
        return 0, ()
    if isinstance(action, AggregateRole):
        return 1, (f"{action.role}`", f"{action.into}`")
    if isinstance(action, BindRole):
        return (3 if action.new else 2), (action.kind, f"{action.role}`")
    if isinstance(action, RestoreLabel):
        return 1, (f"{action.role.name}`", f"{action.into}`")
    names: tuple[str, ...] = (f"{action.written}`",)
    if action.misspelled is Misspelled.SUBJECT:
        names = (*names, action.binding.kind, f"{action.binding.name}`", action.binding.namespace)
    return 3 + action.misspelled.value, names
