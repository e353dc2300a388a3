"""The Kubernetes version that an answer counts for, and the versions in which answers changed."""

from __future__ import annotations

import re
from typing import NamedTuple

_VERSION = re.compile(r"v?(\d+)\.(\d+)", re.ASCII)


class KubernetesVersion(NamedTuple):
    """A minor version of Kubernetes; versions compare by their numbers."""

    major: int
    minor: int

    def __str__(self) -> str:
        """Return `1.36`."""
        return f"{self.major}.{self.minor}"


STREAMS_NEED_CREATE = KubernetesVersion(1, 35)
"""The gate AuthorizePodWebsocketUpgradeCreatePermission is on (kubernetes#133515)."""
CONSTRAINED_IMPERSONATION = KubernetesVersion(1, 36)
"""The gate ConstrainedImpersonation is on (KEP-5284)."""
REASONS_NAME_AUTHORIZERS = KubernetesVersion(1, 37)
"""The reason of a "no" begins with the authorizer's name (apiserver: pkg/authorization/union/union.go)."""


def parse_version(text: str) -> KubernetesVersion | None:
    """Return the version at the start of *text* (`v1.36.3`, `1.33+k3s1`), None if there is none."""
    match = _VERSION.match(text)
    return KubernetesVersion(int(match[1]), int(match[2])) if match else None
