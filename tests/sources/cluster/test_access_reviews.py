"""Access reviews of a real API server: which review is sent about which user, and what is not sent."""

from __future__ import annotations

import io
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
import urllib3

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.sources.cluster.access_reviews import (
    AT_ONCE,
    CONDITIONAL,
    LOCAL,
    SELF,
    SUBJECT,
    AccessQuestion,
    CallerIdentity,
    Reply,
    RulesReply,
    ServerReviewer,
)
from kubectl_kfaccess.sources.cluster.bounds import MOST_CHARACTERS
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
from kubectl_kfaccess.sources.cluster.transport import Transport
from kubectl_kfaccess.sources.kubeconfig.choice import load as connection
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.terminal.progress import CLEAR
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load
from tests.sources.cluster.answers import response
from tests.terminal.seconds import Seconds
from tests.truth import asking

API = "rbac.authorization.k8s.io"
TEAM, OTHER = "reviews-team", "reviews-other"
READER, OWNER, NOBODY = "alice@example.com", "bob@example.com", "nobody@example.com"

SECRETS = Request("get", "", "secrets", "", "", TEAM)
PATHS = {
    SELF: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    SUBJECT: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    TEAM: f"/apis/authorization.k8s.io/v1/namespaces/{TEAM}/localsubjectaccessreviews",
    OTHER: f"/apis/authorization.k8s.io/v1/namespaces/{OTHER}/localsubjectaccessreviews",
}


@pytest.fixture(scope="module")
def team(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with a team's namespace: Alice can read there, Bob can post local reviews."""
    lost = _binding("RoleBinding", "lost", "Role", "no-such-role", [_subject("User", READER)])
    assert [] == load(plane, [lost])
    assert [] == load(plane, _objects())
    _wait_until_seen(plane)
    yield plane
    clear(plane)


def _objects() -> list[dict[str, Any]]:
    reader = [
        {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets", "pods/log"]},
        {"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"]},
    ]
    everywhere = [
        {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]},
        {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
    ]
    asks = [
        {
            "verbs": ["create"],
            "apiGroups": ["authorization.k8s.io"],
            "resources": ["localsubjectaccessreviews"],
        }
    ]
    readers = [_subject("User", READER), _subject("Group", "reviewers")]
    return [
        _namespace(OTHER),
        _role("Role", "reader", reader),
        _binding("RoleBinding", "readers", "Role", "reader", readers),
        _role("Role", "asks", asks),
        _binding("RoleBinding", "asks", "Role", "asks", [_subject("User", OWNER)]),
        _role("ClusterRole", "reviews-everywhere", everywhere),
        _binding(
            "ClusterRoleBinding", "reviews-everywhere", "ClusterRole", "reviews-everywhere", readers[:1]
        ),
    ]


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _subject(kind: str, name: str) -> dict[str, Any]:
    return {"apiGroup": API, "kind": kind, "name": name}


def _role(kind: str, name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": TEAM}
    return {"apiVersion": f"{API}/v1", "kind": kind, "metadata": metadata, "rules": rules}


def _binding(
    kind: str, name: str, role_kind: str, role: str, subjects: list[dict[str, Any]]
) -> dict[str, Any]:
    ref = {"apiGroup": API, "kind": role_kind, "name": role}
    metadata = {"name": name, "namespace": TEAM}
    return {
        "apiVersion": f"{API}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": ref,
        "subjects": subjects,
    }


def _wait_until_seen(plane: ControlPlane) -> None:
    """Wait until the authorizer has seen the objects that were loaded."""
    create = {"verb": "create", "group": "authorization.k8s.io", "resource": "localsubjectaccessreviews"}
    specs: list[asking.Spec] = [
        {"user": READER, "resourceAttributes": {"verb": "get", "resource": "secrets", "namespace": TEAM}},
        {"user": READER, "resourceAttributes": {"verb": "get", "resource": "nodes"}},
        {"user": OWNER, "resourceAttributes": {**create, "namespace": TEAM}},
    ]
    deadline = time.monotonic() + 60
    while not all(status.allowed for status in asking.ask(plane, specs)):
        assert deadline > time.monotonic(), "the authorizer did not see the bindings"
        time.sleep(0.05)


# --- who asks ---------------------------------------------------------------------------------------------


@dataclass
class Caller:
    """A user who asks the real server, and the requests that `-v 6` has shown so far."""

    reviewer: ServerReviewer
    stderr: io.StringIO

    def posts(self) -> Counter[str]:
        """Return how often each path was posted to."""
        lines = re.findall(r"^POST https://[^/]+(\S+) \d+ in \d+ ms$", self.stderr.getvalue(), re.MULTILINE)
        assert len(lines) == len(self.stderr.getvalue().splitlines()), self.stderr.getvalue()
        return Counter(lines)


def caller(plane: ControlPlane, user: str = "admin", config: Path | None = None, **flags: Any) -> Caller:
    """Return a caller who logs in as *user*, or with the kubeconfig *config*, and with kubectl's *flags*."""
    stderr = io.StringIO()
    env = Environment(io.BytesIO(), io.StringIO(), stderr, {"HOME": "/nonexistent"}, Path("/"))
    login = ConnectionFlags(kubeconfig=str(config or plane.kubeconfig(user)), **flags)
    return Caller(ClusterSource(lambda: connection(login, env), env, None, verbosity=6).reviewer, stderr)


@pytest.mark.server
@pytest.mark.parametrize(
    ("user", "flags", "expected"),
    [
        pytest.param("admin", {}, [True, True], id="an administrator"),
        pytest.param(READER, {}, [True, False], id="a reader"),
        pytest.param(NOBODY, {}, [False, False], id="nobody"),
        pytest.param("admin", {"as_user": READER}, [True, False], id="an administrator as a reader"),
        pytest.param(
            "admin", {"as_user": "x", "as_groups": ("reviewers",)}, [True, False], id="as one of a group"
        ),
    ],
)
def test_self_reviews_ask_about_the_caller(
    team: ControlPlane, user: str, flags: dict[str, Any], expected: list[bool]
) -> None:
    """The caller needs no permission for that, and is the user of `--as`."""
    sender = caller(team, user, **flags)

    replies = sender.reviewer.ask(
        [AccessQuestion(SECRETS), AccessQuestion(Request("delete", "", "secrets", "", "", TEAM))]
    )

    assert expected == [reply.allowed for reply in replies]
    assert {SELF} == {reply.kind for reply in replies}
    assert {PATHS[SELF]: 2} == sender.posts()


@pytest.mark.server
@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        pytest.param(Identity(READER), True, id="a user"),
        pytest.param(Identity("x", ("reviewers", "y")), True, id="a user by a group"),
        pytest.param(Identity("", ("reviewers",)), True, id="a group alone"),
        pytest.param(Identity("reviewers"), False, id="a user named as the group"),
        pytest.param(Identity(READER.upper()), False, id="another spelling"),
        pytest.param(Identity("x", ("system:masters",)), True, id="the privileged group"),
    ],
)
def test_subject_reviews_ask_about_others(team: ControlPlane, identity: Identity, expected: bool) -> None:
    """User and groups are sent to the server exactly as they are."""
    sender = caller(team)

    (reply,) = sender.reviewer.ask([AccessQuestion(SECRETS, identity)])

    assert (expected, SUBJECT) == (reply.allowed, reply.kind)
    assert {PATHS[SUBJECT]: 1} == sender.posts()


@pytest.mark.server
def test_the_servers_reason_comes_along(team: ControlPlane) -> None:
    """It names the binding, its namespace, the role and the subject."""
    (reply,) = caller(team).reviewer.ask([AccessQuestion(SECRETS, Identity("x", ("reviewers",)))])

    binding = f'RoleBinding "readers/{TEAM}" of Role "reader" to Group "reviewers"'
    assert Reply(True, f"RBAC: allowed by {binding}", kind=SUBJECT) == reply


@pytest.mark.server
@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(Request("get", "", "nodes"), True, id="no namespace"),
        pytest.param(Request("list", "", "nodes"), False, id="another verb"),
        pytest.param(Request("get", "", "pods", "log", "web", TEAM), True, id="a subresource"),
        pytest.param(Request("get", "", "pods", "", "web", TEAM), False, id="without the subresource"),
        pytest.param(Request("get", "apps", "deployments", "", "web", TEAM), True, id="a name"),
        pytest.param(Request("get", "apps", "deployments", "", "db", TEAM), False, id="another name"),
        pytest.param(Request("get", "", "deployments", "", "web", TEAM), False, id="another group"),
        pytest.param(Request("get", "", "secrets", "", "", OTHER), False, id="another namespace"),
        pytest.param(Request("get", path="/metrics"), True, id="a path"),
        pytest.param(Request("get", path="/metrics/x"), False, id="another path"),
    ],
)
def test_every_attribute_of_a_request_is_sent(team: ControlPlane, request_: Request, expected: bool) -> None:
    """Each attribute decides whether Alice is allowed."""
    replies = caller(team).reviewer.ask([AccessQuestion(request_, Identity(READER))])
    replies += caller(team, READER).reviewer.ask([AccessQuestion(request_)])

    assert [expected, expected] == [reply.allowed for reply in replies]


@pytest.mark.server
def test_replies_stand_in_the_order_of_the_questions_each_asked_once(team: ControlPlane) -> None:
    """A thousand questions, many of them equal, get the same answers as from a plain client."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    people = [READER, OWNER, NOBODY, "x"]
    requests = [
        Request(verb, "", resource, "", "", namespace)
        for verb in ("get", "list")
        for resource in ("secrets", "nodes", "pods/log")
        for namespace in ("", TEAM, OTHER)
    ]
    questions = [
        AccessQuestion(
            draw.choice(requests), Identity(draw.choice(people), draw.choice(((), ("reviewers",))))
        )
        for _ in range(1000)
    ]
    sender = caller(team)

    replies = sender.reviewer.ask(questions)

    plain = asking.ask(team, [spec(question) for question in questions])
    assert {True, False} == {status.allowed for status in plain}
    assert [status.allowed for status in plain] == [reply.allowed for reply in replies]
    assert {PATHS[SUBJECT]: len(set(questions))} == sender.posts()


def spec(question: AccessQuestion) -> asking.Spec:
    """Return the same question for a plain client."""
    request, identity = question.request, question.identity or Identity()
    attributes = {"verb": request.verb, "resource": request.resource, "namespace": request.namespace}
    return {"user": identity.user, "groups": list(identity.groups), "resourceAttributes": attributes}


@pytest.mark.server
def test_no_question_is_no_request(team: ControlPlane) -> None:
    """Nothing is sent."""
    sender = caller(team)

    assert ([], []) == (sender.reviewer.ask([]), sender.reviewer.rules([]))
    assert Counter() == sender.posts()


# --- what a profile owner may ask -------------------------------------------------------------------------

STRANGERS = [Identity(f"user-{number}") for number in range(20)]


@pytest.mark.server
def test_local_reviews_answer_an_owner_in_their_own_namespace(team: ControlPlane) -> None:
    """Elsewhere the server refuses: once for the cluster and once per namespace, not for each question."""
    sender = caller(team, OWNER)
    in_own = [AccessQuestion(SECRETS, identity) for identity in (*STRANGERS, Identity(READER))]
    in_other = [
        AccessQuestion(Request("get", "", "secrets", "", "", OTHER), identity) for identity in STRANGERS
    ]

    replies = sender.reviewer.ask([*in_other, *in_own])

    elsewhere, own = replies[: len(in_other)], replies[len(in_other) :]
    assert [False] * len(STRANGERS) + [True] == [reply.allowed for reply in own]
    assert {None} == {reply.allowed for reply in elsewhere}
    assert {LOCAL} == {reply.kind for reply in replies}
    (problem,) = {reply.problem for reply in elsewhere}
    assert "localsubjectaccessreviews.authorization.k8s.io is forbidden" in problem
    assert f'in the namespace "{OTHER}"' in problem
    assert {PATHS[SUBJECT]: 1, PATHS[OTHER]: 1, PATHS[TEAM]: len(in_own)} == sender.posts()


@pytest.mark.server
def test_what_was_refused_is_not_tried_again(team: ControlPlane) -> None:
    """Later questions of the same command remember it."""
    sender = caller(team, OWNER)
    questions = [
        AccessQuestion(Request("get", "", "secrets", "", "", name), STRANGERS[0]) for name in (TEAM, OTHER)
    ]

    first = sender.reviewer.ask(questions)
    second = sender.reviewer.ask(questions)

    assert first == second
    assert {PATHS[SUBJECT]: 1, PATHS[OTHER]: 1, PATHS[TEAM]: 2} == sender.posts()


@pytest.mark.server
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request("get", "", "nodes"), id="no namespace"),
        pytest.param(Request("get", path="/metrics"), id="a path"),
        pytest.param(Request("get", namespace=TEAM, path="/metrics"), id="a path with a namespace"),
    ],
)
def test_what_no_local_review_can_ask_has_no_answer_for_an_owner(
    team: ControlPlane, request_: Request
) -> None:
    """The problem is the server's answer to the review of the whole cluster."""
    sender = caller(team, OWNER)

    replies = sender.reviewer.ask([AccessQuestion(request_, identity) for identity in STRANGERS])

    assert {(None, SUBJECT)} == {(reply.allowed, reply.kind) for reply in replies}
    (problem,) = {reply.problem for reply in replies}
    assert "subjectaccessreviews.authorization.k8s.io is forbidden" in problem
    assert "at the cluster scope" in problem
    assert {PATHS[SUBJECT]: 1} == sender.posts()


@pytest.mark.server
@pytest.mark.parametrize(
    "name", ["..", f"{TEAM}/../{TEAM}", "a b", "UPPER", "a.b", "x" * 64, "-a", "é", "a\n", "a?b=c", "%2e%2e"]
)
def test_a_name_that_no_namespace_can_have_is_part_of_no_path(team: ControlPlane, name: str) -> None:
    """That question has no answer, and the others have theirs."""
    sender = caller(team, OWNER)
    odd = AccessQuestion(Request("get", "", "secrets", "", "", name), STRANGERS[0])

    replies = sender.reviewer.ask([odd, AccessQuestion(SECRETS, Identity(READER)), odd])

    assert [None, True, None] == [reply.allowed for reply in replies]
    assert f"cannot ask about namespace `{name}`: no namespace can have that name" == replies[0].problem
    assert {PATHS[SUBJECT]: 1, PATHS[TEAM]: 1} == sender.posts()


@pytest.mark.server
def test_an_administrator_may_ask_about_any_text_as_a_namespace(team: ControlPlane) -> None:
    """In a body it is harmless, and the server answers."""
    odd = AccessQuestion(Request("get", "", "secrets", "", "", "../x"), Identity("x", ("system:masters",)))

    (reply,) = caller(team).reviewer.ask([odd])

    assert (True, SUBJECT) == (reply.allowed, reply.kind)


@pytest.mark.server
@pytest.mark.parametrize(
    ("identity", "problem"),
    [
        pytest.param(Identity(), "at least one of `user` and `groups` must be set", id="nobody at all"),
        pytest.param(Identity("\udcff"), "cannot ask about a name that is not UTF-8", id="no UTF-8"),
    ],
)
def test_an_identity_that_cannot_be_sent_is_not(team: ControlPlane, identity: Identity, problem: str) -> None:
    """That question has no answer, and the next one has."""
    sender = caller(team)

    replies = sender.reviewer.ask(
        [AccessQuestion(SECRETS, identity), AccessQuestion(SECRETS, Identity(READER))]
    )

    assert [(None, problem), (True, "")] == [(reply.allowed, reply.problem) for reply in replies]
    assert {PATHS[SUBJECT]: 1} == sender.posts()


@pytest.mark.server
@pytest.mark.parametrize("identity", [None, Identity(READER)], ids=["oneself", "others"])
def test_a_forbidden_impersonation_is_reported_once(team: ControlPlane, identity: Identity | None) -> None:
    """The refusal concerns every request, so no other is sent."""
    sender = caller(team, NOBODY, as_user=READER)
    requests = [SECRETS, Request("get", "", "pods", "", "", TEAM), Request("get", "", "nodes")]

    replies = sender.reviewer.ask([AccessQuestion(request, identity) for request in requests])

    assert [None] * 3 == [reply.allowed for reply in replies]
    assert {True} == {"cannot impersonate" in reply.problem for reply in replies}
    assert {True} == {reply.hint.startswith("`--as` acts as another user") for reply in replies}
    assert 1 == sender.posts().total()


# --- rules, and who one is --------------------------------------------------------------------------------


@pytest.mark.server
def test_rules_are_those_of_each_namespace(team: ControlPlane) -> None:
    """They are in the order of the namespaces, and each namespace is asked about once."""
    sender = caller(team, OWNER)
    local = PolicyRule(("create",), ("authorization.k8s.io",), ("localsubjectaccessreviews",))

    replies = sender.reviewer.rules([OTHER, TEAM, TEAM, OTHER])

    assert [False, True, True, False] == [local in reply.rules for reply in replies]
    assert {True} == {any("/healthz" in rule.non_resource_urls for rule in reply.rules) for reply in replies}
    assert {(False, "", "")} == {(r.incomplete, r.evaluation_error, r.problem) for r in replies}
    assert {"/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": 2} == sender.posts()


@pytest.mark.server
def test_an_incomplete_list_of_rules_says_so(team: ControlPlane) -> None:
    """Alice is bound to a role that does not exist, and the server does not call this incomplete."""
    (reply,) = caller(team, READER).reviewer.rules([TEAM])

    secrets = PolicyRule(("get",), ("",), ("secrets", "pods/log"))
    assert secrets in reply.rules
    assert (False, "") == (reply.incomplete, reply.problem)
    assert '"no-such-role" not found' in reply.evaluation_error


@pytest.mark.server
def test_rules_outside_namespaces_have_no_answer(team: ControlPlane) -> None:
    """The server needs a namespace; the other namespaces are answered."""
    outside, inside = caller(team, OWNER).reviewer.rules(["", TEAM])

    assert RulesReply(problem="no namespace on request") == outside
    assert ("", False) == (inside.problem, inside.incomplete)


@pytest.mark.server
def test_a_token_identifies_its_service_account(team: ControlPlane) -> None:
    """With its uid, and the groups that the server gives it."""
    token = team.service_account_token(TEAM, "default")
    account = team.request("GET", f"/api/v1/namespaces/{TEAM}/serviceaccounts/default")[1]
    config = team.directory / "reviews-account.kubeconfig"
    text = team.kubeconfig(NOBODY).read_text(encoding="utf-8")
    config.write_text(text.replace(team.token(NOBODY), token), encoding="utf-8")

    me = caller(team, config=config).reviewer.caller_identity()

    groups = ("system:serviceaccounts", f"system:serviceaccounts:{TEAM}", "system:authenticated")
    assert (f"system:serviceaccount:{TEAM}:default", account["metadata"]["uid"]) == (me.user, me.uid)
    assert (groups, "") == (me.groups, me.problem)


@pytest.mark.server
def test_an_impersonated_user_is_the_caller(team: ControlPlane) -> None:
    """With the groups, the uid and the extra values of the flags."""
    sender = caller(
        team, as_user=READER, as_groups=("a", "b"), as_uid="7", as_user_extra=("scopes=x", "scopes=y")
    )

    me = sender.reviewer.caller_identity()

    assert CallerIdentity(READER, "7", ("a", "b", "system:authenticated"), {"scopes": ("x", "y")}) == me


@pytest.mark.server
def test_a_forbidden_impersonation_is_a_problem_of_myself(team: ControlPlane) -> None:
    """It is not an exception, but a problem with a hint."""
    me = caller(team, NOBODY, as_user=READER).reviewer.caller_identity()

    assert "" == me.user
    assert "cannot impersonate" in me.problem
    assert me.hint.startswith("`--as` acts as another user")


# --- answers that no real server gives --------------------------------------------------------------------


class Pool:
    """A server whose answers come from *answer*, in place of urllib3's pool; *posted* lists the URLs."""

    def __init__(self, answer: Callable[[str, Any], tuple[int, Any]]) -> None:
        self.answer = answer
        self.posted: list[str] = []

    def request(
        self, method: str, url: str, body: bytes, headers: Any, **_options: Any
    ) -> urllib3.HTTPResponse:
        """Answer one request."""
        assert "POST" == method
        self.posted.append(url)
        status, content = self.answer(url, headers)
        data = content if isinstance(content, bytes) else msgspec.json.encode(content)
        return response(status, data)


def reviewer_of(pool: Pool, headers: Callable[[bool], Any] = lambda _fresh: {}) -> ServerReviewer:
    """Return a reviewer for that server."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
    return ServerReviewer(Transport(pool, "https://stub", headers), env)


def review(**status: Any) -> dict[str, Any]:
    """Return the server's answer to a SubjectAccessReview, with the given status."""
    return {"apiVersion": "authorization.k8s.io/v1", "kind": SUBJECT, "spec": {}, "status": status}


QUESTIONS = [AccessQuestion(SECRETS, identity) for identity in STRANGERS]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            review(allowed=True, evaluationError="webhook failed"),
            Reply(True, "", "webhook failed", kind=SUBJECT),
            id="allowed in spite of an error",
        ),
        pytest.param(
            review(allowed=False, denied=True, reason="no", evaluationError="half"),
            Reply(False, "no", "half", kind=SUBJECT),
            id="denied",
        ),
    ],
)
def test_an_evaluation_error_is_kept(answer: dict[str, Any], expected: Reply) -> None:
    """It does not change the answer."""
    assert [expected] == reviewer_of(Pool(lambda _url, _headers: (201, answer))).ask(QUESTIONS[:1])


def test_a_reason_of_any_length_is_shortened() -> None:
    """The server can send megabytes, which nobody reads."""
    answer = review(allowed=False, reason="r" * 5_000_000, evaluationError="e" * 5_000_000)

    (reply,) = reviewer_of(Pool(lambda _url, _headers: (201, answer))).ask(QUESTIONS[:1])

    for text in (reply.reason, reply.evaluation_error):
        assert text.endswith("(cut off: 5,000,000 characters)")
        assert len(text) < MOST_CHARACTERS + 100


@pytest.mark.parametrize("field", ["conditionalDecision", "conditionSetChain", "conditionsChain"])
def test_a_conditional_answer_is_neither_a_yes_nor_a_no(field: str) -> None:
    """
    It depends on the object that is written (k8s.io/api v0.38.0-beta.0, and drafts of KEP-5681).

    No server that answers so can be built here: the gate ConditionalAuthorization is alpha in 1.38.
    """
    answer = review(allowed=False, **{field: [{"allowConditions": [{"id": "a", "condition": "true"}]}]})

    (reply,) = reviewer_of(Pool(lambda _url, _headers: (201, answer))).ask(QUESTIONS[:1])

    assert (None, CONDITIONAL) == (reply.allowed, reply.problem)


@pytest.mark.parametrize("empty", [None, {}, []], ids=repr)
def test_an_answer_without_conditions_is_a_plain_answer(empty: Any) -> None:
    """An empty field says nothing."""
    answer = review(allowed=False, conditionalDecision=empty)

    (reply,) = reviewer_of(Pool(lambda _url, _headers: (201, answer))).ask(QUESTIONS[:1])

    assert reply.allowed is False


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param({"kind": "Pod", "status": {"allowed": True}}, "it is a `Pod`", id="another kind"),
        pytest.param(review(), "missing required field `allowed`", id="nothing said"),
        pytest.param(review(allowed=True) | {"kind": SELF}, f"it is a `{SELF}`", id="another review"),
        pytest.param({"status": {"allowed": True}}, "it has no kind", id="no kind"),
        pytest.param({"kind": SUBJECT}, "it has no status", id="no status"),
        pytest.param({"kind": SUBJECT, "status": None}, "it has no status", id="a status that is null"),
        pytest.param(review(allowed="yes"), "Expected `bool`, got `str`", id="a text"),
        pytest.param(review(allowed=1), "Expected `bool`, got `int`", id="a number"),
        pytest.param(review(allowed=None), "Expected `bool`, got `null`", id="null"),
    ],
)
def test_an_answer_of_another_kind_is_a_problem(answer: dict[str, Any], problem: str) -> None:
    """It is neither a yes nor a no, and nothing else is sent to this server."""
    pool = Pool(lambda _url, _headers: (201, answer))

    replies = reviewer_of(pool).ask(QUESTIONS)

    assert {None} == {reply.allowed for reply in replies}
    (text,) = {reply.problem for reply in replies}
    assert text.startswith(f"cannot understand the server's answer to a {SUBJECT}: ")
    assert problem in text
    assert {"is this the address of a Kubernetes API server?"} == {reply.hint for reply in replies}
    assert 1 == len(pool.posted)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_review_that_is_not_valid_concerns_itself_alone(status: int) -> None:
    """The server answers valid reviews, and the next one is valid."""
    answers = iter([(status, {"kind": "Status", "message": "spec is wrong"})])
    pool = Pool(lambda _url, _headers: next(answers, (201, review(allowed=True))))

    replies = reviewer_of(pool).ask(QUESTIONS)

    assert [None, *[True] * 19] == [reply.allowed for reply in replies]
    assert "spec is wrong" == replies[0].problem
    assert len(QUESTIONS) == len(pool.posted)


@pytest.mark.parametrize("served", ["v1", "v1beta1", "v1alpha1"])
def test_older_servers_answer_in_older_versions(served: str) -> None:
    """We use the newest version that the server has."""
    info = {"username": "alice", "groups": None, "extra": {"key": ["a", "b"], "none": None}}
    answer = {"kind": "SelfSubjectReview", "status": {"userInfo": info}}
    path = f"/authentication.k8s.io/{served}/"
    pool = Pool(lambda url, _headers: (201, answer) if path in url else (404, b"404 page not found"))

    me = reviewer_of(pool).caller_identity()

    assert CallerIdentity("alice", extra={"key": ("a", "b"), "none": ()}) == me
    assert path in pool.posted[-1]


@pytest.mark.parametrize(
    ("status", "body", "problem", "requests"),
    [
        pytest.param(404, b"404 page not found", "the server has no SelfSubjectReview: ", 3, id="not there"),
        pytest.param(403, {"message": "it is forbidden"}, "it is forbidden", 1, id="refused"),
        pytest.param(200, b"<html>", "cannot understand the server's answer", 1, id="another web server"),
        pytest.param(
            201,
            {"kind": "SelfSubjectReview", "status": {"userInfo": {}}},
            "missing required field `username`",
            1,
            id="nobody",
        ),
    ],
)
def test_a_server_without_an_answer_about_the_caller_is_a_problem(
    status: int, body: Any, problem: str, requests: int
) -> None:
    """It is not an exception, but a problem, in the server's words if it has any."""
    pool = Pool(lambda _url, _headers: (status, body))

    me = reviewer_of(pool).caller_identity()

    assert CallerIdentity(problem=me.problem, hint=me.hint, code=me.code) == me
    assert problem in me.problem
    assert requests == len(pool.posted)


MANY = [AccessQuestion(SECRETS, Identity(f"user-{number}")) for number in range(100)]


class Login:
    """Credentials that the server refuses after *lasts* requests; *renewed* counts the new ones."""

    def __init__(self, lasts: int, failure: Exception | None = None) -> None:
        self.left, self.failure, self.renewed = lasts, failure, 0

    def headers(self, fresh: bool) -> dict[str, str]:
        """Return the headers of a request."""
        self.renewed += fresh
        if fresh and self.failure:
            raise self.failure
        return {"Authorization": "new" if self.renewed and not self.failure else "old"}

    def answer(self, _url: str, headers: Any) -> tuple[int, Any]:
        """Return the server's answer to a request with *headers*."""
        self.left -= 1
        if headers["Authorization"] == "old" and self.left < 0:
            return 401, {"kind": "Status", "message": "Unauthorized"}
        return 201, review(allowed=True)


def test_reviews_under_way_fetch_new_credentials_once() -> None:
    """Eight reviews are refused at once; the plugin runs only for the first, and no answer is missing."""
    login = Login(lasts=20)

    replies = reviewer_of(Pool(login.answer), login.headers).ask(MANY)

    assert {True} == {reply.allowed for reply in replies}
    assert 1 == login.renewed


def test_credentials_that_cannot_be_fetched_end_the_asking() -> None:
    """Answers stay; the plugin fails once, and its error is the problem of all other questions."""
    login = Login(lasts=20, failure=CannotAnswer("the plugin failed", hint="log in"))
    pool = Pool(login.answer)

    replies = reviewer_of(pool, login.headers).ask(MANY)

    assert (20, 1) == ([reply.allowed for reply in replies].count(True), login.renewed)
    unanswered = [reply for reply in replies if reply.allowed is None]
    assert {("the plugin failed", "log in")} == {(reply.problem, reply.hint) for reply in unanswered}
    assert len(pool.posted) <= 20 + AT_ONCE


def test_an_interrupt_ends_the_asking() -> None:
    """The interrupt reaches the caller, and the waiting questions are not sent."""
    answers = iter([(201, review(allowed=True))] * 20)

    def answer(_url: str, _headers: Any) -> tuple[int, Any]:
        next_answer = next(answers, None)
        if next_answer is None:
            raise KeyboardInterrupt
        return next_answer

    pool = Pool(answer)

    with pytest.raises(KeyboardInterrupt):
        reviewer_of(pool).ask(MANY)
    assert len(pool.posted) < len(MANY)


def test_progress_counts_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says how many reviews there are, and how many are answered by now."""
    seconds = Seconds(monkeypatch)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def answer(_url: str, _headers: Any) -> tuple[int, Any]:
        if next(calls) == 51:
            seconds.pass_one()
        return 201, review(allowed=True)

    terminal, pool, calls = Terminal(), Pool(answer), count(1)
    env = Environment(io.BytesIO(), io.StringIO(), terminal, {}, Path("/"))

    ServerReviewer(Transport(pool, "https://stub", lambda _fresh: {}), env).ask(MANY)

    assert re.fullmatch(
        re.escape(CLEAR) + r"asking the server 100 access reviews, \d\d answered \.\.\." + re.escape(CLEAR),
        terminal.getvalue(),
    )
