"""A finding about an object, as a value. The id of each type of finding is permanent."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Reached
from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.kubeflow.managers import Manager
from kubectl_kfaccess.rbac.model import KubernetesObject, Subject


class Severity(enum.Enum):
    """
    How bad a finding is, the worst first. A defect that Kubeflow itself ships is never more than a warning.

    NOTE is for what is as the installed release has it, and that no object on the cluster can change.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_SEVERITIES = tuple(Severity)


class FindingType(Struct, frozen=True):
    """
    A type of finding. Its *id* names its page in the documentation, and never changes once it is published.

    *what* describes the problem, *why* says how it harms people, and *fix* says what to do: whole sentences.
    *references* are the advisories, issues and rules of standards that are about it: `CVE-…`, `GHSA-…`, or
    the project and the number of an issue (`KK#` is kubeflow/kubeflow, `KFP#` kubeflow/pipelines).
    """

    id: str
    severity: Severity
    what: str
    why: str
    fix: str
    references: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """
    A finding about one object, named by *kind*, *namespace* ("" if it is cluster-scoped) and *name*.

    *message* is one line in lower case, with names from the cluster in backticks; output makes it safe to
    show. *roles* are the ClusterRoles that lack rules because of the problem. *own_severity*, if it is set,
    replaces the severity of the type, and *own_references* its references. *manager* manages the object,
    None if nobody is known to do so. *brief* is the message in a few words for a list, about *subject* if
    there is one; "" if the message is short. *accepted* says why the finding is expected, None if it is not.

    *tenant* is the tenant that somebody of *from_tenant* gets into, in which *reached* is what they reach by
    steps, None if they need none; each is "" if the finding is not about that.
    """

    type: FindingType
    kind: str
    namespace: str
    name: str
    message: str
    roles: tuple[str, ...] = ()
    own_severity: Severity | None = None
    manager: Manager | None = None
    brief: str = ""
    subject: Subject | None = None
    accepted: Accepted | None = None
    tenant: str = ""
    from_tenant: str = ""
    reached: Reached | None = None
    own_references: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """The finding's own severity if it has one, else that of its type."""
        return self.own_severity or self.type.severity

    @property
    def references(self) -> tuple[str, ...]:
        """The finding's own references if it has some, else those of its type."""
        return self.own_references or self.type.references

    @property
    def order(self) -> tuple[bool, int, str, str, str, str, str, str]:
        """The sort key: accepted ones last, errors first, then by id, then by object."""
        return (
            self.accepted is not None,
            _SEVERITIES.index(self.severity),
            self.type.id,
            self.namespace,
            self.kind,
            self.name,
            self.message,
            self.from_tenant,
        )

    def concerns(self, roles: Collection[str]) -> bool:
        """Whether the finding is about one of *roles*, or one of them lacks rules because of it."""
        return any(name in roles for name in (self.name, *self.roles))


def about(
    target: KubernetesObject,
    finding_type: FindingType,
    message: str,
    roles: tuple[str, ...] = (),
    *,
    brief: str = "",
    subject: Subject | None = None,
) -> Finding:
    """Return a finding of *finding_type* about the object *target*."""
    place = (target.kind, target.namespace, target.name)
    return Finding(finding_type, *place, message, roles, brief=brief, subject=subject)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings without duplicates, errors first, accepted ones last."""
    ordered = sorted(findings, key=lambda finding: finding.order)
    return tuple(
        finding for index, finding in enumerate(ordered) if not index or finding != ordered[index - 1]
    )
