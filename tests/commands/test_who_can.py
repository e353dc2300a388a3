"""`who-can`: the namespaces, types and subjects of a command line, and the notes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.sources.files.files import DEMO
from tests.controlplane.cluster import ControlPlane
from tests.running import NOWHERE, Result, run

TEAM_A = ("-n", "team-a")
PROFILES = "app.kubernetes.io/part-of=kubeflow-profile"
NOBODY = ("who-can", "frobnicate", "pods", "--demo", "-n", "team-a", "--subject-kind", "user")


def who_can(*argv: str, output: str = "json", **world: Any) -> Result:
    """Return the answer of `who-can` about the demo."""
    return run("who-can", *argv, "--demo", "-o", output, **world)


def queries(result: Result, *keys: str) -> list[tuple[Any, ...]]:
    """Return the values of *keys* of each query."""
    return [tuple(query[key] for key in keys) for query in result.json["queries"]]


def places(result: Result) -> set[str]:
    """Return the namespaces of the listed items."""
    return {item["namespace"] for item in result.json["items"]}


# --- namespaces ---


def test_files_have_no_namespace_of_their_own() -> None:
    """Without a flag, the question is about all namespaces of the files."""
    result = who_can("create", "inferenceservices")

    assert [(None,)] == queries(result, "namespace")
    assert {"", "team-a", "team-b", "team-c"} == places(result)


def test_a_namespace_is_answered_together_with_the_whole_cluster() -> None:
    """Cluster-wide grants also hold in the namespace."""
    result = who_can("create", "inferenceservices", *TEAM_A)

    assert [("team-a",)] == queries(result, "namespace")
    assert {"", "team-a"} == places(result)


def test_all_namespaces_win_over_one() -> None:
    """As in kubectl, -A wins over -n."""
    assert who_can("get", "pods", "-A").stdout == who_can("get", "pods", "-A", *TEAM_A).stdout
    assert [(None,)] == queries(who_can("get", "pods", "-A", *TEAM_A), "namespace")


def test_a_selector_chooses_namespaces_by_their_labels() -> None:
    """The question is about each namespace with the labels, in the order of names."""
    result = who_can("create", "inferenceservices", "-l", PROFILES)

    assert [("team-a",), ("team-b",), ("team-c",)] == queries(result, "namespace")
    assert {"", "team-a", "team-b", "team-c"} == places(result)


def test_a_selector_that_no_namespace_has_leaves_the_whole_cluster() -> None:
    """A remark says that no namespace has the labels; cluster-wide grants are still listed."""
    result = who_can("get", "secrets", "-l", "team=none")

    assert "no namespace has the labels `team=none`" in result.stderr.splitlines()
    assert {""} == places(result)


def test_a_selector_that_no_namespace_has_makes_no_type_cluster_scoped() -> None:
    """There is no wrong note on the type's scope."""
    assert "cluster-scoped" not in who_can("get", "secrets", "-l", "team=none").stderr


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param(
            ("-A",), "error: `-l` and `-A` cannot be combined: both choose namespaces", id="with -A"
        ),
        pytest.param(TEAM_A, "error: `-l` and `-n` cannot be combined: both choose namespaces", id="with -n"),
    ],
)
def test_a_selector_cannot_be_combined_with_another_choice(flags: tuple[str, ...], expected: str) -> None:
    """It would be a guess how two choices of namespaces combine."""
    result = who_can("get", "pods", "-l", PROFILES, *flags)

    assert (2, [], expected) == (result.status, result.json["items"], result.stderr.splitlines()[0])


def test_an_unreachable_cluster_is_an_error_with_a_hint(tmp_path: Path) -> None:
    """The status is 3, and the hint names the demo and files."""
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, namespace: team-a}}]
        clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]
        """
    )
    environ = {**NOWHERE, "KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(tmp_path)}

    result = run("who-can", "get", "pods", "--request-timeout", "2s", environ=environ)

    assert (3, "") == (result.status, result.stdout)
    assert "127.0.0.1:1" in result.stderr
    assert "--demo" in result.stderr


@pytest.mark.server
@pytest.mark.parametrize(
    ("context", "flags", "expected"),
    [
        pytest.param({"namespace": "team-a"}, (), "team-a", id="the context's"),
        pytest.param({}, (), "default", id="a context without one"),
        pytest.param({"namespace": "team-a"}, ("-n", "team-b"), "team-b", id="the flag's"),
        pytest.param({"namespace": "team-a"}, ("-A",), None, id="all of them"),
    ],
)
def test_by_default_the_question_is_about_the_contexts_namespace(
    context: dict[str, str], flags: tuple[str, ...], expected: str | None, plane: ControlPlane, tmp_path: Path
) -> None:
    """Stderr names a namespace that no flag chose."""
    config = json.loads(plane.kubeconfig("admin").read_text(encoding="utf-8"))
    config["contexts"][0]["context"].update(context)
    (tmp_path / "config").write_text(json.dumps(config))
    environ = {**NOWHERE, "KUBECONFIG": str(tmp_path / "config"), "KUBECACHEDIR": str(tmp_path)}

    result = run("who-can", "get", "pods", *flags, "-o", "json", environ=environ)

    assert (0, [(expected,)]) == (result.status, queries(result, "namespace"))
    assert bool(flags) != result.stderr.startswith(f"namespace `{expected}` (")


# --- types ---


@pytest.mark.parametrize(
    "word",
    [
        "inferenceservices",
        "inferenceservice",
        "InferenceService",
        "isvc",
        "INFERENCESERVICES",
        "inferenceservices.serving.kserve.io",
        "inferenceservice.serving.kserve.io",
        "isvc.serving.kserve.io",
        "inferenceservices.serving",
        "inferenceservices.v1beta1.serving.kserve.io",
    ],
)
def test_a_type_has_many_names(word: str) -> None:
    """Plural, singular, kind and short name work in any case, with or without the group or its start."""
    result = who_can("create", word, *TEAM_A)

    assert [("serving.kserve.io", "inferenceservices")] == queries(result, "group", "resource")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("po", ("", "pods"), id="a short name of the core group"),
        pytest.param("deploy", ("apps", "deployments"), id="a short name of another group"),
        pytest.param("svc", ("", "services"), id="a short name that is not ambiguous"),
        pytest.param("ksvc", ("serving.knative.dev", "services"), id="a short name of a custom resource"),
        pytest.param("services.serving.knative.dev", ("serving.knative.dev", "services"), id="a group"),
        pytest.param("experiments.kubeflow.org", ("kubeflow.org", "experiments"), id="a group of two"),
    ],
)
def test_a_word_or_group_narrows_to_one_type(word: str, expected: tuple[str, str]) -> None:
    """If the word can only be one type, there is one question."""
    assert [expected] == queries(who_can("get", word, *TEAM_A), "group", "resource")


@pytest.mark.parametrize(
    ("word", "groups"),
    [
        pytest.param("services", ["", "serving.knative.dev"], id="services"),
        pytest.param("jobs", ["batch", "pipelines.kubeflow.org"], id="jobs"),
        pytest.param("experiments", ["kubeflow.org", "pipelines.kubeflow.org"], id="experiments"),
    ],
)
def test_an_ambiguous_word_is_answered_for_each_group(word: str, groups: list[str]) -> None:
    """kubectl's own choice comes first; a column says which of the types each subject can get."""
    titles = {f"{word}.{group}".removesuffix(".") for group in groups}

    header, *rows = (line.split() for line in who_can("get", word, *TEAM_A, output="table").lines)

    assert [(group, word) for group in groups] == queries(who_can("get", word, *TEAM_A), "group", "resource")
    types = [set(row[header.index("TYPE")].split(",")) for row in rows]
    assert titles == set.union(*types)


def test_one_question_needs_no_columns_for_verbs_and_types() -> None:
    """All rows are about the same."""
    header = who_can("get", "secrets", *TEAM_A, output="table").lines[0].split()

    assert "SUBJECT" == header[0]
    assert not {"CAN", "TYPE"} & set(header)


def test_further_groups_that_kubeflow_does_not_need_are_mentioned() -> None:
    """`events` is answered for kubectl's choice only; a note names the other group."""
    result = who_can("get", "events", *TEAM_A)

    assert [("", "events")] == queries(result, "group", "resource")
    assert "`events` is also in the group `events.k8s.io`: ask for `events.events.k8s.io`" in result.notes


def test_a_type_that_only_the_catalogue_knows_is_noted() -> None:
    """The demo serves no TrainJobs; the catalogue knows their group."""
    result = who_can("create", "trainjobs", *TEAM_A)

    assert [("trainer.kubeflow.org", "trainjobs")] == queries(result, "group", "resource")
    (message,) = [note for note in result.notes if "`trainjobs.trainer.kubeflow.org`" in note]
    assert message.endswith("has no CRD here: Kubeflow's own definition is used")


def test_a_virtual_type_is_not_called_unserved() -> None:
    """No API serves the runs of pipelines anywhere, so there is no note."""
    assert not [note for note in who_can("list", "runs", *TEAM_A).notes if "from the catalogue" in note]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param(("pods",), ("pods", "", ""), id="a type"),
        pytest.param(("pods/web-0",), ("pods", "", "web-0"), id="TYPE/NAME"),
        pytest.param(("pods/log",), ("pods", "log", ""), id="TYPE/SUB"),
        pytest.param(("pods", "--subresource", "log"), ("pods", "log", ""), id="--subresource"),
        pytest.param(("pods/web-0", "--subresource", "log"), ("pods", "log", "web-0"), id="both"),
        pytest.param(("pods", "--name", "log"), ("pods", "", "log"), id="--name like a subresource"),
        pytest.param(("pods/log", "--subresource", "exec"), ("pods", "exec", "log"), id="a name like one"),
        pytest.param(("isvc/status",), ("inferenceservices", "status", ""), id="of a custom resource"),
    ],
)
def test_after_the_slash_comes_a_name_or_a_known_subresource(
    argv: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    """A known subresource is read as one; `--name` and `--subresource` leave no doubt."""
    assert [expected] == queries(who_can("get", *argv, *TEAM_A), "resource", "subresource", "name")


def test_a_subresource_typed_like_a_name_is_noted() -> None:
    """The note says how to ask about an object of that name."""
    notes = who_can("get", "pods/log", *TEAM_A).notes

    assert "`log` is a subresource here; an object of that name is `pods --name log`" in notes


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(("get", "pods/a/b"), "cannot read `pods/a/b`", id="two slashes"),
        pytest.param(("get", "pods/"), "cannot read `pods/`", id="no name after the slash"),
        pytest.param(("get", ""), "cannot read ``", id="no type"),
        pytest.param(("", "pods"), "the verb is empty", id="no verb"),
        pytest.param(("get", "pods/a", "--name", "b"), "given twice: `a` and `--name b`", id="two names"),
        pytest.param(("get", "/metrics", "--name", "a"), "with the URL `/metrics`", id="a URL with a name"),
        pytest.param(("get", "/metrics", "--subresource", "a"), "with the URL `/metrics`", id="a URL's sub"),
    ],
)
def test_a_target_that_cannot_be_read_is_an_error(argv: tuple[str, ...], message: str) -> None:
    """The message quotes what was typed."""
    result = who_can(*argv)

    assert (2, []) == (result.status, result.json["items"])
    assert message in result.stderr.splitlines()[0]


def test_a_url_is_granted_cluster_wide_only() -> None:
    """No RoleBinding grants a URL; the query has a path and no resource."""
    result = who_can("get", "/metrics", *TEAM_A)

    assert [("get", "", "", "", "/metrics")] == queries(
        result, "verb", "group", "resource", "namespace", "path"
    )
    assert {""} == places(result)


def test_rules_for_urls_match_by_prefix() -> None:
    """Kubernetes lets all authenticated users get `/api/*`."""
    assert "group/system:authenticated" in who_can("get", "/api/v1", output="name").lines
    assert "group/system:authenticated" not in who_can("get", "/metrics", output="name").lines


def test_a_cluster_scoped_type_has_no_namespace() -> None:
    """No RoleBinding grants nodes; a note says that -n does not count."""
    result = who_can("get", "nodes", *TEAM_A)

    assert [("",)] == queries(result, "namespace")
    assert {""} == places(result)
    assert "`nodes` is cluster-scoped: the namespace does not count" in result.notes


def test_without_a_namespace_there_is_no_note_on_the_scope() -> None:
    """Without -n, no namespace is ignored."""
    assert "cluster-scoped" not in who_can("get", "nodes").stderr


def test_a_namespace_object_is_in_its_own_namespace() -> None:
    """`namespaces/NAME` is asked about in that namespace, so a RoleBinding in it counts."""
    result = who_can("get", "namespaces/team-a", "-n", "team-b")

    assert [("namespaces", "team-a", "team-a")] == queries(result, "resource", "name", "namespace")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(("gte", "pods"), "the verb `gte`: did you mean `get`?", id="a verb nearly right"),
        pytest.param(("Get", "pods"), "the verb `Get`: did you mean `get`?", id="case counts in verbs"),
        pytest.param(("GET", "/metrics"), "the verb `GET`: did you mean `get`?", id="a method of HTTP"),
        pytest.param(
            ("get", "inferenceservicess"),
            "the resource `inferenceservicess`: did you mean `inferenceservices`?",
            id="a resource nearly right",
        ),
    ],
)
def test_an_unknown_word_is_noted_with_a_suggestion(argv: tuple[str, ...], message: str) -> None:
    """With `--any-type` the question is answered all the same: rules can have any word."""
    result = who_can(*argv, "--any-type")

    assert 0 == result.status
    assert f"no rule and no server knows {message}" in result.notes
    assert {"platform-admins"} <= {item["subject"]["name"] for item in result.json["items"]}


@pytest.mark.parametrize("argv", [("qqq", "pods"), ("get", "zzzzz")], ids=["a verb", "a resource"])
def test_a_word_that_resembles_nothing_gets_no_suggestion(argv: tuple[str, str]) -> None:
    """There are no far-fetched suggestions."""
    (message,) = [
        note for note in who_can(*argv, "--any-type").notes if note.startswith("no rule and no server knows")
    ]

    assert "did you mean" not in message


@pytest.mark.parametrize(
    "verb", ["readArtifact", "impersonate", "bind", "use", "*"], ids=lambda verb: f"`{verb}`"
)
def test_words_that_rules_or_the_catalogue_know_are_not_noted(verb: str) -> None:
    """Not all verbs come from HTTP methods."""
    assert not [note for note in who_can(verb, "pods").notes if "no rule and no server knows" in note]


# --- subjects ---


def test_a_group_on_a_virtual_type_is_marked_and_explained() -> None:
    """The pipelines API asks about names alone, so the group's row says that it does not count."""
    result = who_can("terminate", "runs", *TEAM_A, "--platform", "-v", "1", output="table")

    marked = [line for line in result.lines if "kubectl only" in line]
    assert ["group:ml-team", "group:platform-admins", "group:system:masters"] == sorted(
        line.split()[0] for line in marked
    )
    assert [True] == ["user's name alone" in note for note in result.notes if "Kubeflow asks" in note]


def test_a_binding_of_a_missing_role_is_noted() -> None:
    """It would grant something as soon as somebody creates the role."""
    message = (
        "ClusterRole `labeling-tool-edit` does not exist: RoleBinding `team-c/heidi-labeling` grants nothing"
        " until somebody creates it"
    )

    assert message in who_can("get", "pods", "-n", "team-c").notes
    assert message not in who_can("get", "pods", *TEAM_A).notes


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param("user", {"User"}, id="users"),
        pytest.param("group", {"Group"}, id="groups"),
        pytest.param("serviceaccount", {"ServiceAccount"}, id="service accounts"),
        pytest.param("User,GROUP", {"User", "Group"}, id="two kinds, in any case"),
        pytest.param("", {"User", "Group", "ServiceAccount"}, id="all of them"),
    ],
)
def test_subjects_are_narrowed_by_kind(kinds: str, expected: set[str]) -> None:
    """`--subject-kind` lists only subjects of these kinds."""
    items = who_can("get", "pods", *TEAM_A, "--subject-kind", kinds).json["items"]

    assert expected == {item["subject"]["kind"] for item in items}


def test_an_unknown_kind_of_subject_is_an_error() -> None:
    """The hint lists the kinds."""
    result = who_can("get", "pods", "--subject-kind", "robot")

    assert 2 == result.status
    assert "error: `robot` is not a kind of subject\nhint: one of user, group, serviceaccount\n" == (
        result.stderr
    )


@pytest.mark.parametrize("word", ["secrets", "inferenceservices", "services"])
def test_without_the_platform_its_subjects_are_counted(word: str) -> None:
    """The note counts the subjects that are no longer listed."""
    everybody = set(who_can("get", word, *TEAM_A, output="name").lines)

    rest = who_can("get", word, *TEAM_A, "--no-platform", output="name")

    left_out = everybody - set(rest.lines)
    assert {"group/system:masters", "serviceaccount/kubeflow/profiles-controller-service-account"} <= left_out
    assert not [name for name in rest.lines if name.startswith(("group/system:", "user/system:"))]
    assert [f"{len(left_out)} of the platform's own subjects are left out (--no-platform)"] == [
        note for note in rest.notes if "--no-platform" in note
    ]


def test_the_number_of_one_platform_subject_reads_well() -> None:
    """The note uses the singular."""
    argv = ("get", "/metrics", *TEAM_A, "--no-platform", "--subject-kind", "serviceaccount")

    notes = [note for note in who_can(*argv).notes if "--no-platform" in note]

    assert ["1 of the platform's own subjects is left out (--no-platform)"] == notes


def test_subjects_with_named_objects_only_are_counted() -> None:
    """A rule with resourceNames does not match a request without a name; `--include-named` lists it."""
    argv = ("get", "secrets", "-n", "team-c", "--no-platform")

    without, with_named = who_can(*argv), who_can(*argv, "--include-named")

    assert "1 subject can get named objects only: --include-named" in without.notes
    assert not [item for item in without.json["items"] if "names" in item]
    assert [("model-server", ["model-registry-token"])] == [
        (item["subject"]["name"], item["names"]) for item in with_named.json["items"] if "names" in item
    ]
    assert not [note for note in with_named.notes if "--include-named" in note]


def test_named_objects_are_in_the_table() -> None:
    """The row has the names."""
    table = who_can("get", "secrets", "-n", "team-c", "--include-named", output="table")

    (row,) = [line for line in table.lines if "sa:team-c/model-server" in line]
    assert "only model-registry-token" in row


def test_system_masters_is_always_mentioned() -> None:
    """RBAC does not apply to members of that group; a table counts the group instead."""
    fact = "members of the group `system:masters` can do everything, whatever RBAC says"

    assert fact in [note["text"] for note in who_can("get", "pods", "--no-platform").json["notes"]]
    assert fact not in who_can("get", "pods", output="table").stderr
    assert "not listed: system:masters and " in who_can("get", "pods", output="table").stderr


# --- expectations ---


EXPECTED_IN_C = (
    "--no-platform",
    "--expect-only", "user:*@example.com",
    "--expect-only", "sa:team-c/default-editor",
)  # fmt: skip


def test_an_unexpected_subject_makes_the_answer_no() -> None:
    """The status is 1, and stderr names each unexpected subject; the list is printed all the same."""
    result = who_can("get", "secrets", "-n", "team-c", *EXPECTED_IN_C)

    assert 1 == result.status
    assert ["not expected: group:platform-admins"] == [
        line for line in result.stderr.splitlines() if line.startswith("not expected")
    ]
    assert 5 > len(result.json["items"]) > 1


def test_expected_subjects_make_the_answer_yes() -> None:
    """The status is 0 if the patterns match all subjects."""
    result = who_can("get", "secrets", "-n", "team-c", *EXPECTED_IN_C, "--expect-only", "group:platform-*")

    assert 0 == result.status
    assert "not expected" not in result.stderr


def test_the_platform_counts_unless_it_is_left_out() -> None:
    """A controller that can do it is unexpected, too."""
    patterns = (*EXPECTED_IN_C[1:], "--expect-only", "group:platform-admins")

    result = who_can("get", "secrets", "-n", "team-c", *patterns)

    assert 1 == result.status
    assert "not expected: group:system:masters" in result.stderr.splitlines()
    assert "not expected: sa:istio-system/istiod" in result.stderr.splitlines()
    assert "not expected: user:system:kube-controller-manager" in result.stderr.splitlines()


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        pytest.param("*", 0, id="everybody"),
        pytest.param("*:*", 0, id="everybody, in two parts"),
        pytest.param("user:*", 1, id="only users"),
        pytest.param("user:ALICE@example.com", 1, id="case counts"),
    ],
)
def test_patterns_are_shell_patterns_and_case_sensitive(pattern: str, status: int) -> None:
    """`*` matches any text, including slashes and colons."""
    assert status == who_can("get", "secrets", "--expect-only", pattern).status


@pytest.mark.parametrize("pattern", ["alice@example.com", "User:alice", "serviceaccount:a/b", ""])
def test_a_pattern_that_cannot_match_is_an_error(pattern: str) -> None:
    """It would only look like a check."""
    result = who_can("get", "secrets", "--expect-only", pattern)

    assert (2, []) == (result.status, result.json["items"])
    assert f"`{pattern}` cannot match a subject" in result.stderr


def test_without_unexpected_subjects_the_answer_is_yes() -> None:
    """An empty list has no unexpected subject."""
    ask = ("delete", "storageclasses", "--subject-kind", "user")

    result = who_can(*ask, "--expect-only", "user:alice@example.com")

    assert (0, []) == (result.status, result.json["items"])


# --- output ---


@pytest.mark.parametrize("column", ["subject", "SUBJECT", "role", "binding"])
def test_rows_are_sorted_by_a_column(column: str) -> None:
    """The rows are the same, sorted by that column's text."""
    plain = who_can("get", "secrets", *TEAM_A, output="csv").lines
    at = plain[0].split(",").index(column.upper())

    by_column = who_can("get", "secrets", *TEAM_A, "--sort-by", column, output="csv").lines

    assert sorted(plain) == sorted(by_column)
    assert sorted(line.split(",")[at] for line in plain[1:]) == [
        line.split(",")[at] for line in by_column[1:]
    ]


def test_sorting_by_an_unknown_column_is_an_error() -> None:
    """The hint lists the columns."""
    result = who_can("get", "secrets", "--sort-by", "age", output="table")

    assert (2, "") == (result.status, result.stdout)
    assert "cannot sort by `age`: no such column" in result.stderr
    assert "one of subject, namespaces, as, role, note, verified, binding" in result.stderr


@pytest.mark.parametrize("output", ["table", "wide", "csv"])
def test_no_headers_leaves_the_headers_out(output: str) -> None:
    """The rows stay the same."""
    argv = ("get", "nodes", "--no-platform")

    with_headers = who_can(*argv, output=output).lines
    without = who_can(*argv, "--no-headers", output=output).lines

    assert with_headers[0].startswith("SUBJECT" if output == "table" else "NAMESPACE")
    assert [line.split() for line in with_headers[1:]] == [line.split() for line in without]


def test_wide_adds_the_rule_and_the_other_paths() -> None:
    """It adds the resource, the rule, and further aggregation paths."""
    argv = ("create", "inferenceservices", *TEAM_A, "--subject-kind", "user")

    (row,) = [line for line in who_can(*argv, output="wide").lines if "alice@example.com" in line]

    assert "inferenceservices.serving.kserve.io" in row
    assert "verbs=get,list,watch,create,update,patch,delete,deletecollection" in row
    assert row.endswith("kubeflow-admin <- kubeflow-kserve-admin <- kubeflow-kserve-edit")


def test_names_are_listed_once_each() -> None:
    """`-o name` lists each subject once, sorted."""
    names = who_can("get", "services", output="name").lines

    assert sorted(set(names)) == names
    assert {"user/alice@example.com", "serviceaccount/team-a/default-editor", "group/ml-team"} <= set(names)


@pytest.mark.parametrize("output", ["table", "wide", "name", "markdown", "jsonl"])
def test_an_empty_answer_prints_nothing_and_ends_well(output: str) -> None:
    """The status is 0; stderr names the question and the namespace, once."""
    result = run(*NOBODY, "-o", output)

    assert (0, "") == (result.status, result.stdout)
    assert 1 == result.stderr.count("frobnicate pods in team-a")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param((), "who can get pods", id="all namespaces"),
        pytest.param(TEAM_A, "get pods in team-a", id="one"),
        pytest.param(("-l", "istio-injection=enabled"), "in any of 4 namespaces", id="many"),
        pytest.param(
            ("-l", "istio-injection=enabled,serving.kubeflow.org/inferenceservice"),
            "in team-a, team-b or team-c",
            id="three",
        ),
    ],
)
def test_an_empty_answer_names_the_namespaces(flags: tuple[str, ...], expected: str) -> None:
    """The namespaces are those of the question."""
    files = ("-f", str(DEMO / "namespaces.yaml"), "-f", str(DEMO / "roles-kubeflow.yaml"))
    argv = ("who-can", "get", "pods", *files, "--subject-kind", "group")

    result = run(*argv, "--no-platform", *flags)

    assert (0, "") == (result.status, result.stdout)
    assert expected in result.stderr


def test_an_empty_answer_of_a_machine_format_is_an_empty_list() -> None:
    """The envelope has the question."""
    answer = run(*NOBODY, "-o", "json").json

    assert ([], 1) == (answer["items"], len(answer["queries"]))
    assert {"complete": True, "gaps": []} == answer["coverage"]


def test_an_empty_answer_in_csv_has_its_headers() -> None:
    """A reader of CSV finds the columns."""
    assert [
        "NAMESPACE,KIND,SUBJECT,AS,BINDING,ROLE,NOTE,VERIFIED,PLATFORM,CAN,RESOURCE,RULE,OTHER-PATHS"
    ] == (run(*NOBODY, "-o", "csv").lines)


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(("--subject-kind", "user"), id="by kind"),
        pytest.param(("--no-platform", "--subject-kind", "serviceaccount"), id="without the platform"),
    ],
)
def test_an_answer_does_not_say_nobody_if_subjects_were_left_out(flags: tuple[str, ...]) -> None:
    """platform-admins can do it, even if flags leave them out."""
    assert not run("who-can", "frobnicate", "pods", "--demo", *TEAM_A, *flags).stderr.startswith("nobody can")


@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "name", "csv", "markdown", "jsonl"])
def test_the_same_question_has_the_same_bytes(output: str) -> None:
    """Two runs print the same on both streams."""
    assert who_can("get", "experiments", output=output) == who_can("get", "experiments", output=output)


def test_the_formats_list_the_same_subjects() -> None:
    """Each subject has a line of JSON, an item, a row and a name."""
    argv = ("create", "inferenceservices", *TEAM_A)

    items = who_can(*argv).json["items"]

    assert len(items) == len(who_can(*argv, output="jsonl").lines)
    assert len(items) == len(who_can(*argv, "--no-headers", "--platform", output="table").lines)
    assert len(items) == len(who_can(*argv, "--no-headers", output="wide").lines)
    assert len(items) == len(who_can(*argv, output="name").lines)
    assert len(items) + 2 == len(who_can(*argv, output="markdown").lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("get secrets -n team-x", "there is no namespace `team-x`", id="a namespace"),
        pytest.param("gte secrets -n team-c", "unknown verb `gte`", id="a verb"),
        pytest.param("qqq secrets -n team-c", "knows the verb `qqq`", id="a verb like no other"),
        pytest.param("get secrest -n team-c", "unknown resource type `secrest`", id="a type"),
        pytest.param("get secrets -l team=x", "no namespace has the labels `team=x`", id="labels"),
    ],
)
def test_an_expectation_about_something_unknown_is_an_error(line: str, message: str) -> None:
    """It would always be met: after a typing slip, or after a namespace was renamed."""
    result = who_can(*line.split(), "--expect-only", "user:*", "--expect-only", "group:*")

    assert (2, []) == (result.status, result.json["items"])
    assert message in result.stderr


def test_a_missing_namespace_is_noted() -> None:
    """It is answered all the same: a ClusterRoleBinding also holds in namespaces to come."""
    result = who_can("get", "secrets", "-n", "team-x")

    assert 0 == result.status
    assert "platform-admins" in {item["subject"]["name"] for item in result.json["items"]}
    assert "there is no namespace `team-x`" in result.stderr


def test_subjects_that_are_left_out_are_not_counted_in_notes_on_versions() -> None:
    """Those with `impersonate` have every mode of constrained impersonation by their `*`, hidden or not."""
    for flags in ((), ("--no-platform",), ("--subject-kind", "user")):
        answer = run("who-can", "impersonate", "users", "--demo", *flags)

        assert "more subject" not in answer.stderr, flags
