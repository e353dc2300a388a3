"""Where the mesh's settings are read, and what is not known if they are not."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.planes.mesh.answer import reaches
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.settings import Origin, mesh_settings
from kubectl_kfaccess.output.mesh_text import mesh_reason, settings_rows
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, KubernetesObject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import authorization_policy, config_map, gap, snapshot, subject
from tests.kubeflow.planes.mesh.usual import (
    GATEWAY,
    PIPELINES_PAGE,
    istio_config,
    profiles_config,
    with_sidecars,
)

YES, NO, UNKNOWN = Reach.YES, Reach.NO, Reach.UNKNOWN
USUAL_GATEWAY = ("istio-system", "istio-ingressgateway-service-account")
OTHER = "cluster.local/ns/ingress/sa/gateway"
UNREAD = gap("configmaps", "kubeflow"), gap("configmaps", "istio-system")


def owners_policy(
    owner: str, *principals: str, header: str = "kubeflow-userid", prefix: str = ""
) -> AuthorizationPolicy:
    """Return the policy that the profile controller writes for a profile of the owner's name."""
    rule = {"when": [{"key": f"request.headers[{header}]", "values": [f"{prefix}{owner}"]}]}
    source = {"from": [{"source": {"principals": list(principals)}}]} if principals else {}
    policy = authorization_policy(f"{owner}/ns-owner-access-istio", {"rules": [{**source, **rule}]})
    policy.metadata.annotations["user"] = owner
    return policy


def gateway(*objects: KubernetesObject) -> tuple[object, Origin]:
    """Return the gateway's account, and where it comes from."""
    setting = mesh_settings(snapshot(*objects)).gateway
    return setting.value, setting.origin


def reach(who: str, where: str, known: Snapshot) -> Reach:
    """Return whether *who* gets into the namespace."""
    return reaches(identified(subject(who)), where, known).reach


@pytest.mark.parametrize("name", ["profiles-config", "profiles-config-46c7tgh6fd"])
def test_the_profile_controllers_config_map_comes_first(name: str) -> None:
    """Kustomize puts a hash behind its name. The owners' policies can be older."""
    config = profiles_config(name, USERID_HEADER="x-user", USERID_PREFIX="corp|")
    settings = mesh_settings(snapshot(config, owners_policy("alice", OTHER)))

    assert (USUAL_GATEWAY, Origin.CONFIG_MAP, f"kubeflow/{name}") == (
        settings.gateway.value,
        settings.gateway.origin,
        settings.gateway.name,
    )
    assert ("x-user", "corp|") == (settings.header.value, settings.prefix.value)


@pytest.mark.parametrize(
    "name", ["profiles-config-old", "other-profiles-config", "profiles-config-46c7tgh6fd-x"]
)
def test_other_config_maps_do_not_count(name: str) -> None:
    """A hash of kustomize has ten letters and digits."""
    assert (None, Origin.ABSENT) == gateway(profiles_config(name))


def test_config_maps_of_two_hashes_must_agree() -> None:
    """Kustomize leaves old ones behind, and which one is in use is not known."""
    old = profiles_config("profiles-config-0000000000", ISTIO_INGRESS_GATEWAY_PRINCIPAL=OTHER)
    settings = mesh_settings(snapshot(old, profiles_config("profiles-config-1111111111")))

    assert (None, Origin.CONTRADICTORY) == (settings.gateway.value, settings.gateway.origin)
    assert ("kubeflow-userid", Origin.CONFIG_MAP) == (settings.header.value, settings.header.origin)


def test_most_owners_policies_come_next() -> None:
    """The controller writes the same into all of them; some were changed by hand."""
    policies = [owners_policy(name, GATEWAY, PIPELINES_PAGE) for name in ("alice", "bob")]
    by_hand = owners_policy("carol", OTHER, header="x-user", prefix="p:")
    settings = mesh_settings(snapshot(*policies, by_hand))

    assert (USUAL_GATEWAY, Origin.OWNERS_POLICIES) == (settings.gateway.value, settings.gateway.origin)
    assert (("kubeflow", "ml-pipeline-ui"), "kubeflow-userid", "") == (
        settings.pipelines_page.value,
        settings.header.value,
        settings.prefix.value,
    )


def test_an_owners_policy_counts_once() -> None:
    """However many rules somebody has added to it, the other two say who lets users in."""
    changed = owners_policy("carol", OTHER)
    changed.spec["rules"] *= 3

    known = (owners_policy("alice", GATEWAY), owners_policy("bob", GATEWAY), changed)

    assert (USUAL_GATEWAY, Origin.OWNERS_POLICIES) == gateway(*known)


@pytest.mark.parametrize(
    "principals",
    [
        pytest.param(((GATEWAY,), (OTHER,)), id="two that differ"),
        pytest.param(((), (), (OTHER,)), id="most name none"),
        pytest.param(((GATEWAY,), (OTHER,), (GATEWAY,), (OTHER,), ()), id="two of each"),
    ],
)
def test_a_gateway_that_most_policies_do_not_name_is_not_known(
    principals: tuple[tuple[str, ...], ...],
) -> None:
    """Any of them may have been changed by hand."""
    policies = (owners_policy(f"user-{number}", *names) for number, names in enumerate(principals))

    assert (None, Origin.ABSENT) == gateway(*policies)


def test_policies_before_kubeflow_1_8_name_no_gateway() -> None:
    """They have the header alone."""
    assert (None, Origin.ABSENT) == gateway(owners_policy("alice"))


@pytest.mark.parametrize(
    ("mesh", "domains", "root"),
    [
        ("trustDomain: example.org\n", ("example.org",), "istio-system"),
        ("trustDomain: a\ntrustDomainAliases: [b, c]\n", ("a", "b", "c"), "istio-system"),
        ("rootNamespace: istio-config\n", ("cluster.local",), "istio-config"),
        ("rootNamespace: null\ntrustDomain: ''\n", ("cluster.local",), "istio-system"),
        ("", ("cluster.local",), "istio-system"),
        (
            '{"trustDomain": "json.example", "defaultConfig": {"trustDomain": "x"}}',
            ("json.example",),
            "istio-system",
        ),
        (
            "defaultConfig:\n  trustDomain: x\n  list: [{rootNamespace: y}]\ntrustDomain: td\n",
            ("td",),
            "istio-system",
        ),
        ("a: [", None, None),
        ("- a", None, None),
        ("trustDomain: [x]\n", None, None),
        ("a: &x td\ntrustDomain: *x\n", None, None),
    ],
)
def test_the_meshs_own_config_map(mesh: str, domains: tuple[str, ...] | None, root: str | None) -> None:
    """What it leaves out is Istio's default. What is not understood is not known."""
    settings = mesh_settings(snapshot(istio_config(mesh)))

    assert (domains, root) == (settings.trust_domains.value, settings.root_namespace.value)


def test_without_the_meshs_config_map_istios_defaults_hold() -> None:
    """Files hold everything, so the mesh is set up without it."""
    settings = mesh_settings(snapshot())

    assert (("cluster.local",), Origin.DEFAULT) == (
        settings.trust_domains.value,
        settings.trust_domains.origin,
    )


# --- what is not known then ---


def unread(*policies: AuthorizationPolicy) -> Snapshot:
    """Return the policies in a mesh whose ConfigMaps could not be read."""
    return snapshot(*policies, *with_sidecars("team-a"), gaps=UNREAD)


def policy(rule: dict[str, object], action: str = "ALLOW", key: str = "team-a/policy") -> AuthorizationPolicy:
    """Return a policy with one rule."""
    return authorization_policy(key, {"action": action, "rules": [rule]})


def principals(*names: str) -> dict[str, object]:
    """Return a rule about principals."""
    return {"from": [{"source": {"principals": list(names)}}]}


def header(name: str, *values: str) -> dict[str, object]:
    """Return a rule about a header."""
    return {"when": [{"key": f"request.headers[{name}]", "values": list(values)}]}


@pytest.mark.parametrize(
    ("rule", "cause", "words"),
    [
        (
            principals(GATEWAY),
            MeshCause.GATEWAY,
            "rule 1, names accounts, and the account of the ingress gateway",
        ),
        (header("kubeflow-userid", "alice"), MeshCause.HEADER, "rule 1, names users, and the header"),
    ],
)
def test_an_unread_setting_is_the_reason(rule: dict[str, object], cause: MeshCause, words: str) -> None:
    """It names the policy, its rule, the setting and the ConfigMap."""
    answer = reaches(identified(subject("user:alice")), "team-a", unread(policy(rule)))

    assert (UNKNOWN, cause) == (answer.reach, answer.cause)
    assert words in mesh_reason(answer)
    assert "ConfigMap `kubeflow/profiles-config` could not be read: forbidden" in mesh_reason(answer)


@pytest.mark.parametrize(
    ("key", "rule", "cause"),
    [
        ("KFP_UI_PRINCIPAL", principals(OTHER), MeshCause.GATEWAY),
        ("USERID_PREFIX", header("kubeflow-userid", "corp|alice"), MeshCause.HEADER),
    ],
)
def test_the_setting_that_is_not_known_is_the_one_that_is_named(
    key: str, rule: dict[str, object], cause: MeshCause
) -> None:
    """The gateway and the header are known here; ConfigMaps differ about the page and the prefix."""
    configs = (profiles_config("profiles-config-0000000000"), profiles_config(**{key: "a/ns/b/sa/c"}))
    known = snapshot(*configs, istio_config(), *with_sidecars("team-a"), policy(rule))
    answer = reaches(identified(subject("user:alice")), "team-a", known)

    assert (UNKNOWN, cause) == (answer.reach, answer.cause)
    assert mesh_reason(answer).endswith(" and another one differ")


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("cluster.local/ns/team-a/sa/default-editor", YES),  # it stands for any mesh's own domain
        ("*/ns/team-a/sa/default-editor", YES),
        ("*", YES),
        ("cluster.local/ns/team-a/*", UNKNOWN),
        ("example.org/ns/team-a/sa/default-editor", UNKNOWN),
        ("cluster.local/ns/team-b/*", NO),
        ("example.org/ns/team-b/sa/default-editor", NO),
    ],
)
def test_an_unread_trust_domain_leaves_open_what_depends_on_it(principal: str, expected: Reach) -> None:
    """Names that fit no domain's account are refused whatever it is."""
    assert expected is reach("sa:team-a/default-editor", "team-a", unread(policy(principals(principal))))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("alice", UNKNOWN), ("corp|alice", UNKNOWN), ("bob", NO), ("*", YES), ("corp|*", UNKNOWN)],
)
def test_an_unread_prefix_leaves_open_what_ends_with_the_name(value: str, expected: Reach) -> None:
    """Two ConfigMaps name different prefixes."""
    config = [
        profiles_config(f"profiles-config-{c * 10}", USERID_PREFIX=p) for c, p in (("0", ""), ("1", "corp|"))
    ]
    known = snapshot(
        *config, istio_config(), *with_sidecars("team-a"), policy(header("kubeflow-userid", value))
    )

    assert expected is reach("user:alice", "team-a", known)


@pytest.mark.parametrize(
    ("key", "cause"),
    [("istio-config/deny", MeshCause.ROOT_NAMESPACE), ("knative-serving/deny", MeshCause.NOBODY_LIMITED)],
)
def test_an_unread_root_namespace_leaves_open_what_istios_namespaces_say(key: str, cause: MeshCause) -> None:
    """Policies of a namespace that is called like one of Istio's may count everywhere."""
    answer = reaches(identified(subject("user:alice")), "team-a", unread(policy({}, "DENY", key)))

    assert cause is answer.cause


def test_unread_policies_of_a_possible_root_namespace_leave_everything_open() -> None:
    """They may allow or deny everywhere."""
    gaps = (*UNREAD, gap("authorizationpolicies", "istio-system"))
    known = snapshot(policy({}), *with_sidecars("team-a"), gaps=gaps)

    assert MeshCause.UNREAD is reaches(identified(subject("user:alice")), "team-a", known).cause


@pytest.mark.parametrize(
    ("value", "prefix", "expected"),
    [
        ("ml-team", "", NO),
        ("*", "", YES),
        ("*@example.com", "", UNKNOWN),
        ("a*", "", UNKNOWN),
        ("corp|*", "corp|", YES),
        ("co*", "corp|", YES),
        ("corp|a*", "corp|", UNKNOWN),
        ("other|*", "corp|", NO),
    ],
)
def test_a_group_is_a_user_of_unknown_name(value: str, prefix: str, expected: Reach) -> None:
    """A single name is not the group's, and a pattern may be that of its members."""
    config = profiles_config(USERID_PREFIX=prefix)
    known = snapshot(
        config, istio_config(), *with_sidecars("team-a"), policy(header("kubeflow-userid", value))
    )

    assert expected is reach("group:ml-team", "team-a", known)


def test_the_settings_are_shown_with_where_they_come_from() -> None:
    """Where there is no value, the reason stands there."""
    settings = mesh_settings(
        snapshot(profiles_config(USERID_PREFIX="p:"), gaps=[gap("configmaps", "istio-system")])
    )

    assert [
        (
            "gateway",
            "sa:istio-system/istio-ingressgateway-service-account",
            "ConfigMap kubeflow/profiles-config",
        ),
        ("pipelines page", "sa:kubeflow/ml-pipeline-ui", "ConfigMap kubeflow/profiles-config"),
        ("user header", "kubeflow-userid, `p:` before the name", "ConfigMap kubeflow/profiles-config"),
        ("trust domain", "?", "ConfigMap `istio-system/istio` could not be read: forbidden"),
        ("root namespace", "?", "ConfigMap `istio-system/istio` could not be read: forbidden"),
    ] == list(settings_rows(settings))


def test_a_value_of_another_form_is_not_understood() -> None:
    """An account has to be written as DOMAIN/ns/NAMESPACE/sa/NAME."""
    config = config_map("kubeflow/profiles-config", ISTIO_INGRESS_GATEWAY_PRINCIPAL="*/gateway")

    assert (None, Origin.CONFIG_MAP) == gateway(config)
