"""From a user's words to requests: their scope, their name and their type."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.request_scope import (
    Question,
    Target,
    is_subresource,
    match_types,
    parse_target,
    questions,
    unknown,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Namespaces
from kubectl_kfaccess.spelling import nearest

PODS = ResourceType(
    "", "pods", "pod", "Pod", ("po",), subresources=("attach", "ephemeralcontainers", "exec", "log")
)
NODES = ResourceType("", "nodes", "node", "Node", ("no",), namespaced=False, subresources=("proxy",))
NAMESPACES = ResourceType(
    "", "namespaces", "namespace", "Namespace", ("ns",), namespaced=False, subresources=("finalize", "status")
)
ISVC = ResourceType(
    "serving.kserve.io", "inferenceservices", "inferenceservice", "InferenceService", ("isvc",)
)
RUNS = ResourceType("pipelines.kubeflow.org", "runs", kind="Run", virtual=True)


def question_about(
    resource_type: ResourceType, target: str, namespaces: Namespaces, verb: str = "get", **flags: str
) -> Question:
    """Return the question about *resource_type* that *target* and *flags* ask."""
    (question,) = questions(verb, parse_target(target, **flags), [resource_type], namespaces)
    return question


# --- TYPE[.GROUP][/NAME] and /URL ---


@pytest.mark.parametrize(
    ("text", "flags", "expected"),
    [
        pytest.param("pods", {}, Target("pods"), id="a type"),
        pytest.param("pods/web", {}, Target("pods", "web"), id="a type and a word"),
        pytest.param("pods", {"name": "web"}, Target("pods", name="web"), id="a name by flag"),
        pytest.param("pods", {"subresource": "log"}, Target("pods", subresource="log"), id="a subresource"),
        pytest.param(
            "pods/web",
            {"subresource": "log"},
            Target("pods", "web", subresource="log"),
            id="a name and a subresource",
        ),
        pytest.param("a.b.c/x", {}, Target("a.b.c", "x"), id="a group"),
        pytest.param("/metrics", {}, Target(path="/metrics"), id="a URL"),
        pytest.param("/", {}, Target(path="/"), id="the root"),
        pytest.param("/api/v1/pods", {}, Target(path="/api/v1/pods"), id="an API path is a URL"),
    ],
)
def test_a_target_is_split(text: str, flags: dict[str, str], expected: Target) -> None:
    """Only the type decides whether the word after the slash is a name or a subresource."""
    assert expected == parse_target(text, **flags)


@pytest.mark.parametrize(
    ("text", "flags", "message"),
    [
        pytest.param("", {}, "cannot read ``", id="an empty text"),
        pytest.param("pods/", {}, "cannot read `pods/`", id="an empty name"),
        pytest.param("pods/web/log", {}, "a name cannot contain `/`", id="two slashes"),
        pytest.param("/metrics", {"name": "x"}, "with the URL `/metrics`", id="a URL with a name"),
        pytest.param("/metrics", {"subresource": "x"}, "the URL `/metrics`", id="a URL with a subresource"),
        pytest.param("pods/web", {"name": "x"}, "given twice: `web` and", id="two names"),
    ],
)
def test_a_target_of_another_form_is_a_usage_error(text: str, flags: dict[str, str], message: str) -> None:
    """The message quotes what the user typed."""
    with pytest.raises(UsageError, match=message):
        parse_target(text, **flags)


# --- scope ---


@pytest.mark.parametrize(
    ("resource_type", "target", "namespaces", "expected"),
    [
        pytest.param(PODS, "pods", ("team-a",), ("team-a",), id="a namespaced kind in the chosen namespace"),
        pytest.param(PODS, "pods", None, None, id="a namespaced kind in all namespaces"),
        pytest.param(PODS, "pods/web", ("a", "b"), ("a", "b"), id="a named object in each namespace"),
        pytest.param(RUNS, "runs", ("team-a",), ("team-a",), id="a virtual kind"),
        pytest.param(NODES, "nodes", ("team-a",), (), id="a cluster-scoped kind in no namespace"),
        pytest.param(NODES, "nodes", None, (), id="a cluster-scoped kind, all namespaces chosen"),
        pytest.param(NODES, "nodes/n1", ("team-a",), (), id="a named cluster-scoped object"),
        pytest.param(NODES, "nodes/proxy", ("team-a",), (), id="a subresource of a cluster-scoped kind"),
        pytest.param(NAMESPACES, "namespaces", ("team-a",), (), id="namespaces without a name"),
        pytest.param(NAMESPACES, "namespaces/team-b", ("team-a",), ("team-b",), id="a named Namespace"),
        pytest.param(
            NAMESPACES, "namespaces/team-b", None, ("team-b",), id="a named Namespace, all namespaces chosen"
        ),
        pytest.param(NAMESPACES, "namespaces/status", ("team-a",), (), id="a Namespace's subresource"),
    ],
)
def test_a_question_has_the_scope_of_a_real_request(
    resource_type: ResourceType, target: str, namespaces: Namespaces, expected: Namespaces
) -> None:
    """A cluster-scoped kind has no namespace. A named Namespace object is in the namespace of that name."""
    assert expected == question_about(resource_type, target, namespaces).namespaces


def test_namespaces_of_another_group_are_ordinary_resources() -> None:
    """Only a Namespace of the core group is in its own namespace."""
    other = ResourceType("example.com", "namespaces", namespaced=False)

    assert () == question_about(other, "namespaces.example.com/x", ("team-a",)).namespaces


@pytest.mark.parametrize("verb", ["get", "update", "patch", "delete", "create"])
def test_requests_for_a_named_namespace_have_that_namespace(verb: str) -> None:
    """The path has the name, even if the request creates the Namespace."""
    assert ("team-b",) == question_about(NAMESPACES, "namespaces/team-b", ("team-a",), verb).namespaces


@pytest.mark.parametrize("verb", ["list", "watch"])
def test_a_list_of_one_namespace_has_no_namespace(verb: str) -> None:
    """The name is in a field selector, and the path is that of all Namespaces."""
    question = question_about(NAMESPACES, "namespaces/team-b", ("team-a",), verb)

    assert ("team-b", ()) == (question.request.name, question.namespaces)


def test_a_url_has_no_namespace() -> None:
    """The chosen namespaces do not matter to a URL."""
    (question,) = questions("get", parse_target("/metrics"), (), ("team-a",))

    assert (Request("get", path="/metrics"), (), None) == (
        question.request,
        question.namespaces,
        question.type,
    )


# --- names and subresources ---


@pytest.mark.parametrize(
    ("target", "flags", "expected"),
    [
        pytest.param("pods/web", {}, ("", "web"), id="a word is a name"),
        pytest.param("pods/exec", {}, ("exec", ""), id="a known subresource is a subresource"),
        pytest.param("pods", {"name": "exec"}, ("", "exec"), id="--name forces a name"),
        pytest.param("pods/exec", {"subresource": "log"}, ("log", "exec"), id="--subresource leaves a name"),
        pytest.param("pods", {"subresource": "unheard-of"}, ("unheard-of", ""), id="any subresource by flag"),
        pytest.param("pods", {"subresource": "log", "name": "web"}, ("log", "web"), id="both by flag"),
    ],
)
def test_a_word_after_the_slash_is_a_subresource_or_a_name(
    target: str, flags: dict[str, str], expected: tuple[str, str]
) -> None:
    """A subresource of that type is taken as one, and a flag can say which of the two it is."""
    request = question_about(PODS, target, None, **flags).request

    assert expected == (request.subresource, request.name)


def test_a_subresource_of_another_type_is_a_name() -> None:
    """InferenceServices have no subresource `exec`."""
    assert not is_subresource(parse_target("inferenceservices/exec"), ISVC)
    assert is_subresource(parse_target("pods/exec"), PODS)
    assert not is_subresource(parse_target("pods"), PODS)


def test_a_request_has_the_types_own_group_and_plural() -> None:
    """It does not matter how the user spelled the type."""
    assert (
        Request("create", "serving.kserve.io", "inferenceservices")
        == question_about(ISVC, "isvc", None, "create").request
    )


@pytest.mark.parametrize(
    ("resource_type", "target", "expected"),
    [
        pytest.param(PODS, "pods", "pods", id="a core type"),
        pytest.param(PODS, "pods/exec", "pods/exec", id="a subresource"),
        pytest.param(ISVC, "isvc/m", "inferenceservices.serving.kserve.io/m", id="a group and a name"),
    ],
)
def test_a_question_is_titled_as_people_write_it(
    resource_type: ResourceType, target: str, expected: str
) -> None:
    """The title has the group, unless it is the core group."""
    assert expected == question_about(resource_type, target, None).title


def test_there_is_a_question_for_each_type_and_the_first_is_primary() -> None:
    """An ambiguous word is asked about in each group."""
    all_questions = questions("get", parse_target("pods"), [PODS, ISVC], ("team-a",))

    assert [("pods", True), ("inferenceservices", False)] == [
        (question.request.resource, question.primary) for question in all_questions
    ]


# --- which types a word means ---

SERVICES = ResourceType("", "services", "service", "Service", ("svc",))
KNATIVE = ResourceType("serving.knative.dev", "services", "service", "Service", ("kservice", "ksvc"))
METRICS = ResourceType("metrics.k8s.io", "pods", kind="PodMetrics")
OTHER = ResourceType("example.com", "po", "other", "Other")
SERVED = (SERVICES, PODS, ISVC, KNATIVE, METRICS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("inferenceservices", [ISVC], id="the plural"),
        pytest.param("inferenceservice", [ISVC], id="the singular"),
        pytest.param("InferenceService", [ISVC], id="the kind"),
        pytest.param("isvc", [ISVC], id="the short name"),
        pytest.param("ISVC", [ISVC], id="case does not count"),
        pytest.param("services", [SERVICES, KNATIVE], id="two groups, in the server's order"),
        pytest.param("services.serving.knative.dev", [KNATIVE], id="TYPE.GROUP"),
        pytest.param("ksvc.serving.knative.dev", [KNATIVE], id="SHORT.GROUP"),
        pytest.param("inferenceservices.serving", [ISVC], id="the group's beginning"),
        pytest.param("services.serving", [KNATIVE], id="the group's beginning chooses"),
        pytest.param("inferenceservices.v1beta1.serving.kserve.io", [ISVC], id="TYPE.VERSION.GROUP"),
        pytest.param("pods.v1", [PODS], id="TYPE.VERSION of the core group"),
        pytest.param("pods.v1.", [PODS], id="the fully specified core form"),
        pytest.param("inferenceservices.kserve.io", [], id="the group's end is not its beginning"),
        pytest.param("inferenceservices.apps", [], id="another group"),
        pytest.param("widgets", [], id="an unknown word"),
        pytest.param("inference", [], id="half a word"),
    ],
)
def test_a_word_means_the_types_that_the_server_knows_by_it(text: str, expected: list[ResourceType]) -> None:
    """As in kubectl's REST mapper, a word is a plural, a singular, a kind or a short name, in any case."""
    types = match_types(text, SERVED, ())

    assert expected == [*types.answered, *types.further]


def test_names_come_before_short_names() -> None:
    """A resource called `po` comes before pods, whose short name is `po`."""
    assert (OTHER,) == match_types("po", (PODS, OTHER), ()).answered


def test_a_group_with_exactly_that_name_comes_before_longer_ones() -> None:
    """The beginning of a group counts only if no group has exactly that name."""
    short, long = ResourceType("serving", "models"), ResourceType("serving.kserve.io", "models")

    assert (short,) == match_types("models.serving", (long, short), ()).answered


def test_the_servers_first_group_is_answered_for_and_others_are_mentioned() -> None:
    """kubectl takes the same group."""
    types = match_types("services", SERVED, ())

    assert ((SERVICES,), (KNATIVE,)) == (types.answered, types.further)


def test_groups_of_the_catalogue_are_answered_for_too() -> None:
    """Kubeflow's types with that word are part of the answer, in the form that the server describes."""
    listed = ResourceType("serving.knative.dev", "services")

    types = match_types("services", SERVED, [listed])

    assert ((SERVICES, KNATIVE), ()) == (types.answered, types.further)
    assert frozenset() == types.unserved


def test_the_catalogue_knows_types_that_are_not_served() -> None:
    """No server serves a virtual type."""
    types = match_types("runs", SERVED, [RUNS])

    assert ((RUNS,), ()) == (types.answered, types.further)
    assert {("pipelines.kubeflow.org", "runs")} == types.unserved


def test_a_star_means_every_resource_of_a_group() -> None:
    """It is asked about literally, as rules spell it, and is not looked up."""
    assert (ResourceType("", "*"),) == match_types("*", SERVED, ()).answered
    assert (ResourceType("apps", "*"),) == match_types("*.apps", SERVED, ()).answered


def test_an_unknown_type_is_asked_about_in_each_group_of_its_rules() -> None:
    """Each group comes once, in order of their names."""
    by_group = unknown("get", parse_target("widgets/w1"), ["b.com", "a.com", "b.com"], ("team-a",))

    assert [
        (Request("get", "a.com", "widgets", name="w1"), ("team-a",), None, True),
        (Request("get", "b.com", "widgets", name="w1"), ("team-a",), None, False),
    ] == [(q.request, q.namespaces, q.type, q.primary) for q in by_group]


def test_an_unknown_type_that_no_rule_names_is_asked_about_once() -> None:
    """It has the group that the user typed, or the core group."""
    (typed,) = unknown("get", parse_target("widgets.example.com"), [], None)
    (bare,) = unknown("get", parse_target("widgets"), [], None)

    assert (Request("get", "example.com", "widgets"), Request("get", "", "widgets")) == (
        typed.request,
        bare.request,
    )


def test_an_unknown_types_subresource_is_given_by_flag() -> None:
    """The word after the slash is a name, because the subresources of the type are not known."""
    (word,) = unknown("get", parse_target("widgets/status"), [], None)
    (flag,) = unknown("get", parse_target("widgets", subresource="status"), [], None)
    (both,) = unknown("get", parse_target("widgets", subresource="status", name="w1"), [], None)

    assert [("", "status"), ("status", ""), ("status", "w1")] == [
        (question.request.subresource, question.request.name) for question in (word, flag, both)
    ]


def test_a_name_stays_when_an_unknown_type_has_a_subresource_by_flag() -> None:
    """Messages recommend the form `TYPE/NAME --subresource SUB`."""
    (question,) = unknown("get", parse_target("widgets/w1", subresource="status"), [], None)

    assert ("status", "w1") == (question.request.subresource, question.request.name)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("lst", "list", id="a missing letter"),
        pytest.param("readartifact", "readArtifact", id="upper and lower case"),
        pytest.param("zzz", "", id="no close word"),
    ],
)
def test_the_nearest_known_word_is_suggested(word: str, expected: str) -> None:
    """A word in another case is close."""
    assert expected == nearest(word, {"get", "list", "watch", "readArtifact"})
