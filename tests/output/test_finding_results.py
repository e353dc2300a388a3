"""Findings as results: the same severity, place, fingerprint and acceptance as in JSON."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

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
