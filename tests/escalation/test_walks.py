"""
Every way of every step is taken on a real server, by somebody who is allowed what it needs and nothing else.

Without any single one of these requests it is refused. What a controller or a webhook does afterwards is not
walked: the table says how far the walk is, and the step's source names what was read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from kubectl_kfaccess.escalation.registry import STEPS, step_type
from kubectl_kfaccess.escalation.step_type import Need, StepType, Way
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion, parse_version
from kubectl_kfaccess.rbac.rules import Request
from tests.controlplane.cluster import DEFAULT_USERS, ControlPlane, User
from tests.controlplane.load import load
from tests.controlplane.versions import server_versions
from tests.escalation import manifests as m
from tests.escalation.ground import NAMESPACE, ROBOT, Ground, Refused, Walker, wait_for
from tests.escalation.walks import NOT_WALKED, ROWS, Row, rows_of

WALKERS = 1200
WALKED = [step.id for step in STEPS if step.id not in NOT_WALKED]
MINORS = sorted({version.minor for text in server_versions() for version in [parse_version(text)] if version})
CORPUS = Path(os.environ.get("KFACCESS_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
_NO_WAY = Way("", ())


class Walk(NamedTuple):
    """
    A walk by somebody who is allowed *requests*, as the *words* say.

    It must be refused if one request is *missing*, and if the data do not know the way (*is_known*).
    """

    row: Row
    way: Way
    words: tuple[str, ...]
    requests: frozenset[Request]
    missing: Request | None = None
    is_known: bool = True

    @property
    def is_refused(self) -> bool:
        """Whether the server must refuse it."""
        return self.missing is not None or not self.is_known

    def __str__(self) -> str:
        what = f"{' + '.join((*self.row.needs, *self.row.also))} by {' + '.join(self.words)}"
        lack = f" without {self.missing}" if self.missing else ""
        return f"{what}{lack}{'' if self.is_known else ', which the data do not know'}"


def pairs(step: StepType, minor: int) -> list[tuple[Row, Way]]:
    """Return each row of a step on Kubernetes 1.MINOR with its way, an empty one if the step has none."""
    ways = [way for way in step.ways if way.is_in(KubernetesVersion(1, minor))]
    return list(zip(rows_of(step.id, minor), ways if step.ways else [_NO_WAY], strict=True))


def choices_of(row: Row, way: Way) -> dict[frozenset[Request], tuple[str, ...]]:
    """Return the sets of requests that the data call enough, each in the words of the table."""
    parts = [
        [(word(need, requests), requests) for requests in need.alternatives(row.namespace, row.name)]
        for need in way.needs
    ]
    return {
        frozenset(request for _, requests in chosen for request in requests): tuple(how for how, _ in chosen)
        for chosen in product(*parts)
    }


def word(need: Need, requests: tuple[Request, ...]) -> str:
    """Return how the table calls these requests."""
    is_object = need.plane is Plane.KUBECTL and not need.subresource
    if len(requests) > 1:
        return "apply"
    return "post" if is_object and requests[0].verb == "create" else requests[0].verb


def walks(row: Row, way: Way) -> Iterator[Walk]:
    """
    Yield a complete walk for each set of requests in the data, and one without each request of it.

    What only the table calls enough is walked as well: the data would lack a way if it were.
    """
    known = choices_of(row, way)
    for enough in sorted(known, key=sorted_texts):
        whole = enough | row.more()
        yield Walk(row, way, known[enough], whole)
        for missing in sorted(whole, key=str):
            yield Walk(row, way, known[enough], whole - {missing}, missing)
    for words, enough in row.choices():
        if enough not in known:
            yield Walk(row, way, words, enough | row.more(), is_known=False)


def sorted_texts(requests: frozenset[Request]) -> list[str]:
    """Return the requests as texts, sorted."""
    return sorted(map(str, requests))


@pytest.mark.parametrize("minor", MINORS)
@pytest.mark.parametrize("step_id", WALKED)
def test_the_table_of_walks_has_the_requests_of_the_data(step_id: str, minor: int) -> None:
    """The rows are written by hand, one for each way, for each version of Kubernetes."""
    for row, way in pairs(step_type(step_id), minor):
        assert {requests: words for words, requests in row.choices()} == choices_of(row, way)


def test_every_step_is_walked_or_there_is_a_reason_why_not(
    record_property: Callable[[str, object], None],
) -> None:
    """And every row is about a step."""
    known = [
        walk for step_id in WALKED for pair in pairs(step_type(step_id), MINORS[-1]) for walk in walks(*pair)
    ]
    complete = sum(not walk.missing for walk in known)
    outcomes = f"{complete} walks that pass, {len(known) - complete} that are refused"
    figures = f"{len(WALKED)} steps, {len(ROWS)} rows, {outcomes}"
    record_property("figures", f"walks on 1.{MINORS[-1]}: {figures}")
    assert {step.id for step in STEPS} == {row.step for row in ROWS} | set(NOT_WALKED)
    assert not {row.step for row in ROWS} & set(NOT_WALKED)


@pytest.fixture(scope="module")
def ground(kubernetes_version: str) -> Iterator[Ground]:
    """Yield a server that admits accounts, with what all walks need."""
    users = (*DEFAULT_USERS, *(User(f"walker-{number}") for number in range(WALKERS)))
    with ControlPlane(kubernetes_version, users, admits_accounts=True) as plane:
        known = Ground(plane)
        assert [] == load(plane, _objects())
        kinds = [kind for row in ROWS for kind in row.kinds]
        known.install({(each.group, each.resource): each.is_of_cluster for each in kinds}, CORPUS)
        for namespace in (NAMESPACE, "strict"):
            path = f"{m.core('serviceaccounts', namespace)}/default"
            wait_for("default account", lambda path=path: plane.request("GET", path)[0] == 200)
        yield known


def _objects() -> Iterator[m.Object]:
    """Yield what all walks need: accounts, what they are allowed, and roles to write."""
    for name in (NAMESPACE, "strict"):
        yield m.named("v1", "Namespace", {}, name)
    yield {**m.account(), "metadata": {"name": ROBOT, "namespace": NAMESPACE}}
    for name, resource in (("lists-pods", "pods"), ("lists-secrets", "secrets")):
        rule = {"verbs": ["list"], "apiGroups": [""], "resources": [resource]}
        yield m.named(m.RBAC, "ClusterRole", {"rules": [rule]}, name)
    selector = {"clusterRoleSelectors": [{"matchLabels": {"walks/aggregate": "yes"}}]}
    yield m.named(m.RBAC, "ClusterRole", {"aggregationRule": selector}, "aggregated")
    group = {"apiGroup": "rbac.authorization.k8s.io"}
    accounts = [{"kind": "ServiceAccount", "namespace": NAMESPACE, "name": name} for name in (ROBOT, "ghost")]
    subjects = {
        "lists-pods": [accounts[0], {**group, "kind": "User", "name": ROBOT}],
        "lists-secrets": [accounts[1]],
    }
    for name, known in subjects.items():
        ref = {**group, "kind": "ClusterRole", "name": name}
        binding = m.named(m.RBAC, "RoleBinding", {"roleRef": ref, "subjects": known}, name)
        yield {**binding, "metadata": {"name": name, "namespace": NAMESPACE}}


@pytest.mark.server
@pytest.mark.parametrize("step_id", WALKED)
def test_a_step_is_walked_with_what_it_needs_and_refused_without(ground: Ground, step_id: str) -> None:
    """Each set of requests that the data calls enough is, and each request of it is needed."""
    version = parse_version(ground.plane.version)
    assert version is not None
    known = [walk for row, way in pairs(step_type(step_id), version.minor) for walk in walks(row, way)]
    walkers = ground.walkers([walk.requests for walk in known])

    outcomes = [(walk, refused(walk, who)) for walk, who in zip(known, walkers, strict=True)]
    wrong = [str(walk) for walk, is_refused in outcomes if is_refused != walk.is_refused]

    assert [] == wrong
    assert [walk for walk in known if not walk.missing], "nothing was walked"


def refused(walk: Walk, walker: Walker) -> bool:
    """Walk, and return whether that was refused."""
    try:
        walk.row.walk(walker, walk.words, walk.way)
    except Refused:
        return True
    return False
