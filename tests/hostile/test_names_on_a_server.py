"""A real API server with users and accounts of deceiving names answers as its objects in a file do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bad_input.program import run
from tests.bad_input.reading_back import items
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import Refusal, clear, load, wait_for_aggregation
from tests.hostile.names import NAMES, Object, named_objects, places, users
from tests.hostile.test_names import WHO_CAN, assert_harmless

FORMATS = ["table", "wide", "name", "csv", "markdown", "json", "yaml", "jsonl"]
LISTS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")


@pytest.fixture(scope="module")
def refused(plane: ControlPlane) -> Iterator[list[Refusal]]:
    """What the API server does not take of a world in which everything has a deceiving name."""
    yield load(plane, [*one_by_one(users()), *places(), *named_objects()])
    clear(plane)


def one_by_one(objects: list[Object]) -> Iterator[Object]:
    """The same objects with a binding for each subject, so that none is refused for another."""
    for one in objects:
        if "subjects" not in one:
            yield one
        for at, subject in enumerate(one.get("subjects", ())):
            name = f"{one['metadata']['name']}-{at}"
            yield {**one, "metadata": {"name": name}, "subjects": [subject]}


@pytest.fixture(scope="module")
def handed_out(refused: list[Refusal], plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the lists that the server hands out once its controllers are done."""
    wait_for_aggregation(plane)
    directory = tmp_path_factory.mktemp("lists")
    for resource in LISTS:
        status, content = plane.request("GET", f"/apis/rbac.authorization.k8s.io/v1/{resource}")
        assert 200 == status
        (directory / f"{resource}.json").write_text(json.dumps(content))
    return directory


@pytest.mark.server
def test_the_server_takes_any_name_of_a_person(
    refused: list[Refusal], record_property: Callable[[str, object], None]
) -> None:
    """Names of users and groups are free text for it, but for the empty one: this is no invented danger."""
    subjects = [
        one.object["subjects"][0] for one in refused if one.object["metadata"]["name"].startswith("frobbers-")
    ]

    people = [one["name"] for one in subjects if one["kind"] in ("User", "Group")]
    record_property(
        "figures", f"hostile names: {len(refused)} objects refused, {2 * len(NAMES)} people named"
    )
    assert ["", ""] == people


@pytest.mark.server
@pytest.mark.parametrize("form", FORMATS)
def test_a_server_and_its_objects_in_a_file_say_the_same(
    form: str, plane: ControlPlane, handed_out: Path
) -> None:
    """Every row of the live answer is one of the files' answer, and the other way round."""
    asked = (*WHO_CAN, "--include-named", "-o", form)
    files = [word for resource in LISTS for word in ("-f", f"{resource}.json")]

    live = run(*asked, "--kubeconfig", str(plane.kubeconfig()), cwd=handed_out)
    read = run(*asked, *files, cwd=handed_out)

    assert_harmless(live)
    assert_harmless(read)
    if form in ("json", "yaml"):  # the notes beside the items speak of files or of a server
        assert items(read.stdout, form) == items(live.stdout, form)
    else:
        assert read.stdout == live.stdout
    assert len(NAMES) < len(live.stdout.splitlines())
