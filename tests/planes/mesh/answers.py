"""
The letters of the oracle, what they mean, and whether the tool's answers agree with them.

Seven letters describe a subject and a namespace. Each says which answers requests got: `y` only let through,
`n` only refused, `m` both, `-` nothing was asked.

- 1 to 3: ordinary requests, those with a named method, host or port, and those with a named path. A user
  comes by the gateway, and an account from its own pod.
- 4 to 6: the same for a user who comes by the pipelines' page.
- 7: ports that are not HTTP, under DENY policies alone.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.sources.kinds import BY_KIND, snapshot_of

BLIND_PARTS = ("connection.sni", "0.0.0.0/0", "192.168.0.0/16")
"""Parts of policies for which the oracle has no request of each kind, so that it may see too few answers."""


class Verdict(enum.Enum):
    """What the letters say about an answer of the tool."""

    RIGHT = "right"
    CONTRADICTED = "contradicted"
    CONSTANT = "constant"
    NOTHING = "nothing to say"


@dataclass(frozen=True)
class Comparison:
    """An answer of the tool beside the letters. *cause* is the tool's reason, for the statistics."""

    subject: tuple[str, str, str]
    namespace: str
    ours: str
    cause: str
    letters: str
    verdict: Verdict


def snapshot(objects: Iterable[dict[str, Any]], gaps: Iterable[Sequence[str]]) -> Snapshot:
    """Return what the tool knows after reading manifests, with gaps (resource, namespace)."""
    by_field: dict[str, dict[tuple[str, str], Any]] = {}
    for content in objects:
        group = content["apiVersion"].rpartition("/")[0]
        kind = BY_KIND[group, content["kind"]]
        item = msgspec.convert(content, kind.struct)
        by_field.setdefault(kind.field, {})[item.key] = item
    unread = tuple(Gap(resource, namespace, "forbidden") for resource, namespace in gaps)
    return snapshot_of(by_field, gaps=unread)


def our_answer(mesh: Mesh, subject: Sequence[str], namespace: str) -> tuple[str, str, bool]:
    """
    Return the tool's answer about a subject (kind, namespace, name) and the workloads of a namespace.

    The answer is "yes", "no", "unknown" or "-", with its cause. A "yes" can also claim that everything is
    denied on ports that are not HTTP. Only this function, and the line of `compared` that makes a Mesh, know
    how the tool is called.
    """
    kind, home, name = subject
    answer = mesh.reaches(identified(Subject(kind, name, home or None)), namespace)
    return answer.reach.value, answer.cause.name, answer.off_http is not None


def compared(
    known: Snapshot,
    subjects: Sequence[Sequence[str]],
    namespaces: Sequence[str],
    letters: Sequence[Sequence[str]],
) -> Iterable[Comparison]:
    """Yield a comparison for each subject and each namespace."""
    mesh = Mesh(known)
    is_blind = _is_blind(known)
    for subject, row in zip(subjects, letters, strict=True):
        for namespace, seen in zip(namespaces, row, strict=True):
            ours, cause, denies_other_ports = our_answer(mesh, subject, namespace)
            found = verdict(ours, seen)
            if denies_other_ports and seen[-1] != "n":
                found = Verdict.CONTRADICTED
            if is_blind and found is Verdict.CONSTANT:
                found = Verdict.NOTHING
            kind, home, name = subject
            yield Comparison((kind, home, name), namespace, ours, cause, seen, found)


def verdict(ours: str, letters: str) -> Verdict:
    """Return what the letters say about an answer. Named paths never count."""
    if ours == "-":
        return Verdict.NOTHING
    if ours == "unknown":
        return Verdict.NOTHING if is_open(letters) else Verdict.CONSTANT
    agrees = _is_yes(letters) if ours == "yes" else _is_no(letters)
    return Verdict.RIGHT if agrees else Verdict.CONTRADICTED


def is_open(letters: str) -> bool:
    """Return whether the letters make neither "yes" nor "no" right, so that the answer has to be unknown."""
    return not _is_yes(letters) and not _is_no(letters)


def _is_yes(letters: str) -> bool:
    return set(letters[0:2]) - {"-"} == {"y"}


def _is_no(letters: str) -> bool:
    return set(letters[0:2] + letters[3:5]) - {"-"} == {"n"}


def _is_blind(known: Snapshot) -> bool:
    """Return whether a policy has a part that the oracle cannot ask about."""
    texts = [str(policy.spec) for policy in known.authorization_policies.values()]
    return any(part in text for text in texts for part in BLIND_PARTS)
