"""Ask the real kubectl about a Kubeflow release, with profiles made by Kubeflow's own controllers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.live.conftest import FILES
from tests.running import run

# From the release's own role files: KServe's edit role is aggregated into kubeflow-edit, and both into -admin
EDITS = [["kubeflow-edit", "kubeflow-kserve-edit"]]
ADMINS = [
    ["kubeflow-admin", "kubeflow-edit", "kubeflow-kserve-edit"],
    ["kubeflow-admin", "kubeflow-kserve-admin", "kubeflow-kserve-edit"],
]

# From profiles-v1.10-kfam.md (what was added to each profile), and the profile controller's bindings
EXPECTED = {
    ("", "Group", "system:masters", "cluster-admin"): [["cluster-admin"]],
    ("", "ServiceAccount", "kubeflow/kserve-controller-manager", "kserve-manager-rolebinding"): [
        ["kserve-manager-role"]
    ],
    ("", "ServiceAccount", "kubeflow/kserve-models-web-app", "kserve-models-web-app-binding"): [
        ["kserve-models-web-app-cluster-role"]
    ],
    ("", "ServiceAccount", "kubeflow/profiles-controller-service-account", "profiles-cluster-rolebinding"): [
        ["cluster-admin"]
    ],
    ("alice", "User", "alice@example.com", "namespaceAdmin"): ADMINS,
    ("alice", "User", "carol@example.com", "user-carol-example-com-clusterrole-edit"): EDITS,
    ("alice", "User", "erin@example.com", "user-erin-example-com-clusterrole-admin"): ADMINS,
    ("alice", "Group", "data-science", "group-data-science-clusterrole-edit"): EDITS,
    ("alice", "ServiceAccount", "alice/default-editor", "default-editor"): EDITS,
    ("bob", "User", "Bob@Example.com", "namespaceAdmin"): ADMINS,
    ("bob", "User", "carol@example.com", "user-carol-example-com-clusterrole-edit"): EDITS,
    ("bob", "ServiceAccount", "bob/default-editor", "default-editor"): EDITS,
    ("ml-team", "Group", "ml-team", "namespaceAdmin"): ADMINS,
    ("ml-team", "ServiceAccount", "ml-team/default-editor", "default-editor"): EDITS,
    ("robot", "ServiceAccount", "robot/ci", "namespaceAdmin"): ADMINS,
    ("robot", "ServiceAccount", "robot/default-editor", "default-editor"): EDITS,
}


@pytest.mark.server
def test_kubectl_names_owner_editors_and_the_platform_with_their_chains(
    release: ControlPlane, tmp_path: Path
) -> None:
    """`kubectl kfaccess who-can create inferenceservices -A` lists everybody who can, and through what."""
    done = _kubectl(release, tmp_path, "who-can", "create", "inferenceservices", "-A", "-o", "json")

    assert (0, EXPECTED) == (done.returncode, _rows(json.loads(done.stdout)))


@pytest.mark.server
def test_kubectl_prints_a_row_for_each_of_them(release: ControlPlane, tmp_path: Path) -> None:
    """The wide table has a row for every binding; cluster-wide ones have `<all>`."""
    done = _kubectl(release, tmp_path, "who-can", "create", "inferenceservices", "-A", "-o", "wide")

    header, *rows = [line.split("   ") for line in done.stdout.splitlines()]
    shown = {(row[0], *(cell.strip() for cell in row[1:] if cell.strip())) for row in rows}
    first_cells = {(namespace or "<all>", kind, name) for namespace, kind, name, _ in EXPECTED}
    headers = ["NAMESPACE", "KIND", "SUBJECT", "AS", "BINDING", "ROLE", "NOTE"]
    assert headers == [cell.strip() for cell in header if cell][: len(headers)]
    assert first_cells == {row[:3] for row in shown}
    # the pages of models ask about the user's name alone
    assert {"Group"} == {row[1] for row in shown if any("kubectl only" in cell for cell in row)}


def test_files_give_the_same_rows(corpus: Path) -> None:
    """With -f, aggregation is computed and Kubernetes' default roles are added."""
    flags = [flag for name in FILES for flag in ("-f", str(corpus / name))]
    done = run("who-can", "create", "inferenceservices", *flags, "-o", "json")

    assert (0, EXPECTED) == (done.status, _rows(done.json))


@pytest.mark.server
def test_an_owner_gets_their_own_namespace_and_the_gaps(release: ControlPlane, tmp_path: Path) -> None:
    """Owners cannot read ClusterRoles, so the server decides about the subjects of their RoleBindings."""
    argv = ("who-can", "create", "inferenceservices", "-n", "alice", "-o", "wide")
    done = _kubectl(release, tmp_path, *argv, user="alice@example.com")

    named = {line.split()[2] for line in done.stdout.splitlines()[1:]}
    assert {subject for namespace, _, subject, _ in EXPECTED if namespace == "alice"} == named
    assert 3 == done.returncode
    assert "nobody can" not in done.stderr
    assert "cannot list clusterrolebindings: " in done.stderr
    assert "; not known: who has access to the whole cluster\n" in done.stderr


@pytest.mark.server
@pytest.mark.parametrize(
    ("words", "resource"),
    [
        ("inferenceservice", "serving.kserve.io/inferenceservices"),
        ("isvc", "serving.kserve.io/inferenceservices"),
        ("InferenceService", "serving.kserve.io/inferenceservices"),
        ("inferenceservices.serving", "serving.kserve.io/inferenceservices"),
        ("inferenceservices.v1beta1.serving.kserve.io", "serving.kserve.io/inferenceservices"),
        ("deploy", "apps/deployments"),
        ("services", "/services serving.knative.dev/services"),
        ("jobs", "batch/jobs pipelines.kubeflow.org/jobs"),
        ("experiments", "kubeflow.org/experiments pipelines.kubeflow.org/experiments"),
        ("pods/exec", "/pods"),
        ("ns", "/namespaces"),
    ],
)
def test_words_mean_what_they_mean_to_kubectl(release: ControlPlane, words: str, resource: str) -> None:
    """Any name that discovery knows works. The catalogue's API groups are added to kubectl's choice."""
    done = run("who-can", "get", words, "-A", "-o", "json", "--kubeconfig", str(release.kubeconfig()))

    queries: list[dict[str, Any]] = done.json["queries"]
    assert resource == " ".join(f"{query['group']}/{query['resource']}" for query in queries)


def _kubectl(
    plane: ControlPlane, home: Path, *argv: str, user: str = "admin"
) -> subprocess.CompletedProcess[str]:
    """Run `kubectl kfaccess …` as after a fresh installation, and return the finished process."""
    plugin = Path(sys.executable).parent
    environ = {
        "PATH": os.pathsep.join((str(plugin), str(plane.kubectl.parent), os.defpath)),
        "HOME": str(home),
        "KUBECONFIG": str(plane.kubeconfig(user)),
    }
    command = [str(plane.kubectl), "kfaccess", *argv]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def _rows(document: dict[str, Any]) -> dict[tuple[str, str, str, str], list[list[str]]]:
    """Return the paths of each grant, by namespace, kind, subject and binding."""
    return {
        (item["namespace"], item["subject"]["kind"], _name(item["subject"]), grant["binding"]["name"]): grant[
            "paths"
        ]
        for item in document["items"]
        for grant in item["grants"]
    }


def _name(subject: dict[str, str]) -> str:
    return f"{subject['namespace']}/{subject['name']}" if "namespace" in subject else subject["name"]
