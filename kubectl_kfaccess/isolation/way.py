"""A way by which subjects get into a tenant that is not theirs, as a value."""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Reached
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.model import Binding, Subject

EVERY_TENANT = ""
"""The namespace of a way into all tenants."""
NO_HOME = ""
"""The tenant of subjects that are at home in none."""


class WayKind(enum.Enum):
    """What lets subjects in."""

    FOREIGN = "foreign"  # a binding of a subject that is at home in another tenant, or of everybody
    INDIRECT = "indirect"  # steps
    EVERYWHERE = "everywhere"  # a ClusterRoleBinding
    GROUP = "group"  # a binding of a group without the dashboard's annotations
    OTHER = "other"  # any other binding of a subject without a home
    SHARED = "shared"  # the owner, on the dashboard


class Way(Struct, frozen=True):
    """
    How *subjects* get into the tenant that has the namespace *into* (EVERY_TENANT: into all but their own).

    They are at home in the tenant *from_tenant*, NO_HOME if in none; all of them use the same way, or ways
    by steps into the same namespace. *bindings* grant the access if no step is needed. *reached* is what the
    first subject reaches in the best way otherwise. *crosses*: the way breaks the isolation, if it is proved.
    *through* are people who can act as the subjects.
    """

    into: str
    from_tenant: str
    subjects: tuple[Subject, ...]
    kind: WayKind
    level: TenantLevel
    crosses: bool
    bindings: tuple[Binding, ...] = ()
    reached: Reached | None = None
    through: tuple[Subject, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether no step depends on a condition that cannot be read."""
        return self.reached is None or self.reached.is_proved

    @property
    def subject(self) -> Subject:
        """The first of the subjects."""
        return self.subjects[0]
