"""The catalogue, compared with what Kubernetes and Kubeflow serve and with the names that people type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.kubeflow.catalogue import resources as catalogue
from kubectl_kfaccess.kubeflow.catalogue.resources import (
    CATALOGUE,
    CORE,
    DEFAULT_AREAS,
    entries_for,
    known_url_verbs,
    known_verbs,
    resource_types,
    verbs_of,
)
from kubectl_kfaccess.rbac.resources import ResourceType

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "kubectl_kfaccess"
CORPUS = Path(os.environ.get("KFACCESS_CORPUS") or ROOT.parent / "shared" / "corpus")
RELEASES = ("kubeflow-v1.9.1", "kubeflow-v1.10", "kfp-standalone-2.17.0")

Description = tuple[str, str, frozenset[str], bool]


def described(types: tuple[ResourceType, ...]) -> dict[str, Description]:
    """Return the catalogue's description of each type that an API serves."""
    return {
        each.full_name: (each.singular, each.kind, frozenset(each.short_names), each.namespaced)
        for each in types
        if not each.virtual
    }


def resources(name: str, **options: bool) -> list[str]:
    return [f"{entry.type.group}/{entry.resource}" for entry in entries_for(name, **options)]


def test_every_resource_is_listed_once() -> None:
    """Each resource and each subresource has one entry."""
    listed = [(entry.type.group, entry.resource) for entry in CATALOGUE]

    assert len(set(listed)) == len(listed)


def test_a_type_is_listed_once() -> None:
    """A type is not listed again for its subresource's entry."""
    pods = [entry for entry in CATALOGUE if entry.type.full_name == "pods"]
    types = [each for each in resource_types() if each.full_name == "pods"]

    assert len(pods) > 1
    assert types == [pods[0].type]


def test_default_entries_are_in_default_areas() -> None:
    """The default areas are exactly those of the entries shown by default."""
    assert set(DEFAULT_AREAS) == {entry.area for entry in CATALOGUE if entry.default}


def test_an_entry_of_a_subresource_belongs_to_a_type_that_has_it() -> None:
    """No entry has a subresource that its type does not list."""
    with_subresource = [entry for entry in CATALOGUE if entry.subresource]

    assert all(entry.subresource in entry.type.subresources for entry in with_subresource)


def test_kubernetes_own_types_match_discovery() -> None:
    """Singular, kind, short names and scope are those of a Kubernetes server."""
    served = {
        f"{resource['name']}.{resource['group']}".rstrip("."): (
            resource["singular"],
            resource["kind"],
            frozenset(resource.get("shortNames", ())),
            resource["namespaced"],
        )
        for resource in json.loads((PACKAGE / "data" / "kubernetes-1.37.json").read_text())["resources"]
    }
    catalogued = {
        name: description for name, description in described(resource_types()).items() if name in served
    }

    assert {name: served[name] for name in catalogued} == catalogued
    assert {"secrets", "serviceaccounts", "pods", "roles.rbac.authorization.k8s.io"} <= catalogued.keys()


def test_the_demos_types_match_the_catalogue() -> None:
    """The catalogue has every CustomResourceDefinition of the demo."""
    documents = yaml.safe_load_all((PACKAGE / "sources" / "demo" / "crds.yaml").read_text())
    served = {crd["metadata"]["name"]: from_definition(crd["spec"]) for crd in documents}

    catalogued = described(resource_types())

    assert served == {name: catalogued.get(name) for name in served}


@pytest.mark.parametrize("release", RELEASES)
def test_the_types_of_releases_match_the_catalogue(release: str) -> None:
    """Types that a Kubeflow release serves have the same description in both."""
    file = CORPUS / f"{release}-crds.yaml"
    if not file.exists():
        pytest.skip(f"no rendered release at {file}: set KFACCESS_CORPUS to the folder that has them")
    served = {
        f"{crd['plural']}.{crd['group']}": from_reduced(crd) for crd in yaml.safe_load(file.read_text())
    }
    catalogued = {
        name: description for name, description in described(resource_types()).items() if name in served
    }

    assert catalogued
    assert {name: served[name] for name in catalogued} == catalogued


def from_definition(spec: dict[str, Any]) -> Description:
    names = spec["names"]
    short = frozenset(names.get("shortNames", ()))
    return (names["singular"], names["kind"], short, spec["scope"] == "Namespaced")


def from_reduced(crd: dict[str, Any]) -> Description:
    return (crd["singular"], crd["kind"], frozenset(crd["shortNames"]), crd["scope"] == "Namespaced")


@pytest.mark.parametrize(
    "name",
    [
        "inferenceservices",
        "inferenceservice",
        "InferenceService",
        "isvc",
        "inferenceservices.serving.kserve.io",
        "isvc.serving",
    ],
)
def test_a_resource_is_found_by_each_of_its_names(name: str) -> None:
    """These are plural, singular, kind, short name, and the name with a group or its beginning."""
    expected = ["serving.kserve.io/inferenceservices"]

    assert expected == resources(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "experiments",
            ["pipelines.kubeflow.org/experiments", "kubeflow.org/experiments"],
            id="experiments of pipelines and of Katib",
        ),
        pytest.param(
            "jobs", ["pipelines.kubeflow.org/jobs", "batch/jobs"], id="recurring runs and batch jobs"
        ),
        pytest.param(
            "services",
            ["serving.knative.dev/services", "/services"],
            id="Knative's services and the core group's",
        ),
        pytest.param(
            "vs",
            ["snapshot.storage.k8s.io/volumesnapshots", "networking.istio.io/virtualservices"],
            id="a short name of two types",
        ),
    ],
)
def test_a_name_of_several_resources_means_all_of_them(name: str, expected: list[str]) -> None:
    """None of the resources is preferred."""
    assert expected == resources(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("experiments.kubeflow.org", ["kubeflow.org/experiments"], id="the whole group"),
        pytest.param(
            "experiments.mlflow.kubeflow.org",
            ["mlflow.kubeflow.org/experiments"],
            id="a virtual type outside pipelines",
        ),
        pytest.param("experiments.example.com", [], id="an unknown group"),
    ],
)
def test_a_group_selects_one_resource(name: str, expected: list[str]) -> None:
    """An exact group is preferred to groups that only begin or end like it."""
    assert expected == resources(name)


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("recurringruns", "pipelines.kubeflow.org/jobs"),
        ("kfp-runs", "pipelines.kubeflow.org/runs"),
        ("pipelineruns", "pipelines.kubeflow.org/runs"),
        ("katib-experiments", "kubeflow.org/experiments"),
    ],
)
def test_served_types_take_precedence_over_aliases(alias: str, expected: str) -> None:
    """An alias means its resource unless the caller says that the name is taken."""
    assert [expected] == resources(alias)
    assert not resources(alias, aliases=False)


def test_no_alias_is_the_name_of_a_resource() -> None:
    """An alias never hides the real name of another type."""
    names = {name for each in resource_types() for name in (each.name, each.singular, *each.short_names)}

    assert set() == names & {alias for entry in CATALOGUE for alias in entry.aliases}


@pytest.mark.parametrize(("name", "expected"), [("po/exec", ["/pods/exec"]), ("po", ["/pods"])])
def test_a_subresource_is_found_by_type_and_name(name: str, expected: list[str]) -> None:
    """TYPE/SUB finds the entry of the subresource, and TYPE finds that of the type."""
    assert expected == resources(name)


def test_pipelines_verbs_keep_their_capitals() -> None:
    """The pipelines API checks readArtifact and reportMetrics, and RBAC is case-sensitive."""
    assert {"readArtifact", "reportMetrics"} <= set(verbs_of("pipelines.kubeflow.org", "runs"))
    assert {"readArtifact", "reportMetrics"} <= known_verbs()


@pytest.mark.parametrize(
    ("group", "resource", "expected"),
    [
        ("serving.kserve.io", "inferenceservices", CORE),
        ("serving.kserve.io", "inferenceservices/status", ("get", "update", "patch")),
        ("argoproj.io", "workflowtaskresults", ("create", "patch")),
        ("example.com", "things", ()),
    ],
)
def test_verbs_come_from_the_catalogue(group: str, resource: str, expected: tuple[str, ...]) -> None:
    """A resource that is not in the catalogue has none."""
    assert expected == verbs_of(group, resource)


@pytest.mark.parametrize(
    ("group", "resource", "expected"),
    [
        ("pipelines.kubeflow.org", "runs", True),
        ("kubeflow.org", "experiments", False),
        ("tekton.dev", "runs", False),
        ("pipelines.kubeflow.org", "unheard-of", False),
    ],
)
def test_virtual_resources_are_those_that_no_api_serves(group: str, resource: str, expected: bool) -> None:
    """The group and the resource decide together."""
    virtual = {(each.group, each.name) for each in resource_types() if each.virtual}

    assert expected is ((group, resource) in virtual)


@pytest.mark.parametrize("verb", ["get", "deletecollection", "use", "impersonate", "archive", "report", "*"])
def test_checked_verbs_are_known(verb: str) -> None:
    """These are Kubernetes' verbs, those of kubectl's list, and those of pipelines."""
    assert verb in known_verbs()


def test_misspelled_verbs_are_unknown() -> None:
    """Verbs are case-sensitive, and HTTP methods are verbs only of URLs."""
    assert not {"readartifact", "Get", "put"} & known_verbs()
    assert "put" in known_url_verbs()


def test_the_catalogue_costs_no_heavy_import() -> None:
    """Importing it loads no YAML parser, Kubernetes client or HTTP library."""
    heavy = ("yaml", "kubernetes", "urllib3", "tabulate", "asyncio")
    code = f"import sys, {catalogue.__name__}; print([name for name in {heavy!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
