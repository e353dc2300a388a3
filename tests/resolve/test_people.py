"""What the file of `--people` adds to a subject, and what it does not know."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.people import people_of
from kubectl_kfaccess.resolve.people import with_people

PEOPLE = people_of(
    "people.csv", ["zed"], [("ml", "alice@example.com"), ("ops", "alice@example.com"), ("ml", "bob")]
)
ALICE = identified(Subject("User", "alice@example.com"))


def test_a_user_is_in_the_groups_of_the_file() -> None:
    """Before those that they have already, each once."""
    result = with_people(replace(ALICE, groups=("ops", *ALICE.groups)), PEOPLE)

    assert ("ml", "ops", *ALICE.groups) == result.who.groups
    assert result.who.knows_groups
    assert ("by `people.csv`, `alice@example.com` is in `ml`, `ops`",) == result.remarks


def test_the_caller_has_the_groups_that_the_server_says() -> None:
    """The file adds none: the server knows them."""
    caller = replace(ALICE, is_caller=True)

    assert caller == with_people(caller, PEOPLE).who


def test_a_group_is_in_no_group() -> None:
    """Only its members are in others."""
    group = identified(Subject("Group", "ml"))

    assert group == with_people(group, PEOPLE).who


def test_a_user_without_groups_is_known() -> None:
    """That they are in none is known then."""
    result = with_people(identified(Subject("User", "zed")), PEOPLE)

    assert result.who.knows_groups
    assert ("by `people.csv`, `zed` is in no group",) == result.remarks


def test_a_user_who_is_not_in_the_file_is_unknown_to_it() -> None:
    """With the name that was probably meant."""
    result = with_people(identified(Subject("User", "alise@example.com")), PEOPLE)

    assert not result.who.knows_groups
    assert result.remarks == (
        "`alise@example.com` is not in `people.csv`, so their groups are not known: did you mean"
        " `alice@example.com`?",
    )


def test_no_provider_has_a_service_account() -> None:
    """It is no gap that the file has none."""
    assert () == with_people(identified(Subject("ServiceAccount", "default", "team-a")), PEOPLE).remarks


def test_many_groups_are_counted() -> None:
    """Five are named."""
    people = people_of("f", [], [(f"g{number}", "zed") for number in range(7)])

    (remark,) = with_people(identified(Subject("User", "zed")), people).remarks

    assert remark.endswith("is in `g0`, `g1`, `g2`, `g3`, `g4` and 2 more")
