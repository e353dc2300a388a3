"""Objects in files that do not count, or not as they stand: one line for each kind, on every command."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.sources.files.look_alikes import rbac_of_openshift, resembled_kind
from tests.running import Result, run

RBAC = "rbac.authorization.k8s.io"
V1 = f"{RBAC}/v1"
Object = dict[str, Any]
EDIT = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "edit"}
VIEW = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"}
ADMIN = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
ZOE = {"apiGroup": RBAC, "kind": "User", "name": "zoe"}
COMMANDS = {
    "who-can": ("who-can", "get", "secrets", "-A", "--no-platform"),
    "explain": ("explain", "user:zoe", "get", "secrets", "-n", "dev"),
    "access": ("access", "user:zoe", "-A"),
    "profiles": ("profiles",),
    "aggregation": ("aggregation",),
    "check": ("check",),
    "resources": ("resources",),
    "review": ("review", "examples/reviews.yaml"),
}
DECIDING = ("who-can", "explain", "access", "check")


def thing(kind: str, name: str, namespace: str = "", version: str = f"{RBAC}/v1", **body: Any) -> Object:
    """Return an object."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def grant(name: str, **body: Any) -> Object:
    """Return a ClusterRoleBinding of cluster-admin to zoe, apart from *body*."""
    return thing("ClusterRoleBinding", name, **{"roleRef": ADMIN, "subjects": [ZOE], **body})


def ask(objects: list[Object], *argv: str) -> Result:
    """Return what a command says of *objects* on standard input."""
    return run(*argv, "-f", "-", stdin=yaml.safe_dump_all(objects).encode())


def listing(*objects: Object, flags: tuple[str, ...] = ("-A",)) -> Result:
    """Return who can get secrets."""
    return ask(list(objects), "who-can", "get", "secrets", *flags, "--no-platform", "-o", "name")


GOOD = thing("RoleBinding", "good", "dev", roleRef=VIEW, subjects=[ZOE])


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        pytest.param(grant("a", roleRef={**ADMIN, "kind": "Role"}), "roleRef.kind", id="role"),
        pytest.param(grant("a", roleRef={**ADMIN, "apiGroup": "rbac"}), "roleRef.apiGroup", id="group"),
        pytest.param(
            grant("a", subjects=[ZOE, {**ZOE, "apiGroup": "v1"}]), "subjects[1].apiGroup", id="user"
        ),
        pytest.param(grant("a", subjects=[{**ZOE, "kind": "user"}, ZOE]), "subjects[0].kind", id="kind"),
        pytest.param(grant("a/b"), "metadata.name", id="name"),
    ],
)
def test_what_a_server_refuses_grants_nothing(odd: Object, text: str) -> None:
    """The line names the first and its field; the rest of the files counts."""
    result = listing(GOOD, odd, odd | {"metadata": {"name": "second%"}})

    assert (3, "") == (result.status, result.stdout)
    (line,) = [line for line in result.stderr.splitlines() if "a server refuses" in line]
    assert line.startswith("warning: 2 objects are not counted because a server refuses them: the first at ")
    assert text in line


def test_roles_that_a_server_refuses_leave_unknown_what_is_bound_to_them() -> None:
    """It matters only if something is bound to the role."""
    role = thing("ClusterRole", "odd", rules=[{"verbs": ["get"], "resources": ["secrets"]}])
    bound = grant("a", roleRef={**ADMIN, "name": "odd"})

    assert (3, 0) == (listing(role, bound).status, listing(role, GOOD).status)
    assert "rules[0].apiGroups" in listing(role, GOOD).stderr


def test_what_a_server_stored_counts() -> None:
    """An older server can have accepted it, and its authorizer reads it."""
    stored = grant("a", subjects=[{**ZOE, "apiGroup": "v1"}])
    stored["metadata"]["resourceVersion"] = "7"

    assert (0, "user/zoe\n") == (listing(stored).status, listing(stored).stdout)


def test_an_account_without_a_namespace() -> None:
    """In a RoleBinding it is the binding's; in a ClusterRoleBinding only `-n` can say it."""
    account = {"kind": "ServiceAccount", "name": "bot"}
    everywhere = grant("a", subjects=[account])
    here = thing("RoleBinding", "b", "dev", roleRef={**VIEW, "name": "admin"}, subjects=[account])

    assert (0, "serviceaccount/dev/bot\n") == (listing(here).status, listing(here).stdout)
    unknown = listing(GOOD, everywhere)
    assert (3, "") == (unknown.status, unknown.stdout)
    assert "1 ClusterRoleBinding names a service account without its namespace and is not" in unknown.stderr
    placed = listing(everywhere, flags=("-n", "ops"))
    assert (0, "serviceaccount/ops/bot\n") == (placed.status, placed.stdout)
    assert "which is taken from `-n`" in placed.stderr


OPENSHIFT = "authorization.openshift.io/v1"


@pytest.mark.parametrize("version", [OPENSHIFT, "v1"])
def test_openshifts_bindings_are_read(version: str) -> None:
    """`userNames` and `groupNames` are the subjects; a roleRef without a namespace is a ClusterRole."""
    binding = thing(
        "RoleBinding",
        "team",
        "dev",
        version,
        roleRef={"name": "edit"},
        userNames=["olga", "system:serviceaccount:dev:builder"],
        groupNames=["writers"],
        subjects=[{"kind": "User", "name": "olga"}],
    )

    result = listing(binding)

    assert ["group/writers", "serviceaccount/dev/builder", "user/olga"] == sorted(result.stdout.splitlines())
    assert 0 == result.status
    assert "1 object of OpenShift's authorization API is read as RBAC: at standard input:" in result.stderr


def test_openshifts_roles_are_read() -> None:
    """A role of a namespace, a binding of `subjects` alone, and rules that name no API group."""
    role = thing("Role", "peek", "dev", OPENSHIFT, rules=[
        {"verbs": ["get"], "attributeRestrictions": None, "resources": ["secrets"], "apiGroups": None},
    ])  # fmt: skip
    ref = {"name": "peek", "namespace": "dev"}
    subjects = [{"kind": "SystemUser", "name": "root"}, {"kind": "ServiceAccount", "name": "bot"}]
    binding = thing("RoleBinding", "peek", "dev", OPENSHIFT, roleRef=ref, subjects=subjects)

    result = listing(role, binding)

    assert ["serviceaccount/dev/bot", "user/root"] == sorted(result.stdout.splitlines())


BINDS = {"roleRef": VIEW, "subjects": [ZOE]}
RULES = {"rules": [{"verbs": ["get"]}]}


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        pytest.param(thing("Rolebinding", "a", "dev", **BINDS), "RoleBinding", id="case"),
        pytest.param(thing("ClusterRoleBindings", "a", **BINDS), "ClusterRoleBinding", id="plural"),
        pytest.param(thing("ClusterRoleBiding", "a", **BINDS), "ClusterRoleBinding", id="letter"),
        pytest.param(thing("clusterrole", "a", **RULES), "ClusterRole", id="lower case"),
        pytest.param(thing("RoleBinding", "a", "dev", "v1", **BINDS), "RoleBinding", id="core"),
        pytest.param(thing("Access", "a", "dev", "x.example/v1", **BINDS), "RoleBinding", id="fields"),
        pytest.param(thing("Role", "a", "dev", "iam.example.com/v1"), "", id="another Role"),
        pytest.param(thing("Policy", "a", "", "audit.k8s.io/v1", **RULES), "", id="audit"),
        pytest.param(thing("Deployment", "a", "dev", "apps/v1"), "", id="other"),
    ],
)
def test_what_looks_like_access(odd: Object, kind: str) -> None:
    """A misspelled kind, or the fields of a role or binding; not a kind that is only called so."""
    assert rbac_of_openshift(odd) is None
    assert kind == resembled_kind(odd)


def test_look_alikes_are_one_line_and_leave_the_answer_open() -> None:
    """In the namespace that they are in; JSON has the gap."""
    odd = thing("Rolebinding", "a", "dev", roleRef=VIEW, subjects=[ZOE])

    result = listing(GOOD, odd, odd, odd)

    assert 3 == result.status
    (line,) = [line for line in result.stderr.splitlines() if "not understood" in line]
    assert "3 objects look like roles or bindings and are not understood: the first at " in line
    assert "which is spelled `RoleBinding`" in line
    assert 0 == listing(GOOD, odd, flags=("-n", "other")).status
    answer = ask([GOOD, odd], *COMMANDS["who-can"], "-o", "json").json
    assert ["rolebindings"] == [gap["resource"] for gap in answer["coverage"]["gaps"]]


def test_old_versions_of_rbac_are_read() -> None:
    """Servers have not served them since 1.22, and their meaning is that of v1."""
    result = listing(
        thing("ClusterRoleBinding", "a", version=f"{RBAC}/v1beta1", roleRef=ADMIN, subjects=[ZOE])
    )

    assert (0, "user/zoe\n") == (result.status, result.stdout)
    assert "is read as v1: at standard input:1" in result.stderr


def test_a_patch_of_kustomize_is_not_an_object() -> None:
    """A deletion matters only if the files have what it deletes."""
    stub = {"$patch": "delete", **thing("ClusterRoleBinding", "gone")}

    assert 3 == listing(stub, grant("gone")).status
    assert 3 == listing(stub).status
    harmless = listing(stub, GOOD)
    assert 0 == harmless.status
    assert "note: 1 kustomize patch is not applied: at standard input:1" in harmless.stderr
    assert 3 == listing({**stub, "$patch": "replace"}, GOOD).status


def test_a_patch_of_another_kind_is_not_an_object() -> None:
    """A namespace that a patch deletes is not there twice, and no role hangs on it."""
    stub = {"$patch": "delete", **thing("Namespace", "dev", version="v1")}

    for objects in ([thing("Namespace", "dev", version="v1"), GOOD, stub], [GOOD, stub]):
        result = listing(*objects)

        assert 0 == result.status
        assert "twice" not in result.stderr
        assert "1 kustomize patch is not applied: at standard input:" in result.stderr
        assert "Namespace `dev`" in result.stderr
    assert (
        "there is nothing to check"
        in ask([thing("Namespace", "dev", version="v1"), GOOD, stub], "check").stdout
    )


CHART = """\
{{- if .Values.access.enabled }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .Release.Name }}-admin
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
{{- end }}
"""


@pytest.mark.parametrize("odd", [grant("x", roleRef={**ADMIN, "kind": "Role"}), CHART])
def test_what_was_understood_is_shown_beside_a_remark(odd: Object | str) -> None:
    """Bindings that are missing from files do not hide the namespaces of those that are there."""
    text = yaml.safe_dump_all([thing("RoleBinding", "e", "dev", roleRef=EDIT, subjects=[ZOE])])
    more = odd if isinstance(odd, str) else yaml.safe_dump(odd)
    stdin = f"{text}---\n{more}".encode()

    for flags in (("-A",), ("--bindings",)):
        result = run("access", "user:zoe", *flags, "-f", "-", "-o", "csv", stdin=stdin)

        assert 3 == result.status
        assert any(line.startswith("dev,") or ",dev," in line for line in result.lines[1:]), result.stdout


def test_an_account_in_a_template_can_exist() -> None:
    """So no finding says that it is missing."""
    text = yaml.safe_dump_all([GOOD, thing("ClusterRole", "odd", rules=5)])
    template = "---\nkind: ServiceAccount\napiVersion: v1\n{{ include x }}: {{ y }}\n"

    known = run("check", "-o", "json", "-f", "-", stdin=text.encode())
    open_ = run("check", "-o", "json", "-f", "-", stdin=(text + template).encode())

    assert (True, False) == tuple("runner-account-missing" in each.stdout for each in (known, open_))


def test_templates_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    """A chart's folder has files that are no objects, too: one line for each kind of remark."""
    (tmp_path / "values.yaml").write_text("a: 1\n")
    (tmp_path / "Chart.yaml").write_text("name: x\n")
    (tmp_path / "good.yaml").write_text(yaml.safe_dump(grant("good")))
    (tmp_path / "a.yaml").write_text(CHART)
    (tmp_path / "b.yaml").write_text(f"# {{{{ x }}}}\n---\n{CHART}")

    result = run(*COMMANDS["who-can"], "-o", "name", "-f", ".", cwd=tmp_path)

    assert (3, "user/zoe\n") == (result.status, result.stdout)
    assert "2 documents look like templates that were not rendered: the first at a.yaml:1" in result.stderr
    assert "2 documents are not Kubernetes objects, passed over: the first at Chart.yaml:1" in result.stderr


WORKLOAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{replicas: {}}}\n"


def test_a_template_of_a_workload_grants_nothing() -> None:
    """Its kind is known before it is rendered."""
    text = yaml.safe_dump(grant("good")) + "---\n" + WORKLOAD.format("{{ .Values.replicas }}")

    result = run(*COMMANDS["who-can"], "-o", "name", "-f", "-", stdin=text.encode())

    assert (0, "user/zoe\n") == (result.status, result.stdout)
    assert "note: 1 document looks like a template that was not rendered" in result.stderr


def test_objects_there_twice_are_one_line() -> None:
    """It names the first."""
    result = listing(GOOD, grant("a"), GOOD, grant("a"))

    (line,) = [line for line in result.stderr.splitlines() if "twice" in line]
    assert "2 objects stand twice, and the later ones count: the first at standard input:1 and " in line


def test_a_name_with_an_action_is_a_template() -> None:
    """In quotes it is YAML, and no server would mean it."""
    result = listing(grant("{{ .Release.Name }}"))

    assert (3, "") == (result.status, result.stdout)
    assert "1 document looks like a template" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_each_line_once(command: str) -> None:
    """Whether it could change the answer or not."""
    odd = [
        grant("refused", roleRef={**ADMIN, "kind": "Role"}),
        thing("Rolebinding", "a", "dev", roleRef=VIEW, subjects=[ZOE]),
        {"$patch": "delete", **thing("ClusterRole", "gone")},
        thing("RoleBinding", "o", "dev", OPENSHIFT, roleRef={"name": "view"}, userNames=["olga"]),
    ]

    result = ask([GOOD, *odd, *odd], *COMMANDS[command])

    lines = [line for line in result.stderr.splitlines() if "the first at standard input:" in line]
    assert 4 == len(lines), result.stderr
    if command in DECIDING:
        assert 3 == result.status


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_names_bindings_to_roles_that_are_not_in_the_files(command: str) -> None:
    """In one line, however many; the first by namespace and name is named."""
    bound = [
        thing("RoleBinding", name, "dev", roleRef={**VIEW, "name": name}, subjects=[ZOE]) for name in "cba"
    ]
    local = thing("RoleBinding", "z", "dev", roleRef={**VIEW, "kind": "Role", "name": "own"}, subjects=[ZOE])

    result = ask([*bound, local], *COMMANDS[command])

    (line,) = [line for line in result.stderr.splitlines() if "not in the files" in line]
    assert "4 bindings refer to roles that are not in the files: the first at standard input:" in line
    assert "RoleBinding `dev/a` to ClusterRole `a`" in line
    if command in DECIDING[:3]:
        assert 3 == result.status


def test_a_role_that_is_not_in_the_files_matters_only_to_those_bound_to_it() -> None:
    """Nor does it take back what another binding proves."""
    bound = thing("RoleBinding", "a", "dev", roleRef={**VIEW, "name": "gone"}, subjects=[ZOE])
    admin = thing("RoleBinding", "b", "dev", roleRef={**ADMIN, "name": "admin"}, subjects=[ZOE])
    argv = COMMANDS["explain"]

    assert 3 == ask([bound], *argv).status
    assert 0 == ask([bound, admin], *argv).status
    assert 1 == ask([bound], "explain", "user:bob", "get", "secrets", "-n", "dev").status
    assert 1 == ask([bound], "explain", "user:zoe", "get", "secrets", "-n", "ops").status
    assert (3, 0) == (listing(bound).status, listing(bound, flags=("-n", "ops")).status)


def test_roles_of_kubernetes_itself_are_in_every_cluster() -> None:
    """A Role of kube-system as well."""
    leader = {**VIEW, "kind": "Role", "name": "extension-apiserver-authentication-reader"}
    objects = [GOOD, thing("RoleBinding", "a", "kube-system", roleRef=leader, subjects=[ZOE])]

    assert (0, False) == (listing(*objects).status, "not in the files" in listing(*objects).stderr)


TO_EDIT = {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}
EDITOR = thing("RoleBinding", "e", "dev", roleRef={**VIEW, "name": "edit"}, subjects=[ZOE])
WRONG_TYPES = [
    thing("ClusterRole", "odd", rules=5),
    thing("RoleBinding", "odd", "dev", roleRef=VIEW, subjects="x"),
    {**thing("ClusterRoleBinding", "odd", roleRef=VIEW), "metadata": []},
    thing("ServiceAccount", "odd", "dev", "v1") | {"metadata": {"name": "odd", "labels": 5}},
    thing("Profile", "odd", version="kubeflow.org/v1", spec=[]),
    thing("CustomResourceDefinition", "odd", version="apiextensions.k8s.io/v1", spec="x"),
    {"apiVersion": V1, "kind": ["Role"]},
]


@pytest.mark.parametrize("command", COMMANDS)
def test_objects_with_a_wrong_type_are_one_line(command: str) -> None:
    """The others are read, and a line names the first with its field."""
    result = ask([GOOD, *WRONG_TYPES], *COMMANDS[command])

    (line,) = [line for line in result.stderr.splitlines() if "a server refuses" in line]
    assert "7 objects are not counted because a server refuses them: the first at standard input:" in line
    assert "`odd`" in line or "ClusterRole" in line
    if command in DECIDING[:3]:
        assert 3 == result.status


def test_one_object_with_a_wrong_type_leaves_the_rest() -> None:
    """What is proved stays proved."""
    result = ask([grant("good"), *WRONG_TYPES], *COMMANDS["explain"])

    assert 0 == result.status
    assert "ClusterRole `odd`, expected `array | null`, got `int` - at `$.rules`" in result.stderr


def labelled(labels: Any, kind: str = "ClusterRole", **body: Any) -> Object:
    """Return a role with these labels."""
    return thing(kind, "odd", **body) | {"metadata": {"name": "odd", "labels": labels}}


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        pytest.param(thing("ClusterRole", "odd", **RULES), 1, id="no labels"),
        pytest.param(thing("ClusterRole", "odd", rules=5), 1, id="wrong type"),
        pytest.param(labelled({"a": "b"}, rules=5), 1, id="another label"),
        pytest.param(labelled(TO_EDIT, rules=5), 3, id="wrong type, selected"),
        pytest.param(labelled(TO_EDIT, **RULES), 3, id="refused, selected"),
        pytest.param(labelled(5), 3, id="unknown labels"),
        pytest.param(labelled({"a": "b c"}), 3, id="invalid label"),
        pytest.param(labelled(TO_EDIT, "Clusterrole", **RULES), 3, id="misspelled"),
    ],
)
def test_a_role_without_its_rules_leaves_open_what_would_aggregate_it(odd: Object, status: int) -> None:
    """`edit` selects it by a label, and `admin` selects `edit`; a proof by either stays a proof."""
    argv = ("explain", "user:zoe", "list", "widgets.example.com", "--any-type", "-n", "dev")
    admin = thing("RoleBinding", "e", "dev", roleRef={**VIEW, "name": "admin"}, subjects=[ZOE])
    viewer = thing("RoleBinding", "e", "dev", roleRef={**VIEW, "name": "system:node"}, subjects=[ZOE])

    assert (status, status) == (ask([EDITOR, odd], *argv).status, ask([admin, odd], *argv).status)
    assert 1 == ask([viewer, odd], *argv).status
    assert 0 == ask([EDITOR, odd], *COMMANDS["explain"]).status


def test_a_stored_role_has_the_rules_that_it_stores() -> None:
    """What a controller has not written into it does not count, whatever was selected."""
    odd = labelled(TO_EDIT, rules=5)
    edit = thing("ClusterRole", "edit", aggregationRule={"clusterRoleSelectors": [{"matchLabels": TO_EDIT}]})
    edit["metadata"]["resourceVersion"] = "7"

    argv = ("explain", "user:zoe", "list", "widgets.example.com", "--any-type", "-n", "dev")
    assert (3, 1) == (ask([EDITOR, odd], *argv).status, ask([EDITOR, odd, edit], *argv).status)


def test_a_refused_role_that_a_binding_refers_to_leaves_the_answer_open() -> None:
    """Also if it is one of Kubernetes' own names, whose rules are known otherwise."""
    for name in ("odd", "view"):
        role = thing("ClusterRole", name, rules=5)
        bound = thing("RoleBinding", "a", "dev", roleRef={**VIEW, "name": name}, subjects=[ZOE])

        result = ask([role, bound], *COMMANDS["explain"])

        assert 3 == result.status
        assert "not in the files" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_files_without_access_objects_are_told(command: str) -> None:
    """Nobody can say of them that nobody has access."""
    settings = thing("ConfigMap", "settings", "dev", "v1")

    result = ask([settings, settings], *COMMANDS[command])

    text = "the files hold no role and no binding, only 2 other objects: the first at standard input:1"
    assert 1 == sum(text in line for line in result.stderr.splitlines())
    if command in ("who-can", "explain", "check"):
        assert 3 == result.status


def test_files_whose_only_object_is_no_role_and_is_refused() -> None:
    """Both are said: the object, and that there is no role and no binding."""
    account = thing("ServiceAccount", "a", "dev", "v1") | {"metadata": {"name": "a", "labels": 5}}

    result = listing(account, thing("ConfigMap", "b", "dev", "v1"))

    assert 3 == result.status
    assert "1 object is not counted" in result.stderr
    assert "the files hold no role and no binding, only 2 other objects" in result.stderr


def test_the_namespace_of_the_flag_is_that_of_objects_without_one() -> None:
    """As for kubectl apply."""
    text = textwrap.dedent("""\
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: a}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: zoe}]
        """)

    argv = ("who-can", "get", "secrets", "-n", "ops", "--no-platform", "-o", "name", "-f", "-")
    result = run(*argv, stdin=text.encode())

    assert (0, "user/zoe\n") == (result.status, result.stdout)
