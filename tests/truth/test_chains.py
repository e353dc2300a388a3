"""Random worlds: the chains that explain a "yes" are all there are, and each of them is enough."""

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


def test_without_its_bindings_a_yes_is_a_no_and_by_each_alone_it_stays(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every grant is told: taking all their bindings away leaves nothing, and any single one is a proof."""
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
                    others = [one for one in bindings if one is not kept]
                    assert verdict(without(snapshot, others), who, converted) is Verdict.ALLOWED, where

    record_property("figures", f"chains: seed {SEED}, {yes} answers with {only} by one binding alone")
    assert yes > 100
    assert 0 < only < yes


def chains(snapshot: Snapshot, who: Identity, asked: Request) -> list[Binding]:
    """The bindings of all certain grants, as `explain` tells them; none for the privileged group."""
    if MASTERS in who.groups:
        return []
    found = {
        (g.binding.kind, *g.binding.key): g.binding for g in Evaluator(snapshot).to(who, asked) if g.certain
    }
    return list(found.values())


def without(snapshot: Snapshot, gone: list[Binding]) -> Snapshot:
    """The snapshot without some bindings."""
    keys = {(one.kind, one.key) for one in gone}
    return replace(
        snapshot,
        role_bindings={k: b for k, b in snapshot.role_bindings.items() if (b.kind, k) not in keys},
        cluster_role_bindings={
            k: b for k, b in snapshot.cluster_role_bindings.items() if (b.kind, k) not in keys
        },
    )


def verdict(snapshot: Snapshot, who: Identity, spec: Spec) -> Verdict:
    """What can be said of the request in that snapshot."""
    return Evaluator(snapshot).decide(who, request(spec)).verdict
