"""`--with` and `--without`: what a command answers as if objects were applied or deleted."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import Result, run

ZOE = "zoe@example.com"
USERS = {f"{name}@example.com" for name in "abcd"}
GROUP = "rbac.authorization.k8s.io"
TO_EDIT = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit"


def binding(name: str, role: str, *users: str, namespace: str | None = "team-a") -> dict[str, Any]:
    """Return a RoleBinding of a ClusterRole to users."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": user} for user in users],
    }


def cluster_role(name: str, *rules: dict[str, Any], **labels: str) -> dict[str, Any]:
    """Return a ClusterRole."""
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": [*rules]}


def rule(verb: str, group: str, resource: str) -> dict[str, Any]:
    """Return a rule."""
    return {"verbs": [verb], "apiGroups": [group], "resources": [resource]}


EDIT = {"verbs": ["create"], "apiGroups": ["serving.kserve.io"], "resources": ["inferenceservices"]}


def written(folder: Path, *objects: Any, name: str = "new.yaml") -> str:
    """Write *objects* to a file and return its path."""
    file = folder / name
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return str(file)


def subjects(result: Result) -> set[str]:
    """Return the subjects that are listed."""
    return {item["subject"]["ref"] for item in result.json["items"]}


def who_can(*argv: str) -> Result:
    """Return who can create InferenceServices in team-a of the demo."""
    return run("who-can", "create", "inferenceservices", "-n", "team-a", "--demo", "-o", "json", *argv)


# --- what changes ---


def test_a_binding_that_is_applied_adds_its_subjects(tmp_path: Path) -> None:
    """Nothing else changes."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    assert {ZOE} == subjects(who_can("--with", file)) - subjects(who_can())
    assert subjects(who_can()) <= subjects(who_can("--with", file))


def test_a_binding_that_is_deleted_takes_its_subjects_away() -> None:
    """Dave is a contributor by KFAM's binding alone."""
    deleted = who_can("--without", "rolebinding/team-a/user-dave-example-com-clusterrole-edit")

    assert {"dave@example.com"} == subjects(who_can()) - subjects(deleted)


def test_a_file_that_is_deleted_need_only_name_its_objects(tmp_path: Path) -> None:
    """As `kubectl delete -f` reads it."""
    name = "user-dave-example-com-clusterrole-edit"
    file = written(tmp_path, {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": {"name": name}})

    assert "dave@example.com" not in subjects(who_can("--without", file))


def test_an_object_that_is_in_the_new_files_stays(tmp_path: Path) -> None:
    """So `--without old --with new` is an upgrade: what is in both files is not deleted."""
    old = written(tmp_path, binding("a", "kubeflow-edit", ZOE), binding("b", "kubeflow-edit", "yan@x.com"))
    new = written(tmp_path, binding("a", "kubeflow-edit", ZOE), name="newer.yaml")
    base = ("-f", written(tmp_path, cluster_role("kubeflow-edit", EDIT), name="roles.yaml"), "-f", old)
    ask = ("who-can", "create", "inferenceservices", "-n", "team-a", *base, "-o", "json")

    assert {ZOE, "yan@x.com"} <= subjects(run(*ask))
    upgraded = subjects(run(*ask, "--without", old, "--with", new))
    assert ZOE in upgraded
    assert "yan@x.com" not in upgraded


def test_an_object_that_is_named_is_deleted_although_it_is_applied(tmp_path: Path) -> None:
    """The user has named it."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    changed = who_can("--with", file, "--without", "rolebinding/team-a/new")
    assert subjects(who_can()) == subjects(changed)


# --- pruning ---


def test_pruning_deletes_what_the_files_lack(tmp_path: Path) -> None:
    """Of the objects with the labels, as `kubectl apply --prune -l` does."""
    old = [binding(name, "kubeflow-edit", f"{name}@example.com") for name in ("a", "b", "c")]
    for item in old[:2]:
        item["metadata"]["labels"] = {"app": "ours"}
    elsewhere = {**binding("d", "kubeflow-edit", "d@example.com", namespace="team-b")}
    elsewhere["metadata"]["labels"] = {"app": "ours"}
    roles = cluster_role("kubeflow-edit", EDIT)
    base = written(tmp_path, roles, *old, elsewhere, name="old.yaml")
    new = written(tmp_path, old[0])
    ask = ("who-can", "create", "inferenceservices", "-A", "-f", base, "-o", "json", "--with", new)

    kept = {subject for subject in subjects(run(*ask, "--prune", "app=ours")) if subject in USERS}
    assert {"a@example.com", "c@example.com", "d@example.com"} == kept
    assert USERS <= subjects(run(*ask))


def test_pruning_needs_files_to_apply() -> None:
    """Without them it would delete everything."""
    result = who_can("--prune", "app=ours")

    assert 2 == result.status
    assert "`--prune` deletes what is not in the files of `--with`" in result.json["errors"][0]["message"]


def test_the_answer_says_what_is_pruned(tmp_path: Path) -> None:
    """In its first line, and in machine formats."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    assert "app=ours" == who_can("--with", file, "--prune", "app=ours").json["hypothetical"]["prune"]
    text = run("who-can", "get", "secrets", "--demo", "--with", file, "--prune", "app=ours")
    assert "other objects with app=ours were deleted" in text.stderr


def test_a_label_aggregates_a_role(tmp_path: Path) -> None:
    """The rules of kubeflow-edit are those that the controller would write."""
    new = cluster_role("widgets", rule("get", "example.com", "widgets"), **{TO_EDIT: "true"})
    ask = ("who-can", "get", "widgets.example.com", "-n", "team-a", "--demo", "-o", "json", "--any-type")

    assert "dave@example.com" in subjects(run(*ask, "--with", written(tmp_path, new)))
    assert "dave@example.com" not in subjects(run(*ask))


def test_without_a_role_what_aggregates_it_loses_its_rules() -> None:
    """kubeflow-kserve-edit has the rules on InferenceServices."""
    assert "dave@example.com" not in subjects(who_can("--without", "clusterrole/kubeflow-kserve-edit"))


def test_every_command_that_reads_the_cluster_answers_for_the_change(tmp_path: Path) -> None:
    """Zoe becomes somebody in team-a."""
    ask = ("--demo", "--with", written(tmp_path, binding("new", "kubeflow-edit", ZOE)), "-o", "json")

    explained = run("explain", ZOE, "create", "inferenceservices", "-n", "team-a", *ask)
    access = run("access", ZOE, "-n", "team-a", *ask)
    profile = run("profiles", "team-a", *ask)

    assert (0, "Allowed") == (explained.status, explained.json["items"][0]["decision"])
    assert "create" in json.dumps(access.json["items"])
    assert ZOE in profile.stdout


def test_check_says_what_a_deletion_breaks() -> None:
    """Pipelines run as default-editor."""
    ask = ("check", "-n", "team-a", "--demo")

    assert 0 == run(*ask).status
    assert 1 == run(*ask, "--without", "RoleBinding/team-a/default-editor").status


def test_aggregation_shows_the_tree_with_the_change(tmp_path: Path) -> None:
    """The new role is below kubeflow-edit."""
    new = cluster_role("widgets", rule("get", "example.com", "widgets"), **{TO_EDIT: "true"})

    tree = run("aggregation", "kubeflow-edit", "--demo", "--with", written(tmp_path, new), "-o", "tree")

    assert "widgets" in tree.stdout


def test_a_type_that_is_applied_is_known(tmp_path: Path) -> None:
    """So that a question about it is no slip."""
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [{"name": "v1"}]}
    kind = "CustomResourceDefinition"
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "widgets.example.com"},
        "spec": spec,
    }
    ask = ("who-can", "get", "widgets", "-n", "team-a", "--demo")

    assert 2 == run(*ask).status
    assert 0 == run(*ask, "--with", written(tmp_path, crd)).status


def test_a_namespace_that_is_applied_is_known_and_can_be_filled(tmp_path: Path) -> None:
    """In the order of the file, as kubectl applies it."""
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-z"}}
    inside = binding("new", "kubeflow-edit", ZOE, namespace="team-z")
    ask = ("who-can", "create", "inferenceservices", "-n", "team-z", "--demo", "-o", "json")

    good = run(*ask, "--with", written(tmp_path, space, inside))
    early = run(*ask, "--with", written(tmp_path, inside, space))

    assert ZOE in subjects(good)
    assert ZOE not in subjects(early)
    assert "there is no namespace" not in good.stderr
    assert "RoleBinding `team-z/new`, there is no namespace `team-z`" in early.stderr


def test_with_a_namespace_goes_what_is_in_it() -> None:
    """The garbage collector deletes it."""
    assert "dave@example.com" not in subjects(who_can("--without", "ns/team-a"))


def profile(name: str, owner: str) -> dict[str, Any]:
    """Return a profile."""
    spec = {"owner": {"kind": "User", "name": owner}}
    return {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": name}, "spec": spec}


def test_a_profile_comes_with_what_its_controller_makes(tmp_path: Path) -> None:
    """The owner and the accounts have access then, and the namespace is known."""
    file = written(tmp_path, profile("team-z", ZOE))
    ask = ("who-can", "create", "inferenceservices", "-n", "team-z", "--demo", "-o", "json")

    result = run(*ask, "--with", file)

    assert {ZOE, "sa:team-z/default-editor"} <= subjects(result)
    assert "there is no namespace" not in result.stderr
    assert "counts with what the Profile controller makes of it" in result.stderr
    assert 0 == run("check", "-n", "team-z", "--demo", "--with", file).status


def test_the_controller_does_not_take_over_a_namespace(tmp_path: Path) -> None:
    """Team-a belongs to Alice, so another owner in the profile changes nothing but the profile."""
    result = who_can("--with", written(tmp_path, profile("team-a", ZOE)))

    assert subjects(who_can()) == subjects(result)
    assert "exists and has another owner" in result.stderr


def test_with_a_profile_goes_its_namespace() -> None:
    """The namespace is the profile's, so the garbage collector deletes it."""
    gone = run("profiles", "--demo", "--without", "profile/team-a", "-o", "name")

    assert "profile/team-a" in run("profiles", "--demo", "-o", "name").lines
    assert "profile/team-a" not in gone.lines
    assert "dave@example.com" not in subjects(who_can("--without", "profile/team-a"))


def test_files_are_changed_like_a_cluster(tmp_path: Path) -> None:
    """The whole list of subjects is replaced; so is that of `-f`, which kubectl applied before."""
    before = written(tmp_path, cluster_role("getter", rule("get", "", "pods")), binding("b", "getter", "ann"))
    after = written(tmp_path, binding("b", "getter", ZOE), name="after.yaml")

    answer = run("who-can", "get", "pods", "-n", "team-a", "-f", before, "--with", after, "-o", "json")

    assert ZOE in subjects(answer)
    assert "ann" not in subjects(answer)


def test_a_role_that_is_not_in_the_files_can_exist_elsewhere(tmp_path: Path) -> None:
    """So "nobody" would be wrong, until the role comes as well."""
    before = written(tmp_path, cluster_role("getter", rule("get", "", "pods")), binding("b", "getter", "ann"))
    new = written(tmp_path, binding("new", "lister", ZOE), name="binding.yaml")
    role = written(tmp_path, cluster_role("lister", rule("list", "", "pods")), name="role.yaml")
    ask = ("who-can", "list", "pods", "-n", "team-a", "-o", "json", "-f")

    open_answer = run(*ask, before, "--with", new)
    late = run(*ask, new, "--with", role)

    assert 3 == open_answer.status
    assert "RoleBinding `team-a/new` to ClusterRole `lister`" in open_answer.stderr
    assert (0, "") == (late.status, late.stderr.replace(f"as if {role} were applied\n", ""))
    assert ZOE in subjects(late)


def test_an_object_without_namespace_is_applied_where_kubectl_would(tmp_path: Path) -> None:
    """In that of `-n`, and it is said."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE, namespace=None))

    result = who_can("--with", file)

    assert ZOE in subjects(result)
    assert "RoleBinding `new` has no namespace in the files: taken for `team-a`" in result.stderr


# --- what is said ---


@pytest.mark.parametrize("form", ["table", "wide", "markdown", "csv", "name", "json", "yaml"])
def test_each_format_says_that_it_is_an_as_if(form: str, tmp_path: Path) -> None:
    """On stdout or, where that has rows alone, on stderr."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))

    result = run("who-can", "get", "secrets", "--demo", "--with", file, "-o", form)

    assert f"as if {file} were applied" in unescape(result.stdout) + result.stderr


def test_machine_formats_have_the_change_as_data(tmp_path: Path) -> None:
    """In the user's words; without a change the key is missing."""
    file, name = written(tmp_path, binding("new", "kubeflow-edit", ZOE)), "rolebinding/team-a/default-editor"

    changed = who_can("--with", file, "--without", name)

    assert {"with": [file], "without": [name]} == changed.json["hypothetical"]
    assert "hypothetical" not in who_can().json


def test_what_the_server_would_refuse_is_said_and_not_counted(tmp_path: Path) -> None:
    """A roleRef cannot be changed."""
    file = written(tmp_path, binding("default-editor", "kubeflow-admin", ZOE))

    result = who_can("--with", file)

    assert subjects(who_can()) == subjects(result)
    assert "cannot be changed to ClusterRole `kubeflow-admin`" in result.stderr
    assert 0 == result.status


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(
            binding("b", "r", ZOE) | {"apiVersion": f"{GROUP}/v1beta1"}, "v1beta1", id="old version"
        ),
        pytest.param(binding("b", "r", ZOE) | {"subjects": "zoe"}, "subjects", id="wrong type"),
        pytest.param(binding("b", "", ZOE), "roleRef.name", id="no role"),
        pytest.param(binding("", "r", ZOE), "without a name", id="no name"),
        pytest.param(
            binding("", "kubeflow-edit", ZOE) | {"metadata": {"generateName": "zoe-", "namespace": "team-a"}},
            "a RoleBinding with `generateName`, which `kubectl apply` cannot use",
            id="generated name",
        ),
    ],
)
def test_an_invalid_object_is_not_counted(content: dict[str, Any], text: str, tmp_path: Path) -> None:
    """The server would refuse it, which is certain: nothing is unknown."""
    result = who_can("--with", written(tmp_path, content))

    assert subjects(who_can()) == subjects(result)
    assert text in result.stderr
    assert 0 == result.status


TEMPLATE = f"{{{{- if .Values.rbac }}}}\n{yaml.safe_dump(binding('b', 'kubeflow-edit', ZOE))}{{{{- end }}}}\n"
FIELD_OF_TEMPLATE = yaml.safe_dump(binding("{{ .Release.Name }}-b", "kubeflow-edit", ZOE))


@pytest.mark.parametrize("text", [TEMPLATE, FIELD_OF_TEMPLATE], ids=["lines", "field"])
@pytest.mark.parametrize("flag", ["-f", "--with"])
def test_a_template_leaves_the_answer_open(flag: str, text: str, tmp_path: Path) -> None:
    """Nobody knows what it renders to; the hint says how to render it."""
    file = tmp_path / "role.yaml"
    file.write_text(text)
    cluster = () if flag == "-f" else ("--demo",)

    result = run("who-can", "get", "pods", "-n", "team-a", *cluster, flag, str(file))

    assert 3 == result.status
    assert "1 document looks like a template that was not rendered" in result.stderr
    assert "helm template" in result.stderr


@pytest.mark.parametrize("flag", ["-f", "--with", "--without"])
def test_an_empty_directory_is_an_error(flag: str, tmp_path: Path) -> None:
    """It would read as a cluster without access, or as a change without effect."""
    cluster = () if flag == "-f" else ("--demo",)

    result = run("who-can", "get", "pods", "-n", "team-a", *cluster, flag, str(tmp_path))

    assert 2 == result.status
    assert result.stderr.startswith(f"error: no YAML or JSON file in the directory `{tmp_path}`\nhint: ")


@pytest.mark.parametrize("nested", [False, True], ids=["list", "list in a list"])
def test_the_objects_of_a_list_are_applied_and_deleted(nested: bool, tmp_path: Path) -> None:
    """As kubectl reads `v1` `List`."""
    name = "user-dave-example-com-clusterrole-edit"
    content = as_list(binding("new", "kubeflow-edit", ZOE))
    file = written(tmp_path, as_list(content) if nested else content)
    gone = written(tmp_path, as_list(binding(name, "kubeflow-edit")), name="gone.yaml")

    assert ZOE in subjects(who_can("--with", file))
    assert "dave@example.com" not in subjects(who_can("--without", gone))


def as_list(*objects: dict[str, Any]) -> dict[str, Any]:
    """Return objects in a List."""
    return {"apiVersion": "v1", "kind": "List", "items": [*objects]}


def test_what_is_not_understood_leaves_the_answer_open(tmp_path: Path) -> None:
    """A misspelled kind is a binding that was not read."""
    file = written(tmp_path, binding("b", "kubeflow-edit", ZOE) | {"kind": "RoleBindng"})

    result = who_can("--with", file)

    assert "looks like a role or binding and is not understood" in result.stderr
    assert 3 == result.status


def test_a_file_that_changes_no_access_is_noticed(tmp_path: Path) -> None:
    """It was probably the wrong file."""
    file = written(tmp_path, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}})

    assert "nothing in the files of `--with` changes access" in who_can("--with", file).stderr
    assert "nothing in the files of `--without` changes access" in who_can("--without", file).stderr


def test_an_object_in_a_file_that_is_not_there_is_noticed(tmp_path: Path) -> None:
    """As `kubectl delete -f`, the others are deleted."""
    name = "user-dave-example-com-clusterrole-edit"
    file = written(tmp_path, binding("gone", "r"), binding(name, "kubeflow-edit"))

    result = who_can("--without", file)

    assert "dave@example.com" not in subjects(result)
    assert "1 object to delete does not exist" in result.stderr


@pytest.mark.parametrize(
    "word",
    ["rolebinding", "rolebindings", "RoleBinding", "ROLEBINDINGS", f"rolebindings.{GROUP}"],
)
def test_kinds_are_named_as_kubectl_names_them(word: str) -> None:
    """Plural, singular, any case, with the group."""
    result = who_can("--without", f"{word}/team-a/user-dave-example-com-clusterrole-edit")

    assert "dave@example.com" not in subjects(result)


def test_a_name_alone_is_in_the_namespace_of_the_flag() -> None:
    """As kubectl delete has it."""
    result = who_can("--without", "rolebinding/user-dave-example-com-clusterrole-edit")

    assert "dave@example.com" not in subjects(result)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--without", "rolebinding/team-a/nobody"], "there is no RoleBinding `team-a/nobody`"),
        (["--without", "clusterrole/team-a/edit"], "does not name an object"),
        (["--without", "rolebinding/a/b/c"], "does not name an object"),
        (["--without", "rolebinding/"], "does not name an object"),
        (["--without", "rolebindign/team-a/x"], "did you mean `rolebinding`?"),
        (["--without", "nothing.yaml"], "there is no such file"),
        (["--with", "nothing.yaml"], "cannot read `nothing.yaml`"),
        (["--with", "-", "--without", "-"], "`-` can be given only once"),
        (["--with", "-"], "no Kubernetes object"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_the_user_did_wrong_ends_with_2(flags: list[str], text: str) -> None:
    """A slip must not read as a change without effect."""
    result = who_can(*flags)

    assert 2 == result.status
    assert text in result.stderr
    assert result.json["errors"]


@pytest.mark.parametrize(
    "command", [["who-can", "get", "secrets"], ["access", ZOE], ["explain", ZOE, "get", "pods"]]
)
def test_verify_cannot_be_combined(command: list[str]) -> None:
    """The server knows nothing of the change."""
    result = run(*command, "--verify", "--without", "rolebinding/a/b")

    assert 2 == result.status
    assert "`--verify` cannot be combined with `--with` or `--without`" in result.stderr


def test_hostile_names_are_shown_harmlessly(tmp_path: Path) -> None:
    """Names in files, in the words of the user, and of the files themselves."""
    folder = tmp_path / "a\x1b[31mb"
    folder.mkdir()
    file = written(folder, binding("x\x1b[2J", "kubeflow-edit", "z\x1b[2Joe\n"))

    for form in ("table", "json", "csv", "markdown", "name", "wide", "yaml"):
        for command in (["who-can", "get", "secrets"], ["profiles"], ["aggregation"]):
            result = run(*command, "--demo", "--with", file, "-o", form)
            assert "\x1b" not in result.stdout + result.stderr
    assert "\x1b" not in who_can("--without", "rolebinding/team-a/\x1b[2J").stderr


def test_an_error_says_what_was_assumed(tmp_path: Path) -> None:
    """So that nobody takes a failure for one of the cluster as it is."""
    file = written(tmp_path, binding("new", "kubeflow-edit", ZOE))
    result = run("who-can", "get", "secretz", "--demo", "--with", file, "-o", "json")

    assert (2, [file]) == (result.status, result.json["hypothetical"]["with"])
    assert "hypothetical" not in run("who-can", "get", "secretz", "--demo", "-o", "json").json
