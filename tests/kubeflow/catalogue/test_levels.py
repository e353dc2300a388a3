"""The words in the grid: how much a subject can do with a resource, and in an area."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.levels import area_level, level
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource

CORE = "get list watch create update patch delete deletecollection"
RUNS = "get list create delete archive terminate"


def cell(verbs: str, allowed: str, unknown: str = "", names: tuple[str, ...] = ()) -> Cell:
    """Return a cell of a resource with *verbs*."""
    resource = GridResource("", "things", tuple(verbs.split()))
    yes, open_ = tuple(allowed.split()), tuple(unknown.split())
    no = tuple(verb for verb in resource.verbs if verb not in (*yes, *open_))
    return Cell("a", resource, yes, no, open_, tuple((verb, ("x",)) for verb in names))


@pytest.mark.parametrize(
    ("word", "resource_cell"),
    [
        pytest.param("-", cell(CORE, ""), id="nothing"),
        pytest.param("read", cell(CORE, "get list watch"), id="read"),
        pytest.param("read", cell(RUNS, "get list"), id="read without watch, which the resource lacks"),
        pytest.param("part", cell(CORE, "get list"), id="read without watch, which the resource has"),
        pytest.param("write", cell(CORE, "get list watch create update patch delete"), id="write"),
        pytest.param(
            "write", cell(RUNS, "get list create delete"), id="all write verbs that the resource has"
        ),
        pytest.param(
            "write", cell(f"{CORE} impersonate use", f"{CORE} impersonate"), id="more than write, but not all"
        ),
        pytest.param("all", cell(CORE, CORE), id="all"),
        pytest.param("all", cell("create patch", "create patch"), id="all of a resource that cannot be read"),
        pytest.param("read", cell("get list", "get list"), id="all of a resource that can only be read"),
        pytest.param("part", cell(CORE, "get list watch create"), id="between read and write"),
        pytest.param("part", cell(CORE, "create"), id="create alone"),
        pytest.param("part", cell("create patch", "patch"), id="some of the verbs"),
        pytest.param("n", cell(CORE, "", names=("get",)), id="named objects only"),
        pytest.param(
            "read", cell(CORE, "get list watch", names=("update",)), id="read, and more for named objects"
        ),
        pytest.param("?", cell(CORE, "", CORE), id="unknown"),
        pytest.param("?", cell(CORE, "", "get", names=("list",)), id="unknown, and named objects"),
        pytest.param("read?", cell(CORE, "get list watch", "create"), id="at least read"),
        pytest.param("part?", cell(CORE, "get", "list"), id="at least a part"),
    ],
)
def test_a_word_describes_a_resource(word: str, resource_cell: Cell) -> None:
    """The word follows from which of the resource's verbs are allowed."""
    assert word == level(resource_cell)


READ, ALL, NONE, OPEN = (
    cell(CORE, "get list watch"), cell(CORE, CORE), cell(CORE, ""), cell(CORE, "", CORE),
)  # fmt: skip


@pytest.mark.parametrize(
    ("word", "cells"),
    [
        pytest.param("read", [READ, READ], id="common"),
        pytest.param("part", [READ, ALL], id="different"),
        pytest.param("part", [READ, NONE], id="one of two"),
        pytest.param("-", [NONE, NONE], id="nothing"),
        pytest.param("?", [NONE, OPEN], id="nothing known"),
        pytest.param("?", [OPEN, OPEN], id="unknown"),
        pytest.param("part?", [READ, OPEN], id="at least a part"),
        pytest.param("", [], id="no resources"),
    ],
)
def test_an_area_has_the_word_that_its_resources_share(word: str, cells: list[Cell]) -> None:
    """If they share none, the word is `part`."""
    assert word == area_level(cells)
