"""
Requests whose scope is not that of their type: what `who-can` would list is what the server decides.

Random roles grant the verbs of `rbac/scope_exceptions.py` on their own types and on others, in namespaces and
in the whole cluster. Each verb and type is read as a user's words, and the server is asked about every user.
KFACCESS_SEED and KFACCESS_SCOPE_REVIEWS set the seed and the least number of reviews.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.request_scope import Question, Target
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS, ScopeException, has_any_subresource
from kubectl_kfaccess.rbac.who_can import list_subjects
from kubectl_kfaccess.resolve.resource_words import resource_words
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.opened import open_source
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.sources.source_choice import SourceChoice
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load
from tests.truth.arena import KINDS, wait_for_authorizer
from tests.truth.asking import ask
from tests.truth.worlds import RBAC

SEED = int(os.environ.get("KFACCESS_SEED", "20261128"))
REVIEWS = int(os.environ.get("KFACCESS_SCOPE_REVIEWS", "500"))
NAMESPACES = ("scopes-a", "scopes-b")
USERS = tuple(f"scopes-u{number}" for number in range(3))
ROLES = tuple(f"scopes-r{number}" for number in range(6))
NAMES = ("a", "b")
GROUP = {"apiGroup": "rbac.authorization.k8s.io"}
VERBS = sorted({verb for row in EXCEPTIONS for verb in row.verbs})


@pytest.mark.server
def test_who_can_asks_with_the_scope_of_the_server(
    plane: ControlPlane, record_property: Callable[[str, object], None]
) -> None:
    """For every exception, name and namespace, exactly the listed subjects are allowed."""
    random = Random(SEED)
    outcomes: list[tuple[str, bool, bool]] = []
    while len(outcomes) < REVIEWS and all(ours == servers for _, ours, servers in outcomes):
        outcomes += _outcomes(plane, random)
    reviews, allowed = len(outcomes), sum(servers for _, _, servers in outcomes)
    figures = f"scopes on {plane.version}: seed {SEED}, {reviews} reviews, {allowed} allowed"
    record_property("figures", figures)
    assert [] == [outcome for outcome in outcomes if outcome[1] != outcome[2]]
    assert allowed * 20 > reviews, "almost nothing was allowed, so little was compared"


def _outcomes(plane: ControlPlane, random: Random) -> list[tuple[str, bool, bool]]:
    """Return the reviews of a random world: the review, whether we list the user, the server's answer."""
    try:
        assert [] == load(plane, list(_objects(random)), replace=True)
        wait_for_authorizer(plane)
        asked = list(_asked(_source(plane)))
        statuses = ask(plane, [spec for spec, _ in asked])
        answers = zip(asked, statuses, strict=True)
        return [(str(spec), is_listed, status.allowed) for (spec, is_listed), status in answers]
    finally:
        clear(plane)


def _asked(source: Source) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield a review for each question and user, and whether we list the user."""
    evaluator = Evaluator(source.read(Wanted(KINDS)))
    for row, name, namespace in itertools.product(EXCEPTIONS, ("", *NAMES), ("", *NAMESPACES)):
        for question in _questions(source, row, name, namespace):
            allowed = {item.who.name for item in list_subjects(evaluator, question).items}
            for user in USERS:
                yield _spec(question, user, "".join(question.namespaces or ())), user in allowed


def _questions(source: Source, row: ScopeException, name: str, namespace: str) -> Iterator[Question]:
    """Yield the first question that the words of *row* become, for each of its verbs."""
    rest = "scopes" if has_any_subresource(row.type) else name
    for verb in row.verbs:
        target = Target(row.type.full_name, rest, name=name if has_any_subresource(row.type) else "")
        words = resource_words(verb, target, source)
        question = words.questions((namespace,) if namespace else ())[0]
        assert (row.type.group, row.type.name) == (question.request.group, question.request.resource)
        yield question


def _spec(question: Question, user: str, namespace: str) -> dict[str, Any]:
    request = question.request
    attributes = {
        "verb": request.verb,
        "group": request.group,
        "resource": request.resource,
        "subresource": request.subresource,
        "name": request.name,
        "namespace": namespace,
    }
    return {"user": user, "resourceAttributes": {key: value for key, value in attributes.items() if value}}


def _objects(random: Random) -> Iterator[dict[str, Any]]:
    for name in ROLES:
        rules = [_rule(random) for _ in range(random.randint(4, 8))]
        yield {**RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    for number in range(20):
        namespace = random.choice(("", *NAMESPACES))
        yield {
            **RBAC,
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": f"scopes-{number}", **({"namespace": namespace} if namespace else {})},
            "roleRef": {**GROUP, "kind": "ClusterRole", "name": random.choice(ROLES)},
            "subjects": [{**GROUP, "kind": "User", "name": random.choice(USERS)}],
        }


def _rule(random: Random) -> dict[str, Any]:
    """Return a rule for an exception; some rules have the verb or the group of another exception."""
    row, other = random.choice(EXCEPTIONS), random.choice(EXCEPTIONS)
    is_odd = random.random() < 0.3
    resources = [row.type.name, *(["userextras/scopes"] if has_any_subresource(row.type) else [])]
    rule: dict[str, Any] = {
        "verbs": [random.choice(VERBS)] if is_odd else [*row.verbs],
        "apiGroups": [other.type.group if random.random() < 0.2 else row.type.group],
        "resources": ["*"] if random.random() < 0.1 else resources,
    }
    return {**rule, "resourceNames": [random.choice(NAMES)]} if random.random() < 0.3 else rule


def _source(plane: ControlPlane) -> Source:
    choice = SourceChoice(connection=ConnectionFlags(kubeconfig=str(plane.kubeconfig())))
    environment = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {"HOME": "/nonexistent"}, Path("/"))
    return open_source(choice, environment)
