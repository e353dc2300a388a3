"""What Istio's documentation says of small clusters, as a check of the oracle itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.planes.mesh.build import programs
from tests.planes.mesh.kubeflow_policies import Policy, owners, policy
from tests.planes.mesh.oracle import Answer, answers
from tests.planes.mesh.questions import Truth
from tests.planes.mesh.settings import GATEWAYS, Login, MeshSetting, all_meshes, principal
from tests.planes.mesh.worlds import AMBIENT, INJECTION, Subject, World

pytestmark = pytest.mark.slow

ALICE: Subject = ("User", "", "alice")
BOB: Subject = ("User", "", "bob")
GROUP: Subject = ("Group", "", "data-science")
EDITOR: Subject = ("ServiceAccount", "team-a", "default-editor")
CI: Subject = ("ServiceAccount", "ci", "runner")
HEADER = "request.headers[kubeflow-userid]"
LOGIN = Login()
NOTHING: dict[str, Any] = {}
EVERYTHING: list[dict[str, Any]] = [{}]


def allow(*rules: dict[str, Any], namespace: str = "team-a", **more: Any) -> Policy:
    """Return a policy that allows what its rules match."""
    return policy(namespace, f"allow-{len(rules)}", rules=list(rules), **more)


def deny(*rules: dict[str, Any], namespace: str = "team-a", **more: Any) -> Policy:
    """Return a policy that denies what its rules match."""
    return policy(namespace, "deny", action="DENY", rules=list(rules), **more)


def source(**fields: list[str]) -> dict[str, Any]:
    """Return a rule about where requests come from."""
    return {"from": [{"source": fields}]}


def to(**fields: list[str]) -> dict[str, Any]:
    """Return a rule about what requests do."""
    return {"to": [{"operation": fields}]}


def when(key: str, *values: str) -> dict[str, Any]:
    """Return a rule with one condition."""
    return {"when": [{"key": key, "values": list(values)}]}


@dataclass(frozen=True)
class Fact:
    """Policies of a cluster, and the letters that follow for a subject in team-a, as a regular expression."""

    says: str
    subject: Subject
    letters: str
    policies: tuple[Policy, ...]
    labels: dict[str, str] = field(default_factory=lambda: dict(INJECTION))
    meshes: tuple[MeshSetting, ...] = (MeshSetting(),)
    gaps: tuple[tuple[str, str], ...] = ()

    def world(self, number: int) -> World:
        """Return the cluster, which has the default settings of Kubeflow."""
        truth = Truth((LOGIN,), self.meshes, {"team-a": self.labels})
        return World(number, (), self.policies, self.gaps, (self.subject,), ("team-a",), truth)


OWNERS = owners("team-a", "alice", LOGIN, "cluster.local")
FROM_GATEWAY = source(principals=[principal(GATEWAYS[0])])
ONLY_ALICE = FROM_GATEWAY | when(HEADER, "alice")
NONE_ALLOWED = policy("istio-system", "allow-nothing")
CUSTOM = policy("team-a", "custom", action="CUSTOM", provider={"name": "x"}, rules=EVERYTHING)
SERVICE = {"group": "", "kind": "Service", "name": "svc"}
WAYPOINT = AMBIENT | {"istio.io/use-waypoint": "waypoint"}

FACTS = (
    Fact("without policies everything is let through", ALICE, "y--y--y", ()),
    Fact("a policy without rules allows nothing", ALICE, "n--n--y", (NONE_ALLOWED,)),
    Fact("a policy without spec does the same", ALICE, "n--n--y", ({**NONE_ALLOWED, "spec": None},)),
    Fact("an empty rule matches everything", CI, "y-----y", (NONE_ALLOWED, allow({}))),
    Fact("DENY comes before ALLOW", CI, "n-----n", (allow({}), deny({}))),
    Fact("a rule allows what it matches", ALICE, "y--n--y", (allow(ONLY_ALICE),)),
    Fact("and nothing else", BOB, "n--n--y", (allow(ONLY_ALICE),)),
    Fact("an owner comes by both ways", ALICE, "yyyyyyy", (NONE_ALLOWED, OWNERS)),
    Fact("others reach the open paths", BOB, "nnmnnmy", (NONE_ALLOWED, OWNERS)),
    Fact("accounts of the profile are let in", EDITOR, "yyy---y", (NONE_ALLOWED, OWNERS)),
    Fact("other accounts are not", CI, "nnm---y", (NONE_ALLOWED, OWNERS)),
    Fact("names of headers ignore case", ALICE, "n--n--.", (deny(when(HEADER.replace("k", "K"), "alice")),)),
    Fact("values of headers do not", ALICE, "y--y--.", (deny(when(HEADER, "Alice")),)),
    Fact("a star stands for any value", ALICE, "n--n--.", (deny(when(HEADER, "*")),)),
    Fact("an account has no such header", CI, "y-----n", (deny(when(HEADER, "*")),)),
    Fact("a group is a user that nobody names", GROUP, "y--n--y", (allow(FROM_GATEWAY),)),
    Fact("its members have names", GROUP, "n--n--n", (deny(when(HEADER, "*")),)),
    Fact("some of them match a pattern", GROUP, "m--n--y", (allow(FROM_GATEWAY | when(HEADER, "a*")),)),
    Fact("a dry run is not enforced", CI, "y-----y", (deny({}, annotations={"istio.io/dry-run": "true"}),)),
    Fact("AUDIT decides nothing", CI, "y-----y", (policy("team-a", "a", action="AUDIT", rules=EVERYTHING),)),
    Fact("CUSTOM asks a provider", CI, "m-----y", (CUSTOM,)),
    Fact("a selector", CI, "m-----m", (deny({}, selector={"matchLabels": {"app": "x"}}),)),
    Fact("a gateway's selector", CI, "y-----y", (deny({}, selector={"matchLabels": {"app": "a-gateway"}}),)),
    Fact("methods", CI, "ny----y", (allow(to(methods=["GET"])),)),
    Fact("ports", CI, "yn----m", (deny(to(ports=["8888"])),)),
    Fact("hosts, whose case is ignored", CI, "yn----n", (deny(to(hosts=["Api.Example"])),)),
    Fact("paths", CI, "y-n---n", (deny(to(paths=["/admin/*"])),)),
    Fact("what the tool cannot know: a token", CI, "m-----y", (allow(source(requestPrincipals=["*"])),)),
    Fact("claims of a token", CI, "m-----y", (allow(when("request.auth.claims[groups]", "admins")),)),
    Fact("the connection's address", CI, "m-----y", (allow(source(ipBlocks=["127.0.2.0/24"])),)),
    Fact("the client's address", CI, "m-----y", (allow(source(remoteIpBlocks=["203.0.113.0/24"])),)),
    Fact("the workload's address", CI, "m-----y", (allow(when("destination.ip", "10.0.0.0/8")),)),
    Fact("other headers", CI, "m-----y", (allow(when("request.headers[x-team]", "blue")),)),
    Fact(
        "cluster.local is the mesh's own domain",
        ALICE,
        "y--n--y",
        (allow(ONLY_ALICE),),
        meshes=(MeshSetting(domain="example.org"),),
    ),
    Fact(
        "but only in principals of five parts",
        EDITOR,
        "n-----y",
        (allow(source(principals=["cluster.local/ns/team-a/*"])),),
        meshes=(MeshSetting(domain="example.org"),),
    ),
    Fact(
        "an alias is the mesh's domain, too",
        EDITOR,
        "y-----y",
        (allow(source(principals=["old.example/ns/team-a/sa/default-editor"])),),
        meshes=(MeshSetting(domain="example.org", aliases=("old.example",)),),
    ),
    Fact(
        "the root namespace can be another one",
        CI,
        "y-----y",
        (deny({}, namespace="istio-system"),),
        meshes=(MeshSetting(root="istio-config"),),
    ),
    Fact(
        "settings that nobody can read",
        CI,
        "m-----m",
        (deny({}, namespace="istio-system"),),
        meshes=tuple(all_meshes()),
    ),
    Fact(
        "policies that nobody can read",
        CI,
        "m-----m",
        (deny({}),),
        gaps=(("authorizationpolicies", "team-a"),),
    ),
    Fact("ztunnel sees no headers", ALICE, "m--n--y", (allow(ONLY_ALICE),), labels=dict(AMBIENT)),
    Fact("ztunnel sees accounts", CI, "n-----n", (deny(source(namespaces=["ci"])),), labels=dict(AMBIENT)),
    Fact("without a sidecar nothing is enforced", CI, "m-----y", (NONE_ALLOWED,), labels={}),
    Fact("sidecars ignore policies with targets", CI, "y-----y", (deny({}, targetRefs=[SERVICE]),)),
    Fact("waypoints do not", CI, "m-----y", (deny({}, targetRefs=[SERVICE]),), labels=WAYPOINT),
)

REFUSED = (
    deny(),
    policy("team-a", "custom", action="CUSTOM", provider={"name": "x"}, rules=[FROM_GATEWAY]),
    allow({"from": []}, {"to": [{"operation": {}}]}),
    policy("team-a", "two-scopes", selector={"matchLabels": {"app": "x"}}, targetRefs=[SERVICE]),
)


ZTUNNEL = (
    Fact("ALLOW rules with HTTP are left out", ALICE, "m--n--y", (allow(ONLY_ALICE),), labels=dict(AMBIENT)),
    Fact(
        "DENY rules never match by HTTP alone", CI, "m-.---n", (deny(to(paths=["/*"])),), labels=dict(AMBIENT)
    ),
    Fact("accounts are compared", CI, "n-----n", (deny(source(namespaces=["ci"])),), labels=dict(AMBIENT)),
    Fact("ports are compared", CI, "yn----m", (deny(to(ports=["8888"])),), labels=dict(AMBIENT)),
    Fact(
        "cluster.local is only itself",
        CI,
        "m-----y",
        (allow(source(principals=["cluster.local/ns/ci/sa/runner"])),),
        labels=dict(AMBIENT),
        meshes=(MeshSetting(domain="example.org"),),
    ),
)


@pytest.mark.parametrize("fact", ZTUNNEL, ids=lambda fact: fact.says)
def test_ztunnel_itself(fact: Fact) -> None:
    """With ztunnel's own rules beside Istio's rules for TCP, as in ztunnel's src/rbac.rs."""
    (answer,) = answers([fact.world(0)], programs(), ztunnel=True)

    assert re.fullmatch(fact.letters, answer.letters[0][0]), answer.letters[0][0]


@pytest.fixture(scope="module")
def answered() -> dict[str, Answer]:
    """Return the oracle's answer about each fact by its text."""
    worlds = [fact.world(number) for number, fact in enumerate(FACTS)]
    return {fact.says: answer for fact, answer in zip(FACTS, answers(worlds, programs()), strict=True)}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.says)
def test_the_oracle_answers_as_the_documentation_says(fact: Fact, answered: dict[str, Answer]) -> None:
    """The letters are those that follow from Istio's reference of AuthorizationPolicy."""
    answer = answered[fact.says]

    assert answer.refused == {}
    assert re.fullmatch(fact.letters, answer.letters[0][0]), answer.letters[0][0]


def test_policies_that_the_webhook_refuses_do_not_count() -> None:
    """Nothing is refused to a request, because none of these policies can exist."""
    fact = Fact("refused policies", CI, "", REFUSED)
    (answer,) = answers([fact.world(0)], programs())

    assert set(answer.refused) == {0, 1, 2, 3}
    assert answer.letters == (("y-----y",),)
