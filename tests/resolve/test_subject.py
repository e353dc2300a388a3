"""A SUBJECT that is the caller: everybody can ask the server about themselves."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.subject import as_caller
from tests.callers import FakeReviewer, FakeSource

ALICE = Subject("User", "alice")
UNREAD = Snapshot(gaps=(Gap("clusterroles", "", "forbidden"),))


@pytest.mark.parametrize(
    ("subject", "groups", "snapshot", "is_caller"),
    [
        (ALICE, (), UNREAD, True),
        (ALICE, (), Snapshot(), False),  # nothing is open
        (ALICE, ("ml-team",), UNREAD, False),  # a question about alice as a member of the group
        (Subject("User", "bob"), (), UNREAD, False),
        (Subject("Group", "alice"), (), UNREAD, False),
    ],
    ids=["the caller", "complete", "with groups", "somebody else", "a group"],
)
def test_the_caller_is_recognized(
    subject: Subject, groups: tuple[str, ...], snapshot: Snapshot, is_caller: bool
) -> None:
    """Then the server's groups count. It is not asked if nothing is open."""
    reviewer = FakeReviewer("alice", ("staff", "system:authenticated"))
    source = cast("Any", FakeSource(reviewer))

    who = as_caller(identified(subject, groups), source, snapshot)

    assert is_caller == who.is_caller
    assert (("staff", "system:authenticated") == who.groups) == is_caller
    assert not reviewer.identities or (snapshot is UNREAD and not groups)


def test_the_groups_that_every_user_has_are_implied() -> None:
    """The others are those that somebody has put the caller in."""
    source = cast("Any", FakeSource(FakeReviewer("alice", ("staff", "system:authenticated"))))

    assert ("system:authenticated",) == as_caller(identified(ALICE), source, UNREAD).implied
