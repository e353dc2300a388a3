"""An owner or a contributor whose name seems to be misspelled."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.owner_hand_over import HAND_OVER
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.tenants.profiles import Member
from kubectl_kfaccess.kubeflow.tenants.user_spelling import misspelled
from kubectl_kfaccess.rbac.subjects import USER

TYPE = FindingType(
    id="profile-owner-spelling",
    severity=Severity.WARNING,
    what=(
        "The owner or a contributor is spelled with capital letters, or otherwise than the same name "
        "elsewhere."
    ),
    why=(
        "Names are compared letter by letter, by Kubernetes, by the mesh and by the dashboard. If the "
        "identity provider hands out another spelling, that person is refused everything."
    ),
    fix=(
        "Find out how the provider spells the name: it is the header that the gateway sets, which the "
        "dashboard shows. `kubectl kfaccess explain NAME get notebooks -n PROFILE -o fix`, NAME in that "
        "spelling, prints what to apply. By hand: take a contributor out before you add them anew, for "
        f"both spellings have one binding's name. For an owner, {HAND_OVER}"
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each contributor and for the owner, if the name seems to be misspelled."""
    for member, binding in view.contributors:
        oddity = "" if _is_annotated_otherwise(member) else _oddity(view, member.subject.name)
        if oddity:
            yield about(binding, TYPE, f"the contributor {oddity}")
    owner = view.tenant.owner
    if owner and owner.kind == USER and (oddity := _oddity(view, owner.name)):
        yield view.about_profile(TYPE, f"the owner {oddity}")


def _is_annotated_otherwise(member: Member) -> bool:
    """Whether annotation_user_differs, an error, says already that two names disagree."""
    return member.shown is not None and member.shown.user != member.subject.name


def _oddity(view: ProfileView, user: str) -> str:
    return misspelled(user, view.other_spellings(user))
