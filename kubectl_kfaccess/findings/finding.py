"""What is worth mending about an object, as values: each sort of finding has an id that stays."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.rbac.model import KubernetesObject


class Severity(enum.Enum):
    """How bad a finding is; Kubeflow's own upstream defects are never more than warnings."""

    ERROR = "error"
    WARNING = "warning"


class FindingType(Struct, frozen=True):
    """
    A sort of finding: its *id* once published stays, and names its page in the documentation.

    *what* says when it is found, *why* what it does to people, *mend* how to be rid of it: whole sentences.
    """

    id: str
    severity: Severity
    what: str
    why: str
    mend: str


class Finding(Struct, frozen=True):
    """
    A finding about one object, named by *kind*, *namespace* ("" for a cluster-scoped one) and *name*.

    *message* is one line, lower case, with the cluster's names in backticks; it is made safe when shown.
    """

    type: FindingType
    kind: str
    namespace: str
    name: str
    message: str

    @property
    def order(self) -> tuple[bool, str, str, str, str, str]:
        """What to sort by: errors first, then ids, then the object."""
        return (
            self.type.severity is not Severity.ERROR,
            self.type.id,
            self.namespace,
            self.kind,
            self.name,
            self.message,
        )


def about(found: KubernetesObject, sort: FindingType, message: str) -> Finding:
    """Return a finding of that sort about *found*."""
    return Finding(sort, found.kind, found.namespace, found.name, message)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, errors first, each once."""
    found = sorted(findings, key=lambda finding: finding.order)
    return tuple(one for at, one in enumerate(found) if not at or one != found[at - 1])
