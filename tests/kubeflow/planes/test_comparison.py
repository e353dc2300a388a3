"""What kubectl, Kubeflow's own services and the mesh answer to one question, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.commands.explain.planes_text import planes_text
from kubectl_kfaccess.kubeflow.planes.comparison import Planes, planes
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, identified
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
from tests.running import run

Row = Mapping[str, Any]
TABLE: dict[str, list[Row]] = yaml.safe_load(
    Path(__file__).with_name("planes.yaml").read_text(encoding="utf-8")
)
WORDS = {True: "Allowed", False: "Denied"}
REACH = {True: "yes", False: "no"}


def title(row: Row) -> str:
    """A row in words."""
    return f"{row['who']} {'+'.join(row.get('groups', ()))} {row['ask']} in {row['in']}".replace("  ", " ")


def asked(row: Row) -> list[str]:
    """The arguments of `explain` that ask what a row is about."""
    groups = [flag for group in row.get("groups", ()) for flag in ("--group", group)]
    return ["explain", row["who"], *row["ask"].split(), "-n", row["in"], *groups, "-o", "json"]


def expected(row: Row) -> dict[str, Any]:
    """The row as `explain` tells it."""
    mesh = None if row["mesh"] is None else (REACH[row["mesh"]], row.get("by"))
    return {
        "kubectl": {"decision": WORDS[row["kubectl"]], "throughGroups": row.get("through", [])},
        "kubeflow": WORDS[row["kubeflow"]],
        "mesh": mesh,
    }


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The planes of an answer, as far as the table speaks of them: only what admits has a name there."""
    found = answer["planes"]
    mesh = found["mesh"]
    admitting = mesh["policy"]["name"] if mesh and mesh["policy"] and mesh["reach"] == "yes" else None
    return {
        "kubectl": found["kubectl"],
        "kubeflow": found["kubeflow"]["decision"],
        "mesh": (mesh["reach"], admitting) if mesh else None,
    }


@pytest.mark.parametrize("row", TABLE["demo"], ids=title)
def test_the_demo_answers_as_was_worked_out_by_hand(row: Row) -> None:
    """Subject by question by plane."""
    assert expected(row) == told(run(*asked(row), "--demo").json)


@pytest.mark.parametrize("row", TABLE["release"], ids=title)
def test_the_release_answers_as_was_worked_out_by_hand(row: Row, corpus: Path) -> None:
    """Kubeflow 1.10 with the profiles that its own controllers made, from files."""
    files = [
        flag for name in ("kubeflow-v1.10-rbac", "profiles-v1.10") for flag in ("-f", f"{corpus}/{name}.yaml")
    ]

    assert expected(row) == told(run(*asked(row), *files).json)


def test_the_table_has_every_disagreement_that_planes_can_have() -> None:
    """Yes on some planes and no on others, in each way that a name and its groups allow."""
    seen = {(row["kubectl"], row["kubeflow"], row["mesh"]) for row in TABLE["demo"]}

    # who is allowed by name is allowed on both planes, so kubectl's no is Kubeflow's as well
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
    """The planes for `VERB RESOURCE` by these objects."""
    verb, target = what.split()
    known = Evaluator(snapshot(*objects))
    return planes(known, identified(subject(who), groups), request(verb, target, place))


def sentence(*words: Any, **more: Any) -> str:
    """The sentence on the planes, "" when there is none."""
    found = side_by_side(*words, **more)
    return planes_text(found) if found else ""


def test_a_group_is_named_when_only_it_grants() -> None:
    """Who is bound by name as well does without it."""
    alone = sentence("user:bob", "create notebooks.kubeflow.org", EDIT, GROUP, groups=("ml",))
    both = sentence("user:alice", "create notebooks.kubeflow.org", EDIT, GROUP, BOUND, groups=("ml",))

    services = "Kubeflow's pages and pipelines"
    assert f"planes: kubectl: yes through group `ml`; {services}: no, they check the user alone" == alone
    assert f"planes: kubectl: yes; {services}: yes" == both


def test_the_mesh_is_told_with_the_policy_that_admits() -> None:
    """A policy of another namespace, which is the root's, is named with it."""
    everybody = authorization_policy("istio-system/everybody", {"rules": [{}]})
    question = ("user:alice", "create notebooks.kubeflow.org", EDIT, BOUND, OWNED)

    assert sentence(*question, ALICE).endswith("; mesh: admitted by `owner`")
    assert sentence(*question, everybody).endswith("; mesh: admitted by `istio-system/everybody`")
    assert sentence(*question, NOBODY).endswith("; mesh: not admitted: no policy there allows it")


def test_the_mesh_is_left_out_where_there_is_none() -> None:
    """Without policies, and in a namespace that is no tenant's."""
    question = ("user:alice", "create notebooks.kubeflow.org", EDIT, BOUND)

    assert "mesh" not in sentence(*question, OWNED)
    assert "mesh" not in sentence(*question, ALICE)


def test_what_the_mesh_leaves_open_stays_open() -> None:
    """A policy for some workloads makes it depend on the workload."""
    some = authorization_policy("team-a/some", {"selector": {"matchLabels": {"app": "x"}}, "rules": [{}]})

    text = sentence("user:alice", "create notebooks.kubeflow.org", EDIT, BOUND, OWNED, NOBODY, some)

    assert text.endswith("mesh: not known: `team-a/some` is for some workloads only")


def test_a_resource_that_no_page_asks_about_is_told_only_when_planes_differ() -> None:
    """Leases are nobody's business in Kubeflow: then the other two are compared."""
    question = ("user:alice", "create leases.coordination.k8s.io", EDIT, BOUND, OWNED)

    assert "" == sentence(*question, ALICE)
    assert sentence(*question, NOBODY).startswith(
        "planes: kubectl: yes; Kubeflow's pages and pipelines: they do not ask about it; mesh: not admitted"
    )


def test_a_resource_that_a_page_asks_about_is_always_told() -> None:
    """Also when all of them agree; a subresource is one of its own."""
    assert "planes: kubectl: no; Kubeflow's pages and pipelines: no" == sentence(
        "user:bob", "get notebooks.kubeflow.org"
    )
    assert "planes: kubectl: no; Kubeflow's pages and pipelines: no" == sentence("user:bob", "get pods/log")
    assert "" == sentence("user:bob", "get pods/eviction")


@pytest.mark.parametrize(
    ("who", "what", "place"),
    [
        pytest.param("group:ml", "create notebooks.kubeflow.org", "team-a", id="a group"),
        pytest.param("user:alice", "create notebooks.kubeflow.org", "", id="all namespaces at once"),
        pytest.param("user:alice", "get /metrics", "", id="a URL"),
    ],
)
def test_nobody_asks_the_planes_about_some_things(who: str, what: str, place: str) -> None:
    """The sentence is about a user or an account, in one namespace."""
    assert side_by_side(who, what, EDIT, GROUP, BOUND, place=place) is None


def test_what_could_not_be_read_is_not_known() -> None:
    """A binding that is hidden may grant it, so there is no no."""
    known = Evaluator(snapshot(EDIT, gaps=[gap("rolebindings", "team-a")]))

    found = planes(known, identified(subject("user:bob")), request("get", "notebooks.kubeflow.org", "team-a"))

    assert found is not None
    assert "planes: kubectl: not known; Kubeflow's pages and pipelines: not known" == planes_text(found)


def test_the_servers_own_word_comes_before_the_rules() -> None:
    """What it settled for one plane says nothing of the other."""
    known = Evaluator(snapshot(EDIT, gaps=[gap("rolebindings", "team-a")]))
    question = request("get", "notebooks.kubeflow.org", "team-a")

    found = planes(known, identified(subject("user:bob")), question, {Via.KUBECTL: Verdict.ALLOWED})

    assert found is not None
    assert (Verdict.ALLOWED, Verdict.UNKNOWN) == (found.kubectl, found.kubeflow)
    assert "kubectl: yes; Kubeflow's pages and pipelines: not known" in planes_text(found)


def test_hostile_names_of_groups_and_policies_do_no_harm() -> None:
    """They are shown escaped."""
    evil = "ml\x1b[2J"
    binding = role_binding("team-a", "x", "edit", f"group:{evil}")

    text = sentence("user:bob", "create notebooks.kubeflow.org", EDIT, binding, groups=(evil,))

    assert text.isprintable()
    assert r"`ml\x1b[2J`" in text


def test_the_sentence_is_the_last_line_of_an_explanation() -> None:
    """Once, also where the answer has two parts."""
    argv = ("explain", "ivan@example.com", "list", "runs.pipelines.kubeflow.org", "-n", "team-a")
    lines = run(*argv, "--group", "ml-team", "--demo").lines

    assert 1 == sum(line.startswith("planes: ") for line in lines)
    assert lines[-1].startswith(
        "planes: kubectl: yes through group `ml-team`; Kubeflow's pages and pipelines: no"
    )


def test_every_part_of_an_answer_has_the_planes_of_its_question() -> None:
    """The first question's stand at the top as well: Katib's experiments, before those of pipelines."""
    argv = ("explain", "ivan@example.com", "create", "experiments", "-n", "team-a", "--group", "ml-team")
    answer = run(*argv, "--demo", "-o", "json").json

    groups = [item["query"]["group"] for item in answer["items"]]
    assert ["kubeflow.org", "pipelines.kubeflow.org", "pipelines.kubeflow.org"] == groups
    assert answer["items"][0]["planes"] == answer["planes"]
    assert answer["items"][1]["planes"] == answer["items"][2]["planes"]


def test_a_namespace_itself_has_no_planes() -> None:
    """`namespaces/team-b` is asked about in team-b, but nothing in it is."""
    answer = run("explain", "alice@example.com", "get", "namespaces/team-b", "--demo", "-o", "json").json

    assert [None] == [item["planes"] for item in answer["items"]]


ASKED_BY = [
    pytest.param("create runs", ["RunService.CreateRun", "RunService.CreateRunV1"], id="the pipelines API"),
    pytest.param("watch runs", [], id="nobody"),
]


@pytest.mark.parametrize(("words", "calls"), ASKED_BY)
def test_explain_names_the_calls_that_ask(words: str, calls: list[str]) -> None:
    """By their names in the pipelines API; of a verb that nobody checks that is said."""
    argv = ("explain", "alice@example.com", *words.split(), "-n", "team-a", "--demo")
    (item,) = run(*argv, "-o", "json").json["items"]
    lines = run(*argv).lines

    assert calls == [call["name"] for call in item["askedBy"]]
    assert bool(calls) != bool(item["neverAsked"])
    assert len(calls) == sum(line.startswith("asked by ") for line in lines)
    assert bool(calls) != any(line.startswith("never asked: ") for line in lines)


def test_three_calls_at_most_are_named_and_the_others_counted() -> None:
    """The calls of older releases, and those of the pipelines API before, come last."""
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
    lines = run(*argv).lines

    assert 3 == sum(line.startswith("asked by ") for line in lines)
    assert f"and by {total - 3} more: `resources --calls` lists them" in lines
    assert any(line.startswith("not isolated: shared pipelines (<= 2.16.0): ") for line in lines)


def test_a_question_for_kubectl_names_no_calls() -> None:
    """There the verb is the API server's own."""
    lines = run("explain", "alice@example.com", "create", "notebooks", "-n", "team-a", "--demo").lines

    assert not any(line.startswith(("asked by", "never asked", "not isolated")) for line in lines)
