"""A user with access to the profile that the identity provider does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, role_text
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.subjects import USER

TYPE = FindingType(
    id="profile-user-unknown",
    severity=Severity.WARNING,
    what=(
        "A user has access to the profile and is not in the file of `--people`, the users and groups of your "
        "identity provider."
    ),
    why=(
        "They may have left: their access stays until somebody takes it away, and the next person of that "
        "name has it. Or the name is misspelled, and the person that it was meant for is denied everything: "
        "names are case-sensitive."
    ),
    fix=(
        "If they have left, run `kubectl kfaccess access NAME --bindings -o name`: it lists what to delete. "
        "If the name is misspelled, bind the right one. If the file is old, export it again."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user among the members that the identity provider does not have."""
    directory = view.profiles.directory
    if directory is None:
        return
    for member, binding in view.grants:
        subject = member.subject
        if subject.kind == USER and not _is_known(subject.name, directory):
            what = f"`{subject.name}` has {role_text(binding)} and is not in `{directory.origin}`"
            yield about(binding, TYPE, f"{what}{_spelling(subject.name, directory)}")


def _is_known(user: str, directory: People) -> bool:
    """Whether the provider has the user; it has none of Kubernetes' own."""
    return user in directory.everybody or user.startswith("system:")


def _spelling(user: str, directory: People) -> str:
    """Return the end of the message: the name that differs in letter case alone, if there is one."""
    others = sorted(name for name in directory.everybody if name.casefold() == user.casefold())
    return f", which has `{others[0]}`" if others else ""
