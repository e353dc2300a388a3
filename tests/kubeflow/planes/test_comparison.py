"""What kubectl, Kubeflow's own services and the mesh answer to the same question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.commands.explain.planes_text import planes_text
from kubectl_kfaccess.kubeflow.planes.comparison import Planes, planes
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import KubernetesObject
from tests.builders import (
    authorization_policy,
    cluster_role,
    gap,
    profile,
    request,
    role_binding,
    rule,
    snapshot,
    subject,
)
from tests.kubeflow.planes.mesh.usual import profiles_config
from tests.running import run

Row = Mapping[str, Any]
TABLE: dict[str, list[Row]] = yaml.safe_load(
    Path(__file__).with_name("planes.yaml").read_text(encoding="utf-8")
)
WORDS = {True: "Allowed", False: "Denied"}
REACH = {True: "yes", False: "no"}


def title(row: Row) -> str:
    """Return a row as text, for the name of the test."""
    return f"{row['who']} {'+'.join(row.get('groups', ()))} {row['ask']} in {row['in']}".replace("  ", " ")


def explain_arguments(row: Row) -> list[str]:
    """Return the arguments of `explain` for the question of a row."""
    groups = [flag for group in row.get("groups", ()) for flag in ("--group", group)]
    return ["explain", row["who"], *row["ask"].split(), "-n", row["in"], *groups, "-o", "json"]


def expected(row: Row) -> dict[str, Any]:
    """Return what `explain` should answer for a row."""
    mesh = None if row["mesh"] is None else (REACH[row["mesh"]], row.get("by"))
    return {
        "kubectl": {"decision": WORDS[row["kubectl"]], "throughGroups": row.get("through", [])},
        "kubeflow": WORDS[row["kubeflow"]],
        "mesh": mesh,
    }


def answered_planes(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the planes of an answer in the form of `expected`; only a policy that admits is named."""
    compared = answer["planes"]
    mesh = compared["mesh"]
    admitting = mesh["policy"]["name"] if mesh and mesh["policy"] and mesh["reach"] == "yes" else None
    return {
        "kubectl": compared["kubectl"],
        "kubeflow": compared["kubeflow"]["decision"],
        "mesh": (mesh["reach"], admitting) if mesh else None,
    }


@pytest.mark.parametrize("row", TABLE["demo"], ids=title)
def test_the_demos_answers_match_the_table(row: Row) -> None:
    """The table was worked out by hand, by subject, question and plane."""
    assert expected(row) == answered_planes(run(*explain_arguments(row), "--demo").json)


@pytest.mark.parametrize("row", TABLE["release"], ids=title)
def test_the_releases_answers_match_the_table(row: Row, corpus: Path) -> None:
    """This is Kubeflow 1.10, from files, with profiles created by its own controllers."""
    files = [
        flag for name in ("kubeflow-v1.10-rbac", "profiles-v1.10") for flag in ("-f", f"{corpus}/{name}.yaml")
    ]

    assert expected(row) == answered_planes(run(*explain_arguments(row), *files).json)


def test_the_table_has_every_possible_disagreement() -> None:
    """It has each combination of answers that names and groups allow."""
    seen = {(row["kubectl"], row["kubeflow"], row["mesh"]) for row in TABLE["demo"]}

    # A user who is allowed by name is allowed on both planes, so kubectl's "no" is also Kubeflow's
    assert {(True, True, True), (True, True, False), (True, False, False), (False, False, True)} <= seen
    assert (False, True, True) not in seen


EDIT = cluster_role(
    "edit", rule("create,delete", "notebooks.kubeflow.org,leases.coordination.k8s.io,pods/log")
)
OWNED = profile("team-a", "user:alice")
BOUND = role_binding("team-a", "alice", "edit", "user:alice")
GROUP = role_binding("team-a", "ml", "edit", "group:ml")
NOBODY = authorization_policy("istio-system/nobody", {})
ALICE = authorization_policy(
    "team-a/owner", {"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": ["alice"]}]}]}
)


def side_by_side(
    who: str, what: str, *objects: KubernetesObject, groups: tuple[str, ...] = (), place: str = "team-a"
) -> Planes | None:
    """Return the planes for `VERB RESOURCE` with these objects."""
    verb, target = what.split()
    known = Evaluator(snapshot(profiles_config(), *objects))
    return planes(known, identified(subject(who), groups), request(verb, target, place))


def sentence(*words: Any, **more: Any) -> str:
    """Return the sentence about the planes, "" if there is none."""
    compared = side_by_side(*words, **more)
    return planes_text(compared) if compared else ""


def test_a_group_is_named_when_only_it_grants() -> None:
    """It is not named if the user is also bound by name."""
    alone = sentence("user:bob", "create notebooks.kubeflow.org", EDIT, GROUP, groups=("ml",))
    both = sentence("user:alice", "create notebooks.kubeflow.org", EDIT, GROUP, BOUND, groups=("ml",))

    services = "Kubeflow's pages and pipelines"
    assert f"kubectl: yes through group `ml`; {services}: no, they check the user's name alone" == alone
    assert f"kubectl: yes; {services}: yes" == both


def test_the_mesh_is_shown_with_the_policy_that_admits() -> None:
    """The name of a policy in the root namespace includes that namespace."""
    everybody = authorization_policy("istio-system/everybody", {"rules": [{}]})
    question = ("user:alice", "create notebooks.kubeflow.org", EDIT, BOUND, OWNED)

    assert sentence(*question, ALICE).endswith("; mesh: yes, by `owner`, rule 1")
    assert sentence(*question, everybody).endswith("; mesh: yes, by `istio-system/everybody`, rule 1")
    assert sentence(*question, NOBODY).endswith("; mesh: no, because no policy there lets it in")


def test_the_mesh_is_left_out_if_there_is_none() -> None:
    """That is so without policies, and outside tenants' namespaces."""
    question = ("user:alice", "create notebooks.kubeflow.org", EDIT, BOUND)

    assert "mesh" not in sentence(*question, OWNED)
    assert "mesh" not in sentence(*question, ALICE)


def test_an_undecided_mesh_stays_unknown() -> None:
    """A policy for some workloads makes the answer depend on the workload."""
    some = authorization_policy("team-a/some", {"selector": {"matchLabels": {"app": "x"}}, "rules": [{}]})

    text = sentence("user:alice", "create notebooks.kubeflow.org", EDIT, BOUND, OWNED, NOBODY, some)

    assert text.endswith("mesh: unknown, because `team-a/some` is for some workloads only")


def test_unchecked_resources_are_shown_only_if_planes_differ() -> None:
    """No Kubeflow service checks leases, so only kubectl and the mesh are compared."""
    question = ("user:alice", "create leases.coordination.k8s.io", EDIT, BOUND, OWNED)

    assert "" == sentence(*question, ALICE)
    assert sentence(*question, NOBODY).startswith(
        "kubectl: yes; Kubeflow's pages and pipelines: they do not check it; mesh: no, "
    )


def test_checked_resources_are_always_shown() -> None:
    """They are shown even if all planes agree. A subresource counts separately."""
    assert "kubectl: no; Kubeflow's pages and pipelines: no" == sentence(
        "user:bob", "get notebooks.kubeflow.org"
    )
    assert "kubectl: no; Kubeflow's pages and pipelines: no" == sentence("user:bob", "get pods/log")
    assert "" == sentence("user:bob", "get pods/eviction")


@pytest.mark.parametrize(
    ("who", "what", "place"),
    [
        pytest.param("group:ml", "create notebooks.kubeflow.org", "team-a", id="a group"),
        pytest.param("user:alice", "create notebooks.kubeflow.org", "", id="all namespaces at once"),
        pytest.param("user:alice", "get /metrics", "", id="a URL"),
    ],
)
def test_some_questions_have_no_planes(who: str, what: str, place: str) -> None:
    """The sentence is about a user or an account in one namespace."""
    assert side_by_side(who, what, EDIT, GROUP, BOUND, place=place) is None


def test_unread_bindings_make_planes_unknown() -> None:
    """An unread binding may grant the request, so the answer is not "no"."""
    known = Evaluator(snapshot(EDIT, gaps=[gap("rolebindings", "team-a")]))

    compared = planes(
        known, identified(subject("user:bob")), request("get", "notebooks.kubeflow.org", "team-a")
    )

    assert compared is not None
    assert "kubectl: unknown; Kubeflow's pages and pipelines: unknown" == planes_text(compared)


def test_the_servers_answer_takes_precedence() -> None:
    """An answer about one plane says nothing about the other."""
    known = Evaluator(snapshot(EDIT, gaps=[gap("rolebindings", "team-a")]))
    question = request("get", "notebooks.kubeflow.org", "team-a")

    compared = planes(known, identified(subject("user:bob")), question, {Plane.KUBECTL: Verdict.ALLOWED})

    assert compared is not None
    assert (Verdict.ALLOWED, Verdict.UNKNOWN) == (compared.kubectl, compared.kubeflow)
    assert "kubectl: yes; Kubeflow's pages and pipelines: unknown" in planes_text(compared)


def test_hostile_names_of_groups_and_policies_do_no_harm() -> None:
    """They are escaped."""
    evil = "ml\x1b[2J"
    binding = role_binding("team-a", "x", "edit", f"group:{evil}")

    text = sentence("user:bob", "create notebooks.kubeflow.org", EDIT, binding, groups=(evil,))

    assert text.isprintable()
    assert r"`ml\x1b[2J`" in text


def test_the_sentence_is_the_last_line_of_an_explanation() -> None:
    """It appears once, even if the answer has two parts."""
    argv = ("explain", "ivan@example.com", "list", "runs.pipelines.kubeflow.org", "-n", "team-a")
    lines = run(*argv, "--group", "ml-team", "--demo").lines

    assert 1 == sum("kubectl yes" in line for line in lines)
    assert lines[-1].strip().startswith("kubectl yes (through group ml-team), Kubeflow's pages no")


def test_every_part_of_an_answer_has_the_planes_of_its_question() -> None:
    """Those of the first part, about Katib's experiments, are also at the top."""
    argv = ("explain", "ivan@example.com", "create", "experiments", "-n", "team-a", "--group", "ml-team")
    answer = run(*argv, "--demo", "-o", "json").json

    groups = [item["query"]["group"] for item in answer["items"]]
    assert ["kubeflow.org", "pipelines.kubeflow.org", "pipelines.kubeflow.org"] == groups
    assert answer["items"][0]["planes"] == answer["planes"]
    assert answer["items"][1]["planes"] == answer["items"][2]["planes"]


def test_a_namespace_itself_has_no_planes() -> None:
    """The request `namespaces/team-b` is checked in team-b, but it is about the namespace itself."""
    answer = run("explain", "alice@example.com", "get", "namespaces/team-b", "--demo", "-o", "json").json

    assert [None] == [item["planes"] for item in answer["items"]]


CALLS_BY_QUESTION = [
    pytest.param("create runs", ["RunService.CreateRun", "RunService.CreateRunV1"], id="the pipelines API"),
    pytest.param("watch runs", [], id="no call"),
]


@pytest.mark.parametrize(("words", "calls"), CALLS_BY_QUESTION)
def test_explain_names_the_calls_that_check(words: str, calls: list[str]) -> None:
    """They have their names in the pipelines API. An unchecked verb is reported as such."""
    argv = ("explain", "alice@example.com", *words.split(), "-n", "team-a", "--demo")
    (item,) = run(*argv, "-o", "json").json["items"]
    lines = [line.strip() for line in run(*argv, "-o", "wide").lines]

    assert calls == [call["name"] for call in item["askedBy"]]
    assert bool(calls) != bool(item["neverAsked"])
    assert len(calls) == sum(line.startswith("checked by ") for line in lines)
    assert bool(calls) != any(line.startswith("never checked: ") for line in lines)


def test_wide_names_each_call() -> None:
    """The short answer names none, but says what is not isolated."""
    argv = (
        "explain",
        "alice@example.com",
        "create",
        "pipelines.pipelines.kubeflow.org",
        "-n",
        "team-a",
        "--demo",
    )
    total = len(run(*argv, "-o", "json").json["items"][0]["askedBy"])
    short, wide = run(*argv).stdout, run(*argv, "-o", "wide").stdout

    assert (0, total) == (short.count("checked by "), wide.count("checked by "))
    assert "not isolated: shared pipelines (<= 2.16.0): " in short


def test_a_question_for_kubectl_names_no_calls() -> None:
    """Only the API server checks that verb."""
    lines = run("explain", "alice@example.com", "create", "notebooks", "-n", "team-a", "--demo").lines

    assert not any(line.strip().startswith(("checked by", "never checked", "not isolated")) for line in lines)
