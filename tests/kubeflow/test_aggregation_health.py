"""What is worth mending about aggregation: each finding, and the world that has it not."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.aggregation.view import (
    LAST_APPLIED,
    TYPES,
    Reconciled,
    concerns,
    findings,
    reconciled,
)
from kubectl_kfaccess.findings.finding import Finding, Severity
from kubectl_kfaccess.rbac.model import (
    AggregationRule,
    ClusterRole,
    KubernetesObject,
    LabelSelector,
    ObjectMeta,
    PolicyRule,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import cluster_role, expression, rule, service_account, snapshot

KUBEFLOW = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-"
KUBERNETES = "rbac.authorization.k8s.io/aggregate-to-"
TO_EDIT = {f"{KUBEFLOW}edit": "true"}
GET = rule("get", "notebooks.kubeflow.org")
LIST = rule("list", "notebooks.kubeflow.org")
CREATE = rule("create", "notebooks.kubeflow.org")

# As discovery lists them: the core group, Kubeflow's, and KServe's
TYPES_SERVED = (
    ResourceType("", "pods", subresources=("exec", "log", "status")),
    ResourceType("", "nodes", namespaced=False, subresources=("proxy", "status")),
    ResourceType("", "secrets"),
    ResourceType("apps", "deployments", subresources=("scale", "status")),
    ResourceType("kubeflow.org", "notebooks"),
    ResourceType("serving.kserve.io", "llminferenceserviceconfigs"),
)
KSERVE = ResourceType("serving.kserve.io", "inferenceservices", subresources=("status",))


def edit(*rules: PolicyRule, stored: bool = False, **more: str) -> ClusterRole:
    """An aggregated role as Kubeflow's `kubeflow-edit` is, under a name that stands for no component."""
    return cluster_role("tenants-edit", *rules, labels=more, aggregate=TO_EDIT, stored=stored)


def selected(name: str, *rules: PolicyRule, stored: bool = False) -> ClusterRole:
    """A role that the aggregated one selects."""
    return cluster_role(name, *rules, labels=TO_EDIT, stored=stored)


def labelled(name: str, key: str, value: str = "true", **more: str) -> ClusterRole:
    """A role with a label that is to be judged."""
    return cluster_role(name, GET, labels={key: value, **more})


def bootstrapped(role: ClusterRole) -> ClusterRole:
    """The role as one that the API server made itself."""
    labels = {**role.metadata.labels, "kubernetes.io/bootstrapping": "rbac-defaults"}
    return replace(role, metadata=replace(role.metadata, labels=labels))


def applied(role: ClusterRole, text: str) -> ClusterRole:
    """The role with the annotation that `kubectl apply` leaves."""
    return replace(role, metadata=replace(role.metadata, annotations={LAST_APPLIED: text}))


def found(
    *objects: KubernetesObject, types: tuple[ResourceType, ...] = TYPES_SERVED, known: Snapshot | None = None
) -> list[Finding]:
    """What is worth mending in a world of these objects."""
    return list(findings(concerns(known or snapshot(*objects), types)))


def told(found: list[Finding]) -> list[tuple[str, str]]:
    """The ids and the roles."""
    return [(one.type.id, one.name) for one in found]


NOT_RECONCILED = ("aggregation-not-reconciled", "tenants-edit")
NEAR = ("aggregation-label-near-miss", "part")
UNSELECTED = ("aggregation-label-unselected", "part")
OVERWRITTEN = ("aggregation-own-rules-overwritten", "tenants-edit")
CYCLE = ("aggregation-cycle", "a")
INVALID = ("aggregation-selector-invalid", "tenants-edit")
UNSERVED = ("aggregation-unserved-resource", "part")
NOTHING = ("aggregation-selects-nothing", "tenants-edit")


def ring(*rules: PolicyRule, stored: bool = False) -> tuple[ClusterRole, ClusterRole]:
    """Two aggregated roles that select one another."""
    return (
        cluster_role("a", *rules, labels={"to-b": "yes"}, aggregate={"to-a": "yes"}, stored=stored),
        cluster_role("b", *rules, labels={"to-a": "yes"}, aggregate={"to-b": "yes"}, stored=stored),
    )


def chosen_by(*selectors: LabelSelector) -> ClusterRole:
    """An aggregated role with these selectors, which nothing fits."""
    return cluster_role("tenants-edit", GET, aggregate=selectors)


# the world, and what is found in it
CASES: dict[str, tuple[tuple[ClusterRole, ...], list[tuple[str, str]]]] = {
    # syncClusterRole compares the union of the selected roles with the stored rules
    "a stored role lacks a rule": (
        (edit(GET, stored=True), selected("part", GET, LIST, stored=True)), [NOT_RECONCILED]
    ),
    "a stored role keeps a rule that nobody has": (
        (edit(GET, LIST, stored=True), selected("part", GET, stored=True)), [NOT_RECONCILED]
    ),
    "a stored role is what it selects": (
        (edit(GET, LIST, stored=True), selected("part", GET, LIST, stored=True)), []
    ),
    "rules in another order are the same access": (
        (edit(LIST, GET, stored=True), selected("part", GET, LIST, stored=True)), []
    ),
    "two roles with the same rule bring it once": (
        (edit(GET, stored=True), selected("p", GET, stored=True), selected("q", GET, stored=True)), []
    ),
    "a manifest has no rules yet": ((edit(), selected("part", GET)), []),
    # applying an empty selection sends no `rules` field, so what the controller did not write stays
    "a selection without rules changes nothing": (
        (edit(GET, stored=True), selected("part", stored=True)), []
    ),
    "an aggregated part is compared as it is stored": (
        (edit(GET, stored=True),
         cluster_role("middle", GET, labels=TO_EDIT, aggregate={"to": "middle"}, stored=True),
         cluster_role("part", GET, LIST, labels={"to": "middle"}, stored=True)),
        [("aggregation-not-reconciled", "middle")],
    ),
    "a selector without a match": ((edit(),), [NOTHING]),
    "a selector without a match beside one that has": (
        (cluster_role("tenants-edit", aggregate=(LabelSelector(TO_EDIT), LabelSelector({"to": "x"}))),
         selected("part", GET)),
        [NOTHING],
    ),
    "a role does not select itself": (
        (cluster_role("tenants-edit", labels=TO_EDIT, aggregate=TO_EDIT),), [NOTHING]
    ),
    "a label that nobody asks for": (
        (labelled("part", f"{KUBEFLOW}trainer-view"),), [UNSELECTED]
    ),
    "a label that is switched off": ((labelled("part", f"{KUBEFLOW}trainer-view", "false"),), []),
    "a label that is no aggregation's": ((labelled("part", "app.kubernetes.io/name"),), []),
    "a label that is selected": ((edit(), labelled("part", f"{KUBEFLOW}edit")), []),
    "a label that any value of is selected": (
        (cluster_role("tenants-edit", aggregate=expression(f"{KUBEFLOW}edit", "Exists")),
         labelled("part", f"{KUBEFLOW}edit", "perhaps")),
        [],
    ),
    "a label that one of several values of is selected": (
        (cluster_role("tenants-edit", aggregate=expression(f"{KUBEFLOW}edit", "In", "yes", "true")),
         labelled("part", f"{KUBEFLOW}edit", "yes")),
        [],
    ),
    "a value in capitals": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True")), [NEAR]
    ),
    "a value that says yes otherwise": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "yes")), [NEAR]
    ),
    "the switch in the off position": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "False")), []
    ),
    "a letter too few": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.replace('gg', 'g')}edit")), [NEAR]
    ),
    "a letter too many": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}editt")), [NEAR]),
    "a letter that is another": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edot")), [NEAR]),
    "two letters that are swapped": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}eidt")), [NEAR]
    ),
    "a swapped word of the key": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.replace('-to-', '-ot-')}edit")), [NEAR]
    ),
    "capitals in the key": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}Edit")), [NEAR]),
    "the prefix of Kubernetes": (
        (edit(), selected("q", GET), labelled("part", f"{KUBERNETES}kubeflow-edit")), [NEAR]
    ),
    "no prefix at all": (
        (edit(), selected("q", GET), labelled("part", "aggregate-to-kubeflow-edit")), [NEAR]
    ),
    "Kubeflow's name left out": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.removesuffix('kubeflow-')}edit")), [NEAR]
    ),
    "another level is another label": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}view")), [UNSELECTED]
    ),
    "numbered names are two things": (
        (cluster_role("tenants-edit", aggregate={"example.com/aggregate-to-team-1": "true"}),
         labelled("q", "example.com/aggregate-to-team-1"),
         labelled("part", "example.com/aggregate-to-team-2")),
        [UNSELECTED],
    ),
    "somebody else's `aggregate-to-view`": (
        (cluster_role("view", aggregate={f"{KUBERNETES}view": "true"}),
         labelled("q", f"{KUBERNETES}view"),
         labelled("part", "rbac.crossplane.example/aggregate-to-view")),
        [UNSELECTED],
    ),
    "a near miss on a role that is selected all the same": (
        (edit(), cluster_role("part", GET, labels={**TO_EDIT, f"{KUBEFLOW}editt": "true"})), [UNSELECTED]
    ),
    "a near miss on a role that comes in by another way": (
        (edit(),
         cluster_role("middle", labels=TO_EDIT, aggregate={"to": "middle"}),
         cluster_role("part", GET, labels={"to": "middle", f"{KUBEFLOW}editt": "true"})),
        [UNSELECTED],
    ),
    "a near miss that would still lack another term": (
        (cluster_role("tenants-edit", aggregate={**TO_EDIT, "tier": "gold"}),
         cluster_role("q", GET, labels={**TO_EDIT, "tier": "gold"}),
         labelled("part", f"{KUBEFLOW}editt")),
        [UNSELECTED],
    ),
    "a label of another sort with another value": (
        (cluster_role("tenants-edit", aggregate={"app.kubernetes.io/name": "kserve"}),
         cluster_role("q", GET, labels={"app.kubernetes.io/name": "kserve"}),
         labelled("part", "app.kubernetes.io/name", "katib")),
        [],
    ),
    "hand-written rules that aggregation replaces": ((edit(LIST), selected("part", GET)), [OVERWRITTEN]),
    "hand-written rules that aggregation brings as well": ((edit(GET), selected("part", GET, LIST)), []),
    "hand-written rules that nothing replaces": ((edit(LIST), selected("part")), []),
    "rules of a stored role are the controller's": (
        (edit(GET, stored=True), selected("part", GET, stored=True)), []
    ),
    "an applied manifest with rules": (
        (applied(edit(GET, stored=True), json.dumps({"rules": [{"verbs": ["get"], "apiGroups": [""],
                                                                "resources": ["secrets"]}]})),
         selected("part", GET, stored=True)),
        [OVERWRITTEN],
    ),
    "an applied manifest without rules": (
        (applied(edit(GET, stored=True), '{"rules": []}'), selected("part", GET, stored=True)), []
    ),
    "an annotation that is no manifest": (
        (applied(edit(GET, stored=True), "[[[" * 10_000), selected("part", GET, stored=True)), []
    ),
    "a cycle in files": (ring(GET), [CYCLE]),
    "a cycle on a server": (ring(GET, stored=True), [CYCLE]),
    "a chain": (
        (cluster_role("a", aggregate={"to-a": "yes"}),
         cluster_role("b", labels={"to-a": "yes"}, aggregate={"to-b": "yes"}),
         cluster_role("c", GET, labels={"to-b": "yes"})),
        [],
    ),
    "an operator that there is not": ((chosen_by(expression("to", "in", "edit")),), [INVALID]),
    "`In` without values": ((chosen_by(expression("to", "In")),), [INVALID]),
    "`Exists` with values": ((chosen_by(expression("to", "Exists", "edit")),), [INVALID]),
    "no selector": (
        (ClusterRole(ObjectMeta("tenants-edit"), (GET,), AggregationRule()),), [INVALID]
    ),
    "selectors that can be read": (
        (chosen_by(expression("to", "Exists"), expression("to", "NotIn", "x")), labelled("part", "to")), []
    ),
    "a name with a slip": (
        (edit(), selected("part", rule("get", "lllminferenceserviceconfigs.serving.kserve.io"))), [UNSERVED]
    ),
    "a version as a subresource": (
        (edit(), selected("part", rule("get", "pipelines.pipelines.kubeflow.org/versions"))), [UNSERVED]
    ),
    "a subresource that is none": ((edit(), selected("part", rule("create", "pods/exek"))), [UNSERVED]),
    "a role that is in no tree of Kubeflow's": ((cluster_role("part", rule("get", "podz")),), []),
    "a role that has Kubeflow's label and is selected by nobody": (
        (labelled("part", f"{KUBEFLOW}trainer-view"), cluster_role("q", rule("get", "podz"))), [UNSELECTED]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_world_has_its_findings_and_no_other(case: str) -> None:
    """Each finding where it is due, and nothing in the healthy world beside it."""
    objects, expected = CASES[case]

    assert expected == told(found(*objects))


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            (edit(GET, stored=True), selected("part", GET, stored=True)),
            Reconciled(as_selected=("tenants-edit",)),
            id="a stored role that has what it selects",
        ),
        pytest.param(
            (edit(stored=True), selected("part", GET, stored=True)),
            Reconciled(differing=("tenants-edit",)),
            id="a stored role that lacks a rule",
        ),
        pytest.param(
            (edit(GET, LIST, stored=True), selected("part", GET, stored=True)),
            Reconciled(differing=("tenants-edit",)),
            id="a stored role that keeps a rule",
        ),
        pytest.param(
            (edit(GET, stored=True),),
            Reconciled(as_selected=("tenants-edit",)),
            id="one that selects nothing",
        ),
        pytest.param(
            (edit(), selected("part", GET)), Reconciled(computed=("tenants-edit",)), id="a role of files"
        ),
        pytest.param(ring(GET), Reconciled(unknown=("a", "b")), id="a cycle of files with rules of its own"),
        pytest.param(
            ring(GET, stored=True), Reconciled(as_selected=("a", "b")), id="a cycle that a server has settled"
        ),
        pytest.param(
            (chosen_by(expression("to", "In")),),
            Reconciled(unknown=("tenants-edit",)),
            id="a selector that cannot be read",
        ),
        pytest.param((selected("part", GET),), Reconciled(), id="no aggregated role"),
    ],
)
def test_aggregated_roles_have_what_they_select_or_not(
    objects: tuple[ClusterRole, ...], expected: Reconciled
) -> None:
    """The controller's result is held against what a server has stored; of files it is computed."""
    known = snapshot(*objects)

    assert expected == reconciled(known, (one.name for one in objects))


CLUSTER_READER = f"{KUBERNETES}cluster-reader"
OPENSHIFT = (*TYPES_SERVED, ResourceType("config.openshift.io", "clusterversions", namespaced=False))


@pytest.mark.parametrize(
    ("key", "types", "reader", "expected"),
    [
        pytest.param(CLUSTER_READER, TYPES_SERVED, (), [], id="a cluster that is none of OpenShift's"),
        pytest.param(CLUSTER_READER, OPENSHIFT, (), [UNSELECTED], id="an OpenShift that lacks its role"),
        pytest.param(
            CLUSTER_READER,
            OPENSHIFT,
            (cluster_role("cluster-reader", aggregate={CLUSTER_READER: "true"}),),
            [],
            id="an OpenShift that has it",
        ),
        pytest.param(
            f"{KUBEFLOW}cluster-reader",
            TYPES_SERVED,
            (),
            [UNSELECTED],
            id="a label of that name of another's",
        ),
    ],
)
def test_a_label_for_openshift_is_judged_on_openshift_alone(
    key: str,
    types: tuple[ResourceType, ...],
    reader: tuple[ClusterRole, ...],
    expected: list[tuple[str, str]],
) -> None:
    """cert-manager has it on every cluster, where nothing can be mended about it."""
    assert expected == told(found(labelled("part", key), *reader, types=types))


# A rule, and whether it has a slip. Upstream: discovery lists no finalizers; impersonation asks about users,
# groups and userextras, the kubelet about its node's subresources, and signers are named by who signs
NAMES: dict[str, tuple[PolicyRule, bool]] = {
    "a served resource": (rule("get", "pods"), False),
    "a served subresource": (rule("get", "pods/log"), False),
    "every resource": (rule("get", "*.kubeflow.org"), False),
    "every group": (rule("get", "podz.*"), False),
    "a subresource of everything": (rule("update", "*/scale"), False),
    "finalizers": (rule("update", "notebooks.kubeflow.org/finalizers"), False),
    "a status that is no subresource": (rule("get", "notebooks.kubeflow.org/status"), False),
    "the status of a slip": (rule("get", "notebook.kubeflow.org/status"), True),
    "users": (rule("impersonate", "users"), False),
    "extra fields of users": (PolicyRule(("impersonate",), ("",), ("userextras/scopes",)), False),
    "signers": (rule("sign", "signers"), False),
    "what the kubelet asks about": (rule("get", "nodes/metrics"), False),
    "a group that is not served": (rule("get", "widgets.example.com"), False),
    "a singular": (rule("get", "notebook.kubeflow.org"), True),
    "a kind": (rule("get", "Notebook.kubeflow.org"), True),
    "a resource of the other of two groups": (rule("get", "pods,deployments.apps"), False),
    "a resource that may be of a group not served": (rule("get", "podz,widgets.example.com"), False),
    "a resource of neither group": (PolicyRule(("get",), ("", "apps"), ("pods", "deployment")), True),
    "a virtual resource": (rule("archive", "runs.pipelines.kubeflow.org"), False),
    "the versions of a virtual resource": (
        rule("get", "pipelines.pipelines.kubeflow.org/versions"), True
    ),
    "a virtual group that the catalogue knows in part": (rule("get", "models.mlflow.kubeflow.org"), False),
    "a URL": (PolicyRule(("get",), non_resource_urls=("/metrics",)), False),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_only_names_that_nothing_can_mean_are_unserved(name: str) -> None:
    """A slip in a group whose resources are all known is found, and nothing that an authorizer is asked."""
    written, slip = NAMES[name]

    assert ([UNSERVED] if slip else []) == told(found(edit(), selected("part", written)))


def test_pipelines_that_are_served_leave_the_rest_of_their_group_virtual() -> None:
    """Where pipelines are stored in Kubernetes runs are virtual still, and the old slip is one still."""
    both = (*TYPES_SERVED, ResourceType("pipelines.kubeflow.org", "pipelines", subresources=("status",)))
    names = ("runs", "pipelines", "pipelines/versions")
    written = PolicyRule(("get",), ("pipelines.kubeflow.org",), names)

    (finding,) = found(edit(), selected("part", written), types=both)

    assert (
        "`pipelines/versions` in `pipelines.kubeflow.org`: `pipelineversions` may be meant" in finding.message
    )


def test_what_kubernetes_own_roles_name_is_no_slip() -> None:
    """`deployments/rollback` is long gone from the API and still in the default role for editors."""
    rollback = rule("create", "deployments.apps/rollback")
    default = bootstrapped(cluster_role("system:aggregate-to-edit", rollback))

    assert [] == found(edit(), selected("part", rollback), default)
    assert [UNSERVED] == told(found(edit(), selected("part", rollback)))


def test_an_aggregated_role_is_not_blamed_for_what_it_was_brought() -> None:
    """The slip is found once, in the role that it is written in."""
    slip = rule("get", "podz")

    assert [UNSERVED] == told(found(edit(slip, stored=True), selected("part", slip, stored=True)))


def test_the_word_that_is_meant_is_named() -> None:
    """KServe's own slip is told with the resource that it means, and that it is upstream's."""
    (finding,) = found(edit(), selected("part", rule("get", "lllminferenceserviceconfigs.serving.kserve.io")))

    assert "`llminferenceserviceconfigs` may be meant" in finding.message
    assert "KServe ships this slip since 0.16" in finding.message


def test_rules_that_stay_in_force_are_named() -> None:
    """A selector that matches nothing does not empty a role."""
    (finding,) = found(edit(rule("get", "secrets")))

    assert f'`{KUBEFLOW}edit: "true"`' in finding.message
    assert "its own rules stay in force: `get` on `secrets`" in finding.message


def test_what_is_missing_is_told_with_the_role_that_has_it() -> None:
    """And what is left is told apart from it."""
    (finding,) = found(edit(GET, CREATE, stored=True), selected("part", GET, LIST, stored=True))

    assert "lacks a rule of `part` (`list` on `notebooks`)" in finding.message
    assert "keeps a rule that no role has which it selects (`create` on `notebooks`)" in finding.message


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "in files"])
def test_rules_that_a_cycle_keeps_alive_are_named(stored: bool) -> None:
    """What a role outside still brings is none of them."""
    outside = cluster_role("part", LIST, labels={"to-a": "yes"}, stored=stored)
    rules = (GET, LIST) if stored else (GET,)

    (finding,) = found(*ring(*rules, stored=stored), outside)

    assert "it and `b` select one another" in finding.message
    assert "`get` on `notebooks`" in finding.message
    assert "`list` on `notebooks`" not in finding.message


def test_a_near_miss_names_the_label_that_was_meant_and_who_asks_for_it() -> None:
    """Both labels in full, as one types them."""
    (finding,) = found(edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True"))

    assert (
        f'the label `{KUBEFLOW}edit: "True"` is not `{KUBEFLOW}edit: "true"`, so `tenants-edit` does not '
        "select it"
    ) == finding.message


def test_findings_matter_to_the_roles_that_lack_the_rules_too() -> None:
    """A role that its label keeps out of a tree is told of with the tree."""
    known = snapshot(edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True"))
    everything = concerns(known, TYPES_SERVED)

    assert [NEAR] == told(list(findings(everything, {"tenants-edit", "q"})))
    assert [NEAR] == told(list(findings(everything, {"part"})))
    assert [] == told(list(findings(everything, {"q"})))


def test_kubernetes_own_roles_are_not_judged_by_their_labels() -> None:
    """Where somebody took the aggregation from `view`, its parts are no mistake of theirs."""
    assert [] == found(bootstrapped(labelled("system:aggregate-to-view", f"{KUBERNETES}view")))


PLATFORM = tuple(
    cluster_role(
        name,
        labels={f"{KUBEFLOW}{above}": "true"} if above else {},
        aggregate={f"{KUBEFLOW}{name.removeprefix('kubeflow-')}": "true"},
    )
    for name, above in (("kubeflow-admin", ""), ("kubeflow-edit", "admin"), ("kubeflow-view", "edit"))
) + tuple(
    cluster_role(f"kubeflow-kubernetes-{level}", rule("get", "pods"), labels={f"{KUBEFLOW}{level}": "true"})
    for level in ("admin", "edit", "view")
)


def kserve(
    *levels: str, rules: tuple[PolicyRule, ...] = (rule("get", "inferenceservices.serving.kserve.io"),)
) -> tuple[ClusterRole, ...]:
    """KServe's roles for tenants, as far as they are there."""
    return tuple(
        cluster_role(f"kubeflow-kserve-{level}", *rules, labels={f"{KUBEFLOW}{level}": "true"})
        for level in levels
    )


def missing(*names: str) -> list[tuple[str, str]]:
    """The findings about roles that are missing."""
    return [("component-role-missing", name) for name in names]


ALL_OF_KSERVE = missing("kubeflow-kserve-admin", "kubeflow-kserve-edit", "kubeflow-kserve-view")

# the objects, what is served beside, and the roles that are missing
Told = list[tuple[str, str]]
COMPONENTS: dict[str, tuple[tuple[KubernetesObject, ...], tuple[ResourceType, ...], Told]] = {
    "the platform alone": (PLATFORM, (), []),
    "a component with its roles": ((*PLATFORM, *kserve("admin", "edit", "view")), (KSERVE,), []),
    "a component whose resources are served": (PLATFORM, (KSERVE,), ALL_OF_KSERVE),
    "a component with its account": (
        (*PLATFORM, service_account("kubeflow/kserve-controller-manager")), (), ALL_OF_KSERVE
    ),
    "a tenant's account of that name": (
        (*PLATFORM, service_account("team-a/kserve-controller-manager")), (), []
    ),
    "a component with some of its roles": (
        (*PLATFORM, *kserve("view")), (), missing("kubeflow-kserve-admin", "kubeflow-kserve-edit")
    ),
    "KServe without the platform": (
        (service_account("kserve/kserve-controller-manager"),), (KSERVE,), []
    ),
    "pipelines for one team": (
        (service_account("kubeflow/ml-pipeline"),),
        (ResourceType("kubeflow.org", "scheduledworkflows"),),
        [],
    ),
    "pipelines without their roles": (
        PLATFORM,
        (ResourceType("kubeflow.org", "scheduledworkflows"),),
        missing(
            "aggregate-to-kubeflow-pipelines-edit",
            "aggregate-to-kubeflow-pipelines-view",
            "kubeflow-pipelines-edit",
            "kubeflow-pipelines-view",
        ),
    ),
    "another release's names for the same": (
        (*PLATFORM,
         *(cluster_role(f"models-{level}", rule("get", "inferenceservices.serving.kserve.io"),
                        labels={f"{KUBEFLOW}{level}": "true"}) for level in ("admin", "edit", "view"))),
        (KSERVE,),
        [],
    ),
    "one of the platform's own": (
        tuple(role for role in PLATFORM if role.name != "kubeflow-view"), (),
        [*missing("kubeflow-view"), ("aggregation-label-unselected", "kubeflow-kubernetes-view")],
    ),
    "the trainer": (
        PLATFORM,
        (ResourceType("trainer.kubeflow.org", "trainjobs"),),
        missing("kubeflow-trainer-admin", "kubeflow-trainer-edit", "kubeflow-trainer-view"),
    ),
    "the training operator": (
        PLATFORM,
        (ResourceType("kubeflow.org", "pytorchjobs"),),
        missing("kubeflow-training-admin", "kubeflow-training-edit", "kubeflow-training-view"),
    ),
    "Katib": (
        PLATFORM,
        (ResourceType("kubeflow.org", "experiments"),),
        missing("kubeflow-katib-admin", "kubeflow-katib-edit", "kubeflow-katib-view"),
    ),
    "the pipelines' virtual experiments are no Katib": (
        PLATFORM, (ResourceType("pipelines.kubeflow.org", "experiments", virtual=True),), []
    ),
    "notebooks": (
        PLATFORM,
        (ResourceType("kubeflow.org", "notebooks"),),
        missing(*(f"notebook-controller-kubeflow-notebooks-{level}" for level in ("admin", "edit", "view"))),
    ),
    "Spark": (
        PLATFORM,
        (ResourceType("sparkoperator.k8s.io", "sparkapplications"),),
        missing("kubeflow-spark-admin", "kubeflow-spark-edit", "kubeflow-spark-view"),
    ),
    "a role that lost its label": (
        (*PLATFORM, *kserve("admin", "view"), cluster_role("kubeflow-kserve-edit", GET)),
        (KSERVE,),
        [("component-role-not-aggregated", "kubeflow-kserve-edit")],
    ),
    "a role whose label has a slip": (
        (*PLATFORM, *kserve("admin", "view"),
         cluster_role("kubeflow-kserve-edit", GET, labels={f"{KUBEFLOW}edit": "True"})),
        (KSERVE,),
        [("aggregation-label-near-miss", "kubeflow-kserve-edit")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPONENTS)
def test_roles_that_a_component_should_have_brought_are_missed(case: str) -> None:
    """A component is there by what is served, by its account or by a role; the platform must be there too."""
    objects, types, expected = COMPONENTS[case]

    assert expected == told(found(*objects, types=types))


def test_a_missing_role_is_told_with_what_speaks_for_its_component() -> None:
    """So that nobody has to guess why it should be there."""
    message = found(*PLATFORM, types=(KSERVE,))[1].message

    assert "`inferenceservices.serving.kserve.io` is served" in message
    assert "`kubeflow-edit` has no rules from it" in message


def test_a_missing_role_matters_to_the_role_that_it_is_a_part_of() -> None:
    """And to nobody else's tree."""
    everything = concerns(snapshot(*PLATFORM), (KSERVE,))

    assert missing("kubeflow-kserve-edit") == told(list(findings(everything, {"kubeflow-edit"})))


def test_every_type_of_finding_has_a_case() -> None:
    """No id is left without a world that has it."""
    worlds = [expected for _, expected in CASES.values()] + [expected for *_, expected in COMPONENTS.values()]

    assert {one.id for one in TYPES} == {one for expected in worlds for one, _ in expected}


def test_ids_are_unique_and_texts_are_sentences() -> None:
    """A page of the documentation is made of each."""
    assert len(TYPES) == len({one.id for one in TYPES})
    assert all(text.endswith(".") for one in TYPES for text in (one.what, one.why, one.mend))
    assert {"aggregation", "component"} == {one.id.partition("-")[0] for one in TYPES}


@pytest.mark.parametrize(
    "name",
    ["aggregation-selects-nothing", "aggregation-label-unselected", "aggregation-unserved-resource"],
)
def test_what_upstream_ships_is_a_warning(name: str) -> None:
    """Kubeflow's own defects must not fail anybody's pipeline by default."""
    (severity,) = (one.severity for one in TYPES if one.id == name)

    assert severity is Severity.WARNING
