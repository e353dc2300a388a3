"""How pipelines are installed, according to the API server's Deployment, or to signs if it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kfaccess.commands.check.evidence_text import evidence_lines
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    Mode,
    Pipelines,
    as_declared,
    candidate_namespaces,
    installation_by_deployment,
    installation_by_signs,
    setting_config_maps,
)
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    cluster_role,
    config_map,
    deployment,
    gap,
    namespace,
    profile,
    role,
    service_account,
    snapshot,
)

CONTAINER = "ml-pipeline-api-server"
SETTINGS = "pipeline-api-server-config-dc9hkg52h6"
MULTI_USER = {"MULTIUSER": "true", "DEFAULTPIPELINERUNNERSERVICEACCOUNT": "default-editor"}


def container(image: str = "", **fields: Any) -> dict[str, Any]:
    """Return the container of the API server."""
    return {"name": CONTAINER, "image": image or "ghcr.io/kubeflow/kfp-api-server:2.5.0", **fields}


def env_from(*names: str, prefix: str = "") -> list[dict[str, Any]]:
    """Return settings that come from whole ConfigMaps."""
    return [{"configMapRef": {"name": name}, **({"prefix": prefix} if prefix else {})} for name in names]


def env(name: str, value: str) -> dict[str, Any]:
    """Return one setting with a literal value."""
    return {"name": name, "value": value}


def key_of(name: str, config: str, key: str) -> dict[str, Any]:
    """Return one setting that comes from a key of a ConfigMap."""
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": config, "key": key}}}


def installation(container: Any, *objects: Any, **more: Any) -> Pipelines:
    """Return how pipelines with that API server are installed."""
    known = installation_by_deployment(
        snapshot(deployment("kubeflow/ml-pipeline", container), *objects, **more), "kubeflow"
    )
    assert known is not None
    return known


def lines(known: Pipelines) -> list[str]:
    """Return the evidence as text."""
    return list(evidence_lines(known))


# By case: the container, the ConfigMaps, and the expected mode and account
CASES: dict[str, tuple[dict[str, Any], list[Any], Mode, str]] = {
    "as the platform ships it": (
        container(envFrom=env_from(SETTINGS)),
        [config_map(f"kubeflow/{SETTINGS}", **MULTI_USER)],
        Mode.MULTI_USER,
        "default-editor",
    ),
    "standalone, as shipped": (container(), [], Mode.STANDALONE, "pipeline-runner"),
    "a setting in env beats a whole ConfigMap": (
        container(envFrom=env_from(SETTINGS), env=[env("MULTIUSER", "false")]),
        [config_map(f"kubeflow/{SETTINGS}", **MULTI_USER)],
        Mode.STANDALONE,
        "default-editor",
    ),
    "an empty variable is not set": (
        container(envFrom=env_from(SETTINGS), env=[env("MULTIUSER", "")]),
        [config_map(f"kubeflow/{SETTINGS}", **MULTI_USER)],
        Mode.MULTI_USER,
        "default-editor",
    ),
    "the last of two ConfigMaps takes precedence": (
        container(envFrom=env_from("pipeline-a", "pipeline-b")),
        [
            config_map("kubeflow/pipeline-a", MULTIUSER="false"),
            config_map("kubeflow/pipeline-b", MULTIUSER="1"),
        ],
        Mode.MULTI_USER,
        "pipeline-runner",
    ),
    "the last of two variables with one name takes precedence": (
        container(env=[env("MULTIUSER", "true"), env("MULTIUSER", "F")]),
        [],
        Mode.STANDALONE,
        "pipeline-runner",
    ),
    "a key of a ConfigMap": (
        container(env=[key_of("MULTIUSER", SETTINGS, "many")]),
        [config_map(f"kubeflow/{SETTINGS}", many="TRUE")],
        Mode.MULTI_USER,
        "pipeline-runner",
    ),
    "a prefix is added to the keys": (
        container(envFrom=env_from(SETTINGS, prefix="MULTI")),
        [config_map(f"kubeflow/{SETTINGS}", USER="true", MULTIUSER="false")],
        Mode.MULTI_USER,
        "pipeline-runner",
    ),
    "a ConfigMap in another namespace does not count": (
        container(envFrom=env_from(SETTINGS)),
        [config_map(f"elsewhere/{SETTINGS}", **MULTI_USER)],
        Mode.UNKNOWN,
        "pipeline-runner",
    ),
    "neither true nor false": (
        container(env=[env("MULTIUSER", "yes")]),
        [],
        Mode.UNKNOWN,
        "pipeline-runner",
    ),
    "from a field of the pod": (
        container(env=[{"name": "MULTIUSER", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
        [],
        Mode.UNKNOWN,
        "pipeline-runner",
    ),
    "another account": (
        container(env=[env("DEFAULTPIPELINERUNNERSERVICEACCOUNT", "steps")]),
        [],
        Mode.STANDALONE,
        "steps",
    ),
    "malformed settings are ignored": (
        container(env="none", envFrom=[None, 5, {"configMapRef": []}, {"secretRef": {"name": "a"}}]),
        [],
        Mode.STANDALONE,
        "pipeline-runner",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_deployment_decides_mode_and_account(name: str) -> None:
    """The environment is read as the API server reads it (viper, strconv.ParseBool)."""
    server, objects, mode, account = CASES[name]

    known = installation(server, *objects)

    assert (mode, account, version("2.5.0")) == (known.mode, known.account, known.version)


def test_an_unreadable_config_map_makes_the_mode_unknown() -> None:
    """The ConfigMap may contain the setting; the evidence says why it cannot be read."""
    known = installation(container(envFrom=env_from(SETTINGS)), gaps=[gap("configmaps", "kubeflow")])

    assert Mode.UNKNOWN is known.mode
    assert (
        f"MULTIUSER may be in ConfigMap `kubeflow/{SETTINGS}`, which cannot be read: forbidden"
        in lines(known)[0]
    )


def test_a_literal_setting_hides_an_unreadable_config_map() -> None:
    """A literal variable takes precedence over a ConfigMap, whatever that contains."""
    server = container(envFrom=env_from(SETTINGS), env=[env("MULTIUSER", "true")])

    assert Mode.MULTI_USER is installation(server, gaps=[gap("configmaps", "kubeflow")]).mode


@pytest.mark.parametrize("image", ["registry.example.com/api-server:latest", "", "api-server@sha256:00"])
def test_the_version_is_unknown_if_the_image_has_none(image: str) -> None:
    """The evidence says so, because some needs depend on the release."""
    known = installation({"name": CONTAINER, "image": image})

    assert known.version is None
    assert f"image `{image}`: the version cannot be told from it" in lines(known)


def test_the_config_maps_that_matter_are_named() -> None:
    """Only these are read from the server."""
    server = container(envFrom=env_from(SETTINGS), env=[key_of("A", "pipeline-install-config", "a")])

    assert (SETTINGS, "pipeline-install-config") == setting_config_maps(
        snapshot(deployment("kubeflow/ml-pipeline", server)), "kubeflow"
    )


def test_nothing_is_returned_without_a_deployment() -> None:
    """Then only signs can be used."""
    assert installation_by_deployment(snapshot(), "kubeflow") is None
    assert () == setting_config_maps(snapshot(), "kubeflow")


PLATFORM = cluster_role("kubeflow-pipelines-edit")
RUNNER = role("kubeflow/pipeline-runner")
TENANT = profile("team-a", "user:alice")
SIGNS: dict[str, tuple[Snapshot, Mode]] = {
    "profiles and the platform's role": (snapshot(PLATFORM, RUNNER, TENANT), Mode.MULTI_USER),
    "a labelled namespace and the platform's role": (
        snapshot(PLATFORM, namespace("team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile"})),
        Mode.MULTI_USER,
    ),
    "a platform without a profile yet": (snapshot(PLATFORM, RUNNER), Mode.MULTI_USER),
    "only the runner's role": (snapshot(RUNNER), Mode.STANDALONE),
    "only the runner's account": (snapshot(service_account("kubeflow/pipeline-runner")), Mode.STANDALONE),
    "profiles without pipelines": (snapshot(TENANT), Mode.ABSENT),
    "nothing": (snapshot(), Mode.ABSENT),
    "unread ClusterRoles": (snapshot(RUNNER, gaps=[gap("clusterroles")]), Mode.UNKNOWN),
    "unread profiles": (snapshot(PLATFORM, RUNNER, gaps=[gap("profiles")]), Mode.MULTI_USER),
    "only roles of the platform": (snapshot(PLATFORM), Mode.UNKNOWN),
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNS)
def test_signs_are_used_without_a_deployment(name: str) -> None:
    """The answer claims no more than they show, and names them."""
    world, mode = SIGNS[name]

    known = installation_by_signs(world, "kubeflow")

    assert (mode, True) == (known.mode, bool(lines(known)))


def test_candidate_namespaces_have_the_accounts_or_roles() -> None:
    """`kubeflow` comes first. A tenant's own role of that name does not count."""
    world = snapshot(
        profile("team-a", "user:alice"),
        role("team-a/pipeline-runner"),
        role("kfp/pipeline-runner"),
        service_account("lab/ml-pipeline"),
    )

    assert ("kubeflow", "lab", "kfp") == candidate_namespaces(world)


def test_the_users_choice_is_applied() -> None:
    """The account changes with the mode, and the cluster's evidence is kept."""
    known = as_declared(installation(container()), "multi-user", version("2.14.0"))

    assert (Mode.MULTI_USER, "default-editor", version("2.14.0")) == (
        known.mode, known.account, known.version,
    )  # fmt: skip
    assert ["`--mode` says multi-user", "`--kfp-version` says 2.14.0"] == lines(known)[-2:]
