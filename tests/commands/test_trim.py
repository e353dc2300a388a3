"""What of Deployments and ConfigMaps a snapshot keeps: the settings that commands read, and nothing else."""

from __future__ import annotations

from kubectl_kfaccess.commands.snapshot.trim import trimmed
from tests.builders import config_map, deployment, snapshot

CONTAINER = {
    "name": "ml-pipeline-api-server",
    "image": "ghcr.io/kubeflow/kfp-api-server:2.5.0",
    "args": ["--token=secret"],
    "env": [
        {"name": "MULTIUSER", "value": "true"},
        {"name": "DB_PASSWORD", "value": "secret"},
        {
            "name": "DEFAULTPIPELINERUNNERSERVICEACCOUNT",
            "valueFrom": {"configMapKeyRef": {"name": "pipeline-install-config", "key": "runner"}},
        },
    ],
}


def test_of_settings_only_the_keys_that_are_read_are_kept() -> None:
    """Anybody can have put a password beside them."""
    objects = trimmed(
        snapshot(
            config_map(
                "kubeflow/profiles-config", ADMIN="", USERID_HEADER="kubeflow-userid", PASSWORD="secret"
            ),
            config_map("istio-system/istio", mesh="trustDomain: td\nextra: secret\n", meshNetworks="secret"),
            deployment("kubeflow/ml-pipeline", CONTAINER),
            config_map("kubeflow/pipeline-install-config", runner="runner", dbPassword="secret"),
        )
    )

    data = {each["metadata"]["name"]: each["data"] for each in objects["configmaps"]}
    assert {
        "profiles-config": {"ADMIN": "", "USERID_HEADER": "kubeflow-userid"},
        "istio": {"mesh": '{"trustDomain":"td"}'},
        "pipeline-install-config": {"runner": "runner"},
    } == data


def test_of_the_api_server_only_its_image_and_its_settings_are_kept() -> None:
    """Its arguments and its other variables stay where they are."""
    ((saved,),) = [trimmed(snapshot(deployment("kubeflow/ml-pipeline", CONTAINER)))["deployments"]]
    (container,) = saved["spec"]["template"]["spec"]["containers"]

    assert {"name", "image", "env", "envFrom"} == container.keys()
    assert ["MULTIUSER", "DEFAULTPIPELINERUNNERSERVICEACCOUNT"] == [each["name"] for each in container["env"]]
    assert "secret" not in str(saved)
