"""Read the same objects in every layout that files can have: the result is the same cluster."""

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
    """Return a list such as `RoleBindingList` for each kind, whose items have neither apiVersion nor kind."""
    lists = []
    for manifest in objects:
        item = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
        lists.append(
            {"apiVersion": manifest["apiVersion"], "kind": f"{manifest['kind']}List", "items": [item]}
        )
    return json.dumps(_list(lists))


LAYOUTS: dict[str, Callable[[Objects], str]] = {
    "YAML documents": _yaml,
    "YAML documents with Windows line ends": lambda objects: _yaml(objects).replace("\n", "\r\n"),
    "YAML documents after a byte order mark": lambda objects: "\ufeff" + _yaml(objects),
    "YAML documents with comments and empty documents": lambda objects: (
        "# made by hand\n---\n\n---\n# nothing\n" + _yaml(objects).replace("---\n", "--- # next\n") + "---\n"
    ),
    "YAML documents in flow style": lambda objects: "".join(
        f"---\n{json.dumps(manifest)}\n" for manifest in objects
    ),
    "a YAML List as kubectl prints it": lambda objects: yaml.safe_dump(_list(objects), allow_unicode=True),
    "a YAML List with indented items": lambda objects: (
        "apiVersion: v1\nkind: List\nitems:\n"
        + "".join(f"  - {json.dumps(manifest)}\n" for manifest in objects)
    ),
    "a YAML List in one line": lambda objects: f"# all of it\n{json.dumps(_list(objects))}",
    "a JSON List": lambda objects: json.dumps(_list(objects), indent=2),
    "JSON objects, one per line, after a byte order mark": lambda objects: (
        "\ufeff" + "\n".join(map(json.dumps, objects))
    ),
    "a JSON List of Lists": lambda objects: json.dumps(_list([_list(objects[:4]), _list(objects[4:])])),
    "a JSON array": lambda objects: json.dumps(objects),
    "JSON objects, one per line": lambda objects: "\n".join(map(json.dumps, objects)),
    "JSON Lists of one kind": _by_kind,
    "YAML Lists of one kind": lambda objects: yaml.safe_dump(json.loads(_by_kind(objects))),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_cluster(layout: str, tmp_path: Path) -> None:
    """Kinds of other API groups are skipped, and null means empty."""
    text = LAYOUTS[layout](OBJECTS)
    (tmp_path / "objects").write_bytes(text.encode())

    assert EXPECTED == _read(tmp_path, "objects")


@pytest.mark.parametrize("layout", ["YAML documents", "a JSON List"])
def test_standard_input_is_read_like_a_file(layout: str, tmp_path: Path) -> None:
    """Its name is `-`."""
    text = LAYOUTS[layout](OBJECTS)

    assert EXPECTED == _read(tmp_path, "-", stdin=text.encode())


def test_a_directory_means_all_its_manifests(tmp_path: Path) -> None:
    """They are read in the order of their names. Other files are skipped; subdirectories need a flag."""
    (tmp_path / "in" / "deeper").mkdir(parents=True)
    (tmp_path / "in" / "a.yaml").write_text(_yaml(OBJECTS[:3]), encoding="utf-8")
    (tmp_path / "in" / "b.json").write_text(json.dumps(_list(OBJECTS[3:6])), encoding="utf-8")
    (tmp_path / "in" / "deeper" / "c.yml").write_text(_yaml(OBJECTS[6:]), encoding="utf-8")
    (tmp_path / "in" / "README.md").write_text("kind: [", encoding="utf-8")

    shallow, deep = _read(tmp_path, "in"), _read(tmp_path, "in", recursive=True)

    assert EXPECTED == deep
    assert ({}, EXPECTED.role_bindings) == (shallow.service_accounts, shallow.role_bindings)


def test_a_number_as_the_key_of_a_label_is_a_text(tmp_path: Path) -> None:
    """Kubernetes' reader turns it into a text."""
    text = f"apiVersion: {RBAC}\nkind: ClusterRole\nmetadata: {{name: x, labels: {{1: a}}}}\n"

    assert snapshot(cluster_role("x", labels={"1": "a"})) == _read(tmp_path, "-", stdin=text.encode())


def test_a_date_is_a_text(tmp_path: Path) -> None:
    """Kubernetes' reader has no dates."""
    text = f"apiVersion: {RBAC}\nkind: ClusterRole\nmetadata: {{name: x, labels: {{since: 2026-01-02}}}}\n"

    expected = snapshot(cluster_role("x", labels={"since": "2026-01-02"}))
    assert expected == _read(tmp_path, "-", stdin=text.encode())


def test_of_two_objects_with_one_name_the_later_counts_and_a_note_says_so(tmp_path: Path) -> None:
    """The note has the positions of both."""
    twice = [
        {"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "x", "namespace": "a"}, "rules": rules}
        for rules in ([], [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}])
    ]

    result = _read(tmp_path, "-", stdin=_yaml(twice).encode())

    assert {("a", "x"): role("a/x", rule("get", "pods"))} == result.roles
    place = "at standard input:2 and standard input:9, Role `a/x`"
    assert (f"1 object stands twice, and the later one counts: {place}",) == result.notes


def test_the_same_name_in_two_namespaces_is_two_objects(tmp_path: Path) -> None:
    """There is no note about them."""
    both = [
        {"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "x", "namespace": where}, "rules": []}
        for where in ("a", "b")
    ]

    assert snapshot(role("a/x"), role("b/x")) == _read(tmp_path, "-", stdin=_yaml(both).encode())


def test_a_definition_describes_a_resource(tmp_path: Path) -> None:
    """It has the scope, and the subresources of all versions."""
    spec = {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [{"name": "v1", "subresources": {"status": {}}}, {"name": "v2", "subresources": None}],
    }
    text = json.dumps(
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
    )

    (resource_type,) = manifests.read(["-"], _environment(tmp_path, text.encode())).types

    assert ("example.com", "widgets", "widget", "Widget") == (
        resource_type.group,
        resource_type.name,
        resource_type.singular,
        resource_type.kind,
    )
    assert (("wd",), False, ("status",)) == (
        resource_type.short_names,
        resource_type.namespaced,
        resource_type.subresources,
    )


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
            "apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\n",
            "standard input:1 is a SubjectAccessReview",
            id="a review",
        ),
    ],
)
def test_unreadable_input_is_an_error_with_its_position(text: str, message: str, tmp_path: Path) -> None:
    """The error has the file, the line and the cause."""
    with pytest.raises(UsageError, match=message):
        _read(tmp_path, "-", stdin=text.encode())


def _read(directory: Path, path: str, *, stdin: bytes = b"", recursive: bool = False) -> Snapshot:
    return manifests.read([path], _environment(directory, stdin), recursive=recursive).snapshot()


def _environment(directory: Path, stdin: bytes) -> Environment:
    return Environment(io.BytesIO(stdin), io.StringIO(), io.StringIO(), {}, directory)
