"""`explain` and pasted texts on the demo cluster: what it asks, what it says, and when it does not answer."""

from __future__ import annotations

import pytest

from tests.running import Result, run

LIST_PODS = 'pods is forbidden: User "ivan@example.com" cannot list resource "pods" in API group "" in the'


def pasted(text: str, *argv: str) -> Result:
    """Return the answer about *text* on standard input."""
    return run("explain", *argv, "-", "--demo", stdin=text.encode())


def test_a_dash_reads_the_error_from_standard_input() -> None:
    """It is short for `--from-error -`, and a SUBJECT can come before it."""
    text = f'{LIST_PODS} namespace "team-a"'

    assert run("explain", "--from-error", text, "--demo") == pasted(text)
    assert pasted(text, "alice@example.com").stdout.startswith("yes: alice@example.com can list pods")


def test_standard_input_is_read_once() -> None:
    """The error names what was typed."""
    answer = run("explain", "-", "-f", "-", stdin=b"x")

    assert (2, "error: `explain -` and `-f -` cannot be combined") == (answer.status, answer.stderr[:48])


def test_of_a_log_the_last_refusal_counts() -> None:
    """A remark says how many others there are."""
    first = f'{LIST_PODS} namespace "team-a"'
    answer = pasted(f"{first}\nretry\n{first.replace('pods', 'secrets')}")

    assert answer.stdout.startswith("no: ivan@example.com cannot list secrets in team-a")
    assert "the text holds 1 more such error: this is about the last" in answer.stderr


@pytest.mark.parametrize(
    ("text", "missing", "words"),
    [
        pytest.param(
            LIST_PODS.replace("ivan@example.com", "system:serviceaccount:team-a:default-editor"),
            "the namespace",
            "explain sa:team-a/default-editor list pods -n NAMESPACE",
            id="an account",
        ),
        pytest.param(
            'pods is forbidden: User "ivan@example.com" cannot list res',
            "the resource",
            "explain ivan@example.com list TYPE -n NAMESPACE",
            id="a resource",
        ),
        pytest.param(
            "User 'ivan' is not authorized to list kubeflow.org/v1/notebooks in namespace 'tea",
            "the namespace",
            "explain user:ivan list notebooks.kubeflow.org -n NAMESPACE",
            id="a page",
        ),
        pytest.param(
            'pods is forbidden: User "system:serv',
            "the user",
            "explain SUBJECT VERB TYPE -n NAMESPACE",
            id="a user",
        ),
    ],
)
def test_a_cut_text_is_not_answered(text: str, missing: str, words: str) -> None:
    """The error says what is missing, the hint how to ask."""
    answer = pasted(text)

    assert (2, "") == (answer.status, answer.stdout)
    assert f"error: the error text is cut off: {missing} is missing or incomplete" in answer.stderr
    assert f"hint: ask in words: `{words}`" in answer.stderr


def test_quotes_in_a_name_are_named() -> None:
    """The API server prints them with backslashes."""
    answer = pasted(f'{LIST_PODS} namespace "team-a"'.replace("ivan", '\\"sso:\\"ivan'))

    assert answer.stdout.startswith('no: "sso:"ivan@example.com cannot list pods')
    assert "the quotes are part of the user's name" in answer.stderr


def test_a_cut_end_of_a_log_is_named() -> None:
    """The answer is about the whole error before it."""
    answer = pasted(f'{LIST_PODS} namespace "team-a"\n{LIST_PODS.replace("pods", "secrets")}')

    assert answer.stdout.startswith("no: ivan@example.com cannot list pods in team-a")
    assert "the last error in the text is cut off: this is about the one before it" in answer.stderr


def test_a_proxy_names_no_namespace() -> None:
    """An account is asked about in its own, unless `-n` chooses another; a yes is no contradiction."""
    text = "Forbidden (user=system:serviceaccount:team-a:default-editor, verb=get, resource={}, subresource=)"
    remark = "the error names neither API group nor namespace"

    own, other = pasted(text.format("notebooks")), pasted(text.format("notebooks"), "-n", "team-b")
    node = pasted(text.format("nodes").replace("subresource=", "subresource=proxy"))

    assert own.lines[0].startswith("yes: sa:team-a/default-editor can get notebooks in team-a")
    assert remark in own.stderr
    assert "it is allowed now" not in own.stdout
    assert other.lines[0].endswith("cannot get notebooks in team-b")
    assert "no: sa:team-a/default-editor cannot get nodes/proxy" == node.lines[0]
    assert remark not in node.stderr


def test_constrained_impersonation_needs_two_grants() -> None:
    """The error is about the first that is missing."""
    answer = pasted(
        'pods is forbidden: User "ivan@example.com" cannot impersonate-on:user-info:list resource "pods"'
        ' in API group "" in the namespace "team-a"'
    )

    assert (
        "impersonation needs both `impersonate:user-info` on the user and `impersonate-on:user-info:list` on"
        " the resource, or instead of both the old verb `impersonate`" in answer.stderr
    )


def test_constrained_impersonation_is_understood_in_words() -> None:
    """Its verbs have colons and end in the verb of the request; a slip in that is named."""
    words = ("pods", "-n", "team-a", "--demo")

    asked = run("explain", "ivan@example.com", "impersonate-on:user-info:list", *words)
    listed = run("who-can", "impersonate-on:serviceaccount:get", *words)
    slip = run("explain", "ivan@example.com", "impersonate-on:user-info:lst", *words, "--any-type")
    error = run("explain", "ivan@example.com", "impersonate-on:user-info:lst", *words)
    mode = run("explain", "ivan@example.com", "impersonate-on:user:list", *words)

    assert "no: ivan@example.com cannot impersonate-on:user-info:list pods in team-a" == (asked.lines[0])
    assert "knows the verb" not in asked.stdout + listed.stderr
    assert "impersonation needs both `impersonate:user-info` on the user" in asked.stderr
    assert "impersonation needs both `impersonate:serviceaccount` on the service account" in listed.stderr
    assert "did you mean `impersonate-on:user-info:list`?" in slip.stdout
    assert (2, True) == (error.status, "did you mean `impersonate-on:user-info:list`?" in error.stderr)
    assert "no rule and no server knows the verb `impersonate-on:user:list`" in mode.stdout


BOTH = f'{LIST_PODS} namespace "team-a"\nthen: RBAC: access denied'
MESH = "the mesh: an Istio AuthorizationPolicy keeps the caller out"


def test_machines_get_both_the_question_and_what_else_refused() -> None:
    """The answer to the question does not hide the other refusal in the text."""
    answer = pasted(BOTH, "-o", "json").json

    assert ("Denied", "pods") == (answer["decision"], answer["query"]["resource"])
    assert [MESH] == [gate["what"] for gate in answer["notRbac"]]
    assert "notRbac" not in pasted(f'{LIST_PODS} namespace "team-a"', "-o", "json").json


@pytest.mark.parametrize("form", ["csv", "name", "fix"])
@pytest.mark.parametrize("text", [BOTH, "RBAC: access denied"], ids=["both", "no question"])
def test_formats_without_blocks_name_other_refusals_on_stderr(text: str, form: str) -> None:
    """Stdout keeps its form."""
    answer = pasted(text, "-o", form)

    assert f"not RBAC: {MESH}" in answer.stderr
    assert "not RBAC" not in answer.stdout


def test_an_error_that_is_outdated_is_named_in_every_format() -> None:
    """What it says was denied is allowed now; people read that once."""
    text = f'{LIST_PODS} namespace "team-a"'.replace("ivan", "alice")
    remark = "it is allowed now: the error is from before"

    people, sheet, machine = (pasted(text, "-o", form) for form in ("table", "csv", "json"))

    assert (1, 0) == (people.stdout.count(remark), people.stderr.count(remark))
    assert (0, 1) == (sheet.stdout.count(remark), sheet.stderr.count(remark))
    assert 1 == sum(note["text"].startswith(remark) for note in machine.json["notes"])


def test_nobody_can_read_an_artifact_since_pipelines_2_15() -> None:
    """The API's own words advise a login, which cannot help."""
    text = (
        '{"error_message":"Failed to authorize the request: Failed to access run 7c1. Check if you have'
        ' access to namespace lab: Request header error: there is no user identity header.",'
        '"error_details":"there is no user identity header."}'
    )

    answer = pasted(text)

    assert answer.lines[0].startswith("not RBAC: the pipelines API: since 2.15 its call for artifacts")
    assert "no role, token or login changes that" in answer.stdout
    assert not [word for word in ("PodDefault", "gateway", "after a login") if word in answer.stdout]


def test_an_upload_without_a_reason_is_perhaps_rbac() -> None:
    """The advice is a command line that works."""
    text = '{"error_message":"Failed to create a pipeline","error_details":"Failed to create a pipeline"}'
    answer, machine = pasted(text), pasted(text, "-o", "json").json

    assert answer.stdout.startswith("perhaps RBAC: the upload of a pipeline: since 2.15")
    assert [False] == [gate["certain"] for gate in machine["notRbac"]]
    command = "explain SUBJECT create pipelines.pipelines.kubeflow.org -n NAMESPACE"
    assert f"`kubectl kfaccess {command}`" in answer.stdout
    words = command.replace("SUBJECT", "ivan@example.com").replace("NAMESPACE", "team-a").split()
    assert run(*words, "--demo").stdout.startswith("no: ivan@example.com cannot create pipelines in team-a")


def test_an_upload_with_a_reason_is_a_question_about_the_subject() -> None:
    """Releases after 2.17 name the permission, and not the user."""
    text = (
        '{"error_message":"pipeline upload denied: permission to create pipelines.pipelines.kubeflow.org in'
        ' namespace \\"team-a\\" is required."}'
    )

    answer = pasted(text, "ivan@example.com")

    assert 1 == answer.status
    assert answer.stdout.startswith("no: ivan@example.com cannot create pipelines in team-a")
