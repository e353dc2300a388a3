"""
`audit` finds exactly the holes that are planted in a real server, between the right tenants.

The server has a Kubeflow release and 40 profiles. KFACCESS_SEED and KFACCESS_TOGETHER choose the seeds that
are planted together, and how often.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.isolation_seeds.consequences import drawn, together, verdicts_together
from tests.isolation_seeds.notation import Object
from tests.isolation_seeds.planted import allowed, audit, close, planted
from tests.isolation_seeds.seeds import Expected, Seed, found, pairs, seeds, verdicts_in
from tests.isolation_seeds.world import COUNT, UNKNOWN_GROUP, owner, team, teams, world
from tests.running import Result

SEED = os.environ.get("KFACCESS_SEED", "20261130")
TOGETHER = int(os.environ.get("KFACCESS_TOGETHER", "20"))
SEEDS = [pytest.param(seed, id=seed.id, marks=() if seed.is_quick else pytest.mark.slow) for seed in seeds()]
SHIPPED = {
    "isolation-endpoints",  # kubeflow-kubernetes-edit, as before Kubernetes 1.22
    "isolation-metadata-shared",  # ML Metadata knows no namespaces
    "isolation-pipelines-shared",  # nor do pipelines that were uploaded without one
    "isolation-view-runs-code",  # viewers can create viewers.kubeflow.org
}
"""What Kubeflow 1.10 ships, each with a reason why it is a finding."""


@pytest.fixture(scope="module")
def objects(corpus: Path) -> list[Object]:
    """Return the objects of the platform."""
    return world(corpus)


@pytest.fixture(scope="module")
def platform(plane: ControlPlane, objects: list[Object]) -> Iterator[ControlPlane]:
    """Yield the server with the platform."""
    assert [] == load(plane, objects, replace=True)
    wait_for_aggregation(plane)
    yield plane
    clear(plane)


@pytest.fixture(scope="module")
def unseeded(platform: ControlPlane) -> dict[str, Any]:
    """Return the audit of the platform without any seed."""
    return dict(audit(platform).json)


@pytest.mark.server
def test_nothing_crosses_before(unseeded: dict[str, Any]) -> None:
    """The members of one group are not known, and the rest is as the release ships it."""
    unknown = {team(UNKNOWN_GROUP): "unknown"}
    assert dict.fromkeys(teams(), "nothingCrosses") | unknown == verdicts_in(unseeded)
    group = f"RoleBinding/{team(UNKNOWN_GROUP)}/ml-team"
    expected = Expected("isolation-group-members", group, "-", team(UNKNOWN_GROUP), "group:ml-team")
    shipped = {item["fingerprint"] for item in unseeded["items"] if item["severity"] == "note"}
    assert [expected] == [each for key, each in found(unseeded).items() if key not in shipped]
    assert SHIPPED == {found(unseeded)[key].id for key in shipped}


@pytest.mark.server
@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_is_found_and_nothing_else(
    seed: Seed, platform: ControlPlane, objects: list[Object], unseeded: dict[str, Any], tmp_path: Path
) -> None:
    """The server allows what it opens, and before it does not."""
    before = allowed(platform, seed.asks)
    unseeded = audit(platform, *people(seed, tmp_path)).json if seed.people else unseeded
    with planted(platform, (seed,), objects):
        after = allowed(platform, seed.asks)
        document = audit(platform, *people(seed, tmp_path)).json
        closed = closing(platform, document, people(seed, tmp_path), tmp_path)

    assert (dict.fromkeys(seed.asks, False), dict.fromkeys(seed.asks, True)) == (before, after)
    assert_found(document, unseeded, seed.finds)
    assert verdicts_in(unseeded) | seed.verdicts == verdicts_in(document)
    assert (seed.stops, []) == (verdicts_in(unseeded) == verdicts_in(closed.document), closed.left)


class Closed(NamedTuple):
    """The audit after every way was closed that can be, and the findings that were left by their own stop."""

    document: dict[str, Any]
    left: list[Expected]


def closing(plane: ControlPlane, document: dict[str, Any], flags: tuple[str, ...], folder: Path) -> Closed:
    """Close one way after the other, those by steps first, as `stop` says."""
    left = []
    for item in sorted(document["items"], key=lambda each: "steps" not in each):
        if "stop" in item:
            close(plane, item, audit(plane, *flags, form="fix").stdout, folder)
            document = audit(plane, *flags).json
            after = found(document)
            left += [after[key] for key in (item["fingerprint"],) if key in after]
    return Closed(document, left)


def people(seed: Seed, folder: Path) -> tuple[str, ...]:
    """Return the flags that give the members of groups: everybody of the platform is known."""
    if not seed.people:
        return ()
    owners = {owner(number) for number in range(COUNT)}
    users = [text.removeprefix("user:") for text in owners if text.startswith("user:")]
    users += [f"dev-{number:02}@example.com" for number in range(COUNT)]
    users += ["reader@example.com", "user@example.com", "auditor@example.com"]
    file = folder / "people.yaml"
    file.write_text(yaml.safe_dump({"users": users, "groups": {**dict(seed.people)}}), encoding="utf-8")
    return ("--people", str(file))


def assert_found(document: dict[str, Any], before: dict[str, Any], expected: tuple[Expected, ...]) -> None:
    """Assert that the findings are those of *before* and the *expected* ones."""
    known = found(before)
    new = [finding for key, finding in found(document).items() if key not in known]
    missing = [each for each in expected if not any(each.fits(finding) for finding in new)]
    surplus = [finding for finding in new if not any(each.fits(finding) for each in expected)]
    assert ([], []) == (missing, surplus)
    assert {} == {key: each for key, each in known.items() if key not in found(document)}


def test_the_table_is_large_enough(record_property: Callable[[str, object], None]) -> None:
    """And no name in it is used twice."""
    names = [seed.id for seed in seeds()]
    record_property("figures", f"seeds: {len(names)}, quick: {sum(seed.is_quick for seed in seeds())}")
    assert len(names) == len({*names})


@pytest.mark.server
@pytest.mark.parametrize(
    "number", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, TOGETHER))]
)
def test_twelve_together_are_found_with_what_they_open_together(
    number: int,
    platform: ControlPlane,
    objects: list[Object],
    unseeded: dict[str, Any],
    record_property: Callable[[str, object], None],
) -> None:
    """One way can lead on to the next. The seeds are drawn anew for each number."""
    chosen = drawn(seeds(), Random(f"{SEED}/{number}"), 12)
    names = ", ".join(seed.id for seed in chosen)
    with planted(platform, chosen, objects):
        document = audit(platform).json

    known = found(unseeded)
    new = pairs(finding for key, finding in found(document).items() if key not in known)
    expected = together(chosen)
    assert (set(), set()) == (expected - new, new - expected), f"seed {SEED}/{number}: {names}"
    opened = {**verdicts_in(unseeded), **verdicts_together(expected)}
    assert opened == verdicts_in(document), f"seed {SEED}/{number}: {names}"
    more = len(expected) - len({pair for seed in chosen for pair in pairs(seed.finds)})
    record_property("figures", f"together, seed {SEED}/{number}: {names}: {len(new)} findings ({more:+})")


def as_owner(plane: ControlPlane, number: int, *argv: str) -> Result:
    """Return what the owner of that profile sees, who can list nothing in the whole cluster."""
    user = f"owner-{number:02}@example.com"
    plane.add_user(user)
    return audit(plane, *argv, user=user, form="table")


@pytest.mark.server
def test_an_owner_sees_who_is_bound_in_their_profile(platform: ControlPlane, objects: list[Object]) -> None:
    """Whether the account's namespace is a tenant, and who has rights everywhere, does not show."""
    (seed,) = (seed for seed in seeds() if seed.id == "account-view")
    with planted(platform, (seed,), objects):
        answer = as_owner(platform, 0, team(0))

    assert 3 == answer.status
    assert "unknown: whether anything crosses into team-00 is not known" == answer.lines[0]
    assert "RoleBinding/team-00/helper" in answer.stdout
    assert (
        "team-00 is unknown: without clusterrolebindings, clusterroles, profiles and namespaces it is not"
        " known who has rights everywhere, what roles grant or which namespaces are tenants"
    ) in answer.lines
    assert "an administrator can run this and see everything; to ask for these rights: whoami -o fix" in (
        answer.lines
    )
    assert "not at: RBAC of the whole cluster, mesh policies, cloud IAM" in answer.lines[1]


@pytest.mark.server
def test_a_proved_way_is_a_no_to_an_owner_too(platform: ControlPlane, objects: list[Object]) -> None:
    """Everybody is in no profile, so no list of profiles is needed."""
    (seed,) = (seed for seed in seeds() if seed.id == "authenticated")
    with planted(platform, (seed,), objects):
        answer = as_owner(platform, 12, team(12))

    assert 1 == answer.status
    assert "no: something crosses into team-12: everybody can view there" == answer.lines[0]


@pytest.mark.server
@pytest.mark.parametrize(
    ("names", "first"),
    [
        ((), "unknown: profiles cannot be listed, so name yours: audit NAME"),
        ((team(1),), "unknown: whether anything crosses into team-01 is not known"),
    ],
)
def test_what_an_owner_sees_of_others_is_unknown(
    names: tuple[str, ...], first: str, platform: ControlPlane
) -> None:
    """Never that nothing crosses, or that there is no profile."""
    answer = as_owner(platform, 0, *names)

    assert (3, first) == (answer.status, answer.lines[0])
    assert "looked at: nothing; not at: RBAC, service accounts, mesh policies, cloud IAM" in answer.lines[1]
