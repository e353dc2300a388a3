"""
Random worlds are changed by the real kubectl, and the overlay predicts what the cluster then has.

KFACCESS_SEED and KFACCESS_CHANGED_WORLDS set the seed and the number of worlds. A difference is printed with
the seed and the number of its world.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.truth.before_after import Tally, compare
from tests.truth.changed_worlds import changed_world
from tests.truth.worlds import World

SEED = int(os.environ.get("KFACCESS_SEED", "20261128"))
WORLDS = int(os.environ.get("KFACCESS_CHANGED_WORLDS", "20"))
BATCH = 9
SOLO_EVERY = 10


@pytest.mark.server
def test_the_overlay_predicts_what_the_cluster_has_after_a_change(
    plane: ControlPlane, record_property: Callable[[str, object], None]
) -> None:
    """Decisions, objects and refusals are the same, and so is what each subject gains and loses."""
    tally = Tally()
    solo = [World(SEED, number, solo=True) for number in range(0, WORLDS, SOLO_EVERY)]
    shared = [World(SEED, number) for number in range(WORLDS) if number % SOLO_EVERY]
    batches = [shared[i : i + BATCH] for i in range(0, len(shared), BATCH)] + [[world] for world in solo]
    for batch in batches:
        compare(plane, [changed_world(world) for world in batch], tally)
        if tally.differences:
            break

    record_property("figures", _summary(plane, tally))
    differences = "\n".join(tally.differences[:5])
    assert not tally.differences, f"seed {SEED}, worlds {[world.number for world in batch]}:\n{differences}"
    assert tally.worlds == WORLDS
    assert tally.changed * 50 >= tally.decisions
    assert tally.unknown * 20 <= tally.decisions
    assert tally.refused
    assert tally.gained
    assert tally.lost


def _summary(plane: ControlPlane, tally: Tally) -> str:
    return (
        f"before and after on {plane.version}: seed {SEED}, {tally.worlds} worlds changed by kubectl, "
        f"{tally.decisions} decisions ({tally.changed} changed, {tally.unknown} unknown to us), "
        f"{tally.objects} objects, {tally.refused} refused; {tally.gained} permissions gained and "
        f"{tally.lost} lost; {len(tally.differences)} differences"
    )
