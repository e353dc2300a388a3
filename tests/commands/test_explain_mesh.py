"""`explain` and errors of the mesh: with a subject and a namespace they are a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import REPOSITORY, Result, run

DENIED = "RBAC: access denied"
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"


def refused(*argv: str, files: str = "", cwd: Path = REPOSITORY) -> Result:
    """Return the answer about the error on standard input, by the demo or by *files*."""
    source = ("-f", files) if files else ("--demo",)
    count = next((at for at, word in enumerate(argv) if word.startswith("-")), len(argv))
    words = (*argv[:count], "-", *argv[count:])
    return run("explain", *words, *source, stdin=DENIED.encode(), cwd=cwd)


def test_a_subject_who_is_not_let_in() -> None:
    """The answer says who is, by which policy, and what the owner can do; the status is 1."""
    answer = refused("grace@example.com", "-n", "team-a")

    assert 1 == answer.status
    assert answer.lines[0] == "no: the mesh does not let grace@example.com reach the workloads in team-a"
    assert answer.lines[2] == (
        "why   no policy there lets it in;"
        " `team-a/ns-owner-access-istio`, rule 3, opens only certain paths to it"
    )
    assert {
        "  - alice@example.com, by AuthorizationPolicy ns-owner-access-istio",
        "  - dave@example.com, by AuthorizationPolicy user-dave-example-com-clusterrole-edit",
        "  - pods of namespace team-a, by AuthorizationPolicy ns-owner-access-istio",
    } <= {*answer.lines}
    assert answer.lines[-1] == (
        "fix   alice@example.com, who owns the profile, can add grace@example.com as a contributor in the"
        " dashboard, which writes the policy"
    )


def test_a_subject_who_is_let_in() -> None:
    """The error has another cause then."""
    answer = refused("dave@example.com", "-n", "team-a")

    assert 0 == answer.status
    assert answer.lines[0] == "yes: the mesh lets dave@example.com reach the workloads in team-a"
    assert "the error is from before, about another namespace" in answer.stdout
    assert "fix  " not in answer.stdout


@pytest.mark.parametrize(
    "argv",
    [("grace@example.com",), ("grace@example.com", "-A"), ()],
    ids=["no namespace", "all namespaces", "neither"],
)
def test_without_a_namespace_it_is_advice(argv: tuple[str, ...]) -> None:
    """The advice says how to ask."""
    answer = refused(*argv)

    assert 0 == answer.status
    assert "not RBAC: the mesh" in answer.lines[0]
    assert "ask `kubectl kfaccess explain SUBJECT - -n NAMESPACE` with this text" in answer.stdout


def test_advice_needs_no_cluster() -> None:
    """Nothing is asked of one."""
    answer = run("explain", "--from-error", DENIED)

    assert (0, "") == (answer.status, answer.stderr)
    assert answer.stdout.startswith("not RBAC: the mesh")


def test_the_error_can_be_an_argument_after_a_subject() -> None:
    """Words with spaces are no TYPE; a name after TYPE/ can have spaces."""
    argv = ("grace@example.com", DENIED, "-n", "team-a", "--demo")

    assert refused("grace@example.com", "-n", "team-a") == run("explain", *argv)
    about_a_name = run("explain", "impersonate", "groups/ML Team", "--demo", "-o", "json").json
    assert "ML Team" == about_a_name["query"]["name"]
    assert 2 == refused("grace@example.com", "list", "-n", "team-a").status


def test_machines_get_the_answer() -> None:
    """A decision, and who is let in by each rule; there is no query to the API server."""
    answer = refused("grace@example.com", "-n", "team-a", "-o", "json").json

    mesh = answer["mesh"]
    users = {each["policy"]["name"]: each["users"] for each in mesh["admits"] if each["users"]}
    assert ("Denied", None, "no") == (answer["decision"], answer["query"], mesh["reach"])
    assert "ns-owner-access-istio" == mesh["policy"]["name"]
    assert ("grace@example.com", "alice@example.com") == (answer["subject"]["name"], mesh["owner"]["name"])
    assert ["alice@example.com"] == users["ns-owner-access-istio"]
    assert [["team-a"]] == [each["namespaces"] for each in mesh["admits"] if each["namespaces"]]


def test_other_formats_have_it_too() -> None:
    """A row about the mesh, and the name of the policy that lets somebody in."""
    sheet = refused("grace@example.com", "-n", "team-a", "-o", "csv")
    name = refused("dave@example.com", "-n", "team-a", "-o", "name")

    assert sheet.lines[1].startswith("no,grace@example.com,-,-,team-a,mesh,-,")
    assert "no policy there lets it in" in sheet.lines[1]
    assert "authorizationpolicy/team-a/user-dave-example-com-clusterrole-edit\n" == name.stdout
    assert "no fix can be written" in refused("grace@example.com", "-n", "team-a", "-o", "fix").stderr


def test_files_without_policies_do_not_say_that_nobody_is_refused(tmp_path: Path) -> None:
    """Some policy has refused the request, so there is one that the files lack."""
    (tmp_path / "a.yaml").write_text(
        "apiVersion: kubeflow.org/v1\nkind: Profile\nmetadata: {name: lab}\n"
        "spec: {owner: {kind: User, name: mia}}\n"
    )

    answer = refused("user:kim", "-n", "lab", files="a.yaml", cwd=tmp_path)

    assert 3 == answer.status
    assert answer.lines[0] == "unknown: cannot tell whether the mesh lets kim reach the workloads in lab"
    assert answer.lines[2] == "why   a policy has refused the request, and none was read"


def test_a_contributor_whose_policy_is_missing(tmp_path: Path) -> None:
    """The owner removes and adds them: the dashboard writes binding and policy together."""
    (tmp_path / "a.yaml").write_text(
        f"""
apiVersion: kubeflow.org/v1
kind: Profile
metadata: {{name: lab}}
spec: {{owner: {{kind: User, name: mia@example.com}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: user-kim, namespace: lab, annotations: {{user: kim@example.com, role: edit}}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubeflow-edit}}
subjects: [{{kind: User, name: kim@example.com, apiGroup: rbac.authorization.k8s.io}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: ns-owner-access-istio, namespace: lab}}
spec:
  rules:
  - from: [{{source: {{principals: [{GATEWAY}]}}}}]
    when: [{{key: "request.headers[kubeflow-userid]", values: [mia@example.com]}}]
"""
    )

    answer = refused("kim@example.com", "-n", "lab", files="a.yaml", cwd=tmp_path)

    assert 1 == answer.status
    assert (
        "RoleBinding lab/user-kim makes kim@example.com a contributor, and the policy beside it is missing:"
        " mia@example.com, who owns the profile, can remove and add the contributor" in answer.stdout
    )
