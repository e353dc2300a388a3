"""
Compare a real cluster after `kubectl apply` and `kubectl delete` with what the overlay predicts.

Every decision is compared, every role and binding, and what each subject gains and loses.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from kubectl_kfaccess.rbac.changes import Change, Effects, concerned
from kubectl_kfaccess.rbac.differences import Difference, Differences
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.rbac.model import ClusterRole, KubernetesObject
from kubectl_kfaccess.rbac.overlay import FIELDS, ObjectKey, Overlay, overlay
from kubectl_kfaccess.rbac.permissions import PermissionTable, Universe, anywhere
from kubectl_kfaccess.rbac.reach import alone
from kubectl_kfaccess.rbac.reviews import Spec, request
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity, Principal
from tests.controlplane.aggregation import resource_versions, wait_for_quiet
from tests.controlplane.cluster import ControlPlane, Loaded
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.truth import worlds
from tests.truth.arena import DEEPEST, live_evaluator, wait_for_authorizer
from tests.truth.asking import ask
from tests.truth.changed_worlds import ChangedWorld, object_key

TIMEOUT = 120.0  # seconds
PLURALS = {kind: f"{kind.lower()}s" for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")}

_REFUSED = re.compile(r'(\w+)(?:\.rbac\.authorization\.k8s\.io)? "([^"]+)" is invalid: (.*)')

Permission = tuple[Principal, str, Request]


@dataclass
class Tally:
    """How much was compared, and what differed."""

    worlds: int = 0
    decisions: int = 0
    changed: int = 0
    unknown: int = 0
    objects: int = 0
    refused: int = 0
    gained: int = 0
    lost: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refusal:
    """An object that the server refused, and its message."""

    kind: str
    name: str
    message: str


@dataclass(frozen=True)
class Stage:
    """The cluster at one moment: its snapshot, and the server's answers to all questions, in order."""

    snapshot: Snapshot
    allowed: list[bool]


def compare(plane: ControlPlane, batch: Sequence[ChangedWorld], tally: Tally) -> None:
    """Load the worlds of *batch* into the server, change them with kubectl, and compare at each stage."""
    specs = [spec for changed in batch for spec in changed.specs]
    manifests = [manifest for changed in batch for manifest in changed.applied]
    keys = [key for changed in batch for key in changed.deleted]
    tally.worlds += len(batch)
    with _loaded(plane, batch):
        before = _stage(plane, specs)
        _compare_decisions("before", before.snapshot, before, specs, tally)
        refused = _apply(plane, manifests)
        applied = _stage(plane, specs)
        ours = overlay(before.snapshot, manifests)
        _compare_refusals(ours, refused, tally)
        _compare_stages("applied", before, ours.snapshot, applied, specs, tally)
        _delete(plane, keys)
        deleted = _stage(plane, specs)
        ours = overlay(applied.snapshot, without=keys)
        _compare_stages("deleted", applied, ours.snapshot, deleted, specs, tally)
        both = overlay(before.snapshot, manifests, keys)
        _compare_stages("applied and deleted", before, both.snapshot, deleted, specs, tally)


@contextmanager
def _loaded(plane: ControlPlane, batch: Sequence[ChangedWorld]) -> Iterator[None]:
    try:
        load(plane, [manifest for changed in batch for manifest in (*changed.namespaces, *changed.objects)])
        yield
    finally:
        for changed in batch:  # objects that kubectl created are removed, too
            plane.loaded += [_loaded_object(manifest) for manifest in changed.applied]
        clear(plane)


def _loaded_object(manifest: worlds.Object) -> Loaded:
    kind, namespace, name = object_key(manifest)
    within = f"namespaces/{namespace}/" if namespace else ""
    path = f"/apis/rbac.authorization.k8s.io/v1/{within}{PLURALS[kind]}/{name}"
    return Loaded(kind, namespace, name, path, None)


def _stage(plane: ControlPlane, specs: Sequence[worlds.Spec]) -> Stage:
    """Wait for the controller and the authorizer; read the cluster, and ask the server all questions."""
    wait_for_aggregation(plane, depth=DEEPEST)
    wait_for_authorizer(plane)
    snapshot = live_evaluator(plane).snapshot
    return Stage(snapshot, [status.allowed for status in ask(plane, specs)])


def _apply(plane: ControlPlane, manifests: Sequence[worlds.Object]) -> list[Refusal]:
    """Apply *manifests* with the real kubectl, and return what the server refused."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
    ended = _kubectl(plane, "apply", "-f", "-", stdin=text)
    refused = [Refusal(*match.groups()) for match in _REFUSED.finditer(ended.stderr)]
    assert bool(ended.returncode) == bool(refused), ended.stderr[-1000:]
    return refused


def _delete(plane: ControlPlane, keys: Sequence[ObjectKey]) -> None:
    """Delete with the real kubectl, and again if the controller creates a deleted ClusterRole."""
    _delete_once(plane, keys)
    names = {name for kind, _, name in keys if kind == "ClusterRole"}
    while True:
        wait_for_quiet(plane, time.monotonic() + TIMEOUT)
        if not (again := names & resource_versions(plane).keys()):
            return
        _delete_once(plane, [("ClusterRole", "", name) for name in sorted(again)])


def _delete_once(plane: ControlPlane, keys: Sequence[ObjectKey]) -> None:
    groups: dict[tuple[str, str], list[str]] = {}
    for kind, namespace, name in keys:
        groups.setdefault((kind, namespace), []).append(name)
    for (kind, namespace), names in groups.items():
        within = ("-n", namespace) if namespace else ()
        ended = _kubectl(plane, "delete", kind.lower(), *names, *within, "--ignore-not-found")
        assert ended.returncode == 0, ended.stderr


def _kubectl(plane: ControlPlane, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), *argv]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300, check=False)


def _compare_refusals(ours: Overlay, refused: Sequence[Refusal], tally: Tally) -> None:
    own = sorted((refusal.key[0], refusal.key[2]) for refusal in ours.refused)
    servers = sorted((refusal.kind, refusal.name) for refusal in refused)
    tally.refused += len(own)
    if own != servers:
        tally.differences.append(f"refused: we say {own}, the server {servers}")


def _compare_stages(
    name: str, old: Stage, ours: Snapshot, new: Stage, specs: Sequence[worlds.Spec], tally: Tally
) -> None:
    is_known = _compare_decisions(name, ours, new, specs, tally)
    tally.changed += sum(a != b for a, b in zip(old.allowed, new.allowed, strict=True))
    _compare_objects(name, ours, new.snapshot, tally)
    if is_known:
        _compare_changes(name, old, ours, new, specs, tally)


def _compare_decisions(
    name: str, ours: Snapshot, stage: Stage, specs: Sequence[worlds.Spec], tally: Tally
) -> bool:
    """Compare every decision, and return whether none of ours is unknown."""
    evaluator, unknown = Evaluator(ours), 0
    for spec, allowed in zip(specs, stage.allowed, strict=True):
        verdict = evaluator.decide(*_question(spec)).verdict
        unknown += verdict is Verdict.UNKNOWN
        if verdict is not Verdict.UNKNOWN and (verdict is Verdict.ALLOWED) != allowed:
            tally.differences.append(f"{name}: {json.dumps(spec)}: we say {verdict}, the server {allowed}")
    tally.decisions += len(specs)
    tally.unknown += unknown
    return unknown == 0


def _question(spec: worlds.Spec) -> tuple[Identity, Request]:
    converted = msgspec.convert(spec, Spec)
    return Identity(converted.user, tuple(converted.groups or ())), request(converted)


def _compare_objects(name: str, ours: Snapshot, servers: Snapshot, tally: Tally) -> None:
    """Compare the names, labels, rules and subjects of all roles and bindings."""
    for kind in PLURALS:
        field_name = FIELDS[kind][0]
        own, real = ({**getattr(snapshot, field_name)} for snapshot in (ours, servers))
        own, real = ({k: v for k, v in side.items() if "sentinel" not in k[1]} for side in (own, real))
        if own.keys() != real.keys():
            tally.differences.append(
                f"{name}: {kind}s: {sorted(own.keys() ^ real.keys())} are not on both sides"
            )
        for key in own.keys() & real.keys():
            tally.objects += 1
            if not _is_uncertain(ours, own[key]) and _essence(own[key]) != _essence(real[key]):
                tally.differences.append(f"{name}: {kind}: we say {own[key]}, the server {real[key]}")


def _is_uncertain(snapshot: Snapshot, role: KubernetesObject) -> bool:
    return isinstance(role, ClusterRole) and bool(snapshot.aggregation.uncertain_rules(role.name))


def _essence(stored: KubernetesObject) -> object:
    """Return an object without its version, the format of its annotations, and the order of its rules."""
    data = msgspec.to_builtins(stored)
    metadata = {
        k: v
        for k, v in data.pop("metadata").items()
        if k not in ("resourceVersion", "annotations", "managedFields")
    }
    rules = sorted(json.dumps(rule, sort_keys=True) for rule in data.pop("rules", ()))
    rules = [rule for rule in rules if "sentinel" not in rule]  # a role that selects all roles has them too
    annotations = stored.metadata.annotations
    last = json.loads(annotations[LAST_APPLIED]) if LAST_APPLIED in annotations else {}
    last.get("metadata", {}).pop("annotations", None)
    return data, metadata, rules, last


def _compare_changes(
    name: str, old: Stage, ours: Snapshot, new: Stage, specs: Sequence[worlds.Spec], tally: Tally
) -> None:
    """Compare what each principal gains and loses with how the server's answers change."""
    before, after = (dict(zip(map(_permission, specs), s.allowed, strict=True)) for s in (old, new))
    gained = {permission for permission, allowed in after.items() if allowed and not before[permission]}
    lost = {permission for permission, allowed in before.items() if allowed and not after[permission]}
    requests = dict.fromkeys(anywhere(what) for _, _, what in before)
    universe = Universe(
        tuple(what for what in requests if what.path is None),
        tuple(what for what in requests if what.path is not None),
    )
    effects = Effects(old.snapshot, universe)
    changes = effects.changes(ours, concerned(old.snapshot, ours))
    differences = Differences(old.snapshot, ours, PermissionTable(universe))
    compared = differences.of_principals(concerned(old.snapshot, ours))
    open_ = [each for each in compared if each.maybe_gained or each.maybe_lost]
    if open_:
        tally.differences.append(f"{name}: everything is known, and this may change: {open_[:2]}")
    for kind, servers in (("gained", gained), ("lost", lost)):
        own = {p for change in changes for p in _permissions_of(change, kind) if p in before}
        shown = {p for each in compared for p in _permissions_of(each, kind) if p in before}
        if own != shown:
            tally.differences.append(f"{name}: {kind}: diff and the effects of a fix disagree")
        expected = _once(servers)
        setattr(tally, kind, getattr(tally, kind) + len(expected))
        if own != expected:
            tally.differences.append(
                f"{name}: {kind}: not on both sides: {sorted(map(str, own ^ expected))[:5]}"
            )


def _permission(spec: worlds.Spec) -> Permission:
    identity, what = _question(spec)
    who = Principal("Group", identity.groups[0]) if identity.groups else Principal("User", identity.user)
    assert alone(who) == identity
    return who, what.namespace, anywhere(what)


def _permissions_of(change: Change | Difference, kind: str) -> Iterator[Permission]:
    return ((change.who, change.namespace, what) for what in getattr(change, kind))


def _once(permissions: set[Permission]) -> set[Permission]:
    """Return the permissions without those that also change for the whole cluster."""
    return {
        (who, namespace, permission)
        for who, namespace, permission in permissions
        if not namespace or (who, "", permission) not in permissions
    }
