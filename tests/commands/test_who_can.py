"""`who-can`: which namespaces, types and subjects a command line means, and what is said beside the rows."""

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
    """One `who-can` on the demo."""
    return run("who-can", *argv, "--demo", "-o", output, **world)


def asked(result: Result, *keys: str) -> list[tuple[Any, ...]]:
    """These attributes of each query."""
    return [tuple(query[key] for key in keys) for query in result.json["queries"]]


def places(result: Result) -> set[str]:
    """The namespaces in which somebody is listed."""
    return {item["namespace"] for item in result.json["items"]}


# --- namespaces ---


def test_files_have_no_namespace_of_their_own() -> None:
    """Without a flag all namespaces of the files are asked about."""
    result = who_can("create", "inferenceservices")

    assert [(None,)] == asked(result, "namespace")
    assert {"", "team-a", "team-b", "team-c"} == places(result)


def test_one_namespace_is_asked_about_beside_the_whole_cluster() -> None:
    """Grants in the whole cluster hold in the namespace too."""
    result = who_can("create", "inferenceservices", *TEAM_A)

    assert [("team-a",)] == asked(result, "namespace")
    assert {"", "team-a"} == places(result)


def test_all_namespaces_win_over_one() -> None:
    """-A beside -n asks about all, as kubectl does."""
    assert who_can("get", "pods", "-A").stdout == who_can("get", "pods", "-A", *TEAM_A).stdout
    assert [(None,)] == asked(who_can("get", "pods", "-A", *TEAM_A), "namespace")


def test_a_selector_chooses_namespaces_by_their_labels() -> None:
    """Each namespace with the labels is asked about, in the order of their names."""
    result = who_can("create", "inferenceservices", "-l", PROFILES)

    assert [("team-a",), ("team-b",), ("team-c",)] == asked(result, "namespace")
    assert {"", "team-a", "team-b", "team-c"} == places(result)


def test_a_selector_that_no_namespace_has_leaves_the_whole_cluster() -> None:
    """That no namespace has the labels is said; grants in the whole cluster are still listed."""
    result = who_can("get", "secrets", "-l", "team=none")

    assert "no namespace has the labels `team=none`" in result.stderr.splitlines()
    assert {""} == places(result)


def test_a_selector_that_no_namespace_has_makes_no_type_cluster_scoped() -> None:
    """Nothing untrue is said of the type."""
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


def test_a_cluster_that_does_not_answer_is_said_with_what_works_without(tmp_path: Path) -> None:
    """Status 3, nothing on stdout, and a hint at the demo and files."""
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
def test_a_cluster_is_asked_about_the_namespace_of_the_context(
    context: dict[str, str], flags: tuple[str, ...], expected: str | None, plane: ControlPlane, tmp_path: Path
) -> None:
    """What nobody chose is said on stderr; what a flag chose is not."""
    config = json.loads(plane.kubeconfig("admin").read_text(encoding="utf-8"))
    config["contexts"][0]["context"].update(context)
    (tmp_path / "config").write_text(json.dumps(config))
    environ = {**NOWHERE, "KUBECONFIG": str(tmp_path / "config"), "KUBECACHEDIR": str(tmp_path)}

    result = run("who-can", "get", "pods", *flags, "-o", "json", environ=environ)

    assert (0, [(expected,)]) == (result.status, asked(result, "namespace"))
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
    """Plural, singular, kind and short name, in any case, with or without the group or its beginning."""
    result = who_can("create", word, *TEAM_A)

    assert [("serving.kserve.io", "inferenceservices")] == asked(result, "group", "resource")


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
    """Where the words mean one type, one question is asked."""
    assert [expected] == asked(who_can("get", word, *TEAM_A), "group", "resource")


@pytest.mark.parametrize(
    ("word", "groups"),
    [
        pytest.param("services", ["", "serving.knative.dev"], id="services"),
        pytest.param("jobs", ["batch", "pipelines.kubeflow.org"], id="jobs"),
        pytest.param("experiments", ["kubeflow.org", "pipelines.kubeflow.org"], id="experiments"),
    ],
)
def test_an_ambiguous_word_is_answered_for_each_group(word: str, groups: list[str]) -> None:
    """kubectl's own choice comes first, each group under its own heading."""
    titles = [f"get {word}.{group}".removesuffix(".") for group in groups]

    table = who_can("get", word, *TEAM_A, output="table")

    assert [(group, word) for group in groups] == asked(who_can("get", word, *TEAM_A), "group", "resource")
    assert titles == [line for line in table.lines if line.startswith("get ")]
    assert len(titles) == sum(line.startswith("NAMESPACE ") for line in table.lines)


def test_one_type_needs_no_heading() -> None:
    """The table of one question begins with its headers."""
    assert who_can("get", "secrets", *TEAM_A, output="table").lines[0].startswith("NAMESPACE ")


def test_further_groups_that_kubeflow_does_not_need_are_mentioned() -> None:
    """`events` is kubectl's choice alone; the other group is in a note."""
    result = who_can("get", "events", *TEAM_A)

    assert [("", "events")] == asked(result, "group", "resource")
    assert "`events` is also in the group `events.k8s.io`: ask for `events.events.k8s.io`" in result.notes


def test_a_type_that_only_the_catalogue_knows_is_said_to_be_so() -> None:
    """The demo serves no TrainJobs; the catalogue knows their group."""
    result = who_can("create", "trainjobs", *TEAM_A)

    assert [("trainer.kubeflow.org", "trainjobs")] == asked(result, "group", "resource")
    (said,) = [note for note in result.notes if "`trainjobs.trainer.kubeflow.org`" in note]
    assert said.endswith("taken from the catalogue")


def test_a_virtual_type_is_not_called_unserved() -> None:
    """No API serves pipelines' runs anywhere, so there is nothing to say of it."""
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
def test_after_the_slash_stands_a_name_or_a_known_subresource(
    argv: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    """A known subresource is one; `--name` and `--subresource` say it plainly."""
    assert [expected] == asked(who_can("get", *argv, *TEAM_A), "resource", "subresource", "name")


def test_a_subresource_typed_like_a_name_is_noted() -> None:
    """The note says how to ask about an object of that name."""
    notes = who_can("get", "pods/log", *TEAM_A).notes

    assert "`log` is a subresource here; an object of that name is `pods --name log`" in notes


@pytest.mark.parametrize(
    ("argv", "said"),
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
def test_a_target_that_means_nothing_is_a_mistake(argv: tuple[str, ...], said: str) -> None:
    """The message quotes what was typed."""
    result = who_can(*argv)

    assert (2, []) == (result.status, result.json["items"])
    assert said in result.stderr.splitlines()[0]


def test_a_url_is_granted_in_the_whole_cluster_alone() -> None:
    """No RoleBinding grants a URL; the query has a path and no resource."""
    result = who_can("get", "/metrics", *TEAM_A)

    assert [("get", "", "", "", "/metrics")] == asked(
        result, "verb", "group", "resource", "namespace", "path"
    )
    assert {""} == places(result)


def test_rules_for_urls_match_by_prefix() -> None:
    """Kubernetes lets everybody who is authenticated get `/api/*`."""
    assert "group/system:authenticated" in who_can("get", "/api/v1", output="name").lines
    assert "group/system:authenticated" not in who_can("get", "/metrics", output="name").lines


def test_a_cluster_scoped_type_has_no_namespace() -> None:
    """No RoleBinding grants nodes; that -n does not count is said."""
    result = who_can("get", "nodes", *TEAM_A)

    assert [("",)] == asked(result, "namespace")
    assert {""} == places(result)
    assert "`nodes` is cluster-scoped: the namespace does not count" in result.notes


def test_nothing_is_said_of_a_scope_that_the_user_left_open() -> None:
    """Without -n there is no namespace that could count."""
    assert "cluster-scoped" not in who_can("get", "nodes").stderr


def test_a_namespace_object_is_in_its_own_namespace() -> None:
    """`namespaces/NAME` is asked with that namespace, so a RoleBinding in it counts."""
    result = who_can("get", "namespaces/team-a", "-n", "team-b")

    assert [("namespaces", "team-a", "team-a")] == asked(result, "resource", "name", "namespace")


@pytest.mark.parametrize(
    ("argv", "said"),
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
def test_an_unknown_word_is_said_with_the_nearest_known_one(argv: tuple[str, ...], said: str) -> None:
    """The question is answered all the same: rules may name anything."""
    result = who_can(*argv)

    assert 0 == result.status
    assert f"no rule and no server knows {said}" in result.notes
    assert {"platform-admins"} <= {item["subject"]["name"] for item in result.json["items"]}


@pytest.mark.parametrize("argv", [("qqq", "pods"), ("get", "zzzzz")], ids=["a verb", "a resource"])
def test_an_unknown_word_that_is_like_none_comes_without_a_proposal(argv: tuple[str, str]) -> None:
    """Nothing far-fetched is proposed."""
    (said,) = [note for note in who_can(*argv).notes if note.startswith("no rule and no server knows")]

    assert "did you mean" not in said


@pytest.mark.parametrize(
    "verb", ["readArtifact", "impersonate", "bind", "use", "*"], ids=lambda verb: f"`{verb}`"
)
def test_words_that_rules_or_the_catalogue_know_are_not_doubted(verb: str) -> None:
    """Verbs beyond those of HTTP are none the less verbs."""
    assert not [note for note in who_can(verb, "pods").notes if "no rule and no server knows" in note]


# --- subjects ---


def test_a_group_on_a_virtual_type_is_marked_and_explained() -> None:
    """The pipelines API asks about names alone, so the group's row says that it does not count."""
    result = who_can("terminate", "runs", *TEAM_A, output="table")

    marked = [line for line in result.lines if "does not count in Kubeflow" in line]
    assert ["ml-team", "platform-admins", "system:masters"] == sorted(line.split()[2] for line in marked)
    assert [True] == ["user's name alone" in note for note in result.notes if "Kubeflow asks" in note]


def test_a_binding_of_a_role_that_does_not_exist_is_said() -> None:
    """It would grant as soon as somebody creates the role."""
    said = (
        "ClusterRole `labeling-tool-edit` does not exist: RoleBinding `team-c/heidi-labeling` grants nothing"
        " until somebody creates it"
    )

    assert said in who_can("get", "pods", "-n", "team-c").notes
    assert said not in who_can("get", "pods", *TEAM_A).notes


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
    """Only subjects of these kinds are listed."""
    items = who_can("get", "pods", *TEAM_A, "--subject-kind", kinds).json["items"]

    assert expected == {item["subject"]["kind"] for item in items}


def test_an_unknown_kind_of_subject_is_a_mistake() -> None:
    """The kinds are named."""
    result = who_can("get", "pods", "--subject-kind", "robot")

    assert 2 == result.status
    assert "error: `robot` is not a kind of subject\nhint: one of user, group, serviceaccount\n" == (
        result.stderr
    )


@pytest.mark.parametrize("word", ["secrets", "inferenceservices", "services"])
def test_without_the_platform_its_subjects_are_counted(word: str) -> None:
    """The note's number is that of the subjects that are not listed any more."""
    everybody = set(who_can("get", word, *TEAM_A, output="name").lines)

    rest = who_can("get", word, *TEAM_A, "--no-platform", output="name")

    left_out = everybody - set(rest.lines)
    assert {"group/system:masters", "serviceaccount/kubeflow/profiles-controller-service-account"} <= left_out
    assert not [name for name in rest.lines if name.startswith(("group/system:", "user/system:"))]
    assert [f"{len(left_out)} of the platform's own subjects are left out (--no-platform)"] == [
        note for note in rest.notes if "--no-platform" in note
    ]


def test_the_number_of_one_platform_subject_reads_well() -> None:
    """One subject is left out, it `is`."""
    argv = ("get", "/metrics", *TEAM_A, "--no-platform", "--subject-kind", "serviceaccount")

    notes = [note for note in who_can(*argv).notes if "--no-platform" in note]

    assert ["1 of the platform's own subjects is left out (--no-platform)"] == notes


def test_named_objects_only_is_counted_and_listed_on_demand() -> None:
    """A rule with resourceNames does not answer a request without a name."""
    argv = ("get", "secrets", "-n", "team-c", "--no-platform")

    without, with_named = who_can(*argv), who_can(*argv, "--include-named")

    assert "1 subject may get named objects only: --include-named" in without.notes
    assert not [item for item in without.json["items"] if "names" in item]
    assert [("model-server", ["model-registry-token"])] == [
        (item["subject"]["name"], item["names"]) for item in with_named.json["items"] if "names" in item
    ]
    assert not [note for note in with_named.notes if "--include-named" in note]


def test_named_objects_are_in_the_table() -> None:
    """The row says which names."""
    table = who_can("get", "secrets", "-n", "team-c", "--include-named", output="table")

    (row,) = [line for line in table.lines if "team-c/model-server" in line]
    assert row.endswith("only model-registry-token")


def test_system_masters_is_always_mentioned() -> None:
    """The members of that group are not held against RBAC at all."""
    assert "members of the group `system:masters` may do everything, whatever RBAC says" in (
        who_can("get", "pods", "--no-platform").notes
    )


# --- expectations ---


EXPECTED_IN_C = (
    "--no-platform",
    "--expect-only", "user:*@example.com",
    "--expect-only", "sa:team-c/default-editor",
)  # fmt: skip


def test_who_is_not_expected_makes_the_answer_no() -> None:
    """Status 1, and each extra subject is named on stderr; the list is printed all the same."""
    result = who_can("get", "secrets", "-n", "team-c", *EXPECTED_IN_C)

    assert 1 == result.status
    assert ["not expected: group:platform-admins"] == [
        line for line in result.stderr.splitlines() if line.startswith("not expected")
    ]
    assert 5 > len(result.json["items"]) > 1


def test_everybody_expected_is_a_yes() -> None:
    """Status 0 once the patterns cover everybody."""
    result = who_can("get", "secrets", "-n", "team-c", *EXPECTED_IN_C, "--expect-only", "group:platform-*")

    assert 0 == result.status
    assert "not expected" not in result.stderr


def test_the_platform_counts_unless_it_is_left_out() -> None:
    """The world is closed: a controller that may do it is not expected either."""
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
def test_patterns_are_a_shells_and_mind_the_case(pattern: str, status: int) -> None:
    """`*` covers any text, also slashes and colons."""
    assert status == who_can("get", "secrets", "--expect-only", pattern).status


@pytest.mark.parametrize("pattern", ["alice@example.com", "User:alice", "serviceaccount:a/b", ""])
def test_a_pattern_that_can_match_nobody_is_a_mistake(pattern: str) -> None:
    """It would only look like a test."""
    result = who_can("get", "secrets", "--expect-only", pattern)

    assert (2, []) == (result.status, result.json["items"])
    assert f"`{pattern}` cannot match a subject" in result.stderr


def test_an_unexpected_list_that_is_empty_is_a_yes() -> None:
    """Nobody is nobody unexpected."""
    ask = ("delete", "storageclasses", "--subject-kind", "user")

    result = who_can(*ask, "--expect-only", "user:alice@example.com")

    assert (0, []) == (result.status, result.json["items"])


# --- output ---


@pytest.mark.parametrize("column", ["subject", "SUBJECT", "role", "binding"])
def test_rows_are_sorted_by_a_column(column: str) -> None:
    """The rows are the same, in the order of that column's text."""
    plain = who_can("get", "secrets", *TEAM_A, output="csv").lines
    at = plain[0].split(",").index(column.upper())

    by_column = who_can("get", "secrets", *TEAM_A, "--sort-by", column, output="csv").lines

    assert sorted(plain) == sorted(by_column)
    assert sorted(line.split(",")[at] for line in plain[1:]) == [
        line.split(",")[at] for line in by_column[1:]
    ]


def test_sorting_by_no_column_is_a_mistake() -> None:
    """The columns are named."""
    result = who_can("get", "secrets", "--sort-by", "age", output="table")

    assert (2, "") == (result.status, result.stdout)
    assert "cannot sort by `age`: no such column" in result.stderr
    assert "namespace, kind, subject, binding, role" in result.stderr


@pytest.mark.parametrize("output", ["table", "wide", "csv"])
def test_headers_are_left_out_on_demand(output: str) -> None:
    """The same rows, without the line of headers."""
    argv = ("get", "nodes", "--no-platform")

    with_headers = who_can(*argv, output=output).lines
    without = who_can(*argv, "--no-headers", output=output).lines

    assert with_headers[0].startswith("NAMESPACE")
    assert [line.split() for line in with_headers[1:]] == [line.split() for line in without]


def test_wide_adds_the_rule_and_the_other_paths() -> None:
    """All that the chain holds: what was asked, the rule, and further ways of aggregation."""
    argv = ("create", "inferenceservices", *TEAM_A, "--subject-kind", "user")

    (row,) = [line for line in who_can(*argv, output="wide").lines if "alice@example.com" in line]

    assert "inferenceservices.serving.kserve.io" in row
    assert "verbs=get,list,watch,create,update,patch,delete,deletecollection" in row
    assert row.endswith("kubeflow-admin <- kubeflow-kserve-admin <- kubeflow-kserve-edit")


def test_names_are_listed_once_each() -> None:
    """`-o name` is the set of subjects, in order."""
    names = who_can("get", "services", output="name").lines

    assert sorted(set(names)) == names
    assert {"user/alice@example.com", "serviceaccount/team-a/default-editor", "group/ml-team"} <= set(names)


@pytest.mark.parametrize("output", ["table", "wide", "name", "markdown", "jsonl"])
def test_an_empty_answer_prints_nothing_and_ends_well(output: str) -> None:
    """Status 0; stderr names the question and the place."""
    result = run(*NOBODY, "-o", output)

    assert (0, "") == (result.status, result.stdout)
    assert "`frobnicate pods` in `team-a`" in result.stderr


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param((), "`get pods` in any namespace", id="all namespaces"),
        pytest.param(TEAM_A, "`get pods` in `team-a`", id="one"),
        pytest.param(("-l", "istio-injection=enabled"), "in any of 4 namespaces", id="many"),
        pytest.param(
            ("-l", "istio-injection=enabled,serving.kubeflow.org/inferenceservice"),
            "in `team-a` or `team-b` or `team-c`",
            id="three",
        ),
    ],
)
def test_an_empty_answer_says_where_was_looked(flags: tuple[str, ...], expected: str) -> None:
    """The place is in the same words as the question."""
    argv = ("who-can", "get", "pods", "-f", str(DEMO / "namespaces.yaml"), "--subject-kind", "group")

    result = run(*argv, "--no-platform", *flags)

    assert (0, "") == (result.status, result.stdout)
    assert expected in result.stderr


def test_an_empty_answer_of_a_machine_format_is_an_empty_list() -> None:
    """The envelope is there, with what was asked."""
    answer = run(*NOBODY, "-o", "json").json

    assert ([], 1) == (answer["items"], len(answer["queries"]))
    assert {"complete": True, "gaps": []} == answer["coverage"]


def test_an_empty_answer_in_csv_has_its_headers() -> None:
    """A reader of CSV finds the columns."""
    assert ["NAMESPACE,KIND,SUBJECT,BINDING,ROLE,NOTE,VERIFIED,RESOURCE,RULE,OTHER-PATHS"] == (
        run(*NOBODY, "-o", "csv").lines
    )


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(("--subject-kind", "user"), id="by kind"),
        pytest.param(("--no-platform", "--subject-kind", "serviceaccount"), id="without the platform"),
    ],
)
def test_nobody_is_not_said_when_subjects_were_left_out(flags: tuple[str, ...]) -> None:
    """platform-admins may do anything: that flags hide them makes nobody of them."""
    assert not run("who-can", "frobnicate", "pods", "--demo", *TEAM_A, *flags).stderr.startswith("nobody may")


@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "name", "csv", "markdown", "jsonl"])
def test_the_same_question_has_the_same_bytes(output: str) -> None:
    """Asked twice, answered alike, on both streams."""
    assert who_can("get", "experiments", output=output) == who_can("get", "experiments", output=output)


def test_the_formats_agree_on_who_it_is() -> None:
    """A line of JSON, an item, a row and a name for each subject."""
    argv = ("create", "inferenceservices", *TEAM_A)

    items = who_can(*argv).json["items"]

    assert len(items) == len(who_can(*argv, output="jsonl").lines)
    assert len(items) == len(who_can(*argv, "--no-headers", output="table").lines)
    assert len(items) == len(who_can(*argv, output="name").lines)
    assert len(items) + 2 == len(who_can(*argv, output="markdown").lines)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("get secrets -n team-x", "there is no namespace `team-x`", id="a namespace"),
        pytest.param("gte secrets -n team-c", "the verb `gte`: did you mean `get`?", id="a verb"),
        pytest.param("get secrest -n team-c", "the resource `secrest`", id="a type"),
        pytest.param("get secrets -l team=x", "no namespace has the labels `team=x`", id="labels"),
    ],
)
def test_an_expectation_of_what_is_not_there_fails(line: str, said: str) -> None:
    """It would hold for ever: after a slip, or when a namespace has got another name."""
    result = who_can(*line.split(), "--expect-only", "user:*", "--expect-only", "group:*")

    assert (2, []) == (result.status, result.json["items"])
    assert said in result.stderr


def test_a_namespace_that_is_not_there_is_told() -> None:
    """The answer stands: a ClusterRoleBinding holds in every namespace that will be."""
    result = who_can("get", "secrets", "-n", "team-x")

    assert 0 == result.status
    assert "platform-admins" in {item["subject"]["name"] for item in result.json["items"]}
    assert "there is no namespace `team-x`" in result.stderr
