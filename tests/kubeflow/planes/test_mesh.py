"""Whom the mesh's policies let through to the workloads of a namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import convert

from kubectl_kfaccess.commands.explain.planes_text import mesh_reason
from kubectl_kfaccess.kubeflow.planes.mesh import Mesh, MeshCause, Reach, reaches
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, KubernetesObject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.files import DEMO
from tests.builders import authorization_policy, gap, profile, service_account, snapshot, subject

YES, NO, UNKNOWN = Reach.YES, Reach.NO, Reach.UNKNOWN
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
HEADER = "request.headers[kubeflow-userid]"
EDITOR = "sa:team-a/default-editor"
EVERYBODY: dict[str, Any] = {}
NOBODY = authorization_policy("istio-system/global-deny-all", {})
PROBES = {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]}


def source(**fields: Any) -> dict[str, Any]:
    """A rule about where a request comes from."""
    return {"from": [{"source": fields}]}


def when(key: str, *values: str, besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """A rule of one condition: one of *values*, and none of *besides*."""
    lists = {"values": list(values), "notValues": list(besides)}
    return {"when": [{"key": key, **{name: found for name, found in lists.items() if found}}]}


def to(**operation: Any) -> dict[str, Any]:
    """A rule about some operations."""
    return {"to": [{"operation": operation}]}


def user(name: str) -> dict[str, Any]:
    """The rule that the dashboard writes for a contributor."""
    return {**source(principals=[GATEWAY]), **when(HEADER, name)}


def allow(*rules: Any, key: str = "team-a/allow", **more: Any) -> AuthorizationPolicy:
    """A policy that allows what the rules match."""
    return authorization_policy(key, {"rules": list(rules), **more})


def deny(*rules: Any, key: str = "team-a/deny", **more: Any) -> AuthorizationPolicy:
    """A policy that denies what the rules match."""
    return authorization_policy(key, {"action": "DENY", "rules": list(rules), **more})


def custom(*rules: Any, key: str = "team-a/custom", **more: Any) -> AuthorizationPolicy:
    """A policy that leaves what the rules match to an extension."""
    return authorization_policy(key, {"action": "CUSTOM", "rules": list(rules), **more})


def reach(who: str, *objects: KubernetesObject, namespace: str = "team-a") -> Reach:
    """Whether *who* reaches the workloads of the namespace, by these objects alone."""
    return reaches(identified(subject(who)), namespace, snapshot(*objects)).reach


def selecting(**labels: str) -> dict[str, Any]:
    """The part of a spec that limits a policy to workloads with these labels."""
    return {"selector": {"matchLabels": labels}}


# --- the actions ---


def test_without_any_policy_there_may_be_no_mesh() -> None:
    """Files and clusters without Istio get a mark of their own, not a yes."""
    assert Reach.NOT_INSTALLED is reach("user:alice")


def test_without_a_policy_that_allows_everything_is_allowed() -> None:
    """Policies of other namespaces do not count."""
    assert YES is reach("user:alice", allow(user("bob"), key="team-b/owner"))


@pytest.mark.parametrize("action", ["ALLOW", None], ids=["said", "not said"])
def test_allow_is_the_default_action(action: str | None) -> None:
    """A rule that matches lets the request through, and once there is one no other gets in."""
    policy = allow(user("alice"), action=action)

    assert (YES, NO) == (reach("user:alice", policy), reach("user:bob", policy))


@pytest.mark.parametrize("rules", [{}, {"rules": []}, {"rules": None}], ids=["none", "empty", "null"])
def test_a_policy_without_rules_allows_nothing(rules: dict[str, Any]) -> None:
    """It matches no request, and forbids what no other policy allows."""
    nothing = authorization_policy("team-a/nothing", rules)

    assert NO is reach("user:alice", nothing)
    assert YES is reach("user:alice", nothing, allow(user("alice")))


def test_an_empty_rule_matches_everything() -> None:
    """Not to be mixed up with no rules."""
    assert YES is reach("user:alice", allow(EVERYBODY))


def test_a_policy_of_the_root_namespace_holds_in_all() -> None:
    """Kubeflow forbids everything that way."""
    assert NO is reach("user:alice", NOBODY)
    assert YES is reach("user:alice", NOBODY, allow(user("alice")))


def test_the_root_namespace_may_be_another() -> None:
    """Then the usual one is a namespace as others."""
    known = snapshot(NOBODY)

    assert YES is reaches(identified(subject("user:alice")), "team-a", known, "istio-config").reach


@pytest.mark.parametrize("key", ["team-a/deny", "istio-system/deny"])
def test_a_denial_comes_before_what_is_allowed(key: str) -> None:
    """Whichever of the two namespaces it stands in."""
    denial = deny(user("alice"), key=key)

    assert NO is reach("user:alice", allow(EVERYBODY), denial)
    assert YES is reach("user:bob", allow(EVERYBODY), denial)


def test_a_denial_without_rules_denies_nothing() -> None:
    """It matches no request."""
    assert YES is reach("user:alice", deny())


def test_what_an_extension_decides_is_not_known() -> None:
    """It can only refuse: what is not allowed by the policies stays so."""
    assert UNKNOWN is reach("user:alice", allow(EVERYBODY), custom(EVERYBODY))
    assert NO is reach("user:alice", NOBODY, custom(EVERYBODY))
    assert YES is reach("user:alice", allow(EVERYBODY), custom(user("bob")))


def test_a_denial_is_final_whatever_an_extension_says() -> None:
    """The extension is asked first, and cannot allow what is denied."""
    assert NO is reach("user:alice", deny(EVERYBODY), custom(EVERYBODY))


def test_an_audit_changes_nothing() -> None:
    """It is no policy that allows, either."""
    audit = authorization_policy("team-a/audit", {"action": "AUDIT", "rules": [user("bob")]})

    assert YES is reach("user:alice", audit)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", YES), ("1", YES), ("false", NO), ("yes", NO)],
)
def test_a_dry_run_changes_nothing(value: str, expected: Reach) -> None:
    """The annotation is read as Go reads a truth value."""
    policy = deny(EVERYBODY)
    policy.metadata.annotations["istio.io/dry-run"] = value

    assert expected is reach("user:alice", policy)


def test_an_extension_is_asked_in_a_dry_run_too() -> None:
    """So Istio does it today."""
    policy = custom(EVERYBODY)
    policy.metadata.annotations["istio.io/dry-run"] = "true"

    assert UNKNOWN is reach("user:alice", policy)


# --- who ---


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("alice@example.com", YES),
        ("*", YES),
        ("alice@*", YES),
        ("*@example.com", YES),
        ("*lice*", NO),  # the star at the end is a letter then
        ("alice*example.com", NO),
        ("Alice@example.com", NO),
        ("accounts.example.com:alice@example.com", UNKNOWN),  # a prefix that the gateway may put there
    ],
)
def test_a_user_is_the_name_in_the_header(value: str, expected: Reach) -> None:
    """Exact, or with a star at one of its ends."""
    assert expected is reach("user:alice@example.com", allow(user(value)))


def test_the_name_of_a_header_has_no_case() -> None:
    """HTTP has none."""
    assert YES is reach("user:alice", allow(when("request.headers[Kubeflow-UserId]", "alice")))


def test_the_header_alone_may_do() -> None:
    """So were policies before Kubeflow 1.8."""
    assert YES is reach("user:alice", allow(when(HEADER, "alice")))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (GATEWAY, YES),
        ("*", YES),
        ("cluster.local/ns/istio-system/*", YES),
        ("*/sa/istio-ingressgateway-service-account", YES),
        ("cluster.local/ns/kubeflow/sa/ml-pipeline-ui", NO),
        ("cluster.local/ns/istio-system/sa/cluster-local-gateway-service-account", NO),
        ("example.org/ns/istio-system/sa/istio-ingressgateway-service-account", UNKNOWN),
        ("cluster.local/ns/ingress/sa/our-gateway", UNKNOWN),
    ],
)
def test_a_user_comes_through_the_gateway(principal: str, expected: Reach) -> None:
    """Its account is the source; one of another name may be the gateway as well."""
    rule = {**source(principals=[principal]), **when(HEADER, "alice")}

    assert expected is reach("user:alice", allow(rule))


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param("istio-system/istio-ingressgateway-service-account", NO, id="the usual one is there"),
        pytest.param("ingress/our-ingressgateway", YES, id="it is that one"),
        pytest.param("team-b/our-ingressgateway", UNKNOWN, id="a tenant has one of such a name"),
    ],
)
def test_the_gateway_is_known_by_its_account(account: str, expected: Reach) -> None:
    """Where accounts were read, no name has to be guessed; tenants name theirs as they like."""
    rule = {**source(principals=["cluster.local/ns/ingress/sa/our-ingressgateway"]), **when(HEADER, "alice")}
    objects = (allow(rule), service_account(account), profile("team-b", "user:bob"))

    assert expected is reach("user:alice", *objects)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(source(principals=["cluster.local/ns/team-a/sa/default-editor"]), id="principal"),
        pytest.param(source(principals=["*/ns/team-a/sa/default-editor"]), id="of any domain"),
        pytest.param(source(namespaces=["team-a"]), id="namespace"),
        pytest.param(source(namespaces=["team-*"]), id="namespaces by a star"),
        pytest.param(source(serviceAccounts=["team-a/default-editor"]), id="account"),
        pytest.param(source(serviceAccounts=["default-editor"]), id="account of the policy's namespace"),
        pytest.param(when("source.namespace", "team-a"), id="namespace as a condition"),
        pytest.param(when("source.principal", "cluster.local/ns/team-a/*"), id="principal as a condition"),
        pytest.param(when("source.serviceAccount", "team-a/default-editor"), id="account as a condition"),
        pytest.param(when(HEADER, besides=("*",)), id="who has no such header"),
        pytest.param(source(notNamespaces=["team-b"]), id="not that namespace"),
        pytest.param(source(notPrincipals=["cluster.local/ns/team-b/*"]), id="not that principal"),
    ],
)
def test_an_account_comes_from_its_own_pod(rule: dict[str, Any]) -> None:
    """With its principal and namespace, and without the user's header."""
    assert YES is reach(EDITOR, allow(rule))


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(source(principals=["cluster.local/ns/team-a/sa/default-edit"]), id="a shorter name"),
        pytest.param(source(namespaces=["team"]), id="a shorter namespace"),
        pytest.param(source(namespaces=["*team"]), id="a namespace of that end"),
        pytest.param(source(serviceAccounts=["team-a/*"]), id="accounts know no star"),
        pytest.param(source(notNamespaces=["team-a"]), id="not that namespace"),
        pytest.param(when(HEADER, "*"), id="who has the header"),
        pytest.param(user("system:serviceaccount:team-a:default-editor"), id="a user of that name"),
        pytest.param(
            source(namespaces=["team-a"], notPrincipals=["cluster.local/ns/team-a/*"]), id="all fields count"
        ),
        pytest.param({**source(namespaces=["team-a"]), **when("source.namespace", "b")}, id="both count"),
    ],
)
def test_an_account_is_kept_out_by_a_rule_for_others(rule: dict[str, Any]) -> None:
    """Names are compared letter by letter."""
    assert NO is reach(EDITOR, allow(rule))


def test_an_exception_that_may_be_meant_is_not_known() -> None:
    """The same account in a trust domain that may be the mesh's own."""
    rule = source(notPrincipals=["example.org/ns/team-a/sa/default-editor"])

    assert UNKNOWN is reach(EDITOR, allow(rule))


def test_one_source_is_enough() -> None:
    """Sources are alternatives, and so are values."""
    rule = {"from": [{"source": {"namespaces": ["x"]}}, {"source": {"namespaces": ["y", "team-a"]}}]}

    assert YES is reach(EDITOR, allow(rule))


def test_every_condition_counts() -> None:
    """Conditions are no alternatives."""
    both = {"when": [*when("source.namespace", "team-a")["when"], *when(HEADER, "alice")["when"]]}

    assert NO is reach(EDITOR, allow(both))


def test_a_user_that_is_spelled_as_an_account_is_one() -> None:
    """As everywhere: its requests come from a pod."""
    rule = source(namespaces=["team-a"])

    assert YES is reach("user:system:serviceaccount:team-a:default-editor", allow(rule))


def test_a_group_reaches_nothing_by_itself() -> None:
    """The header carries names of users: a policy for the group's name is one for a user of that name."""
    known = snapshot(allow(user("ml-team")))

    answer = reaches(identified(subject("group:ml-team")), "team-a", known)

    assert (NO, None, MeshCause.GROUP) == (answer.reach, answer.policy, answer.cause)


def test_a_group_reaches_what_is_open_to_everybody() -> None:
    """Whoever asks is let in, or kept out."""
    assert YES is reach("group:ml-team", allow(EVERYBODY))
    assert NO is reach("group:ml-team", allow(EVERYBODY), deny(EVERYBODY))


@pytest.mark.parametrize(
    "rule",
    [
        when("request.auth.claims[iss]", "https://dex"),
        when("source.ip", "10.0.0.0/8"),
        when("request.headers[authorization]", "*"),
        source(ipBlocks=["10.0.0.0/8"]),
        source(requestPrincipals=["*"]),
        source(notRequestPrincipals=["*"]),
    ],
    ids=["claims", "address", "another header", "addresses", "tokens", "no token"],
)
def test_what_is_not_who_it_is_cannot_be_known(rule: dict[str, Any]) -> None:
    """Unless something else of the rule is known not to match."""
    known, other = source(namespaces=["team-a"]), source(namespaces=["team-b"])
    fields = rule.get("from", [{}])[0].get("source", {})
    narrowed = [
        {**rule, "from": [{"source": {**fields, **who["from"][0]["source"]}}]} for who in (known, other)
    ]

    assert (UNKNOWN, NO) == tuple(reach(EDITOR, allow(one)) for one in narrowed)
    assert (UNKNOWN, YES) == tuple(reach(EDITOR, deny(one)) for one in narrowed)


# --- which requests ---


def test_certain_paths_are_no_reach() -> None:
    """The probes are open to everybody, which is not what people ask."""
    known = snapshot(allow(PROBES, user("alice")))

    answer = reaches(identified(subject("user:bob")), "team-a", known)

    assert (NO, MeshCause.CERTAIN_PATHS) == (answer.reach, answer.cause)


@pytest.mark.parametrize(
    "limits",
    [{"paths": ["/a"]}, {"methods": ["GET"]}, {"ports": ["80"]}, {"hosts": ["a", "b"]}, {"paths": ["/a*"]}],
    ids=["paths", "methods", "ports", "hosts", "a prefix"],
)
def test_a_denial_of_certain_requests_is_no_denial(limits: dict[str, Any]) -> None:
    """Others go through."""
    assert YES is reach("user:alice", deny(to(**limits)))
    assert NO is reach("user:alice", allow(to(**limits)))


@pytest.mark.parametrize(
    "limits",
    [{}, {"paths": ["*"]}, {"paths": ["/*"]}, {"methods": ["*"]}, {"paths": []}, {"notPaths": ["/admin*"]}],
    ids=["nothing", "any path", "any path below the root", "any method", "an empty list", "all but some"],
)
def test_an_operation_that_limits_nothing_ordinary_is_none(limits: dict[str, Any]) -> None:
    """Neither for a policy that allows nor for one that denies."""
    assert YES is reach("user:alice", allow(to(**limits)))
    assert NO is reach("user:alice", deny(to(**limits)))


def test_an_operation_that_leaves_everything_out_matches_nothing() -> None:
    """All but everything is nothing."""
    answer = reaches(identified(subject("user:alice")), "team-a", snapshot(allow(to(notPaths=["*"]))))

    assert (NO, None) == (answer.reach, answer.policy)
    assert YES is reach("user:alice", deny(to(notPaths=["/*"])))


def test_one_operation_is_enough() -> None:
    """Operations are alternatives, their fields are not."""
    either = {"to": [{"operation": {"paths": ["/a"]}}, {}]}

    assert YES is reach("user:alice", allow(either))
    assert NO is reach("user:alice", allow(to(paths=["/a"], methods=["*"])))


# --- which workloads ---


ONE_APP = selecting(app="minio")


def test_what_depends_on_the_workload_is_not_known() -> None:
    """One of them lets the request through, or keeps it out, and others do not."""
    assert UNKNOWN is reach("user:alice", NOBODY, allow(EVERYBODY, **ONE_APP))
    assert UNKNOWN is reach("user:alice", allow(user("bob"), **ONE_APP))
    assert UNKNOWN is reach("user:alice", allow(PROBES, **ONE_APP))
    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, **ONE_APP))
    assert UNKNOWN is reach("user:alice", allow(EVERYBODY), custom(EVERYBODY, **ONE_APP))


def test_what_is_the_same_for_every_workload_is_known() -> None:
    """A policy for some of them changes nothing then."""
    assert YES is reach("user:alice", allow(EVERYBODY), allow(user("bob"), key="team-a/one", **ONE_APP))
    assert YES is reach("user:alice", allow(EVERYBODY, **ONE_APP))
    assert NO is reach("user:alice", NOBODY, allow(user("bob"), **ONE_APP))
    assert NO is reach("user:alice", NOBODY, deny(EVERYBODY, **ONE_APP))
    assert NO is reach("user:alice", deny(EVERYBODY), allow(EVERYBODY, **ONE_APP))


@pytest.mark.parametrize(
    "selector",
    [None, {}, {"matchLabels": {}}, {"matchLabels": None}],
    ids=["null", "empty", "no labels", "null labels"],
)
def test_a_selector_without_labels_selects_everything(selector: object) -> None:
    """As everywhere in Kubernetes."""
    assert NO is reach("user:alice", deny(EVERYBODY, selector=selector))


@pytest.mark.parametrize("field", ["targetRefs", "targetRef"])
def test_targets_are_some_workloads(field: str) -> None:
    """A Service behind a waypoint, for example."""
    target = {"kind": "Service", "name": "model"}
    targets = {field: target if field == "targetRef" else [target]}

    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, **targets))


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(selecting(app="istio-ingressgateway"), id="by app"),
        pytest.param(selecting(istio="ingressgateway"), id="by istio"),
        pytest.param(
            selecting(app="cluster-local-gateway", istio="cluster-local-gateway"), id="the local one"
        ),
        pytest.param({"targetRefs": [{"kind": "Gateway", "name": "kubeflow"}]}, id="by target"),
    ],
)
def test_policies_of_the_gateway_are_no_tenants(where: dict[str, Any]) -> None:
    """They ask for a login there; only for the root namespace's own workloads they count."""
    policies = [
        make(EVERYBODY, key=f"istio-system/{make.__name__}", **where) for make in (allow, deny, custom)
    ]

    assert NO is reach("user:alice", NOBODY, *policies)
    assert YES is reach("user:alice", NOBODY, *policies, allow(user("alice")))
    assert UNKNOWN is reach("user:alice", NOBODY, *policies, namespace="istio-system")


def test_such_labels_say_nothing_in_a_tenants_policy() -> None:
    """There they are workloads as others."""
    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, **selecting(app="my-gateway")))


def test_a_class_of_gateways_is_not_the_gateway() -> None:
    """It may be the class of all waypoints, and so of every workload."""
    target = {"targetRefs": [{"kind": "GatewayClass", "name": "istio-waypoint"}]}

    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, key="istio-system/waypoints", **target))


# --- what could not be read, and what cannot be understood ---


@pytest.mark.parametrize("where", ["", "team-a", "istio-system"])
@pytest.mark.parametrize("policy", [allow(EVERYBODY), allow(user("bob"))], ids=["a yes", "a no"])
def test_a_gap_makes_every_answer_unknown(where: str, policy: AuthorizationPolicy) -> None:
    """A hidden policy may allow, and may deny."""
    known = snapshot(policy, gaps=[gap("authorizationpolicies", where)])

    assert UNKNOWN is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_leaves_a_denial_as_it_is() -> None:
    """No hidden policy can allow what is denied."""
    known = snapshot(deny(EVERYBODY), gaps=[gap("authorizationpolicies")])

    assert NO is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_elsewhere_matters_nowhere_else() -> None:
    """Nor does one about other resources."""
    gaps = [gap("authorizationpolicies", "team-b"), gap("rolebindings")]
    known = snapshot(allow(EVERYBODY), gaps=gaps)

    assert YES is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_is_not_no_mesh() -> None:
    """What could not be read may be there."""
    known = snapshot(gaps=[gap("authorizationpolicies")])

    assert UNKNOWN is reaches(identified(subject("user:alice")), "team-a", known).reach


def nested(depth: int) -> Any:
    """Lists in lists."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


BROKEN = {
    "no spec": None,
    "a text": "spec",
    "a list": [{}],
    "an unknown action": {"action": "GRANT", "rules": [{}]},
    "an action that is a list": {"action": ["ALLOW"], "rules": [{}]},
    "rules that are a text": {"rules": "all"},
    "rules that are an object": {"rules": {"from": []}},
    "a rule that is null": {"rules": [None]},
    "a rule that is a text": {"rules": ["all"]},
    "sources that are a text": {"rules": [{"from": "all"}]},
    "a source that is a number": {"rules": [{"from": [{"source": 1}]}]},
    "a source without a name": {"rules": [{"from": [{"source": {1: ["x"]}}]}]},
    "principals that are a text": {"rules": [source(principals=GATEWAY)]},
    "a principal that is null": {"rules": [source(principals=[None])]},
    "conditions that are a text": {"rules": [{"when": "always"}]},
    "a condition without a key": {"rules": [{"when": [{"values": ["x"]}]}]},
    "a condition without values": {"rules": [{"when": [{"key": HEADER}]}]},
    "a condition whose key is a list": {"rules": [{"when": [{"key": [HEADER], "values": ["x"]}]}]},
    "operations that are a text": {"rules": [{"to": "all"}]},
    "an operation that is a list": {"rules": [{"to": [{"operation": ["x"]}]}]},
    "paths that are a text": {"rules": [to(paths="/a")]},
    "far too deep": {"rules": nested(20_000)},
    "a selector that is a text": {"rules": [{}], "selector": "all"},
    "labels that are too deep": {"rules": [{}], "selector": {"matchLabels": {"app": nested(20_000)}}},
}


@pytest.mark.parametrize("spec", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("place", ["team-a", "istio-system"])
def test_what_is_not_understood_is_not_known(spec: object, place: str) -> None:
    """It does not make the answer a wrong one, nor an error."""
    assert UNKNOWN is reach("user:alice", NOBODY, authorization_policy(f"{place}/broken", spec))


def test_a_denial_that_is_not_understood_may_deny() -> None:
    """Its action is known, so it allows nothing."""
    broken = deny("all")

    assert UNKNOWN is reach("user:alice", allow(EVERYBODY), broken)
    assert NO is reach("user:alice", NOBODY, broken)


def test_stars_without_end_take_no_time() -> None:
    """A pattern of many stars is matched in one pass."""
    many = "*a" * 100_000

    assert NO is reach(EDITOR, allow(source(namespaces=[many, many + "*"], principals=[many])))


# --- what the answer says ---


@pytest.mark.parametrize(
    ("who", "policies", "expected"),
    [
        ("user:alice", [allow(user("alice"))], "team-a/allow"),
        ("user:alice", [allow(EVERYBODY), deny(user("alice"))], "team-a/deny"),
        ("user:alice", [allow(EVERYBODY), custom(EVERYBODY)], "team-a/custom"),
        ("user:alice", [NOBODY, allow(PROBES)], "team-a/allow"),
    ],
    ids=["yes", "no", "not known", "certain paths"],
)
def test_the_policy_that_decides_is_named(
    who: str, policies: list[AuthorizationPolicy], expected: str
) -> None:
    """In the answer, and in its reason."""
    answer = reaches(identified(subject(who)), "team-a", snapshot(*policies))

    assert answer.policy is not None
    assert expected == "/".join(answer.policy.key)
    assert f"`{expected}`" in mesh_reason(answer)


def test_the_tenants_own_policy_is_named_first() -> None:
    """That of the root namespace says less."""
    known = snapshot(allow(EVERYBODY, key="istio-system/all"), allow(user("alice")))

    answer = reaches(identified(subject("user:alice")), "team-a", known)

    assert answer.policy is not None
    assert "team-a" == answer.policy.namespace


# --- what Kubeflow writes ---

PROFILES = ("alice", "bob", "ml-team", "robot")


def policies(path: Path) -> list[AuthorizationPolicy]:
    """The policies in a file of manifests."""
    objects = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return [convert(one, AuthorizationPolicy) for one in objects if one and "Policy" in one["kind"]]


@pytest.fixture(scope="module")
def profiles(corpus: Path) -> Snapshot:
    """What the profile controller and KFAM of 1.10 wrote, in the mesh of that release."""
    files = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")
    return snapshot(*(one for file in files for one in policies(corpus / file)))


@pytest.mark.parametrize(
    ("who", "reached"),
    [
        ("user:alice@example.com", {"alice"}),
        ("user:carol@example.com", {"alice", "bob"}),
        ("user:dave.d@example.com", {"alice"}),
        ("user:dave-d@example.com", set()),
        ("user:Bob@Example.com", {"bob"}),
        ("user:bob@example.com", set()),
        ("user:stranger@example.com", set()),
        ("sa:alice/default-editor", {"alice"}),
        ("sa:bob/default-viewer", {"bob"}),
        ("sa:kubeflow/ml-pipeline-ui", set()),
        ("sa:kubeflow/notebook-controller-service-account", set()),
        ("group:ml-team", set()),
        ("user:ml-team", {"ml-team"}),
    ],
)
def test_a_release_lets_in_who_is_named(profiles: Snapshot, who: str, reached: set[str]) -> None:
    """Owners, contributors, and each namespace's own accounts, in four profiles."""
    mesh = Mesh(profiles)
    answers = {name: mesh.reaches(identified(subject(who)), name).reach for name in PROFILES}

    assert {name: YES if name in reached else NO for name in PROFILES} == answers


def test_the_platforms_own_namespace_depends_on_the_workload(profiles: Snapshot) -> None:
    """Pages are open to the gateway, databases are not."""
    assert UNKNOWN is reaches(identified(subject("user:alice@example.com")), "kubeflow", profiles).reach


@pytest.mark.parametrize(
    ("who", "reached"),
    [
        ("user:alice@example.com", {"team-a", "team-b"}),
        ("user:grace@example.com", set()),
        ("user:nina@example.com", {"team-c"}),
        ("user:frank@example.com", {"team-a"}),
        ("sa:team-b/default-editor", {"team-b"}),
        ("group:data-scientists", set()),
    ],
)
def test_the_demo_has_what_goes_wrong(who: str, reached: set[str]) -> None:
    """A contributor without a policy, and a policy without a RoleBinding."""
    mesh = Mesh(snapshot(*policies(DEMO / "mesh.yaml")))
    teams = ("team-a", "team-b", "team-c")
    answers = {name: mesh.reaches(identified(subject(who)), name).reach for name in teams}

    assert {name: YES if name in reached else NO for name in teams} == answers
