"""Selecting roles by an index gives what comparing every role gives, in the same order."""

from __future__ import annotations

import random

from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, LabelSelectorRequirement
from kubectl_kfaccess.rbac.roles_by_label import RolesByLabel
from tests.builders import cluster_role, expression, labelled

KEYS, VALUES = ("a", "b", "c"), ("", "x", "y")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Bad")
SEED = 20261129


def compared_with_every_role(role: ClusterRole, roles: list[ClusterRole]) -> tuple[str, ...]:
    """Return the names that the controller's own loops give (syncClusterRole)."""
    if not all(map(well_formed, role.selectors)):
        return ()
    names = [
        other.name
        for selector in role.selectors
        for other in sorted(roles, key=lambda each: each.name)
        if other.name != role.name and selects(selector, other.metadata.labels)
    ]
    return tuple(dict.fromkeys(names))


def random_selector(rng: random.Random) -> LabelSelector:
    """Return a selector with up to two labels and up to two expressions, some of which are not valid."""
    labels = {key: rng.choice(VALUES) for key in rng.sample(KEYS, rng.randrange(3))}
    lines = tuple(
        LabelSelectorRequirement(
            rng.choice(KEYS), rng.choice(OPERATORS), tuple(rng.sample(VALUES, rng.randrange(3)))
        )
        for _ in range(rng.choice((0, 0, 1, 2)))
    )
    return LabelSelector(labels, lines)


def random_role(rng: random.Random, number: int) -> ClusterRole:
    """Return a role with random labels, aggregated or not."""
    labels = {key: rng.choice(VALUES) for key in rng.sample(KEYS, rng.randrange(4))}
    selectors = [random_selector(rng) for _ in range(rng.choice((0, 1, 2)))]
    return cluster_role(f"r{number % 7}{number}", labels=labels, aggregate=selectors or None)


def test_an_index_changes_no_selection() -> None:
    """2,000 random sets of roles."""
    print(f"seed {SEED}")
    rng, chosen = random.Random(SEED), 0
    for _ in range(2_000):
        roles = [random_role(rng, number) for number in range(rng.randrange(1, 9))]
        index = RolesByLabel(roles)
        for role in roles:
            assert compared_with_every_role(role, roles) == index.selected_by(role)
            chosen += len(index.selected_by(role))
    assert chosen > 2_000


def test_a_selector_is_compared_with_few_roles() -> None:
    """It is compared with the roles that have the rarest of its labels."""
    roles = [cluster_role(f"r{n:04}", labels={"all": "", "some": str(n % 100)}) for n in range(1_000)]
    index = RolesByLabel(roles)

    for selector in (labelled(all="", some="7"), expression("some", "In", "7")):
        assert 10 == len(index._possible(selector))
