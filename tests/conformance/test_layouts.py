"""The same objects in every layout that files come in: the cluster they make is the same."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import ClusterRole, ObjectMeta
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files import manifests
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    namespace,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
    urls,
)

RBAC = "rbac.authorization.k8s.io/v1"
Objects = Sequence[dict[str, Any]]

OBJECTS: Objects = (
    {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": "edit", "labels": {"since": "2026-01-02"}},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "edit"}}]},
        "rules": None,
    },
    {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": "metrics", "namespace": "put-there-by-kustomize"},
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/metrics"]}],
    },
    {
        "apiVersion": RBAC,
        "kind": "Role",
        "metadata": {"name": "local", "namespace": "team-a"},
        "rules": [
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "more": 1}
        ],
    },
    {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"name": "local", "namespace": "team-a"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "local"},
        "subjects": [
            {"kind": "User", "name": "Ärzte"},
            {"kind": "ServiceAccount", "name": "robot"},
        ],
    },
    {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "nobody"},
        "roleRef": {"kind": "ClusterRole", "name": "edit"},
        "subjects": None,
    },
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a", "labels": {"owner": "alice"}}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "team-a"}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"kind": "ClusterRole"}},
    {"apiVersion": "example.com/v1", "kind": "ClusterRole", "metadata": {"name": "not-rbac"}},
)
EXPECTED = snapshot(
    cluster_role("edit", labels={"since": "2026-01-02"}, aggregate={"to": "edit"}),
    ClusterRole(ObjectMeta("metrics", "put-there-by-kustomize"), (urls("get", "/metrics"),)),
    role("team-a/local", rule("get", "pods", names=["a"])),
    role_binding("team-a", "local", "Role/local", "user:Ärzte", "sa:robot"),
    cluster_role_binding("nobody", "edit"),
    namespace("team-a", owner="alice"),
    service_account("team-a/robot"),
)


def _yaml(objects: Objects) -> str:
    return yaml.safe_dump_all(objects, allow_unicode=True, explicit_start=True)


def _list(objects: Objects) -> dict[str, Any]:
    return {"apiVersion": "v1", "items": list(objects), "kind": "List", "metadata": {"resourceVersion": ""}}


def _by_kind(objects: Objects) -> str:
    """A `RoleBindingList` and its like for each kind; their items say neither apiVersion nor kind."""
    lists = []
    for one in objects:
        item = {key: value for key, value in one.items() if key not in ("apiVersion", "kind")}
        lists.append({"apiVersion": one["apiVersion"], "kind": f"{one['kind']}List", "items": [item]})
    return json.dumps(_list(lists))


LAYOUTS: dict[str, Callable[[Objects], str]] = {
    "YAML documents": _yaml,
    "YAML documents with Windows line ends": lambda objects: _yaml(objects).replace("\n", "\r\n"),
    "YAML documents after a byte order mark": lambda objects: "\ufeff" + _yaml(objects),
    "YAML documents with comments and empty ones": lambda objects: (
        "# made by hand\n---\n\n---\n# nothing\n" + _yaml(objects).replace("---\n", "--- # next\n") + "---\n"
    ),
    "YAML documents in flow style": lambda objects: "".join(f"---\n{json.dumps(one)}\n" for one in objects),
    "a YAML List as kubectl prints it": lambda objects: yaml.safe_dump(_list(objects), allow_unicode=True),
    "a YAML List with indented items": lambda objects: (
        "apiVersion: v1\nkind: List\nitems:\n" + "".join(f"  - {json.dumps(one)}\n" for one in objects)
    ),
    "a YAML List in one line": lambda objects: f"# all of it\n{json.dumps(_list(objects))}",
    "a JSON List": lambda objects: json.dumps(_list(objects), indent=2),
    "JSON objects a line each after a byte order mark": lambda objects: (
        "\ufeff" + "\n".join(map(json.dumps, objects))
    ),
    "a JSON List of Lists": lambda objects: json.dumps(_list([_list(objects[:4]), _list(objects[4:])])),
    "a JSON array": lambda objects: json.dumps(objects),
    "JSON objects a line each": lambda objects: "\n".join(map(json.dumps, objects)),
    "JSON Lists of one kind": _by_kind,
    "YAML Lists of one kind": lambda objects: yaml.safe_dump(json.loads(_by_kind(objects))),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_makes_the_same_cluster(layout: str, tmp_path: Path) -> None:
    """Kinds of other groups are passed over, nulls are empty, and nothing is said."""
    text = LAYOUTS[layout](OBJECTS)
    (tmp_path / "objects").write_bytes(text.encode())

    assert EXPECTED == _read(tmp_path, "objects")


@pytest.mark.parametrize("layout", ["YAML documents", "a JSON List"])
def test_standard_input_is_read_like_a_file(layout: str, tmp_path: Path) -> None:
    """It is called `-`."""
    text = LAYOUTS[layout](OBJECTS)

    assert EXPECTED == _read(tmp_path, "-", stdin=text.encode())


def test_a_directory_is_all_its_manifests(tmp_path: Path) -> None:
    """In the order of their names, other files passed over, subdirectories on demand."""
    (tmp_path / "in" / "deeper").mkdir(parents=True)
    (tmp_path / "in" / "a.yaml").write_text(_yaml(OBJECTS[:3]), encoding="utf-8")
    (tmp_path / "in" / "b.json").write_text(json.dumps(_list(OBJECTS[3:6])), encoding="utf-8")
    (tmp_path / "in" / "deeper" / "c.yml").write_text(_yaml(OBJECTS[6:]), encoding="utf-8")
    (tmp_path / "in" / "README.md").write_text("kind: [", encoding="utf-8")

    shallow, deep = _read(tmp_path, "in"), _read(tmp_path, "in", recursive=True)

    assert EXPECTED == deep
    assert ({}, EXPECTED.role_bindings) == (shallow.service_accounts, shallow.role_bindings)


def test_a_label_may_have_a_number_for_its_key(tmp_path: Path) -> None:
    """Kubernetes' reader makes a text of it."""
    text = f"apiVersion: {RBAC}\nkind: ClusterRole\nmetadata: {{name: x, labels: {{1: a}}}}\n"

    assert snapshot(cluster_role("x", labels={"1": "a"})) == _read(tmp_path, "-", stdin=text.encode())


def test_a_date_is_the_text_that_it_is_written_as(tmp_path: Path) -> None:
    """Kubernetes' reader knows no dates."""
    text = f"apiVersion: {RBAC}\nkind: ClusterRole\nmetadata: {{name: x, labels: {{since: 2026-01-02}}}}\n"

    expected = snapshot(cluster_role("x", labels={"since": "2026-01-02"}))
    assert expected == _read(tmp_path, "-", stdin=text.encode())


def test_of_two_objects_with_one_name_the_later_counts_and_it_is_said(tmp_path: Path) -> None:
    """With the places of both."""
    twice = [
        {"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "x", "namespace": "a"}, "rules": rules}
        for rules in ([], [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}])
    ]

    found = _read(tmp_path, "-", stdin=_yaml(twice).encode())

    assert {("a", "x"): role("a/x", rule("get", "pods"))} == found.roles
    assert ("Role `a/x` stands twice, at standard input:2 and standard input:9: the later one counts",) == (
        found.notes
    )


def test_the_same_name_in_two_namespaces_is_two_objects(tmp_path: Path) -> None:
    """Nothing is said of them."""
    both = [
        {"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "x", "namespace": where}, "rules": []}
        for where in ("a", "b")
    ]

    assert snapshot(role("a/x"), role("b/x")) == _read(tmp_path, "-", stdin=_yaml(both).encode())


def test_a_definition_tells_what_a_resource_is(tmp_path: Path) -> None:
    """Its scope, and the subresources of all its versions."""
    spec = {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [{"name": "v1", "subresources": {"status": {}}}, {"name": "v2", "subresources": None}],
    }
    text = json.dumps(
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
    )

    (found,) = manifests.read(["-"], _environment(tmp_path, text.encode())).types

    assert ("example.com", "widgets", "widget", "Widget") == (
        found.group,
        found.name,
        found.singular,
        found.kind,
    )
    assert (("wd",), False, ("status",)) == (found.short_names, found.namespaced, found.subresources)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no Kubernetes object in `-`", id="nothing"),
        pytest.param("# nothing\n---\n", "no Kubernetes object in `-`", id="empty documents"),
        pytest.param("a: b\n", "standard input:1: not a Kubernetes object", id="something else"),
        pytest.param("kind: Role\n", "standard input:1: not a Kubernetes object", id="no apiVersion"),
        pytest.param("---\na: [b\n", "standard input:", id="malformed YAML"),
        pytest.param('{"kind": }', "standard input:1: malformed JSON", id="malformed JSON"),
        pytest.param(
            f"apiVersion: {RBAC}\nkind: Role\nmetadata: {{name: x}}\nrules: [{{verbs: get}}]\n",
            r"standard input:1: Role `x`: expected `array.*verbs",
            id="a text where a list belongs",
        ),
        pytest.param(
            "apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\n",
            "standard input:1 is a SubjectAccessReview",
            id="a review",
        ),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    """The file, the line, and what does not fit."""
    with pytest.raises(UsageError, match=message):
        _read(tmp_path, "-", stdin=text.encode())


def _read(directory: Path, path: str, *, stdin: bytes = b"", recursive: bool = False) -> Snapshot:
    return manifests.read([path], _environment(directory, stdin), recursive=recursive).snapshot()


def _environment(directory: Path, stdin: bytes) -> Environment:
    return Environment(io.BytesIO(stdin), io.StringIO(), io.StringIO(), {}, directory)
