"""A finding about an object, as a value: each type of finding has an id that stays."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable

from msgspec import Struct

from kubectl_kfaccess.rbac.model import KubernetesObject


class Severity(enum.Enum):
    """How bad a finding is; Kubeflow's own upstream defects are never more than warnings."""

    ERROR = "error"
    WARNING = "warning"


class FindingType(Struct, frozen=True):
    """
    A type of finding: its *id*, once published, stays and names its page in the documentation.

    *what* says when it is found, *why* what it does to people, *fix* how to get rid of it: whole sentences.
    """

    id: str
    severity: Severity
    what: str
    why: str
    fix: str


class Finding(Struct, frozen=True):
    """
    A finding about one object, named by *kind*, *namespace* ("" for a cluster-scoped one) and *name*.

    *message* is one line, lower case, with the cluster's names in backticks; it is made safe when shown.
    *roles* are ClusterRoles that lack rules because of it. *own_severity* replaces the severity of the type.
    """

    type: FindingType
    kind: str
    namespace: str
    name: str
    message: str
    roles: tuple[str, ...] = ()
    own_severity: Severity | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is here: as bad as all findings of its type, unless it has a severity of its own."""
        return self.own_severity or self.type.severity

    @property
    def order(self) -> tuple[bool, str, str, str, str, str]:
        """What to sort by: errors first, then ids, then the object."""
        return (
            self.severity is not Severity.ERROR,
            self.type.id,
            self.namespace,
            self.kind,
            self.name,
            self.message,
        )

    def concerns(self, roles: Collection[str]) -> bool:
        """Whether it is about one of *roles*, or one of them lacks rules because of it."""
        return any(name in roles for name in (self.name, *self.roles))


def about(
    target: KubernetesObject, finding_type: FindingType, message: str, roles: tuple[str, ...] = ()
) -> Finding:
    """Return a finding of that type about *target*."""
    return Finding(finding_type, target.kind, target.namespace, target.name, message, roles)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, errors first, each once."""
    ordered = sorted(findings, key=lambda finding: finding.order)
    return tuple(finding for at, finding in enumerate(ordered) if not at or finding != ordered[at - 1])
