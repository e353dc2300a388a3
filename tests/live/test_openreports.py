"""`audit -o openreports`, applied to a real server by the real kubectl, and read back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.output.formats.openreports import GROUP, REPORT, VERSION, definitions, reports_in
from tests.running import run

pytestmark = pytest.mark.server

RELEASE = "openreports-v0.2.1-crds.yaml"
"""The project's own definitions: config/crd of openreports/reports-api, one behind the other."""
Object = dict[str, Any]


def released(corpus: Path) -> list[Object]:
    """Return the definitions of the release, which are not part of this repository."""
    file = corpus / RELEASE
    if not file.is_file():
        pytest.skip(f"no definitions at {file}: put config/crd of openreports/reports-api v0.2.1 there")
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


@pytest.fixture(scope="module", params=["described", "released"])
def reporting(request: pytest.FixtureRequest, demo: ControlPlane) -> ControlPlane:
    """Return the demo cluster, which has the kinds as documented, or as the project ships them."""
    ours = request.param == "described"
    kinds = definitions() if ours else released(request.getfixturevalue("corpus"))
    assert [] == load(demo, kinds, replace=True)
    return demo


def audit(plane: ControlPlane, *flags: str) -> str:
    """Return the reports of an audit, which finds something."""
    result = run("audit", *flags, "-o", "openreports", "--kubeconfig", str(plane.kubeconfig()))
    assert 1 == result.status, result.stderr
    return result.stdout


def apply(plane: ControlPlane, text: str, *flags: str) -> str:
    """Apply manifests as a user would, unknown fields refused, and return what kubectl says."""
    command = [
        plane.kubectl,
        "--kubeconfig",
        plane.kubeconfig(),
        "apply",
        "--validate=strict",
        *flags,
        "-f",
        "-",
    ]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert (0, "") == (done.returncode, done.stderr), done.stderr
    return done.stdout


def stored(plane: ControlPlane) -> list[Object]:
    """Return the reports that the server has, without what it has added."""
    reports = []
    for kind in ("ClusterReport", "Report"):
        status, answer = plane.request("GET", f"/apis/{GROUP}/{VERSION}/{kind.lower()}s")
        assert 200 == status
        for item in answer["items"]:
            metadata = {key: item["metadata"].get(key) for key in ("name", "namespace", "labels")}
            kept = {key: value for key, value in metadata.items() if value}
            reports.append({**item, "apiVersion": f"{GROUP}/{VERSION}", "kind": kind, "metadata": kept})
    return sorted(reports, key=lambda each: each["metadata"].get("namespace", ""))


@pytest.mark.parametrize("flags", [(), ("--server-side",)], ids=["client-side", "server-side"])
def test_the_server_keeps_all_of_it(reporting: ControlPlane, flags: tuple[str, ...]) -> None:
    """No field is unknown, none is dropped."""
    text = audit(reporting)
    apply(reporting, text, *flags)

    assert reports_in(text) == stored(reporting)
    assert len(stored(reporting)) > 3


def test_a_second_audit_changes_nothing(reporting: ControlPlane) -> None:
    """The same cluster gives the same bytes, although the reports are now in it."""
    text = audit(reporting)
    apply(reporting, text)

    assert text == audit(reporting)
    assert {"unchanged"} == {line.split()[-1] for line in apply(reporting, text).splitlines()}


def test_what_is_accepted_since_is_no_failure_any_more(reporting: ControlPlane, tmp_path: Path) -> None:
    """The next report replaces the last one: neither the account nor the verdict is a failure."""
    apply(reporting, audit(reporting))
    before = shown(reporting)
    accept = tmp_path / "accept.yaml"
    accept.write_text("accept:\n- {finding: profile-foreign-account, reason: so}\n", encoding="utf-8")
    apply(reporting, audit(reporting, "--accept", str(accept), "--fail-on", "warning"))

    assert ("2", "0") == before["team-a"]
    assert ("0", "1") == shown(reporting)["team-a"]


def shown(plane: ControlPlane) -> dict[str, tuple[str, str]]:
    """Return for each namespace how many checks failed, and how many do not count."""
    columns = "NS:.metadata.namespace,FAIL:.summary.fail,SKIP:.summary.skip"
    command = [
        plane.kubectl, "--kubeconfig", plane.kubeconfig(), "get", f"reports.{GROUP}", "-A", "--no-headers",
        "-o", f"custom-columns={columns}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return {namespace: (fail, skip) for namespace, fail, skip in rows}


@pytest.mark.parametrize("kind", ["Report", "ClusterReport"])
def test_the_project_has_every_field_that_we_write(kind: str, corpus: Path) -> None:
    """With the same values, where a field has only some."""
    [theirs] = [
        each["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for each in released(corpus)
        if each["spec"]["names"]["kind"] == kind
    ]

    assert [] == lacking(REPORT, theirs, kind)


def lacking(ours: Object, theirs: Object, path: str) -> list[str]:
    """Return the fields of *ours* that *theirs* does not have, or has with other types or values."""
    values = [set(each.get("enum", ())) for each in (ours, theirs)]
    wrong = [] if theirs.get("type") == ours["type"] and values[0] == values[1] else [path]
    for name, field in ours.get("properties", {}).items():
        inner = theirs.get("properties", {}).get(name)
        wrong += lacking(field, inner, f"{path}.{name}") if inner else [f"{path}.{name}"]
    if "items" in ours:
        wrong += lacking(ours["items"], theirs["items"], f"{path}[]")
    return wrong
