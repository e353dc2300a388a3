"""The table of `who-can`: the answer first, a row per subject, and nothing lost in the other formats."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.sources.files.files import DEMO
from tests.commands.test_terminal import COLOR, on_terminal
from tests.running import Result, run

SECRETS = ("who-can", "get", "secrets", "-A", "--demo")
RELEASE = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")
EVIL = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "helper"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "evil", "namespace": "kubeflow"}],
}


def cells(result: Result, column: str) -> list[str]:
    """Return the cells of a column of a piped table."""
    header, *rows = result.lines
    at = header.index(column)
    return [row[at:].split("   ")[0].strip() for row in rows]


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_the_first_line_is_the_answer(columns: int) -> None:
    """It counts people, groups and accounts, and says who can everywhere and who is foreign."""
    text = COLOR.sub("", on_terminal(columns, *SECRETS))
    sentence = text.split("\n\n")[0].replace("\n  ", " ")

    # Seven people of team-a to team-c, a group with everything, a group of team-a, three runners, of which
    # team-b's is bound in team-a too
    assert (
        "7 people, 2 groups and 3 service accounts can get secrets; 1 group everywhere, 1 account is foreign"
    ) == sentence


def test_a_table_is_short() -> None:
    """Before rows of a subject were folded, these were 84 lines at 80 columns."""
    assert on_terminal(80, *SECRETS).count("\n") <= 84 / 2


def test_foreign_subjects_and_groups_everywhere_come_first() -> None:
    """They are what a reader must not miss."""
    rows = COLOR.sub("", on_terminal(120, *SECRETS)).split("\n\n")[1].splitlines()[1:]

    assert ["! sa:team-b/default-editor", "! group:platform-admins"] == [
        row.split("   ")[0] for row in rows if row.startswith("!")
    ]
    assert [True, True, False] == [row.startswith("!") for row in rows[:3]]


def test_own_accounts_of_one_name_share_a_row() -> None:
    """The note counts them."""
    (row,) = [line for line in run(*SECRETS).lines if line.startswith("sa:*/default-editor")]

    assert "each its own" in row
    assert "3 accounts" in row


def test_platform_accounts_are_counted_below() -> None:
    """Piped, the line is on stderr; `--platform` lists them, and `--no-platform` does not speak of them."""
    folded, listed, left_out = (run(*SECRETS, *flags) for flags in ((), ("--platform",), ("--no-platform",)))

    assert "sa:istio-system/istiod" not in cells(folded, "SUBJECT")
    assert "not listed: system:masters and 10 platform accounts (--platform)" in folded.stderr
    assert {"sa:istio-system/istiod", "group:system:masters"} <= set(cells(listed, "SUBJECT"))
    assert 11 == len(set(cells(listed, "SUBJECT"))) - len(set(cells(folded, "SUBJECT")))
    assert folded.stdout == left_out.stdout
    assert "--platform)" not in left_out.stderr.replace("(--no-platform)", "")


def test_both_choices_of_platform_accounts_are_an_error() -> None:
    """They contradict each other."""
    assert 2 == run(*SECRETS, "--platform", "--no-platform").status


def test_an_unshipped_binding_of_a_platform_account_is_a_marked_row(tmp_path: Path) -> None:
    """Everybody who can write bindings could hide among the platform's accounts."""
    (tmp_path / "evil.yaml").write_text(yaml.safe_dump(EVIL))
    argv = ("who-can", "get", "secrets", "-f", str(DEMO), "-f", str(tmp_path))
    rows = COLOR.sub("", on_terminal(120, *argv)).splitlines()

    (row,) = [row for row in rows if "sa:kubeflow/evil" in row]
    assert row.startswith("! ")
    assert "no release ships this binding" in row


def test_an_expectation_shows_every_row_that_counts() -> None:
    """A platform account that is not expected is a row."""
    assert "sa:istio-system/istiod" in cells(run(*SECRETS, "--expect-only", "user:*"), "SUBJECT")


def grants(items: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """Return (reference, namespace, binding) of each grant."""
    return {
        (item["subject"]["ref"], item["namespace"], grant["binding"]["name"])
        for item in items
        for grant in item["grants"]
    }


def reference(row: dict[str, str]) -> str:
    """Return the reference of the subject of a row of CSV."""
    if row["KIND"] == "ServiceAccount":
        return f"sa:{row['SUBJECT']}"
    plain = row["KIND"] == "User" and "@" in row["SUBJECT"]
    return row["SUBJECT"] if plain else f"{row['KIND'].lower()}:{row['SUBJECT']}"


def test_no_grant_of_the_demo_is_lost() -> None:
    """JSON, CSV and wide have each binding of each subject; the table has each subject or counts it."""
    assert_nothing_is_lost("--demo")


def test_no_grant_of_a_release_is_lost(corpus: Path) -> None:
    """Kubeflow 1.10 with its profiles."""
    assert_nothing_is_lost(*(flag for name in RELEASE for flag in ("-f", str(corpus / name))))


def assert_nothing_is_lost(*source: str) -> None:
    """Compare the formats with each other."""
    argv = ("who-can", "get", "secrets", "-A", *source)
    items = run(*argv, "-o", "json").json["items"]
    rows = [*csv.DictReader(run(*argv, "-o", "csv").lines)]

    in_csv = {
        (
            reference(row),
            "" if row["NAMESPACE"] == "<all>" else row["NAMESPACE"],
            row["BINDING"].split("/", 1)[1],
        )
        for row in rows
    }
    assert grants(items) == in_csv
    assert len(rows) == len(run(*argv, "-o", "wide", "--no-headers").lines)
    listed = set(cells(run(*argv), "SUBJECT"))
    others = {item["subject"]["ref"] for item in items if not all(g["platform"] for g in item["grants"])}
    folded = {f"sa:*/{ref.partition('/')[2]}" for ref in others if ref.startswith("sa:")}
    assert listed <= others | folded
    assert [] == [ref for ref in others if not {ref, f"sa:*/{ref.partition('/')[2]}"} & listed]


def test_machines_get_the_relation_and_the_platform() -> None:
    """Each item has the relation to its namespace, each grant whether a release ships it."""
    items = {
        (item["subject"]["ref"], item["namespace"]): (item["relation"], item["grants"][0]["platform"])
        for item in run(*SECRETS, "-o", "json").json["items"]
    }

    assert ("owner", False) == items["alice@example.com", "team-a"]
    assert ("foreign", False) == items["sa:team-b/default-editor", "team-a"]
    assert ("ownAccount", False) == items["sa:team-b/default-editor", "team-b"]
    assert ("everywhere", True) == items["sa:istio-system/istiod", ""]


def test_several_verbs_and_types_are_a_union() -> None:
    """Each pair of a verb and a type has the items that a question about it alone has."""
    several = run("who-can", "get,list", "secrets,configmaps", "-A", "--demo", "-o", "json").json["items"]

    for verb in ("get", "list"):
        for kind in ("secrets", "configmaps"):
            alone = run("who-can", verb, kind, "-A", "--demo", "-o", "json").json["items"]
            part = [item for item in several if (item["verb"], item["resource"]) == (verb, kind)]
            assert grants(alone) == grants(part), (verb, kind)
            assert not [item for item in alone if "verb" in item]


def test_columns_say_which_verbs_and_types() -> None:
    """A viewer can read configmaps and no secrets."""
    result = run("who-can", "get,list", "secrets,configmaps", "-n", "team-a", "--demo")
    subjects, verbs, types = (cells(result, column) for column in ("SUBJECT", "CAN", "TYPE"))
    by_subject = dict(zip(subjects, zip(verbs, types, strict=True), strict=True))

    assert ("get,list", "secrets,configmaps") == by_subject["alice@example.com"]
    assert ("get,list", "configmaps") == by_subject["erin@example.com"]


@pytest.mark.parametrize(("words", "slip"), [("get,lisst secrets", "lisst"), ("get secrets,podss", "podss")])
def test_each_word_of_a_list_is_checked(words: str, slip: str) -> None:
    """A typing slip in one of them is an error that names it; `--any-type` makes it a note."""
    error = run("who-can", *words.split(), "--demo")
    notes = run("who-can", *words.split(), "--any-type", "--demo").notes

    assert (2, "", 1) == (error.status, error.stdout, error.stderr.count("did you mean"))
    assert f"`{slip}`" in error.stderr
    assert [True] == [f"`{slip}`: did you mean" in note for note in notes if "did you mean" in note]


def test_an_expectation_holds_for_each_verb() -> None:
    """erin can list configmaps, and cannot create them."""
    patterns = [f"--expect-only=user:{name}@example.com" for name in ("alice", "dave", "frank", "audrey")]
    argv = ("configmaps", "-n", "team-a", "--subject-kind", "user", "--no-platform", *patterns, "--demo")

    assert 0 == run("who-can", "create", *argv).status
    assert 1 == run("who-can", "create,list", *argv).status


def test_who_lists_secrets_reads_their_contents() -> None:
    """One line counts those who cannot get secrets and see them by another verb."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "lister"},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}],
    }
    binding = {
        **EVIL,
        "metadata": {"name": "lister"},
        "roleRef": {**EVIL["roleRef"], "name": "lister"},
        "subjects": [{"kind": "User", "name": "zoe@example.com"}],
    }
    world = yaml.safe_dump_all((role, binding)).encode()

    assert "1 more can read their contents by list: who-can list secrets" in (
        run("who-can", "get", "secrets", "-f", "-", "-o", "wide", stdin=world).stderr
    )
    assert "more can read" not in run("who-can", "get,list", "secrets", "-f", "-", stdin=world).stderr


def test_several_namespaces_can_be_chosen() -> None:
    """Who can in any of them is listed, and where."""
    argv = ("who-can", "create", "pods", "--no-platform", "--demo", "-o", "json")
    both = run(*argv, "-n", "team-a", "-n", "team-c").json["items"]
    alone = [item for name in ("team-a", "team-c") for item in run(*argv, "-n", name).json["items"]]

    assert {(item["namespace"], item["subject"]["ref"]) for item in alone} == {
        (item["namespace"], item["subject"]["ref"]) for item in both
    }
