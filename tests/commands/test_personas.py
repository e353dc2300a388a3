"""Personas as SUBJECT: who they are in profiles, and in files that bind nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.kubeflow.tenants.personas import PERSONAS
from tests.running import run

BOUND = {
    "default-editor": "kubeflow-edit",
    "default-viewer": "kubeflow-view",
    "profile-owner": "kubeflow-admin",
    "contributor-admin": "kubeflow-admin",
    "contributor-edit": "kubeflow-edit",
    "contributor-view": "kubeflow-view",
}
"""The ClusterRole that Kubeflow's controllers bind each persona to."""

ROLES = "".join(
    f"""
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {name}}}
rules:
- {{apiGroups: [''], resources: [{name}s], verbs: [get]}}
"""
    for name in sorted({*BOUND.values()})
)
"""A distribution with roles that grant one resource each, and no profile."""


@pytest.fixture
def build(tmp_path: Path) -> str:
    """Return the file with the roles of a distribution."""
    file = tmp_path / "build.yaml"
    file.write_text(ROLES)
    return str(file)


@pytest.mark.parametrize("role", sorted({*BOUND.values()}))
@pytest.mark.parametrize("persona", BOUND)
def test_a_distribution_that_binds_nobody_can_be_asked(build: str, persona: str, role: str) -> None:
    """Each persona has the one role that the Profile controller or KFAM binds it to."""
    answer = run("explain", persona, "get", f"{role}s", "-f", build)

    word, status = ("yes", 0) if BOUND[persona] == role else ("no", 1)
    assert (word, status) == (answer.lines[0].partition(":")[0], answer.status)


@pytest.mark.parametrize("persona", BOUND)
def test_the_answer_says_for_whom_it_stands(build: str, persona: str) -> None:
    """No profile is in the files, so the answer is about any."""
    stands = f"`{persona}` is answered as {PERSONAS[persona]} in any profile: `any-profile` stands for it"

    answer = run("access", persona, "--resource", "pods", "-f", build)
    assert stands in answer.stderr
    assert ["any-profile"] == [
        item["namespace"] for item in machine(persona, build)["items"] if item["namespace"]
    ]


def machine(persona: str, build: str, *argv: str) -> Any:
    """Return the machine answer about one resource."""
    return run("access", persona, "--resource", "pods", "-f", build, "-o", "json", *argv).json


@pytest.mark.parametrize("persona", BOUND)
def test_machines_are_told_the_persona(build: str, persona: str) -> None:
    """The key `persona` has the word; `ref` is what SUBJECT takes."""
    subject = machine(persona, build)["subject"]
    account = {"kind": "ServiceAccount", "namespace": "any-profile", "ref": f"sa:any-profile/{persona}"}
    expected = account if persona.startswith("default") else {"kind": "Persona", "ref": persona}

    assert {**expected, "name": persona, "persona": persona} == {
        key: value for key, value in subject.items() if key in ("kind", "namespace", "name", "ref", "persona")
    }


def test_an_account_of_that_name_needs_its_prefix() -> None:
    """The word alone is the persona, in every profile."""
    persona = run("access", "default-editor", "--demo", "-o", "json").json
    account = run("access", "sa:team-a/default-editor", "--demo", "-o", "json").json

    assert ("default-editor", None) == (persona["subject"]["persona"], account["subject"].get("persona"))
    assert {"", "team-a", "team-b", "team-c"} == {item["namespace"] for item in persona["items"]}


@pytest.mark.parametrize(
    ("persona", "subject"),
    [
        ("profile-owner", "alice@example.com"),
        ("default-editor", "sa:team-a/default-editor"),
        ("default-viewer", "sa:team-a/default-viewer"),
        ("pipeline-runner", "sa:team-a/default-editor"),
    ],
)
def test_in_a_profile_it_is_the_subject_that_the_cluster_has(persona: str, subject: str) -> None:
    """Then the whole answer is that about the subject, with all of its bindings."""
    ours, real = (
        run("access", word, "-n", "team-a", "-a", "--demo", "-o", "json") for word in (persona, subject)
    )

    assert real.json["items"] == ours.json["items"]
    assert {**real.json["subject"], "persona": persona} == ours.json["subject"]
    assert f"`{persona}` in `team-a` is `{subject}`" in ours.stderr


def test_each_profile_has_its_own_owner() -> None:
    """In every namespace the answer is that about the owner there."""
    every = run("access", "profile-owner", "--demo", "-a", "-o", "json").json["items"]
    for namespace in ("team-a", "team-b", "team-c"):
        own = run("access", "profile-owner", "-n", namespace, "--demo", "-a", "-o", "json").json["items"]
        inside = [item for item in every if item["namespace"] == namespace]
        assert inside == [item for item in own if item["namespace"] == namespace]
        assert inside


def test_a_contributor_is_nobody_in_particular() -> None:
    """The demo's contributors have further bindings; the persona has the one of its role alone."""
    answer = run("explain", "contributor-view", "create", "inferenceservices", "-n", "team-b", "--demo")
    assert "no: contributor-view cannot create inferenceservices in team-b" == answer.lines[0]
    assert "`contributor-view` is answered as a contributor with view in `team-b`" in answer.stderr


def test_a_user_who_is_called_like_a_persona_is_somebody_else(tmp_path: Path) -> None:
    """What a binding grants to them does not count for the persona."""
    file = tmp_path / "build.yaml"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "trap"},
        "roleRef": {"kind": "ClusterRole", "name": "kubeflow-admin", "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [{"kind": "User", "name": "contributor-view"}],
    }
    file.write_text(f"{ROLES}\n---\n{yaml.safe_dump(binding)}")

    assert 1 == run("explain", "contributor-view", "get", "kubeflow-admins", "-f", str(file)).status
    assert 0 == run("explain", "user:contributor-view", "get", "kubeflow-admins", "-f", str(file)).status


def test_a_namespace_that_is_no_profile_has_no_personas() -> None:
    """Nobody is a contributor there: that is said, and which profiles there are."""
    answer = run("access", "contributor-edit", "-n", "kubeflow", "--demo")

    assert 2 == answer.status
    assert [
        "error: `contributor-edit` is nobody in `kubeflow`: that is not a profile",
        "hint: profiles: `team-a`, `team-b`, `team-c`",
    ] == answer.stderr.splitlines()


def test_a_chosen_namespace_that_does_not_exist_is_a_profile_to_be(build: str) -> None:
    """With `-n` the profile that stands for any has that name."""
    answer = run("explain", "contributor-edit", "get", "kubeflow-edits", "-n", "team-new", "-f", build)
    assert "yes: contributor-edit can get kubeflow-edits in team-new" == answer.lines[0]


def test_groups_are_added_to_a_persona(build: str) -> None:
    """A contributor who is in a group has what it grants as well."""
    groups = machine("contributor-view", build, "--group", "ml-team")["subject"]["groups"]
    assert ["ml-team", "system:authenticated"] == groups


def test_nothing_is_bound_to_a_persona_that_is_nobody(build: str) -> None:
    """A fix for it changes roles, not bindings."""
    answer = run("explain", "contributor-view", "get", "kubeflow-edits", "-f", build, "-o", "fix")
    kinds = [manifest["kind"] for manifest in yaml.safe_load_all(answer.stdout) if manifest]
    assert set(kinds) <= {"ClusterRole"}


@pytest.mark.parametrize("persona", [*BOUND, "pipeline-runner"])
def test_what_names_a_persona_is_what_names_its_subjects(persona: str) -> None:
    """What is laid over the cluster for the answer is not listed: nobody could delete it."""
    answer = run("access", persona, "--bindings", "--demo", "-o", "json")
    names = {item["object"]["name"] for item in answer.json["items"]}

    assert persona == answer.json["subject"]["persona"]
    assert not any("contributor" in name for name in names)


@pytest.mark.parametrize("persona", [*BOUND, "pipeline-runner"])
def test_check_takes_every_persona(tmp_path: Path, persona: str) -> None:
    """Files without a profile are checked in one that stands for any."""
    file = tmp_path / "build.yaml"
    role = ROLES.partition("---")[2].split("---")[0]
    file.write_text(f"{ROLES}\n---\n{role.replace('kubeflow-admin', 'kubeflow-pipelines-edit')}")
    answer = run("check", persona, "--mode", "multi-user", "-f", str(file), "-o", "json")

    assert ["any-profile"] == [item["namespace"] for item in answer.json["items"]]
    assert 2 == run("check", persona, "--mode", "multi-user", "-f", str(file), "-o", "fix").status


def test_who_runs_pipelines_is_not_guessed(build: str) -> None:
    """Without pipelines nobody is the runner."""
    answer = run("access", "pipeline-runner", "-f", build)
    assert (3, "cannot tell who is `pipeline-runner`: no Kubeflow Pipelines was found") == (
        answer.status,
        answer.stderr.splitlines()[0].removeprefix("error: "),
    )


PROFILE = """
---
apiVersion: v1
kind: Namespace
metadata: {name: real, labels: {app.kubernetes.io/part-of: kubeflow-profile}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ACCOUNT, namespace: real}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bound, namespace: real}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ROLE}
subjects: [SUBJECT]
"""
PERSON = "{kind: User, apiGroup: rbac.authorization.k8s.io, name: real@example.com}"
RELEASES = ("kubeflow-v1.9.1-rbac.yaml", "kubeflow-v1.10-rbac.yaml", "kfp-standalone-2.17.0-rbac.yaml")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("persona", BOUND)
def test_a_persona_can_what_somebody_can_who_is_bound_so(
    corpus: Path, tmp_path: Path, release: str, persona: str
) -> None:
    """In every rendered release, every cell is that of a member of a profile that is written by hand."""
    manifests = [m for m in yaml.load_all((corpus / release).read_text(), yaml.CSafeLoader) if m]
    build = yaml.dump_all([m for m in manifests if not _is_example(m)], Dumper=yaml.CSafeDumper)
    subject = (
        f"{{kind: ServiceAccount, name: {persona}, namespace: real}}" if "default" in persona else PERSON
    )
    profile = PROFILE.replace("ACCOUNT", persona).replace("ROLE", BOUND[persona]).replace("SUBJECT", subject)
    (tmp_path / "build.yaml").write_text(build)
    (tmp_path / "real.yaml").write_text(f"{build}{profile}")
    word = f"sa:real/{persona}" if "default" in persona else "real@example.com"

    of_persona = _cells(tmp_path / "build.yaml", persona, "any-profile")
    assert _cells(tmp_path / "real.yaml", word, "real") == of_persona
    assert of_persona


def _is_example(manifest: dict[str, Any]) -> bool:
    """Whether it is the example profile that some releases ship."""
    return manifest["kind"] == "Profile" or "kubeflow-user" in manifest["metadata"].get("namespace", "")


def _cells(file: Path, subject: str, namespace: str) -> list[dict[str, Any]]:
    """Return the machine items about one namespace, without its name."""
    items: list[dict[str, Any]] = run("access", subject, "-a", "-f", str(file), "-o", "json").json["items"]
    return [{**item, "namespace": ""} for item in items if item["namespace"] == namespace]


def test_a_role_that_the_files_lack_leaves_the_answer_open(tmp_path: Path) -> None:
    """Kubeflow binds it in every profile, so it is somewhere: nothing is denied for certain."""
    file = tmp_path / "build.yaml"
    file.write_text(ROLES.replace("kubeflow-edit}", "another}"))
    answer = run("explain", "contributor-edit", "get", "kubeflow-edits", "-f", str(file))

    assert (3, "unknown") == (answer.status, answer.lines[0].partition(":")[0])
    assert "not in the files: ClusterRole `kubeflow-edit`, which Kubeflow binds in profiles" in answer.stderr
    assert 1 == run("explain", "contributor-view", "get", "kubeflow-edits", "-f", str(file)).status
