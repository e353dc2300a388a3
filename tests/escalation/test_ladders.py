"""
What the roles that releases of Kubeflow ship reach.

The roles are those of real releases. The lines of upstream that make each rung are named beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, Identity, service_account_groups
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import namespace, request, role_binding, service_account, snapshot
from tests.escalation.worlds import words

WANTED = Wanted(
    ("clusterroles", "clusterrolebindings", "roles", "rolebindings", "serviceaccounts", "namespaces")
)
PEOPLE = {"view": "kubeflow-view", "edit": "kubeflow-edit", "admin": "kubeflow-admin"}
PLATFORM = ("kubeflow-v1.9.1", "kubeflow-v1.10")
RELEASE_OF_PIPELINES = {"kubeflow-v1.9.1": "2.3.0", "kubeflow-v1.10": "2.5.0"}
"""The release of pipelines whose roles each platform has, as `check` finds out by itself."""
EDITOR = Identity("system:serviceaccount:team:default-editor", service_account_groups("team"))
VIEWER = Identity("system:serviceaccount:team:default-viewer", service_account_groups("team"))


def platform(corpus: Path, release: str, pipelines: str = "") -> Escalation:
    """Return the engine for a release with a profile `team`, made as its controllers make one."""
    team = snapshot(
        namespace("team"),
        service_account("team/default-editor"),
        service_account("team/default-viewer"),
        role_binding("team", "default-editor", "kubeflow-edit", "sa:team/default-editor"),
        role_binding("team", "default-viewer", "kubeflow-view", "sa:team/default-viewer"),
        *(role_binding("team", f"as-{name}", ref, f"user:{name}") for name, ref in PEOPLE.items()),
    )
    known = Pipelines(
        "kubeflow",
        Mode.MULTI_USER,
        "default-editor",
        version(pipelines or RELEASE_OF_PIPELINES[release]),
    )
    evaluator = Evaluator(team.over(rendered(corpus, release)))
    return Escalation(Facts(evaluator, KubernetesVersion(1, 33), served(corpus, release), known))


def rendered(corpus: Path, release: str) -> Snapshot:
    """Return the objects of a release, completed by Kubernetes' default roles."""
    return FilesSource((str(corpus / f"{release}-rbac.yaml"),), Environment.actual()).read(WANTED)


def served(corpus: Path, release: str) -> frozenset[tuple[str, str]]:
    """Return the kinds that a release defines."""
    entries = yaml.safe_load((corpus / f"{release}-crds.yaml").read_text("utf-8"))
    return frozenset((entry["group"], entry["plural"]) for entry in entries)


def person(name: str) -> Identity:
    """Return somebody who has one of Kubeflow's roles in the profile."""
    return Identity(name, (AUTHENTICATED,))


def ladder(engine: Escalation, identity: Identity, goal: str) -> list[str]:
    """Return the ids of the steps of the best way to *goal*."""
    reached = next(each for each in engine.reached(identity) if words(each) == goal)
    return [step.id for step in engine.steps(reached)]


@pytest.mark.parametrize("release", PLATFORM)
def test_a_viewer_runs_code_as_the_editor(corpus: Path, release: str) -> None:
    """
    kubeflow-view can create viewers, so view is edit.

    kubeflow/pipelines: manifests/kustomize/base/installs/multi-user/view-edit-cluster-roles.yaml gives
    `create` of viewers.kubeflow.org to aggregate-to-kubeflow-pipelines-view.
    """
    engine = platform(corpus, release)

    for identity in (person("view"), VIEWER):
        assert ["run-viewer", "use-account"] == ladder(engine, identity, "sa:team/default-editor")


@pytest.mark.parametrize("release", PLATFORM)
@pytest.mark.parametrize("name", ["edit", "admin"])
def test_editors_and_admins_run_code_as_any_account(corpus: Path, release: str, name: str) -> None:
    """common/kubeflow-roles/base/cluster-roles.yaml: kubeflow-kubernetes-edit can create pods."""
    engine = platform(corpus, release)

    for account in ("default", "default-editor", "default-viewer"):
        assert ["run-pod", "use-account"] == ladder(engine, person(name), f"sa:team/{account}")


@pytest.mark.parametrize("release", PLATFORM)
@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_with_a_role_of_kubeflow_leaves_the_namespace_for_sure(
    corpus: Path, release: str, name: str
) -> None:
    """What is proved stays in the profile; beyond it are only nodes and the cloud, and those are possible."""
    reached = [words(each) for each in platform(corpus, release).reached(person(name))]
    beyond = [text for text in reached if "team" not in text]

    assert {"?node", "?cloud identity"} == set(beyond)


@pytest.mark.parametrize("release", PLATFORM)
def test_a_viewer_gets_what_the_editor_can_do(corpus: Path, release: str) -> None:
    """On both planes, because the token of the account counts for Kubeflow's services as well."""
    engine = platform(corpus, release)
    secrets = request("list", "secrets", "team")
    run = request("create", "runs.pipelines.kubeflow.org", "team")

    for plane, wanted in ((Plane.KUBECTL, secrets), (Plane.KUBEFLOW, run)):
        direct = engine.facts.evaluator.decide(person("view"), wanted).verdict
        steps = engine.ways(person("view"), wanted, plane)

        assert direct is Verdict.DENIED
        assert steps is not None
        assert ["run-viewer", "use-account"] == [step.id for step in steps]


@pytest.mark.parametrize("release", PLATFORM)
def test_no_role_of_kubeflow_binds_escalates_or_mints(corpus: Path, release: str) -> None:
    """None of its roles can bind or escalate, create tokens, or add containers to running pods."""
    engine = platform(corpus, release)
    kinds = {step.id for each in engine.reached(person("admin")) for step in engine.last_steps(each)}

    assert not kinds & {
        "bind-role",
        "escalate-role",
        "aggregate-role",
        "mint-token",
        "debug-pod",
        "certificate",
    }
    assert {"exec-pod", "impersonate", "make-token", "read-token", "run-pipeline"} <= kinds


@pytest.mark.parametrize(("pipelines", "is_any"), [("2.17.0", True), ("2.17.1", False)])
def test_runs_name_any_account_up_to_2_17_0(corpus: Path, pipelines: str, is_any: bool) -> None:
    """Later releases ask for `use` of the account, which no role of Kubeflow 1.10 has."""
    engine = platform(corpus, "kubeflow-v1.10", pipelines)
    edit = person("edit")
    code = next(each for each in engine.reached(edit) if words(each) == "code in team")
    default = next(each for each in engine.reached(edit) if words(each) == "code in team as default-editor")

    assert is_any == ("runs" in engine.steps(code)[0].nouns)
    assert ["run-pipeline"] == [step.id for step in engine.steps(default)]


def test_the_runner_of_a_standalone_installation_runs_code(corpus: Path) -> None:
    """
    pipeline-runner runs code as every account of the namespace.

    kubeflow/pipelines: manifests/kustomize/base/pipeline/pipeline-runner-role.yaml gives every verb on pods,
    workflows, Deployments and Jobs.
    """
    world = rendered(corpus, "kfp-standalone-2.17.0")
    kinds = served(corpus, "kfp-standalone-2.17.0")
    standalone = Pipelines("kubeflow", Mode.STANDALONE, "pipeline-runner", version("2.17.0"))
    engine = Escalation(Facts(Evaluator(world), KubernetesVersion(1, 34), kinds, standalone))
    runner = Identity("system:serviceaccount:kubeflow:pipeline-runner", service_account_groups("kubeflow"))
    code = next(each for each in engine.reached(runner) if words(each) == "code in kubeflow")

    assert ["run-pod"] == [step.id for step in engine.steps(code)]
    assert "runs" not in engine.steps(code)[0].nouns
    assert ["run-pod", "use-account"] == ladder(engine, runner, "sa:kubeflow/ml-pipeline")
