"""`review`: SubjectAccessReviews from files, their answers, and expectations."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.running import Result, run

ALICE = {
    "user": "alice@example.com",
    "resourceAttributes": {
        "verb": "create",
        "group": "serving.kserve.io",
        "resource": "inferenceservices",
        "namespace": "team-a",
    },
}
ERIN = copy.deepcopy(
    {**ALICE, "user": "erin@example.com"}
)  # copied, because YAML would write a shared value as an alias
BY_ALICES_BINDING = (
    'RBAC: allowed by RoleBinding "namespaceAdmin/team-a" of ClusterRole "kubeflow-admin"'
    ' to User "alice@example.com"'
)


def sar(spec: dict[str, Any], expected: bool | None = None, **metadata: str) -> dict[str, Any]:
    """Return a SubjectAccessReview, with the expected answer if there is one."""
    document: dict[str, Any] = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    document |= {"metadata": metadata} if metadata else {}
    document["spec"] = spec
    return document if expected is None else {**document, "status": {"allowed": expected}}


def review(*reviews: dict[str, Any], output: str = "jsonl", argv: tuple[str, ...] = ("--demo",)) -> Result:
    """Return the answer about these reviews, given on standard input as YAML."""
    return run("review", "-", *argv, "-o", output, stdin=yaml.safe_dump_all(reviews).encode())


def statuses(result: Result) -> list[dict[str, Any]]:
    """Return the status of each answered review."""
    return [json.loads(line)["status"] for line in result.lines]


def test_a_review_is_answered_with_the_servers_own_reason() -> None:
    """The review is printed unchanged, with its status filled in."""
    result = review(sar(ALICE, name="first"), sar(ERIN))

    assert 0 == result.status
    assert [
        {**sar(ALICE, name="first"), "status": {"allowed": True, "reason": BY_ALICES_BINDING}},
        {**sar(ERIN), "status": {"allowed": False}},
    ] == [json.loads(line) for line in result.lines]


def test_a_list_is_printed_as_json_and_yaml() -> None:
    """Both are the same v1 List of reviews."""
    as_json, as_yaml = (review(sar(ALICE), sar(ERIN), output=output) for output in ("json", "yaml"))

    assert ("v1", "List", 2) == tuple(
        as_json.json[key] if key != "items" else len(as_json.json[key])
        for key in ("apiVersion", "kind", "items")
    )
    assert as_json.json == yaml.safe_load(as_yaml.stdout)


WAYS = {
    "YAML documents": lambda reviews: yaml.safe_dump_all(reviews),
    "a YAML List": lambda reviews: yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": reviews}),
    "a JSON List": lambda reviews: json.dumps({"apiVersion": "v1", "kind": "List", "items": reviews}),
    "an indented JSON List": lambda reviews: json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": reviews}, indent=2
    ),
    "JSON lines": lambda reviews: "".join(json.dumps(review) + "\n" for review in reviews),
    "JSON lines with an empty one": lambda reviews: "\n\n".join(json.dumps(review) for review in reviews),
    "indented JSON in a row": lambda reviews: "\n".join(json.dumps(review, indent=2) for review in reviews),
    "lines that end as on Windows": lambda reviews: yaml.safe_dump_all(reviews).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("form", WAYS)
def test_reviews_can_have_many_forms(form: str) -> None:
    """The answers are the same, and in the order of the reviews."""
    text = WAYS[form]([sar(ALICE), sar(ERIN, name="second")])

    result = run("review", "-", "--demo", "-o", "jsonl", stdin=text.encode())

    assert [True, False] == [status["allowed"] for status in statuses(result)]
    assert ["second"] == [json.loads(line)["metadata"]["name"] for line in result.lines[1:]]


def test_what_a_list_prints_can_be_read_again() -> None:
    """The printed answers are then expectations, which are met."""
    first = review(sar(ALICE), sar(ERIN), output="json")

    second = run("review", "-", "--demo", "-o", "json", stdin=first.stdout.encode())

    assert (0, first.stdout) == (second.status, second.stdout)
    assert "2 of 2 expectations are met" in second.stderr.splitlines()


def test_several_files_are_read_in_their_order(tmp_path: Path) -> None:
    """They can be files, directories and standard input."""
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(sar(ALICE, name="b")))
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.json").write_text(json.dumps(sar(ALICE, name="a")))
    stdin = yaml.safe_dump(sar(ALICE, name="c")).encode()

    result = run(
        "review", "b.yaml", "-", "more", "--demo", "-o", "name", stdin=stdin, cwd=tmp_path
    )  # fmt: skip

    assert ["subjectaccessreview/b", "subjectaccessreview/c", "subjectaccessreview/a"] == result.lines


def test_groups_count_exactly_as_given() -> None:
    """No group is implied, not even for authenticated users or service accounts."""
    discovery = {"nonResourceAttributes": {"verb": "get", "path": "/api"}}
    reviews = (
        sar({"user": "eve", **discovery}),
        sar({"user": "eve", "groups": ["system:authenticated"], **discovery}),
        sar({"groups": ["system:masters"], **discovery}),
        sar({"user": "system:serviceaccount:team-a:default-editor", **discovery}),
    )

    assert [False, True, True, False] == [status["allowed"] for status in statuses(review(*reviews))]


def test_attributes_are_taken_literally(tmp_path: Path) -> None:
    """Nodes in a namespace are asked about there, and a short name is not expanded."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "all", "namespace": "dev"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": "zoe"}],
    }
    here = {"verb": "get", "resource": "nodes", "namespace": "dev"}
    reviews = (
        sar({"user": "zoe", "resourceAttributes": here}),
        sar({"user": "zoe", "resourceAttributes": {"verb": "get", "resource": "nodes"}}),
        sar({"user": "system:kube-scheduler", "resourceAttributes": {"verb": "get", "resource": "no"}}),
    )
    (tmp_path / "objects.yaml").write_text(yaml.safe_dump(binding))

    result = review(*reviews, argv=("-f", str(tmp_path / "objects.yaml")))

    assert [True, False, False] == [status["allowed"] for status in statuses(result)]


def test_expectations_that_are_met_are_counted() -> None:
    """All expectations of the example are met on the demo."""
    result = run("review", "examples/reviews.yaml", "--demo")

    assert 0 == result.status
    assert "4 of 4 expectations are met" in result.stderr.splitlines()


def test_an_answer_that_differs_ends_with_no() -> None:
    """The status is 1; stderr and the table show the difference."""
    reviews = (sar(ALICE, True), sar(ERIN, True), sar(ALICE))

    result = review(*reviews, output="table")

    assert 1 == result.status
    assert [
        "standard input:13: expected allowed, is denied:"
        " `erin@example.com` create inferenceservices.serving.kserve.io in `team-a`",
        "1 of 2 expectations are met",
    ] == result.stderr.splitlines()[:2]
    assert ["yes yes", "no yes (differs)", "yes alice@example.com"] == [
        " ".join(line.split()[: 3 if "differs" in line else 2]) for line in result.lines[1:]
    ]


def test_without_expectations_there_is_no_column_for_them() -> None:
    """There is no column, no count and no verdict."""
    result = review(sar(ERIN), output="table")

    assert ["ALLOWED", "USER", "VERB", "RESOURCE", "NAMESPACE", "REASON"] == result.lines[0].split()
    assert 0 == result.status
    assert "expectation" not in result.stderr


def test_many_differences_are_counted() -> None:
    """Twenty are listed, the others counted."""
    result = review(*[sar(ERIN, True)] * 23)

    listed = [line for line in result.stderr.splitlines() if "expected allowed, is denied" in line]
    assert 20 == len(listed)
    assert "and 3 more" in result.stderr.splitlines()
    assert "0 of 23 expectations are met" in result.stderr.splitlines()


def test_junit_has_a_case_for_each_review() -> None:
    """A difference is a failure; a review without an expectation passes."""
    result = review(sar(ALICE, True, name="owner"), sar(ERIN, True, name="viewer"), sar(ERIN), output="junit")

    suite = ElementTree.fromstring(result.stdout)
    assert {"tests": "3", "failures": "1", "errors": "0"} == {
        key: suite.attrib[key] for key in ("tests", "failures", "errors")
    }
    assert [False, True, False] == [case.find("failure") is not None for case in suite.iter("testcase")]
    assert ["owner", "viewer"] == [case.attrib["name"].split(":")[0] for case in suite][:2]


HOSTILE = "a\x1b[31mb\nuser/forged"


@pytest.mark.parametrize(
    "output", ["table", "wide", "name", "csv", "markdown", "junit", "json", "yaml", "jsonl"]
)
def test_no_format_lets_a_control_character_through(output: str) -> None:
    """Names in reviews are escaped, whatever the format."""
    spec = {"user": f"{HOSTILE}\u202e", "nonResourceAttributes": {"verb": "get", "path": "/\x07"}}

    result = review(sar(spec, True, name=HOSTILE), output=output)

    assert result.stdout.replace("\n", "").isprintable()
    assert result.stderr.replace("\n", "").isprintable()
    assert not [line for line in result.lines if line.startswith("user/forged")]


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        pytest.param(b"", "no SubjectAccessReview in `-`", id="nothing"),
        pytest.param(b"a: b: c", "standard input:1: malformed YAML", id="malformed YAML"),
        pytest.param(
            yaml.safe_dump(sar({"user": "a"})).encode(),
            "exactly one of `resourceAttributes` and `nonResourceAttributes` must be set",
            id="asks nothing",
        ),
        pytest.param(
            yaml.safe_dump(sar({**ALICE, "nonResourceAttributes": {"verb": "get", "path": "/"}})).encode(),
            "exactly one of `resourceAttributes` and `nonResourceAttributes` must be set",
            id="asks twice",
        ),
        pytest.param(
            yaml.safe_dump(sar({"resourceAttributes": {}})).encode(),
            "at least one of `user` and `groups` must be set",
            id="nobody asks",
        ),
        pytest.param(
            yaml.safe_dump({**sar(ALICE), "kind": "LocalSubjectAccessReview"}).encode(),
            "a LocalSubjectAccessReview, not a SubjectAccessReview",
            id="another kind",
        ),
        pytest.param(
            yaml.safe_dump({**sar(ALICE), "spec": {**ALICE, "groups": "a"}}).encode(),
            "groups",
            id="a field of another type",
        ),
        pytest.param(
            yaml.safe_dump({**sar(ALICE), "metadata": "a"}).encode(),
            "its metadata is not an object",
            id="a text as metadata",
        ),
        pytest.param(
            json.dumps({**sar(ALICE), "metadata": 1}).encode(),
            "its metadata is not an object",
            id="a number as metadata",
        ),
    ],
)
def test_what_the_server_would_refuse_is_an_error(stdin: bytes, message: str) -> None:
    """The status is 2, stdout is empty, and stderr says what is wrong."""
    result = run("review", "-", "--demo", stdin=stdin)

    assert (2, "") == (result.status, result.stdout)
    assert result.stderr.startswith("error: ")
    assert message in result.stderr.splitlines()[0]


def test_objects_given_as_reviews_are_recognised() -> None:
    """The hint says where they belong."""
    result = run("review", "kubectl_kfaccess/sources/demo/bindings.yaml", "--demo")

    assert 2 == result.status
    assert "is a RoleBinding, not a SubjectAccessReview" in result.stderr
    assert "`review REVIEWS -f OBJECTS`" in result.stderr


@pytest.mark.parametrize("argv", [("-", "-f", "-"), ("-", "-", "--demo")], ids=["objects", "reviews"])
def test_standard_input_cannot_be_read_twice(argv: tuple[str, ...]) -> None:
    """It has either reviews or objects."""
    result = run("review", *argv)

    assert (2, "") == (result.status, result.stdout)
    assert "`-` can be given only once" in result.stderr


def test_a_missing_file_is_an_error() -> None:
    """The error has its name and the cause."""
    assert "error: cannot read `gone.yaml`: no such file or directory\n" == (
        run("review", "gone.yaml", "--demo").stderr
    )


def test_the_same_reviews_have_the_same_bytes() -> None:
    """Two runs print the same."""
    assert review(sar(ALICE), sar(ERIN)) == review(sar(ALICE), sar(ERIN))


def test_metadata_that_is_nested_too_deeply_for_yaml_is_an_error() -> None:
    """PyYAML cannot write it; JSON can."""
    deep = '{"a": ' * 400 + "1" + "}" * 400
    review = (
        f'{{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {deep}, '
        '"spec": {"user": "u", "resourceAttributes": {"verb": "get", "resource": "pods"}}}'
    )

    in_yaml = run("review", "-", "--demo", "-o", "yaml", stdin=review.encode())
    in_json = run("review", "-", "--demo", "-o", "json", stdin=review.encode())

    assert (3, 0) == (in_yaml.status, in_json.status)
    assert "error: cannot write the answer as YAML: it is nested too deeply" in in_yaml.stderr.splitlines()
    assert "hint: write it as JSON, with `-o json`" in in_yaml.stderr.splitlines()
    assert json.loads(deep) == in_json.json["items"][0]["metadata"]
