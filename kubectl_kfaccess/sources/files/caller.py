"""Who asks files and the demo: the user of `--as`, with the groups that a server would give them."""

from __future__ import annotations

from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity
from kubectl_kfaccess.sources.kubeconfig.choice import extra_values
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags


def caller_of_flags(flags: ConnectionFlags) -> CallerIdentity | None:
    """Return the user of `--as`, with uid, groups and extra fields; None without `--as`."""
    if not flags.as_user:
        return None
    extra = {key: tuple(values) for key, values in extra_values(flags.as_user_extra).items()}
    return caller_in_files(flags.as_user, flags.as_groups, flags.as_uid, extra)


def caller_in_files(
    user: str, groups: tuple[str, ...] = (), uid: str = "", extra: dict[str, tuple[str, ...]] | None = None
) -> CallerIdentity:
    """Return the identity that a server would give *user*, who is in *groups*."""
    return CallerIdentity(user, uid, _all_groups(user, groups), extra or {})


def _all_groups(user: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return the groups of the impersonated user; *given* are those of `--as-group`.

    Mirrors the server's impersonation filter: groups that are given replace those of a service account.
    """
    implied = identified(displayed(Principal(USER, user))).groups
    return tuple(dict.fromkeys((*given, *implied[-1:]))) if given else implied
