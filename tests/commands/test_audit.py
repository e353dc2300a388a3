"""`audit`: verdicts, ways, findings, what is accepted, and what stops a way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.findings.isolation.worlds import OPENED, cluster_role_binding, role_binding
from tests.running import REPOSITORY, Result, run
from tools.terminal import on_terminal

SHUT = ("--without", OPENED)
GROUP = ("--without", "rolebinding/team-a/ml-team-edit")
OPENING = role_binding("team-b", "team-c-pipelines", "kubeflow-edit", "sa:team-c/default-editor")
"""Lets the pipelines of team-c into team-b, and so into team-a: the same as `examples/opening.yaml`."""
PEOPLE = "users: [ivan@example.com]\ngroups: {ml-team: [ivan@example.com]}\n"


def audit(*words: str) -> Result:
    """Run `audit` on the demo."""
    return run("audit", *words, "--demo", cwd=REPOSITORY)


def verdicts(result: Result) -> dict[str, str]:
    """Return the verdict on each tenant."""
    return {tenant["name"]: tenant["verdict"] for tenant in result.json["tenants"]}


def ids(result: Result) -> list[str]:
    """Return the ids of the findings that are not accepted."""
    return [item["id"] for item in result.json["items"] if "accepted" not in item]


def applied(folder: Path, *manifests: str) -> tuple[str, str]:
    """Return the flag that applies *manifests*."""
    file = folder / "applied.yaml"
    file.write_text("".join(manifests), encoding="utf-8")
    return "--with", str(file)


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        pytest.param((), 1, ("crosses", "nothingCrosses", "nothingCrosses"), id="an account of team-b"),
        pytest.param(
            (*SHUT, "--finding", "isolation-*"), 3, ("unknown", "nothingCrosses", "nothingCrosses"),
            id="a group alone",
        ),
        pytest.param((*SHUT, *GROUP), 1, ("nothingCrosses",) * 3, id="an error that is no way"),
        pytest.param(
            (*SHUT, *GROUP, "--fail-on", "never"), 0, ("nothingCrosses",) * 3, id="findings never count"
        ),
        pytest.param(
            (*SHUT, "--people", "people.yaml", "--fail-on", "never"), 0, ("nothingCrosses",) * 3,
            id="the members of the group are known",
        ),
        pytest.param(("--with", "opening.yaml"), 1, ("crosses", "crosses", "nothingCrosses"), id="two steps"),
    ],
)  # fmt: skip
def test_a_verdict_on_each_tenant(
    words: tuple[str, ...], status: int, expected: tuple[str, ...], tmp_path: Path
) -> None:
    """Something crosses, nothing does, or it is not known; the status follows."""
    for name, text in (("people.yaml", PEOPLE), ("opening.yaml", OPENING)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run("audit", *words, "--demo", "-o", "json", cwd=tmp_path)

    assert (status, dict(zip(("team-a", "team-b", "team-c"), expected, strict=True))) == (
        result.status,
        verdicts(result),
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "audit --demo",
            "no: something crosses into team-a: team-b can edit there; nothing crosses into team-b and",
        ),
        ("audit team-b team-c --demo", "ok: nothing crosses into team-b and team-c by RBAC"),
        ("audit team-a --against team-b --demo", "no: team-b reaches team-a in 1 way"),
        ("audit team-b --against team-c --demo", "ok: nothing crosses from team-c into team-b by RBAC"),
        (
            f"audit team-a --demo --without {OPENED}",
            "unknown: whether anything",
        ),
    ],
)
def test_the_first_line_is_the_verdict(words: str, sentence: str) -> None:
    """In one sentence, and the next line says what it speaks of."""
    lines = on_terminal(100, f"kubectl kfaccess {words}").text.replace("\r", "").splitlines()
    premise = f"as if {OPENED} were deleted: " if "--without" in words else ""

    assert premise + sentence in lines[0]
    assert any(line.startswith("    looked at: RBAC") for line in lines[1:3])


def test_a_way_names_everybody_who_can_use_it() -> None:
    """bob and Grace can run code as the account; alice is at home in the tenant that it leads into."""
    (way,) = [way for way in audit("-o", "json").json["reach"] if way["crosses"]]

    assert ("team-b", "team-a", "edit", "foreign") == tuple(
        way[key] for key in ("from", "to", "level", "kind")
    )
    assert ["sa:team-b/default-editor"] == [each["ref"] for each in way["subjects"]]
    assert ["bob@example.com", "Grace@Example.com"] == [each["ref"] for each in way["through"]]


def test_steps_are_followed_through_tenants(tmp_path: Path) -> None:
    """team-c runs code in team-b, as the account that has access to team-a."""
    items = audit(*applied(tmp_path, OPENING), "-o", "json").json["items"]
    (finding,) = [item for item in items if item["id"] == "isolation-steps"]

    assert ("team-a", "team-c") == (finding["tenant"], finding["fromTenant"])
    assert {"sa:team-b/default-editor"} == {
        step["to"]["ref"] for step in finding["steps"] if step["to"] is not None
    }
    assert [{"object": {"kind": "RoleBinding", "namespace": "team-a", "name": "team-b-pipelines"}}] == (
        finding["stop"]
    )


def test_profiles_of_one_tenant_do_not_cross(tmp_path: Path) -> None:
    """They have the same value of a label."""
    labels = "".join(
        f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{team: ml}}}}\n"
        for name in ("team-a", "team-b")
    )
    result = audit("--tenant-label", "team", *applied(tmp_path, labels), "-o", "json")

    assert {"team=ml", "team-c"} == set(verdicts(result))
    assert [] == [way for way in result.json["reach"] if way["crosses"]]


def test_what_a_stop_names_closes_the_way(tmp_path: Path) -> None:
    """For each way, and only that one: the same audit without the objects no longer has the finding."""
    more = applied(
        tmp_path,
        role_binding("team-c", "visit", "kubeflow-edit", "user:bob@example.com"),
        role_binding("team-c", "open", "kubeflow-view", "group:system:authenticated"),
        cluster_role_binding("ops", "kubeflow-view", "sa:team-c/default-viewer"),
    )
    before = [item for item in audit(*more, "-o", "json").json["items"] if "stop" in item]
    kinds = {item["id"] for item in before}

    assert {
        "isolation-account-everywhere", "isolation-everybody", "isolation-person-of-tenant",
        "profile-foreign-account",
    } <= kinds  # fmt: skip
    for item in before:
        gone = [
            flag
            for removal in item["stop"]
            for flag in ("--without", "/".join(filter(None, removal["object"].values())))
        ]
        left = audit(*more, *gone, "-o", "json").json["items"]
        assert item["fingerprint"] not in {each["fingerprint"] for each in left}


def test_a_subject_is_taken_out_of_a_binding_that_others_need(tmp_path: Path) -> None:
    """The fix is the binding with all its other subjects; applied, the way is gone."""
    manifest: dict[str, Any] = yaml.safe_load(
        role_binding("team-c", "default-editor", "kubeflow-edit", "sa:team-c/default-editor")
    )
    manifest["subjects"].append({"kind": "ServiceAccount", "name": "default-editor", "namespace": "team-b"})
    file = tmp_path / "two.yaml"
    file.write_text(yaml.safe_dump(manifest), encoding="utf-8")

    result = audit("team-c", "--with", str(file), "-o", "fix")
    fixed = tmp_path / "fixed.yaml"
    fixed.write_text(result.stdout, encoding="utf-8")

    assert 0 == result.status
    assert ["sa:team-c/default-editor"] == [
        f"sa:{subject['namespace']}/{subject['name']}"
        for document in yaml.safe_load_all(result.stdout)
        for subject in document["subjects"]
    ]
    assert "crosses" == verdicts(audit("team-c", "--with", str(file), "-o", "json"))["team-c"]
    after = audit("team-c", "--with", str(file), "--with", str(fixed), "-o", "json")
    assert "nothingCrosses" == verdicts(after)["team-c"]


def test_what_is_accepted_does_not_count(tmp_path: Path) -> None:
    """A file of `-o accept` with reasons accepts everything, sharing included."""
    entries = yaml.safe_load(audit("-o", "accept").stdout)
    for entry in (*entries["accept"], *entries["sharing"]):
        entry["reason"] = "looked at"
    file = tmp_path / "accept.yaml"
    file.write_text(yaml.safe_dump(entries), encoding="utf-8")

    result = audit("--accept", str(file), "-o", "json")

    assert (0, []) == (result.status, ids(result))
    assert {"nothingCrosses"} == set(verdicts(result).values())
    assert [] == audit("--accept", str(file), "--no-accepted", "-o", "json").json["items"]


def test_sharing_without_an_entry_is_an_error(tmp_path: Path) -> None:
    """As soon as one entry says what is shared."""
    file = tmp_path / "accept.yaml"
    file.write_text(
        "sharing:\n- {profile: team-a, subject: '*', role: '*', reason: known}\n", encoding="utf-8"
    )

    found_by_id = [
        item for item in audit("--accept", str(file), "-o", "json").json["items"]
        if item["id"] == "isolation-sharing-not-expected"
    ]  # fmt: skip

    assert {"alice@example.com", "Grace@Example.com"} == {item["subject"]["ref"] for item in found_by_id}
    assert {"team-b"} == {item["tenant"] for item in found_by_id}


def test_only_what_is_new_counts(tmp_path: Path) -> None:
    """Since an earlier answer, or since a snapshot."""
    answer, snapshot = tmp_path / "answer.json", tmp_path / "snapshot.json.gz"
    answer.write_text(audit("-o", "json").stdout, encoding="utf-8")
    assert 0 == run("snapshot", str(snapshot), "--demo").status

    for file in (answer, snapshot):
        assert [] == ids(audit("--baseline", str(file), "-o", "json"))
        new = audit("--baseline", str(file), *applied(tmp_path, OPENING), "-o", "json")
        assert ["profile-foreign-account", "isolation-steps"] == ids(new)


def test_findings_of_other_commands_are_shown_on_request() -> None:
    """By patterns of their ids."""
    result = audit("--finding", "profile-group-*", "--finding", "runner-*", "-o", "json")

    assert {"profile-group-contributor"} <= set(ids(result))
    assert {each.partition("-")[0] for each in ids(result)} <= {"profile", "runner"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nobody",), "`nobody` is not a profile"),
        (("kubeflow",), "`kubeflow` is a namespace, not a profile"),
        (("--finding", "isolation-stepz"), "there is no finding `isolation-stepz`"),
        (("--against", "team-b"), "`--against` needs one PROFILE"),
        (("team-a", "--against", "team-a"), "are the same profile"),
        (("--baseline", "README.md"), "README.md: "),
    ],
)
def test_slips_are_errors_with_a_hint(words: tuple[str, ...], message: str) -> None:
    """They end with 2."""
    result = audit(*words)

    assert 2 == result.status
    assert message in result.stderr
    assert "hint" in result.stderr or "did you mean" in result.stderr or "same profile" in message


def test_a_baseline_that_is_no_audit_is_refused(tmp_path: Path) -> None:
    """Another command's answer says nothing of findings."""
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"kind": "Profiles", "items": []}), encoding="utf-8")

    result = audit("--baseline", str(file))

    assert (2, True) == (result.status, "it is no answer of `audit`" in result.stderr)


@pytest.mark.parametrize(
    ("version", "cloud"), [("v1.36.1-eks-1a2b3c4", "EKS"), ("v1.36.2-gke.1100", "GKE"), ("v1.36.3", "")]
)
def test_a_cloud_that_grants_by_itself_is_named(version: str, cloud: str, tmp_path: Path) -> None:
    """RBAC is not all there: a note says so."""
    file = tmp_path / "snapshot.json"
    assert 0 == run("snapshot", str(file), "--demo").status
    document = json.loads(file.read_text(encoding="utf-8"))
    document["cluster"]["version"] = version
    file.write_text(json.dumps(document), encoding="utf-8")

    notes = run("audit", "-f", str(file)).notes

    assert bool(cloud) is any(f"this server is {cloud}'s" in note for note in notes if "IAM" in note)
