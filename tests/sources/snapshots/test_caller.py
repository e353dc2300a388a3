"""What a snapshot knows of the caller from the rules that the server listed, and what it leaves open."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, CallerIdentity
from kubectl_kfaccess.sources.snapshots.caller import NOT_KEPT, SavedReviewer
from kubectl_kfaccess.sources.snapshots.document import SavedRules
from tests.builders import identity, request, rule, urls

OWN, COMMON, ALL_URLS = rule("create", "pods"), rule("list", "nodes"), urls("get", "*")


def reviewer(*kept: SavedRules) -> SavedReviewer:
    """Return what a snapshot with these lists of rules knows of alice."""
    return SavedReviewer(CallerIdentity("alice"), {each.namespace: each for each in kept})


def listed(namespace: str, *rules: PolicyRule) -> SavedRules:
    """Return a complete list."""
    return SavedRules(namespace, rules)


WHOLE = (listed("team-a", OWN, COMMON, ALL_URLS), listed("elsewhere", COMMON))
PARTS = {
    "incomplete": SavedRules("team-a", (COMMON,), incomplete=True),
    "failed": SavedRules("team-a", (COMMON,), evaluation_error="a role is missing"),
    "refused": SavedRules("team-a", problem="forbidden"),
}


# By case: the request, and whether it is allowed (None: unknown)
CASES: dict[str, tuple[Request, bool | None]] = {
    "a rule of the namespace": (request("create", "pods", "team-a"), True),
    "no rule of the namespace": (request("delete", "pods", "team-a"), False),
    "a rule of another namespace": (request("create", "pods", "elsewhere"), False),
    "a namespace that was not asked about": (request("create", "pods", "team-b"), None),
    "outside namespaces, by a rule of one namespace": (request("create", "pods"), False),
    "outside namespaces, by a rule that is everywhere": (request("list", "nodes"), None),
    "outside namespaces, by no rule": (request("delete", "nodes"), False),
    # a RoleBinding grants no URL, but the server lists the URLs of its role (RulesFor)
    "a URL that one namespace has": (request("get", "/metrics"), False),
}


@pytest.mark.parametrize("case", CASES)
def test_answers_come_from_the_rules_that_the_server_listed(case: str) -> None:
    """A list of a namespace has what is granted there, and what is granted in the whole cluster."""
    asked_for, allowed = CASES[case]

    (reply,) = reviewer(*WHOLE).ask([AccessQuestion(asked_for)])

    assert (allowed, NOT_KEPT if allowed is None else "") == (reply.allowed, reply.problem)


def test_a_url_that_is_in_every_list_is_left_open() -> None:
    """Each of the lists can have it from a RoleBinding."""
    (reply,) = reviewer(listed("a", ALL_URLS), listed("b", ALL_URLS)).ask(
        [AccessQuestion(request("get", "/metrics"))]
    )

    assert reply.allowed is None


@pytest.mark.parametrize("case", PARTS)
@pytest.mark.parametrize("namespace", ["team-a", ""])
def test_a_list_with_something_missing_denies_nothing(case: str, namespace: str) -> None:
    """An authorizer that cannot list its rules can still allow it."""
    (reply,) = reviewer(PARTS[case]).ask([AccessQuestion(request("delete", "pods", namespace))])

    assert reply.allowed is None


def test_an_incomplete_list_allows_what_is_in_it() -> None:
    """Rules only add."""
    (reply,) = reviewer(PARTS["incomplete"]).ask([AccessQuestion(request("list", "nodes", "team-a"))])

    assert reply.allowed is True


def test_nothing_is_known_about_others() -> None:
    """The rules are those of the caller, even if somebody else has the same name."""
    (reply,) = reviewer(*WHOLE).ask([AccessQuestion(request("create", "pods", "team-a"), identity("bob"))])

    assert (None, NOT_KEPT) == (reply.allowed, reply.problem)


def test_rules_are_known_where_they_were_read() -> None:
    """Elsewhere there is a problem, and no empty list that would deny everything."""
    known, unknown = reviewer(*WHOLE).rules(["team-a", "team-b"])

    assert ((OWN, COMMON, ALL_URLS), False, "") == (known.rules, known.incomplete, known.problem)
    assert ((), True, NOT_KEPT) == (unknown.rules, unknown.incomplete, unknown.problem)
