"""The changed objects that grant nothing themselves and can open a way: accounts, namespaces, profiles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from kubectl_kfaccess.rbac.causes import Cause, Event
from kubectl_kfaccess.rbac.model import Namespace, Profile, ServiceAccount
from kubectl_kfaccess.rbac.snapshot import Snapshot


class ObjectCauses:
    """The causes in the objects of each namespace, from *before* to *after*."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._sides = (before, after)

    def of(self, namespace: str) -> Iterator[Cause]:
        """Yield what is new in *namespace*, or has other labels of Pod Security."""
        before, after = self._sides
        yield from self._accounts.get(namespace, ())
        key = ("", namespace)
        if key in after.profiles and key not in before.profiles:
            yield Cause((Profile.kind, *key), Event.ADDED.value)
        if key in after.namespaces and key not in before.namespaces:
            yield Cause((Namespace.kind, *key), Event.ADDED.value)
        elif key in after.namespaces:
            old, new = (_pod_security(side.namespaces[key]) for side in self._sides)
            if old != new:
                labels, lost = tuple(sorted(new - old)), tuple(sorted(old - new))
                yield Cause((Namespace.kind, *key), Event.LABELS.value, labels=labels, lost_labels=lost)

    @cached_property
    def _accounts(self) -> dict[str, list[Cause]]:
        before, after = self._sides
        causes: dict[str, list[Cause]] = {}
        for key in sorted(after.service_accounts.keys() - before.service_accounts.keys()):
            cause = Cause((ServiceAccount.kind, *key), Event.ADDED.value)
            causes.setdefault(key[0], []).append(cause)
        return causes


def _pod_security(namespace: Namespace) -> set[tuple[str, str]]:
    labels = namespace.metadata.labels.items()
    return {(key, value) for key, value in labels if key.startswith(_POD_SECURITY)}


_POD_SECURITY = "pod-security.kubernetes.io/"
