"""The words in the grid: how much a subject can do with the resources of an area, and what deviates."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.kubeflow.catalogue.levels import AreaLevel, ResourceVerbs, area_level
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE
from kubectl_kfaccess.kubeflow.catalogue.selection import grid_resources_of
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource, access
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import role_binding, snapshot

CORE = "get list watch create update patch delete deletecollection"
RUNS = "get list create delete archive terminate"
RELEASES = ("kubeflow-v1.9.1", "kubeflow-v1.10")


def cell(
    verbs: str, allowed: str, unknown: str = "", names: tuple[str, ...] = (), kind: str = "things"
) -> Cell:
    """Return a cell of a resource with *verbs*."""
    resource = GridResource("", kind, tuple(verbs.split()))
    yes, open_ = tuple(allowed.split()), tuple(unknown.split())
    no = tuple(verb for verb in resource.verbs if verb not in (*yes, *open_))
    return Cell("a", resource, yes, no, open_, tuple((verb, ("x",)) for verb in names))


@pytest.mark.parametrize(
    ("text", "resource_cell"),
    [
        pytest.param("-", cell(CORE, ""), id="nothing"),
        pytest.param("read", cell(CORE, "get list watch"), id="read"),
        pytest.param("read", cell(RUNS, "get list"), id="read without watch, which the resource lacks"),
        pytest.param("read-", cell(CORE, "get list"), id="read without watch, which the resource has"),
        pytest.param("read-", cell(CORE, "get"), id="a single verb of read"),
        pytest.param("write", cell(CORE, "get list watch create update patch delete"), id="write"),
        pytest.param("write", cell(RUNS, "get list create delete"), id="all write verbs of the resource"),
        pytest.param(
            "write", cell(f"{CORE} impersonate use", f"{CORE} impersonate"), id="more than write, but not all"
        ),
        pytest.param("write-", cell(CORE, "get list watch create delete"), id="half of the write verbs"),
        pytest.param("read", cell(CORE, "get list watch create"), id="less than half of the write verbs"),
        pytest.param("all", cell(CORE, CORE), id="all"),
        pytest.param("all", cell("create patch", "create patch"), id="all of a resource that cannot be read"),
        pytest.param("read", cell("get list", "get list"), id="all of a resource that can only be read"),
        pytest.param("-+", cell(CORE, "create"), id="create alone"),
        pytest.param("-+", cell(f"{CORE} impersonate", "impersonate"), id="impersonate alone"),
        pytest.param("write-", cell("create patch", "patch"), id="half of two"),
        pytest.param("n", cell(CORE, "", names=("get",)), id="named objects only"),
        pytest.param(
            "read", cell(CORE, "get list watch", names=("update",)), id="read, and more for named objects"
        ),
        pytest.param("?", cell(CORE, "", CORE), id="unknown"),
        pytest.param("?", cell(CORE, "", "get", names=("list",)), id="unknown, and named objects"),
        pytest.param("read?", cell(CORE, "get list watch", "create"), id="at least read"),
        pytest.param("read?", cell(CORE, "get", "list watch"), id="unknown verbs are not lacking"),
        pytest.param("read-?", cell(CORE, "get", "list"), id="at least a part of read"),
    ],
)
def test_a_word_describes_a_resource(text: str, resource_cell: Cell) -> None:
    """The word follows from which of the resource's verbs are allowed."""
    assert text == str(area_level((resource_cell,)))


READ, WRITE, ALL, NONE, OPEN, NAMED = (
    cell(CORE, "get list watch"), cell(CORE, "get list watch create update patch delete"), cell(CORE, CORE),
    cell(CORE, ""), cell(CORE, "", CORE), cell(CORE, "", names=("get",)),
)  # fmt: skip
READABLE = cell("get list", "get list")


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        pytest.param("read", [READ, READ], id="the same"),
        pytest.param("read+", [READ, ALL], id="of equals the lower"),
        pytest.param("read-", [READ, NONE], id="half have nothing"),
        pytest.param("all-", [NONE, NONE, NONE, ALL], id="most have nothing, one has all"),
        pytest.param("read-", [NONE, NONE, NONE, ALL, READ], id="most have nothing, the others differ"),
        pytest.param("read-", [READ, READ, NONE], id="most have it, one lacks it"),
        pytest.param("read+", [READ, READ, ALL], id="most have it, one has more"),
        pytest.param("read-", [READ, READ, READ, ALL, NONE], id="one lacks it, one has more"),
        pytest.param("read-", [NONE, NONE, READ, READ, ALL], id="who has more has it too"),
        pytest.param("write+", [WRITE, ALL], id="write, and one all"),
        pytest.param("all", [ALL, READABLE], id="what can only be read does not count"),
        pytest.param("read", [READ, READABLE, READABLE], id="nor does it for read"),
        pytest.param("read", [READABLE, READABLE], id="unless there is nothing else"),
        pytest.param("-", [NONE, NONE], id="nothing"),
        pytest.param("n", [NONE, NAMED], id="named objects of one"),
        pytest.param("?", [NONE, OPEN], id="nothing known"),
        pytest.param("?", [OPEN, OPEN], id="unknown"),
        pytest.param("read?", [READ, OPEN], id="at least read of one"),
        pytest.param("None", [], id="no resources"),
    ],
)
def test_an_area_has_the_word_that_most_resources_reach(text: str, cells: list[Cell]) -> None:
    """A mark behind it says that some lack a part of it, or else that some have more."""
    assert text == str(area_level(cells))


def test_what_deviates_is_named() -> None:
    """Each resource with the verbs that it lacks, or has beyond the word, in the catalogue's order."""
    most = [cell(CORE, "get list watch", kind=kind) for kind in ("a", "b", "c")]
    less, more = cell(CORE, "get list", kind="d"), cell(RUNS, "get list create delete", kind="e")

    level = area_level([*most, less, more])

    assert level == AreaLevel(
        "read",
        lacking=(ResourceVerbs(less.resource, ("watch",)),),
        exceeding=(ResourceVerbs(more.resource, ("create", "delete")),),
    )


def levels(known: Snapshot, user: str, namespace: str) -> dict[str, AreaLevel]:
    """Return the level of *user* in each area of the catalogue."""
    entries = [entry for entry in CATALOGUE if entry.default and entry.type.name != "mxjobs"]
    resources = [
        (entry.area, resource)
        for entry in entries
        for resource in grid_resources_of(entry.type, entry.subresource)
    ]
    (cells,) = access(
        Evaluator(known), identified(Subject("User", user)), [each for _, each in resources], [namespace]
    )
    by_area: dict[str, list[Cell]] = {}
    for (area, _), each in zip(resources, cells, strict=True):
        by_area.setdefault(area, []).append(each)
    return {area: level for area, inside in by_area.items() if (level := area_level(inside))}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("strong", ["edit", "admin"])
def test_an_owner_and_a_viewer_never_have_the_same_word(corpus: Path, release: str, strong: str) -> None:
    """Where the roles of a release differ in an area, so do their words."""
    source = FilesSource((str(corpus / f"{release}-rbac.yaml"),), Environment.actual())
    shipped = source.read(Wanted(("clusterroles",)))
    known = snapshot(
        *shipped.cluster_roles.values(),
        role_binding("team-a", "strong", f"kubeflow-{strong}", "user:strong"),
        role_binding("team-a", "weak", "kubeflow-view", "user:weak"),
    )

    pairs = [levels(known, user, "team-a") for user in ("strong", "weak")]

    differing = [area for area in pairs[0] if pairs[0][area] != pairs[1][area]]
    assert len(differing) >= 7
    assert [] == [area for area in differing if str(pairs[0][area]) == str(pairs[1][area])]
