"""
The names that a new user's profile probably has.

Mirrors components/centraldashboard of kubeflow/kubeflow v1.10, which kubeflow/dashboard has as well. The
registration page proposes a name that it makes of the user's name before the `@`: `username` in
app/attach_user_middleware.ts, `_onUserDetails` in public/components/registration-page.js. Administrators who
create profiles themselves often make the name of the whole address in the same way.
"""

from __future__ import annotations

import re

_OTHER_CHARACTERS = re.compile(r"[^A-Za-z0-9_]")
_DROPPED = re.compile(r"^-+|-+$|_")
_VALID = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


def proposed_names(user: str) -> tuple[str, ...]:
    """Return the names, the likeliest first: `alice` and `alice-example-com` for `alice@example.com`."""
    names = map(_proposed_name, (user.partition("@")[0], user))
    return tuple(dict.fromkeys(name for name in names if _VALID.fullmatch(name)))


def _proposed_name(text: str) -> str:
    return _DROPPED.sub("", _OTHER_CHARACTERS.sub("-", text)).lower()
