"""A real API server with hostile names gets the same answers as its objects in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import Refusal, clear, load, wait_for_aggregation
from tests.robustness.names import NAMES, PROPER, Object, bindings, named_objects, places, users
from tests.robustness.process import environment
from tests.robustness.reading_back import items
from tests.robustness.test_names import MACHINE, WHO_CAN, assert_harmless
from tests.running import Result, run

FORMATS = ["table", "wide", "name", "csv", "markdown", "json", "yaml", "jsonl"]
LISTS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")


@pytest.fixture(scope="module")
def refused(plane: ControlPlane) -> Iterator[list[Refusal]]:
    """What the API server refuses of a world in which everything has a hostile name."""
    yield load(plane, [*one_by_one(users()), *places(), *named_objects()])
    clear(plane)


def one_by_one(objects: list[Object]) -> Iterator[Object]:
    """Yield the same objects with a binding for each subject, so that none is refused for another."""
    for content in objects:
        if "subjects" not in content:
            yield content
        for at, subject in enumerate(content.get("subjects", ())):
            name = f"{content['metadata']['name']}-{at}"
            yield {**content, "metadata": {"name": name}, "subjects": [subject]}


@pytest.fixture(scope="module")
def returned(refused: list[Refusal], plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the lists that the server returns once its controllers are done."""
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
    """To it, names of users and groups are free text, unless they are empty: the danger is real."""
    subjects = [
        refusal.object["subjects"][0]
        for refusal in refused
        if refusal.object["metadata"]["name"].startswith("frobbers-")
    ]

    people = [person["name"] for person in subjects if person["kind"] in ("User", "Group")]
    record_property(
        "figures", f"hostile names: {len(refused)} objects refused, {2 * len(NAMES)} people named"
    )
    assert ["", ""] == people


@pytest.mark.server
@pytest.mark.parametrize("form", FORMATS)
def test_a_server_and_its_objects_in_a_file_say_the_same(
    form: str, plane: ControlPlane, returned: Path
) -> None:
    """Every row of the live answer is one of the files' answer, and the other way round."""
    argv = (*WHO_CAN, "--include-named", "-o", form)
    files = [word for resource in LISTS for word in ("-f", f"{resource}.json")]

    live = answered(returned, *argv, "--kubeconfig", str(plane.kubeconfig()))
    read = answered(returned, *argv, *files)

    if form in ("json", "yaml"):  # the notes beside the items speak of files or of a server
        assert items(read.stdout, form) == items(live.stdout, form)
    else:
        assert read.stdout == live.stdout
    assert len(NAMES) < len(live.stdout.splitlines())


# --- the bindings of one namespace ---------------------------------------------------------------------

LIVE = "hostile-names"
API = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{LIVE}"


@pytest.fixture(scope="module")
def loaded(plane: ControlPlane) -> Iterator[ControlPlane]:
    """The API server with users of hostile names, whose bindings are called so as far as it takes them."""
    clear(plane)
    assert [] == load(plane, bindings(LIVE))
    yield plane
    clear(plane)


@pytest.mark.server
@pytest.mark.parametrize("form", FORMATS)
def test_the_bindings_of_a_namespace_are_the_same_in_a_file(
    form: str, loaded: ControlPlane, tmp_path: Path
) -> None:
    """The rows of a live namespace are those of the objects that the server returns, name by name."""
    lists = [loaded.request("GET", f"{API}/{resource}")[1] for resource in ("roles", "rolebindings")]
    for number, content in enumerate(lists):
        (tmp_path / f"{number}.json").write_text(json.dumps(content))
    argv = (
        "who-can", "frob", "widgets.hostile", "--any-type", "-n", LIVE, "--subject-kind", "user", "-o", form,
    )  # fmt: skip

    live = answered(tmp_path, *argv, "--kubeconfig", str(loaded.kubeconfig()))
    read = answered(tmp_path, *argv, "-f", "0.json", "-f", "1.json")

    if form in MACHINE:  # the notes beside the items speak of files or of a server
        assert items(read.stdout, form) == items(live.stdout, form)
    else:
        assert read.stdout == live.stdout
    assert len(PROPER) <= len(live.lines)


def answered(directory: Path, *argv: str) -> Result:
    """Return the answer to a command line, which harms nobody who reads it."""
    result = run(*argv, cwd=directory, environ=environment(directory))
    assert_harmless(result)
    return result
