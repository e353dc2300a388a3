"""`can-apply`: the verdict on a bundle, its refusals, its fix and its notes, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import Result, run

GROUP = "rbac.authorization.k8s.io"
BUNDLE = "examples/app.yaml"
EDITOR = ("--subject", "sa:team-a/default-editor")
WORLD = """
apiVersion: v1
kind: Namespace
metadata: {name: team-a}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ci, namespace: team-a}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, create]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [get, create, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ci}
subjects: [{kind: ServiceAccount, name: ci, namespace: team-a}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: old, namespace: team-a}
"""


def config_map(name: str, /, **metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap in team-a, unless *metadata* says otherwise."""
    meta = {"name": name, "namespace": "team-a", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {k: v for k, v in meta.items() if v}}


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    """Return what asks about objects that the account ci applies to the small world."""
    (tmp_path / "world.yaml").write_text(WORLD, encoding="utf-8")

    def asking(*objects: dict[str, Any], flags: tuple[str, ...] = ()) -> Result:
        (tmp_path / "bundle.yaml").write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
        words = ("can-apply", "bundle.yaml", "--subject", "sa:team-a/ci", "-f", "world.yaml")
        return run(*words, *flags, cwd=tmp_path)

    return asking


def refusals(result: Result) -> list[str | None]:
    """Return the refusals of the objects."""
    return [item["refusal"] for item in result.json["items"]]


def test_the_verdict_names_the_first_object_that_fails() -> None:
    done = run("can-apply", BUNDLE, *EDITOR, "--demo")

    assert 1 == done.status
    first = "RoleBinding team-a/trainer (examples/app.yaml:11)"
    assert f"no: sa:team-a/default-editor cannot apply 1 of 4 objects: {first}" in done.stderr
    assert "yes   3 other objects" in done.stdout


def test_you_are_who_asks_if_nobody_is_named() -> None:
    done = run("can-apply", BUNDLE, "--demo", "-o", "markdown")

    assert 0 == done.status
    assert f"**ok: you can apply all 4 objects of {BUNDLE} (apply, as kubectl does)**" in done.stdout


def test_the_refusal_is_the_servers_own(ask: Any) -> None:
    done = ask(config_map("old"), flags=("-o", "json"))

    user = "system:serviceaccount:team-a:ci"
    what = 'resource "configmaps" in API group "" in the namespace "team-a"'
    assert [f'configmaps "old" is forbidden: User "{user}" cannot patch {what}'] == refusals(done)
    assert 1 == done.status
    assert [True] == [item["exists"] for item in done.json["items"]]


def test_what_a_role_grants_must_be_held(ask: Any) -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "x", "namespace": "team-a"}}
    done = ask({**role, "rules": [rule]}, flags=("-o", "json"))

    (item,) = done.json["items"]
    assert {"decision": "Denied", "missing": [{**rule, "verbs": ["get", "list"]}]} == item["escalation"]
    assert "is attempting to grant RBAC permissions not currently held: verbs=get,list" in item["refusal"]
    assert ["Allowed", "Allowed"] == [need["decision"] for need in item["needs"]]


def test_the_fix_grants_what_is_missing_and_no_more(ask: Any, tmp_path: Path) -> None:
    objects = (config_map("old"), {**config_map("new"), "kind": "Secret"})
    fix = ask(*objects, flags=("-o", "fix"))

    assert (0, "") == (fix.status, fix.stderr)
    role, binding = yaml.safe_load_all(fix.stdout)
    assert ("Role", "RoleBinding", "team-a") == (role["kind"], binding["kind"], role["metadata"]["namespace"])
    assert [
        {"verbs": ["create"], "apiGroups": [""], "resources": ["secrets"]},
        {"verbs": ["patch"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["old"]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["new"]},
    ] == role["rules"]
    (tmp_path / "fix.yaml").write_text(fix.stdout, encoding="utf-8")
    assert 0 == ask(*objects, flags=("--with", "fix.yaml")).status


def test_the_fix_of_a_role_grants_its_rules_and_not_to_escalate(ask: Any) -> None:
    rule = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "x", "namespace": "team-a"}}
    fix, _ = yaml.safe_load_all(ask({**role, "rules": [rule]}, flags=("-o", "fix")).stdout)

    assert [rule] == fix["rules"]


def test_a_namespace_of_the_bundle_needs_a_cluster_role(ask: Any) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}}
    fix = ask(space, config_map("x", namespace="new"), flags=("-o", "fix"))

    assert ["ClusterRole", "ClusterRoleBinding"] == [each["kind"] for each in yaml.safe_load_all(fix.stdout)]


def test_a_fix_says_what_no_permission_helps(ask: Any) -> None:
    fix = ask(config_map("x", namespace="nowhere"), config_map("old"), flags=("-o", "fix"))

    assert '# - ConfigMap nowhere/x: namespaces "nowhere" not found' in fix.stdout


def test_nothing_is_printed_if_nothing_is_missing(ask: Any) -> None:
    fix = ask(config_map("new"), flags=("-o", "fix"))

    assert (0, "", "nothing is missing\n") == (fix.status, fix.stdout, fix.stderr)


def test_an_unknown_kind_is_not_known(ask: Any) -> None:
    done = ask({"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": "x"}})

    assert 3 == done.status
    assert "unknown: whether sa:team-a/ci can apply the object: Gadget" in done.stderr
    assert "nothing here knows the kind Gadget of example.com/v1" in done.stdout


def test_kubeflows_kinds_are_known_without_their_definitions(ask: Any) -> None:
    done = ask(
        {"apiVersion": "kubeflow.org/v1", "kind": "Notebook", "metadata": {"name": "x"}},
        flags=("-o", "json", "-n", "team-a"),
    )

    assert ["notebooks", "notebooks"] == [need["resource"] for need in done.json["items"][0]["needs"]]
    assert "team-a" == done.json["items"][0]["object"]["namespace"]


@pytest.mark.parametrize(
    ("metadata", "flags", "refusal"),
    [
        ({"name": "", "generateName": "x-"}, (), "from x-: cannot use generate name with apply"),
        ({"name": "", "generateName": "x-"}, ("--by", "delete"), "resource name may not be empty"),
        ({"name": "gone"}, ("--by", "delete"), "cannot delete resource"),
        ({"name": "x", "namespace": "nowhere"}, (), "cannot get resource"),
        (
            {"name": "x"},
            ("-n", "default"),
            'the namespace from the provided object "team-a" does not match the namespace "default"',
        ),
        ({"name": "old"}, ("--by", "create"), 'configmaps "old" already exists'),
    ],
    ids=["generateName", "no name", "delete", "no namespace", "another namespace", "exists"],
)
def test_other_refusals(ask: Any, metadata: dict[str, str], flags: tuple[str, ...], refusal: str) -> None:
    done = ask(config_map("", **metadata), flags=(*flags, "-o", "json"))

    assert 1 == done.status
    assert refusal in str(refusals(done)[0])


def test_generated_names_can_be_created(ask: Any) -> None:
    assert 0 == ask(config_map("", generateName="x-"), flags=("--by", "create")).status


def test_lists_and_standard_input_are_read() -> None:
    items = [config_map("a"), config_map("b")]
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items})
    done = run("can-apply", "-", "--demo", "-o", "json", stdin=text.encode())

    assert ["a", "b"] == [item["object"]["name"] for item in done.json["items"]]
    assert {"standard input"} == {item["file"] for item in done.json["items"]}


def test_directories_are_read_with_their_subdirectories(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for file in (tmp_path / "a.yaml", tmp_path / "more" / "b.yaml"):
        file.write_text(yaml.safe_dump(config_map(file.stem)), encoding="utf-8")

    def names(*flags: str) -> list[str]:
        done = run("can-apply", str(tmp_path), "--demo", "-o", "json", *flags)
        return [item["object"]["name"] for item in done.json["items"]]

    assert ["a"] == names()
    assert ["a", "b"] == names("-R")


def test_standard_input_is_read_once() -> None:
    done = run("can-apply", "-", "-f", "-", "--subject", "alice@example.com")

    assert (2, "error: `-` can be given only once: standard input cannot be read twice\n") == (
        done.status,
        done.stderr,
    )


def test_names_are_those_that_cannot_be_applied() -> None:
    done = run("can-apply", BUNDLE, *EDITOR, "--demo", "-o", "name")

    assert ["rolebinding.rbac.authorization.k8s.io/team-a/trainer"] == done.lines


def test_a_test_case_for_each_object() -> None:
    done = run("can-apply", BUNDLE, *EDITOR, "--demo", "-o", "junit")

    assert 'tests="4" failures="1" errors="0"' in done.stdout


def test_a_profile_comes_later() -> None:
    profile = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": "team-z"}}
    objects = [profile, config_map("x", namespace="team-z")]
    done = run("can-apply", "-", "--demo", stdin=yaml.safe_dump_all(objects).encode())

    assert 1 == done.status
    assert [note for note in done.notes if "Profile team-z: the Profile controller makes" in note]
    assert 'namespaces "team-z" not found' in done.stdout


def test_wide_says_what_was_not_checked() -> None:
    done = run("can-apply", BUNDLE, "--demo", "-o", "wide")

    assert "ResourceQuota and LimitRange: 403, exceeded quota" in done.stdout
    assert 4 == done.stdout.count("examples/app.yaml:")


def test_hostile_names_are_escaped(ask: Any) -> None:
    hostile = config_map("old\x1b[31m", namespace="team-a")
    for output in ("table", "wide", "csv", "markdown", "name", "junit"):
        assert "\x1b" not in ask(hostile, flags=("-o", output)).stdout


def test_an_assumed_change_counts(ask: Any) -> None:
    """Without their binding they can do nothing, and what is assumed to be deleted does not exist."""
    without = ask(config_map("new"), flags=("--without", "rolebinding/team-a/ci", "-o", "json"))
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "ci", "namespace": "team-a"}}
    gone = ask(role, flags=("--without", "role/team-a/ci", "-o", "json"))

    assert (1, ["Denied"]) == (without.status, [item["decision"] for item in without.json["items"]])
    assert [False] == [item["exists"] for item in gone.json["items"]]
    assert {"with": [], "without": ["role/team-a/ci"]} == gone.json["hypothetical"]
