"""Who enforces the policies of a namespace: sidecars, ztunnel, a waypoint, or nobody; its labels say so."""

from __future__ import annotations

import enum

from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.snapshot import Snapshot


class Enforcement(enum.Enum):
    """How the policies of a namespace are enforced, as far as its labels say it."""

    SIDECARS = enum.auto()
    AMBIENT = enum.auto()  # without a waypoint that the namespace names; single services can have one
    WAYPOINT = enum.auto()
    UNLABELLED = enum.auto()  # single pods can still have a sidecar
    UNREAD = enum.auto()


class Layer(enum.Enum):
    """What compares a request with the policies."""

    PROXY = enum.auto()  # a sidecar, which knows HTTP
    ZTUNNEL = enum.auto()  # connections alone, as ztunnel itself compares them
    CONNECTIONS = enum.auto()  # connections alone, as Istio means it: a release of ztunnel may do so
    NOTHING = enum.auto()


ZTUNNELS = (Layer.ZTUNNEL, Layer.CONNECTIONS)
LAYERS = {
    Enforcement.SIDECARS: (Layer.PROXY,),
    Enforcement.AMBIENT: (Layer.PROXY, *ZTUNNELS),
    Enforcement.UNLABELLED: (Layer.PROXY, Layer.NOTHING),
    Enforcement.UNREAD: (Layer.PROXY, *ZTUNNELS, Layer.NOTHING),
}
"""What can compare a request, for each way except WAYPOINT: which services use one is not read."""


def enforcement(snapshot: Snapshot, namespace: str) -> Enforcement:
    """Return who enforces the policies of the namespace."""
    known = snapshot.namespaces.get(("", namespace))
    if known:
        return _by_labels(known)
    is_unread = snapshot.gap("namespaces", namespace) is not None
    # the profile controller makes the namespace of a profile with the label for sidecars
    is_made = ("", namespace) in snapshot.profiles and not is_unread
    return Enforcement.SIDECARS if is_made else Enforcement.UNREAD


def _by_labels(namespace: Namespace) -> Enforcement:
    labels = namespace.metadata.labels
    if labels.get("istio.io/use-waypoint", "none") not in ("", "none"):
        return Enforcement.WAYPOINT
    if labels.get("istio.io/dataplane-mode") == "ambient":
        return Enforcement.AMBIENT
    injection = labels.get("istio-injection", "")
    if injection == "enabled" or ("istio.io/rev" in labels and not injection):
        return Enforcement.SIDECARS
    return Enforcement.UNLABELLED
