"""`access` on the demo: the grid, its filters and folding, and `--bindings`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kubectl_kfaccess.commands.access import namespace_rows
from kubectl_kfaccess.kubeflow.catalogue.levels import AreaLevel, area_level
from kubectl_kfaccess.rbac.access_grid import Cell
from tests.commands.test_terminal import COLOR, on_terminal
from tests.running import Result, run

ALICE = "alice@example.com"


def access(*argv: str) -> Result:
    """Return the answer about the demo."""
    return run("access", *argv, "--demo")


def grid(*argv: str) -> list[list[str]]:
    """Return the cells of each line."""
    return [[cell for cell in line.split("   ") if cell] for line in access(*argv).lines]


def items(*argv: str) -> list[dict[str, object]]:
    """Return the machine items."""
    machine_items: list[dict[str, object]] = access(*argv, "-o", "json").json["items"]
    return machine_items


def table(answer: Result) -> list[str]:
    """Return the header and the rows: piped output has no headline."""
    return answer.lines


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (
            "alice@example.com",
            "alice@example.com owns team-a, is a view contributor in team-b, and can do nothing in 2 others",
        ),
        ("stranger@example.com", "stranger@example.com can do nothing in 4 namespaces"),
        ("group:platform-admins", "group:platform-admins has admin access everywhere"),
        ("group:ml-team", "group:ml-team has edit access in team-a, and can do nothing in 3 others"),
        ("bob@example.com -n team-a", "bob@example.com in team-a: nothing on 30 resources"),
        (
            "sa:team-c/model-server -n team-c --resource secrets,pods",
            "sa:team-c/model-server has some access in team-c: something on 1 resource, nothing on 1",
        ),
    ],
)
def test_the_first_line_says_what_the_subject_is_where(line: str, title: str) -> None:
    """model-server can get one secret, by its name."""
    text = COLOR.sub("", on_terminal(120, "access", *line.split(), "--demo"))

    assert title == text.splitlines()[0]


def test_without_access_only_the_headline_is_left() -> None:
    """`--hide-empty` leaves no row; stderr says it when stdout is piped."""
    answer = access("bob@example.com", "-n", "team-a", "--hide-empty")

    assert ("", True) == (answer.stdout, "bob@example.com in team-a: nothing" in answer.stderr)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("alize@example.com", "names `user:alize@example.com`: did you mean `user:alice@example.com`?"),
        (
            "sa:team-a/default-edito",
            "names `sa:team-a/default-edito`: did you mean `sa:team-a/default-editor`?",
        ),
        ("group:ml-teams", "names `group:ml-teams`: did you mean `group:ml-team`?"),
        ("user:alize", "names `user:alize`"),
        ("group:alice", "names `group:alice`"),
        ("group:alice@example.com", "names `group:alice@example.com`"),
        ("user:ml-teams", "names `user:ml-teams`"),
        ("sa:team-x/default-edito", "names `sa:team-x/default-edito`"),
        ("gina@example.com", "names `user:gina@example.com`"),
        ("Bob@Example.org", "names `user:Bob@Example.org`"),
        ("zzz@elsewhere.org", "names `user:zzz@elsewhere.org`"),
    ],
)
def test_a_subject_that_nothing_names_gets_a_note(subject: str, message: str) -> None:
    """A typing slip would look like a no. The answer is still given: users can have no bindings."""
    answer = access(subject)

    assert 0 == answer.status
    assert f"note: no binding that was read {message}" in answer.stderr.splitlines()


def test_a_subject_that_a_binding_names_gets_no_such_note() -> None:
    """A member of a group that a binding names gets none, either."""
    message = "no binding that was read names"

    assert message not in access(ALICE).stderr
    assert message not in access("zzz@example.com", "--group", "ml-team").stderr


def test_a_word_that_is_not_a_resource_is_an_error() -> None:
    """Its row would say no to everything. A type with its group is taken as written."""
    answer = access(ALICE, "--resource", "secrest,pods")

    assert (2, "") == (answer.status, answer.stdout)
    assert "unknown resource type `secrest`" in answer.stderr


def test_a_line_of_csv_says_which_namespace_it_is_about() -> None:
    """That holds even if there is only one."""
    rows = csv.DictReader(access(ALICE, "-n", "team-a", "--area", "secrets", "-o", "csv").lines)

    assert {"team-a"} == {row["NAMESPACE"] for row in rows}


def test_a_row_is_a_namespace_and_a_column_an_area() -> None:
    """The columns are the default areas in their order, the rows Kubeflow's namespaces."""
    header, *lines = table(access(ALICE, "--no-fold"))
    rows = [line.split()[0] for line in lines]

    areas = ["SERVING", "PIPELINES", "NOTEBOOKS", "KATIB", "TRAINING", "STORAGE", "SECRETS", "IDENTITY"]
    assert ["NAMESPACE", "AS", *areas] == header.split()
    assert ["kubeflow", "team-a", "team-b", "team-c"] == rows


def test_wide_has_a_column_for_each_resource_and_the_mesh() -> None:
    """These columns replace those of areas."""
    header = table(access(ALICE, "-o", "wide"))[0].split()

    assert {"INFERENCESERVICES", "RUNS", "NOTEBOOKS", "MESH"} <= set(header)
    assert {"EXPERIMENTS.PIPELINES.KUBEFLOW.ORG", "EXPERIMENTS.KUBEFLOW.ORG"} <= set(header)
    assert "SERVING" not in header


def test_one_namespace_is_a_row_for_each_resource() -> None:
    """With wide there is a column per plain verb; special verbs are written out."""
    lines = table(access(ALICE, "-n", "team-a", "-o", "wide"))
    runs = next(line.split() for line in lines if line.startswith("runs "))

    assert ["RESOURCE", "GET", "LIST", "WATCH", "CREATE", "UPDATE", "PATCH", "DELETE", "OTHER", "MESH"] == (
        lines[0].split()
    )
    assert "archive,unarchive,terminate,retry,readArtifact,reportMetrics" == runs[-2]


def test_a_table_of_one_namespace_groups_verbs_and_folds_resources() -> None:
    """poddefaults can be created and not changed by kubeflow-edit; the kinds of training jobs are alike."""
    rows = {row[1]: row for row in grid(ALICE, "-n", "team-a")}

    cells = {name.strip(): [cell.strip() for cell in row[2:]] for name, row in rows.items()}
    assert ["yes", "create", "delete"] == cells["poddefaults"]
    assert ["yes", "yes", "yes", "archive,unarchive,terminate (+3)"] == cells["runs"]
    assert "pytorchjobs and 5 alike" in cells
    assert "tfjobs" not in cells


def test_a_legend_says_what_deviates() -> None:
    """At most three lines: kubeflow-edit cannot update poddefaults and tensorboards."""
    text = COLOR.sub("", on_terminal(200, "access", ALICE, "--demo"))

    assert "\nall-    all but llminferenceserviceconfigs, pipelineversions\n" in text
    (write,) = [line for line in text.splitlines() if line.startswith("write-  ")]
    assert "poddefaults" in write
    assert "tensorboards" in write


def test_no_cell_is_lost() -> None:
    """The verbs of wide and CSV are those of the machine items, which are the evaluator's."""
    argv = (ALICE, "-n", "team-a")
    rows = list(csv.DictReader(access(*argv, "-o", "csv").lines))
    plain = {"get", "list", "watch", "create", "update", "patch", "delete"}

    every = items(*argv)
    allowed = [sorted(plain & set(item["allowed"])) for item in every]  # type: ignore[call-overload]  # a list

    assert allowed == [sorted(verb for verb in plain if row[verb.upper()] == "yes") for row in rows]
    names = [line.split()[0] for line in table(access(*argv, "-o", "wide"))[1 : len(rows) + 1]]
    assert [row["RESOURCE"] for row in rows] == names


@pytest.mark.parametrize(
    ("flags", "resources"),
    [
        (("--area", "katib"), ["experiments"]),
        (("--area", "secrets,identity"), ["secrets", "serviceaccounts"]),
        (("--resource", "isvc"), ["inferenceservices"]),
        (("--resource", "pods/exec", "--resource", "secrets"), ["pods", "secrets"]),
        (("--resource", "widgets.example.com", "--any-type"), ["widgets"]),
        (("--area", "rbac"), ["rolebindings", "roles"]),
    ],
    ids=["an area", "two areas", "a short name", "two resources", "an unknown one", "another area"],
)
def test_flags_choose_resources(flags: tuple[str, ...], resources: list[str]) -> None:
    """`--area` and `--resource` choose them; `--resource` takes any resource, in the catalogue or not."""
    assert set(resources) == {item["resource"] for item in items(ALICE, *flags)}


def test_verbs_can_be_chosen() -> None:
    """Resources with none of the verbs are left out; an unknown verb is asked about, with a note."""
    narrowed = items(ALICE, "--verb", "archive,create")
    odd = access(ALICE, "--area", "secrets", "--verb", "frobnicate")

    verbs = {v for item in narrowed for key in ("allowed", "denied") for v in item[key]}  # type: ignore[attr-defined]  # lists
    assert {"archive", "create"} == verbs
    assert "no resource here is known to have the verb `frobnicate`" in odd.stderr
    assert 0 == odd.status


def test_hide_empty_leaves_out_what_cannot_be_touched() -> None:
    """It leaves out rows and machine items in which nothing is granted."""
    hidden = items(ALICE, "--hide-empty")

    assert {"team-a", "team-b"} == {item["namespace"] for item in hidden}
    assert all(item["allowed"] or item["allowedNames"] for item in hidden)


def test_equal_rows_are_folded_and_machines_get_all() -> None:
    """A few namespaces are named, many are counted; CSV and JSON do not fold."""
    folded = [line.split("   ")[0] for line in table(access("stranger@example.com", "-A"))[1:]]
    every = list(csv.DictReader(access("stranger@example.com", "-A", "-o", "csv").lines))

    assert ["auth and 11 more like it"] == [folded[0]] or len(folded) == 1
    assert len(every) > 3
    assert len(every) == len({item["namespace"] for item in items("stranger@example.com", "-A")} - {""})


def test_what_is_granted_cluster_wide_has_one_row() -> None:
    """There is a row `<all>`, and a count of the namespaces that grant the same."""
    answer = access("audrey@example.com")

    assert [["<all>", "view"]] == [line.split()[:2] for line in table(answer)[1:]]
    assert "4 namespaces grant what the row `<all>` grants, and nothing else" in answer.stderr


def test_cluster_scoped_resources_have_a_row_of_their_own() -> None:
    """No RoleBinding grants them, so they are in no namespace's row."""
    lines = access(ALICE, "-a").lines

    assert ["<cluster>"] == [line.split()[0] for line in lines if line.startswith("<cluster>")]
    machine_items = items(ALICE, "--resource", "clusterservingruntimes")
    assert {""} == {item["namespace"] for item in machine_items}


def test_via_chooses_a_plane() -> None:
    """A group's grants count for kubectl and not for Kubeflow's own services."""
    flags = (
        "ivan@example.com",
        "--group",
        "ml-team",
        "--resource",
        "runs.pipelines.kubeflow.org",
        "-n",
        "team-a",
    )

    (own,), (kubectl,) = items(*flags), items(*flags, "--via", "kubectl")

    assert ([], "kubeflow") == (own["allowed"], own["via"])
    assert "terminate" in kubectl["allowed"]  # type: ignore[operator]  # a list


def test_groups_that_would_change_the_answer_are_named() -> None:
    """The cluster does not know who is in a group, but the user may know."""
    notes = access("ivan@example.com").notes

    assert any("`ml-team`" in note and "--group" in note for note in notes)
    assert not any(
        "`ml-team`" in note and "--group" in note
        for note in access("ivan@example.com", "--group", "ml-team").notes
    )


def test_implied_groups_are_shown_as_implied() -> None:
    """The groups that every account is in are listed, and counted."""
    answer = access("sa:team-a/default-editor", "-o", "json").json["subject"]

    implied = ["system:serviceaccounts", "system:serviceaccounts:team-a", "system:authenticated"]
    assert (implied, implied) == (answer["impliedGroups"], answer["groups"])


def test_a_missing_namespace_is_answered_with_a_note() -> None:
    """RBAC does not ask whether a namespace exists."""
    answer = access(ALICE, "-n", "team-x")

    assert 0 == answer.status
    assert "there is no namespace `team-x`" in answer.stderr
    assert answer.stdout


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param((ALICE, "--area", "servin"), "did you mean `serving`?", id="an area misspelt"),
        pytest.param(
            (ALICE, "--resource", "/metrics"), "cannot read `/metrics`: it is not a resource", id="a URL"
        ),
        pytest.param((ALICE, "--via", "mesh"), "`mesh`", id="an unknown plane"),
        pytest.param((ALICE, "--verify"), "`--verify` cannot be combined", id="verifying files"),
        pytest.param((ALICE, "--verify=some"), "`some`", id="verifying some"),
        pytest.param(("--group", "x"), "`--group` needs a SUBJECT", id="groups without a subject"),
        pytest.param((ALICE, "--group", ""), "`--group` is empty", id="an empty group"),
    ],
)
def test_a_mistake_is_an_error_with_a_hint(argv: tuple[str, ...], message: str) -> None:
    """The status is 2, and there is never a traceback."""
    answer = access(*argv)

    assert (2, "") == (answer.status, answer.stdout)
    assert message in answer.stderr


def test_verify_does_not_take_the_next_word() -> None:
    """As in kubectl, an optional value must be joined to its flag."""
    assert "`--verify` cannot be combined" in run("access", "--verify", ALICE, "--demo").stderr


def test_bindings_are_everything_that_names_the_subject() -> None:
    """`--bindings` lists bindings, policies and profiles of the whole cluster."""
    answer = access(ALICE, "--bindings", "-o", "json").json["items"]

    names = {(item["object"]["kind"], item["object"]["namespace"], item["object"]["name"]) for item in answer}
    assert {
        ("RoleBinding", "team-a", "namespaceAdmin"),
        ("RoleBinding", "team-b", "user-alice-example-com-clusterrole-view"),
        ("AuthorizationPolicy", "team-a", "ns-owner-access-istio"),
        ("AuthorizationPolicy", "team-b", "user-alice-example-com-clusterrole-view"),
        ("Profile", "", "team-a"),
    } == names


def test_other_spellings_of_the_name_are_pointed_out() -> None:
    """They name somebody else, though perhaps the subject was meant."""
    (row,) = access("grace@example.com", "--bindings", "-o", "json").json["items"]

    assert (True, "Grace@Example.com") == (row["otherSpelling"], row["namedAs"]["name"])
    assert [] == access("grace@example.com", "--bindings", "-o", "name").lines


def test_another_spelling_is_not_left_out_silently() -> None:
    """A script that removes access has to know that there is another name to ask about."""
    answer = access("grace@example.com", "--bindings", "-o", "name")

    assert "nothing names `user:grace@example.com`" in answer.stderr.splitlines()
    assert (
        "`user:Grace@Example.com` is another spelling, and somebody else: named by RoleBinding"
        " `team-b/user-grace-example-com-clusterrole-edit`; `-o name` leaves that out, so ask for that name"
        " as well"
    ) in answer.notes


def test_a_subject_with_one_spelling_gets_no_note_about_others() -> None:
    """There is nobody else to ask about."""
    answer = access(ALICE, "--bindings", "-o", "name")

    assert not [note for note in answer.notes if "somebody else" in note]
    assert "nothing names" not in answer.stderr


def test_many_objects_with_another_spelling_are_counted() -> None:
    """The note names the first few, so that it stays readable."""
    text = "---".join(BINDING % (f"b{number}", "[{kind: User, name: Alice}]") for number in range(7))

    answer = run("access", "user:alice", "--bindings", "-o", "name", "-f", "-", stdin=text.encode())

    named = ", ".join(f"RoleBinding `ns/b{number}`" for number in range(5))
    assert [note for note in answer.notes if f"named by {named} and 2 more;" in note]


def test_names_are_what_can_be_deleted_when_a_person_leaves() -> None:
    """The lines are for `xargs -L1 kubectl delete`; a profile, which has a namespace, is only mentioned."""
    answer = access(ALICE, "--bindings", "-o", "name")

    assert [
        "rolebinding.rbac.authorization.k8s.io/user-alice-example-com-clusterrole-view --namespace=team-b",
        "authorizationpolicy.security.istio.io/user-alice-example-com-clusterrole-view --namespace=team-b",
    ] == answer.lines
    assert "deleting it deletes the namespace and all that is in it" in answer.stderr


BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: %s, namespace: ns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: %s
"""


@pytest.mark.parametrize(
    ("name", "subjects", "message"),
    [
        pytest.param("shared", ["alice", "bob"], "names others as well", id="others are named as well"),
        pytest.param("$(reboot)", ["alice"], "delete it by hand", id="a name that a shell would run"),
        pytest.param("a b", ["alice"], "delete it by hand", id="a name with a blank"),
        pytest.param("-A", ["alice"], "delete it by hand", id="a name that is a flag"),
    ],
)
def test_what_must_not_be_deleted_blindly_is_left_out(name: str, subjects: list[str], message: str) -> None:
    """Deleting it would remove others' access, or the name would do something else in a shell."""
    subjects_text = json.dumps([{"kind": "User", "name": subject} for subject in subjects])
    text = BINDING % (json.dumps(name), subjects_text)

    answer = run("access", "user:alice", "--bindings", "-o", "name", "-f", "-", stdin=text.encode())

    assert (0, "") == (answer.status, answer.stdout)
    assert message in answer.stderr


def test_names_are_the_namespaces_with_access() -> None:
    """There is one per line, for the next command."""
    assert ["namespace/team-a", "namespace/team-b"] == access(ALICE, "-o", "name").lines


@pytest.mark.parametrize(("when", "colored"), [("always", True), ("never", False), ("auto", False)])
def test_colour_adds_no_information(when: str, colored: bool) -> None:
    """The words are the same with and without colour."""
    import re

    answer = access(ALICE, "--color", when).stdout

    assert colored == ("\x1b[" in answer)
    assert access(ALICE).stdout == re.sub(r"\x1b\[[0-9;]*m", "", answer)


ELSEWHERE = """
apiVersion: v1
kind: Namespace
metadata: {name: lab, labels: {app.kubernetes.io/part-of: kubeflow-profile}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot, namespace: lab}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: robot, namespace: ci}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot, namespace: builds}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
- {kind: ServiceAccount, name: robot, namespace: ci}
- {kind: Group, name: "system:serviceaccounts", apiGroup: rbac.authorization.k8s.io}
- {kind: Group, name: builders, apiGroup: rbac.authorization.k8s.io}
"""


@pytest.mark.parametrize(
    ("argv", "is_noted"),
    [
        pytest.param(("sa:ci/robot",), True, id="Kubeflow's namespaces, by default"),
        pytest.param(("sa:ci/robot", "-A"), False, id="all namespaces"),
        pytest.param(("sa:ci/robot", "-n", "lab"), False, id="a chosen one"),
        pytest.param(("sa:ci/other",), False, id="a group that every account is in"),
        pytest.param(("user:mia", "--group", "builders"), True, id="a group of the user"),
        pytest.param(("user:mia",), False, id="nothing elsewhere"),
    ],
)
def test_bindings_in_other_namespaces_are_mentioned(
    argv: tuple[str, ...], is_noted: bool, tmp_path: Path
) -> None:
    """A number of Kubeflow's namespaces must not be taken for everything that the subject has."""
    (tmp_path / "objects.yaml").write_text(ELSEWHERE)

    answer = run("access", *argv, "-f", "objects.yaml", cwd=tmp_path)

    assert is_noted == ("also bound in 1 other namespace, `builds`: `-A` shows all" in answer.stderr)


@pytest.mark.parametrize(
    ("namespace", "words"),
    [
        # serving lacks llminferenceserviceconfigs, pipelines pipelineversions; poddefaults and tensorboards
        # cannot be updated; training lacks deletecollection, serviceaccounts use
        pytest.param("team-a", "all- all- write- all write all all write", id="the owner"),
        # scheduledworkflows, workflows and workflowtaskresults too; tensorboards cannot be watched
        pytest.param("team-b", "read- read- read- read read read - read", id="a viewer"),
    ],
)
def test_an_owner_and_a_viewer_have_different_words(namespace: str, words: str) -> None:
    """The words were worked out by hand from the demo's roles: most resources of an area have that much."""
    rows = [line.split() for line in run("access", ALICE, "--demo", "-o", "table").lines]

    assert [words.split()] == [row[2:] for row in rows if row[:1] == [namespace]]


def test_namespaces_that_grant_the_same_are_judged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subject can have the same role in thousands of namespaces: twice as many cost no more levels."""
    count = 0

    def counted(cells: Sequence[Cell]) -> AreaLevel | None:
        nonlocal count
        count += 1
        return area_level(cells)

    monkeypatch.setattr(namespace_rows, "area_level", counted)
    counts = []
    for namespaces in (4, 8):
        file = tmp_path / f"{namespaces}.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(_bound(namespaces))}))
        count = 0
        result = run("access", ALICE, "-A", "-o", "wide", "--no-fold", "-f", str(file))
        assert namespaces == sum(line.startswith("team-") for line in result.lines), result
        counts.append(count)

    assert counts[0] == counts[1] > 0


def _bound(count: int) -> Iterator[dict[str, object]]:
    """Yield a ClusterRole and *count* namespaces in which it is bound to Alice."""
    api = "rbac.authorization.k8s.io"
    version = f"{api}/v1"
    rule = {"apiGroups": ["kubeflow.org"], "resources": ["notebooks"], "verbs": ["get"]}
    yield {"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": "reader"}, "rules": [rule]}
    for number in range(count):
        name = f"team-{number}"
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        yield {
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": {"name": "alice", "namespace": name},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "reader"},
            "subjects": [{"apiGroup": api, "kind": "User", "name": ALICE}],
        }


def test_several_namespaces_can_be_chosen() -> None:
    """Each has a row; that one does not exist is said."""
    answer = access(ALICE, "-n", "team-b", "-n", "team-a", "-n", "no-such-place")

    assert ["NAMESPACE", "team-b", "team-a", "no-such-place"] == [line.split()[0] for line in answer.lines]
    assert "there is no namespace `no-such-place`: answering as if it existed" in answer.stderr
