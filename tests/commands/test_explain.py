"""`explain` on the demo cluster: how its words are read, and what it answers."""

from __future__ import annotations

import csv
import re

import pytest

from tests.running import Result, run

REFUSED = (
    "User 'ivan@example.com' is not authorized to list kubeflow.org/v1beta1/notebooks in namespace 'team-a'"
)


def explain(*argv: str) -> Result:
    """Return the answer of `explain` about the demo cluster."""
    return run("explain", *argv, "--demo")


def has_fix(answer: Result) -> bool:
    """Whether the answer offers a fix."""
    return any(line.startswith("fix ") for line in answer.lines)


# --- a pasted error ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(REFUSED, id="a question of RBAC"),
        pytest.param("RBAC: access denied", id="what is not RBAC"),
        pytest.param("nothing that anybody knows", id="what is not understood"),
    ],
)
def test_a_single_argument_with_spaces_is_a_pasted_error(text: str) -> None:
    """Verbs and types have no spaces, so it cannot be anything else."""
    assert explain("--from-error", text) == explain(text)


def test_a_single_word_is_not_an_error_text() -> None:
    """The error says that VERB and TYPE are missing."""
    answer = explain("ivan@example.com")

    assert 2 == answer.status
    assert "error: VERB and TYPE are needed" in answer.stderr


def test_a_subject_with_spaces_can_come_before_verb_and_type() -> None:
    """Identity providers have such names; three arguments are a question in words."""
    answer = explain("user:Ivan the Terrible", "list", "notebooks", "-n", "team-a")

    assert 1 == answer.status
    assert answer.lines[0] == "no: Ivan the Terrible cannot list notebooks in team-a"


# --- words that nobody knows ---


@pytest.mark.parametrize(
    ("question", "word"),
    [
        pytest.param(
            ("get", "notebokks"), "the resource `notebokks`: did you mean `notebooks`?", id="a resource"
        ),
        pytest.param(("get", "qqqq"), "the resource `qqqq`", id="a resource like no other"),
        pytest.param(("creat", "notebooks"), "the verb `creat`: did you mean `create`?", id="a verb"),
        pytest.param(("zzzz", "/metrics"), "the verb `zzzz`", id="a verb of a URL"),
    ],
)
def test_an_unknown_word_follows_the_verdict(question: tuple[str, str], word: str) -> None:
    """There are no contacts and no fixes then."""
    answer = explain("ivan@example.com", *question, "-n", "team-a", "--any-type")

    assert 1 == answer.status
    assert f"    no rule and no server knows {word}" == answer.lines[1]
    assert not has_fix(answer)
    assert not [line for line in answer.lines if line.startswith("ask ")]
    assert not [note for note in answer.notes if "no rule and no server knows" in note]


def test_machines_get_unknown_words() -> None:
    """The item has them, and a note on stderr, too."""
    answer = explain("ivan@example.com", "get", "notebokks", "-n", "team-a", "--any-type", "-o", "json")
    (item,) = answer.json["items"]

    expected = "no rule and no server knows the resource `notebokks`: did you mean `notebooks`?"
    assert [expected] == item["unknownWords"]
    assert ([], []) == (item["fix"], item["contacts"])
    assert {"text": expected} in answer.json["notes"]
    assert expected in answer.notes


def test_an_unknown_word_has_no_fix() -> None:
    """Stdout stays empty, and stderr has the reason."""
    answer = explain("ivan@example.com", "get", "notebokks", "-n", "team-a", "--any-type", "-o", "fix")

    assert (1, "") == (answer.status, answer.stdout)
    assert "no fix can be written" in answer.stderr.splitlines()
    assert [note for note in answer.notes if "`notebokks`: did you mean `notebooks`?" in note]


def test_known_words_are_not_unknown() -> None:
    """The answer has fixes then."""
    answer = explain("ivan@example.com", "get", "notebooks", "-n", "team-a", "-o", "json")

    assert [] == answer.json["items"][0]["unknownWords"]
    assert answer.json["fix"]


# --- fixes ---

STILL = "the mesh still refuses `ivan@example.com` the notebooks and other servers in `team-a`"


def test_a_note_on_several_fixes_is_shown_once() -> None:
    """It has the numbers of the fixes; the fix that opens the mesh is not among them."""
    lines = explain("ivan@example.com", "list", "notebooks", "-n", "team-a", "-o", "wide").lines

    (note,) = [line for line in lines if STILL in line]
    numbers = note.partition(":")[0].strip().split(", ")
    titles = {line.strip()[0]: line for line in lines if re.match(r" +[1-6]\. ", line)}
    assert note.strip() == f"{', '.join(numbers)}: {STILL}"
    assert {number for number, title in titles.items() if " bind " in title} == set(numbers)
    assert [title for number, title in titles.items() if number not in numbers and "as contributor" in title]


def test_the_notes_on_a_fix_are_above_its_yaml() -> None:
    """They are comments, which `kubectl apply` ignores."""
    answer = explain("ivan@example.com", "list", "notebooks", "-n", "team-a", "-o", "fix")

    assert f"# {STILL}" == answer.lines[1]
    assert ["---"] == answer.lines[2:3]


def test_a_correction_says_who_loses_what_and_under_what_condition() -> None:
    """The demo's grace is a contributor with capital letters, a name that nobody logs in with."""
    answer = explain("grace@example.com", "list", "notebooks", "-n", "team-b")

    (first,) = [line for line in answer.lines if line.startswith("fix ")]
    assert re.fullmatch(
        "fix +1 +correct the contributor's name +[0-9]+ more permissions;"
        " Grace@Example.com loses this access",
        first,
    )
    assert "      1: right only if the login spells the name `grace@example.com`" in answer.lines


def test_an_error_proves_how_the_name_is_spelled() -> None:
    """The error names the user exactly; with a SUBJECT, nothing proves that the name is right."""
    refused = (
        "User 'grace@example.com' is not authorized to list kubeflow.org/v1/notebooks in namespace 'team-b'"
    )
    condition = "right only if the login"

    assert condition not in explain(refused).stdout
    assert condition in explain("grace@example.com", "--from-error", refused.replace("grace", "ivan")).stdout


# --- formats ---

CHAIN = ("frank@example.com", "create", "experiments", "-n", "team-a")
NOT_RBAC = "RBAC: access denied"


def rows(answer: Result) -> list[dict[str, str]]:
    """Return the rows of CSV output."""
    return list(csv.DictReader(answer.lines))


def test_csv_has_a_row_for_each_grant() -> None:
    """A row has the plane, the question, and what grants it."""
    kubectl, services = rows(explain(*CHAIN, "-o", "csv"))

    assert ("kubectl", "experiments.kubeflow.org") == (kubectl["PLANE"], kubectl["RESOURCE"])
    assert ("kubeflow", "experiments.pipelines.kubeflow.org") == (services["PLANE"], services["RESOURCE"])
    for row in (kubectl, services):
        assert ("yes", "frank@example.com", "create") == (row["DECISION"], row["SUBJECT"], row["VERB"])
        assert "RoleBinding/team-a/user-frank-example-com-clusterrole-admin" == row["BINDING"]
        assert "ClusterRole/kubeflow-admin" == row["ROLE"]
        assert row["PATH"].startswith("kubeflow-admin <- kubeflow-edit <- ")
        assert "verbs=" in row["RULE"]


def test_csv_has_one_row_for_an_answer_without_grants() -> None:
    """Dashes say that nothing grants it; an unknown word is in the note."""
    (denied,) = rows(explain("ivan@example.com", "get", "pods", "-n", "team-a", "-o", "csv"))
    slip = ("ivan@example.com", "get", "notebokks", "-n", "team-a", "--any-type", "-o", "csv")
    (unknown,) = rows(explain(*slip))

    assert ("no", "team-a", "") == (denied["DECISION"], denied["NAMESPACE"], denied["NOTE"])
    assert ["-"] * 5 == [denied[name] for name in ("BINDING", "ROLE", "PATH", "RULE", "OTHER-PATHS")]
    assert "`notebokks`: did you mean `notebooks`?" in unknown["NOTE"]


def test_csv_names_the_group_that_a_grant_goes_through() -> None:
    """The binding names the group, and the subject is a member."""
    question = ("erin@example.com", "delete", "inferenceservices", "-n", "team-a", "--group", "ml-team")

    (row,) = rows(explain(*question, "--via", "kubectl", "-o", "csv"))

    assert "through group ml-team" == row["NOTE"]


def test_names_are_the_bindings_that_grant_it() -> None:
    """Each is listed once; for a no there are none, and the status is the usual one."""
    allowed = explain(*CHAIN, "-o", "name")
    denied = explain("ivan@example.com", "get", "pods", "-n", "team-a", "-o", "name")

    assert (0, ["rolebinding/team-a/user-frank-example-com-clusterrole-admin"]) == (
        allowed.status,
        allowed.lines,
    )
    assert (1, "") == (denied.status, denied.stdout)


def test_markdown_holds_the_chain_as_code_and_the_fixes_as_a_list() -> None:
    """The answer can be pasted into an issue."""
    allowed = explain(*CHAIN, "-o", "markdown").lines
    denied = explain("ivan@example.com", "list", "notebooks", "-n", "team-a", "-o", "markdown").lines

    at = allowed.index("```")
    assert "**yes: frank@example.com can create experiments.kubeflow.org in team-a**" == allowed[0]
    assert "frank@example.com" == allowed[at + 1].strip()
    assert "```" in allowed[at + 2 :]
    assert "| 1 | a new Role for this alone | nothing else |" in denied
    assert not [line for line in denied if "`" in line]


def test_wide_lists_every_call_that_checks_it() -> None:
    """They are those of JSON; the table is about the answer."""
    question = ("ivan@example.com", "get", "pipelines.pipelines.kubeflow.org", "-n", "team-a")
    brief, wide = explain(*question), explain(*question, "-o", "wide")
    (item,) = explain(*question, "-o", "json").json["items"]

    calls = [line.strip() for line in wide.lines if line.strip().startswith("checked by ")]
    assert item["askedBy"]
    assert len(calls) == len(item["askedBy"])
    assert all(call["path"] in line for call, line in zip(item["askedBy"], calls, strict=True))
    assert "checked by " not in brief.stdout


QUESTIONS = (
    ("grace@example.com", "create", "inferenceservices", "-n", "team-b"),
    ("ivan@example.com", "list", "notebooks", "-n", "team-a"),
    ("frank@example.com", "create", "experiments", "-n", "team-a"),
    ("kim@example.com", "get", "secrets", "-n", "team-c"),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda words: words[0].partition("@")[0])
def test_wide_holds_everything_that_json_holds(question: tuple[str, ...]) -> None:
    """What the first lines leave out can still be read: near misses, contacts, fixes and bindings."""
    wide = explain(*question, "-o", "wide").stdout

    for item in explain(*question, "-o", "json").json["items"]:
        assert all(fix["title"] in wide for fix in item["fix"])
        assert all(near["text"] in wide for near in item["nearMisses"])
        assert all(contact["why"] in wide for contact in item["contacts"])
        assert all(grant["binding"]["name"] in wide for grant in item["grants"])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda words: words[0].partition("@")[0])
def test_at_most_three_fixes_are_shown(question: tuple[str, ...]) -> None:
    """They are the first ones, with the numbers that `--fix` takes, and the others are counted."""
    lines = explain(*question).lines
    fixes = explain(*question, "-o", "json").json["fix"]

    numbers = [line[6] for line in lines if re.match(r"(fix|   )   [1-9]   ", line)]
    assert numbers == [str(number) for number in range(1, min(3, len(fixes)) + 1)]
    more = [line for line in lines if "more: -o wide" in line and "print one" in line]
    assert [f"{len(fixes) - 3} more" in line for line in more] == [True] * (len(fixes) > 3)


def test_rows_can_be_sorted() -> None:
    """`--sort-by` takes the columns of CSV."""
    named = [row["RESOURCE"] for row in rows(explain(*CHAIN, "-o", "csv", "--sort-by", "rule"))]

    assert ["experiments.pipelines.kubeflow.org", "experiments.kubeflow.org"] == named
    assert 2 == explain(*CHAIN, "-o", "csv", "--sort-by", "nothing").status


@pytest.mark.parametrize("output", ["table", "wide", "markdown"])
def test_people_see_what_refused_instead_of_rbac(output: str) -> None:
    """They see what refused, and where to look."""
    answer = explain(NOT_RBAC, "-o", output)

    assert 0 == answer.status
    first = answer.lines[0].strip("*")
    assert "not RBAC: the mesh: an Istio AuthorizationPolicy keeps the caller out" == first


def test_machines_get_what_refused_instead_of_rbac() -> None:
    """There is no question for RBAC, so there is no decision."""
    answer = explain(NOT_RBAC, "-o", "json").json

    assert (None, None, []) == (answer["subject"], answer["decision"], answer["items"])
    assert ["the mesh: an Istio AuthorizationPolicy keeps the caller out"] == [
        gate["what"] for gate in answer["notRbac"]
    ]


def test_what_is_not_rbac_has_no_fix() -> None:
    """Stdout is for YAML to apply."""
    answer = explain(NOT_RBAC, "-o", "fix")

    assert "" == answer.stdout
    assert answer.stderr.startswith("not RBAC: the mesh")
    assert answer.stderr.endswith("no fix can be written\n")


def test_an_error_is_read_from_standard_input() -> None:
    """`-` stands for standard input, which can be read only once."""
    answer = run("explain", "--from-error", "-", "--demo", stdin=REFUSED.encode())

    assert explain("--from-error", REFUSED) == answer
    twice = run("explain", "--from-error", "-", "-f", "-", stdin=REFUSED.encode())
    assert 2 == twice.status
    assert "`--from-error -` and `-f -` cannot be combined" in twice.stderr


# --- requests that no grant helps ---

FORBIDDEN = (
    'pods {}is forbidden: User "carol@example.com" cannot {} resource "pods"'
    ' in API group "" at the cluster scope'
)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((FORBIDDEN.format('"train-x" ', "get"),), id="an error about one object"),
        pytest.param((FORBIDDEN.format("", "create"),), id="an error about a new object"),
        pytest.param(("carol@example.com", "delete", "pods/train-x", "-A"), id="words about one object"),
        pytest.param(
            ("carol@example.com", "get", "pods/x", "--subresource", "log", "-A"), id="its subresource"
        ),
    ],
)
def test_no_fix_is_offered_for_an_object_without_its_namespace(words: tuple[str, ...]) -> None:
    """The path of such an object has a namespace: everybody who is allowed gets 404."""
    answer = explain(*words)

    assert 1 == answer.status
    assert "`pods` are namespaced, and the request has no namespace" in answer.stdout
    assert not has_fix(answer)
    assert not [line for line in answer.lines if line.startswith("ask ")]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((FORBIDDEN.format("", "list"),), id="an error about a list"),
        pytest.param((FORBIDDEN.format("", "watch"),), id="an error about a watch"),
        pytest.param(("carol@example.com", "create", "pods", "-A"), id="words about all namespaces"),
        pytest.param(("carol@example.com", "get", "nodes/n1"), id="an object outside of namespaces"),
    ],
)
def test_a_request_without_a_namespace_that_exists_can_be_fixed(words: tuple[str, ...]) -> None:
    """Lists are possible in all namespaces at once, and `-A` means each namespace."""
    answer = explain(*words)

    assert 1 == answer.status
    assert "has no namespace" not in answer.stdout
    assert has_fix(answer)


def test_a_namespace_where_it_is_allowed_is_named() -> None:
    """The client forgot it."""
    question = ("alice@example.com", "get", "pods/train-x", "-A")
    answer, machines = explain(*question), explain(*question, "-o", "json")

    assert "    name the namespace: it is allowed in `team-a` or `team-b`" in answer.lines
    assert "name the namespace: it is allowed in `team-a` or `team-b`" in [
        note["text"] for note in machines.json["notes"]
    ]


def test_a_yes_that_no_request_can_use_is_said() -> None:
    """RBAC allows it, and the server answers 404."""
    answer = explain("group:platform-admins", "get", "pods/train-x", "-A")

    assert (0, True) == (answer.status, "has no namespace: there is no such request" in answer.stdout)


UNSERVED = (
    'podpresets.kubeflow.org is forbidden: User "system:serviceaccount:kubeflow:web" cannot list resource'
    ' "podpresets" in API group "kubeflow.org" in the namespace "team-a"'
)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        pytest.param((UNSERVED,), "poddefaults.kubeflow.org", id="another name today"),
        pytest.param(
            (UNSERVED.replace("podpresets", "notebokks"),), "notebooks.kubeflow.org", id="a slip in the name"
        ),
    ],
)
def test_no_fix_is_offered_for_what_no_api_serves(words: tuple[str, ...], meant: str) -> None:
    """With a grant, the refusal becomes 404."""
    answer = explain(*words)

    assert 1 == answer.status
    assert f"with a grant, the server answers NotFound; `{meant}` may be meant" in answer.stdout
    assert not has_fix(answer)
    assert not [line for line in answer.lines if line.startswith("ask ")]


def test_no_fix_is_offered_for_a_type_of_another_group() -> None:
    """It is an error; `--any-type` answers, and names the group that has the type."""
    words = ("carol@example.com", "create", "inferenceservices.serving.kubeflow.org", "-n", "team-a")
    error, answer = explain(*words), explain(*words, "--any-type")
    hint = "did you mean `inferenceservices.serving.kserve.io`?"

    assert (2, True) == (error.status, hint in error.stderr)
    assert (1, True) == (answer.status, hint in answer.stdout)
    assert not has_fix(answer)
    assert not [line for line in answer.lines if line.startswith("ask ")]


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(("create", "notebooks"), id="a custom resource"),
        pytest.param(("terminate", "runs.pipelines.kubeflow.org"), id="a virtual resource"),
        pytest.param(("impersonate", "users/ann"), id="what the server asks about itself"),
        pytest.param(("use", "scc/anyuid"), id="a policy of another platform"),
        pytest.param(("get", "*.kubeflow.org"), id="a star"),
        pytest.param(("get", "/metrics"), id="a URL"),
    ],
)
def test_what_is_served_or_only_checked_can_be_fixed(question: tuple[str, str]) -> None:
    """A grant helps there."""
    answer = explain("ivan@example.com", *question, "-n", "team-a")

    assert "NotFound" not in answer.stdout
    assert has_fix(answer)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(UNSERVED, id="in a namespace"),
        pytest.param(
            FORBIDDEN.format("", "get").replace("pods", "widgets").replace('""', '"example.com"'),
            id="outside of namespaces, where the scope is unknown",
        ),
    ],
)
def test_files_without_definitions_do_not_say_what_is_served(error: str) -> None:
    """The manifests of a role do not hold the types that it is about."""
    role = b"{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: x}}"

    answer = run("explain", "--from-error", error, "-f", "-", stdin=role)

    assert 1 == answer.status
    assert "NotFound" not in answer.stdout
    assert "has no namespace" not in answer.stdout
    assert has_fix(answer)


def test_an_identity_cannot_be_granted_in_a_namespace() -> None:
    """The fix is a ClusterRoleBinding, whatever `-n` says."""
    answer = explain("ivan@example.com", "impersonate", "users/ann@example.com", "-n", "team-a", "-o", "fix")

    assert "kind: ClusterRoleBinding" in answer.stdout
    assert "kind: RoleBinding" not in answer.stdout


def test_binding_a_cluster_role_can_be_granted_in_a_namespace() -> None:
    """The smallest fix is a Role, because the server asks in the namespace of the new binding."""
    answer = explain("ivan@example.com", "bind", "clusterroles/view", "-n", "team-a", "-o", "fix")

    assert "kind: Role\n" in answer.stdout
    assert "kind: RoleBinding\n" in answer.stdout


# --- what Kubeflow's services never ask ---


SECOND_ADMIN = """
apiVersion: kubeflow.org/v1
kind: Profile
metadata: {name: lab}
spec: {owner: {kind: User, name: ann@example.com}}
---
apiVersion: v1
kind: Namespace
metadata: {name: lab, labels: {app.kubernetes.io/part-of: kubeflow-profile}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kubeflow-admin}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create, delete, get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: second, namespace: lab, annotations: {role: admin, user: uma@example.com}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubeflow-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: uma@example.com}]
"""
# As kustomize names it in a rendered Kubeflow 1.10
SETTINGS = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: profiles-config-46c7tgh6fd, namespace: kubeflow}
data: {ADMIN: root@example.com}
"""
ADD = ("create", "rolebindings", "-n", "lab", "--via", "kubeflow", "-f", "-")


@pytest.mark.parametrize(
    ("who", "verb", "status", "by", "decided_by"),
    [
        pytest.param("root@example.com", "create", 0, "by KFAM", "kfam", id="KFAM's cluster admin"),
        pytest.param("uma@example.com", "create", 1, "by KFAM", "kfam", id="a second admin"),
        pytest.param("ann@example.com", "delete", 0, "by KFAM", "kfam", id="the owner, without a binding"),
        pytest.param("uma@example.com", "get", 0, "by RBAC alone", "rbac", id="what KFAM does not decide"),
    ],
)
def test_kfam_decides_about_contributors(who: str, verb: str, status: int, by: str, decided_by: str) -> None:
    """Its isOwnerOrAdmin looks at the Profile: a second admin can add nobody on the dashboard."""
    argv = ("explain", who, verb, "rolebindings", "-n", "lab", "--via", "kubeflow", "-f", "-")
    known = (SECOND_ADMIN + SETTINGS).encode()
    answer = run(*argv, stdin=known)
    (item,) = run(*argv, "-o", "json", stdin=known).json["items"]

    assert status == answer.status
    assert by in answer.lines[1]
    assert answer.lines[0].startswith("yes: " if status == 0 else "no: ")
    assert decided_by == item["decidedBy"]
    assert (decided_by == "rbac") == bool(item["grants"])
    assert ("dashboard no\n" in answer.stdout) == (status == 1)
    assert ("ann@example.com: owns the profile" in answer.stdout) == (status == 1)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        pytest.param("", "there is no ConfigMap `profiles-config` in the files", id="absent"),
        pytest.param(
            f"{SETTINGS}{SETTINGS}".replace("46c7tgh6fd", "m2kg5h8t4b", 1).replace("root@", "uma@", 1),
            "the ConfigMaps `profiles-config` of different hashes contradict each other",
            id="contradictory",
        ),
        pytest.param(
            SETTINGS.replace("root@example.com", '"root@example.com,uma@example.com"'),
            "ADMIN in `profiles-config` can be a list only since Kubeflow Dashboard 2.0",
            id="a list",
        ),
    ],
)
def test_what_is_not_known_of_kfams_admins_is_named(settings: str, why: str) -> None:
    """The owner is let through all the same."""
    known = (SECOND_ADMIN + settings).encode()
    unknown = run("explain", "uma@example.com", *ADD, stdin=known)

    assert 3 == unknown.status
    assert f"who the cluster admins of KFAM are: {why}" in " ".join(unknown.stdout.split())
    assert 0 == run("explain", "ann@example.com", *ADD, stdin=known).status


def test_no_fix_is_offered_for_what_kfam_decides() -> None:
    """A binding would not help."""
    answer = run("explain", "eve@example.com", *ADD, "-o", "fix", stdin=(SECOND_ADMIN + SETTINGS).encode())

    assert (1, "") == (answer.status, answer.stdout)
    assert "no fix can be written" in answer.stderr


def test_kubectls_answer_names_kfams_beside_it() -> None:
    """RBAC allows it to kubectl, and the dashboard does not."""
    answer = run(
        "explain",
        "uma@example.com",
        "create",
        "rolebindings",
        "-n",
        "lab",
        "-f",
        "-",
        stdin=(SECOND_ADMIN + SETTINGS).encode(),
    )

    assert 0 == answer.status
    assert answer.lines[-1].startswith("      kubectl yes, ")
    assert answer.lines[-1].endswith(", dashboard no")


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        pytest.param(
            "rolebindings", "the dashboard lets the owner in the Profile add contributors", id="members"
        ),
        pytest.param(
            "authorizationpolicies.security.istio.io", "the dashboard lets the owner", id="the mesh"
        ),
        pytest.param("endpoints", "none of Kubeflow's services checks this resource", id="another resource"),
    ],
)
def test_what_no_service_asks_is_said_to_be_never_asked(resource: str, reason: str) -> None:
    """RBAC may allow it, and the dashboard decides by other means."""
    answer = explain("alice@example.com", "create", resource, "-n", "team-a", "--via", "kubeflow")

    assert [line for line in answer.lines if line.strip().startswith(f"never checked: {reason}")]
    assert "Kubeflow's pages yes" not in answer.stdout


# --- who can help ---


@pytest.mark.parametrize(
    ("subject", "resource", "words"),
    [
        pytest.param("grace@example.com", "notebooks", "can add contributors in the dashboard", id="a user"),
        pytest.param("sa:ci/robot", "notebooks", "can bind it with kubectl", id="an account"),
        pytest.param("group:x", "notebooks", "can bind it with kubectl", id="a group"),
        pytest.param(
            "group:x",
            "runs.pipelines.kubeflow.org",
            "can add contributors in the dashboard",
            id="its members",
        ),
    ],
)
def test_what_the_owner_can_do_depends_on_the_subject(subject: str, resource: str, words: str) -> None:
    """The dashboard adds users only; Kubeflow's services ask about the names of a group's members."""
    answer = explain(subject, "create", resource, "-n", "team-a")

    assert f"ask   alice@example.com: owns the profile `team-a` and {words}" in answer.lines
