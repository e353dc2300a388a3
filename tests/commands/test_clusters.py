"""Several clusters in one run: what every command says of several snapshots, and of contexts."""

from __future__ import annotations

import csv
import io
import json
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.running import REPOSITORY, Result, run
from tests.schemas import errors, validator
from tools.terminal import on_terminal

CHANGE = "RoleBinding/team-a/team-b-pipelines"
QUESTIONS = (
    "who-can create inferenceservices -A",
    "access dave@example.com",
    "access dave@example.com -n team-a",
    "access alice@example.com --compare bob@example.com",
    "access dave@example.com --bindings",
    "explain bob@example.com create notebooks -n team-a",
    "explain profile-foreign-account",
    "check",
    "can-apply examples/app.yaml --subject dave@example.com",
    "aggregation kubeflow-edit",
    "profiles",
    "profiles team-a",
    "audit",
    "resources",
    "review examples/reviews.yaml",
    "whoami",
)
"""A command line of every command that answers from snapshots."""
FORMATS = ("table", "json", "csv")


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with snapshots of three clusters, of which `prod-b` lacks a binding."""
    folder = tmp_path_factory.mktemp("clusters")
    for name, change in (("prod-a", ()), ("prod-b", ("--without", CHANGE)), ("staging", ())):
        assert 0 == run("snapshot", str(folder / f"{name}.json.gz"), "--demo", *change).status
    return folder


def ask(question: str, *more: str) -> Result:
    """Run a command line in the repository."""
    return run(*shlex.split(question), *more, cwd=REPOSITORY)


def of_cluster(document: dict[str, Any], key: str, cluster: str) -> list[dict[str, Any]]:
    """Return what a list of the document has of one cluster, without its name."""
    return [
        {name: value for name, value in entry.items() if name != "cluster"}
        for entry in document[key]
        if entry["cluster"] == cluster
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_cluster_answers_as_if_it_were_asked_alone(snapshots: Path, question: str) -> None:
    """Items, notes and heads are those of the cluster alone, and the status is the worst."""
    several = ask(question, "-f", str(snapshots), "-o", "json")
    statuses = []
    for cluster in ("prod-a", "prod-b", "staging"):
        alone = ask(question, "-f", str(snapshots / f"{cluster}.json.gz"), "-o", "json")
        statuses.append(alone.status)
        assert alone.json["items"] == of_cluster(several.json, "items", cluster)
        if "notes" in alone.json:  # a list of Kubernetes has none
            assert alone.json["notes"] == of_cluster(several.json, "notes", cluster)
        (own,) = of_cluster(several.json, "clusters", cluster)
        head = {**several.json, **own}
        shared = set(alone.json) - {"items", "notes", "coverage", "apiVersion", "kind", "metadata"}
        assert {key: alone.json[key] for key in shared} == {key: head[key] for key in shared}

    assert several.status == (1 if 1 in statuses else 0)
    assert {"complete": True, "gaps": []} == several.json["coverage"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_document_of_several_clusters_has_the_schema(snapshots: Path, question: str) -> None:
    """Every key is described."""
    document = ask(question, "-f", str(snapshots), "-o", "json").json

    assert [] == errors(validator(document["kind"]), document)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_order_of_files_changes_nothing(snapshots: Path, question: str, form: str) -> None:
    """The bytes are the same for every order of the clusters."""
    names = [str(snapshots / f"{name}.json.gz") for name in ("prod-a", "prod-b", "staging")]
    answers = {
        (answer.stdout, answer.stderr, answer.status)
        for order in (names, names[::-1], [names[1], names[2], names[0]])
        for answer in [ask(question, *(word for name in order for word in ("-f", name)), "-o", form)]
    }

    assert 1 == len(answers)


def test_a_table_begins_with_the_cluster(snapshots: Path) -> None:
    """Rows are those of each cluster alone; those that are the same in several are one."""
    question = "who-can create inferenceservices -A"
    lines = ask(question, "-f", str(snapshots)).stdout.splitlines()
    alone = ask(question, "-f", str(snapshots / "prod-b.json.gz")).stdout.splitlines()

    assert ["CLUSTER", "SUBJECT"] == lines[0].split()[:2]
    width = lines[0].index("SUBJECT")
    rows = {line[:width].strip(): [] for line in lines[1:]}
    for line in lines[1:]:
        rows[line[:width].strip()].append(line[width:].split())
    assert {"prod-a, prod-b, staging", "prod-a, staging"} == set(rows)
    assert [line.split() for line in alone[1:]] == rows["prod-a, prod-b, staging"]
    assert ["sa:team-b/default-editor"] == [row[0] for row in rows["prod-a, staging"]]


def test_a_row_of_many_clusters_counts_them(snapshots: Path, tmp_path: Path) -> None:
    """All of them, or the first two and the number of the others; `wide` and CSV have a row for each."""
    for number in range(5):
        name = "prod-b" if number == 4 else "prod-a"
        (tmp_path / f"c{number}.json.gz").write_bytes((snapshots / f"{name}.json.gz").read_bytes())
    question = "who-can create inferenceservices -A"
    table = ask(question, "-f", str(tmp_path)).stdout
    wide = ask(question, "-f", str(tmp_path), "-o", "wide").stdout

    starts = {line.partition("   ")[0] for line in table.splitlines()[1:]}
    assert {"all 5", "c0, c1 and 2 more"} == starts
    assert {f"c{number}" for number in range(5)} == {line.split()[0] for line in wide.splitlines()[1:]}


def test_the_first_line_counts_the_clusters_that_allow(snapshots: Path) -> None:
    """Somebody who can in several clusters is one subject."""
    question = "kubectl kfaccess who-can create inferenceservices -A -f"
    first = on_terminal(200, f"{question} {shlex.quote(str(snapshots))}").text.splitlines()[0]
    most = on_terminal(200, f"{question} {shlex.quote(str(snapshots / 'prod-a.json.gz'))}").text
    counts = most.partition(" can create")[0]  # those of the other clusters are among them

    assert f"{counts} can create inferenceservices, in 3 of 3 clusters" == first


def test_clusters_that_say_the_same_share_a_part(snapshots: Path) -> None:
    """A report with parts has one for the clusters that do not differ."""
    answer = ask("profiles", "-f", str(snapshots), "-o", "markdown").stdout

    assert ["## prod-a, staging", "## prod-b"] == [x for x in answer.splitlines() if x.startswith("## ")]


def test_names_are_what_kubectl_deletes(snapshots: Path) -> None:
    """Each line has the context, so that `xargs -L1 kubectl delete` deletes in the right cluster."""
    answer = ask("access dave@example.com --bindings", "-f", str(snapshots), "-o", "name").stdout

    ends = {line.rpartition(" ")[2] for line in answer.splitlines()}
    assert {f"--context={name}" for name in ("prod-a", "prod-b", "staging")} == ends
    assert "rolebinding.rbac.authorization.k8s.io/" in answer


def test_the_name_of_a_cluster_is_one_word(snapshots: Path, tmp_path: Path) -> None:
    """What a shell would take apart is quoted."""
    for name in ("a b;c", "d"):
        (tmp_path / f"{name}.json.gz").write_bytes((snapshots / "prod-a.json.gz").read_bytes())
    answer = ask("access dave@example.com --bindings", "-f", str(tmp_path), "-o", "name").stdout

    assert "--context=a b;c" in shlex.split(answer.splitlines()[0])


def test_csv_has_a_column_for_the_cluster(snapshots: Path) -> None:
    """Every table does, also that of a report whose text has parts."""
    for question in ("check", "profiles", "explain bob@example.com create notebooks -n team-a"):
        rows = list(csv.DictReader(io.StringIO(ask(question, "-f", str(snapshots), "-o", "csv").stdout)))
        assert "CLUSTER" == next(iter(rows[0]))
        assert {"prod-a", "prod-b", "staging"} == {row["CLUSTER"] for row in rows}


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_the_access_table_of_several_clusters_is_one(snapshots: Path, form: str) -> None:
    """The lines are those of each cluster alone, which have its name, below one header."""
    several = ask("access --all-subjects", "-f", str(snapshots), "-o", form).stdout.splitlines()
    alone: list[str] = []
    for name in ("prod-a", "prod-b", "staging"):
        answer = ask("access --all-subjects", "-f", str(snapshots / f"{name}.json.gz"), "-o", form)
        lines = [with_cluster(line, form, name) for line in answer.stdout.splitlines()]
        alone += lines[1:] if form == "csv" and alone else lines

    assert alone == several


def with_cluster(line: str, form: str, cluster: str) -> str:
    """Return a line of a snapshot that knows no context, with the name of its cluster."""
    if form == "jsonl":
        return line.replace('"cluster": ""', f'"cluster": "{cluster}"', 1)
    return f"{cluster}{line}" if line.startswith(",") else line


def test_an_unreadable_cluster_leaves_the_others(snapshots: Path, tmp_path: Path) -> None:
    """Its error says of which cluster it is; the status is that of what the user did."""
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes((snapshots / "prod-a.json.gz").read_bytes()[:2000])
    answer = ask("who-can create inferenceservices -A", "-f", str(snapshots), "-f", str(broken), "-o", "json")

    assert 2 == answer.status
    assert [("broken", "unreadable-input")] == [(e["cluster"], e["code"]) for e in answer.json["errors"]]
    assert {"prod-a", "prod-b", "staging"} == {item["cluster"] for item in answer.json["items"]}
    assert [True] == [x.startswith("error: broken: ") for x in answer.stderr.splitlines() if "error:" in x]
    assert [] == errors(validator("WhoCan"), answer.json)


def test_what_is_wrong_with_the_question_is_said_once(snapshots: Path) -> None:
    """All clusters have the same error, so it is that of the whole run."""
    answer = ask("who-can create inferenceservicez -A", "-f", str(snapshots))

    assert 2 == answer.status
    assert "" == answer.stdout
    assert answer.stderr.startswith("error: unknown resource type `inferenceservicez`")


def test_a_no_in_one_cluster_is_a_no(snapshots: Path) -> None:
    """The verdict says in which clusters."""
    question = "explain sa:team-b/default-editor create inferenceservices -n team-a"
    answer = ask(question, "-f", str(snapshots))

    assert 1 == answer.status
    assert "no: prod-b; yes: prod-a, staging" == answer.stdout.splitlines()[0]


def test_test_cases_say_of_which_cluster_they_are(snapshots: Path) -> None:
    """JUnit groups them by cluster."""
    answer = ask("check", "-f", str(snapshots), "-o", "junit").stdout

    assert answer.count('classname="prod-a: ') == answer.count('classname="prod-b: ') > 0


def test_a_fix_says_for_which_cluster_it_is(snapshots: Path) -> None:
    """Each is a document below a comment."""
    question = "explain bob@example.com create notebooks -n team-a"
    answer = ask(question, "-f", str(snapshots), "-o", "fix").stdout

    assert ["# for cluster prod-a", "# for cluster prod-b", "# for cluster staging"] == [
        line for line in answer.splitlines() if line.startswith("# for cluster")
    ]


def test_standard_input_is_read_for_each_cluster(snapshots: Path) -> None:
    """Reviews from standard input are answered by every cluster."""
    reviews = (REPOSITORY / "examples" / "reviews.yaml").read_bytes()
    answer = run("review", "-", "-f", str(snapshots), "-o", "json", stdin=reviews)
    counts = [len(of_cluster(answer.json, "items", name)) for name in ("prod-a", "prod-b", "staging")]

    assert 1 == len(set(counts))
    assert counts[0] > 0


def test_one_graph_needs_one_cluster(snapshots: Path) -> None:
    """Graphviz and Mermaid read one graph."""
    for form in ("dot", "mermaid"):
        answer = ask("aggregation kubeflow-edit", "-f", str(snapshots), "-o", form)
        assert (2, "") == (answer.status, answer.stdout)


def test_a_snapshot_beside_manifests_is_refused(snapshots: Path, tmp_path: Path) -> None:
    """A snapshot holds a whole cluster: what else would the manifests be?"""
    manifests = tmp_path / "role.yaml"
    manifests.write_text("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}\n")
    answer = ask("profiles", "-f", str(snapshots), "-f", str(manifests))

    assert 2 == answer.status
    assert "is a snapshot and" in answer.stderr


def test_snapshots_of_several_clusters_are_written_into_a_directory(snapshots: Path, tmp_path: Path) -> None:
    """Each is a file with the cluster's name that only the user can read, and asks as before."""
    answer = ask(f"snapshot {shlex.quote(str(tmp_path / 'copies'))}/ --anonymize", "-f", str(snapshots))
    files = sorted((tmp_path / "copies").iterdir())

    assert 0 == answer.status, answer.stderr
    assert ["prod-a.json.gz", "prod-b.json.gz", "staging.json.gz"] == [file.name for file in files]
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}
    assert 3 == len(ask("profiles", "-f", str(tmp_path / "copies"), "-o", "json").json["clusters"])


def test_several_snapshots_cannot_be_printed(snapshots: Path) -> None:
    """They would be several documents on one stream."""
    answer = ask("snapshot --anonymize", "-f", str(snapshots))

    assert 2 == answer.status
    assert "snapshot DIRECTORY/" in answer.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--all-contexts --demo", "`--all-contexts` and `--demo` cannot be combined"),
        ("--all-contexts --context a", "`--all-contexts` and `--context` cannot be combined"),
        ("--all-contexts -f x.yaml", "`--all-contexts` and `-f` cannot be combined"),
        ("--all-contexts --server https://example.com", "`--all-contexts` and `--server` cannot be combined"),
        ("--context a --context b --cluster c", "`--context a` and `--cluster` cannot be combined"),
    ],
)
def test_two_choices_of_clusters_are_refused(words: str, message: str) -> None:
    """Each of them says which cluster is asked."""
    answer = ask(f"profiles {words}")

    assert 2 == answer.status
    assert message in answer.stderr


KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "prod-a",
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}],
    "users": [{"name": "u", "user": {"token": "t"}}],
    "contexts": [
        {"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("prod-b", "prod-a", "staging")
    ],
}


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    """Return a kubeconfig with three contexts whose server refuses connections."""
    file = tmp_path / "config"
    file.write_text(json.dumps(KUBECONFIG))
    return str(file)


@pytest.mark.parametrize(
    ("words", "clusters"),
    [
        ("--context prod-b --context prod-a", ["prod-a", "prod-b"]),
        ("--context 'prod-*'", ["prod-a", "prod-b"]),
        ("--context staging --context 'prod-?'", ["prod-a", "prod-b", "staging"]),
        ("--context 'stag*'", ["staging"]),
        ("--all-contexts", ["prod-a", "prod-b", "staging"]),
    ],
)
def test_contexts_are_chosen_by_names_and_patterns(kubeconfig: str, words: str, clusters: list[str]) -> None:
    """Where none answers, the status is 3, and the error that all have is said once."""
    answer = ask(f"--kubeconfig {kubeconfig} {words} who-can get pods -A -v 6 -o json")
    asked = [name for name in ("prod-a", "prod-b", "staging") if f"/{name}" in answer.stderr]

    assert 3 == answer.status
    assert asked in ([], clusters)
    assert "unreachable" == answer.json["errors"][0]["code"]


def test_a_context_that_does_not_exist_is_a_slip(kubeconfig: str) -> None:
    """A word and a pattern that name no context are errors, and the hint names what there is."""
    word = ask(f"--kubeconfig {kubeconfig} --context prod-a --context prod-c profiles")
    pattern = ask(f"--kubeconfig {kubeconfig} --context 'dev-*' profiles")

    assert 2 == word.status
    assert word.stderr.startswith("error: context `prod-c` does not exist\nhint: the kubeconfig has ")
    assert 2 == pattern.status
    assert "context `dev-*` does not exist" in pattern.stderr
    assert "`prod-a`, `prod-b`, `staging`" in pattern.stderr


def test_a_kubeconfig_without_contexts_has_no_clusters(tmp_path: Path) -> None:
    """`--all-contexts` would ask nothing and seem to have asked."""
    file = tmp_path / "config"
    file.write_text(json.dumps({**KUBECONFIG, "contexts": []}))

    assert 2 == ask(f"--kubeconfig {file} --all-contexts profiles").status
