"""A cluster's objects from files: which are kept, how, and with which notes."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import OwnerReference
from kubectl_kfaccess.sources.files import manifests
from kubectl_kfaccess.sources.files.manifests import Manifests

RBAC = "rbac.authorization.k8s.io/v1"


def read(*objects: dict[str, Any]) -> Manifests:
    """Return what is read from these objects, as YAML on standard input."""
    stdin = io.BytesIO(yaml.safe_dump_all(objects).encode())
    return manifests.read(["-"], Environment(stdin, io.StringIO(), io.StringIO(), {}, Path("/")))


def named(kind: str, name: str, namespace: str = "", version: str = RBAC, **more: Any) -> dict[str, Any]:
    """Return an object."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


REF = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}}
EVERY_KIND = [
    named("ClusterRole", "a"),
    named("ClusterRoleBinding", "b", **REF),
    named("Role", "c", "dev"),
    named("RoleBinding", "d", "dev", **REF),
    named("Namespace", "dev", version="v1"),
    named("ServiceAccount", "e", "dev", version="v1"),
]


def test_every_kind_that_access_depends_on_is_kept() -> None:
    """By namespace and name."""
    snapshot = read(*EVERY_KIND).snapshot()

    assert [
        [("", "a")],
        [("", "b")],
        [("dev", "c")],
        [("dev", "d")],
        [("", "dev")],
        [("dev", "e")],
    ] == [
        list(objects)
        for objects in (
            snapshot.cluster_roles,
            snapshot.cluster_role_bindings,
            snapshot.roles,
            snapshot.role_bindings,
            snapshot.namespaces,
            snapshot.service_accounts,
        )
    ]


def test_files_are_complete() -> None:
    """Objects that are not in the files do not exist, so there is no gap."""
    assert () == read(*EVERY_KIND).snapshot().gaps


def test_other_kinds_are_passed_over_silently() -> None:
    """A release has Deployments and many other kinds; they lead to no object and no note."""
    result = read(
        named("Deployment", "a", "dev", version="apps/v1"),
        named("Role", "b", "dev", version="iam.example.com/v1"),
        *EVERY_KIND[:1],
    )

    assert ({"cluster_roles"}, []) == (set(result.objects), [*result.remarks.lines()])


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_an_old_version_of_rbac_is_the_same_rbac(version: str) -> None:
    """The group and the kind decide, because the fields have not changed."""
    result = read(named("ClusterRole", "a", version=f"rbac.authorization.k8s.io/{version}"))

    assert [("", "a")] == list(result.snapshot().cluster_roles)


def test_of_two_objects_with_one_name_the_later_counts() -> None:
    """As with `kubectl apply`; a note names both places."""
    first, second = (
        named("Role", "a", "dev", rules=[{"apiGroups": [""], "resources": [resource], "verbs": ["get"]}])
        for resource in ("pods", "secrets")
    )

    result = read(first, second)

    assert [("secrets",)] == [rule.resources for rule in result.snapshot().roles["dev", "a"].rules]
    place = "at standard input:1 and standard input:14, Role `dev/a`"
    assert [f"1 object stands twice, and the later one counts: {place}"] == [*result.remarks.lines()]


def test_objects_whose_names_a_server_makes_are_different_objects() -> None:
    """`kubectl create` gives each a name of its own, so that none replaces the other."""
    bindings = [named("RoleBinding", "", "dev"), named("RoleBinding", "", "dev")]
    objects = [*bindings, named("ServiceAccount", "", "dev", "v1")]
    for each in objects:
        each["metadata"]["generateName"] = "ann-"
    for each in bindings:
        each["roleRef"] = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}

    snapshot = read(*objects).snapshot()

    assert [("dev", "ann-(1)"), ("dev", "ann-(2)")] == list(snapshot.role_bindings)
    assert [("dev", "ann-(3)")] == list(snapshot.service_accounts)
    assert () == snapshot.notes


def test_the_same_name_in_two_namespaces_is_two_objects() -> None:
    """There is no note about duplicates."""
    result = read(named("Role", "a", "dev"), named("Role", "a", "test"))

    assert ([("dev", "a"), ("test", "a")], []) == (list(result.snapshot().roles), [*result.remarks.lines()])


def test_a_namespace_on_a_cluster_scoped_object_makes_no_second_one() -> None:
    """kustomize adds a namespace there, and the server ignores it."""
    result = read(named("ClusterRole", "a", "kubeflow"), named("ClusterRole", "a"))

    assert [("", "a")] == list(result.snapshot().cluster_roles)
    assert 1 == len([*result.remarks.lines()])


def definition(**spec: Any) -> dict[str, Any]:
    """Return a CustomResourceDefinition."""
    names = {"plural": "widgets", "kind": "Widget", **spec.pop("names", {})}
    whole = {"group": "a.example", "scope": "Namespaced", "versions": [{"name": "v1"}], **spec}
    return named(
        "CustomResourceDefinition",
        "widgets.a.example",
        version="apiextensions.k8s.io/v1",
        spec={**whole, "names": names},
    )


def test_a_definition_is_a_type_of_this_cluster() -> None:
    """It has its own names and scope, the subresources of all versions, and every custom resource's verbs."""
    (widget,) = read(
        definition(
            names={"singular": "widget", "shortNames": ["wd"]},
            versions=[
                {"name": "v1", "subresources": {"status": {}}},
                {"name": "v2", "subresources": {"scale": {}}},
            ],
        )
    ).types

    assert ("a.example", "widgets", "widget", "Widget", ("wd",), True, ("scale", "status")) == (
        widget.group,
        widget.name,
        widget.singular,
        widget.kind,
        widget.short_names,
        widget.namespaced,
        widget.subresources,
    )
    assert {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"} == set(
        widget.verbs
    )


def test_a_definition_without_a_singular_has_its_kind_for_one() -> None:
    """The server fills it in too: the kind in lower case."""
    assert ["widget"] == [widget.singular for widget in read(definition()).types]


def test_a_definition_for_the_cluster_has_no_namespaces() -> None:
    """The scope decides."""
    assert [False] == [widget.namespaced for widget in read(definition(scope="Cluster")).types]


def test_a_review_among_the_objects_is_a_mistake() -> None:
    """It is not an object of a cluster; the hint says where reviews belong."""
    review = named("SubjectAccessReview", "a", version="authorization.k8s.io/v1")

    with pytest.raises(UsageError, match="standard input:1 is a SubjectAccessReview") as raised:
        read(review)

    assert "`review FILE`" in raised.value.hint


def test_a_file_without_any_object_is_a_mistake() -> None:
    """Nobody wants to ask about an empty cluster."""
    with pytest.raises(UsageError, match="no Kubernetes object in `-`"):
        read()


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        pytest.param({"rules": "all"}, r"\$\.rules", id="rules as a text"),
        pytest.param({"rules": [{"verbs": "get"}]}, r"\$\.rules\[0\]\.verbs", id="verbs as a text"),
        pytest.param({"rules": [{"verbs": [1]}]}, r"\$\.rules\[0\]\.verbs\[0\]", id="a number for a verb"),
        pytest.param({"metadata": {"name": 7}}, r"\$\.metadata\.name", id="a number for a name"),
    ],
)
def test_an_object_with_a_field_of_another_type_is_refused(spoiled: dict[str, Any], field: str) -> None:
    """A server refuses it; the others count, and a gap says that something is missing."""
    snapshot = read({**named("ClusterRole", "a"), **spoiled}, named("ClusterRole", "b")).snapshot()

    assert [("", "b")] == list(snapshot.cluster_roles)
    (gap,) = snapshot.gaps
    assert ("clusterroles", "") == (gap.resource, gap.namespace)
    assert re.search(f"1 object is not counted .* at standard input:1, .*{field}", gap.reason)


@pytest.mark.parametrize(
    ("metadata", "key", "labels"),
    [
        pytest.param({"name": "a", "labels": {"x": "z"}}, ("ClusterRole", "", "a"), {"x": "z"}, id="both"),
        pytest.param({"name": "a", "labels": [1]}, ("ClusterRole", "", "a"), None, id="labels as a list"),
        pytest.param({"name": 7}, ("ClusterRole", "", ""), {}, id="a number for a name"),
        pytest.param([], ("ClusterRole", "", ""), None, id="a list"),
        pytest.param(None, ("ClusterRole", "", ""), {}, id="null"),
    ],
)
def test_what_is_known_of_a_role_without_its_rules(
    metadata: Any, key: tuple[str, str, str], labels: dict[str, str] | None
) -> None:
    """Its name and its labels, if they have the right type: they decide which roles would aggregate it."""
    odd = {**named("ClusterRole", "a"), "metadata": metadata, "rules": 5}

    ((known_key, (unread,)),) = read(odd, named("ClusterRole", "b")).snapshot().unread_roles.items()

    assert (key, labels) == (known_key, unread.labels)


def test_a_binding_without_a_readable_namespace_can_be_anywhere() -> None:
    """So the gap is in all namespaces; with a namespace it is in that one, without any in the default one."""
    texts = [7, "dev", None]
    odd = [{**named("RoleBinding", "a"), "metadata": {"name": "a", "namespace": text}} for text in texts]

    snapshots = [read({**each, "subjects": "x"}, named("ClusterRole", "b")).snapshot() for each in odd]

    assert ["", "dev", "default"] == [gap.namespace for each in snapshots for gap in each.gaps]


@pytest.mark.parametrize("absent", [{"rules": None}, {}], ids=["null", "not there"])
def test_null_is_an_empty_list(absent: dict[str, Any]) -> None:
    """For Kubernetes, both are the same."""
    assert () == read(named("ClusterRole", "a", **absent)).snapshot().cluster_roles["", "a"].rules


@pytest.mark.parametrize("kind", ["ClusterRole", "Role", "ServiceAccount"])
def test_the_owners_of_objects_are_kept(kind: str) -> None:
    """The person who changes the object should know which controller makes it."""
    owner = {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Profile",
        "name": "dev",
        "uid": "1",
        "controller": True,
    }
    version = "v1" if kind == "ServiceAccount" else RBAC
    value = named(kind, "a", "" if kind == "ClusterRole" else "dev", version)
    value["metadata"]["ownerReferences"] = [owner]
    snapshot = read(value).snapshot()
    objects = {**snapshot.cluster_roles, **snapshot.roles, **snapshot.service_accounts}

    owners = [item.metadata.controller for item in objects.values() if item.name == "a"]
    assert [OwnerReference("kubeflow.org/v1", "Profile", "dev", True)] == owners
