"""`diff`: who gains and loses access, and which objects bring it."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.test_hypothetical import GROUP, TO_EDIT, ZOE, binding, cluster_role, rule, written
from tests.running import REPOSITORY, Result, run
from tests.schemas import errors, validator

DAVES = "user-dave-example-com-clusterrole-edit"


def diff(*argv: str, **more: Any) -> Result:
    """Return the answer about the demo, as JSON."""
    result = run("diff", *argv, "--demo", "-o", "json", **more)
    assert [] == errors(validator("Diff"), result.json)
    return result


def direct_summary(answer: dict[str, Any]) -> dict[str, int]:
    """Return the numbers of subjects, without those who get into another tenant by steps."""
    summary = dict(answer["summary"])
    assert [0, 0] == [summary.pop(key) for key in ("crossTenantBySteps", "maybeCrossTenantBySteps")]
    return summary


def who(item: dict[str, Any]) -> dict[str, list[str]]:
    """Return the namespaces of each subject of an item."""
    return {entry["subject"]["ref"]: entry["namespaces"] for entry in item["who"]}


def verbs(groups: list[dict[str, Any]], resource: str) -> set[str]:
    """Return the verbs on a resource."""
    return {verb for group in groups if group.get("resource") == resource for verb in group["verbs"]}


# --- what is applied ---


def test_a_new_binding_is_a_gain(tmp_path: Path) -> None:
    """With the binding and its place as the cause."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    result = diff("-f", file)
    (item,) = result.json["items"]

    assert {"gain": 1, "lose": 0, "maybe": 0, "crossTenant": 0} == direct_summary(result.json)
    assert {ZOE: ["team-a"]} == who(item)
    assert {"create", "get"} <= verbs(item["gained"], "inferenceservices")
    assert [] == item["lost"] == item["maybeGained"] == item["maybeLost"]
    (cause,) = item["because"]
    assert {"kind": "RoleBinding", "namespace": "team-a", "name": "new"} == cause["object"]
    assert ("added", "kubeflow-edit", file, 1) == tuple(cause[k] for k in ("event", "role", "file", "line"))


def test_what_was_held_before_is_not_gained(tmp_path: Path) -> None:
    """Dave edits already, so a binding to kubeflow-view adds nothing that he does not have."""
    file = written(tmp_path, binding("new", "kubeflow-view", "dave@example.com"))

    assert [] == diff("-f", file).json["items"]


def test_a_deleted_binding_is_a_loss() -> None:
    """It is named, and has no place in a file."""
    (item,) = diff("--without", f"rolebinding/team-a/{DAVES}").json["items"]

    assert {"dave@example.com": ["team-a"]} == who(item)
    assert "create" in verbs(item["lost"], "inferenceservices")
    (cause,) = item["because"]
    assert ("removed", DAVES) == (cause["event"], cause["object"]["name"])
    assert "file" not in cause


def test_a_lost_label_is_the_cause_of_what_its_role_no_longer_grants(tmp_path: Path) -> None:
    """Although kubeflow-edit itself is in no file: the controller writes its rules."""
    role = cluster_role("kubeflow-kserve-edit")
    del role["rules"]
    file = written(tmp_path, role)
    result = diff("-f", file)

    roles = {each["role"]["name"]: each for each in result.json["roles"]}
    assert {"kubeflow-admin", "kubeflow-edit"} <= roles.keys()
    (cause,) = [c for c in roles["kubeflow-edit"]["because"] if c["event"] == "labels"]
    assert "kubeflow-kserve-edit" == cause["object"]["name"]
    assert {TO_EDIT: "true"}.items() <= cause["lostLabels"].items()
    losing = {ref for item in result.json["items"] for ref in who(item)}
    assert {"dave@example.com", "group:ml-team", "sa:team-a/default-editor"} <= losing
    assert all(item["because"] for item in result.json["items"])


def test_the_other_subjects_of_a_binding_lose(tmp_path: Path) -> None:
    """Lists of subjects are replaced as a whole."""
    result = diff("-f", written(tmp_path, binding(DAVES, "kubeflow-edit", ZOE)))

    by_ref = {ref: item for item in result.json["items"] for ref in who(item)}
    assert {"dave@example.com", ZOE} == by_ref.keys()
    assert by_ref[ZOE]["gained"] == by_ref["dave@example.com"]["lost"]
    assert {"subjects"} == {cause["event"] for item in by_ref.values() for cause in item["because"]}


def test_a_refused_object_changes_nothing_and_is_said(tmp_path: Path) -> None:
    """The roleRef of a binding cannot be changed."""
    result = diff("-f", written(tmp_path, binding(DAVES, "kubeflow-admin", "dave@example.com")))

    assert [] == result.json["items"]
    assert "cannot be changed" in result.stderr


def test_subjects_whose_change_is_the_same_share_an_item(tmp_path: Path) -> None:
    """Each with its namespaces."""
    one = binding("new", "kubeflow-edit", ZOE, "yan@example.com")
    two = binding("new", "kubeflow-edit", ZOE, namespace="team-b")
    result = diff("-f", written(tmp_path, one, two))

    (item,) = result.json["items"]
    assert {ZOE: ["team-a", "team-b"], "yan@example.com": ["team-a"]} == who(item)
    assert 2 == len(item["because"])


def test_a_grant_for_the_whole_cluster_is_not_repeated_for_namespaces(tmp_path: Path) -> None:
    """Its namespace is empty."""
    new = {**binding("new", "kubeflow-view", ZOE, namespace=None), "kind": "ClusterRoleBinding"}
    result = diff("-f", written(tmp_path, new))

    assert [{ZOE: [""]}] == [who(item) for item in result.json["items"]]


def test_rules_on_names_urls_and_unknown_types_are_said_as_they_are(tmp_path: Path) -> None:
    """Nothing that a rule says is dropped."""
    rules = (
        {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"]},
        {"verbs": ["frob"], "apiGroups": ["example.com"], "resources": ["widgets/knob"]},
        {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
        {"verbs": ["*"], "apiGroups": ["other.example"], "resources": ["*"]},
    )
    bound = {**binding("new", "new", ZOE, namespace=None), "kind": "ClusterRoleBinding"}
    (item,) = diff("-f", written(tmp_path, cluster_role("new", *rules), bound)).json["items"]

    plain = {"subresource": "", "plane": "kubectl"}
    assert [
        {"verbs": ["get"], "group": "", "resource": "secrets", "names": ["a", "b"], **plain},
        {"verbs": ["frob"], "group": "example.com", "resource": "widgets", **plain, "subresource": "knob"},
        {"verbs": ["*"], "group": "other.example", "resource": "*", **plain},
        {"verbs": ["get"], "path": "/metrics"},
    ] == sorted(item["gained"], key=lambda each: (each.get("group", "~"), each["verbs"]))


def test_services_ask_about_users_and_not_about_groups(tmp_path: Path) -> None:
    """The virtual types of pipelines are on the plane of the services, but for a group they are not."""
    group = {"apiGroup": GROUP, "kind": "Group", "name": "reviewers"}
    new = binding("new", "kubeflow-edit", ZOE)
    new["subjects"].append(group)
    items = diff("-f", written(tmp_path, new)).json["items"]

    planes = {
        ref: {g["plane"] for g in item["gained"] if g.get("group") == "pipelines.kubeflow.org"}
        for item in items
        for ref in who(item)
    }
    assert {ZOE: {"kubeflow"}, "group:reviewers": {"kubectl"}} == planes


# --- tenants, and what leads further ---


@pytest.mark.parametrize(
    ("subject", "namespace", "crosses"),
    [
        ({"kind": "User", "name": "bob@example.com"}, "team-a", True),  # he owns team-b
        ({"kind": "User", "name": "bob@example.com"}, "team-b", False),
        ({"kind": "User", "name": ZOE}, "team-a", False),  # she is at home nowhere
        ({"kind": "ServiceAccount", "name": "x", "namespace": "team-b"}, "team-a", True),
        ({"kind": "ServiceAccount", "name": "x", "namespace": "team-a"}, "team-a", False),
        ({"kind": "ServiceAccount", "name": "x", "namespace": "kubeflow"}, "team-a", False),
        ({"kind": "Group", "name": "system:serviceaccounts:team-b"}, "team-a", True),
        ({"kind": "Group", "name": "system:authenticated"}, "team-a", True),
        ({"kind": "Group", "name": "people"}, "team-a", False),
        ({"kind": "User", "name": "bob@example.com"}, "kubeflow", False),  # no tenant
        ({"kind": "User", "name": "bob@example.com"}, None, True),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else str(value),
)
def test_access_crosses_if_its_subject_is_at_home_in_another_tenant(
    subject: dict[str, str], namespace: str | None, crosses: bool, tmp_path: Path
) -> None:
    """An owner's home is their profile, an account's its namespace; everybody is at home nowhere."""
    new = binding("new", "only", namespace=namespace)
    new["kind"] = "RoleBinding" if namespace else "ClusterRoleBinding"
    new["subjects"] = [subject]
    result = diff("-f", written(tmp_path, cluster_role("only", rule("get", "x.example", "things")), new))

    direct = [item for item in result.json["items"] if item["direct"]]
    summary = result.json["summary"]
    assert [crosses] == [item["crossesTenant"] for item in direct]
    assert int(crosses) == summary["crossTenant"] - summary["crossTenantBySteps"]


def test_what_the_dashboard_shares_does_not_cross(tmp_path: Path) -> None:
    """A binding with KFAM's annotations is what the owner wants."""
    shared = binding("user-bob-example-com-clusterrole-view", "kubeflow-view", "bob@example.com")
    shared["metadata"]["annotations"] = {"role": "view", "user": "bob@example.com"}

    assert 0 == diff("-f", written(tmp_path, shared)).json["summary"]["crossTenant"]


@pytest.mark.parametrize(
    ("verb", "group", "resource", "leads"),
    [
        ("list", "", "secrets", ["secrets"]),
        ("patch", "", "secrets", ["secrets"]),  # it returns the data
        ("delete", "", "secrets", []),
        ("create", "", "pods", ["code"]),
        ("create", "", "pods/exec", ["code"]),
        ("patch", "batch", "jobs", []),  # its template cannot be changed
        ("create", "kubeflow.org", "viewers", ["code"]),
        ("impersonate", "", "users", ["impersonation"]),
        ("create", "", "serviceaccounts/token", ["impersonation"]),
        ("bind", GROUP, "clusterroles", ["roles"]),
        ("create", GROUP, "rolebindings", ["roles"]),
        ("get", GROUP, "rolebindings", []),
    ],
)
def test_what_leads_further_is_marked(
    verb: str, group: str, resource: str, leads: list[str], tmp_path: Path
) -> None:
    """To secrets, to code, to other identities, to roles."""
    bound = {**binding("new", "new", ZOE, namespace=None), "kind": "ClusterRoleBinding"}
    (item,) = diff("-f", written(tmp_path, cluster_role("new", rule(verb, group, resource)), bound)).json[
        "items"
    ]

    assert leads == item["leadsTo"]


# --- two states ---


def test_a_state_does_not_differ_from_itself(tmp_path: Path) -> None:
    """The demo from its snapshot, too."""
    file = str(tmp_path / "s.json.gz")
    assert 0 == run("snapshot", file, "--demo").status

    for argv in (("demo", "demo"), (file, file), (file, "demo"), ("demo", file)):
        result = run("diff", *argv, "-o", "json")
        assert ([], [], []) == tuple(result.json[key] for key in ("items", "roles", "mesh"))
    assert "nobody gains or loses access\n" == run("diff", file, "demo").stdout


def test_what_is_applied_already_changes_nothing() -> None:
    """Each file of the demo, applied to the demo."""
    folder = REPOSITORY / "kubectl_kfaccess" / "sources" / "demo"
    result = diff("-f", str(folder))

    assert ([], []) == (result.json["items"], result.json["roles"])


def test_directories_are_states(tmp_path: Path) -> None:
    """Aggregation is computed in both."""
    old, new = tmp_path / "old", tmp_path / "new"
    sum_ = cluster_role("kubeflow-edit")
    sum_["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {TO_EDIT: "true"}}]}
    part = cluster_role("part", rule("get", "x.example", "things"))
    labelled = cluster_role("part", rule("get", "x.example", "things"), **{TO_EDIT: "true"})
    for folder, role in ((old, part), (new, labelled)):
        folder.mkdir()
        written(folder, sum_, role, binding("b", "kubeflow-edit", ZOE))

    result = run("diff", str(old), str(new), "-o", "json")
    (item,) = result.json["items"]
    assert {"get"} == verbs(item["gained"], "things")
    (cause,) = item["because"]
    assert ("labels", "part") == (cause["event"], cause["object"]["name"])
    assert cause["file"] == str(new / "new.yaml")


# --- mistakes ---


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        ((), "nothing to compare: there is one state of the cluster", "`-f FILE`"),
        (("demo", "demo", "-f", "x.yaml"), "`demo` and `-f` cannot be combined", "leave out TO"),
        (("a", "b", "--demo"), "`--demo` and TO cannot be combined", ""),
        (("demo", "context:"), "`context:` names no context", "context:NAME"),
        (("demo", "demo", "--fail-on", "gian"), "`--fail-on gian`: unknown change", "gained"),
        (("-", "-f", "-"), "`-` can be given only once", ""),
        (("demo", "demo", "--group", "x"), "`--group` needs `--subject`", ""),
        (("no-such-directory", "demo"), "no-such-directory", ""),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_states_that_cannot_be_compared_are_an_error(argv: tuple[str, ...], message: str, hint: str) -> None:
    """The status is 2, and the hint says what to try."""
    result = run("diff", *argv)

    assert 2 == result.status
    assert message in result.stderr
    assert hint in result.stderr


def test_manifests_without_people_are_no_state_of_a_cluster_that_has_some(tmp_path: Path) -> None:
    """Everybody would lose everything: they are to be applied."""
    file = written(tmp_path, cluster_role("kubeflow-edit", rule("get", "x.example", "things")))
    result = run("diff", "demo", file)

    assert 2 == result.status
    assert "binds nobody to a profile, and `demo` does" in result.stderr
    assert f"diff -f {file}" in result.stderr


# --- exit status, subjects, formats ---


@pytest.mark.parametrize(
    ("word", "status"), [("gained", 1), ("lost", 0), ("any", 1), ("crosses-tenant", 0), ("never", 0)]
)
def test_fail_on_chooses_which_change_ends_with_1(word: str, status: int, tmp_path: Path) -> None:
    """Without it a difference is no failure."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    assert 0 == diff("-f", file).status
    assert status == diff("-f", file, "--fail-on", word).status


def test_what_may_be_lost_ends_with_3(tmp_path: Path) -> None:
    """The files do not have the role, which may exist elsewhere."""
    base = written(tmp_path, cluster_role("r", rule("get", "x.example", "things")), binding("b", "r", ZOE))
    later = written(tmp_path, binding("b", "r", ZOE), name="later.yaml")
    result = run("diff", base, later, "-o", "json", "--fail-on", "lost")

    (item,) = result.json["items"]
    assert {"get"} == verbs(item["maybeLost"], "things")
    assert ([], 3) == (item["lost"], result.status)


def test_a_subject_has_what_their_groups_have(tmp_path: Path) -> None:
    """Alone, nobody gains but the group; a member gains what the group gains."""
    new = binding("new", "kubeflow-edit")
    new["subjects"] = [{"apiGroup": GROUP, "kind": "Group", "name": "reviewers"}]
    file = written(tmp_path, new)

    assert [{"group:reviewers": ["team-a"]}] == [who(i) for i in diff("-f", file).json["items"]]
    asked = diff("-f", file, "--subject", ZOE, "--group", "reviewers")
    assert [{ZOE: ["team-a"]}] == [who(item) for item in asked.json["items"]]
    assert [] == diff("-f", file, "--subject", ZOE).json["items"]


def test_a_persona_is_asked_about_in_every_profile(tmp_path: Path) -> None:
    """So a distribution, which binds nobody, can be compared as well."""
    old = written(tmp_path, cluster_role("kubeflow-edit", rule("get", "x.example", "things")))
    new = written(tmp_path, cluster_role("kubeflow-edit", rule("list", "x.example", "things")), name="n.yaml")

    result = run("diff", old, new, "--subject", "contributor-edit", "-o", "json")
    (item,) = result.json["items"]
    assert ({"list"}, {"get"}) == (verbs(item["gained"], "things"), verbs(item["lost"], "things"))
    assert {"contributor-edit"} == who(item).keys()


def test_a_lost_label_in_a_build_fails_although_nobody_is_bound(tmp_path: Path) -> None:
    """The roles of a distribution are what its users get."""
    whole = cluster_role("kubeflow-edit")
    whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {TO_EDIT: "true"}}]}
    rules = rule("get", "x.example", "things")
    before = written(tmp_path, whole, cluster_role("part", rules, **{TO_EDIT: "true"}))
    after = written(tmp_path, whole, cluster_role("part", rules), name="after.yaml")
    result = run("diff", before, after, "--fail-on", "lost", "-o", "json")

    assert ([], 1) == (result.json["items"], result.status)
    (role,) = result.json["roles"]
    assert ("kubeflow-edit", {"get"}) == (role["role"]["name"], verbs(role["lost"], "things"))
    assert "nobody is bound to them" in run("diff", before, after).stderr
    assert 0 == run("diff", before, after, "--fail-on", "gained").status


def test_the_first_line_is_the_answer(tmp_path: Path) -> None:
    """Piped, it is on stderr, and stdout is header and rows."""
    result = run("diff", "-f", written(tmp_path, binding("new", "kubeflow-edit", ZOE)), "--demo")

    assert "1 subject gains access in 1 namespace, nobody loses any" in result.stderr
    assert result.lines[0].split() == ["SUBJECT", "NAMESPACE", "AREA", "BEFORE", "AFTER"]
    assert any(line.split()[:4] == [ZOE, "team-a", "serving", "-"] for line in result.lines)


def test_wide_has_every_permission(tmp_path: Path) -> None:
    """With the cause of each."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))
    result = run("diff", "-f", file, "--demo", "-o", "csv")

    count = sum(len(group["verbs"]) for item in diff("-f", file).json["items"] for group in item["gained"])
    rows = [line for line in result.lines if line.startswith("gained")]
    assert count == sum(len(row.split('"')[1].split(",")) if '"' in row else 1 for row in rows)
    assert all("new RoleBinding team-a/new of kubeflow-edit" in row for row in rows)


def test_the_mesh_is_a_plane_of_its_own(tmp_path: Path) -> None:
    """Zoe gains access, but no policy names her; Dave keeps his access and loses the mesh."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))
    text = run("diff", "-f", file, "--demo", "-o", "markdown").stdout
    assert "the mesh still refuses zoe" in text

    policy = f"authorizationpolicy/team-a/{DAVES}"
    result = diff("--without", policy)
    (change,) = result.json["mesh"]
    assert ("dave@example.com", "yes", "no") == (change["subject"]["ref"], change["before"], change["after"])
    assert [] == result.json["items"]


def test_a_profile_counts_with_what_the_controller_makes(tmp_path: Path) -> None:
    """Its owner, its accounts."""
    spec = {"owner": {"kind": "User", "name": ZOE}}
    profile = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": "new"}, "spec": spec}
    result = diff("-f", written(tmp_path, profile))

    refs = {ref for item in result.json["items"] for ref in who(item)}
    assert {ZOE, "sa:new/default-editor", "sa:new/default-viewer"} == refs
    assert all(cause["derived"] for item in result.json["items"] for cause in item["because"])
    assert "what the Profile controller makes of it" in result.stderr


def test_json_lines_are_the_items(tmp_path: Path) -> None:
    """One a line."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))
    lines = run("diff", "-f", file, "--demo", "-o", "jsonl").lines

    assert diff("-f", file).json["items"] == [json.loads(line) for line in lines]


def test_names_are_the_subjects(tmp_path: Path) -> None:
    """Each once."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    assert [f"user/{ZOE}"] == run("diff", "-f", file, "--demo", "-o", "name").lines


def test_a_list_is_unpacked(tmp_path: Path) -> None:
    """As kubectl does."""
    whole = {"apiVersion": "v1", "kind": "List", "items": [binding("new", "kubeflow-edit", ZOE)]}
    file = tmp_path / "list.yaml"
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")

    assert [{ZOE: ["team-a"]}] == [who(item) for item in diff("-f", str(file)).json["items"]]


# --- what is expected ---


def test_what_is_accepted_is_shown_and_does_not_count(tmp_path: Path) -> None:
    """With the entries that `-o accept` prints, once they have reasons."""
    file = written(tmp_path, binding("new", "kubeflow-view", ZOE))
    printed = run("diff", "-f", file, "--demo", "-o", "accept").stdout
    entries = yaml.safe_load(printed)
    accept = tmp_path / "accept.yaml"
    accept.write_text(printed, encoding="utf-8")
    assert 2 == diff("-f", file, "--accept", str(accept)).status  # the reasons are empty
    for entry in entries["accept"]:
        entry["reason"] = "reviewers come in June"
    accept.write_text(yaml.safe_dump(entries), encoding="utf-8")

    result = diff("-f", file, "--accept", str(accept), "--fail-on", "gained")
    assert (0, "reviewers come in June") == (result.status, result.json["items"][0]["accepted"]["reason"])
    entries["accept"].pop()
    accept.write_text(yaml.safe_dump(entries), encoding="utf-8")
    result = diff("-f", file, "--accept", str(accept), "--fail-on", "gained")
    assert 1 == result.status
    assert "accepted" not in result.json["items"][0]


def test_gains_and_losses_are_accepted_apart(tmp_path: Path) -> None:
    """What an upgrade takes away can be expected, and what it adds still counts."""
    file = written(tmp_path, binding(DAVES, "kubeflow-edit", ZOE))
    accept = tmp_path / "accept.yaml"
    accept.write_text("accept: [{lost: ['*'], subject: dave@example.com, reason: he has left}]")

    for word, status in (("lost", 0), ("gained", 1)):
        assert status == diff("-f", file, "--accept", str(accept), "--fail-on", word).status


def test_an_entry_that_matches_nothing_is_said(tmp_path: Path) -> None:
    """It may be a slip, or out of date."""
    accept = tmp_path / "accept.yaml"
    accept.write_text("accept: [{gained: ['*'], subject: nobody@example.com, reason: x}]")
    result = diff("-f", written(tmp_path, binding("b", "kubeflow-view", ZOE)), "--accept", str(accept))

    assert "the entry matches nothing here" in result.stderr


# --- reports for others ---


def test_markdown_is_a_comment_that_is_found_again(tmp_path: Path) -> None:
    """It begins with a mark, and is one line if nothing changes."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))
    text = run("diff", "-f", file, "--demo", "-o", "markdown").stdout

    assert text.startswith("<!-- kfaccess diff -->\n**1 subject gains access")
    assert f"{file}:1" in unescape(text)
    nothing = run("diff", "demo", "demo", "-o", "markdown").stdout
    assert "<!-- kfaccess diff -->\n**nobody gains or loses access**\n" == nothing


def test_a_comment_has_less_than_60000_letters(tmp_path: Path) -> None:
    """Whatever the number and the length of names; the rows that are left out are counted."""
    roles = [cluster_role(f"r{n}", rule("get", f"g{n}.example", "things")) for n in range(400)]
    users = [f"{'|*' * 60}{n}@example.com" for n in range(400)]
    bound = [binding(f"b{n}", f"r{n}", user) for n, user in enumerate(users)]
    text = run("diff", "-f", written(tmp_path, *roles, *bound), "--demo", "-o", "markdown").stdout

    assert len(text) < 60_000
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert f"{400 - len(rows)} more rows" in text


def test_code_scanning_gets_file_and_line(tmp_path: Path) -> None:
    """An error for what crosses, a warning for a gain, a note for a loss."""
    (tmp_path / "new.yaml").write_text(
        yaml.safe_dump_all(
            [
                binding("new", "kubeflow-view", ZOE),
                binding("crossing", "kubeflow-view", "bob@example.com"),
                binding(DAVES, "kubeflow-edit", "dave2@example.com"),
            ]
        )
    )
    argv = ("diff", "-f", "new.yaml", "--demo", "-o")
    (sarif,) = run(*argv, "sarif", cwd=tmp_path).json["runs"]
    issues = json.loads(run(*argv, "gitlab", cwd=tmp_path).stdout)

    lines = [n for n, text in enumerate((tmp_path / "new.yaml").read_text().splitlines(), 1) if text == "---"]
    places = {
        (
            result["ruleId"],
            result["level"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in sarif["results"]
    }
    assert {
        ("access-gained", "warning", "new.yaml", 1),
        ("access-crosses-tenant", "error", "new.yaml", lines[0] + 1),
        ("access-gained", "warning", "new.yaml", lines[1] + 1),
        ("access-lost", "note", "new.yaml", lines[1] + 1),
    } == places
    assert {(i["check_name"], i["location"]["lines"]["begin"]) for i in issues} == {
        (rule_id, line) for rule_id, _, _, line in places
    }


def test_a_kustomize_build_names_the_files_of_the_repository(tmp_path: Path) -> None:
    """By the annotation that kustomize adds; a file of another repository is no place to fix anything."""
    new = binding("new", "kubeflow-edit", ZOE)
    new["metadata"]["annotations"] = {"config.kubernetes.io/origin": "path: overlays/prod/new.yaml\n"}
    other = binding("other", "kubeflow-edit", "yan@example.com")
    remote = "path: x.yaml\nrepo: https://github.com/kubeflow/manifests\nref: v1.10.0\n"
    other["metadata"]["annotations"] = {"config.kubernetes.io/origin": remote}
    text = yaml.safe_dump_all([new, other]).encode()

    causes = [c for item in diff("-f", "-", stdin=text).json["items"] for c in item["because"]]
    assert {"overlays/prod/new.yaml", "-"} == {cause["file"] for cause in causes}
    line = text.decode().splitlines().index("---") + 2
    assert {None, line} == {cause.get("line") for cause in causes}


def test_results_keep_their_fingerprints(tmp_path: Path) -> None:
    """From run to run, and wherever the object stands in the file."""
    first = written(tmp_path, binding("new", "kubeflow-view", ZOE))
    moved = written(tmp_path, cluster_role("x"), binding("new", "kubeflow-view", ZOE), name="moved.yaml")
    prints = [
        [issue["fingerprint"] for issue in json.loads(run("diff", "-f", f, "--demo", "-o", "gitlab").stdout)]
        for f in (first, first, moved)
    ]

    assert prints[0] == prints[1] == prints[2]
    assert len({*prints[0]}) == len(prints[0])
