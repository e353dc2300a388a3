"""The sheet for those who review who keeps what: `report -o csv`."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.running import run

HEADERS = [
    *("ROW-ID", "CLUSTER", "PROFILE", "SUBJECT", "KIND", "RELATION", "ROLE", "HOW", "THROUGH"),
    *("DECISION", "REVIEWER", "DATE"),
]


def sheet(*words: str) -> list[dict[str, str]]:
    """Return the rows of the sheet."""
    answer = run("report", "-o", "csv", *words)
    assert 0 == answer.status, answer.stderr
    reader = csv.DictReader(io.StringIO(answer.stdout))
    rows = list(reader)
    assert HEADERS == reader.fieldnames
    return rows


def test_each_row_is_something_to_decide_about() -> None:
    """No two have the same id, and what reviewers write is empty."""
    rows = sheet("--demo")

    assert len(rows) > 20
    assert len(rows) == len({row["ROW-ID"] for row in rows})
    assert {("", "", "")} == {(row["DECISION"], row["REVIEWER"], row["DATE"]) for row in rows}


def test_the_rows_are_those_of_the_inventory() -> None:
    """What somebody has directly is what `profiles -o csv` lists."""
    inventory = csv.DictReader(io.StringIO(run("profiles", "--demo", "-o", "csv").stdout))
    expected = sorted((row["PROFILE"], row["KIND"], row["AS"], row["ROLE"]) for row in inventory)

    direct = [row for row in sheet("--demo") if row["HOW"] == "directly"]

    assert expected == sorted((row["PROFILE"], row["KIND"], row["RELATION"], row["ROLE"]) for row in direct)


def test_what_is_had_by_steps_has_rows() -> None:
    """Who can act as an account of team-b can edit in team-a: the audit's `through`."""
    steps = [row for row in sheet("--demo") if row["HOW"] == "by steps" and row["PROFILE"] == "team-a"]

    reaching = {row["SUBJECT"] for row in steps if "team-b-pipelines" in row["THROUGH"]}
    assert {"bob@example.com", "Grace@Example.com"} == reaching


def test_a_row_id_stays_when_other_rows_come(tmp_path: Path) -> None:
    """And when they go."""
    file = tmp_path / "new.yaml"
    file.write_text(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
        "metadata: {name: another, namespace: team-a}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubeflow-view}\n"
        "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: aaron@example.com}]\n"
    )
    before = {row["ROW-ID"]: row for row in sheet("--demo")}

    more = {row["ROW-ID"]: row for row in sheet("--demo", "--with", str(file))}
    fewer = {row["ROW-ID"]: row for row in sheet("--demo", "--without", "rolebinding/team-a/ml-team-edit")}

    new = [row for key, row in more.items() if key not in before]
    assert {"aaron@example.com"} == {row["SUBJECT"] for row in new}
    assert before == {key: row for key, row in more.items() if key in before}
    gone = [row for key, row in before.items() if key not in fewer]
    assert {"group:ml-team"} == {row["SUBJECT"] for row in gone}
    assert fewer == {key: row for key, row in before.items() if key in fewer}


def test_clusters_have_their_own_ids(tmp_path: Path) -> None:
    """The same objects on two clusters are two decisions."""
    ids = []
    for uid in ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"):
        file = tmp_path / f"{uid[0]}.json"
        assert 0 == run("snapshot", str(file), "--demo").status
        text = file.read_text().replace('"cluster":{', f'"cluster":{{"uid":"{uid}",', 1)
        file.write_text(text)
        ids.append({row["ROW-ID"] for row in sheet("-f", str(file))})

    assert set() == ids[0] & ids[1]
