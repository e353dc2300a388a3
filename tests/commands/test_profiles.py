"""`profiles`: the table, one profile in full, the inventory, errors, and sparse clusters."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_terminal import COLOR, on_terminal
from tests.robustness.names import NAMES, PROPER, stored
from tests.robustness.reading_back import unescaped, unseen
from tests.running import Result, run

RBAC = "rbac.authorization.k8s.io"
FILES = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")
USER_ID = "request.headers[kubeflow-userid]"
FORMS = ("table", "wide", "json", "yaml", "name", "csv", "markdown")


def profiles(*argv: str) -> Result:
    """Return the answer about the demo."""
    return run("profiles", *argv, "--demo")


def cells(line: str) -> list[str]:
    """Return the cells of a table's line that are not empty."""
    return [cell for cell in line.split("  ") if cell.strip()]


def stripped(line: str) -> list[str]:
    """Return the cells without surrounding spaces."""
    return [cell.strip() for cell in cells(line)]


def named(kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    """Return an object of Kubernetes' core API or of RBAC."""
    version = f"{RBAC}/v1" if kind in ("RoleBinding", "ClusterRole") else "v1"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata |= more.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def profile(name: str, owner: str) -> dict[str, Any]:
    """Return a Profile."""
    spec = {"owner": {"kind": "User", "name": owner}}
    return {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": name}, "spec": spec}


def binding(
    name: str, namespace: str, ref: str, subject: str, annotations: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return a RoleBinding of a ClusterRole to one user."""
    return named(
        "RoleBinding",
        name,
        namespace,
        metadata={"annotations": annotations or {}},
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": ref},
        subjects=[{"kind": "User", "name": subject}],
    )


def of(objects: list[dict[str, Any]], *argv: str) -> Result:
    """Return the answer about these objects."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    return run("profiles", *argv, "-f", "-", stdin=text.encode())


@pytest.mark.parametrize("word", ["profiles", "tenants"])
def test_a_profile_has_one_row(word: str) -> None:
    """With wide it has contributors by role, others, cloud identities, and the number of findings."""
    lines = run(word, "--demo", "-o", "wide").lines
    end = lines.index("")

    assert [
        ["PROFILE", "OWNER", "ADMIN", "EDIT", "VIEW", "OTHER", "CLOUD-IDENTITY", "MESH", "FINDINGS"],
        ["team-a", "alice@example.com", "frank@example.com", "dave@example.com", "erin@example.com",
         "group:ml-team, sa:team-b/default-editor", "yes", "1 error, 1 warning"],
        ["team-b", "bob@example.com", "-", "Grace@Example.com", "alice@example.com", "-", "yes",
         "1 error, 1 warning"],
        ["team-c", "carol@example.com", "-", "-", "-", "heidi@example.com, kim@example.com, nina@example.com",
         "team-c@example-project.iam.gserviceaccount.com", "yes", "1 error, 3 warnings"],
    ] == [stripped(line) for line in lines[:end]]  # fmt: skip
    findings = lines.index("", end + 1)
    assert ["SEVERITY", "FINDING", "OBJECT", "MESSAGE"] == stripped(lines[findings + 1])
    assert 8 == lines[findings + 2 :].index("")


def test_a_table_names_contributors_with_their_roles() -> None:
    """Groups, foreign accounts and others are counted."""
    rows = {row[0]: row[1:] for row in map(stripped, run("profiles", "--demo").lines[:4])}

    assert ["OWNER", "CONTRIBUTORS", "CLOUD-IDENTITY"] == rows["PROFILE"]
    assert [
        "alice@example.com",
        "frank@example.com (admin), dave@example.com (edit), erin@example.com (view), 1 group,"
        " 1 foreign service account",
    ] == rows["team-a"]
    assert ["carol@example.com", "3 others"] == rows["team-c"][:2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "3 profiles: 3 errors, 5 warnings"),
        (
            ("team-a",),
            "alice@example.com shares team-a with 3 contributors, 1 group and 1 foreign service account",
        ),
        (("team-b",), "bob@example.com shares team-b with 2 contributors"),
    ],
    ids=["all profiles", "team-a", "team-b"],
)
def test_the_first_line_is_the_answer(words: tuple[str, ...], sentence: str) -> None:
    """It counts findings, or who the owner shares the profile with."""
    assert sentence == COLOR.sub("", on_terminal(120, "profiles", *words, "--demo")).splitlines()[0]


def test_members_with_a_finding_are_marked() -> None:
    """team-a has findings about its group and about team-b's account."""
    lines = COLOR.sub("", on_terminal(120, "profiles", "team-a", "--demo")).splitlines()
    rows = lines[2 : lines.index("", 2)]

    marked = {row[2:].split()[0]: row[0] for row in rows if row[0] in "x!"}
    assert {"group:ml-team": "!", "sa:team-b/default-editor": "x"} == marked


def test_a_table_of_one_profile_folds_its_own_accounts_and_has_everybody() -> None:
    """Everything that wide and the inventory have as rows is in it."""
    rows = {row[0]: row for row in map(stripped, run("profiles", "team-a", "--demo").lines) if row}

    assert "kubeflow-edit, kubeflow-view" == rows["default-editor, default-viewer"][2]
    assert ["everywhere", "cluster-admin"] == rows["group:platform-admins"][1:3]


def test_no_member_is_lost() -> None:
    """Wide and CSV have a row for each member of the machine items."""
    for item in profiles("-o", "json").json["items"]:
        members = {(member["subject"]["ref"], member["kind"]) for member in item["members"]}
        rows = [
            row
            for row in csv.DictReader(profiles(item["name"], "-o", "csv").lines)
            if row["PROFILE"] != "<all>"
        ]
        wide = profiles(item["name"], "-o", "wide").lines

        assert len(members) == len(rows) == len(item["members"])
        assert len(rows) == wide.index("") - 1


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(("-o", "wide"), id="wide"),
        pytest.param(("--no-fold",), id="not folded"),
        pytest.param(("team-a", "-o", "wide"), id="one profile"),
        pytest.param(("-n", "team-a", "-o", "wide"), id="one profile by its namespace"),
    ],
)
def test_people_with_rights_in_every_profile_are_listed_once(argv: tuple[str, ...]) -> None:
    """A second table, before the findings, has role, binding, and the planes on which it counts."""
    lines = profiles(*argv).lines
    at = next(at for at, line in enumerate(lines) if line.startswith("CLUSTER-WIDE"))

    assert [
        "",
        ["CLUSTER-WIDE", "ROLE", "CLUSTERROLEBINDING", "KUBECTL", "KUBEFLOW", "NOTE"],
        ["group:platform-admins", "ClusterRole/cluster-admin", "platform-admins", "yes", "no",
         "a group counts with kubectl alone"],
        ["audrey@example.com", "ClusterRole/kubeflow-view", "auditors", "yes", "some",
         "not on the dashboard, which asks KFAM"],
        "",
    ] == [lines[at - 1], *map(stripped, lines[at : at + 3]), lines[at + 3]]  # fmt: skip
    assert lines[at + 4].startswith("SEVERITY")
    assert 1 == "\n".join(lines).count("audrey")


def test_the_inventory_has_them_as_rows_of_the_profile_all() -> None:
    """They come first, for one profile and for all."""
    for argv in ((), ("team-b",)):
        rows = list(csv.DictReader(profiles(*argv, "-o", "csv").lines))

        assert [("<all>", "everywhere")] * 2 == [(row["PROFILE"], row["AS"]) for row in rows[:2]]
        assert [
            "Group platform-admins platform-admins yes no",
            "User audrey@example.com auditors yes some",
        ] == [
            " ".join(row[key] for key in ("KIND", "SUBJECT", "BINDING", "KUBECTL", "KUBEFLOW"))
            for row in rows[:2]
        ]
        assert "everywhere" not in {row["AS"] for row in rows[2:]}


# The services of Kubeflow 1.10 that send access reviews: the demo has no sign of the others
ASKING = (
    "ml-pipeline", "ml-pipeline-ui", "jupyter-web-app", "volumes-web-app", "tensorboards-web-app", "katib-ui",
    "kserve-models-web-app",
)  # fmt: skip


def test_machines_get_them_beside_the_profiles() -> None:
    """That holds for one profile and for all."""
    audrey = {
        "subject": {"kind": "User", "name": "audrey@example.com", "ref": "audrey@example.com"},
        "role": {"kind": "ClusterRole", "namespace": "", "name": "kubeflow-view"},
        "binding": {"kind": "ClusterRoleBinding", "namespace": "", "name": "auditors"},
        "counts": {"kubectl": "yes", "services": {**dict.fromkeys(ASKING, "yes"), "kfam": "no"}},
        "note": "not on the dashboard, which asks KFAM",
    }

    admins, other = profiles("-o", "json").json["inEveryProfile"]

    assert audrey == other
    assert {"kubectl": "yes", "services": dict.fromkeys((*ASKING, "kfam"), "no")} == admins["counts"]
    assert [admins, other] == profiles("team-c", "-o", "json").json["inEveryProfile"]


def bound_everywhere(name: str, ref: str, *users: str) -> dict[str, Any]:
    """Return a ClusterRoleBinding to users."""
    subjects = [{"kind": "User", "name": user} for user in users]
    return {
        "apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": ref}, "subjects": subjects,
    }  # fmt: skip


def test_the_subjects_of_one_binding_share_a_row() -> None:
    """Of more than three, two are named; --no-fold, one profile and the inventory list all of them."""
    users = ("ann", "bea", "cleo", "dora")
    objects = [profile("team-a", "nora"), bound_everywhere("readers", "view", *users)]

    def rows(*argv: str) -> list[str]:
        return [stripped(line)[0] for line in of(objects, *argv).lines if "readers" in line]

    assert "In every profile: ann (view), bea (view) and 2 more" in of(objects).lines
    assert ["ann, bea and 2 more"] == rows("-o", "wide")
    assert list(users) == rows("--no-fold")
    assert list(users) == rows("team-a", "-o", "wide")
    assert 4 == len(rows("-o", "csv"))


def test_without_such_people_there_is_no_second_table() -> None:
    """Kubernetes' own bindings grant what everybody has, and cluster-scoped resources."""
    objects = [profile("team-a", "nora")]

    assert "every" not in of(objects).stdout.lower().replace("everybody", "")
    assert "CLUSTER-WIDE" not in of(objects, "-o", "wide").stdout
    assert [] == of(objects, "-o", "json").json["inEveryProfile"]


def test_rights_on_cluster_scoped_resources_do_not_count() -> None:
    """Custom resources that files define count as known."""
    issuers = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "issuers.example.com"},
        "spec": {"group": "example.com", "scope": "Cluster", "names": {"plural": "issuers", "kind": "Issuer"},
                 "versions": [{"name": "v1", "served": True, "storage": True}]},
    }  # fmt: skip
    reader = named("ClusterRole", "reads-issuers", rules=[
        {"apiGroups": ["example.com"], "resources": ["issuers"], "verbs": ["get"]},
    ])  # fmt: skip
    objects = [profile("team-a", "nora"), reader, bound_everywhere("b", "reads-issuers", "ann")]

    assert [] == of([*objects, issuers], "-o", "json").json["inEveryProfile"]
    assert 1 == len(of(objects, "-o", "json").json["inEveryProfile"])


def test_wide_shows_whether_the_owner_reaches_the_workloads() -> None:
    """It has one more column."""
    lines = profiles("-o", "wide").lines

    assert "MESH" in stripped(lines[0])
    assert ["yes"] * 3 == [stripped(line)[-2] for line in lines[1:4]]


def test_one_profile_is_shown_in_full() -> None:
    """There is one row per subject, with its binding, the dashboard's view, and where it counts."""
    lines = profiles("team-c", "-o", "wide").lines

    header = ["SUBJECT", "AS", "ROLE", "BINDING", "DASHBOARD", "KUBECTL", "KUBEFLOW", "MESH"]
    owner = ["User/carol@example.com", "owner", "ClusterRole/kubeflow-admin", "namespaceAdmin"]
    nina = ["User/nina@example.com", "other", "-", "-", "-", "no", "no", "yes"]
    assert [*header, "CLOUD-IDENTITY", "NOTE"] == stripped(lines[0])
    assert [*owner, "carol@example.com/admin", "yes", "yes", "yes"] == stripped(lines[1])
    assert nina == stripped(next(line for line in lines if "nina" in line))[:8]
    assert (
        "ServiceAccount default-editor is team-c@example-project.iam.gserviceaccount.com to Google Cloud"
        == (lines[-1])
    )


def test_one_profile_has_the_findings_that_it_has_among_all() -> None:
    """The findings are the same in both answers."""
    everything = {item["name"]: item for item in profiles("-o", "json").json["items"]}

    for name, item in everything.items():
        assert [item] == profiles(name, "-o", "json").json["items"]
        assert [item] == profiles("-n", name, "-o", "json").json["items"]


def test_csv_is_the_inventory_of_who_has_access_to_what(corpus: Path) -> None:
    """It has one row per profile and subject; those with a dashboard cell are those that KFAM lists."""
    files = [word for name in FILES for word in ("-f", str(corpus / name))]

    rows = list(csv.DictReader(run("profiles", "-o", "csv", *files).lines))

    known = {(row["PROFILE"], row["KIND"], row["DASHBOARD"]) for row in rows if row["DASHBOARD"] != "-"}
    assert {
        ("alice", "User", "alice@example.com/admin"),
        ("alice", "User", "carol@example.com/edit"),
        ("alice", "User", "dave.d@example.com/view"),
        ("alice", "User", "erin@example.com/admin"),
        ("alice", "Group", "data-science/edit"),
        ("bob", "User", "Bob@Example.com/admin"),
        ("bob", "User", "carol@example.com/edit"),
        ("ml-team", "Group", "ml-team/admin"),
        ("robot", "ServiceAccount", "ci/admin"),
    } == known
    (ci,) = (row for row in rows if row["SUBJECT"] == "robot/ci")
    assert ["owner", "yes", "yes"] == [ci[key] for key in ("AS", "KUBECTL", "KUBEFLOW")]
    assert "written without a namespace: the account of this one" in ci["NOTE"]


def test_names_are_the_profiles() -> None:
    """A namespace with only the label of profiles is named as a namespace."""
    labels = {"labels": {"app.kubernetes.io/part-of": "kubeflow-profile"}}

    assert ["profile/team-a", "profile/team-b", "profile/team-c"] == profiles("-o", "name").lines
    assert ["namespace/left", "profile/made"] == of(
        [named("Namespace", "left", metadata=labels), profile("made", "nora")], "-o", "name"
    ).lines


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        pytest.param(("taem-a",), "`taem-a` is not a profile", "did you mean `team-a`?", id="a slip"),
        pytest.param(("team-d",), "`team-d` is not a profile", "`profiles` lists them", id="another name"),
        pytest.param(("xyz",), "`xyz` is not a profile", "`profiles` lists them", id="an unknown name"),
        pytest.param(("kubeflow",), "`kubeflow` is a namespace, not a profile", "hint", id="a namespace"),
        pytest.param(("team-a", "-n", "team-b"), "each names a profile", "error", id="and another by -n"),
        pytest.param(
            ("team-a", "-A"),
            "`team-a` and `-A` cannot be combined: both choose profiles",
            "error",
            id="and all",
        ),
        pytest.param(
            ("team-a", "-l", "a=b"),
            "`team-a` and `-l` cannot be combined: both choose profiles",
            "error",
            id="and some",
        ),
    ],
)
def test_a_name_that_is_not_a_profile_is_an_error(argv: tuple[str, ...], message: str, hint: str) -> None:
    """The status is 2, with a hint."""
    result = profiles(*argv)

    assert (2, "") == (result.status, result.stdout)
    assert message in result.stderr
    assert hint in result.stderr


def test_a_selector_chooses_by_the_labels_of_namespaces() -> None:
    """Of the selected namespaces only profiles are listed."""
    assert ["profile/team-b"] == profiles("-l", "kubernetes.io/metadata.name=team-b", "-o", "name").lines
    assert [] == profiles("-l", "kubernetes.io/metadata.name=kubeflow", "-o", "name").lines
    assert ["profile/team-a", "profile/team-b", "profile/team-c"] == profiles("-A", "-o", "name").lines


_WARNINGS_ALONE = ("team-a", "--without", "rolebinding/team-a/team-b-pipelines")


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        pytest.param((), 0, id="it only describes"),
        pytest.param(("--fail-on", "error"), 1, id="there are errors"),
        pytest.param(("--fail-on", "warning"), 1, id="errors are worse than warnings"),
        pytest.param(("--fail-on", "never"), 0, id="the default in words"),
        pytest.param(("team-a",), 0, id="one profile"),
        pytest.param((*_WARNINGS_ALONE, "--fail-on", "error"), 0, id="warnings are no errors"),
        pytest.param((*_WARNINGS_ALONE, "--fail-on", "warning"), 1, id="there are warnings"),
    ],
)
def test_findings_end_it_with_1_if_fail_on_says_so(argv: tuple[str, ...], status: int) -> None:
    """Otherwise the status is 0, whatever the findings are."""
    assert status == profiles(*argv).status


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([named("Namespace", "default")], id="no Kubeflow"),
        pytest.param([named("Namespace", "kubeflow")], id="Kubeflow without profiles"),
    ],
)
def test_without_profiles_a_message_says_so(objects: list[dict[str, Any]]) -> None:
    """It is an answer: the status is 0 in every format."""
    for form in FORMS:
        result = of(objects, "-o", form)

        assert 0 == result.status
        assert "no profile was found, nor a namespace that is labelled as one's" in result.stderr


def crowd(count: int, per_profile: int = 0) -> list[dict[str, Any]]:
    """Return similar profiles of one owner, each with *per_profile* bindings without annotations."""
    objects: list[dict[str, Any]] = [named("ClusterRole", "kubeflow-edit", rules=[])]
    for number in range(count):
        name = f"team-{number:03}"
        annotations = {"user": "nora", "role": "admin"}
        objects += [
            profile(name, "nora"),
            binding("namespaceAdmin", name, "kubeflow-admin", "nora", annotations),
        ]
        users = (f"u{at}" for at in range(per_profile))
        objects += [binding(user, name, "kubeflow-edit", user) for user in users]
    return objects


def test_profiles_with_equal_rows_are_folded() -> None:
    """Many are counted; -o csv, machine formats and --no-fold have all of them."""
    objects = crowd(5)

    folded = of(objects).lines
    assert "team-000 and 4 more like it" == stripped(folded[1])[0]
    assert "" == folded[2]
    assert [f"team-{at:03}" for at in range(5)] == [
        stripped(line)[0] for line in of(objects, "--no-fold").lines[1:6]
    ]
    assert 5 == len(of(objects, "-o", "json").json["items"])
    assert 5 == len({row["PROFILE"] for row in csv.DictReader(of(objects, "-o", "csv").lines)})


def test_more_than_three_names_are_counted() -> None:
    """The first two are named; one profile in full has all of them."""
    objects = crowd(1, per_profile=4)

    # without annotations: the dashboard does not know them
    assert "u0, u1 and 2 more" == stripped(of(objects, "-o", "wide").lines[1])[5]
    assert {"u0", "u1", "u2", "u3"} <= {
        stripped(line)[0].removeprefix("User/")
        for line in of(objects, "team-000", "-o", "wide").lines
        if "User/" in line
    }


def test_fifty_findings_are_listed() -> None:
    """With one more they are only counted."""
    besides = len(of(crowd(1), "-o", "json").json["items"][0]["findings"])

    fifty = of(crowd(1, per_profile=50 - besides)).lines
    more = of(crowd(1, per_profile=51 - besides)).lines

    assert 50 == sum("   profile-" in line for line in fifty)
    assert "51 findings; `profiles NAME` shows those of one profile:" in more


@pytest.mark.parametrize("form", ["table", "wide", "markdown"])
def test_more_than_fifty_findings_are_counted(form: str) -> None:
    """Each type has a number, and a line says where to look; machines get all findings."""
    objects = crowd(13, per_profile=4)

    lines = of(objects, "-o", form).lines
    items = of(objects, "-o", "json").json["items"]

    findings = [finding for item in items for finding in item["findings"]]
    invisible = [finding for finding in findings if finding["id"] == "profile-contributor-invisible"]
    assert 13 * 4 == len(invisible)
    assert any(f"{len(findings)} findings" in line and "profiles NAME" in line for line in lines)
    counted = [line.split() for line in lines if "profile-contributor-invisible" in line]
    assert [["52", "warning", "profile-contributor-invisible"]] == counted


def test_notes_say_what_was_not_checked_in_files() -> None:
    """Files can lack roles and policies of the mesh."""
    notes = of([profile("team-a", "nora"), binding("b", "team-a", "gone", "nora")]).notes

    assert "there are no roles in the files: whether those of the bindings exist was not checked" in notes
    assert "there is no AuthorizationPolicy, so nothing is said of the mesh" in notes
    assert [] == [note for note in profiles().notes if "there" in note or "the policies know" in note]


def test_an_unusual_user_header_is_noted() -> None:
    """It is read from the policies of the owners."""
    condition = {"key": "request.headers[x-email]", "values": ["accounts:nora"]}
    policy = {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {
            "name": "ns-owner-access-istio",
            "namespace": "team-a",
            "annotations": {"user": "nora", "role": "admin"},
        },
        "spec": {"rules": [{"when": [condition]}], "somethingNew": {"a": 1}},
    }

    result = of([profile("team-a", "nora"), policy], "-o", "json")

    assert "the policies know users by `request.headers[x-email]`, with `accounts:` before their names" in (
        result.notes
    )
    assert "yes" == result.json["items"][0]["members"][0]["mesh"]["reach"]


def hostile() -> list[dict[str, Any]]:
    """Return a profile for each hostile name, which everything that tenants can name in it has."""
    objects: list[dict[str, Any]] = []
    for at, name in enumerate(PROPER):
        where = f"team-{at}"
        annotations = {"user": name, "role": name}
        objects += [
            profile(where, name),
            bound_everywhere(name, "view", name),
            named("Namespace", where, metadata={"annotations": {"owner": name}}),
            named("ServiceAccount", name, where, metadata={
                "annotations": {"eks.amazonaws.com/role-arn": name},
            }),
            binding("namespaceAdmin", where, "kubeflow-admin", name, annotations),
            binding("annotated", where, "kubeflow-edit", "somebody", annotations),
            binding(name, where, name, f"{name} too"),
            {
                "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": {"name": name, "namespace": where},
                "spec": {"rules": [{"when": [{"key": USER_ID, "values": [f"{name}!"]}]}]},
            },
        ]  # fmt: skip
    return stored(objects)


@pytest.mark.parametrize("form", FORMS)
def test_hostile_names_harm_nobody(form: str) -> None:
    """No name that a tenant chose has an effect in any format, or on stderr."""
    result = of(hostile(), "-o", form)

    assert [] == unseen(result.stdout)
    assert [] == unseen(result.stderr)
    assert (0, True) == (result.status, bool(result.stdout))


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_hostile_names_harm_nobody_in_one_profile(form: str) -> None:
    """That includes its findings and its cloud identities."""
    objects = hostile()

    for at in range(0, len(PROPER), 7):
        result = of(objects[at * 8 : at * 8 + 8], f"team-{at}", "-o", form)

        assert [] == unseen(result.stdout) + unseen(result.stderr)
        assert 0 == result.status


def test_subjects_stay_apart_in_the_inventory() -> None:
    """Each owner's name can be recovered from the cell, and machines get it unchanged."""
    rows = csv.DictReader(of(hostile(), "-o", "csv").lines)
    items = of(hostile(), "-o", "json").json["items"]

    read = [unescaped(row["SUBJECT"].removeprefix("'")) for row in rows if row["BINDING"] == "namespaceAdmin"]
    assert sorted(PROPER) == sorted(read)
    assert sorted(PROPER) == sorted(item["owner"]["name"] for item in items)


def test_a_user_is_not_taken_for_a_group() -> None:
    """In a list, a user whose name looks like another subject is written with the kind."""
    objects = [profile("team-a", "group:ml"), profile("team-b", "sa:a/b"), profile("team-c", "ml")]

    owners = [stripped(line)[1] for line in of(objects).lines[1:4]]

    assert ["user:group:ml", "user:sa:a/b", "ml"] == owners


def test_the_answer_is_the_same_whatever_the_order_of_the_files() -> None:
    """It is the same byte for byte, apart from the places of objects in the notes."""
    objects = [*hostile(), *crowd(3, per_profile=2)]

    for form in ("wide", "csv"):
        assert of(objects, "-o", form).stdout == of(objects[::-1], "-o", form).stdout
    assert of(objects, "-o", "json").json["items"] == of(objects[::-1], "-o", "json").json["items"]


def test_a_subject_without_a_name_is_shown() -> None:
    """A binding can name the user "", which is shown as a subject without a name."""
    assert "" in NAMES
    objects = [profile("team-a", "nora"), binding("b", "team-a", "kubeflow-edit", "")]
    result = of(stored(objects), "team-a")

    assert "user:<none>" in result.stdout
