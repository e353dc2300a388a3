"""Three API servers at once: two with a release of Kubeflow each, and one that does not answer."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, crds_from_list, load, wait_for_aggregation
from tests.running import NOWHERE, REPOSITORY, Result, run

pytestmark = pytest.mark.server

RELEASES = {"newer": "kubeflow-v1.10", "older": "kubeflow-v1.9.1"}
UP, DOWN = tuple(RELEASES), "down"
REFUSING = "https://127.0.0.1:1"
"""A server at a port that nothing listens on."""
QUESTIONS = (
    "who-can create inferenceservices -A",
    "access sa:kubeflow/ml-pipeline",
    "access sa:kubeflow/ml-pipeline --bindings",
    "access --compare sa:kubeflow/ml-pipeline",
    "explain sa:kubeflow/ml-pipeline create workflows.argoproj.io -n kubeflow",
    "check",
    "can-apply examples/app.yaml --subject sa:kubeflow/ml-pipeline -n kubeflow",
    "aggregation kubeflow-edit",
    "profiles",
    "audit",
    "resources",
    "review examples/reviews.yaml",
    "whoami",
    "version",
    "diff -f examples/new-binding.yaml",
)
"""A command line of every command that reads a cluster and prints JSON."""


@pytest.fixture(scope="module")
def kubeconfig(plane: ControlPlane, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a kubeconfig with the contexts `older`, `newer` and `down`."""
    with ExitStack() as stack:
        other = stack.enter_context(ControlPlane(plane.version))
        planes = {"older": other, "newer": plane}
        for name, server in planes.items():
            stack.callback(clear, server)
            assert [] == load(server, list(objects(corpus, RELEASES[name])), replace=True)
            wait_for_aggregation(server)
        file = tmp_path_factory.mktemp("contexts") / "config"
        file.write_text(json.dumps(merged({name: server.kubeconfig() for name, server in planes.items()})))
        yield file


def objects(corpus: Path, release: str) -> Iterator[dict[str, Any]]:
    """Yield the types and the objects of a release."""
    yield from crds_from_list(corpus / f"{release}-crds.yaml")
    text = (corpus / f"{release}-rbac.yaml").read_text(encoding="utf-8")
    yield from (each for each in yaml.load_all(text, yaml.CSafeLoader) if each)


def merged(files: dict[str, Path]) -> dict[str, Any]:
    """Return a kubeconfig with a context for each file, and one for a server that does not answer."""
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [],
        "users": [],
        "contexts": [],
    }
    for name, file in files.items():
        single = yaml.safe_load(file.read_text(encoding="utf-8"))
        config["clusters"].append({"name": name, "cluster": single["clusters"][0]["cluster"]})
        config["users"].append({"name": name, "user": single["users"][0]["user"]})
    config["clusters"].append({"name": DOWN, "cluster": {"server": REFUSING}})
    config["users"].append({"name": DOWN, "user": {}})
    config["contexts"] = [{"name": n, "context": {"cluster": n, "user": n}} for n in (*files, DOWN)]
    return config


def ask(kubeconfig: Path, question: str, *more: str) -> Result:
    """Run a command line in the repository, with the three contexts."""
    words = (*shlex.split(question), *more, "--kubeconfig", str(kubeconfig))
    return run(*words, cwd=REPOSITORY, environ=NOWHERE)


def without_cluster(entries: list[dict[str, Any]], cluster: str) -> list[dict[str, Any]]:
    """Return the entries of a cluster, without its name."""
    return [
        {key: value for key, value in entry.items() if key != "cluster"}
        for entry in entries
        if entry["cluster"] == cluster
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_command_answers_for_the_clusters_that_are_up(kubeconfig: Path, question: str) -> None:
    """Each item is that of its cluster alone; the third is a gap with its reason, and so not known."""
    several = ask(kubeconfig, question, "--all-contexts", "-o", "json")
    statuses = [3]
    for cluster in UP:
        alone = ask(kubeconfig, question, "--context", cluster, "-o", "json")
        statuses.append(alone.status)
        assert alone.json["items"] == without_cluster(several.json["items"], cluster)
        (own,) = without_cluster(several.json["clusters"], cluster)
        assert {"answered": True, "status": alone.status}.items() <= own.items()

    assert (1 if 1 in statuses else 3) == several.status
    assert not several.json["coverage"]["complete"]
    assert [True] == ["refused" in reason for reason in reasons(several.json, DOWN)]


def reasons(document: dict[str, Any], cluster: str) -> list[str]:
    """Return why a cluster gave no answer, or (`version`, which knows its own) only a part of it."""
    gaps = [gap["reason"] for gap in document["coverage"]["gaps"] if gap["cluster"] == cluster]
    return [*gaps, *(each["message"] for each in document.get("errors", []) if each["cluster"] == cluster)]


@pytest.mark.parametrize("form", ["table", "json", "name"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_order_of_contexts_changes_no_byte(kubeconfig: Path, question: str, form: str) -> None:
    """Neither their order nor how they are chosen."""
    orders = ((DOWN, *UP), (*reversed(UP), DOWN), ("*er", "d???"))
    chosen = [[word for name in names for word in ("--context", name)] for names in orders]
    answers = {
        (answer.stdout, answer.stderr, answer.status)
        for words in (["--all-contexts"], *chosen)
        for answer in [ask(kubeconfig, question, *words, "-o", form)]
    }

    assert 1 == len(answers)


def test_the_message_about_a_cluster_names_it(kubeconfig: Path) -> None:
    """People see which cluster did not answer, and why."""
    answer = ask(kubeconfig, "who-can create inferenceservices -A", "--all-contexts")

    assert 3 == answer.status
    assert "error: down: " in answer.stderr
    assert "1 of 3 clusters did not answer: down" in answer.stderr


def test_a_snapshot_of_each_cluster_answers_as_the_clusters(kubeconfig: Path, tmp_path: Path) -> None:
    """A file for each cluster that is up; together they say what the clusters say."""
    written = ask(kubeconfig, f"snapshot {tmp_path / 'today'}/ --all-contexts")
    files = sorted(file.name for file in (tmp_path / "today").iterdir())
    question = "who-can create inferenceservices -A -o json"
    saved = run(*question.split(), "-f", str(tmp_path / "today"))
    live = ask(kubeconfig, question, "--context", "newer", "--context", "older")

    assert 3 == written.status
    assert ["newer.json.gz", "older.json.gz"] == files
    assert live.json["items"] == saved.json["items"]


def test_somebody_leaves(kubeconfig: Path) -> None:
    """What names them in all clusters is a list that kubectl deletes, each in its cluster."""
    answer = ask(kubeconfig, "access sa:kubeflow/katib-ui --bindings", "--all-contexts", "-o", "name")

    contexts = {line.rpartition("--context=")[2] for line in answer.stdout.splitlines()}
    assert {*UP} == contexts
