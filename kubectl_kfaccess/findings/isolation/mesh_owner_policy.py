"""The policy of a profile's owner that is missing, or is not as the profile controller writes it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.isolation.mesh_openings import Who
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_POLICY
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.tenants.owners_policies import Difference
from kubectl_kfaccess.terminal.words import counted

TYPE = FindingType(
    id="isolation-mesh-owner-policy",
    severity=Severity.WARNING,
    what=(
        "The AuthorizationPolicy `ns-owner-access-istio` of a profile is missing although other profiles "
        "have theirs, or it is not as the profile controller writes it. It is an error if the workloads of "
        "the profile are open to everybody without it."
    ),
    why=(
        "This policy keeps the rest of the mesh out of the profile, and lets the owner and the profile's own "
        "pods in. A change to it is either an opening, or takes access away from the owner's workloads."
    ),
    fix=(
        "The profile controller writes the policy again when it next processes the Profile. Restart it with "
        "`kubectl rollout restart deployment profiles-deployment -n kubeflow`. Put rules of your own into a "
        "policy of another name."
    ),
    references=("KK#5835",),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each profile whose policy is missing or differs, and is not called open already."""
    for name in view.names:
        if view.owners_policies.is_missing(name):
            yield from _missing(view, name)
        elif not any(
            opening.policy == view.owners_policies.policy(name) for opening in view.openings.of(name)
        ):
            yield from _differing(view, name)


def _missing(view: ClusterView, name: str) -> Iterator[Finding]:
    profile = ProfileView(view.profiles, view.profiles.tenant(name))
    is_open = any(opening.who is Who.PODS and opening.policy is None for opening in view.openings.of(name))
    if not is_open and _owner_is_refused(profile):
        return  # binding_without_policy says so
    what = f"there is no AuthorizationPolicy `{OWNERS_POLICY}`, which other profiles have"
    rest = ", and nothing else limits who reaches the workloads" if is_open else ""
    finding = profile.about_profile(TYPE, f"{what}{rest}")
    yield replace(finding, tenant=name, own_severity=Severity.ERROR if is_open else None)


def _owner_is_refused(profile: ProfileView) -> bool:
    return any(
        member.is_of_owners_binding and profile.profiles.mesh_answer(profile.tenant, member).reach is Reach.NO
        for member, _ in profile.dashboard_users
    )


def _differing(view: ClusterView, name: str) -> Iterator[Finding]:
    policy = view.owners_policies.policy(name)
    difference = view.owners_policies.difference(name)
    if policy and difference:
        yield replace(about(policy, TYPE, f"it {_text(difference)}"), tenant=name)


def _text(difference: Difference) -> str:
    """Return what is different, as a verb without a subject."""
    if difference.without_effect:
        return "has no effect: it only audits, or is a dry run"
    if difference.denies:
        return "does not let the owner in: its action is not ALLOW"
    if difference.some:
        return "is for some workloads alone: the profile controller writes it for all of them"
    more = f"has {counted(difference.more, 'rule')} that the profile controller does not write"
    fewer = f"lacks {counted(difference.fewer, 'rule')} that the profile controller writes"
    if difference.more and difference.fewer:
        return f"{more}, and {fewer}"
    return more if difference.more else fewer
