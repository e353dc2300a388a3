"""`profiles`: its table, one profile in full, the inventory, what it refuses, what it does with little."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.reading_back import unescaped, unseen
from tests.hostile.names import NAMES, PROPER
from tests.running import Result, run

RBAC = "rbac.authorization.k8s.io"
FILES = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")
USER_ID = "request.headers[kubeflow-userid]"
FORMS = ("table", "wide", "json", "yaml", "name", "csv", "markdown")


def profiles(*argv: str) -> Result:
    """The answer about the demo."""
    return run("profiles", *argv, "--demo")


def cells(line: str) -> list[str]:
    """The cells of a line of a table, but for empty ones."""
    return [cell for cell in line.split("  ") if cell.strip()]


def stripped(line: str) -> list[str]:
    """The cells without the blanks around them."""
    return [cell.strip() for cell in cells(line)]


def named(kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    """An object of Kubernetes' core or of RBAC."""
    version = f"{RBAC}/v1" if kind in ("RoleBinding", "ClusterRole") else "v1"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata |= more.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def profile(name: str, owner: str) -> dict[str, Any]:
    """A Profile."""
    spec = {"owner": {"kind": "User", "name": owner}}
    return {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": name}, "spec": spec}


def binding(
    name: str, namespace: str, ref: str, subject: str, annotations: dict[str, str] | None = None
) -> dict[str, Any]:
    """A RoleBinding of a ClusterRole to one user."""
    return named(
        "RoleBinding",
        name,
        namespace,
        metadata={"annotations": annotations or {}},
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": ref},
        subjects=[{"kind": "User", "name": subject}],
    )


def of(objects: list[dict[str, Any]], *argv: str) -> Result:
    """The answer about these objects."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    return run("profiles", *argv, "-f", "-", stdin=text.encode())


@pytest.mark.parametrize("word", ["profiles", "tenants"])
def test_a_row_is_a_profile(word: str) -> None:
    """Its owner, contributors by role, who else there is, cloud identities, and how much is to be mended."""
    lines = run(word, "--demo").lines
    end = lines.index("")

    assert [
        ["PROFILE", "OWNER", "ADMIN", "EDIT", "VIEW", "OTHER", "CLOUD-IDENTITY", "FINDINGS"],
        ["team-a", "alice@example.com", "frank@example.com", "dave@example.com", "erin@example.com",
         "group:ml-team, sa:team-b/default-editor", "2 warnings"],
        ["team-b", "bob@example.com", "-", "Grace@Example.com", "alice@example.com", "-",
         "1 error, 1 warning"],
        ["team-c", "carol@example.com", "-", "-", "-", "heidi@example.com, kim@example.com, nina@example.com",
         "team-c@example-project.iam.gserviceaccount.com", "1 error, 3 warnings"],
    ] == [stripped(line) for line in lines[:end]]  # fmt: skip
    findings = lines.index("", end + 1)
    assert ["SEVERITY", "FINDING", "OBJECT", "MESSAGE"] == stripped(lines[findings + 1])
    assert 8 == len(lines[findings + 2 :])


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param((), id="all profiles"),
        pytest.param(("-o", "wide"), id="wide"),
        pytest.param(("--no-fold",), id="not folded"),
        pytest.param(("team-a",), id="one profile"),
        pytest.param(("-n", "team-a"), id="one profile by its namespace"),
    ],
)
def test_whoever_has_rights_in_every_profile_stands_below_once(argv: tuple[str, ...]) -> None:
    """By which role and binding, and where it counts; before the findings, for people come first."""
    lines = profiles(*argv).lines
    at = next(at for at, line in enumerate(lines) if line.startswith("IN-EVERY-PROFILE"))

    assert [
        "",
        ["IN-EVERY-PROFILE", "ROLE", "CLUSTERROLEBINDING", "KUBECTL", "KUBEFLOW", "NOTE"],
        ["group:platform-admins", "ClusterRole/cluster-admin", "platform-admins", "yes", "no",
         "a group counts with kubectl alone"],
        ["audrey@example.com", "ClusterRole/kubeflow-view", "auditors", "yes", "yes"],
        "",
    ] == [lines[at - 1], *map(stripped, lines[at : at + 3]), lines[at + 3]]  # fmt: skip
    assert lines[at + 4].startswith("SEVERITY")
    assert 1 == "\n".join(lines).count("audrey")


def test_the_inventory_has_them_as_rows_of_all_profiles() -> None:
    """Before the others; of one profile as of all."""
    for argv in ((), ("team-b",)):
        rows = list(csv.DictReader(profiles(*argv, "-o", "csv").lines))

        assert [("<all>", "everywhere")] * 2 == [(row["PROFILE"], row["AS"]) for row in rows[:2]]
        assert [
            "Group platform-admins platform-admins yes no",
            "User audrey@example.com auditors yes yes",
        ] == [
            " ".join(row[key] for key in ("KIND", "SUBJECT", "BINDING", "KUBECTL", "KUBEFLOW"))
            for row in rows[:2]
        ]
        assert "everywhere" not in {row["AS"] for row in rows[2:]}


def test_machines_have_them_beside_the_profiles() -> None:
    """Whatever is asked."""
    audrey = {
        "subject": {"kind": "User", "name": "audrey@example.com", "ref": "audrey@example.com"},
        "role": {"kind": "ClusterRole", "namespace": "", "name": "kubeflow-view"},
        "binding": {"kind": "ClusterRoleBinding", "namespace": "", "name": "auditors"},
        "counts": {"kubectl": "yes", "services": {"kubeflow": "yes"}},
        "note": "",
    }

    admins, other = profiles("-o", "json").json["inEveryProfile"]

    assert audrey == other
    assert {"kubectl": "yes", "services": {"kubeflow": "no"}} == admins["counts"]
    assert [admins, other] == profiles("team-c", "-o", "json").json["inEveryProfile"]


def bound_everywhere(name: str, ref: str, *users: str) -> dict[str, Any]:
    """A ClusterRoleBinding to users."""
    subjects = [{"kind": "User", "name": user} for user in users]
    return {
        "apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": ref}, "subjects": subjects,
    }  # fmt: skip


def test_whom_one_binding_names_is_one_row() -> None:
    """The first two of more than three; --no-fold, one profile and the inventory have all of them."""
    users = ("ann", "bea", "cleo", "dora")
    objects = [profile("team-a", "nora"), bound_everywhere("readers", "view", *users)]

    def rows(*argv: str) -> list[str]:
        return [stripped(line)[0] for line in of(objects, *argv).lines if "readers" in line]

    assert ["ann, bea and 2 more"] == rows()
    assert list(users) == rows("--no-fold")
    assert list(users) == rows("team-a")
    assert 4 == len(rows("-o", "csv"))


def test_nobody_in_every_profile_is_no_table() -> None:
    """Kubernetes' own bindings give what everybody may, and what is outside of namespaces."""
    objects = [profile("team-a", "nora")]

    assert "IN-EVERY-PROFILE" not in of(objects).stdout
    assert [] == of(objects, "-o", "json").json["inEveryProfile"]


def test_what_is_outside_of_namespaces_is_no_right_in_a_profile() -> None:
    """Custom resources of the files are among what is known to be."""
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


def test_wide_says_whether_the_owner_reaches_the_workloads() -> None:
    """A column more."""
    lines = profiles("-o", "wide").lines

    assert "MESH" in stripped(lines[0])
    assert ["yes"] * 3 == [stripped(line)[-2] for line in lines[1:4]]


def test_one_profile_is_shown_in_full() -> None:
    """A row for each subject: by which binding, who knows of it, where it counts."""
    lines = profiles("team-c").lines

    header = ["SUBJECT", "AS", "ROLE", "BINDING", "DASHBOARD", "KUBECTL", "KUBEFLOW", "MESH"]
    owner = ["User/carol@example.com", "owner", "ClusterRole/kubeflow-admin", "namespaceAdmin"]
    nina = ["User/nina@example.com", "other", "-", "-", "-", "no", "no", "yes"]
    assert "Profile team-c, owned by User carol@example.com" == lines[0]
    assert [*header, "CLOUD-IDENTITY", "NOTE"] == stripped(lines[2])
    assert [*owner, "carol@example.com/admin", "yes", "yes", "yes"] == stripped(lines[3])
    assert nina == stripped(next(line for line in lines if "nina" in line))[:8]
    assert (
        "ServiceAccount default-editor is team-c@example-project.iam.gserviceaccount.com to Google Cloud"
        == (lines[-1])
    )


def test_one_profile_has_the_findings_that_it_has_among_all() -> None:
    """It is told the same, however it is asked about."""
    everything = {item["name"]: item for item in profiles("-o", "json").json["items"]}

    for name, item in everything.items():
        assert [item] == profiles(name, "-o", "json").json["items"]
        assert [item] == profiles("-n", name, "-o", "json").json["items"]


def test_csv_is_the_inventory_of_who_has_access_to_what(corpus: Path) -> None:
    """A row for each profile and subject; those that the dashboard knows are those that KFAM lists."""
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


def test_names_are_those_of_profiles() -> None:
    """A namespace that is only labelled as a profile's is named as a namespace."""
    labels = {"labels": {"app.kubernetes.io/part-of": "kubeflow-profile"}}

    assert ["profile/team-a", "profile/team-b", "profile/team-c"] == profiles("-o", "name").lines
    assert ["namespace/left", "profile/made"] == of(
        [named("Namespace", "left", metadata=labels), profile("made", "nora")], "-o", "name"
    ).lines


@pytest.mark.parametrize(
    ("argv", "said", "hint"),
    [
        pytest.param(("team-d",), "`team-d` is not a profile", "did you mean `team-", id="a slip"),
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
def test_a_profile_that_is_none_is_a_mistake(argv: tuple[str, ...], said: str, hint: str) -> None:
    """Status 2, and what to try."""
    result = profiles(*argv)

    assert (2, "") == (result.status, result.stdout)
    assert said in result.stderr
    assert hint in result.stderr


def test_a_selector_chooses_by_the_labels_of_namespaces() -> None:
    """Of those only profiles are told of."""
    assert ["profile/team-b"] == profiles("-l", "kubernetes.io/metadata.name=team-b", "-o", "name").lines
    assert [] == profiles("-l", "kubernetes.io/metadata.name=kubeflow", "-o", "name").lines
    assert ["profile/team-a", "profile/team-b", "profile/team-c"] == profiles("-A", "-o", "name").lines


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        pytest.param((), 0, id="it only describes"),
        pytest.param(("--fail-on", "error"), 1, id="there are errors"),
        pytest.param(("--fail-on", "warning"), 1, id="errors are worse than warnings"),
        pytest.param(("team-a",), 0, id="warnings alone"),
        pytest.param(("team-a", "--fail-on", "error"), 0, id="warnings are no errors"),
        pytest.param(("team-a", "--fail-on", "warning"), 1, id="there are warnings"),
    ],
)
def test_findings_end_it_with_1_on_demand(argv: tuple[str, ...], status: int) -> None:
    """Otherwise the question is answered, whatever is found."""
    assert status == profiles(*argv).status


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([named("Namespace", "default")], id="no Kubeflow"),
        pytest.param([named("Namespace", "kubeflow")], id="Kubeflow without profiles"),
    ],
)
def test_where_there_are_no_profiles_that_is_said(objects: list[dict[str, Any]]) -> None:
    """It is an answer: status 0, in every format."""
    for form in FORMS:
        result = of(objects, "-o", form)

        assert 0 == result.status
        assert "no profile was found, nor a namespace that is labelled as one's" in result.stderr


def crowd(count: int, per_profile: int = 0) -> list[dict[str, Any]]:
    """Profiles of one owner, alike, each with so many bindings that the dashboard does not know."""
    found: list[dict[str, Any]] = [named("ClusterRole", "kubeflow-edit", rules=[])]
    for number in range(count):
        name = f"team-{number:03}"
        annotations = {"user": "nora", "role": "admin"}
        found += [
            profile(name, "nora"),
            binding("namespaceAdmin", name, "kubeflow-admin", "nora", annotations),
        ]
        users = (f"u{at}" for at in range(per_profile))
        found += [binding(user, name, "kubeflow-edit", user) for user in users]
    return found


def test_profiles_that_are_alike_are_one_row() -> None:
    """More than a few of them; -o csv and machines have all of them, and --no-fold has, too."""
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
    """The first two stand there; one profile in full has all of them."""
    objects = crowd(1, per_profile=4)

    assert "u0, u1 and 2 more" == stripped(of(objects).lines[1])[3]
    assert {"u0", "u1", "u2", "u3"} <= {
        stripped(line)[0].removeprefix("User/") for line in of(objects, "team-000").lines if "User/" in line
    }


def test_fifty_findings_are_listed() -> None:
    """One more is too many."""
    besides = len(of(crowd(1), "-o", "json").json["items"][0]["findings"])

    fifty = of(crowd(1, per_profile=50 - besides)).lines
    more = of(crowd(1, per_profile=51 - besides)).lines

    assert 50 == sum("   profile-" in line for line in fifty)
    assert "51 findings; `profiles NAME` shows those of one profile:" in more


@pytest.mark.parametrize("form", ["table", "wide", "markdown"])
def test_more_than_fifty_findings_are_counted(form: str) -> None:
    """How many of which sort, and where to look; machines get all of them."""
    objects = crowd(13, per_profile=4)

    lines = of(objects, "-o", form).lines
    items = of(objects, "-o", "json").json["items"]

    found = [one for item in items for one in item["findings"]]
    invisible = [one for one in found if one["id"] == "profile-contributor-invisible"]
    assert 13 * 4 == len(invisible)
    assert any(f"{len(found)} findings" in line and "profiles NAME" in line for line in lines)
    counted = [line.split() for line in lines if "profile-contributor-invisible" in line]
    assert [["52", "warning", "profile-contributor-invisible"]] == counted


def test_what_is_not_in_the_files_is_said_to_be_unchecked() -> None:
    """Files may hold neither roles nor policies of the mesh."""
    notes = of([profile("team-a", "nora"), binding("b", "team-a", "gone", "nora")]).notes

    assert "there are no roles in the files: whether those of the bindings exist was not checked" in notes
    assert "there is no AuthorizationPolicy, so nothing is said of the mesh" in notes
    assert [] == [note for note in profiles().notes if "there" in note or "the policies know" in note]


def test_another_header_is_said() -> None:
    """The policies of the owners tell which."""
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
    assert "yes" == result.json["items"][0]["members"][0]["mesh"]


def hostile() -> list[dict[str, Any]]:
    """A profile for each name, in which everything that tenants name is called so, one for all included."""
    found: list[dict[str, Any]] = []
    for at, name in enumerate(PROPER):
        where = f"team-{at}"
        annotations = {"user": name, "role": name}
        found += [
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
    return found


@pytest.mark.parametrize("form", FORMS)
def test_hostile_names_harm_nobody(form: str) -> None:
    """Nothing that a tenant has named acts in any format, nor in what is said beside it."""
    result = of(hostile(), "-o", form)

    assert [] == unseen(result.stdout)
    assert [] == unseen(result.stderr)
    assert (0, True) == (result.status, bool(result.stdout))


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_hostile_names_harm_nobody_in_one_profile(form: str) -> None:
    """With its findings and its cloud identities."""
    objects = hostile()

    for at in range(0, len(PROPER), 7):
        result = of(objects[at * 8 : at * 8 + 8], f"team-{at}", "-o", form)

        assert [] == unseen(result.stdout) + unseen(result.stderr)
        assert 0 == result.status


def test_subjects_stay_apart_in_the_inventory() -> None:
    """Each owner's name can be read back from the cell, and machines have it as it is."""
    rows = csv.DictReader(of(hostile(), "-o", "csv").lines)
    items = of(hostile(), "-o", "json").json["items"]

    read = [unescaped(row["SUBJECT"].removeprefix("'")) for row in rows if row["BINDING"] == "namespaceAdmin"]
    assert sorted(PROPER) == sorted(read)
    assert sorted(PROPER) == sorted(item["owner"]["name"] for item in items)


def test_a_user_is_not_taken_for_a_group() -> None:
    """In a cell of several a user whose name looks like another subject is written with the kind."""
    objects = [profile("team-a", "group:ml"), profile("team-b", "sa:a/b"), profile("team-c", "ml")]

    owners = [stripped(line)[1] for line in of(objects).lines[1:4]]

    assert ["user:group:ml", "user:sa:a\\x2fb", "ml"] == owners


def test_the_answer_is_the_same_whatever_the_order_of_the_files() -> None:
    """Byte for byte."""
    objects = [*hostile(), *crowd(3, per_profile=2)]

    for form in ("wide", "json", "csv"):
        assert of(objects, "-o", form).stdout == of(objects[::-1], "-o", form).stdout


def test_a_nameless_subject_is_nobody_in_particular() -> None:
    """A binding may name the user "", whom no name stands for: it is shown as such."""
    assert "" in NAMES
    result = of([profile("team-a", "nora"), binding("b", "team-a", "kubeflow-edit", "")], "team-a")

    assert "User/<none>" in result.stdout
