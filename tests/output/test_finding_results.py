"""Findings as results: the same severity, place, fingerprint and acceptance as in JSON."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.finding_results import finding_results, rule_of
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.results import LEVELS, Place
from kubectl_kfaccess.output.shapes import finding_data
from kubectl_kfaccess.output.style import Style
from tests.output.formats.test_sarif import OF_GITHUB

TYPE = FindingType("role-missing", Severity.WARNING, "It is gone.", "Nobody gets anything.", "Create it.")
WORSE = Finding(TYPE, "RoleBinding", "team-a", "editor", "`edit` is gone", own_severity=Severity.ERROR)
TAKEN = Finding(TYPE, "ClusterRole", "", "edit", "`view` is gone", accepted=Accepted("so"))


def test_a_result_says_what_the_finding_says() -> None:
    """Its level is the finding's own, the rule's that of the type."""
    worse, taken = finding_results((WORSE, TAKEN))

    assert ("error", "warning") == (worse.level, worse.rule.level)
    assert Place("RoleBinding", "team-a", "editor") == worse.place
    assert finding_data(WORSE)["fingerprint"] == worse.fingerprint != taken.fingerprint
    assert (None, Accepted("so")) == (worse.accepted, taken.accepted)


def test_the_help_of_a_rule_is_that_of_its_page() -> None:
    """What it is, why it matters, and how to fix it."""
    rule = rule_of(TYPE)

    assert ("It is gone.", "It is gone.\nNobody gets anything.\nCreate it.") == (rule.title, rule.text)
    assert "It is gone.\n\nNobody gets anything.\n\n**Fix:** Create it." == rule.markdown


def test_references_are_linked_where_they_have_a_page() -> None:
    """All stand in the help."""
    rule = rule_of(replace(TYPE, references=("CIS-5.1.2", "CVE-2021-25740")))

    assert rule.text.endswith("\nReferences: CIS-5.1.2, CVE-2021-25740")
    page = "https://nvd.nist.gov/vuln/detail/CVE-2021-25740"
    assert rule.markdown.endswith(f"**References:** CIS-5.1.2, [CVE-2021-25740]({page})")
    assert ("CIS-5.1.2", "CVE-2021-25740") == rule.references


@pytest.mark.parametrize(
    ("name", "severities"),
    [
        ("isolation-x", ["8.0", "5.0", "2.0"]),
        ("hygiene-x", ["8.0", "5.0", "2.0"]),
        ("profile-x", ["", "", ""]),
        ("profile-foreign-account", ["8.0", "8.0", "8.0"]),
    ],
)
def test_what_is_about_isolation_has_a_severity_for_security(name: str, severities: list[str]) -> None:
    """Whatever is a way into a tenant is high, also where it is not always one; the rest has none."""
    rules = [rule_of(replace(TYPE, id=name, severity=severity)) for severity in Severity]

    assert severities == [rule.security_severity for rule in rules]


def test_a_place_has_the_file_of_the_object() -> None:
    """Standard input is none that a consumer could open."""
    places = {("RoleBinding", "team-a", "editor"): ("a.yaml", 7), ("ClusterRole", "", "edit"): ("-", 3)}

    worse, taken = finding_results((WORSE, TAKEN), places)
    assert Place("RoleBinding", "team-a", "editor", "a.yaml", 7) == worse.place
    assert Place("ClusterRole", "", "edit") == taken.place


def test_every_type_of_finding_makes_a_rule_that_github_accepts() -> None:
    """Its texts are short enough, and none is empty."""
    kinds = {kind.id: kind for groups in BY_COMMAND.values() for group in groups for kind in types(group)}
    findings = [Finding(kind, "Role", "team-a", "x", "it is wrong") for kind in kinds.values()]
    report = Report("Pets", results=lambda: finding_results(findings))

    document = json.loads("".join(rendered(Response(report), "sarif", Style())))
    Draft202012Validator(OF_GITHUB).validate(document)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert sorted(kinds) == [rule["id"] for rule in rules]
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= set(LEVELS)
