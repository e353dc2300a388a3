"""`aggregation`: trees in every format, of one role or all, and the exit status."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from tests.running import Result, run

LABEL = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-"
ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: "

# `tenants` selects `middle` and `direct`, which both select `shared`
TREE = f"""\
{ROLE}{{name: tenants}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: tenants}}}}]}}
---
{ROLE}{{name: middle, labels: {{to: tenants}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: middle}}}}]}}
---
{ROLE}{{name: part, labels: {{to: middle}}}}
rules: [{{apiGroups: [''], resources: [secrets], verbs: [get, list]}}]
---
{ROLE}{{name: shared, labels: {{to: middle, 'to2': 'x'}}}}
rules: []
---
{ROLE}{{name: direct, labels: {{to: tenants}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to2: x}}}}]}}
"""

NEAR_MISS = f"""\
{ROLE}{{name: tenants}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{{LABEL}edit: 'true'}}}}]}}
---
{ROLE}{{name: good, labels: {{{LABEL}edit: 'true'}}}}
rules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]
---
{ROLE}{{name: bad, labels: {{{LABEL}edit: 'True'}}}}
rules: [{{apiGroups: [''], resources: [pods], verbs: [list]}}]
"""

WARNING = f"""\
{ROLE}{{name: tenants}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: nobody}}}}]}}
"""


def ask(text: str, *argv: str) -> Result:
    """Return the answer about the cluster of the manifest *text*."""
    return run("aggregation", *argv, "-f", "-", stdin=text.encode())


def test_a_tree_is_drawn_below_each_role() -> None:
    """A role has the roles that it selects below it; a second occurrence says where they are."""
    result = ask(TREE, "tenants")

    assert [
        "ok: all 3 aggregated ClusterRoles would get the rules of all roles they select",
        "    no aggregated role selects tenants",
        "",
        "tenants (aggregated)",
        "├── direct (aggregated)",
        "│   └── shared (no rules)",
        "└── middle (aggregated)",
        "    ├── part (1 rule)",
        "    └── shared (no rules; shown under direct)",
    ] == result.lines
    assert 0 == result.status


STORED = f"""\
{ROLE}{{name: tenants, resourceVersion: '1'}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: tenants}}}}]}}
rules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]
---
{ROLE}{{name: good, resourceVersion: '1', labels: {{to: tenants}}}}
rules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]
"""
MORE = f"""\
---
{ROLE}{{name: late, resourceVersion: '1', labels: {{to: tenants}}}}
rules: [{{apiGroups: [''], resources: [pods], verbs: [list]}}]
"""
OTHER = f"""\
---
{ROLE}{{name: others, labels: {{to: tenants}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: others}}}}]}}
"""
UNREADABLE = f"""\
---
{ROLE}{{name: unreadable, labels: {{to: others, to2: others}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchExpressions: [{{key: to, operator: like}}]}}]}}
"""


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param(
            STORED,
            "ok: the aggregated ClusterRole has the rules of all roles it selects",
            id="as it should be",
        ),
        pytest.param(
            STORED + MORE,
            "no: the aggregated ClusterRole does not have exactly the rules of the roles it selects:"
            " tenants; 1 error",
            id="a role that lacks a rule",
        ),
        pytest.param(
            STORED + MORE + OTHER,
            "no: 1 of 2 aggregated ClusterRoles does not have exactly the rules of the roles it selects:"
            " tenants; 1 error, 1 warning",
            id="a role of two that lacks a rule",
        ),
        pytest.param(
            STORED + OTHER,
            "ok: all 2 aggregated ClusterRoles have or would get the rules of all roles they select;"
            " 1 warning",
            id="one of a server and one of files",
        ),
        pytest.param(
            STORED + OTHER + UNREADABLE,
            "no: 2 of 3 aggregated ClusterRoles have or would get the rules of all roles they select;"
            " which rules unreadable should have is not known; 1 error",
            id="a selector that cannot be read",
        ),
        pytest.param(
            NEAR_MISS,
            "no: the aggregated ClusterRole would get the rules of all roles it selects; 1 error",
            id="a label that misses",
        ),
    ],
)
@pytest.mark.parametrize("form", ["tree", "markdown"])
def test_the_verdict_comes_first(text: str, verdict: str, form: str) -> None:
    """It says whether aggregated roles have the rules of the roles that they select."""
    first = ask(text, "tenants", "-o", form).lines[0].strip("*")

    assert verdict == first


def test_a_role_that_is_not_aggregated_gets_no_verdict() -> None:
    """A controller changes only aggregated roles."""
    assert "good goes into tenants" == ask(STORED, "good").lines[0]


def test_rules_are_below_the_role_that_brings_them() -> None:
    """They are below no other role."""
    lines = ask(TREE, "tenants", "--rules").lines

    (at,) = (at for at, line in enumerate(lines) if "secrets" in line)
    assert "    ├── part (1 rule)" == lines[at - 1]
    assert "    │     verbs=get,list apiGroups=<empty> resources=secrets" == lines[at]


def test_a_role_that_is_not_aggregated_names_the_roles_it_goes_into() -> None:
    """These are the roles that select it, and those that select them."""
    result = ask(TREE, "part")

    assert ["part goes into middle, and with it into tenants", "", "part (1 rule)"] == result.lines
    assert ["middle", "tenants"] == ask(TREE, "part", "-o", "json").json["goesInto"]


def test_machines_get_every_path() -> None:
    """A role at two places is two items, however the tree is folded."""
    answer = ask(TREE, "tenants", "-o", "json").json

    assert [
        ["tenants"],
        ["tenants", "direct"],
        ["tenants", "direct", "shared"],
        ["tenants", "middle"],
        ["tenants", "middle", "part"],
        ["tenants", "middle", "shared"],
    ] == [item["path"] for item in answer["items"]]
    assert {
        "path": ["tenants", "middle", "part"],
        "rules": 1,
        "ownRules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}],
        "aggregated": False,
        "selectors": [],
        "assumed": False,
    } == answer["items"][4]
    assert [{"matchLabels": {"to": "middle"}}] == answer["items"][3]["selectors"]
    assert ("tenants", []) == (answer["role"], answer["goesInto"])


def test_a_table_has_a_row_for_each_role_and_csv_one_for_each_path() -> None:
    """Tables fold, CSV does not."""
    names = ["tenants", "direct", "shared", "middle", "part"]

    assert names == [line.split()[0] for line in ask(TREE, "tenants", "-o", "table").lines[1:]]
    assert [*names, "shared"] == [
        row["ROLE"] for row in csv.DictReader(ask(TREE, "tenants", "-o", "csv").lines)
    ]


def test_what_is_special_about_a_role_is_noted() -> None:
    """Tree and table note aggregation, own rules, and a selector that matches no role."""
    text = WARNING + "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n"

    assert (
        "tenants (aggregated; 1 rule of its own; a selector matches no role)" == ask(text, "tenants").lines[3]
    )
    (row,) = csv.DictReader(ask(text, "tenants", "-o", "csv").lines)
    assert ("1", "aggregated; a selector matches no role") == (row["RULES"], row["NOTE"])


def test_names_are_what_kubectl_takes() -> None:
    """Each role is listed once."""
    assert (
        "".join(
            f"clusterrole.rbac.authorization.k8s.io/{name}\n"
            for name in ("tenants", "direct", "shared", "middle", "part")
        )
        == ask(TREE, "tenants", "-o", "name").stdout
    )


def test_a_graph_has_a_node_for_each_role_and_an_edge_for_each_selection() -> None:
    """Both languages have them; the roles that a single role goes into are included."""
    dot = ask(TREE, "middle", "-o", "dot").lines
    mermaid = ask(TREE, "middle", "-o", "mermaid").lines

    assert ["middle", "part", "shared", "tenants"] == sorted(
        line.split('"')[1] for line in dot if "[label=" in line
    )
    assert ['"middle" -> "part"', '"middle" -> "shared"', '"tenants" -> "middle"'] == [
        line.strip() for line in dot if "->" in line
    ]
    assert ("flowchart LR", 4, 3) == (
        mermaid[0],
        sum('["' in line for line in mermaid),
        sum(" --> " in line for line in mermaid),
    )


def test_all_trees_start_with_kubeflows_and_end_with_kubernetes_own() -> None:
    """Roles that every cluster has are assumed, and marked as assumed."""
    roots = [line for line in run("aggregation", "--demo").lines if line[:1] in ("a", "k") and "(" in line]

    assert ["kubeflow-admin", "admin"] == [root.partition(" ")[0] for root in roots]


def test_a_cycle_is_drawn_once_round() -> None:
    """It is neither left out nor followed forever."""
    text = "---\n".join(
        f"{ROLE}{{name: {name}, labels: {{to-{other}: x}}}}\n"
        f"aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to-{name}: x}}}}]}}\n"
        for name, other in (("ring-a", "ring-b"), ("ring-b", "ring-a"))
    )

    lines = ask(text).lines

    assert [
        "ring-a (aggregated)",
        "└── ring-b (aggregated)",
        "    └── ring-a (a cycle: it selects itself)",
    ] == lines[2:5]
    assert any(line.startswith("error ") for line in lines)
    assert any(line.split()[1:3] == ["aggregation-cycle", "ClusterRole/ring-a"] for line in lines)


def test_a_missing_role_is_an_error_with_a_suggestion() -> None:
    """KServe's roles start with `kubeflow-`."""
    result = run("aggregation", "kserve-edit", "--demo")

    assert (2, "") == (result.status, result.stdout)
    assert [
        "error: there is no ClusterRole `kserve-edit`",
        "hint: did you mean `kubeflow-kserve-edit`?",
    ] == result.stderr.splitlines()


def test_a_name_that_resembles_nothing_gets_no_suggestion() -> None:
    """The hint says how to list all names."""
    result = run("aggregation", "xyzzy-plugh-frotz", "--demo")

    assert 2 == result.status
    assert "did you mean" not in result.stderr
    assert "`aggregation` without a name shows all trees" in result.stderr


def test_agg_is_an_alias() -> None:
    """kubectl has short names for resources, too."""
    assert run("aggregation", "kubeflow-view", "--demo") == run("agg", "kubeflow-view", "--demo")


def drawn_roles(answer: Result) -> set[str]:
    """Return the names of the roles in the drawn trees."""
    return {line.strip("│├└─ ").partition(" ")[0] for line in answer.lines if "(" in line}


def test_trees_are_brief_without_a_role() -> None:
    """Aggregated roles and roles with findings are shown, and the others are counted where they belong."""
    trees, document = run("aggregation", "--demo"), run("aggregation", "--demo", "-o", "json").json
    below = [item for item in document["items"] if item["path"][-2:-1] == ["kubeflow-istio-admin"]]
    (line,) = [line for line in trees.lines if "kubeflow-istio-admin" in line]

    assert {item["path"][-1] for item in document["items"] if item["aggregated"]} <= drawn_roles(trees)
    assert {finding["object"]["name"] for finding in document["findings"]} <= drawn_roles(trees)
    assert [len(item["ownRules"]) for item in below] == [1]
    assert line.endswith("kubeflow-istio-admin (and 1 role, 1 rule)")


def test_wide_and_the_tree_of_a_role_hold_every_role() -> None:
    """Nothing that the brief trees count is lost."""
    wide = {line.partition(" ")[0] for line in run("aggregation", "--demo", "-o", "wide").lines}
    tree = drawn_roles(run("aggregation", "kubeflow-edit", "--demo"))

    assert {i["path"][-1] for i in run("aggregation", "--demo", "-o", "json").json["items"]} <= wide
    assert {
        i["path"][-1] for i in run("aggregation", "kubeflow-edit", "--demo", "-o", "json").json["items"]
    } <= tree


def test_findings_are_about_the_roles_that_are_shown() -> None:
    """A role that a wrong label keeps out of a tree is a finding about that tree."""
    assert ["bad"] == [
        finding["object"]["name"] for finding in ask(NEAR_MISS, "tenants", "-o", "json").json["findings"]
    ]
    assert [] == ask(NEAR_MISS, "good", "-o", "json").json["findings"]
    assert "aggregation-label-near-miss" in ask(NEAR_MISS, "tenants").stdout


@pytest.mark.parametrize("form", ["tree", "table", "wide"])
def test_findings_can_be_seen_without_the_trees(form: str) -> None:
    """The findings remain, for one role or all."""
    lines = ask(NEAR_MISS, "--findings", "-o", form).lines

    assert [line for line in lines if line.split()[:1] == ["error"]]
    assert [line for line in lines if "aggregation-label-near-miss" in line]
    assert not [line for line in lines if line.startswith(("tenants", "good"))]
    of_role = ask(NEAR_MISS, "tenants", "--findings", "-o", form).lines
    assert [line for line in lines if "error " in line][-1:] == [
        line for line in of_role if "error " in line
    ][-1:]


def test_without_findings_a_line_says_so() -> None:
    """An answer that ended after the verdict would leave it open."""
    assert [
        "ok: all 3 aggregated ClusterRoles would get the rules of all roles they select",
        "",
        "no findings for these roles",
    ] == ask(TREE, "tenants", "--findings").lines


def test_machines_get_the_trees_with_the_findings() -> None:
    """`--findings` changes nothing for them."""
    assert ask(NEAR_MISS, "-o", "json") == ask(NEAR_MISS, "--findings", "-o", "json")


@pytest.mark.parametrize(
    ("flags", "combined"),
    [
        pytest.param(("-o", "dot"), "`--findings` and `-o dot`", id="a graph"),
        pytest.param(("-o", "mermaid"), "`--findings` and `-o mermaid`", id="another graph"),
        pytest.param(("-o", "csv"), "`--findings` and `-o csv`", id="the table alone"),
        pytest.param(("-o", "name"), "`--findings` and `-o name`", id="the roles' names"),
        pytest.param(("--rules",), "`--rules` and `--findings`", id="rules"),
    ],
)
def test_findings_alone_cannot_be_combined_with_what_has_none(flags: tuple[str, ...], combined: str) -> None:
    """Nothing would be left to show."""
    result = ask(TREE, "--findings", *flags)

    assert (2, "") == (result.status, result.stdout)
    assert f"{combined} cannot be combined" in result.stderr


@pytest.mark.parametrize(
    ("text", "flags", "expected"),
    [
        pytest.param(NEAR_MISS, (), 0, id="an error that nobody asked about"),
        pytest.param(NEAR_MISS, ("--fail-on", "error"), 1, id="an error"),
        pytest.param(NEAR_MISS, ("--fail-on", "warning"), 1, id="an error where a warning would do"),
        pytest.param(WARNING, ("--fail-on", "error"), 0, id="a warning where an error is asked for"),
        pytest.param(WARNING, ("--fail-on", "warning"), 1, id="a warning"),
        pytest.param(TREE, ("--fail-on", "warning"), 0, id="nothing"),
    ],
)
def test_findings_fail_only_with_fail_on(text: str, flags: tuple[str, ...], expected: int) -> None:
    """A descriptive command ends with 0 once it has answered."""
    assert expected == ask(text, *flags).status


@pytest.mark.parametrize(
    "form", ["tree", "dot", "mermaid", "table", "wide", "json", "yaml", "name", "csv", "markdown"]
)
def test_every_format_answers_and_shows_no_control_character(form: str) -> None:
    """Anybody can choose names, labels and rules."""
    hostile = (
        f'{ROLE}{{resourceVersion: "1", name: "ten\\e[2Jants\\n| x"}}\n'
        'aggregationRule: {clusterRoleSelectors: [{matchLabels: {"to\\u202e": "\\e]0;x\\a"}}]}\n---\n'
        f'{ROLE}{{resourceVersion: "1", name: "=cmd()\\"]; x", labels: {{"to\\u202e": "\\e]0;x\\a"}}}}\n'
        'rules: [{apiGroups: ["\\e[1m"], resources: ["<script>"], verbs: ["\\u2028"]}]\n'
    )

    result = ask(hostile, "-o", form, "--rules")

    assert 0 == result.status
    assert result.stdout.replace("\n", "").isprintable()
    assert "2J" in result.stdout


def test_findings_about_hostile_names_take_one_line_each() -> None:
    """A message quotes labels, which anybody can choose."""
    text = WARNING.replace("nobody", '"no\\nbody\\e[2J"')

    result = ask(text)

    assert result.stdout.replace("\n", "").isprintable()
    assert 1 == sum("aggregation-selects-nothing" in line for line in result.lines)


def test_files_without_custom_resources_note_what_was_not_checked() -> None:
    """Nobody can tell whether a rule names a custom resource that the files do not define."""
    notes = ask(TREE).notes

    assert any("no CRDs of Kubeflow in the files" in note for note in notes)
    assert not any("define none" in note for note in run("aggregation", "--demo").notes)


def test_accounts_in_files_show_that_a_component_is_installed(tmp_path: Path) -> None:
    """KServe's account is there, and Kubeflow's roles, but not KServe's roles."""
    file = tmp_path / "files.yaml"
    file.write_text(
        f"{ROLE}{{name: kubeflow-edit}}\n---\n"
        "apiVersion: v1\nkind: ServiceAccount\n"
        "metadata: {name: kserve-controller-manager, namespace: kubeflow}\n"
    )

    findings = run("aggregation", "-f", str(file), "-o", "json").json["findings"]

    missing = {finding["object"]["name"] for finding in findings if finding["id"] == "component-role-missing"}
    assert {f"kubeflow-kserve-{level}" for level in ("admin", "edit", "view")} <= missing


def test_a_cluster_without_aggregated_roles_has_only_default_trees() -> None:
    """The trees that every cluster has are assumed."""
    result = ask(f"{ROLE}{{name: plain}}\n")

    assert 0 == result.status
    assert "admin" == result.lines[2].partition(" ")[0]


CYCLE = f"""\
{ROLE}{{name: a, labels: {{to: b}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: a}}}}]}}
rules: [{{apiGroups: [''], resources: [secrets], verbs: [get]}}]
---
{ROLE}{{name: b, labels: {{to: a}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{to: b}}}}]}}
"""
COMPUTED = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "tenants"},
    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "tenants"}}]},
    "rules": [
        {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]},
        {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]},
    ],
}


def test_a_computed_role_is_an_object_to_apply() -> None:
    """It has the rules that the controller will write, although the stored role lacks one of them."""
    as_yaml, as_json = (ask(STORED + MORE, "tenants", "--computed", "-o", form) for form in ("yaml", "json"))

    assert COMPUTED == yaml.safe_load(as_yaml.stdout) == as_json.json
    assert [(0, ""), (0, "")] == [(result.status, result.stderr) for result in (as_yaml, as_json)]


def test_a_computed_role_is_stable_when_it_is_applied() -> None:
    """Applied to the cluster that it was computed for, it changes nothing more."""
    computed = ask(STORED + MORE, "tenants", "--computed", "-o", "yaml").stdout
    late = STORED.partition("---\n")[2] + MORE

    assert computed == ask(f"{computed}---\n{late}", "tenants", "--computed", "-o", "yaml").stdout


def test_a_computed_role_that_is_not_aggregated_has_a_note() -> None:
    """Its rules stand as they are."""
    result = ask(STORED, "good", "--computed", "-o", "json")

    assert [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}] == result.json["rules"]
    assert "aggregationRule" not in result.json
    assert (0, "note: `good` is not aggregated: its own rules stand\n") == (result.status, result.stderr)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            CYCLE,
            "warning: whether `a` has 1 more rule is not known, because roles select each other in a cycle;"
            " it is left out: `get` on `secrets`\n",
            id="cycle",
        ),
        pytest.param(
            CYCLE.replace("{matchLabels: {to: a}}", "{matchExpressions: [{key: to, operator: like}]}"),
            "warning: which rules `a` should have is not known, because one of its selectors cannot be read:"
            " its own rules are printed\n",
            id="selector",
        ),
    ],
)
def test_a_computed_role_in_doubt_says_so_and_ends_with_3(text: str, says: str) -> None:
    """The rules that are certain are printed all the same."""
    result = ask(text, "a", "--computed", "-o", "json")

    assert "a" == result.json["metadata"]["name"]
    assert 3 == result.status
    assert says in result.stderr


def test_a_computed_role_ends_with_3_where_a_role_could_not_be_read() -> None:
    """A ClusterRole of a template can bring rules that nobody knows."""
    template = f"---\n{ROLE}{{name: template, labels: {{to: tenants}}}}\nrules: 5\n"

    result = ask(STORED + template, "tenants", "--computed", "-o", "json")

    assert COMPUTED["rules"][:1] == result.json["rules"]  # type: ignore[index]
    assert 3 == result.status
    assert "template" in result.stderr


def test_a_computed_role_can_assume_a_change(tmp_path: Path) -> None:
    """It is what the controller writes after the change; stderr says that it is assumed."""
    more = tmp_path / "more.yaml"
    more.write_text(MORE.replace(", resourceVersion: '1'", ""))

    result = ask(STORED, "tenants", "--computed", "-o", "json", "--with", str(more))
    without = ask(STORED + MORE, "tenants", "--computed", "-o", "json", "--without", "clusterrole/good")

    assert COMPUTED == result.json
    assert f"as if {more} were applied\n" == result.stderr
    assert COMPUTED["rules"][1:] == without.json["rules"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        pytest.param(
            ["--computed", "-o", "yaml"],
            "`--computed` needs the name of a ClusterRole: it prints a single role",
            "`aggregation CLUSTERROLE --computed -o yaml`",
            id="no role",
        ),
        *(
            pytest.param(
                ["tenants", "--computed", *(("-o", form) if form else ())],
                f"`--computed` prints an object to apply, which `-o {form or 'tree'}` cannot show",
                "add `-o yaml` or `-o json`",
                id=form or "no format",
            )
            for form in ("", "tree", "table", "wide", "name", "csv", "markdown", "dot", "mermaid")
        ),
        *(
            pytest.param(
                ["tenants", "--computed", "-o", "yaml", *other],
                f"`--computed` and `{other[0]}` cannot be combined: `--computed` prints the role alone",
                f"leave out `{other[0]}`",
                id=other[0],
            )
            for other in (("--rules",), ("--findings",), ("--fail-on", "error"))
        ),
    ],
)
def test_computed_with_what_it_cannot_show_is_a_usage_error(argv: list[str], message: str, hint: str) -> None:
    """The hint says what to type."""
    result = ask(STORED, *argv)

    assert (2, f"error: {message}\nhint: {hint}\n") == (result.status, result.stderr)


def test_a_computed_role_is_the_same_from_a_snapshot(tmp_path: Path) -> None:
    """A snapshot keeps labels, annotations, and who owns the rules."""
    file = tmp_path / "demo.json"
    run("snapshot", "--demo", str(file))

    live, kept = (
        run("aggregation", "kubeflow-edit", "--computed", "-o", "yaml", *source)
        for source in (("--demo",), ("-f", str(file)))
    )

    assert live.stdout == kept.stdout
    assert 50 < len(live.lines)
