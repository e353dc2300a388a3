"""SARIF: what the standard and GitHub want of it, and names that attack it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import ValidationError
from jsonschema.validators import validator_for

from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import MACHINE, rendered
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.results import Place
from kubectl_kfaccess.output.style import Style
from tests.output.formats.results import (
    BINDING,
    FAILURE,
    GAP,
    LABEL,
    MISSING,
    ROLE,
    STEPS,
    TAKEN,
    hostile,
    response,
    texts,
)
from tests.robustness.names import NAMES
from tests.robustness.reading_back import unseen

STANDARD = Path(__file__).with_name("sarif-schema-2.1.0.json")
# What GitHub's documentation lists as required of a file that is uploaded; empty texts do not count
TEXT = {"type": "string", "minLength": 1}
LIMITED = {"type": "object", "required": ["text"], "properties": {"text": {**TEXT, "maxLength": 1024}}}
LINE = {"type": "integer", "minimum": 1}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "fullDescription", "help"],
    "properties": {
        "id": TEXT,
        "name": {**TEXT, "maxLength": 255},
        "shortDescription": LIMITED,
        "fullDescription": LIMITED,
        "help": {"type": "object", "required": ["text"], "properties": {"text": TEXT}},
        "properties": {
            "properties": {
                "tags": {"type": "array", "items": TEXT, "maxItems": 20},
                "precision": {"enum": ["very-high", "high", "medium", "low"]},
                "problem.severity": {"enum": ["error", "warning", "recommendation"]},
                "security-severity": {"type": "string", "pattern": r"^(10\.0|\d\.\d)$"},
            }
        },
    },
}
PHYSICAL = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {"type": "object", "required": ["uri"], "properties": {"uri": TEXT}},
        "region": {
            "type": "object",
            "required": ["startLine", "startColumn", "endLine", "endColumn"],
            "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), LINE),
        },
    },
}
LOCATION = {"type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": PHYSICAL}}
RESULT = {
    "type": "object",
    "required": ["message", "locations", "partialFingerprints"],
    "properties": {
        "message": {"type": "object", "required": ["text"], "properties": {"text": TEXT}},
        "locations": {"type": "array", "minItems": 1, "maxItems": 10, "items": LOCATION},
        "partialFingerprints": {"type": "object", "required": ["primaryLocationLineHash"]},
    },
}
DRIVER = {"type": "object", "required": ["name", "rules"], "properties": {"rules": {"items": RULE}}}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "results": {"type": "array", "items": RESULT},
    },
}
OF_GITHUB = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "maxItems": 20, "items": RUN}},
}
ANSWERS = {
    "nothing": response(),
    "results": response(MISSING, MISSING._replace(rule=LABEL, place=Place("ClusterRole", "", "edit"))),
    "steps": response(MISSING._replace(steps=STEPS, related=(STEPS[1].place,))),
    "accepted": response(MISSING, MISSING._replace(accepted=TAKEN)),
    "gaps-and-notes": response(
        gaps=(GAP,), notes=("so it is",), hypothetical={"with": ["new.yaml"], "without": []}
    ),
    "failure": response(errors=(FAILURE,)),
    "names": response(*map(hostile, NAMES)),
}


def log(answer: Response) -> dict[str, Any]:
    """Return the whole document of an answer."""
    document: dict[str, Any] = json.loads("".join(rendered(answer, "sarif", Style())))
    return document


def run(answer: Response) -> dict[str, Any]:
    """Return the only run."""
    [only] = log(answer)["runs"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_github_accepts_it(answer: Response) -> None:
    """It has everything that GitHub's documentation requires."""
    validator_for(OF_GITHUB)(OF_GITHUB).validate(log(answer))


def follow_standard(document: dict[str, Any]) -> None:
    """Raise ValidationError unless the document follows the standard's own schema."""
    schema = json.loads(STANDARD.read_text(encoding="utf-8"))
    checker = validator_for(schema)
    checker(schema, format_checker=checker.FORMAT_CHECKER).validate(document)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_it_follows_the_standard(answer: Response) -> None:
    """ORIGIN.md says where the schema is from."""
    follow_standard(log(answer))


def test_the_schema_of_the_standard_sees_mistakes() -> None:
    """A level that does not exist, and a member that nobody knows."""
    for wrong in ({"level": "bad"}, {"nonsense": 1}):
        document = log(ANSWERS["results"])
        document["runs"][0]["results"][0].update(wrong)
        with pytest.raises(ValidationError):
            follow_standard(document)


def test_a_result_names_its_rule_and_its_place() -> None:
    """The file's name is a part of an address; the object is a logical location."""
    only = run(response(MISSING))
    [result] = only["results"]

    assert only["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "role-missing"
    assert "error" == result["level"]
    [location] = result["locations"]
    physical = location["physicalLocation"]
    assert "manifests/team%20a.yaml" == physical["artifactLocation"]["uri"]
    assert 12 == physical["region"]["startLine"]
    [logical] = location["logicalLocations"]
    assert {
        "name": "editor", "fullyQualifiedName": "RoleBinding team-a/editor", "kind": "resource",
    } == logical  # fmt: skip


def test_rules_are_listed_once_and_in_order() -> None:
    """Only rules that have a result are there."""
    odd = MISSING._replace(rule=LABEL)
    only = run(response(MISSING, odd, MISSING))

    assert ["label", "role-missing"] == [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    assert [1, 0, 1] == [result["ruleIndex"] for result in only["results"]]


def test_a_rule_names_what_others_call_the_problem() -> None:
    """The first reference with a page is its help; the ids are tags, of which GitHub reads 20."""
    ids = ("CIS-5.1.2", "KFP#4790", "KK#5835", "https://example.com/a", *(f"C-{n}" for n in range(30)))
    [rule] = run(response(MISSING._replace(rule=ROLE._replace(references=ids))))["tool"]["driver"]["rules"]
    [other] = run(response(MISSING))["tool"]["driver"]["rules"]

    assert "https://github.com/kubeflow/pipelines/issues/4790" == rule["helpUri"]
    tags = rule["properties"]["tags"]
    assert ["security", "rbac", "kubeflow", "CIS-5.1.2", "KFP#4790", "KK#5835", "C-0"] == tags[:7]
    assert 20 == len(tags)
    assert "helpUri" not in other


def test_runs_of_commands_and_clusters_are_kept_apart() -> None:
    """GitHub replaces the results of the same category; a name cannot add a part to it."""
    report = Report("Audit", category="a/b\u202e c")

    assert "kfaccess/pets/" == run(response())["automationDetails"]["id"]
    assert "kfaccess/audit/a%2Fb%5Cu202e%20c/" == run(Response(report))["automationDetails"]["id"]


def test_a_rule_about_security_has_a_severity_and_a_tag() -> None:
    """GitHub reads the number only with the tag."""
    label, role = run(response(MISSING, MISSING._replace(rule=LABEL)))["tool"]["driver"]["rules"]

    assert "8.0" == role["properties"]["security-severity"]
    assert "security" in role["properties"]["tags"]
    assert "security-severity" not in label["properties"]
    assert "security" not in label["properties"]["tags"]
    assert {"text", "markdown"} == role["help"].keys()
    assert ROLE.text == role["help"]["text"]
    assert ROLE.markdown == role["help"]["markdown"]
    assert ROLE.text.replace("\n", " ") == role["fullDescription"]["text"]


@pytest.mark.parametrize("text", ["x" * 2000, "{" * 1000, "\x1b" * 500, "a}" * 512], ids=len)
def test_a_long_description_is_shortened(text: str) -> None:
    """GitHub reads 1,024 characters; a brace stays one, which is two in SARIF; the help is whole."""
    rule = LABEL._replace(title=text, text=text)
    [shown] = run(response(MISSING._replace(rule=rule)))["tool"]["driver"]["rules"]

    for key in ("shortDescription", "fullDescription"):
        short = shown[key]["text"]
        assert 1000 < len(short) <= 1024
        assert short.endswith("...")
        assert short.count("{") % 2 == short.count("}") % 2 == 0
    assert len(text) <= len(shown["help"]["text"])


def test_an_object_without_a_file_has_a_path_that_stays() -> None:
    """Consumers want a file for each result."""
    places = (Place("Role", "team-a", "x/y"), Place("ClusterRole", "", "edit"), Place("Role", "..", "a"))
    results = run(response(*(MISSING._replace(place=place) for place in places)))["results"]

    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results]
    assert ["access/team-a/Role.x%2Fy.yaml", "access/ClusterRole.edit.yaml", "access/%2e%2e/Role.a.yaml"] == [
        unquote(uri) for uri in uris
    ]


def test_an_absolute_path_is_an_address_of_a_file(tmp_path: Path) -> None:
    """Whoever uploads the document knows the root of the repository."""
    file = tmp_path / "a b.yaml"
    [result] = run(response(MISSING._replace(place=BINDING._replace(file=str(file)))))["results"]

    assert file.as_uri() == result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_a_line_that_is_not_known_is_the_first() -> None:
    """Lines begin with 1."""
    [result] = run(response(MISSING._replace(place=BINDING._replace(line=0))))["results"]

    assert 1 == result["locations"][0]["physicalLocation"]["region"]["startLine"]


def test_fingerprints_stay_and_differ() -> None:
    """The message can change; two results that have the same fingerprint are counted."""
    first, again, other = run(response(MISSING, MISSING, MISSING._replace(fingerprint="f9")))["results"]
    [reworded] = run(response(MISSING._replace(message="it is gone")))["results"]

    assert first["partialFingerprints"] == reworded["partialFingerprints"]
    hashes = [each["partialFingerprints"]["primaryLocationLineHash"] for each in (first, again, other)]
    assert hashes[0].removesuffix(":1") == hashes[1].removesuffix(":2")
    assert 3 == len(set(hashes))


def test_a_message_has_no_links_and_no_placeholders() -> None:
    """The standard has both in plain texts: names cannot make them."""
    text = "the role `[free](https://evil.example)` and {0}"
    [result] = run(response(MISSING._replace(message=text)))["results"]

    assert "the role `[free]\\x28https://evil.example)` and {{0}}" == result["message"]["text"]


def test_steps_are_a_code_flow() -> None:
    """Each step says what happens, and which object makes it possible."""
    [result] = run(response(MISSING._replace(steps=STEPS)))["results"]

    [flow] = result["codeFlows"]
    [thread] = flow["threadFlows"]
    assert [step.message for step in STEPS] == [
        each["location"]["message"]["text"] for each in thread["locations"]
    ]
    assert "codeFlows" not in run(response(MISSING))["results"][0]


def test_accepted_results_are_suppressed_and_others_say_that_they_are_not() -> None:
    """If any result has suppressions, all have; the reason is shown without its control characters."""
    taken, other = run(response(MISSING._replace(accepted=TAKEN), MISSING))["results"]

    [suppression] = taken["suppressions"]
    assert ("external", "accepted") == (suppression["kind"], suppression["status"])
    assert (
        "the \\x1b[31mowner\\u202e knows (by ops\\x0ateam, until 2027-03-01)" == suppression["justification"]
    )
    assert [] == other["suppressions"]
    assert "suppressions" not in run(response(MISSING))["results"][0]


def test_what_could_not_be_read_and_notes_are_notifications() -> None:
    """The run succeeded; what it lacks is said."""
    [invocation] = run(ANSWERS["gaps-and-notes"])["invocations"]

    assert invocation["executionSuccessful"]
    assert [
        ("warning", "cannot list roles in namespace `team-b`: forbidden"),
        ("note", "answered --with new.yaml"),
        ("note", "so it is"),
    ] == [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]


def test_a_failure_is_a_document_too() -> None:
    """It has no results, and says why."""
    only = run(response(errors=(FAILURE,)))
    [invocation] = only["invocations"]

    assert [] == only["results"]
    assert not invocation["executionSuccessful"]
    [notification] = invocation["toolExecutionNotifications"]
    assert {
        "descriptor": {"id": "timeout"},
        "level": "error",
        "message": {"text": "cannot list rolebindings; try again"},
    } == notification
    assert "sarif" in MACHINE


def test_hostile_names_stay_text() -> None:
    """No text has a character that does anything but show itself, and addresses are ASCII."""
    document = log(ANSWERS["names"])

    assert [] == [text for text in texts(document) if unseen(text)]
    for result in document["runs"][0]["results"]:
        for location in (*result["locations"], *result["relatedLocations"]):
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert uri.isascii()
            assert not set(uri) & set(' "<>\\^`{|}')


def test_objects_of_different_names_have_different_paths() -> None:
    """A made-up path leads back to one object."""
    results = run(ANSWERS["names"])["results"]
    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results]

    assert len(set(NAMES)) == len(set(uris))
