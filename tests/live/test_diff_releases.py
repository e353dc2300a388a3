"""What `diff` says of two releases of Kubeflow, beside a server that has the one and then the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.live.test_diff import Decision, asked, named_decisions
from tests.running import run
from tests.truth.arena import wait_for_authorizer
from tests.truth.release_changes import Object

SEED = 20261129
RELEASES = ("kubeflow-v1.9.1-rbac.yaml", "kubeflow-v1.10-rbac.yaml")
ASKED = 6000


@pytest.mark.server
def test_every_line_between_two_releases_is_true(
    plane: ControlPlane, corpus: Path, record_property: Callable[[str, object], None]
) -> None:
    """What is gained is refused by the one and allowed by the other, and what is lost the other way round."""
    document = run("diff", *(str(corpus / name) for name in RELEASES), "-o", "json").json
    named = named_decisions(document)
    draw = Random(SEED)
    decisions = dict(draw.sample(sorted(named.items()), min(ASKED, len(named))))
    before, after = (_answers(plane, corpus / name, decisions) for name in RELEASES)

    expected = {decision: (word == "lost", word == "gained") for decision, word in decisions.items()}
    wrong = [decision for decision in decisions if (before[decision], after[decision]) != expected[decision]]
    figures = f"two releases on {plane.version}: {len(named)} named decisions, {len(decisions)} asked twice"
    record_property("figures", f"{figures}, {len(wrong)} differences")
    assert [] == wrong[:5]
    assert {"gained", "lost"} == {*decisions.values()}


def _answers(plane: ControlPlane, file: Path, decisions: dict[Decision, str]) -> dict[Decision, bool]:
    """Load a release into the server, ask, and remove it again."""
    try:
        assert [] == load(plane, _rbac(file), replace=True)
        wait_for_aggregation(plane)
        wait_for_authorizer(plane)
        return asked(plane, decisions)
    finally:
        clear(plane)


def _rbac(file: Path) -> Iterator[Object]:
    for each in yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
        if each and each["apiVersion"].startswith("rbac."):
            yield each
