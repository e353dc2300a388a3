"""What each of Kubeflow's services answers: by the user's name, or by the groups as well."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.commands.explain.planes_text import planes_text
from kubectl_kfaccess.kubeflow.catalogue.service_calls import CALLS
from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES, Identity
from kubectl_kfaccess.kubeflow.planes.comparison import planes
from kubectl_kfaccess.kubeflow.planes.services import service_answers
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import KubernetesObject
from tests.builders import cluster_role, gap, request, role, role_binding, rule, snapshot, subject

# Read in the services' sources, see `source` of each
IDENTITIES = {
    "ml-pipeline": Identity.NAME,
    "ml-pipeline-ui": Identity.NAME,
    "jupyter-web-app": Identity.NAME,
    "volumes-web-app": Identity.NAME,
    "tensorboards-web-app": Identity.NAME,
    "katib-ui": Identity.NAME,
    "kserve-models-web-app": Identity.NAME,
    "workspaces-backend": Identity.NAME_AND_GROUPS,
    "model-registry-ui": Identity.NAME_AND_GROUPS,
    "kfam": Identity.MEMBERSHIP,
    "kube-rbac-proxy-of-notebooks": Identity.NAME_AND_GROUPS,
    "kube-rbac-proxy-of-inferenceservices": Identity.NAME_AND_GROUPS,
}
MIA = identified(subject("user:mia@example.com"), ("ml",))


def world(bound: str, *, names: tuple[str, ...] = ()) -> tuple[KubernetesObject, ...]:
    """Return a Role for volumes, Services and workspaces in the namespace `lab`, bound to one subject."""
    rules = (
        rule("list,create,delete", "persistentvolumeclaims", names=names),
        rule("get", "services", names=names),
        rule("get", "workspaces.kubeflow.org", names=names),
    )
    return role("lab/reader", *rules), role_binding("lab", "reader", "Role/reader", bound)


def answered(
    objects: tuple[KubernetesObject, ...], verb: str, resource: str, name: str = ""
) -> dict[str, str]:
    """Return the verdict of each service that asks, by its name."""
    answers = service_answers(Evaluator(snapshot(*objects)), MIA, request(verb, resource, "lab", name))
    return {answer.service.name: answer.verdict.value for answer in answers}


def test_each_service_has_what_it_asks_about_and_a_source() -> None:
    """One row for each service; calls are of these services alone."""
    assert IDENTITIES == {service.name: service.identity for service in SERVICES}
    assert all(service.source for service in SERVICES)
    assert set(IDENTITIES) == {call.service.name for call in CALLS}
    assert all(service.read for service in SERVICES if not service.name.startswith("ml-pipeline"))


def test_a_grant_to_a_group_counts_where_the_service_sends_groups() -> None:
    """The old page of notebooks asks about the name alone, Notebooks 2 about the groups as well."""
    by_group = answered(world("group:ml"), "list", "persistentvolumeclaims")
    by_name = answered(world("user:mia@example.com"), "list", "persistentvolumeclaims")

    assert set(by_group) == set(by_name)
    assert {"workspaces-backend"} == {name for name, verdict in by_group.items() if verdict == "Allowed"}
    assert {"Allowed"} == set(by_name.values())


def test_a_grant_for_one_name_counts_where_the_service_sends_it() -> None:
    """The page of volumes deletes without a name in its review, Notebooks 2 with it."""
    verdicts = answered(
        world("user:mia@example.com", names=("disk",)), "delete", "persistentvolumeclaims", "disk"
    )

    assert {"volumes-web-app": "Denied", "workspaces-backend": "Allowed"} == verdicts


def test_what_the_server_said_is_not_worked_out_again() -> None:
    """Roles that cannot be read leave the rules' answer open; the server's is that of every such review."""
    wanted = request("list", "persistentvolumeclaims", "lab")
    settled = {Plane.KUBECTL: Verdict.ALLOWED, Plane.KUBEFLOW: Verdict.DENIED}
    compared = planes(Evaluator(snapshot(gaps=[gap("roles", "lab")])), MIA, wanted, settled)

    assert compared is not None
    assert {Verdict.DENIED, Verdict.ALLOWED} == {answer.verdict for answer in compared.services}
    assert {Verdict.ALLOWED} == {
        answer.verdict for answer in compared.services if answer.service.identity is Identity.NAME_AND_GROUPS
    }


@pytest.mark.parametrize(
    ("verb", "resource", "services"),
    [
        pytest.param("get", "workspaces.kubeflow.org", {"workspaces-backend"}, id="Notebooks 2 alone"),
        pytest.param("get", "services", {"kserve-models-web-app", "model-registry-ui"}, id="the registry"),
        pytest.param("watch", "secrets", set(), id="nobody"),
    ],
)
def test_only_services_that_ask_answer(verb: str, resource: str, services: set[str]) -> None:
    """The others would have nothing to say."""
    assert services == set(answered(world("group:ml"), verb, resource))


def test_explain_names_the_services_that_differ() -> None:
    """Which of them are installed is not known."""
    evaluator = Evaluator(snapshot(*world("group:ml")))
    compared = planes(evaluator, MIA, request("list", "persistentvolumeclaims", "lab"))

    assert compared is not None
    assert (Verdict.ALLOWED, Verdict.DENIED) == (compared.kubectl, compared.kubeflow)
    assert "workspaces-backend, where installed: yes (checks groups too)" in planes_text(compared)


# Open Data Hub's controllers and their roles, as opendatahub-io/kubeflow and opendatahub-io/kserve ship them
OPENSHIFT_AI = (
    cluster_role("odh-notebook-controller-manager-role", rule("get", "notebooks.kubeflow.org")),
    cluster_role("kserve-inferenceservice-distro-role", rule("create", "tokenreviews.authentication.k8s.io")),
)


@pytest.mark.parametrize(
    ("resource", "proxy", "others"),
    [
        pytest.param(
            "notebooks.kubeflow.org", "kube-rbac-proxy-of-notebooks", {"jupyter-web-app"}, id="a notebook"
        ),
        pytest.param(
            "inferenceservices.serving.kserve.io",
            "kube-rbac-proxy-of-inferenceservices",
            {"kserve-models-web-app"},
            id="a model",
        ),
    ],
)
def test_a_proxy_of_openshift_ai_asks_about_one_object(resource: str, proxy: str, others: set[str]) -> None:
    """It sends groups and the object's name, and the pages of Kubeflow send neither."""
    bound = (
        role("lab/one", rule("get", resource, names=("mine",))),
        role_binding("lab", "one", "Role/one", "group:ml"),
    )

    assert dict.fromkeys(others, "Denied") == answered(bound, "get", resource, "mine")
    with_proxy = answered((*bound, *OPENSHIFT_AI), "get", resource, "mine")
    assert {**dict.fromkeys(others, "Denied"), proxy: "Allowed"} == with_proxy
    assert "Denied" == answered((*bound, *OPENSHIFT_AI), "get", resource, "other")[proxy]
    assert proxy not in answered((*bound, *OPENSHIFT_AI), "list", resource)
