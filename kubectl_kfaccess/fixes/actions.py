"""What a fix does, and what else is to be known of it, as causes that commands put into words."""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.rbac.model import Binding, Subject


class AddContributor(Struct, frozen=True):
    """Add *user* to a profile as a contributor, as the dashboard does, with the short name of a role."""

    user: str
    profile: str
    role: str


class BindRole(Struct, frozen=True):
    """Bind *subject* to a role, in *namespace* or ("") in the whole cluster; a *new* role is made as well."""

    subject: Subject
    kind: str
    role: str
    namespace: str
    new: bool = False


class AggregateRole(Struct, frozen=True):
    """Make the ClusterRole *role* with labels by which its rules come *into* another one."""

    role: str
    into: str


class Misspelled(enum.Enum):
    """What the binding is for that names somebody in another spelling."""

    SUBJECT = enum.auto()
    CONTRIBUTOR = enum.auto()
    OWNER = enum.auto()


class CorrectName(Struct, frozen=True):
    """Correct the name that is *written* in *binding* to *name*."""

    written: str
    name: str
    binding: Binding
    misspelled: Misspelled


Action = AddContributor | BindRole | AggregateRole | CorrectName


class ReportedFinding(Struct, frozen=True):
    """What is corrected is a finding of `profiles`, whose id this is."""

    finding: str


class OrderMatters(Struct, frozen=True):
    """The objects, of these *kinds*, are to be applied in their order: else the profile controller stops."""

    kinds: tuple[str, ...]


class NameUnproven(Struct, frozen=True):
    """Nothing proves that the identity provider spells the *name* so."""

    name: str


class MeshRefuses(Struct, frozen=True):
    """RBAC allows it then, but the mesh still keeps *user* from the workloads of *namespace*."""

    user: str
    namespace: str


FixNote = ReportedFinding | OrderMatters | NameUnproven | MeshRefuses


def alphabetical(action: Action) -> tuple[int, tuple[str, ...]]:
    """
    Return the place of *action* among others about the same question that grant as much.

    It is the order of their names as they are quoted: `a-b` stands before `a`, which a quote ends.
    """
    if isinstance(action, AddContributor):
        return 0, ()
    if isinstance(action, AggregateRole):
        return 1, (f"{action.role}`", f"{action.into}`")
    if isinstance(action, BindRole):
        return (3 if action.new else 2), (action.kind, f"{action.role}`")
    names: tuple[str, ...] = (f"{action.written}`",)
    if action.misspelled is Misspelled.SUBJECT:
        names = (*names, action.binding.kind, f"{action.binding.name}`", action.binding.namespace)
    return 3 + action.misspelled.value, names
