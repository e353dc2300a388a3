"""An owner or a contributor whose name seems to be misspelled."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.owner_hand_over import HAND_OVER
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.tenants.profiles import Member
from kubectl_kfaccess.kubeflow.tenants.user_spelling import spelling_oddity
from kubectl_kfaccess.rbac.subjects import USER

TYPE = FindingType(
    id="profile-owner-spelling",
    severity=Severity.WARNING,
    what=(
        "The name of the owner or of a contributor is an e-mail address with capital letters, or is "
        "written elsewhere with different capital letters."
    ),
    why=(
        "Kubernetes, the mesh and the dashboard compare names letter by letter. If the identity provider "
        "sends a different spelling, that person is denied everything."
    ),
    fix=(
        "Find out how the identity provider spells the name: the gateway sets it in a header, and the "
        "dashboard shows it. `kubectl kfaccess explain NAME get notebooks -n PROFILE -o fix`, with NAME in "
        "that spelling, prints what to apply. If you do it by hand, remove the contributor before you add "
        f"them again, because the binding has the same name for both spellings. For an owner, {HAND_OVER}"
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each contributor and for the owner whose name seems to be misspelled."""
    for member, binding in view.contributors:
        oddity = "" if _annotation_differs(member) else _oddity(view, member.subject.name)
        if oddity:
            message = f"the contributor {oddity}"
            brief = _brief(view, member.subject.name)
            yield about(binding, TYPE, message, brief=brief, subject=member.subject)
    owner = view.tenant.owner
    if owner and owner.kind == USER and (oddity := _oddity(view, owner.name)):
        brief = _brief(view, owner.name)
        yield view.about_profile(TYPE, f"the owner {oddity}", brief=brief, subject=owner)


def _annotation_differs(member: Member) -> bool:
    """Whether the annotation names another user, which annotation_user_differs already reports."""
    return member.annotation is not None and member.annotation.user != member.subject.name


def _brief(view: ProfileView, user: str) -> str:
    others = sorted(view.other_spellings(user))
    return f"elsewhere `{others[0]}`" if others else f"`{user.lower()}` is refused"


def _oddity(view: ProfileView, user: str) -> str:
    return spelling_oddity(user, view.other_spellings(user))
