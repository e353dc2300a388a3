"""Who sees the contents of secrets by other verbs than get."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.content_readers import content_readers
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.who_can import list_subjects
from tests.builders import cluster_role, cluster_role_binding, request, role_binding, rule, snapshot

NAMESPACES = ("team-a", "team-b")


def readers(
    *objects: KubernetesObject, verb: str = "get", target: str = "secrets", name: str = ""
) -> dict[str, str]:
    """Return the verbs of each reader, by NAMESPACE/NAME."""
    evaluator = Evaluator(snapshot(*objects))
    question = Question(request(verb, target, name=name), NAMESPACES)
    return {
        f"{reader.namespace}/{reader.who.name}": " ".join(reader.verbs)
        for reader in content_readers(evaluator, list_subjects(evaluator, question))
    }


def nora(
    verbs: str, *, names: tuple[str, ...] = (), resources: str = "secrets"
) -> tuple[KubernetesObject, ...]:
    """Return a role, and nora who has it in team-a."""
    return (
        cluster_role("some", rule(verbs, resources, names=names)),
        role_binding("team-a", "b", "some", "user:nora"),
    )


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        pytest.param("list", {"team-a/nora": "list"}, id="a list"),
        pytest.param("watch", {"team-a/nora": "watch"}, id="a watch"),
        pytest.param("patch", {"team-a/nora": "patch"}, id="an empty patch"),
        pytest.param(
            "deletecollection", {"team-a/nora": "deletecollection"}, id="a dry run of deletecollection"
        ),
        pytest.param("patch,list", {"team-a/nora": "list patch"}, id="two"),
        pytest.param("update,delete,create", {}, id="what returns nothing"),
        pytest.param("get,list", {}, id="get as well"),
        pytest.param("*", {}, id="everything"),
    ],
)
def test_some_verbs_reveal_what_get_would(verbs: str, expected: dict[str, str]) -> None:
    """The others do not."""
    assert expected == readers(*nora(verbs))


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param(role_binding("team-a", "c", "gets", "user:nora"), {}, id="in that namespace"),
        pytest.param(cluster_role_binding("c", "gets", "user:nora"), {}, id="cluster-wide"),
        pytest.param(
            role_binding("team-b", "c", "gets", "user:nora"),
            {"team-a/nora": "list"},
            id="in another namespace",
        ),
    ],
)
def test_who_can_get_them_by_another_role_is_no_other_reader(
    place: KubernetesObject, expected: dict[str, str]
) -> None:
    """They are listed already."""
    assert expected == readers(*nora("list"), cluster_role("gets", rule("get", "secrets")), place)


def test_a_cluster_wide_list_counts_once() -> None:
    """Its namespace is ""."""
    known = cluster_role("lists", rule("list", "secrets")), cluster_role_binding("b", "lists", "group:ops")

    assert {"/ops": "list"} == readers(*known)


@pytest.mark.parametrize(
    ("names", "name", "verbs", "expected"),
    [
        pytest.param(("x",), "", "list,patch", {}, id="certain names, and no name in the question"),
        pytest.param(("x",), "x", "list,patch", {"team-a/nora": "list patch"}, id="that name"),
        pytest.param(("x",), "y", "list,patch", {}, id="another name"),
        pytest.param((), "x", "deletecollection", {"team-a/nora": "deletecollection"}, id="any name"),
        pytest.param(("x",), "x", "deletecollection", {}, id="a collection has no name"),
    ],
)
def test_rules_for_names_reveal_these_alone(
    names: tuple[str, ...], name: str, verbs: str, expected: dict[str, str]
) -> None:
    """A list of one name is a request with that name (requestinfo.go)."""
    assert expected == readers(*nora(verbs, names=names), name=name)


@pytest.mark.parametrize(
    ("verb", "target"),
    [
        pytest.param("list", "secrets", id="another verb"),
        pytest.param("get", "pods/log", id="a subresource"),
        pytest.param("get", "/metrics", id="a URL"),
    ],
)
def test_other_questions_have_no_other_readers(verb: str, target: str) -> None:
    """They are not about the contents of objects."""
    everything = nora("list,watch,patch,deletecollection", resources="secrets,pods/log")

    assert {} == readers(*everything, verb=verb, target=target)


def test_what_no_api_serves_is_not_read() -> None:
    """The services that ask about virtual resources have no such answers."""
    evaluator = Evaluator(snapshot(*nora("list", resources="runs.pipelines.kubeflow.org")))
    runs = ResourceType("pipelines.kubeflow.org", "runs", virtual=True)
    question = Question(request("get", "runs.pipelines.kubeflow.org"), NAMESPACES, runs)

    assert () == content_readers(evaluator, list_subjects(evaluator, question))


def test_the_grants_say_by_which_bindings() -> None:
    """Each grant once, so that a report can leave out those of the platform."""
    evaluator = Evaluator(snapshot(*nora("list,watch")))
    question = Question(request("get", "secrets"), NAMESPACES)

    (reader,) = content_readers(evaluator, list_subjects(evaluator, question))

    assert ["b"] == [grant.binding.name for grant in reader.grants]
