"""
Random worlds in the real API server: every decision, live and from files, is the same as the server's.

KFACCESS_SEED, KFACCESS_WORLDS and KFACCESS_DECISIONS set the seed and the amounts. A difference is printed
with the seed, and with the part of its world that is enough to show it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.truth.arena import Difference, Tally, compare_decisions, compare_listing, loaded
from tests.truth.worlds import Object, Spec, World

SEED = int(os.environ.get("KFACCESS_SEED", "20261121"))
WORLDS = int(os.environ.get("KFACCESS_WORLDS", "200"))
DECISIONS = int(os.environ.get("KFACCESS_DECISIONS", "22000"))
SOLO = max(4, WORLDS // 40)
BATCH = 50
LISTINGS = 2  # who-can questions a world
MOST_TRIES = 60


@pytest.mark.server
def test_every_decision_is_the_same_as_the_servers(
    plane: ControlPlane, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """In random worlds, `review` decides as the server does, live and from files, and `who-can` agrees."""
    tally = Tally()
    shared = [World(SEED, number) for number in range(WORLDS - SOLO)]
    alone = [World(SEED, WORLDS - SOLO + number, solo=True) for number in range(SOLO)]
    batches = [shared[i : i + BATCH] for i in range(0, len(shared), BATCH)] + [[world] for world in alone]
    for batch in batches:
        _compare(plane, batch, tally, tmp_path)
        if tally.differences:
            break

    record_property("figures", _summary(plane, tally))
    assert not tally.differences, _explained(plane, batch, tally, tmp_path)
    assert tally.decisions >= min(DECISIONS, 20_000)
    assert tally.allowed * 10 >= tally.decisions
    assert tally.unknown * 100 <= tally.decisions


def _compare(plane: ControlPlane, batch: Sequence[World], tally: Tally, directory: Path) -> None:
    objects = {world: world.objects() for world in batch}
    together = [manifest for own in objects.values() for manifest in own]
    with loaded(plane, together, tally, directory) as (file, accepted):
        kept = {id(manifest) for manifest in accepted}
        each = -(-DECISIONS // WORLDS)
        questions = {
            world: world.questions(each, [manifest for manifest in own if id(manifest) in kept])
            for world, own in objects.items()
        }
        compare_decisions(plane, file, [spec for own in questions.values() for spec in own], tally)
        for world, own in objects.items():
            listable = [spec for spec in questions[world] if _is_listable(spec)][:LISTINGS]
            compare_listing(plane, [manifest for manifest in own if id(manifest) in kept], listable, tally)


def _is_listable(spec: Spec) -> bool:
    """Whether the request can be typed as VERB TYPE in a namespace without a change of its meaning."""
    if "nonResourceAttributes" in spec:
        return str(spec["nonResourceAttributes"].get("path", "")).startswith("/")
    what = spec["resourceAttributes"]
    known_elsewhere = what.get("resource") == "pods" and what.get("group", "") != ""
    return bool(
        what.get("namespace")
        and what.get("resource") in ("pods", "things")
        and what.get("group") != "*"
        and not known_elsewhere
        and not (what.get("resource") == "things" and not what.get("group"))
    )


def _summary(plane: ControlPlane, tally: Tally) -> str:
    return (
        f"truth on {plane.version}: seed {SEED}, {WORLDS} worlds, {tally.decisions} decisions asked of the "
        f"server ({tally.allowed} allowed), each compared live and from files; {tally.unknown} unknown from "
        f"files (cycles with hand-written rules); who-can: {tally.rows} listed and {tally.outsiders} other "
        f"subjects asked; {tally.refused} objects refused by the server; {len(tally.differences)} differences"
    )


def _explained(plane: ControlPlane, batch: Sequence[World], tally: Tally, directory: Path) -> str:
    """Return the first differences, and the smallest world that still shows the first of them."""
    first = tally.differences[0]
    objects = [manifest for world in batch for manifest in world.objects()]
    shrunk = _shrunk(plane, objects, first, directory) if first.source != "who-can" else objects
    shown = "\n".join(map(str, tally.differences[:5]))
    return (
        f"seed {SEED}: {len(tally.differences)} differences\n{shown}\nworld:\n{json.dumps(shrunk, indent=1)}"
    )


def _shrunk(
    plane: ControlPlane, objects: list[Object], difference: Difference, directory: Path
) -> list[Object]:
    """Return the objects without those that the difference does not need: first halves, then quarters, …."""
    tries, size = 0, len(objects) // 2
    while size and tries < MOST_TRIES:
        start = 0
        while start < len(objects) and tries < MOST_TRIES:
            fewer = objects[:start] + objects[start + size :]
            tries += 1
            if _still_differs(plane, fewer, difference, directory):
                objects = fewer
            else:
                start += size
        size //= 2
    return objects


def _still_differs(
    plane: ControlPlane, objects: list[Object], difference: Difference, directory: Path
) -> bool:
    tally = Tally()
    with loaded(plane, objects, tally, directory) as (file, _):
        compare_decisions(plane, file, [difference.spec], tally)
    return any(other.source == difference.source for other in tally.differences)
