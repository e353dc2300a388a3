"""The names that the dashboard proposes for a new user's profile, worked out by hand from its source."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.tenants.registration import proposed_names


@pytest.mark.parametrize(
    ("user", "names"),
    [
        ("alice@example.com", ("alice", "alice-example-com")),
        ("Bob.Smith@Example.com", ("bob-smith", "bob-smith-example-com")),
        ("a_b+c@x.org", ("ab-c", "ab-c-x-org")),  # `_` goes, other characters become `-`
        (".dot.@x.org", ("dot", "dot--x-org")),  # dashes at the ends go
        ("carol", ("carol",)),
        ("кот@x.org", ("x-org",)),  # no namespace can be called ""
        (f"{'a' * 64}@x.org", ()),  # a name of 64 characters is too long
        ("", ()),
    ],
    ids=["address", "dots and case", "underscore", "ends", "no address", "other script", "long", "nobody"],
)
def test_names_are_made_as_on_the_registration_page(user: str, names: tuple[str, ...]) -> None:
    """First the name for the part before the `@`, then the one for the whole address."""
    assert names == proposed_names(user)
