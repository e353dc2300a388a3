"""The audit as machine data."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import TenantVerdict
from kubectl_kfaccess.findings.removal import Removal
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.planes.counting import Services
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import finding_data, named_object_data, object_data, subject_data
from kubectl_kfaccess.output.steps import step_data
from kubectl_kfaccess.resolve.places import FilePlace


def head(value: Audit) -> Data:
    """Return what was looked at, the verdicts, and the ways between tenants."""
    return {
        "scope": {"lookedAt": list(value.looked_at), "notLookedAt": list(value.not_looked_at)},
        **({"against": value.against} if value.against else {}),
        "tenants": [_tenant_data(each) for each in value.verdicts],
        "reach": [_way_data(value, way) for way in value.ways],
    }


def items(value: Audit) -> Iterator[Data]:
    """Yield the findings."""
    services = value.view.profiles.services
    for finding in value.kept:
        data = finding_data(finding)
        if steps := value.steps_of(finding):
            data["steps"] = [step_data(step, value.view.snapshot, services) for step in steps]
        if stop := value.stop_of(finding):
            data["stop"] = [_removal_data(each) for each in stop]
        yield {**data, **_place_data(value.places.get((finding.kind, finding.namespace, finding.name)))}


def _place_data(place: FilePlace | None) -> Data:
    """Return the file and the line that an object was read from; nothing without a file."""
    if place is None:
        return {}
    return {"file": place.file, **({"line": place.line} if place.line else {})}


def _removal_data(removal: Removal) -> Data:
    subject = {"subject": subject_data(removal.subject)} if removal.subject else {}
    return {"object": named_object_data(*removal.key), **subject}


def _tenant_data(verdict: TenantVerdict) -> Data:
    return {
        "name": verdict.name,
        "profiles": list(verdict.profiles),
        "verdict": verdict.verdict.value,
        "unknownBecause": [
            *(f"{gap.resource}: {gap.reason}" for gap in verdict.gaps),
            *(each.message for each in verdict.open),
        ],
    }


def _way_data(value: Audit, way: Way) -> Data:
    services: Services = value.view.profiles.services
    steps = value.view.escalation.steps(way.reached) if way.reached else ()
    return {
        "from": way.from_tenant,
        "to": way.into,
        "level": way.level.value,
        "kind": way.kind.value,
        "crosses": way.crosses,
        "proved": way.is_proved,
        "subjects": [subject_data(subject) for subject in way.subjects],
        "through": [subject_data(subject) for subject in way.through],
        "bindings": [object_data(binding) for binding in way.bindings],
        "steps": [step_data(step, value.view.snapshot, services) for step in steps],
    }


def name_lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield the objects of the findings as `KIND/NAME`, with the namespace in front of the name."""
    lines = (
        f"{each.kind.lower()}/{'/'.join(filter(None, (each.namespace, each.name)))}" for each in findings
    )
    yield from dict.fromkeys(lines)
