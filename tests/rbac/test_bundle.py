"""What becomes of the objects of a bundle: by the order of the objects, and by how they are applied."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs

from kubectl_kfaccess.rbac.bundle import Cause, Outcome, outcomes
from kubectl_kfaccess.rbac.bundle_cluster import BundleCluster
from kubectl_kfaccess.rbac.bundle_judge import RulesJudge
from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.rbac.model import KubernetesObject, Subject
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.ways import Way
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    gap,
    namespace,
    role,
    role_binding,
    rule,
    snapshot,
)

RBAC = "rbac.authorization.k8s.io"
NS = "team-a"
CI = "sa:team-a/ci"
TYPES = {
    kind: ResourceType(group, plural, kind=kind, namespaced=namespaced)
    for kind, group, plural, namespaced in (
        ("ConfigMap", "", "configmaps", True),
        ("Namespace", "", "namespaces", False),
        ("Deployment", "apps", "deployments", True),
        ("Role", RBAC, "roles", True),
        ("RoleBinding", RBAC, "rolebindings", True),
        ("ClusterRole", RBAC, "clusterroles", False),
        ("CustomResourceDefinition", "apiextensions.k8s.io", "customresourcedefinitions", False),
        ("Widget", "example.com", "widgets", True),
    )
}
YES, NO, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN


def item(
    kind: str, name: str = "x", place: str = NS, *, exists: bool | None = False, **fields: Any
) -> BundleObject:
    """Return an object of a bundle; *fields* are those of the manifest, and of `BundleObject`."""
    known = {
        key: fields.pop(key) for key in ("unchanged", "defines", "generate_name", "is_read") if key in fields
    }
    known.setdefault("is_read", True)
    kind_of = TYPES[kind]
    version = f"{kind_of.group}/v1".lstrip("/")
    where = place if kind_of.namespaced else ""
    metadata = {"name": name, **({"namespace": where} if where else {}), **fields.pop("metadata", {})}
    manifest = {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
    return BundleObject(version, kind, where, name, "f.yaml", 1, manifest, kind_of, exists=exists, **known)


def results(
    objects: list[BundleObject],
    *known: KubernetesObject,
    way: Way = Way.KUBECTL,
    gaps: tuple[Any, ...] = (),
    namespaces: dict[str, bool | None] | None = None,
    unserved: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[Outcome, ...]:
    """Return what becomes of the objects that the CI account applies."""
    who = identified(Subject("ServiceAccount", "ci", NS))
    places = {NS: True} if namespaces is None else namespaces
    cluster = BundleCluster(snapshot(*known, gaps=gaps), places, unserved)
    return outcomes(objects, cluster, RulesJudge(who), way)


def verdicts(*args: Any, **options: Any) -> list[Verdict]:
    """Return the verdicts alone."""
    return [outcome.verdict for outcome in results(*args, **options)]


def can(verbs: str, resources: str, *more: Any, names: tuple[str, ...] = ()) -> tuple[KubernetesObject, ...]:
    """Return a Role with a rule, and its binding to the CI account."""
    rules = (rule(verbs, resources, names=names), *more)
    return (role(f"{NS}/ci", *rules), role_binding(NS, "ci", "Role/ci", CI))


def can_everywhere(*rules: Any) -> tuple[KubernetesObject, ...]:
    """Return a ClusterRole, and its binding to the CI account."""
    return (cluster_role("ci-all", *rules), cluster_role_binding("ci-all", "ci-all", CI))


@pytest.mark.parametrize(
    ("way", "exists", "verbs"),
    [
        (Way.KUBECTL, False, "get,create"),
        (Way.KUBECTL, True, "get,patch"),
        (Way.SERVER_SIDE, False, "patch,create"),
        (Way.SERVER_SIDE, True, "patch"),
        (Way.CREATE, False, "create"),
        (Way.REPLACE, True, "update"),
        (Way.DELETE, True, "delete"),
    ],
    ids=lambda value: str(getattr(value, "value", value)),
)
def test_each_way_needs_exactly_its_verbs(way: Way, exists: bool, verbs: str) -> None:
    objects = [item("ConfigMap", exists=exists)]

    (outcome,) = results(objects, way=way)
    assert verbs == ",".join(need.request.verb for need in outcome.needs)
    assert [YES] == verdicts(objects, *can(verbs, "configmaps"), way=way)
    for verb in verbs.split(","):
        others = {"get", "create", "patch", "update", "delete", "list"} - {verb}
        assert [NO] == verdicts(objects, *can(",".join(others), "configmaps"), way=way), verb


@pytest.mark.parametrize(
    ("way", "expected"),
    [(Way.KUBECTL, NO), (Way.CREATE, NO), (Way.SERVER_SIDE, YES)],
    ids=lambda value: value.value,
)
def test_only_a_patch_that_creates_has_a_name(way: Way, expected: Verdict) -> None:
    allowed = can("get,patch,create", "configmaps", names=("x",))

    assert [expected] == verdicts([item("ConfigMap")], *allowed, way=way)


def test_apply_sends_no_patch_if_nothing_changes() -> None:
    objects = [item("ConfigMap", exists=True, unchanged=True)]

    assert [YES] == verdicts(objects, *can("get", "configmaps"))
    assert [NO] == verdicts(objects, *can("get", "configmaps"), way=Way.SERVER_SIDE)


def test_a_put_creates_roles_and_no_config_maps() -> None:
    everything = can("*", "configmaps", rule("*", f"roles.{RBAC}"))
    objects = [item("ConfigMap"), item("Role", rules=[])]

    first, second = results(objects, *everything, way=Way.REPLACE)
    assert (NO, Cause.DOES_NOT_EXIST) == (first.verdict, first.obstacle and first.obstacle.cause)
    assert YES is second.verdict
    assert ["update", "create"] == [need.request.verb for need in second.needs]


def test_what_exists_is_not_created_again() -> None:
    (outcome,) = results([item("ConfigMap", exists=True)], *can("*", "configmaps"), way=Way.CREATE)

    assert (NO, Cause.EXISTS) == (outcome.verdict, outcome.obstacle and outcome.obstacle.cause)


def test_if_existence_is_unknown_both_cases_must_be_allowed() -> None:
    objects = [item("ConfigMap", exists=None)]

    assert [YES] == verdicts(objects, *can("get,create,patch", "configmaps"))
    assert [UNKNOWN] == verdicts(objects, *can("get,create", "configmaps"))
    assert [NO] == verdicts(objects, *can("create,patch", "configmaps"))


def test_namespaces_count_in_the_order_of_the_bundle() -> None:
    allowed = can_everywhere(rule("*", "configmaps"), rule("*", "namespaces"))
    space, inside = item("Namespace", "new"), item("ConfigMap", place="new")
    missing: dict[str, bool | None] = {"new": False}

    assert [YES, YES] == verdicts([space, inside], *allowed, namespaces=missing)
    late = results([inside, space], *allowed, namespaces=missing)
    assert [NO, YES] == [outcome.verdict for outcome in late]
    assert late[0].obstacle and late[0].obstacle.cause is Cause.NAMESPACE_LATER


def test_an_object_fails_with_the_namespace_that_cannot_be_made() -> None:
    objects = [item("Namespace", "new"), item("ConfigMap", place="new")]
    late = results(objects, *can_everywhere(rule("*", "configmaps")), namespaces={"new": False})

    assert [NO, NO] == [outcome.verdict for outcome in late]
    assert late[1].obstacle and late[1].obstacle.cause is Cause.NAMESPACE_NOT_MADE


def test_kinds_count_in_the_order_of_the_bundle() -> None:
    definition = item("CustomResourceDefinition", "widgets.example.com", defines=TYPES["Widget"])
    widget = item("Widget")
    rules = (rule("*", "customresourcedefinitions.apiextensions.k8s.io"), rule("*", "widgets.example.com"))
    options: dict[str, Any] = {"unserved": frozenset((TYPES["Widget"].key,))}

    assert [YES, YES] == verdicts([definition, widget], *can_everywhere(*rules), **options)
    late = results([widget, definition], *can_everywhere(*rules), **options)
    assert [NO, YES] == [outcome.verdict for outcome in late]
    assert late[0].obstacle and late[0].obstacle.cause is Cause.KIND_LATER
    assert [NO, NO] == verdicts([definition, widget], *can_everywhere(rules[1]), **options)


def test_apply_refuses_generated_names() -> None:
    objects = [item("ConfigMap", "", generate_name="x-")]

    assert [NO] == verdicts(objects, *can("*", "configmaps"))
    assert [YES] == verdicts(objects, *can("create", "configmaps"), way=Way.CREATE)


WRITES = rule("get,create,patch,update,delete", f"roles.{RBAC},rolebindings.{RBAC}")
READ_PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


def binding(name: str = "x", role_name: str = "x", kind: str = "Role", **fields: Any) -> BundleObject:
    """Return a RoleBinding of a bundle, to somebody else than the CI account."""
    subjects = fields.pop("subjects", [{"kind": "User", "name": "ann"}])
    ref = {"apiGroup": RBAC, "kind": kind, "name": role_name}
    return item("RoleBinding", name, roleRef=ref, subjects=subjects, **fields)


def test_nobody_grants_what_they_lack() -> None:
    objects = [item("Role", rules=[READ_PODS])]
    (outcome,) = results(objects, *can("list", "pods", WRITES))

    assert outcome.escalation
    assert (NO, NO) == (outcome.verdict, outcome.escalation.verdict)
    assert (rule("get", "pods"),) == outcome.escalation.missing
    assert [YES] == verdicts(objects, *can("get", "pods", WRITES))
    assert [YES] == verdicts(objects, *can("escalate", f"roles.{RBAC}", WRITES))


def test_the_groups_of_who_applies_count() -> None:
    """A binding of all accounts in the namespace grants to the CI account as well."""
    accounts = f"group:system:serviceaccounts:{NS}"
    known = (
        role(f"{NS}/all", rule("get,create", "configmaps")),
        role_binding(NS, "all", "Role/all", accounts),
    )

    assert [YES] == verdicts([item("ConfigMap")], *known)


def test_escalate_with_a_name_counts_only_if_the_request_has_the_name() -> None:
    allowed = can("escalate", f"roles.{RBAC}", WRITES, names=("x",))
    new, old = [item("Role", rules=[READ_PODS])], [item("Role", exists=True, rules=[READ_PODS])]

    assert [NO] == verdicts(new, *allowed)
    assert [YES] == verdicts(old, role(f"{NS}/x"), *allowed)
    assert [YES] == verdicts(new, *allowed, way=Way.SERVER_SIDE)


def test_a_binding_needs_the_rules_of_its_role_or_bind() -> None:
    known = role(f"{NS}/x", rule("get", "pods"))

    assert [NO] == verdicts([binding()], known, *can("list", "pods", WRITES))
    assert [YES] == verdicts([binding()], known, *can("get", "pods", WRITES))
    bind = can("bind", f"roles.{RBAC}", WRITES, names=("x",))
    assert [YES] == verdicts([binding()], known, *bind)


def test_a_role_that_does_not_exist_can_be_bound_only_with_bind() -> None:
    (outcome,) = results([binding()], *can("*", "*", WRITES))

    assert outcome.escalation
    assert outcome.escalation.check.absent
    assert NO is outcome.verdict
    assert [YES] == verdicts([binding()], *can("bind", f"roles.{RBAC}", WRITES))


def test_a_role_of_the_bundle_exists_for_a_later_binding() -> None:
    new_role, bound = item("Role", rules=[READ_PODS]), binding()
    allowed = can("get", "pods", WRITES)

    assert [YES, YES] == verdicts([new_role, bound], *allowed)
    assert [NO, YES] == verdicts([bound, new_role], *allowed)


def test_a_binding_of_the_bundle_lifts_who_applies_it() -> None:
    strong = cluster_role("strong", rule("get", "pods"))
    lift = binding("lift", "strong", "ClusterRole", subjects=[{"kind": "ServiceAccount", "name": "ci"}])
    new_role = item("Role", rules=[READ_PODS])
    allowed = can("bind", f"clusterroles.{RBAC}", WRITES)

    assert [YES, YES] == verdicts([lift, new_role], strong, *allowed)
    assert [NO, YES] == verdicts([new_role, lift], strong, *allowed)


def test_a_refused_object_changes_nothing_for_the_later_ones() -> None:
    objects = [item("Role", rules=[READ_PODS]), binding()]

    assert [NO, NO] == verdicts(objects, *can("list", "pods", WRITES))


def old_binding() -> tuple[KubernetesObject, ...]:
    """Return a role that the CI account does not cover, and its binding to two users."""
    return (
        role(f"{NS}/x", rule("get", "pods")),
        role_binding(NS, "x", "Role/x", "user:ann", "user:bob"),
    )


def test_a_write_that_changes_nothing_is_not_checked() -> None:
    both = [{"kind": "User", "name": "ann"}, {"kind": "User", "name": "bob"}]
    same, fewer = binding(exists=True, subjects=both), binding(exists=True)

    assert [YES] == verdicts([same], *old_binding(), *can("list", "pods", WRITES), way=Way.SERVER_SIDE)
    assert [NO] == verdicts([fewer], *old_binding(), *can("list", "pods", WRITES), way=Way.SERVER_SIDE)
    assert [NO] == verdicts([same], *old_binding(), *can("list", "pods", WRITES), way=Way.REPLACE)


def test_deleting_is_not_checked() -> None:
    objects = [binding(exists=True)]

    assert [YES] == verdicts(objects, *old_binding(), *can("delete", f"rolebindings.{RBAC}"), way=Way.DELETE)


def test_a_deleted_binding_of_their_own_takes_their_rights() -> None:
    own = item("RoleBinding", "ci", exists=True)
    other = item("ConfigMap", exists=True)
    allowed = can("delete", f"configmaps,rolebindings.{RBAC}")

    assert [YES, NO] == verdicts([own, other], *allowed, way=Way.DELETE)
    assert [YES, YES] == verdicts([other, own], *allowed, way=Way.DELETE)


def test_an_aggregated_role_needs_full_authority_even_to_lose_its_selector() -> None:
    old = cluster_role("x", aggregate={"a": "b"})
    selectors = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
    write = rule("get,create,patch,update", f"clusterroles.{RBAC}")
    new = item("ClusterRole", aggregationRule=selectors, rules=[])
    changed = item("ClusterRole", exists=True, rules=[], metadata={"labels": {"c": "d"}})

    assert [NO] == verdicts([new], *can_everywhere(write))
    assert [NO] == verdicts([changed], old, *can_everywhere(write))
    assert [YES] == verdicts([new], *can_everywhere(write, rule("escalate", f"clusterroles.{RBAC}")))


def test_a_role_ref_cannot_be_changed() -> None:
    changed = binding(exists=True, role_name="other")
    (outcome,) = results([changed], *old_binding(), *can("*", f"*.{RBAC}", rule("*", "*")))

    assert (NO, Cause.REFUSED) == (outcome.verdict, outcome.obstacle and outcome.obstacle.cause)


def test_what_could_not_be_read_leaves_it_unknown() -> None:
    objects = [item("Namespace", "new"), item("ConfigMap", place="new")]
    hidden = (gap("clusterrolebindings"),)

    assert [UNKNOWN, UNKNOWN] == verdicts(objects, gaps=hidden, namespaces={"new": False})


def test_a_doubtful_object_leaves_only_its_followers_unknown() -> None:
    hidden = (gap("clusterrolebindings"),)
    objects = [item("Namespace", "new"), item("ConfigMap", place="new"), item("ConfigMap")]
    places = {"new": False, NS: True}

    allowed = can("get,create", "configmaps")
    assert [UNKNOWN, UNKNOWN, YES] == verdicts(objects, *allowed, gaps=hidden, namespaces=places)


def test_a_namespace_object_is_requested_in_its_own_namespace() -> None:
    rights = can("get,patch", "namespaces", names=(NS,))

    assert [YES] == verdicts([item("Namespace", NS, exists=True)], namespace(NS), *rights)


def test_a_replaced_role_is_checked_though_apply_would_leave_it() -> None:
    objects = [item("Role", exists=True, unchanged=True, rules=[READ_PODS])]
    known = role(f"{NS}/x", rule("get", "pods"))

    assert [NO] == verdicts(objects, known, *can("list", "pods", WRITES), way=Way.REPLACE)
    assert [YES] == verdicts(objects, known, *can("list", "pods", WRITES))


def test_a_put_names_the_version_that_it_replaces_for_custom_resources() -> None:
    objects = [item("Widget", exists=True)]

    assert [NO] == verdicts(objects, *can("update", "widgets.example.com"), way=Way.REPLACE)
    assert [YES] == verdicts(objects, *can("update,get", "widgets.example.com"), way=Way.REPLACE)
    versioned = [item("Widget", exists=True, metadata={"resourceVersion": "7"})]
    assert [YES] == verdicts(versioned, *can("update", "widgets.example.com"), way=Way.REPLACE)


def test_a_deleted_definition_takes_its_kind() -> None:
    definition = item("CustomResourceDefinition", "widgets.example.com", defines=TYPES["Widget"], exists=True)
    rules = (rule("*", "customresourcedefinitions.apiextensions.k8s.io"), rule("*", "widgets.example.com"))
    late = results([definition, item("Widget", exists=True)], *can_everywhere(*rules), way=Way.DELETE)

    assert [YES, NO] == [outcome.verdict for outcome in late]
    assert late[1].obstacle and late[1].obstacle.cause is Cause.KIND_GONE


def test_server_side_apply_syncs_the_annotation_of_client_side_apply() -> None:
    """The API server writes it anew if it is there, so that the object changes after all."""
    objects = [item("Role", exists=True, rules=[READ_PODS])]
    plain = role(f"{NS}/x", rule("get", "pods"))
    ours = objects[0].manifest
    by_kubectl = {**ours, "metadata": {**ours["metadata"], "annotations": {}}}
    texts = {"from kubectl": by_kubectl, "from the server": ours}
    allowed = can("list", "pods", WRITES)

    def with_annotation(text: str) -> KubernetesObject:
        annotations = {LAST_APPLIED: text}
        return structs.replace(plain, metadata=structs.replace(plain.metadata, annotations=annotations))

    expected = {"from kubectl": NO, "from the server": YES}
    for origin, last in texts.items():
        known = with_annotation(json.dumps(last))
        assert [expected[origin]] == verdicts(objects, known, *allowed, way=Way.SERVER_SIDE)


def test_an_object_that_was_not_read_may_be_the_same_already() -> None:
    """Then `kubectl apply` sends no patch, and the server does not check what the object grants."""
    objects = [item("ConfigMap", exists=True, is_read=False)]
    assert [UNKNOWN] == verdicts(objects, *can("get", "configmaps"))
    assert [NO] == verdicts(objects, *can("get", "configmaps"), way=Way.SERVER_SIDE)

    objects = [item("Role", exists=True, is_read=False, rules=[READ_PODS])]
    assert [UNKNOWN] == verdicts(objects, *can("list", "pods", WRITES), way=Way.SERVER_SIDE)
    assert [NO] == verdicts(objects, *can("list", "pods", WRITES), way=Way.REPLACE)


def test_a_binding_that_was_not_read_may_refer_to_another_role() -> None:
    """Its roleRef cannot be changed, so that the server would refuse it: nothing is proved."""
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "readers"}
    readers = cluster_role("readers", rule("list", "pods"))
    held = can("list", "pods", WRITES)
    for exists in (None, True):
        objects = [item("RoleBinding", exists=exists, is_read=False, roleRef=ref, subjects=[])]
        assert [UNKNOWN] == verdicts(objects, readers, *held, way=Way.SERVER_SIDE)
    objects = [item("RoleBinding", exists=False, roleRef=ref, subjects=[])]
    assert [YES] == verdicts(objects, readers, *held, way=Way.SERVER_SIDE)
