"""Tenants ask about themselves on a Kubeflow release: an owner, a contributor, the account of a notebook."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from kubectl_kfaccess.commands.reads import reads_of_commands
from kubectl_kfaccess.sources.kinds import BY_RESOURCE
from tests.controlplane.cluster import ControlPlane
from tests.live.test_access import SUBJECTS, Subject, own_kubeconfig
from tests.running import NOWHERE, Result, run
from tests.schemas import errors, validator

OWNER = SUBJECTS["owner"]
CONTRIBUTOR = SUBJECTS["edit contributor"]
NOTEBOOK = SUBJECTS["default-editor"]
STRANGER = SUBJECTS["stranger"]

pytestmark = pytest.mark.server
WATCH_SECONDS = 60

# Command lines that together read all that a command can read
READING = {
    "who-can": ["who-can create pods -n alice --expand-groups"],
    "access": ["access", "access ml-pipeline -n kubeflow -o wide", "access alice@example.com --bindings"],
    "explain": ["explain ml-pipeline create inferenceservices -n kubeflow"],
    "check": ["check"],
    "aggregation": ["aggregation"],
    "profiles": ["profiles"],
    "review": ["review examples/reviews.yaml"],
    "snapshot": ["snapshot"],
}


def ask(plane: ControlPlane, who: Subject, *argv: str) -> Result:
    """Return the answer to *who*, whose kubeconfig has no namespace."""
    return run(*argv, *own_kubeconfig(plane, who), environ=NOWHERE)


def rows(answer: Result) -> dict[str, str]:
    """Return the first cell of each row of a table, and the second."""
    return {cells[0]: cells[1] for line in answer.lines[1:] if len(cells := line.split()) > 1}


@pytest.mark.parametrize(
    ("who", "namespaces", "tried"),
    [
        (
            OWNER,
            {"alice": "owner"},
            "tried: alice and alice-example-com (from your name), default (context).  Others: -n NAME",
        ),
        (
            CONTRIBUTOR,
            {},
            "tried: carol and carol-example-com (from your name), default (context);"
            " nothing in them is yours.  Others: -n NAME",
        ),
        (NOTEBOOK, {"alice": "edit"}, "tried: alice (your account's), default (context).  Others: -n NAME"),
    ],
    ids=["owner", "contributor", "notebook"],
)
def test_access_tries_the_namespaces_that_are_probably_the_callers(
    release: ControlPlane, who: Subject, namespaces: dict[str, str], tried: str
) -> None:
    """No tenant can list namespaces. The answer says which were tried, and ends with 3."""
    answer = ask(release, who, "access")

    assert namespaces == {name: word for name, word in rows(answer).items() if not name.startswith("<")}
    assert f"note: {tried}" in answer.stderr.splitlines()
    assert 3 == answer.status


def test_the_namespaces_that_were_tried_are_in_machine_formats(release: ControlPlane) -> None:
    """A note says it there as well, and only the caller's own namespaces have items."""
    document = ask(release, OWNER, "access", "-o", "json").json

    assert {"", "alice"} == {item["namespace"] for item in document["items"]}
    assert any(note["text"].startswith("tried: alice ") for note in document["notes"])


@pytest.mark.parametrize(
    ("who", "status", "first"),
    [
        (OWNER, 0, "ok: pipelines have what they need in alice"),
        (NOTEBOOK, 0, "ok: your pipelines have what they need in alice; you are the account that runs them"),
        (STRANGER, 3, "unknown: cannot tell whether pipelines have what they need in kubeflow"),
    ],
    ids=["owner", "notebook", "stranger"],
)
def test_check_tries_them_too(release: ControlPlane, who: Subject, status: int, first: str) -> None:
    """The verdict is about the caller's own profiles."""
    answer = ask(release, who, "check")

    assert (status, first) == (answer.status, answer.lines[0])
    assert "note: tried: " in answer.stderr


def test_profiles_tries_them_too(release: ControlPlane) -> None:
    """An owner gets their profile; others are not claimed not to exist."""
    answer = ask(release, OWNER, "profiles", "-o", "json")

    assert ["alice"] == [item["name"] for item in answer.json["items"]]
    assert 3 == answer.status
    assert "note: tried: alice " in answer.stderr


def test_the_account_of_a_notebook_checks_itself_in_full(release: ControlPlane) -> None:
    """It is the account that runs pipelines, so the server answers every need by reviews of the caller."""
    answer = ask(release, NOTEBOOK, "check", "-n", "alice", "-o", "json")
    admins = run("check", "-n", "alice", "-o", "json", "--kubeconfig", str(release.kubeconfig()))

    assert (0, admins.status) == (answer.status, 0)
    assert decisions(admins) == decisions(answer)


def decisions(answer: Result) -> dict[tuple[str, ...], str]:
    """Return the decision on each need of the only runner."""
    (item,) = answer.json["items"]
    keys = ("verb", "group", "resource", "name", "via")
    return {tuple(need[key] for key in keys): need["decision"] for need in item["needs"]}


def test_the_account_of_a_notebook_is_told_what_its_pipelines_miss(release: ControlPlane) -> None:
    """A no is as certain as a yes: nobody grants it what standalone pipelines need elsewhere."""
    answer = ask(release, NOTEBOOK, "check", NOTEBOOK.word, "-n", "bob")

    assert 1 == answer.status
    assert answer.lines[0].startswith("no: sa:alice/default-editor cannot run pipeline steps")
    assert answer.lines[0].endswith("; that is you")


def test_a_contributor_learns_how_to_ask_as_the_account(release: ControlPlane) -> None:
    """They cannot ask about others, but edit contributors can impersonate; the suggested flag works."""
    answer = ask(release, CONTRIBUTOR, "check", "-n", "alice")
    flag = "--as system:serviceaccount:alice:default-editor"

    assert 3 == answer.status
    assert f"note: you can impersonate `sa:alice/default-editor`, so ask as it: `{flag}`" in answer.stderr
    assert 0 == ask(release, CONTRIBUTOR, "check", "-n", "alice", *flag.split()).status


def test_a_viewer_is_not_told_to_impersonate(release: ControlPlane) -> None:
    """View contributors cannot."""
    answer = ask(release, SUBJECTS["view contributor"], "check", "-n", "alice")

    assert 3 == answer.status
    assert "--as" not in answer.stderr


WHO_CAN = ("who-can", "create", "inferenceservices", "-n", "alice")


@pytest.mark.parametrize("who", [CONTRIBUTOR, NOTEBOOK], ids=["contributor", "notebook"])
def test_who_can_lists_the_caller_if_others_are_not_known(release: ControlPlane, who: Subject) -> None:
    """They can read no binding. The first line says that they can, and the binding is the server's reason."""
    answer = ask(release, who, *WHO_CAN, "-o", "json")
    table = ask(release, who, *WHO_CAN)
    admins = run(*WHO_CAN, "-o", "json", "--kubeconfig", str(release.kubeconfig()))

    (item,) = answer.json["items"]
    (expected,) = [each for each in admins.json["items"] if each["subject"] == item["subject"]]
    assert [] == errors(validator("WhoCan"), answer.json)
    assert (item["relation"], *bindings(item)) == (expected["relation"], *bindings(expected))
    assert (3, 3) == (answer.status, table.status)
    assert not answer.json["coverage"]["complete"]
    assert item["subject"]["ref"] in table.stdout


def test_an_owner_sees_what_others_are_to_the_namespace(release: ControlPlane) -> None:
    """They can read bindings but no ClusterRoles: relations are the same as for an administrator."""
    owners = ask(release, OWNER, *WHO_CAN, "-o", "json").json["items"]
    admins = run(*WHO_CAN, "-o", "json", "--kubeconfig", str(release.kubeconfig())).json["items"]
    inside = [item for item in admins if item["namespace"] == "alice"]

    assert [(item["subject"], item["relation"]) for item in inside] == [
        (item["subject"], item["relation"]) for item in owners
    ]


def bindings(item: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the binding and the role of each grant."""
    return [(grant["binding"]["name"], grant["role"]["name"]) for grant in item["grants"]]


def test_who_can_says_in_the_first_line_that_the_caller_can(release: ControlPlane) -> None:
    """And why it is not known who else can."""
    sentence = (
        "you can create inferenceservices in alice (carol@example.com); who else can is unknown:"
        " you cannot list RoleBindings in alice"
    )

    assert sentence in ask(release, CONTRIBUTOR, *WHO_CAN).stderr.splitlines()
    assert sentence in ask(release, CONTRIBUTOR, *WHO_CAN, "-o", "json").stderr.splitlines()


def test_who_can_with_all_namespaces_looks_into_the_callers_own(release: ControlPlane) -> None:
    """No tenant can list all bindings. An owner can list those of their namespaces, and everybody can ask."""
    owners = ask(release, OWNER, "who-can", "get", "secrets", "-A", "-o", "json")
    notebooks = ask(release, NOTEBOOK, "who-can", "get", "secrets", "-A")

    names = {"alice@example.com", "carol@example.com", "erin@example.com", "data-science", "default-editor"}
    assert names == {item["subject"]["name"] for item in owners.json["items"]}
    assert any(note["text"].startswith("tried: alice ") for note in owners.json["notes"])
    assert notebooks.stderr.startswith("you can get secrets in alice (sa:alice/default-editor); who else ")
    assert (3, 3) == (owners.status, notebooks.status)


def test_a_no_in_the_callers_own_namespaces_is_no_answer_about_all(release: ControlPlane) -> None:
    """There can be others."""
    answer = ask(release, STRANGER, "who-can", "get", "secrets", "-A")

    assert (3, []) == (answer.status, answer.lines)
    assert answer.stderr.startswith("it is not known whether you can get secrets (stranger@example.com); ")


def test_a_member_of_a_group_is_listed_through_the_group(release: ControlPlane) -> None:
    """What a group grants counts for kubectl, not for Kubeflow's own services."""
    member = SUBJECTS["user with a granted group"]
    document = ask(release, member, *WHO_CAN, "-o", "json").json
    (item,) = document["items"]
    by_name = ask(release, member, *WHO_CAN, "--via", "kubeflow", "-o", "json").json["items"]

    assert ("greta@example.com", "data-science") == (item["subject"]["name"], item["through"]["name"])
    assert [] == by_name
    assert [] == errors(validator("WhoCan"), document)


def test_a_caller_who_cannot_is_not_listed(release: ControlPlane) -> None:
    """The first line says that they cannot."""
    answer = ask(release, STRANGER, *WHO_CAN, "-o", "json")

    assert (3, []) == (answer.status, answer.json["items"])
    assert "you cannot create inferenceservices in alice" in answer.stderr


@pytest.mark.parametrize("who", [OWNER, CONTRIBUTOR, NOTEBOOK], ids=["owner", "contributor", "notebook"])
def test_explain_is_complete_about_the_caller(release: ControlPlane, who: Subject) -> None:
    """With and without their own name as SUBJECT."""
    question = ("create", "inferenceservices", "-n", "alice")

    assert 0 == ask(release, who, "explain", *question).status
    assert 0 == ask(release, who, "explain", who.word, *question).status
    assert 1 == ask(release, who, "explain", who.word, "create", "inferenceservices", "-n", "robot").status


def test_access_with_ones_own_name_is_complete(release: ControlPlane) -> None:
    """A contributor who types their own name is asked about as the caller."""
    answer = ask(release, CONTRIBUTOR, "access", CONTRIBUTOR.word, "-n", "alice")

    assert 0 == answer.status
    assert "unknown" not in answer.stderr


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (OWNER, "you (alice@example.com) own alice"),
        (CONTRIBUTOR, "you (carol@example.com) are an edit contributor in alice"),
        (NOTEBOOK, "you (sa:alice/default-editor) have edit access in alice"),
    ],
    ids=["owner", "contributor", "notebook"],
)
def test_access_says_what_the_caller_is_to_a_namespace(
    release: ControlPlane, who: Subject, words: str
) -> None:
    """The server's reasons name bindings and roles that the caller cannot read."""
    assert words in ask(release, who, "access", "-n", "alice", "-o", "markdown").lines[0]


def test_an_owner_asks_about_a_contributor_without_a_namespace(release: ControlPlane) -> None:
    """The context has no namespace, so it is about their own profile, and says so."""
    explained = ask(release, OWNER, "explain", "carol@example.com", "create", "inferenceservices")
    grid = ask(release, OWNER, "access", "carol@example.com")
    bound = ask(release, OWNER, "access", "carol@example.com", "--bindings")

    assert (0, "namespace `alice` (probably yours: the context has none); -A for all") == (
        explained.status,
        explained.stderr.splitlines()[0],
    )
    assert {"alice": "edit"} == {n: word for n, word in rows(grid).items() if not n.startswith("<")}
    assert "user-carol-example-com-clusterrole-edit" in bound.stdout
    assert "tried: alice " in bound.stderr


@pytest.mark.parametrize(
    ("who", "first"),
    [
        (OWNER, "you are alice@example.com, in group system:authenticated; you own alice"),
        (
            NOTEBOOK,
            "you are system:serviceaccount:alice:default-editor, in groups system:serviceaccounts,"
            " system:serviceaccounts:alice, system:authenticated; you have edit access in alice",
        ),
        (STRANGER, "you are stranger@example.com, in group system:authenticated"),
    ],
    ids=["owner", "notebook", "stranger"],
)
def test_whoami_says_who_tenants_are(release: ControlPlane, who: Subject, first: str) -> None:
    """Without a namespace, it is about those that are probably theirs."""
    assert first == ask(release, who, "whoami").lines[0]


def test_whoami_says_that_somebody_is_a_contributor(release: ControlPlane) -> None:
    """Contributors can read no binding; the server's reasons name theirs."""
    answer = ask(release, CONTRIBUTOR, "whoami", "-n", "alice", "-o", "json")

    assert [{"namespace": "alice", "relation": "contributor", "level": "edit"}] == answer.json["namespaces"]
    assert [] == errors(validator("WhoAmI"), answer.json)


@pytest.mark.parametrize("who", [OWNER, CONTRIBUTOR, NOTEBOOK], ids=["owner", "contributor", "notebook"])
def test_the_fix_of_whoami_lets_them_read_everything(release: ControlPlane, who: Subject) -> None:
    """An administrator applies it with kubectl. Then every command is complete, and no fix is left."""
    fix = ask(release, who, "whoami", "-n", "alice", "-o", "fix").stdout
    kubectl(release, "create", "namespace", "istio-system", ignore=True)
    kubectl(release, "apply", "-f", "-", stdin=fix)
    try:
        answer = eventually(lambda: ask(release, who, "whoami", "-n", "alice", "-o", "json"))
        again = ask(release, who, "whoami", "-n", "alice", "-o", "fix")
    finally:
        kubectl(release, "delete", "-f", "-", stdin=fix)

    assert {True} == {command["complete"] for command in answer.json["commands"]}
    assert {"", "localsubjectaccessreviews"} >= {
        "" if item["allowed"] else item["resource"] for item in answer.json["items"]
    }
    assert ("", "nothing is missing: you can read everything\n") == (again.stdout, again.stderr)


def kubectl(plane: ControlPlane, *argv: str, stdin: str = "", ignore: bool = False) -> None:
    """Run kubectl as the administrator; it has to succeed, unless *ignore* is set."""
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), *argv]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert ignore or 0 == done.returncode, done.stderr


def eventually(ask_again: Callable[[], Result]) -> Result:
    """Return the answer once every command is complete: the authorizer watches roles, so it is a bit late."""
    deadline = time.monotonic() + WATCH_SECONDS
    while True:
        answer = ask_again()
        is_complete = all(command["complete"] for command in answer.json["commands"])
        if is_complete or time.monotonic() > deadline:
            return answer


def test_an_impersonated_user_is_answered_as_themself(release: ControlPlane) -> None:
    """With `--as` whoami is about that user, also what they are to their namespace."""
    flags = ("--kubeconfig", str(release.kubeconfig()), "--as", OWNER.user)

    own = ask(release, OWNER, "whoami", "-n", "alice", "-o", "json").json
    as_them = run("whoami", "-n", "alice", "-o", "json", *flags).json

    assert [own[key] for key in ("user", "namespaces", "commands")] == [
        as_them[key] for key in ("user", "namespaces", "commands")
    ]


@pytest.mark.parametrize(("command", "words"), READING.items(), ids=READING)
def test_commands_read_what_they_declare(release: ControlPlane, command: str, words: list[str]) -> None:
    """`whoami` says what each command can answer by what it declares, so that has to be true."""
    flags = ("-v", "6", "--kubeconfig", str(release.kubeconfig()))
    sent = "".join(run(*shlex.split(line), *flags).stderr for line in words)
    paths = {urlsplit(path).path for path in re.findall(r"GET (\S+)", sent)}
    read = {match["resource"] for path in paths if (match := RESOURCE.fullmatch(path))} & set(BY_RESOURCE)

    assert set(reads_of_commands()[command].resources) - NOT_HERE.get(command, set()) == read


# The path of a list or an object; a Namespace that is read to see whether it exists does not count
RESOURCE = re.compile(
    r"/apis?(/[^/]+)?/v[^/]+(/namespaces/[^/]+)?/(?P<resource>(?!namespaces/)[a-z]+)(/[^/]+)?"
)
# The release has no Deployments: it is the access objects alone, so that nothing names the settings
NOT_HERE = {"check": {"configmaps"}}


def test_nothing_is_said_of_others_if_no_namespace_is_known(release: ControlPlane) -> None:
    """No namespace was looked into, so there is nothing that somebody can do nothing in."""
    answer = ask(release, CONTRIBUTOR, "access", "group:ml-team", "-o", "markdown")
    piped = ask(release, CONTRIBUTOR, "access", "group:ml-team", "--hide-empty")

    assert 3 == answer.status
    assert "can do nothing" not in answer.stdout + answer.stderr + piped.stdout + piped.stderr


@pytest.mark.parametrize(
    ("who", "first"),
    [
        (OWNER, "group:ml-team can do nothing in 1 namespace; the rest is not known"),
        (NOTEBOOK, "it is not known what group:ml-team can do in 1 namespace"),
    ],
    ids=["owner", "notebook"],
)
def test_nothing_is_known_does_not_sound_like_nothing_is_granted(
    release: ControlPlane, who: Subject, first: str
) -> None:
    """An owner can ask about others in their namespace. The account of a notebook cannot."""
    answer = ask(release, who, "access", "group:ml-team", "-o", "markdown")

    assert (3, f"**{first}**") == (answer.status, answer.lines[0])


def test_unknown_resources_are_counted_as_such(release: ControlPlane) -> None:
    """What is not known is neither something nor nothing."""
    first = ask(release, NOTEBOOK, "access", "group:ml-team", "-n", "alice", "-o", "markdown").lines[0]

    assert re.fullmatch(r"\*\*group:ml-team in alice: nothing on \d+ resources, unknown on \d+\*\*", first)
