"""Which subjects the mesh's policies let through to the workloads in a namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import convert

from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh, reaches
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.output.mesh_text import mesh_reason
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, KubernetesObject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.files import DEMO
from tests.builders import authorization_policy, gap, namespace, subject
from tests.kubeflow.planes.mesh.usual import (
    GATEWAY,
    HEADER,
    PIPELINES_PAGE,
    istio_config,
    profiles_config,
    usual,
    with_sidecars,
)

YES, NO, UNKNOWN = Reach.YES, Reach.NO, Reach.UNKNOWN
EDITOR = "sa:team-a/default-editor"
EVERYBODY: dict[str, Any] = {}
NOBODY = authorization_policy("istio-system/global-deny-all", {})
PROBES = {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]}


def source(**fields: Any) -> dict[str, Any]:
    """Return a rule about where a request comes from."""
    return {"from": [{"source": fields}]}


def when(key: str, *values: str, besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a rule with one condition: the value is one of *values* and none of *besides*."""
    lists = {"values": list(values), "notValues": list(besides)}
    return {"when": [{"key": key, **{name: texts for name, texts in lists.items() if texts}}]}


def to(**operation: Any) -> dict[str, Any]:
    """Return a rule about some operations."""
    return {"to": [{"operation": operation}]}


def user(name: str) -> dict[str, Any]:
    """Return the rule that the dashboard writes for a contributor."""
    return {**source(principals=[GATEWAY]), **when(HEADER, name)}


def allow(*rules: Any, key: str = "team-a/allow", **more: Any) -> AuthorizationPolicy:
    """Return a policy that allows what the rules match."""
    return authorization_policy(key, {"rules": list(rules), **more})


def deny(*rules: Any, key: str = "team-a/deny", **more: Any) -> AuthorizationPolicy:
    """Return a policy that denies what the rules match."""
    return authorization_policy(key, {"action": "DENY", "rules": list(rules), **more})


def custom(*rules: Any, key: str = "team-a/custom", **more: Any) -> AuthorizationPolicy:
    """Return a policy that delegates what the rules match to an extension."""
    return authorization_policy(key, {"action": "CUSTOM", "rules": list(rules), **more})


def reach(who: str, *objects: KubernetesObject, where: str = "team-a") -> Reach:
    """Return whether *who* reaches the workloads in the namespace with only these objects."""
    return reaches(identified(subject(who)), where, usual(*objects)).reach


def selecting(**labels: str) -> dict[str, Any]:
    """Return the part of a spec that limits a policy to workloads with these labels."""
    return {"selector": {"matchLabels": labels}}


# --- the actions ---


def test_without_any_policy_the_mesh_is_not_installed() -> None:
    """Files and clusters without Istio get an answer of their own, not "yes"."""
    assert Reach.NOT_INSTALLED is reach("user:alice")


def test_without_an_allow_policy_everything_is_allowed() -> None:
    """Policies of other namespaces do not count."""
    assert YES is reach("user:alice", allow(user("bob"), key="team-b/owner"))


@pytest.mark.parametrize("action", ["ALLOW", None], ids=["explicit", "default"])
def test_allow_is_the_default_action(action: str | None) -> None:
    """A matching rule lets the request through. With an ALLOW policy, all other requests are denied."""
    policy = allow(user("alice"), action=action)

    assert (YES, NO) == (reach("user:alice", policy), reach("user:bob", policy))


@pytest.mark.parametrize(
    "rules", [{}, {"rules": []}, {"rules": None}, None], ids=["none", "empty", "null", "no spec"]
)
def test_a_policy_without_rules_allows_nothing(rules: dict[str, Any] | None) -> None:
    """It matches no request, and so denies whatever no other policy allows."""
    nothing = authorization_policy("team-a/nothing", rules)

    assert NO is reach("user:alice", nothing)
    assert YES is reach("user:alice", nothing, allow(user("alice")))


def test_an_empty_rule_matches_everything() -> None:
    """This differs from a policy without rules."""
    assert YES is reach("user:alice", allow(EVERYBODY))


def test_a_policy_in_the_root_namespace_applies_everywhere() -> None:
    """Kubeflow denies everything by default this way."""
    assert NO is reach("user:alice", NOBODY)
    assert YES is reach("user:alice", NOBODY, allow(user("alice")))


def test_the_root_namespace_is_configurable() -> None:
    """The usual root namespace is then an ordinary one."""
    root = istio_config("rootNamespace: istio-config")
    nobody = authorization_policy("istio-config/nobody", {})

    assert (YES, NO) == (reach("user:alice", NOBODY, root), reach("user:alice", nobody, root))


@pytest.mark.parametrize("key", ["team-a/deny", "istio-system/deny"])
def test_deny_takes_precedence_over_allow(key: str) -> None:
    """It does so in either of the two namespaces."""
    denial = deny(when(HEADER, "alice"), key=key)

    assert NO is reach("user:alice", allow(EVERYBODY), denial)
    assert YES is reach("user:bob", allow(EVERYBODY), denial)


def test_a_denial_without_rules_denies_nothing() -> None:
    """It matches no request."""
    assert YES is reach("user:alice", deny())


def test_an_extensions_decision_is_unknown() -> None:
    """It can only deny, so what no policy allows stays denied."""
    assert UNKNOWN is reach("user:alice", allow(EVERYBODY), custom(EVERYBODY))
    assert NO is reach("user:alice", NOBODY, custom(EVERYBODY))
    assert YES is reach("user:alice", allow(EVERYBODY), custom(user("bob")))


def test_a_denial_is_final_despite_an_extension() -> None:
    """The extension is called first, but it cannot allow what is denied."""
    assert NO is reach("user:alice", deny(EVERYBODY), custom(EVERYBODY))


def test_an_audit_changes_nothing() -> None:
    """It does not count as an ALLOW policy either."""
    audit = authorization_policy("team-a/audit", {"action": "AUDIT", "rules": [user("bob")]})

    assert YES is reach("user:alice", audit)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", YES), ("1", YES), ("false", NO), ("yes", NO)],
)
def test_a_dry_run_changes_nothing(value: str, expected: Reach) -> None:
    """The annotation is parsed like a boolean in Go."""
    policy = deny(EVERYBODY)
    policy.metadata.annotations["istio.io/dry-run"] = value

    assert expected is reach("user:alice", policy)


def test_an_extension_is_called_even_in_a_dry_run() -> None:
    """Istio does so today."""
    policy = custom(EVERYBODY)
    policy.metadata.annotations["istio.io/dry-run"] = "true"

    assert UNKNOWN is reach("user:alice", policy)


# --- subjects ---


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("alice@example.com", YES),
        ("*", YES),
        ("alice@*", YES),
        ("*@example.com", YES),
        ("*lice*", NO),  # then the star at the end is an ordinary character
        ("alice*example.com", NO),
        ("Alice@example.com", NO),
        ("accounts.example.com:alice@example.com", NO),  # this mesh adds no prefix
    ],
)
def test_a_user_is_the_name_in_the_header(value: str, expected: Reach) -> None:
    """It matches exactly, or by a star at one end."""
    assert expected is reach("user:alice@example.com", allow(user(value)))


def test_the_name_of_a_header_ignores_case() -> None:
    """HTTP headers are case-insensitive."""
    assert YES is reach("user:alice", allow(when("request.headers[Kubeflow-UserId]", "alice")))


def test_the_header_alone_is_enough() -> None:
    """Policies before Kubeflow 1.8 had only the header."""
    assert YES is reach("user:alice", allow(when(HEADER, "alice")))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (GATEWAY, YES),
        ("*", YES),
        ("cluster.local/ns/istio-system/*", YES),
        ("*/sa/istio-ingressgateway-service-account", YES),
        (PIPELINES_PAGE, UNKNOWN),  # it passes requests of users on, but not all of them
        ("cluster.local/ns/istio-system/sa/cluster-local-gateway-service-account", NO),
        ("example.org/ns/istio-system/sa/istio-ingressgateway-service-account", NO),
        ("cluster.local/ns/ingress/sa/our-gateway", NO),
    ],
)
def test_a_user_comes_through_the_gateway(principal: str, expected: Reach) -> None:
    """The source is the gateway's account, which a ConfigMap names."""
    rule = {**source(principals=[principal]), **when(HEADER, "alice")}

    assert expected is reach("user:alice", allow(rule))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        pytest.param("cluster.local/ns/ingress/sa/our-gateway", YES, id="this account"),
        pytest.param(GATEWAY, NO, id="another account"),
        pytest.param("our-gateway", UNKNOWN, id="no principal"),
        pytest.param("-", UNKNOWN, id="nothing"),
    ],
)
def test_the_gateway_is_never_guessed(principal: str, expected: Reach) -> None:
    """The ConfigMap names it, or it is not known."""
    rule = {**source(principals=["cluster.local/ns/ingress/sa/our-gateway"]), **when(HEADER, "alice")}
    config = profiles_config(ISTIO_INGRESS_GATEWAY_PRINCIPAL=principal)

    assert expected is reach("user:alice", allow(rule), config)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(source(principals=["cluster.local/ns/team-a/sa/default-editor"]), id="principal"),
        pytest.param(source(principals=["*/ns/team-a/sa/default-editor"]), id="principal in any domain"),
        pytest.param(source(namespaces=["team-a"]), id="namespace"),
        pytest.param(source(namespaces=["team-*"]), id="namespaces by a star"),
        pytest.param(source(serviceAccounts=["team-a/default-editor"]), id="account"),
        pytest.param(source(serviceAccounts=["default-editor"]), id="account in the policy's namespace"),
        pytest.param(when("source.namespace", "team-a"), id="namespace as a condition"),
        pytest.param(when("source.principal", "cluster.local/ns/team-a/*"), id="principal as a condition"),
        pytest.param(when("source.serviceAccount", "team-a/default-editor"), id="account as a condition"),
        pytest.param(when(HEADER, besides=("*",)), id="no such header"),
        pytest.param(source(notNamespaces=["team-b"]), id="not that namespace"),
        pytest.param(source(notPrincipals=["cluster.local/ns/team-b/*"]), id="not that principal"),
    ],
)
def test_an_account_comes_from_its_own_pod(rule: dict[str, Any]) -> None:
    """It has its principal and namespace, but not the header of users."""
    assert YES is reach(EDITOR, allow(rule))


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(source(principals=["cluster.local/ns/team-a/sa/default-edit"]), id="a shorter name"),
        pytest.param(source(namespaces=["team"]), id="a shorter namespace"),
        pytest.param(source(namespaces=["*team"]), id="a namespace with the same end"),
        pytest.param(source(serviceAccounts=["team-a/*"]), id="accounts do not match stars"),
        pytest.param(source(notNamespaces=["team-a"]), id="not that namespace"),
        pytest.param(when(HEADER, "*"), id="a header is required"),
        pytest.param(user("system:serviceaccount:team-a:default-editor"), id="a user with that name"),
        pytest.param(
            source(namespaces=["team-a"], notPrincipals=["cluster.local/ns/team-a/*"]), id="all fields count"
        ),
        pytest.param({**source(namespaces=["team-a"]), **when("source.namespace", "b")}, id="both count"),
    ],
)
def test_an_account_does_not_match_a_rule_for_others(rule: dict[str, Any]) -> None:
    """Names are compared letter by letter."""
    assert NO is reach(EDITOR, allow(rule))


def test_an_exception_for_another_domain_counts_in_that_domain() -> None:
    """The mesh's ConfigMap says what its domain is."""
    rule = source(notPrincipals=["example.org/ns/team-a/sa/default-editor"])

    assert YES is reach(EDITOR, allow(rule))
    assert NO is reach(EDITOR, allow(rule), istio_config("trustDomain: example.org"))


def test_one_source_is_enough() -> None:
    """Sources are alternatives, and so are values."""
    rule = {"from": [{"source": {"namespaces": ["x"]}}, {"source": {"namespaces": ["y", "team-a"]}}]}

    assert YES is reach(EDITOR, allow(rule))


def test_every_condition_counts() -> None:
    """Conditions are not alternatives."""
    both = {"when": [*when("source.namespace", "team-a")["when"], *when(HEADER, "alice")["when"]]}

    assert NO is reach(EDITOR, allow(both))


def test_a_user_named_like_an_account_is_that_account() -> None:
    """Its requests come from a pod."""
    rule = source(namespaces=["team-a"])

    assert YES is reach("user:system:serviceaccount:team-a:default-editor", allow(rule))


def test_a_group_reaches_nothing_by_itself() -> None:
    """The header carries names of users: a policy for the group's name is for a user with that name."""
    known = usual(allow(user("ml-team")))

    answer = reaches(identified(subject("group:ml-team")), "team-a", known)

    assert (NO, None, MeshCause.GROUP) == (answer.reach, answer.policy, answer.cause)


def test_a_group_reaches_what_is_open_to_everyone() -> None:
    """All requests are let through, or all are denied."""
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
def test_attributes_beyond_the_identity_are_unknown(rule: dict[str, Any]) -> None:
    """The answer is known only if another part of the rule surely does not match."""
    known, other = source(namespaces=["team-a"]), source(namespaces=["team-b"])
    fields = rule.get("from", [{}])[0].get("source", {})
    narrowed = [
        {**rule, "from": [{"source": {**fields, **who["from"][0]["source"]}}]} for who in (known, other)
    ]

    assert (UNKNOWN, NO) == tuple(reach(EDITOR, allow(narrowed_rule)) for narrowed_rule in narrowed)
    assert (UNKNOWN, YES) == tuple(reach(EDITOR, deny(narrowed_rule)) for narrowed_rule in narrowed)


# --- requests ---


def test_certain_paths_do_not_count_as_reach() -> None:
    """Probes are open to everyone, which is not what people ask about."""
    known = usual(allow(PROBES, user("alice")))

    answer = reaches(identified(subject("user:bob")), "team-a", known)

    assert (NO, MeshCause.CERTAIN_PATHS) == (answer.reach, answer.cause)


@pytest.mark.parametrize(
    "limits",
    [{"paths": ["/a"]}, {"methods": ["GET"]}, {"ports": ["80"]}, {"hosts": ["a", "b"]}, {"paths": ["/a*"]}],
    ids=["paths", "methods", "ports", "hosts", "a prefix"],
)
def test_certain_requests_alone_leave_the_answer_open(limits: dict[str, Any]) -> None:
    """Other requests get the opposite. Only paths do not count, because people do not ask about probes."""
    names_paths = "paths" in limits

    assert (YES if names_paths else UNKNOWN) is reach("user:alice", deny(to(**limits)))
    assert (NO if names_paths else UNKNOWN) is reach("user:alice", allow(to(**limits)))


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param({"methods": METHODS}, (YES, NO), id="all seven methods"),
        pytest.param({"methods": [*METHODS, "TRACE"]}, (YES, NO), id="one more"),
        pytest.param({"methods": METHODS[1:]}, (UNKNOWN, UNKNOWN), id="six methods"),
        pytest.param({"notMethods": ["GET"]}, (UNKNOWN, UNKNOWN), id="all but one method"),
        pytest.param({"notPorts": ["8888"]}, (UNKNOWN, UNKNOWN), id="all but one port"),
        pytest.param({"notHosts": ["a"]}, (UNKNOWN, UNKNOWN), id="all but one host"),
        pytest.param({"paths": ["/metrics"], "methods": ["GET"]}, (NO, YES), id="a method on a path"),
    ],
)
def test_an_answer_counts_for_all_methods_ports_and_hosts(
    limits: dict[str, Any], expected: tuple[Reach, Reach]
) -> None:
    """The first answer is that of an ALLOW policy, the second that of a DENY policy."""
    assert expected == (reach("user:alice", allow(to(**limits))), reach("user:alice", deny(to(**limits))))


def test_rules_that_cover_all_methods_together_leave_nothing_open() -> None:
    """One has a method, and the other has all others."""
    both = allow(to(methods=["GET"]), to(notMethods=["GET"]))

    assert YES is reach("user:alice", both)
    assert NO is reach("user:alice", deny(to(ports=["80"]), to(notPorts=["80"])))


def test_too_many_different_requests_are_not_compared() -> None:
    """A policy with hundreds of hosts and ports must not take minutes."""
    many = allow(to(hosts=[f"{n}.example.com" for n in range(200)], ports=[str(n) for n in range(200)]))
    answer = reaches(identified(subject("user:alice")), "team-a", usual(many))

    assert (UNKNOWN, MeshCause.MANY_REQUESTS) == (answer.reach, answer.cause)
    assert "more methods, hosts and ports than are compared" in mesh_reason(answer)


def test_what_a_rule_is_limited_to_is_named() -> None:
    """The answer has the policy, the rule, and the terms."""
    answer = reaches(identified(subject("user:alice")), "team-a", usual(allow(PROBES, to(methods=["GET"]))))

    assert (UNKNOWN, MeshCause.SOME_REQUESTS, 2) == (answer.reach, answer.cause, answer.rule)
    assert "it depends on the method: `team-a/allow`, rule 2, allows method GET" == mesh_reason(answer)


@pytest.mark.parametrize(
    "limits",
    [{}, {"paths": ["*"]}, {"paths": ["/*"]}, {"methods": ["*"]}, {"paths": []}, {"notPaths": ["/admin*"]}],
    ids=[
        "nothing",
        "any path",
        "any path below",
        "any method",
        "an empty list",
        "everything except some",
    ],
)
def test_an_operation_without_real_limits_is_ignored(limits: dict[str, Any]) -> None:
    """This applies to policies that allow and to those that deny."""
    assert YES is reach("user:alice", allow(to(**limits)))
    assert NO is reach("user:alice", deny(to(**limits)))


def test_an_operation_that_excludes_everything_matches_nothing() -> None:
    """No request remains."""
    answer = reaches(identified(subject("user:alice")), "team-a", usual(allow(to(notPaths=["*"]))))

    assert (NO, None) == (answer.reach, answer.policy)
    assert YES is reach("user:alice", deny(to(notPaths=["/*"])))


def test_one_operation_is_enough() -> None:
    """Operations are alternatives, but their fields are not."""
    either = {"to": [{"operation": {"paths": ["/a"]}}, {}]}

    assert YES is reach("user:alice", allow(either))
    assert NO is reach("user:alice", allow(to(paths=["/a"], methods=["*"])))


# --- workloads ---


SELECTED_APP = selecting(app="minio")
AMBIENT = namespace("team-a", **{"istio.io/dataplane-mode": "ambient"})
WAYPOINT = namespace("team-a", **{**AMBIENT.metadata.labels, "istio.io/use-waypoint": "waypoint"})


def test_an_answer_that_depends_on_the_workload_is_unknown() -> None:
    """Some workloads let the request through, and others do not."""
    assert UNKNOWN is reach("user:alice", NOBODY, allow(EVERYBODY, **SELECTED_APP))
    assert UNKNOWN is reach("user:alice", allow(user("bob"), **SELECTED_APP))
    assert UNKNOWN is reach("user:alice", allow(PROBES, **SELECTED_APP))
    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, **SELECTED_APP))
    assert UNKNOWN is reach("user:alice", allow(EVERYBODY), custom(EVERYBODY, **SELECTED_APP))


def test_an_answer_that_is_the_same_for_all_workloads_is_known() -> None:
    """A policy for some of them then changes nothing."""
    assert YES is reach("user:alice", allow(EVERYBODY), allow(user("bob"), key="team-a/one", **SELECTED_APP))
    assert YES is reach("user:alice", allow(EVERYBODY, **SELECTED_APP))
    assert NO is reach("user:alice", NOBODY, allow(user("bob"), **SELECTED_APP))
    assert NO is reach("user:alice", NOBODY, deny(EVERYBODY, **SELECTED_APP))
    assert NO is reach("user:alice", deny(EVERYBODY), allow(EVERYBODY, **SELECTED_APP))


@pytest.mark.parametrize(
    "selector",
    [None, {}, {"matchLabels": {}}, {"matchLabels": None}],
    ids=["null", "empty", "no labels", "null labels"],
)
def test_a_selector_without_labels_selects_everything(selector: object) -> None:
    """This is so everywhere in Kubernetes."""
    assert NO is reach("user:alice", deny(EVERYBODY, selector=selector))


@pytest.mark.parametrize("field", ["targetRefs", "targetRef"])
def test_a_sidecar_does_not_enforce_a_policy_with_targets(field: str) -> None:
    """Such a policy is for a gateway or a waypoint (ShouldAttachPolicy)."""
    target = {"kind": "Service", "name": "model"}
    targets = {field: target if field == "targetRef" else [target]}

    assert YES is reach("user:alice", deny(EVERYBODY, **targets))
    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, **targets), WAYPOINT)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(selecting(app="istio-ingressgateway"), id="by the label app"),
        pytest.param(selecting(istio="ingressgateway"), id="by the label istio"),
        pytest.param(
            selecting(app="cluster-local-gateway", istio="cluster-local-gateway"), id="the local gateway"
        ),
        pytest.param({"targetRefs": [{"kind": "Gateway", "name": "kubeflow"}]}, id="by a target"),
    ],
)
def test_gateway_policies_do_not_apply_to_tenants(where: dict[str, Any]) -> None:
    """They control logging in, and count only for workloads in the root namespace."""
    policies = [
        make(EVERYBODY, key=f"istio-system/{make.__name__}", **where) for make in (allow, deny, custom)
    ]

    assert NO is reach("user:alice", NOBODY, *policies)
    assert YES is reach("user:alice", NOBODY, *policies, allow(user("alice")))
    assert (NO if "targetRefs" in where else UNKNOWN) is reach(
        "user:alice", NOBODY, *policies, where="istio-system"
    )


def test_gateway_labels_do_not_count_in_a_tenants_policy() -> None:
    """Workloads with these labels there are ordinary ones."""
    assert UNKNOWN is reach("user:alice", deny(EVERYBODY, **selecting(app="my-gateway")))


def test_a_class_of_gateways_is_not_the_gateway() -> None:
    """It may be the class of all waypoints, and so apply to every workload that has one."""
    target = {"targetRefs": [{"kind": "GatewayClass", "name": "istio-waypoint"}]}
    denial = deny(EVERYBODY, key="istio-system/waypoints", **target)

    assert (YES, UNKNOWN) == (reach("user:alice", denial), reach("user:alice", denial, WAYPOINT))


# --- unread and malformed policies ---


@pytest.mark.parametrize("where", ["", "team-a", "istio-system"])
@pytest.mark.parametrize("policy", [allow(EVERYBODY), allow(user("bob"))], ids=["yes", "no"])
def test_a_gap_makes_every_answer_unknown(where: str, policy: AuthorizationPolicy) -> None:
    """An unread policy may allow or deny."""
    known = usual(policy, gaps=[gap("authorizationpolicies", where)])

    assert UNKNOWN is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_leaves_a_denial_as_it_is() -> None:
    """No unread policy can allow what is denied."""
    known = usual(deny(EVERYBODY), gaps=[gap("authorizationpolicies")])

    assert NO is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_counts_if_some_requests_are_not_denied() -> None:
    """Here an unread policy may let in those to one port, which no known policy lets in."""
    known = usual(NOBODY, deny(to(notPorts=["8888"])), gaps=[gap("authorizationpolicies", "team-a")])

    assert UNKNOWN is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_elsewhere_does_not_count() -> None:
    """A gap about another resource does not count either."""
    gaps = [gap("authorizationpolicies", "team-b"), gap("rolebindings")]
    known = usual(allow(EVERYBODY), gaps=gaps)

    assert YES is reaches(identified(subject("user:alice")), "team-a", known).reach


def test_a_gap_does_not_mean_that_there_is_no_mesh() -> None:
    """The unread policies may exist."""
    known = usual(gaps=[gap("authorizationpolicies")])

    assert UNKNOWN is reaches(identified(subject("user:alice")), "team-a", known).reach


def nested(depth: int) -> Any:
    """Return lists nested to that depth."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


BROKEN = {
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
def test_a_malformed_policy_makes_the_answer_unknown(spec: object, place: str) -> None:
    """It causes neither a wrong answer nor an error."""
    assert UNKNOWN is reach("user:alice", NOBODY, authorization_policy(f"{place}/broken", spec))


def test_a_malformed_denial_may_deny() -> None:
    """Its action is known, so it allows nothing."""
    broken = deny("all")

    assert UNKNOWN is reach("user:alice", allow(EVERYBODY), broken)
    assert NO is reach("user:alice", NOBODY, broken)


def test_many_stars_are_matched_quickly() -> None:
    """A pattern with many stars is matched in one pass."""
    many = "*a" * 100_000

    assert NO is reach(EDITOR, allow(source(namespaces=[many, many + "*"], principals=[many])))


# --- reasons ---


@pytest.mark.parametrize(
    ("who", "policies", "expected"),
    [
        ("user:alice", [allow(user("alice"))], "team-a/allow"),
        ("user:alice", [allow(EVERYBODY), deny(when(HEADER, "alice"))], "team-a/deny"),
        ("user:alice", [allow(EVERYBODY), custom(EVERYBODY)], "team-a/custom"),
        ("user:alice", [NOBODY, allow(PROBES)], "team-a/allow"),
    ],
    ids=["yes", "no", "unknown", "certain paths"],
)
def test_the_policy_that_decides_is_named(
    who: str, policies: list[AuthorizationPolicy], expected: str
) -> None:
    """It is in the answer and in the text of the reason."""
    answer = reaches(identified(subject(who)), "team-a", usual(*policies))

    assert answer.policy is not None
    assert expected == "/".join(answer.policy.key)
    assert f"`{expected}`" in mesh_reason(answer)


def test_the_tenants_own_policy_is_named_first() -> None:
    """The policy of the root namespace says less."""
    known = usual(allow(EVERYBODY, key="istio-system/all"), allow(user("alice")))

    answer = reaches(identified(subject("user:alice")), "team-a", known)

    assert answer.policy is not None
    assert "team-a" == answer.policy.namespace


# --- policies that Kubeflow writes ---

PROFILES = ("alice", "bob", "ml-team", "robot")


def policies(path: Path) -> list[AuthorizationPolicy]:
    """Return the policies in a file of manifests."""
    objects = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return [
        convert(object_, AuthorizationPolicy)
        for object_ in objects
        if object_ and "Policy" in object_["kind"]
    ]


@pytest.fixture(scope="module")
def profiles(corpus: Path) -> Snapshot:
    """Return what the controllers of Kubeflow 1.10 wrote, in the mesh of that release."""
    files = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")
    return usual(*(policy for file in files for policy in policies(corpus / file)), *with_sidecars(*PROFILES))


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
def test_a_release_admits_the_named_subjects(profiles: Snapshot, who: str, reached: set[str]) -> None:
    """They are owners, contributors, and each namespace's own accounts, in four profiles."""
    mesh = Mesh(profiles)
    answers = {name: mesh.reaches(identified(subject(who)), name).reach for name in PROFILES}

    assert {name: YES if name in reached else NO for name in PROFILES} == answers


def test_the_platforms_own_namespace_depends_on_the_workload(profiles: Snapshot) -> None:
    """Pages are open to the gateway, but databases are not."""
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
def test_the_demo_has_typical_mistakes(who: str, reached: set[str]) -> None:
    """They are a contributor without a policy, and a policy without a RoleBinding."""
    teams = ("team-a", "team-b", "team-c")
    mesh = Mesh(usual(*policies(DEMO / "mesh.yaml"), *with_sidecars(*teams)))
    answers = {name: mesh.reaches(identified(subject(who)), name).reach for name in teams}

    assert {name: YES if name in reached else NO for name in teams} == answers


def test_what_the_pipelines_page_meets_on_other_ports_says_nothing_of_the_user() -> None:
    """The policy denies everything of the page there, and nothing of the gateway."""
    page = allow({**source(principals=[PIPELINES_PAGE]), **when(HEADER, "alice")})
    rule = {**source(notPrincipals=[GATEWAY]), "to": [{"operation": {"paths": ["/admin"]}}]}
    denial = authorization_policy("team-a/deny", {"action": "DENY", "rules": [rule]})
    known = usual(page, denial)

    answer = Mesh(known).reaches(identified(subject("user:alice")), "team-a")

    assert (UNKNOWN, MeshCause.PIPELINES_PAGE, None) == (answer.reach, answer.cause, answer.off_http)
