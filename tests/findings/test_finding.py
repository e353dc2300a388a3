"""Findings as values: their severity, their order, and the roles that they concern."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about, in_order
from tests.builders import cluster_role

ERROR = FindingType("thing-bad", Severity.ERROR, "It is bad.", "It breaks.", "Fix it.")
WARNING = FindingType("thing-odd", Severity.WARNING, "It is odd.", "It puzzles.", "Fix it.")
BAD = Finding(ERROR, "Role", "team-a", "z", "it is bad")
ODD = Finding(WARNING, "Role", "team-a", "a", "it is odd")


def test_a_findings_own_severity_replaces_that_of_its_type() -> None:
    """What a release ships can be a warning in one place and an error in another."""
    lowered = replace(BAD, own_severity=Severity.WARNING)

    assert [Severity.ERROR, Severity.WARNING] == [BAD.severity, ODD.severity]
    assert Severity.WARNING is lowered.severity
    assert Severity.ERROR is lowered.type.severity


def test_errors_come_first_by_effective_severity() -> None:
    """A finding that is lowered to a warning is sorted among the warnings."""
    lowered = replace(BAD, own_severity=Severity.WARNING, name="y")
    raised = replace(ODD, own_severity=Severity.ERROR, name="b")

    assert (BAD, raised, lowered, ODD) == in_order((ODD, lowered, raised, BAD, BAD))


def test_a_finding_concerns_its_object_and_the_roles_that_lack_rules() -> None:
    """It is shown with the trees of both."""
    finding = about(cluster_role("part"), WARNING, "no label of it is selected", ("tenants-edit",))

    assert ("ClusterRole", "", "part") == (finding.kind, finding.namespace, finding.name)
    assert finding.concerns({"part", "q"})
    assert finding.concerns({"tenants-edit"})
    assert not finding.concerns({"q"})


def test_a_findings_own_references_replace_those_of_its_type() -> None:
    """A type can be about several defects, and a finding about a single one of them."""
    known = FindingType(
        "thing-known", Severity.NOTE, "It is known.", "It leaks.", "Upgrade.", ("CVE-2026-1",)
    )
    general = Finding(known, "Role", "team-a", "z", "it is bad")

    assert ("CVE-2026-1",) == general.references
    assert ("KFP#1",) == replace(general, own_references=("KFP#1",)).references
    assert () == BAD.references
