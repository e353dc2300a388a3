"""`audit` for programs: each format is read back, also with names that attack it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.findings.isolation.worlds import OPENED, cluster_role_binding, role_binding
from tests.output.formats.openreports import REPORT, closed, reports_in
from tests.output.formats.results import texts
from tests.output.formats.test_gitlab import ENTRY
from tests.output.formats.test_sarif import OF_GITHUB, follow_standard
from tests.robustness.names import PROPER
from tests.robustness.reading_back import comma_separated, markdown, unescaped, unseen
from tests.running import NOWHERE, REPOSITORY, Result, run
from tests.schemas import errors, validator

DEMO = "kubectl_kfaccess/sources/demo"
OPENING = "examples/opening.yaml"
FOREIGN = "profile-foreign-account"
IN_2027 = {**NOWHERE, "SOURCE_DATE_EPOCH": "1798761600"}  # 2027-01-01


def audit(*flags: str, status: int = 1, **surroundings: Any) -> Result:
    """Return the audit of the demo, which ends with *status*."""
    result = run("audit", "--demo", *flags, **surroundings)
    assert status == result.status, result.stderr
    return result


def sarif_run(*flags: str, **surroundings: Any) -> dict[str, Any]:
    """Return the only run of the SARIF document, which follows the standard and which GitHub accepts."""
    document = run("audit", "-o", "sarif", *flags, **surroundings).json
    follow_standard(document)
    Draft202012Validator(OF_GITHUB).validate(document)
    [only] = document["runs"]
    assert isinstance(only, dict)
    return only


def position(result: dict[str, Any]) -> tuple[str, int]:
    """Return the file and the line of a result."""
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def line_of(file: str, text: str) -> int:
    """Return the first line of the document of *file* that has *text*, from 1."""
    lines = (REPOSITORY / file).read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if text in line)
    starts = [number for number, line in enumerate(lines[:at]) if line == "---"]
    start = starts[-1] + 1 if starts else 0
    return next(n for n in range(start, at + 1) if lines[n] and not lines[n].startswith("#")) + 1


# --- SARIF ---


def test_code_scanning_gets_the_manifest_that_opens_the_way() -> None:
    """File and line of the binding, which a pull request can be annotated at; live objects have none."""
    results = sarif_run("-f", DEMO, cwd=REPOSITORY)["results"]
    [foreign] = [each for each in results if each["ruleId"] == FOREIGN]
    [live] = [each for each in sarif_run("--demo")["results"] if each["ruleId"] == FOREIGN]

    file = f"{DEMO}/bindings.yaml"
    assert (file, line_of(file, "name: team-b-pipelines")) == position(foreign)
    assert ("access/team-a/RoleBinding.team-b-pipelines.yaml", 1) == position(live)
    assert foreign["partialFingerprints"] == live["partialFingerprints"]


def test_findings_of_all_commands_have_file_and_line() -> None:
    """`--finding` chooses those of profiles, check and aggregation, too."""
    results = sarif_run("-f", DEMO, "--finding", "*", cwd=REPOSITORY)["results"]
    files = {each["ruleId"].partition("-")[0]: position(each)[0] for each in reversed(results)}

    assert {
        "aggregation": f"{DEMO}/roles-pipelines.yaml",
        "isolation": f"{DEMO}/bindings.yaml",
        "profile": f"{DEMO}/bindings.yaml",
        "runner": f"{DEMO}/roles-kubeflow.yaml",
    } == files
    assert f"{DEMO}/mesh.yaml" in {position(each)[0] for each in results}
    assert 1 < min(position(each)[1] for each in results if each["ruleId"].startswith("aggregation-"))


def test_json_has_file_and_line_as_well() -> None:
    """Where the object stands in files, and only there."""
    items = run("audit", "-f", DEMO, "-o", "json", cwd=REPOSITORY).json["items"]
    [foreign] = [item for item in items if item["id"] == FOREIGN]

    file = f"{DEMO}/bindings.yaml"
    assert (file, line_of(file, "name: team-b-pipelines")) == (foreign["file"], foreign["line"])
    assert [] == [item for item in audit("-o", "json").json["items"] if "file" in item]


def test_what_kustomize_has_built_is_in_the_file_that_it_names(tmp_path: Path) -> None:
    """A build is one long text: its own annotation says where an object is from."""
    binding = yaml.safe_load(role_binding("team-c", "open", "kubeflow-view", "user:bob@example.com"))
    binding["metadata"]["annotations"] = {"config.kubernetes.io/origin": "path: overlays/open.yaml\n"}
    build = "".join(file.read_text(encoding="utf-8") for file in sorted((REPOSITORY / DEMO).glob("*.yaml")))
    stdin = f"{build}---\n{yaml.safe_dump(binding)}".encode()
    results = sarif_run("-f", "-", stdin=stdin, cwd=tmp_path)["results"]

    [person] = [each for each in results if each["ruleId"] == "isolation-person-of-tenant"]
    assert "overlays/open.yaml" == position(person)[0]
    [foreign] = [each for each in results if each["ruleId"] == FOREIGN]
    assert "access/team-a/RoleBinding.team-b-pipelines.yaml" == position(foreign)[0]


def test_steps_are_a_code_flow_through_the_bindings() -> None:
    """Each step is at the manifest that allows it; the last one at what is reached."""
    results = sarif_run("-f", DEMO, "--with", OPENING, cwd=REPOSITORY)["results"]
    [steps] = [each for each in results if each["ruleId"] == "isolation-steps"]

    [flow] = [thread["locations"] for each in steps["codeFlows"] for thread in each["threadFlows"]]
    first, *_, last = [each["location"] for each in flow]
    assert (OPENING, line_of(OPENING, "team-c-pipelines")) == position({"locations": [first]})
    assert position(steps) == position({"locations": [last]})
    assert first["message"]["text"].startswith("sa:team-c/default-editor can create")
    assert "runs code as sa:team-b/default-editor" in last["message"]["text"]
    assert [] == [each for each in results if each["ruleId"] == FOREIGN and "codeFlows" in each]


def test_rules_about_isolation_are_security_alerts() -> None:
    """A way is high; a group whose members nobody knows is medium; the rest is none."""
    rules = {rule["id"]: rule for rule in sarif_run("--demo")["tool"]["driver"]["rules"]}
    severities = {name: rule["properties"].get("security-severity") for name, rule in rules.items()}

    assert ("8.0", "5.0") == (severities[FOREIGN], severities["isolation-group-members"])
    assert severities["profile-role-missing"] is None
    assert [] == [
        name
        for name in severities
        if ("security" in rules[name]["properties"]["tags"]) is not bool(severities[name])
    ]


def test_an_accepted_result_is_suppressed_or_left_out(tmp_path: Path) -> None:
    """GitHub does not read suppressions: --no-accepted is for it."""
    accept = tmp_path / "accept.yaml"
    accept.write_text(f"accept:\n- {{finding: {FOREIGN}, reason: it is known}}\n", encoding="utf-8")
    flags = ("--demo", "--accept", str(accept))
    taken = [each for each in sarif_run(*flags)["results"] if each["suppressions"]]

    assert [FOREIGN] == [each["ruleId"] for each in taken]
    assert ["it is known"] == [each["justification"] for each in taken[0]["suppressions"]]
    kept = sarif_run(*flags, "--no-accepted")["results"]
    assert len(sarif_run("--demo")["results"]) - 1 == len(kept)
    assert FOREIGN not in {each["ruleId"] for each in kept}


def test_runs_of_clusters_are_kept_apart() -> None:
    """By the command and the name of the cluster; files have none."""
    assert "kfaccess/audit/demo/" == sarif_run("--demo")["automationDetails"]["id"]
    assert "kfaccess/audit/" == sarif_run("-f", DEMO, cwd=REPOSITORY)["automationDetails"]["id"]


# --- GitLab, JUnit, JSON, CSV ---


def test_gitlab_gets_an_entry_for_each_finding() -> None:
    """No two have the same fingerprint, and files are named as in SARIF."""
    result = run("audit", "-f", DEMO, "--with", OPENING, "-o", "gitlab", cwd=REPOSITORY)
    entries = json.loads(result.stdout)

    Draft202012Validator({"type": "array", "items": ENTRY}).validate(entries)
    assert len(entries) == len({each["fingerprint"] for each in entries})
    crossing = [each for each in entries if each["check_name"] == "isolation-steps"]
    assert ["critical"] == [each["severity"] for each in crossing]
    assert f"{DEMO}/bindings.yaml" == crossing[0]["location"]["path"]


def cases(result: Result) -> dict[tuple[str, str], str]:
    """Return each test case by its class and name, with `passed` or the name of the element in it."""
    suite = ElementTree.fromstring(result.stdout)
    outcomes = {
        (case.attrib["classname"], case.attrib["name"]): case[0].tag if len(case) else "passed"
        for case in suite
    }
    assert len(outcomes) == len(suite) == int(suite.attrib["tests"])
    for outcome, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert int(suite.attrib[key]) == [*outcomes.values()].count(outcome)
    return outcomes


def tenants(result: Result) -> dict[str, str]:
    """Return the outcome of the test case of each tenant."""
    start = "nothing crosses into "
    return {
        name.removeprefix(start): outcome
        for (group, name), outcome in cases(result).items()
        if group == "isolation"
    }


def test_a_tenant_is_a_test_case() -> None:
    """It passes if nothing crosses, fails if something does, and is an error if that is not known."""
    assert {"team-a": "failure", "team-b": "passed", "team-c": "passed"} == tenants(audit("-o", "junit"))
    unknown = audit("--without", OPENED, "-o", "junit")
    assert {"team-a": "error", "team-b": "passed", "team-c": "passed"} == tenants(unknown)


def test_a_finding_is_a_test_case_too(tmp_path: Path) -> None:
    """It fails, or is skipped if it is accepted."""
    accept = tmp_path / "accept.yaml"
    accept.write_text(f"accept:\n- {{finding: {FOREIGN}, reason: so}}\n", encoding="utf-8")
    case = (FOREIGN, "RoleBinding/team-a/team-b-pipelines: sa:team-b/default-editor")

    assert "failure" == cases(audit("-o", "junit"))[case]
    assert "skipped" == cases(audit("-o", "junit", "--accept", str(accept)))[case]


def test_csv_has_a_row_for_each_subject_and_each_pair() -> None:
    """Nobody is folded, and all tenants are one word."""
    rows = list(csv.DictReader(io.StringIO(audit("--with", OPENING, "-o", "csv").stdout)))

    assert ["INTO", "FROM", "LEVEL", "KIND", "BY"] == [*rows[0]]
    pairs = {(row["INTO"], row["FROM"], row["KIND"], row["BY"]) for row in rows}
    assert {
        ("team-a", "team-b", "foreign", "sa:team-b/default-editor"),
        ("team-b", "team-c", "foreign", "sa:team-c/default-editor"),
        ("team-a", "team-c", "indirect", "carol@example.com"),
        ("*", "-", "everywhere", "group:platform-admins"),
    } <= pairs
    assert len(rows) == len(pairs)


def test_reports_hold_the_whole_audit_of_one_cluster(tmp_path: Path) -> None:
    """A part would replace the whole, and the reports of two clusters would replace each other."""
    part = run("audit", "team-a", "--against", "team-b", "--demo", "-o", "openreports")
    assert (2, "") == (part.status, part.stdout)
    assert "shows a part of it" in part.stderr
    for name in ("a.json", "b.json"):
        assert 0 == run("snapshot", "--demo", name, cwd=tmp_path).status
    both = run("audit", "-f", "a.json", "-f", "b.json", "-o", "openreports", cwd=tmp_path)
    assert (2, "") == (both.status, both.stdout)
    assert "shows one cluster: 2 are chosen" in both.stderr


def test_reports_of_some_profiles_leave_the_others_alone() -> None:
    """The report of the cluster is there all the same."""
    reports = reports_in(audit("team-a", "-o", "openreports").stdout)

    assert [None, "team-a"] == [each["metadata"].get("namespace") for each in reports]


# --- what could not be read ---


def misspelled(folder: Path) -> tuple[str, ...]:
    """Return the flags for the demo's files with an object beside them that nobody understands."""
    binding = role_binding("team-b", "typo", "kubeflow-view", "user:zoe@example.com")
    text = binding.replace("kind: RoleBinding", "kind: RoleBindng")
    (folder / "typo.yaml").write_text(text, encoding="utf-8")
    return ("-f", DEMO, "-f", str(folder / "typo.yaml"))


def test_what_could_not_be_read_is_no_pass(tmp_path: Path) -> None:
    """Nobody knows what is behind it: the tenant's test is an error, and so is its check in the cluster."""
    flags = misspelled(tmp_path)
    junit = run("audit", *flags, "-o", "junit", cwd=REPOSITORY)
    reports = reports_in(run("audit", *flags, "-o", "openreports", cwd=REPOSITORY).stdout)
    outcomes = {
        each["metadata"].get("namespace"): [
            result["result"] for result in each["results"] if result["policy"] in ("isolation", "coverage")
        ]
        for each in reports
    }

    assert {"team-a": "failure", "team-b": "error", "team-c": "passed"} == tenants(junit)
    assert {None: ["error"], "team-a": ["fail"], "team-b": ["error"], "team-c": ["pass"]} == outcomes


def test_code_scanning_gets_what_could_not_be_read(tmp_path: Path) -> None:
    """As a notification of the run, or as an entry where there is no place for one."""
    flags = misspelled(tmp_path)
    [invocation] = sarif_run(*flags, cwd=REPOSITORY)["invocations"]
    entries = json.loads(run("audit", *flags, "-o", "gitlab", cwd=REPOSITORY).stdout)

    warnings = [each for each in invocation["toolExecutionNotifications"] if each["level"] == "warning"]
    assert ["unreadable-input"] == [each["descriptor"]["id"] for each in warnings]
    assert "RoleBindng" in warnings[0]["message"]["text"]
    assert ["info"] == [each["severity"] for each in entries if each["check_name"] == "unreadable-input"]


# --- hostile names ---


def hostile(directory: Path) -> str:
    """Write bindings in team-a of users and groups of each hostile name, and return the file's name."""
    bound = [
        yaml.safe_load(role_binding("team-a", f"b{at}", "kubeflow-view", f"{kind}:x"))
        for at in range(len(PROPER))
        for kind in ("user", "group")
    ]
    for number, binding in enumerate(bound):
        binding["metadata"]["name"] = f"b{number}"
        binding["subjects"][0]["name"] = PROPER[number // 2]
    ways = [yaml.safe_load(cluster_role_binding("w", "kubeflow-view", "sa:team-b/default-editor"))]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*bound, *ways]})
    (directory / "hostile.json").write_text(text, encoding="utf-8")
    return "hostile.json"


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a file of hostile names."""
    directory = tmp_path_factory.mktemp("attack")
    hostile(directory)
    return directory


def attacked(directory: Path, form: str) -> str:
    """Return the answer about hostile names, which shows itself and nothing else."""
    result = audit("--with", "hostile.json", "-o", form, cwd=directory)
    if form not in ("json", "jsonl", "yaml"):
        assert [] == unseen(result.stdout)
    assert [] == unseen(result.stderr)
    return result.stdout


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_hostile_names_are_whole_in_data(form: str, attack: Path) -> None:
    """Every name can be read back, and the answer follows its schema."""
    text = attacked(attack, form)
    document = json.loads(text) if form == "json" else yaml.load(text, yaml.CSafeLoader)

    assert [] == errors(validator("Audit"), document)
    names = {item["subject"]["name"] for item in document["items"] if "subject" in item}
    assert {*PROPER} <= names


def test_hostile_names_stay_apart_in_csv(attack: Path) -> None:
    """No cell is a formula, and every name can be read back."""
    rows = [row for row in comma_separated(attacked(attack, "csv")) if row["INTO"] == "team-a"]
    names = {unescaped(row["BY"].removeprefix("group:").removeprefix("user:")) for row in rows}

    assert {name for name in PROPER if not name.startswith(("group:", "user:"))} <= names


def test_hostile_names_make_no_comment_too_long(attack: Path) -> None:
    """It begins with a mark by which a job finds it, has no markup, and counts what is left out."""
    text = attacked(attack, "markdown")

    assert text.startswith("<!-- kfaccess audit -->\n**as if hostile.json were applied: no: ")
    assert len(text) < 60_000
    parts = text.split("\n| SEVERITY ")
    assert 2 == len(parts)
    assert "more finding" in text
    assert "error" == next(markdown(f"| SEVERITY {parts[1]}"))["SEVERITY"]
    assert {"team-b"} == {row["FROM"] for row in markdown(parts[0]) if row["KIND"] == "foreign"}


def test_hostile_names_stay_text_for_code_scanning(attack: Path) -> None:
    """All of them are there, and none does anything."""
    [only] = [json.loads(attacked(attack, "sarif"))["runs"]]
    follow_standard({"version": "2.1.0", "runs": only})
    entries = json.loads(attacked(attack, "gitlab"))

    assert [] == [text for text in texts(only) if unseen(text)]
    assert len(only[0]["results"]) == len(entries) >= 2 * len(PROPER)
    assert len(entries) == len({each["fingerprint"] for each in entries})


def test_hostile_names_stay_text_in_other_reports(attack: Path) -> None:
    """XML is well formed; a YAML document has the schema of its kind."""
    found = ElementTree.fromstring(attacked(attack, "junit"))
    reports = reports_in(attacked(attack, "openreports"))

    assert len(found) >= 2 * len(PROPER)
    for report in reports:
        Draft202012Validator(closed(REPORT)).validate(report)
    [team_a] = [each for each in reports if each["metadata"].get("namespace") == "team-a"]
    assert sum(team_a["summary"].values()) >= 2 * len(PROPER)


# --- what is accepted ---


@pytest.mark.parametrize("more", [(), ("--with", OPENING)], ids=["demo", "opened"])
def test_a_filled_in_file_of_accept_leaves_nothing_that_counts(more: tuple[str, ...], tmp_path: Path) -> None:
    """The entries are printed without reasons, which are refused; with reasons, all is expected."""
    printed = audit(*more, "-o", "accept", cwd=REPOSITORY).stdout
    (tmp_path / "accept.yaml").write_text(printed, encoding="utf-8")
    refused = run("audit", "--demo", *more, "--accept", str(tmp_path / "accept.yaml"), cwd=REPOSITORY)
    entries = yaml.safe_load(printed)
    for section in entries.values():
        for entry in section:
            entry["reason"] = "it is a demo"
    (tmp_path / "accept.yaml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    flags = (*more, "--accept", str(tmp_path / "accept.yaml"), "--fail-on", "warning", "-o")

    assert 2 == refused.status
    after = audit(*flags, "json", status=0, cwd=REPOSITORY, environ=IN_2027).json
    assert [] == [item for item in after["items"] if "accepted" not in item]
    assert {"nothingCrosses"} == {tenant["verdict"] for tenant in after["tenants"]}
    assert [] == [note for note in after["notes"] if "matches nothing" in note["text"]]
    again = audit(*flags, "accept", status=0, cwd=REPOSITORY, environ=IN_2027).stdout
    assert {"accept": []} == yaml.safe_load(again)


def test_an_audit_of_a_snapshot_can_be_repeated(tmp_path: Path) -> None:
    """An auditor gets the same bytes, without the cluster; entries count as on that day."""
    (tmp_path / "accept.yaml").write_text(
        f"accept:\n- {{finding: {FOREIGN}, reason: so, until: 2027-01-02}}\n", encoding="utf-8"
    )
    assert 0 == run("snapshot", "--demo", "q4.json.gz", cwd=tmp_path).status
    words = ("audit", "-f", "q4.json.gz", "--accept", "accept.yaml", "-o", "json")
    then = run(*words, cwd=tmp_path, environ=IN_2027)
    later = run(*words, cwd=tmp_path, environ={**NOWHERE, "SOURCE_DATE_EPOCH": "1830297600"})

    assert then == run(*words, cwd=tmp_path, environ=IN_2027)
    assert "accepted" in then.stdout
    assert "no longer applies" in later.stdout
    assert '"accepted"' not in later.stdout


def test_what_owners_share_can_be_accepted() -> None:
    """Each share has an entry: the profile, the subject and the role."""
    shares = yaml.safe_load(audit("-o", "accept").stdout)["sharing"]
    named = {(each["profile"], each["subject"], each["role"]) for each in shares}

    assert ("team-b", "alice@example.com", "kubeflow-view") in named
    assert ("team-a", "dave@example.com", "kubeflow-edit") in named
