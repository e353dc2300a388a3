"""`check` on real releases in a real server: the verdicts, drift, and repairs by the real kubectl."""

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
PROFILES = ("alice", "bob", "ml-team", "robot")  # those that the controllers have made everything for

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
    """A server that holds one release."""

    def __init__(self, plane: ControlPlane, release: str) -> None:
        self.plane = plane
        self.release = release
        self.many = release in PLATFORMS

    def check(self, *argv: str) -> Result:
        """One check on it; discovery is not kept, for the next release comes soon."""
        flags = ("--kubeconfig", str(self.plane.kubeconfig()))
        return run("check", *argv, *flags, environ=NOWHERE)

    def kubectl(self, *argv: str, stdin: str = "") -> str:
        """What the real kubectl prints."""
        command = (str(self.plane.kubectl), "--kubeconfig", str(self.plane.kubeconfig()), *argv)
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout

    def eventually(self, *argv: str, status: int) -> Result:
        """The check once it ends so, within the time that the aggregation controller is given."""
        deadline = time.monotonic() + 10
        while (found := self.check(*argv)).status != status and time.monotonic() < deadline:
            time.sleep(0.1)
        return found


@pytest.fixture(scope="module", params=RELEASES)
def world(request: pytest.FixtureRequest, plane: ControlPlane, corpus: Path) -> Iterator[World]:
    """The server with each release in turn, platforms with the profiles."""
    release = request.param
    files = [f"{release}-rbac.yaml", *(["profiles-v1.10.yaml"] if release in PLATFORMS else [])]
    objects = list(crds_from_list(corpus / f"{release}-crds.yaml"))
    for name in files:
        objects += [one for one in yaml.load_all((corpus / name).read_text(), yaml.CSafeLoader) if one]
    refused = load(plane, objects)
    wait_for_aggregation(plane)
    assert [] == refused
    yield World(plane, release)
    clear(plane)


def items(found: Result) -> dict[str, Any]:
    """The answer's items by namespace."""
    return {one["namespace"]: one for one in found.json["items"]}


def decisions(item: Any) -> dict[str, str]:
    """What each verb on each resource came to, `create pods/log`."""
    return {f"{one['verb']} {one['resource']}{'.' * bool(one['group'])}{one['group']}": one["decision"]
            for one in item["needs"]}  # fmt: skip


def test_the_verdict_table_of_the_releases(world: World) -> None:
    """Row by row, for each namespace in which steps run."""
    found = items(world.check("pipeline-runner", "-o", "json"))

    column = RELEASES.index(world.release)
    expected = {row["need"]: "Allowed" if row["may"][column] else "Denied" for row in VERDICTS["rows"]}
    names = PROFILES if world.many else ("kubeflow",)
    for name in names:
        told = decisions(found[name])
        assert expected == {need: told[need] for need in expected}


def test_every_need_is_decided_as_the_server_decides_it(world: World) -> None:
    """By a SubjectAccessReview of the account with its groups."""
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

    assert expected == ["Allowed" if one.allowed else "Denied" for one in ask(world.plane, specs)]


def test_the_mode_and_the_releases_are_those_of_the_manifests(world: World) -> None:
    """By the roles alone: the Deployment is not among these objects."""
    answer = world.check("-o", "json").json

    assert ("multi-user" if world.many else "standalone") == answer["mode"]
    assert BASELINES[world.release] == {one["role"]["name"]: one["versions"] for one in answer["baselines"]}
    assert [[], []] * len(answer["baselines"]) == [
        one[key] for one in answer["baselines"] for key in ("missing", "added")
    ]
    fits = f"its roles are those of Kubeflow Pipelines {TOGETHER[world.release]}"
    assert f"{fits}; which release runs is not known" in answer["pipelines"]["evidence"]


def test_who_runs_steps_is_found_in_each_namespace(world: World) -> None:
    """One team's pipelines run as pipeline-runner, many users' as default-editor of each profile."""
    found = {name: one["subject"]["name"] for name, one in items(world.check("-o", "json")).items()}

    if world.many:
        # the release's own profile is there, but no controller has made anything for it
        assert dict.fromkeys((*PROFILES, "kubeflow-user-example-com"), "default-editor") == found
    else:
        assert {"kubeflow": "pipeline-runner"} == found


def test_a_namespace_without_the_controllers_objects_is_told_apart(world: World) -> None:
    """Of a platform's own profile nothing is there yet; in one made by the controllers nothing is wrong."""
    found = items(world.check("-o", "json"))

    ids = {name: [one["id"] for one in item["findings"]] for name, item in found.items()}
    expected: dict[str, list[str]] = {name: [] for name in (PROFILES if world.many else ("kubeflow",))}
    if world.many:
        expected["kubeflow-user-example-com"] = ["runner-account-missing", "runner-binding-missing"]
    assert expected == ids


def test_in_order_the_check_ends_with_0(world: World) -> None:
    """Where the controllers have been."""
    where = ("-n", "alice") if world.many else ()

    assert 0 == world.check(*where).status


def test_who_may_read_nothing_is_told_that_nothing_is_known(world: World) -> None:
    """Not that it is missing: neither here nor where Kubeflow is installed."""
    config = str(world.plane.add_user("nobody@example.com"))

    for flags in ((), ("-n", "kubeflow"), ("-n", "alice")):
        found = run("check", *flags, "--kubeconfig", config, "-o", "json", environ=NOWHERE)
        assert (3, "unknown") == (found.status, found.json["mode"])
        assert [[]] * len(found.json["items"]) == [one["findings"] for one in found.json["items"]]
        assert {"Unknown"} == {one["decision"] for one in found.json["items"]}


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_an_account_of_another_namespace_is_not_called_missing(world: World) -> None:
    """It is looked for where it is at home, not where it is asked about."""
    found = world.check("sa:bob/default-editor", "-n", "alice", "-o", "json")

    ids = [one["id"] for one in items(found)["alice"]["findings"]]
    assert "runner-account-missing" not in ids
    assert 1 == found.status  # bob's editor has nothing in alice's profile


def role_of(world: World) -> tuple[str, str, tuple[PolicyRule, ...]]:
    """A role of the release that steps rest on, its path, and the rules that it is shipped with."""
    if world.many:
        return "clusterrole/aggregate-to-kubeflow-pipelines-edit", "", PIPELINES_EDIT.releases[5].rules
    return "role/pipeline-runner", "kubeflow", PIPELINE_RUNNER.releases[-1].rules


@pytest.fixture
def taken(world: World) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Takes the rule about a resource out of the role that steps rest on; it is put back afterwards."""
    name, namespace, _ = role_of(world)
    flags = ["-n", namespace] if namespace else []
    before = json.loads(world.kubectl("get", name, *flags, "-o", "json"))

    def take(resource: str) -> dict[str, Any]:
        (rule,) = [one for one in before["rules"] if resource in one["resources"]]
        patch = json.dumps({"rules": [one for one in before["rules"] if one is not rule]})
        world.kubectl("patch", name, *flags, "--type", "merge", "-p", patch)
        wait_for_aggregation(world.plane)
        found: dict[str, Any] = rule
        return found

    yield take
    world.kubectl("patch", name, *flags, "--type", "merge", "-p", json.dumps({"rules": before["rules"]}))
    wait_for_aggregation(world.plane)


def test_a_rule_that_is_removed_is_exactly_the_drift(
    world: World, taken: Callable[[str], dict[str, Any]]
) -> None:
    """The release is still known, and the one rule is what it lacks."""
    rule = taken("workflows")

    answer = world.check("-o", "json").json

    drift = {one["role"]["name"]: (one["missing"], one["added"]) for one in answer["baselines"]}
    name = role_of(world)[0].partition("/")[2]
    (missing,), added = drift.pop(name)
    assert [] == added
    keys = ("apiGroups", "resources", "verbs")
    assert {key: sorted(rule[key]) for key in keys} == {key: sorted(missing[key]) for key in keys}
    assert [([], [])] * len(drift) == list(drift.values())
    versions = {one["role"]["name"]: one["versions"] for one in answer["baselines"]}
    assert BASELINES[world.release][name] == versions[name]


def test_a_repair_by_kubectl_makes_the_check_pass(
    world: World, taken: Callable[[str], dict[str, Any]]
) -> None:
    """What is lacking is printed, applied, and then there."""
    taken("workflowtaskresults")
    release = ("--kfp-version", "2.17.0")  # which takes nothing instead
    where = ("-l", "app.kubernetes.io/part-of=kubeflow-profile") if world.many else ()
    assert 1 == world.check(*release, *where).status

    text = world.check(*release, *where, "-o", "fix").stdout
    world.kubectl("apply", "-f", "-", stdin=text)

    try:
        assert 0 == world.eventually(*release, *where, status=0).status
    finally:
        world.kubectl("delete", "-f", "-", stdin=text)


@pytest.mark.parametrize("purpose", ["kserve", "spark", "trainer"])
def test_what_steps_do_besides_is_mended_when_it_is_named(world: World, purpose: str) -> None:
    """Each in turn: whatever the release lacks for it."""
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


def test_a_binding_that_is_deleted_is_found_and_mended(world: World) -> None:
    """Account and role are there, and nothing joins them."""
    namespace, name = ("alice", "default-editor") if world.many else ("kubeflow", "pipeline-runner-binding")
    argv = ("-n", namespace)
    before = world.kubectl("get", "rolebinding", name, "-n", namespace, "-o", "yaml")
    world.kubectl("delete", "rolebinding", name, "-n", namespace)

    broken = world.check(*argv, "-o", "json")
    printed = world.check(*argv, "-o", "fix").stdout

    assert 1 == broken.status
    assert ["runner-binding-missing"] == [one["id"] for one in items(broken)[namespace]["findings"]]
    world.kubectl("apply", "-f", "-", stdin=printed)
    assert 0 == world.check(*argv).status
    assert (
        yaml.safe_load(before)["roleRef"]
        == yaml.safe_load(world.kubectl("get", "rolebinding", name, "-n", namespace, "-o", "yaml"))["roleRef"]
    )


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_an_owner_who_may_read_little_learns_it_from_the_server(world: World) -> None:
    """He reads neither the Deployment nor ClusterRoles; what his editor may do he asks by access reviews."""
    config = str(world.plane.add_user("alice@example.com"))

    found = run("check", "-n", "alice", "--kubeconfig", config, "-o", "json", environ=NOWHERE)

    item = items(found)["alice"]
    whole = decisions(items(world.check("-n", "alice", "-o", "json"))["alice"])
    runtimes = [need for need in whole if "clustertrainingruntimes" in need]  # for those he would have to
    assert {**whole, **dict.fromkeys(runtimes, "Unknown")} == decisions(item)  # ask about the whole cluster
    assert (0, "multi-user", []) == (found.status, found.json["mode"], item["findings"])
    assert any("cannot be read" in text for text in found.json["pipelines"]["evidence"])


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_who_may_not_even_ask_is_told_what_is_not_known(world: World) -> None:
    """A contributor may not ask about others: nothing is called missing, and the check does not pass."""
    config = str(world.plane.add_user("carol@example.com"))

    found = run("check", "-n", "alice", "--kubeconfig", config, "-o", "json", environ=NOWHERE)

    item = items(found)["alice"]
    assert (3, "Unknown", []) == (found.status, item["decision"], item["findings"])
    assert {"Unknown"} == {need["decision"] for need in item["needs"]}
    assert "clusterroles" in {gap["resource"] for gap in found.json["coverage"]["gaps"]}


RUNNERS_BINDING = ("rolebinding", "pipeline-runner-binding", "-n", "kubeflow")
OTHER_SUBJECT = json.dumps(
    {"subjects": [{"kind": "ServiceAccount", "name": "pipeline-runner", "namespace": "lab"}]}
)
KSERVE = {"apiGroups": ["serving.kserve.io"], "resources": ["inferenceservices"], "verbs": ["create"]}
MORE_RULES = json.dumps([{"op": "add", "path": "/rules/-", "value": KSERVE}])
FEWER_RULES = json.dumps([{"op": "remove", "path": "/rules/0"}])

# What is done to the server, and the findings that come of it; `runner-any-account` is there from the start
SPOILED: dict[str, tuple[list[list[str]], list[str]]] = {
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


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("world", [STANDALONE], indirect=True)
def test_each_finding_is_met_on_real_objects(world: World, name: str) -> None:
    """What the real kubectl spoils is found, and nothing else is; then it is put right again."""
    commands, expected = SPOILED[name]
    kinds = ("role/pipeline-runner", "rolebinding/pipeline-runner-binding", "serviceaccount/pipeline-runner")
    before = json.loads(world.kubectl("get", *kinds, "-n", "kubeflow", "-o", "json"))
    for one in before["items"]:
        one["metadata"] = {"name": one["metadata"]["name"], "namespace": "kubeflow"}
    try:
        for command in commands:
            world.kubectl(*command)
        answer = world.check("-o", "json").json
    finally:
        world.kubectl("delete", *kinds, "-n", "kubeflow", "--ignore-not-found")
        world.kubectl("delete", "clusterrolebinding", "quick-fix", "--ignore-not-found")
        world.kubectl("apply", "-f", "-", stdin=json.dumps(before))

    (item,) = answer["items"]
    assert expected == [one["id"] for one in item["findings"]]
    assert ["runner-any-account"] == [one["id"] for one in answer["findings"]]


@pytest.mark.parametrize("world", PLATFORMS, indirect=True)
def test_what_the_platform_means_for_everybody_is_said_once(world: World) -> None:
    """Kubeflow ships it so: warnings, about the role that all profiles share."""
    answer = world.check("-o", "json").json

    assert ["runner-any-account", "runner-secrets-shared"] == [one["id"] for one in answer["findings"]]
    assert {"kubeflow-edit"} == {one["object"]["name"] for one in answer["findings"]}
