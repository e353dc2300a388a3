"""
The real kubectl applies random bundles as somebody who can do a part of it, exactly as far as we say.

KFACCESS_SEED and KFACCESS_BUNDLES set the seed and the number of bundles. A difference is printed with the
number of its bundle.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear
from tests.truth.applied import Tally, compare, compare_fix
from tests.truth.bundles import bundle_world

SEED = int(os.environ.get("KFACCESS_SEED", "20261129"))
BUNDLES = int(os.environ.get("KFACCESS_BUNDLES", "16"))


@pytest.fixture
def arena(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server, and remove the bundles at the end."""
    yield plane
    clear(plane)


@pytest.mark.server
def test_kubectl_applies_what_can_apply_says(
    arena: ControlPlane, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Each object passes or is refused as announced, with the same refusal; a fix lets all of them pass."""
    tally = Tally()
    for number in range(BUNDLES):
        passes = compare(arena, bundle_world(SEED, number, "a"), tmp_path, tally)
        if not passes:
            compare_fix(arena, bundle_world(SEED, number, "b"), tmp_path, tally)

    record_property(
        "figures",
        f"bundles on {arena.version}: seed {SEED}, {tally.bundles} bundles, {tally.objects} objects "
        f"({tally.own} known to the user alone), "
        f"{tally.refused} refused, {tally.fixed} fixes, {tally.beyond} refused after them; "
        f"{len(tally.differences)} differences",
    )
    differences = "\n".join(tally.differences[:20])
    assert not tally.differences, f"seed {SEED}:\n{differences}"
    assert tally.refused * 10 >= tally.objects
    assert tally.own * 10 >= tally.objects
    assert tally.fixed * 3 >= tally.bundles
