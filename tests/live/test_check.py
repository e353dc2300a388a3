"""`check` on real releases in a real server: verdicts, drift, and repairs applied by the real kubectl."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER, PIPELINES_EDIT
from kubectl_kfaccess.rbac.model import PolicyRule
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, crds_from_list, load, wait_for_aggregation
from tests.running import NOWHERE, Result, run
from tests.truth.asking import ask

pytestmark = pytest.mark.server

HERE = Path(__file__).parent
VERDICTS = yaml.safe_load((HERE / "check_verdicts.yaml").read_text(encoding="utf-8"))
RELEASES: list[str] = VERDICTS["columns"]
STANDALONE, *PLATFORMS = RELEASES
PROFILES = ("alice", "bob", "ml-team", "robot")  # profiles for which the controllers have created everything

# The range of each role's releases, by the tags of the component versions that each release names:
# pipelines 2.17.0; 2.3.0 and KServe 0.13.0; 2.5.0 and KServe 0.15.0
BASELINES = {
    STANDALONE: {"pipeline-runner": [">= 2.17.0"]},
    "kubeflow-v1.9.1": {
        "pipeline-runner": ["2.2.0 - 2.4.1"],
        "aggregate-to-kubeflow-pipelines-edit": ["2.3.0 - 2.14.4"],
        "aggregate-to-kubeflow-pipelines-view": ["2.0.0-alpha.4 - 2.14.4"],
        "kubeflow-kserve-edit": ["0.9.0 - 0.14.1"],
        "kubeflow-kserve-view": ["0.9.0 - 0.14.1"],
    },
    "kubeflow-v1.10": {
        "pipeline-runner": ["1.0.0 - 2.1.0", "2.5.0"],
        "aggregate-to-kubeflow-pipelines-edit": ["2.3.0 - 2.14.4"],
        "aggregate-to-kubeflow-pipelines-view": ["2.0.0-alpha.4 - 2.14.4"],
        "kubeflow-kserve-edit": ["0.15.0 - 0.15.2"],
        "kubeflow-kserve-view": ["0.15.0 - 0.15.2"],
    },
}
TOGETHER = {STANDALONE: ">= 2.17.0", "kubeflow-v1.9.1": "2.3.0 - 2.4.1", "kubeflow-v1.10": "2.5.0"}


class World:
    """A server with one release."""

    def __init__(self, plane: ControlPlane, release: str) -> None:
        self.plane = plane
        self.release = release
        self.many = release in PLATFORMS

    def check(self, *argv: str) -> Result:
        """Return the result of `check`; discovery is not cached, because the next release comes soon."""
        flags = ("--kubeconfig", str(self.plane.kubeconfig()))
        return run("check", *argv, *flags, environ=NOWHERE)

    def kubectl(self, *argv: str, stdin: str = "") -> str:
        """Return what the real kubectl prints."""
        command = (str(self.plane.kubectl), "--kubeconfig", str(self.plane.kubeconfig()), *argv)
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout

    def eventually(self, *argv: str, status: int) -> Result:
        """Return the check once it has that status, or the last one after 60 seconds for the controller."""
        deadline = time.monotonic() + 60
        while (result := self.check(*argv)).status != status and time.monotonic() < deadline:
            time.sleep(0.1)
        return result


@pytest.fixture(scope="module", params=RELEASES)
def world(request: pytest.FixtureRequest, plane: ControlPlane, corpus: Path) -> Iterator[World]:
    """Yield the server with each release in turn; platforms have the profiles as well."""
    release = request.param
    files = [f"{release}-rbac.yaml", *(["profiles-v1.10.yaml"] if release in PLATFORMS else [])]
    objects = list(crds_from_list(corpus / f"{release}-crds.yaml"))
    for name in files:
        objects += [
            manifest for manifest in yaml.load_all((corpus / name).read_text(), yaml.CSafeLoader) if manifest
        ]
    refused = load(plane, objects)
    wait_for_aggregation(plane)
    assert [] == refused
    yield World(plane, release)
    clear(plane)


def items(result: Result) -> dict[str, Any]:
    """Return the answer's items by namespace."""
    return {item["namespace"]: item for item in result.json["items"]}


def decisions(item: Any) -> dict[str, str]:
    """Return the decision for each verb and resource, such as `create pods/log`."""
    return {f"{need['verb']} {need['resource']}{'.' * bool(need['group'])}{need['group']}": need["decision"]
            for need in item["needs"]}  # fmt: skip


def test_the_verdict_table_of_the_releases(world: World) -> None:
    """Each row matches in each namespace in which steps run."""
    by_namespace = items(world.check("pipeline-runner", "-o", "json"))

    column = RELEASES.index(world.release)
    expected = {row["need"]: "Allowed" if row["allowed"][column] else "Denied" for row in VERDICTS["rows"]}
    names = PROFILES if world.many else ("kubeflow",)
    for name in names:
        decided = decisions(by_namespace[name])
        assert expected == {need: decided[need] for need in expected}


def test_every_need_is_decided_as_the_server_decides_it(world: World) -> None:
    """The SubjectAccessReview is about the account with its groups."""
    specs, expected = [], []
    for namespace, item in items(world.check("-o", "json")).items():
        name = item["subject"]["name"]
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
        for need in item["needs"]:
            kind, _, sub = need["resource"].partition("/")
            scoped = kind != "clustertrainingruntimes"
            specs.append({
                "user": f"system:serviceaccount:{namespace}:{name}", "groups": groups,
                "resourceAttributes": {
                    "namespace": namespace if scoped else "", "verb": need["verb"], "group": need["group"],
                    "resource": kind, "subresource": sub, "name": need["name"],
                },
            })  # fmt: skip
            expected.append(need["decision"])

    assert expected == ["Allowed" if status.allowed else "Denied" for status in ask(world.plane, specs)]


def test_the_mode_and_the_releases_are_those_of_the_manifests(world: World) -> None:
    """Only the roles show them: these objects have no Deployment."""
    answer = world.check("-o", "json").json

    assert ("multi-user" if world.many else "standalone") == answer["mode"]
    assert BASELINES[world.release] == {
        baseline["role"]["name"]: baseline["versions"] for baseline in answer["baselines"]
    }
    assert [[], []] * len(answer["baselines"]) == [
        baseline[key] for baseline in answer["baselines"] for key in ("missing", "added")
    ]
    fits = f"its roles are those of Kubeflow Pipelines {TOGETHER[world.release]}"
    assert f"{fits}; which release runs is not known" in answer["pipelines"]["evidence"]


def test_the_account_that_runs_steps_is_found_in_each_namespace(world: World) -> None:
    """Standalone pipelines run as pipeline-runner, multi-user ones as default-editor of each profile."""
    accounts = {name: item["subject"]["name"] for name, item in items(world.check("-o", "json")).items()}

    if world.many:
        # the release's own profile exists, but no controller has created anything for it
        assert dict.fromkeys((*PROFILES, "kubeflow-user-example-com"), "default-editor") == accounts
    else:
        assert {"kubeflow": "pipeline-runner"} == accounts


def test_a_namespace_without_the_controllers_objects_has_findings(world: World) -> None:
    """The platform's own profile has no objects yet. Profiles made by the controllers have no findings."""
    by_namespace = items(world.check("-o", "json"))

    ids = {name: [finding["id"] for finding in item["findings"]] for name, item in by_namespace.items()}
    expected: dict[str, list[str]] = {name: [] for name in (PROFILES if world.many else ("kubeflow",))}
    if world.many:
        expected["kubeflow-user-example-com"] = ["runner-account-missing", "runner-binding-missing"]
    assert expected == ids


def test_without_findings_the_check_ends_with_0(world: World) -> None:
    """On platforms, in a profile that the controllers have made."""
    where = ("-n", "alice") if world.many else ()

    assert 0 == world.check(*where).status


def test_for_a_caller_who_can_read_nothing_everything_is_unknown(world: World) -> None:
    """Nothing is called missing, neither in a profile nor where Kubeflow is installed."""
    config = str(world.plane.add_user("nobody@example.com"))

    for flags in ((), ("-n", "kubeflow"), ("-n", "alice")):
        result = run("check", *flags, "--kubeconfig", config, "-o", "json", environ=NOWHERE)
        assert (3, "unknown") == (result.status, result.json["mode"])
        assert [[]] * len(result.json["items"]) == [item["findings"] for item in result.json["items"]]
        assert {"Unknown"} == {item["decision"] for item in result.json["items"]}


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_an_account_of_another_namespace_is_not_called_missing(world: World) -> None:
    """The account is looked up in its own namespace, not in the one that the question is about."""
    result = world.check("sa:bob/default-editor", "-n", "alice", "-o", "json")

    ids = [finding["id"] for finding in items(result)["alice"]["findings"]]
    assert "runner-account-missing" not in ids
    assert 1 == result.status  # bob's editor has no access in alice's profile


def role_of(world: World) -> tuple[str, str, tuple[PolicyRule, ...]]:
    """Return a role that steps need: KIND/NAME, its namespace, and the rules that it is shipped with."""
    if world.many:
        return "clusterrole/aggregate-to-kubeflow-pipelines-edit", "", PIPELINES_EDIT.releases[5].rules
    return "role/pipeline-runner", "kubeflow", PIPELINE_RUNNER.releases[-1].rules


@pytest.fixture
def remove_rule(world: World) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Yield a function that removes a resource's rule from the role that steps need; restore it later."""
    name, namespace, _ = role_of(world)
    flags = ["-n", namespace] if namespace else []
    before = json.loads(world.kubectl("get", name, *flags, "-o", "json"))

    def take(resource: str) -> dict[str, Any]:
        (rule,) = [candidate for candidate in before["rules"] if resource in candidate["resources"]]
        patch = json.dumps({"rules": [candidate for candidate in before["rules"] if candidate is not rule]})
        world.kubectl("patch", name, *flags, "--type", "merge", "-p", patch)
        wait_for_aggregation(world.plane)
        removed_rule: dict[str, Any] = rule
        return removed_rule

    yield take
    world.kubectl("patch", name, *flags, "--type", "merge", "-p", json.dumps({"rules": before["rules"]}))
    wait_for_aggregation(world.plane)


def test_a_rule_that_is_removed_is_exactly_the_drift(
    world: World, remove_rule: Callable[[str], dict[str, Any]]
) -> None:
    """The release is still recognised, and exactly that rule is missing."""
    rule = remove_rule("workflows")

    answer = world.check("-o", "json").json

    drift = {
        baseline["role"]["name"]: (baseline["missing"], baseline["added"]) for baseline in answer["baselines"]
    }
    name = role_of(world)[0].partition("/")[2]
    (missing,), added = drift.pop(name)
    assert [] == added
    keys = ("apiGroups", "resources", "verbs")
    assert {key: sorted(rule[key]) for key in keys} == {key: sorted(missing[key]) for key in keys}
    assert [([], [])] * len(drift) == list(drift.values())
    versions = {baseline["role"]["name"]: baseline["versions"] for baseline in answer["baselines"]}
    assert BASELINES[world.release][name] == versions[name]


def test_a_repair_by_kubectl_makes_the_check_pass(
    world: World, remove_rule: Callable[[str], dict[str, Any]]
) -> None:
    """The printed fix is applied, and then nothing is missing."""
    remove_rule("workflowtaskresults")
    release = ("--kfp-version", "2.17.0")  # which accepts no other permission instead
    where = ("-l", "app.kubernetes.io/part-of=kubeflow-profile") if world.many else ()
    assert 1 == world.check(*release, *where).status

    text = world.check(*release, *where, "-o", "fix").stdout
    world.kubectl("apply", "-f", "-", stdin=text)

    try:
        assert 0 == world.eventually(*release, *where, status=0).status
    finally:
        world.kubectl("delete", "-f", "-", stdin=text)


@pytest.mark.parametrize("purpose", ["kserve", "spark", "trainer"])
def test_permissions_of_a_named_purpose_are_fixed(world: World, purpose: str) -> None:
    """For each purpose, the fix adds what the release lacks."""
    argv = ("--for", purpose, "--kfp-version", "2.5.0", *(("-n", "alice") if world.many else ()))
    lacking = world.check(*argv).status == 1
    assert lacking == (
        not world.many or purpose == "trainer" or (purpose, world.release) == ("spark", PLATFORMS[0])
    )

    printed = world.check(*argv, "-o", "fix")

    assert bool(printed.stdout) == lacking
    if lacking:
        world.kubectl("apply", "-f", "-", stdin=printed.stdout)
        try:
            assert 0 == world.eventually(*argv, status=0).status
        finally:
            world.kubectl("delete", "-f", "-", stdin=printed.stdout)


def test_a_deleted_binding_is_found_and_fixed(world: World) -> None:
    """Account and role exist, but no binding connects them."""
    namespace, name = ("alice", "default-editor") if world.many else ("kubeflow", "pipeline-runner-binding")
    argv = ("-n", namespace)
    before = world.kubectl("get", "rolebinding", name, "-n", namespace, "-o", "yaml")
    world.kubectl("delete", "rolebinding", name, "-n", namespace)

    broken = world.check(*argv, "-o", "json")
    printed = world.check(*argv, "-o", "fix").stdout

    assert 1 == broken.status
    assert ["runner-binding-missing"] == [finding["id"] for finding in items(broken)[namespace]["findings"]]
    world.kubectl("apply", "-f", "-", stdin=printed)
    assert 0 == world.check(*argv).status
    assert (
        yaml.safe_load(before)["roleRef"]
        == yaml.safe_load(world.kubectl("get", "rolebinding", name, "-n", namespace, "-o", "yaml"))["roleRef"]
    )


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_an_owner_gets_answers_from_the_server(world: World) -> None:
    """Owners can read neither the Deployment nor ClusterRoles, so access reviews ask about their editor."""
    config = str(world.plane.add_user("alice@example.com"))

    result = run("check", "-n", "alice", "--kubeconfig", config, "-o", "json", environ=NOWHERE)

    item = items(result)["alice"]
    whole = decisions(items(world.check("-n", "alice", "-o", "json"))["alice"])
    # clustertrainingruntimes are cluster-scoped, and an owner cannot ask about the whole cluster
    runtimes = [need for need in whole if "clustertrainingruntimes" in need]
    assert {**whole, **dict.fromkeys(runtimes, "Unknown")} == decisions(item)
    assert (0, "multi-user", []) == (result.status, result.json["mode"], item["findings"])
    assert any("cannot be read" in text for text in result.json["pipelines"]["evidence"])


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_for_a_caller_who_cannot_ask_about_others_the_answer_is_unknown(world: World) -> None:
    """For a contributor nothing is called missing, and the check does not pass."""
    config = str(world.plane.add_user("carol@example.com"))

    result = run("check", "-n", "alice", "--kubeconfig", config, "-o", "json", environ=NOWHERE)

    item = items(result)["alice"]
    assert (3, "Unknown", []) == (result.status, item["decision"], item["findings"])
    assert {"Unknown"} == {need["decision"] for need in item["needs"]}
    assert "clusterroles" in {gap["resource"] for gap in result.json["coverage"]["gaps"]}


RUNNERS_BINDING = ("rolebinding", "pipeline-runner-binding", "-n", "kubeflow")
OTHER_SUBJECT = json.dumps(
    {"subjects": [{"kind": "ServiceAccount", "name": "pipeline-runner", "namespace": "lab"}]}
)
KSERVE = {"apiGroups": ["serving.kserve.io"], "resources": ["inferenceservices"], "verbs": ["create"]}
MORE_RULES = json.dumps([{"op": "add", "path": "/rules/-", "value": KSERVE}])
FEWER_RULES = json.dumps([{"op": "remove", "path": "/rules/0"}])

# Commands that break something, and the findings that follow; `runner-any-account` is always there
BROKEN: dict[str, tuple[list[list[str]], list[str]]] = {
    "the account is deleted": (
        [["delete", "serviceaccount", "pipeline-runner", "-n", "kubeflow"]], ["runner-account-missing"],
    ),
    "the role is deleted": (
        [["delete", "role", "pipeline-runner", "-n", "kubeflow"]], ["runner-role-missing"],
    ),
    "the binding is deleted": ([["delete", *RUNNERS_BINDING]], ["runner-binding-missing"]),
    "the binding names another namespace's account": (
        [["patch", *RUNNERS_BINDING, "--type", "merge", "-p", OTHER_SUBJECT]],
        ["runner-binding-other-subject"],
    ),
    "the binding refers to another role": (
        [["delete", *RUNNERS_BINDING],
         ["create", *RUNNERS_BINDING, "--clusterrole=view", "--serviceaccount=kubeflow:pipeline-runner"]],
        ["runner-binding-other-role"],
    ),
    "the role gains a rule": (
        [["patch", "role", "pipeline-runner", "-n", "kubeflow", "--type", "json", "-p", MORE_RULES]],
        ["runner-rules-added"],
    ),
    "the role loses a rule": (
        [["patch", "role", "pipeline-runner", "-n", "kubeflow", "--type", "json", "-p", FEWER_RULES]],
        ["runner-rules-missing"],
    ),
    "somebody makes it an administrator": (
        [["create", "clusterrolebinding", "quick-fix", "--clusterrole=cluster-admin",
          "--serviceaccount=kubeflow:pipeline-runner"]],
        ["runner-is-admin"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("world", [STANDALONE], indirect=True)
def test_each_finding_is_found_on_real_objects(world: World, name: str) -> None:
    """What the real kubectl breaks is found, and nothing else. Afterwards it is restored."""
    commands, expected = BROKEN[name]
    kinds = ("role/pipeline-runner", "rolebinding/pipeline-runner-binding", "serviceaccount/pipeline-runner")
    before = json.loads(world.kubectl("get", *kinds, "-n", "kubeflow", "-o", "json"))
    for manifest in before["items"]:
        manifest["metadata"] = {"name": manifest["metadata"]["name"], "namespace": "kubeflow"}
    try:
        for command in commands:
            world.kubectl(*command)
        answer = world.check("-o", "json").json
    finally:
        world.kubectl("delete", *kinds, "-n", "kubeflow", "--ignore-not-found")
        world.kubectl("delete", "clusterrolebinding", "quick-fix", "--ignore-not-found")
        world.kubectl("apply", "-f", "-", stdin=json.dumps(before))

    (item,) = answer["items"]
    assert expected == [finding["id"] for finding in item["findings"]]
    assert ["runner-any-account"] == [finding["id"] for finding in answer["findings"]]


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_a_risk_that_all_profiles_share_is_reported_once(world: World) -> None:
    """Kubeflow ships it this way, so it is a warning about the role that all profiles share."""
    answer = world.check("-o", "json").json

    assert ["runner-any-account", "runner-secrets-shared"] == [
        finding["id"] for finding in answer["findings"]
    ]
    assert {"kubeflow-edit"} == {finding["object"]["name"] for finding in answer["findings"]}
