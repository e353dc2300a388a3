"""Random worlds: the chains that explain a "yes" are complete, and each of them is enough."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.reviews import Spec, request
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import MASTERS, Identity
from tests.truth.arena import snapshot_of
from tests.truth.worlds import World

SEED = int(os.environ.get("KFACCESS_SEED", "20261121"))
WORLDS = 40
QUESTIONS = 60


def test_a_yes_needs_its_bindings_and_each_of_them_is_enough(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Without all of its bindings the answer is not "yes", and with any single one it still is."""
    yes = only = 0
    for number in range(WORLDS):
        world = World(SEED, number)
        objects = world.objects()
        file = tmp_path / "world.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        snapshot = snapshot_of(file)
        for spec in world.questions(QUESTIONS, objects):
            converted = msgspec.convert(spec, Spec)
            who = Identity(converted.user, tuple(converted.groups or ()))
            bindings = chains(snapshot, who, request(converted))
            if bindings:
                yes += 1
                only += len(bindings) == 1
                where = f"seed {SEED}, world {number}: {json.dumps(spec)}"
                assert verdict(without(snapshot, bindings), who, converted) is not Verdict.ALLOWED, where
                for kept in bindings:
                    others = [binding for binding in bindings if binding is not kept]
                    assert verdict(without(snapshot, others), who, converted) is Verdict.ALLOWED, where

    record_property("figures", f"chains: seed {SEED}, {yes} answers with {only} by one binding alone")
    assert yes > 100
    assert 0 < only < yes


def chains(snapshot: Snapshot, who: Identity, query: Request) -> list[Binding]:
    """Return the bindings of all certain grants, as `explain` shows them; none for system:masters."""
    if MASTERS in who.groups:
        return []
    bindings = {
        (g.binding.kind, *g.binding.key): g.binding for g in Evaluator(snapshot).to(who, query) if g.certain
    }
    return list(bindings.values())


def without(snapshot: Snapshot, gone: list[Binding]) -> Snapshot:
    """Return *snapshot* without the bindings *gone*."""
    keys = {(binding.kind, binding.key) for binding in gone}
    return replace(
        snapshot,
        role_bindings={k: b for k, b in snapshot.role_bindings.items() if (b.kind, k) not in keys},
        cluster_role_bindings={
            k: b for k, b in snapshot.cluster_role_bindings.items() if (b.kind, k) not in keys
        },
    )


def verdict(snapshot: Snapshot, who: Identity, spec: Spec) -> Verdict:
    """Return the verdict on the request of *spec* in *snapshot*."""
    return Evaluator(snapshot).decide(who, request(spec)).verdict
