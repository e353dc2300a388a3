"""The answer of `diff` as a value: what roles and subjects gain and lose, and which objects bring it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.kubeflow.catalogue.powers import Power
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.causes import Cause
from kubectl_kfaccess.rbac.differences import Difference, RoleDifference
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.permission_groups import PermissionGroup
from kubectl_kfaccess.rbac.permissions import PermissionSet
from kubectl_kfaccess.resolve.places import file_place

AcceptedParts = tuple[Accepted | None, ...]
"""Why what is gained, lost, maybe gained and maybe lost is expected; None for what is not."""
NOT_ACCEPTED: AcceptedParts = (None, None, None, None)


class PlacedCause(Struct, frozen=True, order=True):
    """
    A cause, and where its object stands in the files: `FILE:LINE`, or "" if it is in none.

    *derived*: no file has the object, and the Profile controller makes it of a Profile that is applied.
    """

    cause: Cause
    place: str = ""
    derived: bool = False

    @property
    def file(self) -> str:
        """The file as the user names it, `-` for standard input; "" if there is none."""
        return file_place(self.place).file

    @property
    def line(self) -> int | None:
        """The line in the file, from 1; None if it is not known."""
        return file_place(self.place).line or None


class AreaChange(Struct, frozen=True):
    """The levels of an area before and after, in the words of `access`."""

    area: str
    before: str
    after: str


class Change(Struct, frozen=True, kw_only=True):
    """What is gained and lost, and why parts of it are expected."""

    accepted_parts: AcceptedParts = NOT_ACCEPTED

    @property
    def parts(self) -> tuple[PermissionSet, ...]:
        """What is gained, lost, maybe gained and maybe lost."""
        raise NotImplementedError

    @property
    def accepted(self) -> Accepted | None:
        """The first reason if all parts that are not empty are expected, else None."""
        pairs = zip(self.parts, self.accepted_parts, strict=True)
        reasons = [reason for part, reason in pairs if part]
        return reasons[0] if reasons and all(reasons) else None

    @property
    def counting(self) -> tuple[bool, ...]:
        """Whether each part has something that is not expected."""
        pairs = zip(self.parts, self.accepted_parts, strict=True)
        return tuple(bool(part) and not reason for part, reason in pairs)


class PermissionChanges(Struct, frozen=True):
    """The permissions that change, in groups."""

    gained: tuple[PermissionGroup, ...]
    lost: tuple[PermissionGroup, ...]
    maybe_gained: tuple[PermissionGroup, ...] = ()
    maybe_lost: tuple[PermissionGroup, ...] = ()


class SubjectChange(Change, frozen=True):
    """
    What one subject gains and loses in one namespace ("": in the whole cluster).

    *areas* are those whose level changes, and *others* the changes that no level shows. *powers* are what the
    gained permissions lead to. *crosses*: access to another tenant is gained, or may be.
    """

    subject: Subject
    difference: Difference
    areas: tuple[AreaChange, ...]
    others: PermissionChanges
    powers: tuple[Power, ...]
    crosses: bool
    causes: tuple[PlacedCause, ...]

    @property
    def parts(self) -> tuple[PermissionSet, ...]:
        """What is gained, lost, maybe gained and maybe lost."""
        return self.difference.parts

    @property
    def namespace(self) -> str:
        """The namespace, "" for the whole cluster."""
        return self.difference.namespace

    @property
    def gains(self) -> bool:
        """Whether anything is surely gained."""
        return bool(self.difference.gained)

    @property
    def loses(self) -> bool:
        """Whether anything is surely lost."""
        return bool(self.difference.lost)

    @property
    def maybe(self) -> bool:
        """Whether anything is maybe gained or lost."""
        return bool(self.difference.maybe_gained or self.difference.maybe_lost)


class RoleChange(Change, frozen=True):
    """What a role gains and loses, whether or not anybody is bound to it."""

    difference: RoleDifference
    areas: tuple[AreaChange, ...]
    others: PermissionChanges
    causes: tuple[PlacedCause, ...]

    @property
    def parts(self) -> tuple[PermissionSet, ...]:
        """What is gained and lost; nothing is maybe."""
        nothing = self.difference.gained.none
        return (self.difference.gained, self.difference.lost, nothing, nothing)


class StepChange(Struct, frozen=True):
    """
    *subject* gets into the tenant *namespace* ("": into all of them) by steps, and did not before.

    *reached* is what the steps lead to: `Steps.of` explains them. If that is somebody outside of the
    namespace, *level* is how much access they have there, by *bindings*, and *before* how much the subject
    had by them before.
    """

    subject: Subject
    namespace: str
    reached: Reached
    before: TenantLevel
    level: TenantLevel | None
    bindings: tuple[Binding, ...]
    causes: tuple[PlacedCause, ...]
    accepted: Accepted | None = None

    @property
    def is_proved(self) -> bool:
        """Whether no step depends on a condition that cannot be read."""
        return self.reached.is_proved


class Steps(Struct, frozen=True):
    """Who gets into another tenant by the steps of *escalation*, that of the second state."""

    changes: tuple[StepChange, ...] = ()
    escalation: Escalation | None = None

    def of(self, change: StepChange) -> tuple[Step, ...]:
        """Return the steps of one of the changes."""
        return self.escalation.steps(change.reached) if self.escalation else ()


def causes_in(changes: Iterable[SubjectChange | RoleChange | StepChange]) -> Iterator[PlacedCause]:
    """Yield the causes of *changes*, each once and in order."""
    yield from sorted({cause for change in changes for cause in change.causes})


class MeshChange(Struct, frozen=True):
    """Whether requests of a subject reach a namespace, before and after."""

    subject: Subject
    namespace: str
    before: Reach
    after: Reach


class Diff(Struct, frozen=True):
    """
    The changes from one state to another, *to* is "" if it is the first with *change* laid over it.

    *refused_by_mesh* are users who gain access in a profile that the mesh keeps them out of, with the
    namespace. *subject* is the one that was asked about; None for everybody. *steps* say who gets into
    another tenant by steps.
    """

    from_: str
    to: str
    roles: tuple[RoleChange, ...]
    changes: tuple[SubjectChange, ...]
    mesh: tuple[MeshChange, ...] = ()
    refused_by_mesh: tuple[tuple[Subject, str], ...] = ()
    change: Data = {}
    subject: Subject | None = None
    steps: Steps = Steps()
