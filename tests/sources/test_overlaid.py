"""A source with an assumed change: what it reads, and what access reviews are worth beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from kubectl_kfaccess.rbac.manifests import manifest_of
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reply
from kubectl_kfaccess.sources.overlaid import OverlaidSource, overlaid_source
from kubectl_kfaccess.sources.present_reviewer import PRESENT, PresentReviewer
from kubectl_kfaccess.sources.source import Wanted
from kubectl_kfaccess.sources.source_choice import Hypothetical, SourceChoice
from tests.builders import cluster_role, identity, namespace, request, role, role_binding, rule
from tests.callers import FakeReviewer
from tests.sources.saved_clusters import saved_cluster

GET, CREATE = rule("get", "pods"), rule("create", "pods")
CLUSTER = (
    namespace("team-a"),
    namespace("team-b"),
    cluster_role("edit", GET),
    role("team-a/own", GET),
    role_binding("team-a", "old", "ClusterRole/edit", "user:bob"),
)
NEW = role_binding("team-b", "new", "ClusterRole/edit", "user:carol")


def assuming(folder: Path, *applied: KubernetesObject, without: tuple[str, ...] = ()) -> OverlaidSource:
    """Return the cluster with a change; alice can get pods in team-a."""
    file = folder / "new.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*map(manifest_of, applied)]}))
    change = Hypothetical((str(file),) if applied else (), without)
    present = saved_cluster(*CLUSTER, rules={"team-a": [GET], "elsewhere": []})
    return overlaid_source(present, SourceChoice(hypothetical=change))


@pytest.mark.parametrize(
    ("places", "names"),
    [
        (("team-a",), ["old"]),
        (("team-b",), ["new"]),
        (("team-a", "team-b"), ["new", "old"]),
        (None, ["new", "old"]),
    ],
    ids=["another", "its own", "both", "all"],
)
def test_an_object_is_laid_over_the_namespaces_that_are_read(
    tmp_path: Path, places: tuple[str, ...] | None, names: list[str]
) -> None:
    """A question about other namespaces has nothing to do with it."""
    snapshot = assuming(tmp_path, NEW).read(Wanted(("rolebindings",), places))

    assert names == sorted(name for _, name in snapshot.role_bindings)


def test_a_resource_that_is_not_read_has_no_new_objects(tmp_path: Path) -> None:
    """The command has not asked for it."""
    assert {} == assuming(tmp_path, NEW).read(Wanted(("roles",))).role_bindings


def test_an_object_read_by_its_name_is_changed_too(tmp_path: Path) -> None:
    """It is gone, or new."""
    source = assuming(tmp_path, NEW, without=("rolebinding/team-a/old",))

    assert {} == source.read_object("rolebindings", "team-a", "old").role_bindings
    assert ["new"] == [name for _, name in source.read_object("rolebindings", "team-b", "new").role_bindings]


ALLOWED = AccessQuestion(request("get", "pods", "team-a"))
DENIED = AccessQuestion(request("create", "pods", "team-a"))
OF_BOB = AccessQuestion(request("get", "pods", "team-a"), identity("bob"))


@pytest.mark.parametrize(
    ("applied", "without", "answer"),
    [
        pytest.param((NEW,), (), True, id="a new binding"),
        pytest.param((role("team-a/own", GET, CREATE),), (), True, id="a role with more rules"),
        pytest.param((role("team-a/own", CREATE),), (), None, id="a role with other rules"),
        pytest.param((cluster_role("edit", GET, CREATE),), (), None, id="a ClusterRole"),
        pytest.param(
            (role_binding("team-a", "old", "ClusterRole/edit", "user:eve"),), (), None, id="other subjects"
        ),
        pytest.param((), ("rolebinding/team-a/old",), None, id="a deletion"),
        pytest.param((NEW,), ("rolebinding/team-a/old",), None, id="a new binding and a deletion"),
    ],
)
def test_a_yes_of_today_counts_if_the_change_only_adds(
    tmp_path: Path, applied: tuple[KubernetesObject, ...], without: tuple[str, ...], answer: bool | None
) -> None:
    """A no of today never counts: the change can allow it."""
    reviewer = assuming(tmp_path, *applied, without=without).reviewer

    assert reviewer is not None
    assert [answer, None] == [reply.allowed for reply in reviewer.ask([ALLOWED, DENIED])]


def test_reviews_beside_a_change_are_about_the_caller_alone() -> None:
    """Nothing else is sent, because nothing else would count."""
    sent: list[Request] = []

    def decided(wanted: Request) -> Reply:
        sent.append(wanted)
        return Reply(True)

    present = cast("Any", FakeReviewer("alice", decide=decided))
    replies = PresentReviewer(present, lambda: True).ask([OF_BOB, ALLOWED])

    assert [(None, PRESENT), (True, "")] == [(reply.allowed, reply.problem) for reply in replies]
    assert [ALLOWED.request] == sent


def test_nothing_is_sent_if_the_change_takes_something_away() -> None:
    """Not even about the caller."""
    present = cast("Any", FakeReviewer("alice", decide=lambda _: pytest.fail("a review was sent")))

    replies = PresentReviewer(present, lambda: False).ask([ALLOWED])

    assert [None] == [reply.allowed for reply in replies]


def test_the_rules_of_the_caller_are_never_all_beside_a_change(tmp_path: Path) -> None:
    """There can be more of them afterwards; after a deletion nothing is known of them."""
    adding = assuming(tmp_path, NEW).reviewer
    assert adding
    (more,) = adding.rules(["team-a"])
    deleting = assuming(tmp_path, without=("rolebinding/team-a/old",)).reviewer
    assert deleting
    (none,) = deleting.rules(["team-a"])

    assert ((GET,), True) == (more.rules, more.incomplete)
    assert ((), PRESENT) == (none.rules, none.problem)
