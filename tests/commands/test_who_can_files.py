"""`who-can -f`: files stand for a whole cluster, completed by Kubernetes' default roles."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.sources.files.files import DEMO
from tests.running import Result, run

SEED = 20_260_503
RBAC = "rbac.authorization.k8s.io/v1"
VIEWER = ("who-can", "get", "pods", "--no-platform")


def role_binding(namespace: str, name: str, role: str, *subjects: dict[str, str]) -> dict[str, Any]:
    """Return a RoleBinding of a ClusterRole."""
    return {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"namespace": namespace, "name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": list(subjects),
    }


def cluster_role_binding(name: str, role: str, *subjects: dict[str, str]) -> dict[str, Any]:
    """Return a ClusterRoleBinding."""
    binding = role_binding("", name, role, *subjects)
    return {**binding, "kind": "ClusterRoleBinding", "metadata": {"name": name}}


def user(name: str) -> dict[str, str]:
    """Return a User subject."""
    return {"kind": "User", "name": name}


def cluster_role(name: str, rules: list[dict[str, Any]], **metadata: Any) -> dict[str, Any]:
    """Return a ClusterRole."""
    return {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name, **metadata}, "rules": rules}


def definition(plural: str, group: str, kind: str = "Widget") -> dict[str, Any]:
    """Return a CustomResourceDefinition of a namespaced type."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    }


PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
ZOE = role_binding("dev", "zoe", "view", user("zoe"))


def piped(*objects: dict[str, Any], argv: tuple[str, ...] = VIEWER) -> Result:
    """Return the answer about these objects, given on standard input."""
    return run(*argv, "-f", "-", "-o", "json", stdin=yaml.safe_dump_all(objects).encode())


def users(result: Result) -> list[str]:
    """Return the names of the listed subjects."""
    return [item["subject"]["name"] for item in result.json["items"]]


def grants(result: Result) -> list[dict[str, Any]]:
    """Return the grants of all items."""
    return [grant for item in result.json["items"] for grant in item["grants"]]


# --- what completes the files ---


def test_kubernetes_own_roles_are_assumed() -> None:
    """A binding of `view` grants what Kubernetes' own `view` has, and the grant is marked."""
    result = piped(ZOE, argv=(*VIEWER, "-v", "1"))

    assert ["zoe"] == users(result)
    assert [(True, [["view", "system:aggregate-to-view"]])] == [
        (grant["assumed"], grant["paths"]) for grant in grants(result)
    ]
    assert [True] == [
        note.endswith("were added") for note in result.notes if "default roles and bindings" in note
    ]


def test_a_built_in_role_of_the_files_wins() -> None:
    """`view` in the files has only its rule there, and is not assumed."""
    own = cluster_role("view", [PODS])

    pods, configmaps = (
        piped(own, ZOE),
        piped(own, ZOE, argv=("who-can", "get", "configmaps", "--no-platform")),
    )

    assert [("zoe", False, [["view"]])] == [
        (item["subject"]["name"], grant["assumed"], grant["paths"])
        for item in pods.json["items"]
        for grant in item["grants"]
    ]
    assert [] == users(configmaps)


def test_roles_of_the_files_join_the_built_in_aggregation() -> None:
    """A role with Kubernetes' aggregation label is aggregated into `view`, as on a cluster."""
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    widgets = {"apiGroups": ["a.example"], "resources": ["widgets"], "verbs": ["get"]}
    objects = (cluster_role("widgets-view", [widgets], labels=label), ZOE, definition("widgets", "a.example"))

    result = piped(*objects, argv=("who-can", "get", "widgets", "--no-platform"))

    assert [[["view", "widgets-view"]]] == [grant["paths"] for grant in grants(result)]


def aggregated(**metadata: Any) -> tuple[dict[str, Any], ...]:
    """Return an aggregated role without rules, a role that it selects, and a binding of the first."""
    whole = cluster_role("whole", [], **metadata)
    whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"to": "whole"}}]}
    return (
        whole,
        cluster_role("a-part", [PODS], labels={"to": "whole"}),
        role_binding("dev", "zoe", "whole", user("zoe")),
    )


def test_an_aggregated_role_of_a_file_is_computed() -> None:
    """No controller has filled it yet, so its rules are computed, with a note."""
    result = piped(*aggregated(), argv=(*VIEWER, "-v", "1"))

    assert [[["whole", "a-part"]]] == [grant["paths"] for grant in grants(result)]
    assert "the rules of 1 aggregated ClusterRoles were computed from the files" in result.notes


def test_an_aggregated_role_from_a_server_keeps_its_rules() -> None:
    """With a resourceVersion the stored rules count, even if there are none."""
    result = piped(*aggregated(resourceVersion="17"))

    assert [] == users(result)
    assert not [note for note in result.notes if "computed" in note]


def test_a_role_that_is_not_in_the_files_grants_nothing_that_is_known() -> None:
    """A line names it, and the answer is open: the role can be in other files."""
    result = piped(role_binding("dev", "zoe", "no-such-role", user("zoe")))

    assert (3, []) == (result.status, users(result))
    (line,) = [line for line in result.stderr.splitlines() if "not in the files" in line]
    assert "1 binding refers to a role that is not in the files: at standard input:1, " in line
    assert "RoleBinding `dev/zoe` to ClusterRole `no-such-role`" in line


def test_a_namespace_on_a_cluster_scoped_object_is_ignored() -> None:
    """kustomize adds one; the role and the binding are still cluster-scoped."""
    binding = role_binding("kubeflow", "zoe", "pods", user("zoe")) | {"kind": "ClusterRoleBinding"}

    result = piped(cluster_role("pods", [PODS], namespace="kubeflow"), binding)

    (item,) = result.json["items"]
    assert ("", "") == (item["namespace"], item["grants"][0]["role"]["namespace"])


def test_a_role_binding_without_a_namespace_grants_nothing_cluster_wide() -> None:
    """It would be created in some namespace; a RoleBinding never holds cluster-wide."""
    binding = role_binding("", "zoe", "view", user("zoe"))
    del binding["metadata"]["namespace"]

    result = piped(binding)

    assert "" not in {item["namespace"] for item in (result.json["items"] if result.stdout else ())}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("1.33", "1.33.", id="a minor version"),
        pytest.param("v1.34", "1.34.", id="with a v"),
        pytest.param("1.35.0", "1.35.", id="a patch version"),
        pytest.param("", "1.37.", id="the newest by default"),
    ],
)
def test_the_version_of_the_defaults_can_be_chosen(version: str, expected: str) -> None:
    """The note names the bundled version that is assumed."""
    result = piped(ZOE, argv=(*VIEWER, "-v", "1", "--kubernetes-version", version))

    (message,) = [note for note in result.notes if note.endswith("were added")]
    assert message.startswith(f"the default roles and bindings of Kubernetes {expected}")


@pytest.mark.parametrize("source", [("-f", "-"), ("--demo",)], ids=["files", "the demo"])
def test_an_unknown_kubernetes_version_is_an_error(source: tuple[str, ...]) -> None:
    """The hint lists the bundled versions."""
    result = run(*VIEWER, *source, "--kubernetes-version", "1.2", stdin=yaml.safe_dump(ZOE).encode())

    assert (2, "") == (result.status, result.stdout)
    assert (
        "error: Kubernetes `1.2` is not bundled\n"
        "hint: `--kubernetes-version` takes 1.33, 1.34, 1.35, 1.36, 1.37\n"
    ) == result.stderr


# --- subjects of the files ---


def account(namespace: str, name: str) -> dict[str, Any]:
    """Return a ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": namespace, "name": name}}


GROUPS = (
    account("ci", "bot"),
    account("ci", "builder"),
    account("cd", "other"),
    role_binding(
        "ci",
        "ci",
        "view",
        {"kind": "Group", "name": "system:serviceaccounts:ci"},
        {"kind": "ServiceAccount", "name": "bot", "namespace": "ci"},
    ),
    role_binding("cd", "all", "view", {"kind": "Group", "name": "system:serviceaccounts"}),
)
EXPANDED = (*VIEWER, "--expand-groups")


def test_expand_groups_lists_the_accounts_of_groups() -> None:
    """Each existing account has an item, which names the group."""
    items = piped(*GROUPS, argv=EXPANDED).json["items"]

    assert [
        ("cd", "cd/other", "system:serviceaccounts"),
        ("cd", "ci/bot", "system:serviceaccounts"),
        ("cd", "ci/builder", "system:serviceaccounts"),
        ("ci", "ci/builder", "system:serviceaccounts:ci"),
    ] == [
        (
            item["namespace"],
            "/".join(item["subject"][key] for key in ("namespace", "name")),
            item["through"]["name"],
        )
        for item in items
        if "through" in item
    ]


def test_an_account_that_is_listed_by_itself_is_not_listed_again() -> None:
    """`bot` has its own binding in `ci`."""
    items = piped(*GROUPS, argv=(*EXPANDED, "-n", "ci")).json["items"]

    assert [("bot", False), ("builder", True)] == [
        (item["subject"]["name"], "through" in item)
        for item in items
        if item["subject"]["kind"] == "ServiceAccount"
    ]


def test_without_the_flag_groups_stay_groups() -> None:
    """The group is listed, its members are not."""
    result = piped(*GROUPS)

    assert not [item for item in result.json["items"] if "through" in item]
    # all accounts are nobody's own: tenants' are among them
    assert ["bot", "system:serviceaccounts", "system:serviceaccounts:ci"] == sorted(users(result))


KATIB = {"kind": "ServiceAccount", "name": "katib-ui", "namespace": "kubeflow"}
EVIL = {"kind": "ServiceAccount", "name": "evil", "namespace": "kubeflow"}
RELEASE = (
    cluster_role("katib-ui", [PODS]),
    cluster_role_binding("katib-ui", "katib-ui", KATIB),
    cluster_role_binding("mine", "cluster-admin", EVIL),
)


def bindings_by_subject(*objects: dict[str, Any], argv: tuple[str, ...] = VIEWER) -> dict[str, list[str]]:
    """Return the names of the bindings that grant it, by the name of the subject."""
    items = piped(*objects, argv=argv).json["items"]
    return {item["subject"]["name"]: [grant["binding"]["name"] for grant in item["grants"]] for item in items}


def test_an_account_in_kubeflow_is_not_the_platforms_by_its_place() -> None:
    """No release binds it, so it stays; an account that a release binds is left out."""
    assert {"evil": ["mine"]} == bindings_by_subject(*RELEASE)
    assert {"evil", "katib-ui"} <= bindings_by_subject(*RELEASE, argv=("who-can", "get", "pods")).keys()


def test_an_account_that_a_release_binds_stays_for_other_bindings() -> None:
    """Only the grant that no release ships is listed."""
    more = cluster_role_binding("more", "katib-ui", KATIB)

    assert {"evil": ["mine"], "katib-ui": ["more"]} == bindings_by_subject(*RELEASE, more)


def test_a_tenant_cannot_copy_a_binding_of_a_release() -> None:
    """The name of a binding counts in the namespace where the release has it, and nowhere else."""
    copy = role_binding("dev", "katib-ui", "view", KATIB)

    assert {"katib-ui": ["katib-ui"]} == bindings_by_subject(copy, argv=(*VIEWER, "-n", "dev"))


def test_the_table_names_the_group_of_an_account() -> None:
    """The account's row has a note with the group."""
    table = run(*EXPANDED, "-f", "-", "-n", "ci", stdin=yaml.safe_dump_all(GROUPS).encode()).lines

    (row,) = [line for line in table if "ci/builder" in line]
    assert "through group system:serviceaccounts:ci" in row


def test_notes_are_not_repeated_if_groups_are_expanded() -> None:
    """The files are read twice, but answered once."""
    notes = piped(*GROUPS, argv=EXPANDED).notes

    assert sorted(set(notes)) == sorted(notes)


def test_an_account_by_its_group_does_not_count_in_kubeflow_either() -> None:
    """The pipelines API asks about the account's name alone, so the group's grant does not count."""
    runs = cluster_role(
        "runs", [{"apiGroups": ["pipelines.kubeflow.org"], "resources": ["runs"], "verbs": ["list"]}]
    )
    group = {"kind": "Group", "name": "system:serviceaccounts:ci"}
    objects = (runs, account("ci", "bot"), role_binding("ci", "runs", "runs", group))
    argv = ("who-can", "list", "runs", "-n", "ci", "--expand-groups", "--no-platform", "-f", "-")

    table = run(*argv, stdin=yaml.safe_dump_all(objects).encode()).lines

    (row,) = [line for line in table if "ci/bot" in line]
    assert "kubectl only" in row


def test_a_user_spelled_like_an_account_is_that_account() -> None:
    """RBAC knows only users and groups, so both spellings are the same subject."""
    spelled = user("system:serviceaccount:ci:bot")
    named = {"kind": "ServiceAccount", "name": "bot", "namespace": "ci"}
    objects = (role_binding("ci", "one", "view", spelled), role_binding("ci", "two", "view", named))

    (item,) = piped(*objects).json["items"]

    assert {"kind": "ServiceAccount", "name": "bot", "namespace": "ci", "ref": "sa:ci/bot"} == item["subject"]
    assert ["one", "two"] == sorted(grant["binding"]["name"] for grant in item["grants"])


def test_hostile_names_are_escaped_in_the_table() -> None:
    """A tenant's user name cannot colour the terminal or look like another row."""
    hostile = user("eve\x1b[2K\nteam-a  User  alice")

    table = run(*VIEWER, "-f", "-", stdin=yaml.safe_dump(role_binding("dev", "x", "view", hostile)).encode())

    assert "eve\\x1b[2K\\x0ateam-a \\x20User \\x20alice" in table.stdout
    assert 2 == len(table.lines)


# --- where files come from ---


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Create a directory with a manifest, another text, and a subdirectory with a manifest."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "zoe.yaml").write_text(yaml.safe_dump(ZOE))
    (tmp_path / "notes.txt").write_text("not: [a manifest")
    (tmp_path / "deep" / "yan.yml").write_text(
        yaml.safe_dump(role_binding("dev", "yan", "view", user("yan")))
    )
    return tmp_path


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param(("-f", "zoe.yaml"), ["zoe"], id="a file"),
        pytest.param(("-f", "."), ["zoe"], id="a directory"),
        pytest.param(("-f", ".", "-R"), ["yan", "zoe"], id="a directory and those in it"),
        pytest.param(("-f", "deep", "-f", "zoe.yaml"), ["yan", "zoe"], id="several"),
        pytest.param(("-f", "deep", "-f", "-"), ["pam", "yan"], id="standard input among them"),
    ],
)
def test_objects_come_from_files_directories_and_standard_input(
    argv: tuple[str, ...], expected: list[str], tree: Path
) -> None:
    """All files of `-f` are one cluster."""
    stdin = yaml.safe_dump(role_binding("dev", "pam", "view", user("pam"))).encode()

    result = run(*VIEWER, *argv, "-o", "json", stdin=stdin, cwd=tree)

    assert expected == users(result)


@pytest.mark.parametrize(
    ("argv", "stdin", "message"),
    [
        pytest.param(("-f", "gone.yaml"), b"", "cannot read `gone.yaml`: no such file", id="a missing file"),
        pytest.param(("-f", "-"), b"", "no Kubernetes object in `-`", id="nothing"),
        pytest.param(("-f", "-"), b"a: b: c", "standard input:1: malformed YAML", id="malformed YAML"),
        pytest.param(("-f", "-"), b"{", "standard input:1: malformed JSON", id="malformed JSON"),
        pytest.param(("-f", "-"), b"a: 1", "standard input:1: not a Kubernetes object", id="no object"),
        pytest.param(("-f", "-", "--demo"), b"", "`--demo` and `-f` cannot be combined", id="and the demo"),
    ],
)
def test_files_that_cannot_be_used_are_an_error(argv: tuple[str, ...], stdin: bytes, message: str) -> None:
    """The status is 2, stdout is empty, and the error has the place."""
    result = run(*VIEWER, *argv, stdin=stdin)

    assert (2, "") == (result.status, result.stdout)
    assert result.stderr.startswith(f"error: {message}")


def test_standard_input_is_read_once() -> None:
    """The second `-f -` would find nothing."""
    result = run(*VIEWER, "-f", "-", "-f", "-", stdin=yaml.safe_dump(ZOE).encode())

    assert (2, "") == (result.status, result.stdout)
    assert "standard input" in result.stderr


def test_reviews_given_as_objects_are_recognised() -> None:
    """The hint names the command that reads them."""
    result = run(*VIEWER, "-f", "examples/reviews.yaml")

    assert 2 == result.status
    assert "is a SubjectAccessReview, not an object of the cluster" in result.stderr
    assert "`review FILE`" in result.stderr


def test_two_objects_with_one_name_are_noted() -> None:
    """The later one counts, and the note has both places."""
    result = piped(
        role_binding("dev", "zoe", "view", user("first")), role_binding("dev", "zoe", "view", user("second"))
    )

    assert ["second"] == users(result)
    assert [True] == [
        "the later one counts" in note for note in result.notes if note.endswith("RoleBinding `dev/zoe`")
    ]


# --- determinism ---


@pytest.mark.parametrize("word", ["inferenceservices", "experiments", "services", "runs"])
def test_the_order_of_objects_in_files_makes_no_difference(word: str) -> None:
    """The same objects in any order give the same bytes, if no message has the place of one."""
    objects = [
        obj
        for file in sorted(DEMO.glob("*.yaml"))
        for obj in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        if obj["metadata"]["name"] != "heidi-labeling"  # its role is not in the files, and its place is said
    ]
    expected = piped(*objects, argv=("who-can", "get", word))
    draw = random.Random(SEED)

    for _ in range(3):
        draw.shuffle(objects)
        result = piped(*objects, argv=("who-can", "get", word))

        assert expected == result, f"seed {SEED}"


def test_the_order_of_type_definitions_makes_no_difference() -> None:
    """The order of files must not decide which of two groups comes first."""
    a, b = definition("widgets", "a.example"), definition("widgets", "b.example")
    argv = ("who-can", "get", "widgets")

    assert piped(a, b, argv=argv) == piped(b, a, argv=argv)
