"""How pipelines run, by the Deployment of their API server, and by signs where it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kfaccess.commands.check.evidence_text import evidence_lines
from kubectl_kfaccess.kubeflow.pipelines.installation import (
    Mode,
    Pipelines,
    as_declared,
    by_signs,
    installed,
    places,
    settings_of,
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
    """The API server's container."""
    return {"name": CONTAINER, "image": image or "ghcr.io/kubeflow/kfp-api-server:2.5.0", **fields}


def env_from(*names: str, prefix: str = "") -> list[dict[str, Any]]:
    """Settings that whole ConfigMaps bring."""
    return [{"configMapRef": {"name": name}, **({"prefix": prefix} if prefix else {})} for name in names]


def env(name: str, value: str) -> dict[str, Any]:
    """One setting, written out."""
    return {"name": name, "value": value}


def key_of(name: str, config: str, key: str) -> dict[str, Any]:
    """One setting, from a key of a ConfigMap."""
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": config, "key": key}}}


def found(container: Any, *objects: Any, **more: Any) -> Pipelines:
    """How pipelines with that API server run."""
    known = installed(snapshot(deployment("kubeflow/ml-pipeline", container), *objects, **more), "kubeflow")
    assert known is not None
    return known


def lines(known: Pipelines) -> list[str]:
    """How it is known, in words."""
    return list(evidence_lines(known))


# name: container, ConfigMaps, mode, account
CASES: dict[str, tuple[dict[str, Any], list[Any], Mode, str]] = {
    "as the platform ships it": (
        container(envFrom=env_from(SETTINGS)),
        [config_map(f"kubeflow/{SETTINGS}", **MULTI_USER)],
        Mode.MULTI_USER,
        "default-editor",
    ),
    "as it is shipped for one team": (container(), [], Mode.STANDALONE, "pipeline-runner"),
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
    "of two ConfigMaps the later one counts": (
        container(envFrom=env_from("pipeline-a", "pipeline-b")),
        [
            config_map("kubeflow/pipeline-a", MULTIUSER="false"),
            config_map("kubeflow/pipeline-b", MULTIUSER="1"),
        ],
        Mode.MULTI_USER,
        "pipeline-runner",
    ),
    "of two variables of one name the later one counts": (
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
    "a prefix is put before the keys": (
        container(envFrom=env_from(SETTINGS, prefix="MULTI")),
        [config_map(f"kubeflow/{SETTINGS}", USER="true", MULTIUSER="false")],
        Mode.MULTI_USER,
        "pipeline-runner",
    ),
    "a ConfigMap of another namespace says nothing": (
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
    "an account of the team's own": (
        container(env=[env("DEFAULTPIPELINERUNNERSERVICEACCOUNT", "steps")]),
        [],
        Mode.STANDALONE,
        "steps",
    ),
    "malformed settings are passed over": (
        container(env="none", envFrom=[None, 5, {"configMapRef": []}, {"secretRef": {"name": "a"}}]),
        [],
        Mode.STANDALONE,
        "pipeline-runner",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_deployment_tells_how_pipelines_run(name: str) -> None:
    """As the API server itself would read its environment (viper, strconv.ParseBool)."""
    server, objects, mode, account = CASES[name]

    known = found(server, *objects)

    assert (mode, account, version("2.5.0")) == (known.mode, known.account, known.version)


def test_what_cannot_be_read_is_said_with_its_reason() -> None:
    """A refused ConfigMap may hold the setting, so the mode is not known."""
    known = found(container(envFrom=env_from(SETTINGS)), gaps=[gap("configmaps", "kubeflow")])

    assert Mode.UNKNOWN is known.mode
    assert (
        f"MULTIUSER may be in ConfigMap `kubeflow/{SETTINGS}`, which cannot be read: forbidden"
        in lines(known)[0]
    )


def test_a_setting_that_stands_before_what_cannot_be_read_is_known() -> None:
    """A variable written out beats the ConfigMap, whatever that says."""
    server = container(envFrom=env_from(SETTINGS), env=[env("MULTIUSER", "true")])

    assert Mode.MULTI_USER is found(server, gaps=[gap("configmaps", "kubeflow")]).mode


@pytest.mark.parametrize("image", ["registry.example.com/api-server:latest", "", "api-server@sha256:00"])
def test_an_image_without_a_version_tells_none(image: str) -> None:
    """Then needs that depend on it are not known, and that is said."""
    known = found({"name": CONTAINER, "image": image})

    assert known.version is None
    assert f"image `{image}`: the version cannot be told from it" in lines(known)


def test_the_config_maps_that_matter_are_named() -> None:
    """Those and no others are asked of the server."""
    server = container(envFrom=env_from(SETTINGS), env=[key_of("A", "pipeline-install-config", "a")])

    assert (SETTINGS, "pipeline-install-config") == settings_of(
        snapshot(deployment("kubeflow/ml-pipeline", server)), "kubeflow"
    )


def test_without_a_deployment_nothing_is_installed() -> None:
    """Signs have to do then."""
    assert installed(snapshot(), "kubeflow") is None
    assert () == settings_of(snapshot(), "kubeflow")


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
    "a runner alone": (snapshot(RUNNER), Mode.STANDALONE),
    "a runner's account alone": (snapshot(service_account("kubeflow/pipeline-runner")), Mode.STANDALONE),
    "profiles without pipelines": (snapshot(TENANT), Mode.ABSENT),
    "nothing": (snapshot(), Mode.ABSENT),
    "ClusterRoles unread": (snapshot(RUNNER, gaps=[gap("clusterroles")]), Mode.UNKNOWN),
    "profiles unread": (snapshot(PLATFORM, RUNNER, gaps=[gap("profiles")]), Mode.MULTI_USER),
    "roles of the platform, and nothing that runs": (snapshot(PLATFORM), Mode.UNKNOWN),
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNS)
def test_signs_tell_it_where_no_deployment_does(name: str) -> None:
    """Never more than what they show, and always with what they are."""
    world, mode = SIGNS[name]

    known = by_signs(world, "kubeflow")

    assert (mode, True) == (known.mode, bool(lines(known)))


def test_pipelines_are_looked_for_where_their_accounts_and_roles_are() -> None:
    """`kubeflow` first; a tenant's own role of that name makes no installation."""
    world = snapshot(
        profile("team-a", "user:alice"),
        role("team-a/pipeline-runner"),
        role("kfp/pipeline-runner"),
        service_account("lab/ml-pipeline"),
    )

    assert ("kubeflow", "lab", "kfp") == places(world)


def test_the_users_word_stands() -> None:
    """With the account that goes with it, and beside what the cluster says."""
    known = as_declared(found(container()), "multi-user", version("2.14.0"))

    assert (Mode.MULTI_USER, "default-editor", version("2.14.0")) == (
        known.mode, known.account, known.version,
    )  # fmt: skip
    assert ["`--mode` says multi-user", "`--kfp-version` says 2.14.0"] == lines(known)[-2:]
