"""`check` on the demo and on small clusters: the runners, the exit status, and each format."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
import yaml

from kubectl_kfaccess.kubeflow.pipelines.needs import RUNNER_NEEDS
from tests.running import REPOSITORY, Result, run

PLATFORM = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kubeflow-pipelines-edit}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kubeflow-edit}
rules:
- {apiGroups: [''], resources: [configmaps, secrets, pods], verbs: ['*']}
- {apiGroups: [argoproj.io], resources: ['*'], verbs: ['*']}
"""
PROFILE = """
apiVersion: kubeflow.org/v1
kind: Profile
metadata: {name: NAME}
spec: {owner: {kind: User, name: owner@example.com}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default-editor, namespace: NAME}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: default-editor, namespace: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubeflow-edit}
subjects: [{kind: ServiceAccount, name: default-editor, namespace: NAME}]
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: ml-pipeline, namespace: kubeflow}
spec:
  template:
    spec:
      containers:
      - name: ml-pipeline-api-server
        image: IMAGE
        envFrom: [{configMapRef: {name: pipeline-api-server-config-0a}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: pipeline-api-server-config-0a, namespace: kubeflow}
data: {MULTIUSER: 'true', DEFAULTPIPELINERUNNERSERVICEACCOUNT: WHOSE}
"""
RUNNER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: pipeline-runner, namespace: kubeflow}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: pipeline-runner, namespace: kubeflow}
rules: RULES
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: pipeline-runner-binding, namespace: kubeflow}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: pipeline-runner}
subjects: [{kind: ServiceAccount, name: pipeline-runner, namespace: kubeflow}]
"""
ALL_RULES = "[{apiGroups: ['', argoproj.io], resources: [workflowtaskresults, workflows, pods, configmaps, secrets], verbs: ['*']}]"  # noqa: E501 (one line of YAML)


DANGER = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: quick-fix}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: pipeline-runner, namespace: kubeflow}]
"""


def cluster(*parts: str) -> str:
    """Return the manifests of a cluster with these parts."""
    return "\n---\n".join(parts)


def platform(*profiles: str, image: str = "kfp-api-server:2.14.0", account: str = "default-editor") -> str:
    """Return the manifests of a multi-user platform with these profiles."""
    server = DEPLOYMENT.replace("IMAGE", image).replace("WHOSE", account)
    return cluster(PLATFORM, server, *(PROFILE.replace("NAME", name) for name in profiles))


def one_team(rules: str = ALL_RULES) -> str:
    """Return the manifests of pipelines for one team; *rules* are the runner's."""
    return RUNNER.replace("RULES", rules)


def check(text: str, *argv: str) -> Result:
    """Return the answer of `check` about the cluster of the manifests *text*."""
    return run("check", *argv, "-f", "-", stdin=text.encode())


def subjects(answer: Result) -> list[tuple[str, str]]:
    """Return (namespace, subject's name) of each runner that was checked."""
    return [(item["namespace"], item["subject"]["name"]) for item in answer.json["items"]]


# cluster, flags, status
ENDINGS: dict[str, tuple[str, str, int]] = {
    "all is there": (platform("a", "b"), "", 0),
    "what steps do besides is not": (platform("a"), "--for kserve", 1),
    "a profile without its account": (
        platform("a").replace("ServiceAccount\nmetadata", "Other\nmetadata"), "", 1,
    ),
    "one team, all is there": (one_team(), "", 0),
    "one team, a core rule lacking": (one_team("[]"), "", 1),
    "the release decides and is not known": (
        one_team("[{apiGroups: [''], resources: [pods, configmaps, secrets], verbs: ['*']}]"), "", 3,
    ),
    "the release decides and is named": (
        one_team("[{apiGroups: [''], resources: [pods, configmaps, secrets], verbs: ['*']}]"),
        "--kfp-version 2.4.1", 0,
    ),
    "the release decides against it": (
        one_team("[{apiGroups: [''], resources: [pods, configmaps, secrets], verbs: ['*']}]"),
        "--kfp-version 2.14.0", 1,
    ),
    "no Kubeflow at all": ("{apiVersion: v1, kind: Namespace, metadata: {name: a}}", "", 3),
    "profiles, and no pipelines": (PROFILE.replace("NAME", "a"), "", 3),
    "a namespace that is no profile": (platform("a"), "-n elsewhere", 3),
    "danger": (cluster(one_team(), DANGER), "", 1),
    "danger does not count if it is not to": (cluster(one_team(), DANGER), "--fail-on never", 0),
    "what is missing counts nevertheless": (one_team("[]"), "--fail-on never", 1),
    "warnings do not count": (platform("a"), "--fail-on error", 0),
    "warnings count when they are to": (platform("a"), "--fail-on warning", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDINGS)
def test_how_a_check_ends(name: str) -> None:
    """It ends with 0 if every need that decides is met, 1 if one is not, and 3 if that is unknown."""
    text, flags, expected = ENDINGS[name]

    assert expected == check(text, *shlex.split(flags)).status


def test_the_account_that_steps_run_as_is_checked() -> None:
    """The setting of the pipelines API server names it, for each profile."""
    assert [("a", "default-editor"), ("b", "default-editor")] == subjects(
        check(platform("a", "b"), "-o", "json")
    )
    assert [("a", "steps")] == subjects(check(platform("a", account="steps"), "-o", "json"))
    assert [("kubeflow", "pipeline-runner")] == subjects(check(one_team(), "-o", "json"))


def test_a_missing_default_account_is_a_finding() -> None:
    """Users see it as `serviceaccount "pipeline-runner" not found`."""
    answer = check(platform("a", account="pipeline-runner"), "-o", "json")

    (item,) = answer.json["items"]
    ids = {finding["id"]: finding["message"] for finding in item["findings"]}
    assert (
        'nothing can run as it: serviceaccount "pipeline-runner" not found' == (ids["runner-account-missing"])
    )


def test_flags_choose_namespaces() -> None:
    """`-n` and `-l` choose profiles; the Deployment of the pipelines API is read all the same."""
    text = cluster(
        platform("a", "b"), '{apiVersion: v1, kind: Namespace, metadata: {name: b, labels: {x: "y"}}}'
    )

    for flags in (("-n", "b"), ("-l", "x=y")):
        answer = check(text, *flags, "-o", "json")
        assert [("b", "default-editor")] == subjects(answer)
        assert ("multi-user", "2.14.0") == (answer.json["mode"], answer.json["pipelines"]["version"])


def test_a_persona_comes_before_an_account_of_that_name() -> None:
    """`sa:` chooses the account."""
    text = cluster(platform("a"), one_team())

    assert [("a", "default-editor")] == subjects(check(text, "pipeline-runner", "-o", "json"))
    assert [("kubeflow", "pipeline-runner")] == subjects(
        check(text, "sa:kubeflow/pipeline-runner", "-o", "json")
    )


def test_people_are_checked_for_what_pages_ask() -> None:
    """Contributors and owners of the demo have what they need; a group has nothing on Kubeflow's plane."""
    endings = {"contributor-edit": 0, "contributor-view": 0, "profile-owner": 0, "group:ml-team": 1}
    for persona, status in endings.items():
        answer = run("check", persona, "--demo", "-o", "json")
        assert (persona, status) == (persona, answer.status)
        assert {"kubeflow"} <= {need["via"] for item in answer.json["items"] for need in item["needs"]}


def test_profiles_with_equal_results_share_a_table() -> None:
    """More than three are counted; machine formats and `--no-fold` have each."""
    names = [f"team-{number}" for number in range(6)]
    broken = platform(*names).replace(
        "name: default-editor, namespace: team-3", "name: other, namespace: team-3"
    )

    text = check(broken).stdout

    assert "default-editor in team-0 and 4 more like it: has what it needs" in text
    assert "default-editor in team-3: is missing permissions" in text
    assert 6 == len(check(broken, "-o", "json").json["items"])
    titles = [line for line in check(broken, "--no-fold").lines if line.startswith("default-editor in ")]
    assert [f"default-editor in {name}" for name in names] == [line.partition(":")[0] for line in titles]


def purposes_of(answer: Result) -> dict[str, tuple[str, str]]:
    """Return the answer and the count of each purpose in the table."""
    rows = (re.fullmatch(r"  [ x!?] (\S+) +(ok|no|\?) +(\d+ of \d+)(  .*)?", line) for line in answer.lines)
    return {row[1]: (row[2], row[3]) for row in rows if row}


def test_a_purpose_that_is_not_installed_is_named_alone() -> None:
    """The demo serves none of these types, so no step can need them, unless `--for` says so."""
    brief, chosen = run("check", "--demo"), run("check", "--demo", "--for", "trainer,spark,mlflow")
    (absent,) = [line for line in brief.lines if line.startswith("    not installed: ")]

    assert {"core", "kserve", "katib"} <= purposes_of(brief).keys()
    assert not {"trainer", "spark", "mlflow"} & purposes_of(brief).keys()
    assert all(word in absent for word in ("trainer", "spark", "mlflow"))
    assert {"trainer", "spark", "mlflow"} <= purposes_of(chosen).keys()


@pytest.mark.parametrize("release", ["2.14.4", "2.0.0"])
def test_only_what_the_release_needs_is_counted(release: str) -> None:
    """Steps of 2.0 patch pods, those of 2.14 do not."""
    argv = ("check", "--demo", "--kfp-version", release)
    needs = run(*argv, "-o", "json").json["items"][0]["needs"]

    core = {(need["resource"], need["name"], need["why"]) for need in needs if need["decides"]}
    count = len(core)
    assert purposes_of(run(*argv))["core"] == ("ok", f"{count} of {count}")


def test_wide_and_machines_hold_every_need() -> None:
    """The lines for purposes only count them."""
    wide = run("check", "--demo", "-o", "wide").lines
    rows = list(csv.DictReader(run("check", "--demo", "-n", "team-a", "-o", "csv").lines))
    needs = run("check", "--demo", "-n", "team-a", "-o", "json").json["items"][0]["needs"]

    assert len(RUNNER_NEEDS) == len(rows)
    assert len(needs) == sum(len(need.verbs) for need in RUNNER_NEEDS)
    for row in rows:
        (line,) = [line for line in wide if f" {row['FOR']} " in line and f" {row['NEED']}  " in line]
        assert row["ROLE"] in line
        assert row["WHY"] in line


VERDICTS = {
    "all is there": "ok: pipelines have what they need in a and b",
    "what steps do besides is not": "no: pipelines cannot deploy models in a (--for kserve)",
    "one team, a core rule lacking": "no: pipelines cannot run in kubeflow",
    "the release decides and is not known": (
        "unknown: cannot tell whether pipelines have what they need in kubeflow"
    ),
    "no Kubeflow at all": "unknown: no Kubeflow Pipelines was found: there is nothing to check",
    "danger": "no: 1 error, ",
    "warnings count when they are to": "no: ",
}


@pytest.mark.parametrize("form", ["table", "markdown"])
@pytest.mark.parametrize("name", VERDICTS)
def test_the_first_line_is_the_verdict(name: str, form: str) -> None:
    """It agrees with the exit status, and says where and for what."""
    text, flags, status = ENDINGS[name]
    first = check(text, *shlex.split(flags), "-o", form).lines[0].strip("*")

    assert first.startswith(VERDICTS[name])
    assert {"ok": 0, "no": 1, "unknown": 3}[first.partition(":")[0]] == status


def test_for_folds_the_others_that_are_ok() -> None:
    """Those that deviate are shown all the same."""
    answer = run("check", "--demo", "--for", "kserve")
    (folded,) = [line.split() for line in answer.lines if " others " in line]

    assert {"core", "kserve", "kserve-llm"} == purposes_of(answer).keys()
    assert folded == [str(len(purposes_of(run("check", "--demo"))) - 3), "others", "ok"]


def test_a_lost_label_is_the_cause_and_the_fix() -> None:
    """KServe's role exists, and Kubeflow's role does not select it any more: the label comes back."""
    label = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit"
    serving = (REPOSITORY / "kubectl_kfaccess/sources/demo/roles-serving.yaml").read_text("utf-8")
    text = cluster(
        platform("a", "b").replace(
            "metadata: {name: kubeflow-edit}\nrules:",
            f"metadata: {{name: kubeflow-pipelines-view, labels: {{{label}: 'true'}}}}\nrules:",
        ),
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: kubeflow-edit}\n"
        f"aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{{label}: 'true'}}}}]}}\n",
        serving.replace(f'    {label}: "true"\n', "    argocd.argoproj.io/instance: kubeflow\n", 1),
    )

    answer = check(text, "--for", "kserve")
    printed = check(text, "--for", "kserve", "-o", "fix")

    assert answer.lines[0] == "no: pipelines cannot deploy models in a and b (--for kserve)"
    assert "kubeflow-kserve-edit is not aggregated into kubeflow-edit" in answer.stdout
    (role,) = yaml.safe_load_all(printed.stdout)
    assert (role["kind"], role["metadata"]["name"]) == ("ClusterRole", "kubeflow-kserve-edit")
    assert role["metadata"]["labels"][label] == "true"
    assert printed.lines[0] == (
        "# ClusterRole kubeflow-kserve-edit is managed by Argo CD application kubeflow: change it in git"
    )


def test_the_spreadsheet_has_a_line_for_each_profile_and_need() -> None:
    """Each line has the namespace and the subject."""
    lines = list(csv.DictReader(check(platform("a", "b"), "-o", "csv").lines))

    assert {"a", "b"} == {line["NAMESPACE"] for line in lines}
    needs = [line["NEED"] for line in lines if line["NAMESPACE"] == "a"]
    assert needs == [line["NEED"] for line in lines if line["NAMESPACE"] == "b"]
    assert "create,patch workflowtaskresults.argoproj.io" in needs


def test_names_are_the_accounts() -> None:
    """There is one per line, as with `kubectl get -o name`."""
    assert ["serviceaccount/a/default-editor", "serviceaccount/b/default-editor"] == (
        check(platform("a", "b"), "-o", "name").lines
    )


def test_junit_has_a_case_for_each_need_that_decides() -> None:
    """Denied needs and findings that count are failures; unknown needs are errors."""
    suite = fromstring(check(platform("a"), "--for", "kserve", "-o", "junit").stdout)

    cases = {case.get("name"): [element.tag for element in case] for case in suite.iter("testcase")}
    assert [] == cases["create,patch workflowtaskresults.argoproj.io"]
    assert ["failure"] == cases["create,get,patch,watch,delete inferenceservices.serving.kserve.io"]
    assert not any("sparkapplications" in str(name) for name in cases)
    assert (
        [] == cases["runner-any-account ClusterRole/kubeflow-edit"]
        if ("runner-any-account ClusterRole/kubeflow-edit" in cases)
        else True
    )


def test_the_fix_is_yaml_that_makes_the_check_pass() -> None:
    """With the YAML added to the files the check passes; if nothing is missing, nothing is printed."""
    text = platform("a", "b")

    printed = check(text, "--for", "kserve", "-o", "fix")
    fixed = cluster(text, printed.stdout)

    assert 0 == printed.status
    assert {"Role", "RoleBinding"} == {obj["kind"] for obj in yaml.safe_load_all(printed.stdout)}
    assert 0 == check(fixed, "--for", "kserve").status
    nothing = check(fixed, "--for", "kserve", "-o", "fix")
    assert (0, "") == (nothing.status, nothing.stdout)
    assert "nothing is missing" in nothing.stderr


def test_a_fix_that_gives_all_contributors_more_says_so() -> None:
    """What all profiles lack is granted by a role that is aggregated into the contributors' role."""
    label = "{rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit: 'true'}"
    parts = platform("a", "b").replace(
        "metadata: {name: kubeflow-edit}", f"metadata: {{name: parts, labels: {label}}}"
    )
    edit = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: kubeflow-edit}\n"
        f"aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {label}}}]}}\n"
    )
    text = cluster(parts, edit)

    answer = check(text, "--for", "kserve", "-o", "fix")

    assert (
        "`kubeflow-edit` gains this in every profile, so all its contributors do as well" == answer.notes[-1]
    )


MISTAKES = {
    "--for kservee": ("`--for` cannot be `kservee`", "did you mean `kserve`?"),
    "--kfp-version latest": ("`latest` is not a version", "2.5.0"),
    "--mode many": ("many", "standalone"),
    "nobody-of-that-name": ("`nobody-of-that-name` is neither a service account", "sa:NAMESPACE/NAME"),
    "robot:x": ("`robot` is not a kind of subject", "user:NAME"),
    "-l 'a=(' ": ("a=(", ""),
}


@pytest.mark.parametrize("flags", MISTAKES)
def test_a_mistake_is_an_error_with_a_hint(flags: str) -> None:
    """The status is 2, with one message and no traceback."""
    answer = check(platform("a"), *shlex.split(flags))

    assert 2 == answer.status
    assert [] == [text for text in MISTAKES[flags] if text not in answer.stderr]
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("spec", ["5", "{template: 5}", "{template: {spec: {containers: [5]}}}", "null"])
def test_a_malformed_deployment_causes_no_traceback(spec: str) -> None:
    """Its settings are missing, so pipelines count as installed for one team."""
    server = f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: ml-pipeline, namespace: kubeflow}}, spec: {spec}}}"  # noqa: E501 (one line of YAML)

    answer = check(cluster(one_team(), server), "-o", "json")

    assert (0, "standalone") == (answer.status, answer.json["mode"])


def test_names_of_the_cluster_control_nothing() -> None:
    """A malicious account and image appear in every format without control characters."""
    bad = "\\e[31mred\\u202e"
    text = platform("a", image=f'"x:{bad}"', account=f'"{bad}"')

    for form in ("table", "wide", "csv", "markdown", "json", "yaml", "name", "junit"):
        shown = check(text, "-o", form).stdout
        assert not [letter for letter in shown if letter != "\n" and not letter.isprintable()]


def test_a_role_that_differs_is_shown_as_a_diff() -> None:
    """Missing rules have a `-`, added ones a `+`; the compared release is named."""
    text = one_team("[{apiGroups: [batch], resources: [jobs], verbs: ['*']}]")
    answer = check(text, "-o", "wide")

    assert "Not as shipped: Role/kubeflow/pipeline-runner. " in check(text).stdout
    assert "Role/kubeflow/pipeline-runner differs from what Kubeflow Pipelines 2.5.0 shipped" in answer.stdout
    assert "  - verbs=get apiGroups=<empty> resources=secrets" in answer.stdout
    assert "jobs" not in "".join(line for line in answer.lines if line.startswith("  -"))


def test_a_resource_that_a_role_misspells_is_called_so() -> None:
    """KServe ships a third `l`, so a rule seems to be there; corrected, there is nothing to say."""
    serving = (REPOSITORY / "kubectl_kfaccess/sources/demo/roles-serving.yaml").read_text("utf-8")
    typo = "create llminferenceserviceconfigs (misspelled in KServe's role)"
    (shipped,) = [line for line in run("check", "--demo").lines if " kserve-llm " in line]
    named = check(cluster(platform("a"), serving.replace("lllm", "llm")), "--for", "kserve-llm").stdout

    assert shipped.endswith(typo)
    assert "llminferenceserviceconfigs" in named
    assert "misspelled" not in named


def test_the_last_line_names_the_releases_that_ship_the_roles() -> None:
    """Those that shipped all of them: `-o wide` has the releases of each."""
    (line,) = [line for line in run("check", "--demo").lines if line.startswith("Roles are as shipped")]

    assert line.startswith("Roles are as shipped by Kubeflow Pipelines 2.14.0 - 2.14.4 and KServe >= 0.16.0.")


DEMO = REPOSITORY / "kubectl_kfaccess" / "sources" / "demo"
LABEL = '    rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit: "true"\n'
KSERVE_RULE = "[inferencegraphs, inferenceservices, lllminferenceserviceconfigs,"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        pytest.param(LABEL, "", "component-role-not-aggregated", id="its label"),
        pytest.param(
            KSERVE_RULE, "[inferencegraphs, lllminferenceserviceconfigs,", "runner-rules-missing", id="a rule"
        ),
    ],
)
def test_a_shipped_role_that_lost_what_a_component_needs_is_an_error(
    old: str, new: str, finding: str, tmp_path: Path
) -> None:
    """KServe is installed in the demo. Pipelines run, but their steps can no longer deploy models."""
    for file in DEMO.iterdir():
        text = file.read_text(encoding="utf-8")
        lost = text.replace(old, new, 1) if file.name == "roles-serving.yaml" else text
        (tmp_path / file.name).write_text(lost, encoding="utf-8")

    answer = run("check", "-f", str(tmp_path), "-o", "json")
    errors = [each["id"] for each in answer.json["findings"] if each["severity"] == "error"]

    assert (1, [finding]) == (answer.status, errors)
    assert 0 == run("check", "--demo").status
