"""Whether the caller can ask as somebody else: the server answers everybody's questions about themselves."""

from __future__ import annotations

from kubectl_kfaccess.rbac.impersonation import IMPERSONATE
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reviewer


def can_impersonate(reviewer: Reviewer | None, who: KnownSubject) -> bool:
    """
    Whether the server allows the caller to act as *who*: a user or a service account, never a group.

    Without a server nobody can: what a snapshot knows is about the one who wrote it.
    """
    if reviewer is None or not reviewer.is_server or who.is_caller or who.subject.kind == GROUP:
        return False
    subject = who.subject
    is_account = subject.kind == SERVICE_ACCOUNT
    request = Request(
        IMPERSONATE,
        "",
        "serviceaccounts" if is_account else "users",
        name=subject.name,
        namespace=(subject.namespace or "") if is_account else "",
    )
    return reviewer.ask([AccessQuestion(request)])[0].allowed is True
