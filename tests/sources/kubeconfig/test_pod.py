"""Namespaces and service accounts inside a pod."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer
from kubectl_kfaccess.sources.kubeconfig.choice import Impersonation, load
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from tests.sources.kubeconfig.kubeconfigs import config, environment, written


def pod(tmp_path: Path, **variables: str) -> tuple[Environment, Path]:
    """Return the environment and the service account's folder of a pod."""
    folder = tmp_path / "root" / "var/run/secrets/kubernetes.io/serviceaccount"
    for name, text in {"token": "pod-token\n", "ca.crt": "authority", "namespace": "team-pod\n"}.items():
        written(folder / name, text)
    address = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    return environment(tmp_path, **address, **variables), folder


def test_a_pod_is_its_service_account(tmp_path: Path) -> None:
    """Without any configuration, a pod uses its own token, authority and namespace."""
    env, folder = pod(tmp_path)

    connection = load(ConnectionFlags(), env)

    assert connection.server == "https://10.0.0.1:443"
    assert (connection.token_file, connection.ca_file) == (folder / "token", folder / "ca.crt")
    assert (connection.namespace, connection.namespace_from) == ("team-pod", "in-cluster")


def test_a_pod_with_a_kubeconfig_uses_it(tmp_path: Path) -> None:
    """A kubeconfig that names a cluster wins over the service account."""
    env, _ = pod(tmp_path, KUBECONFIG="config")
    config(tmp_path / "config", {"token": "t"})

    connection = load(ConnectionFlags(), env)

    assert (connection.server, connection.token, connection.namespace) == ("https://c", "t", "team-a")


def test_a_pod_does_not_show_its_token_to_another_server(tmp_path: Path) -> None:
    """`--server` in a pod connects without the service account."""
    env, _ = pod(tmp_path)

    connection = load(ConnectionFlags(server="https://d"), env)

    assert (connection.server, connection.token_file) == ("https://d", None)


def test_flags_count_in_a_pod(tmp_path: Path) -> None:
    """The flags for tokens and impersonation count in a pod, too."""
    env, _ = pod(tmp_path)

    connection = load(ConnectionFlags(token="t", as_user="carol"), env)

    assert (connection.token, connection.token_file) == ("t", None)
    assert connection.impersonation == Impersonation("carol")


@pytest.mark.parametrize("missing", ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "token"])
def test_a_pod_needs_address_and_token(tmp_path: Path, missing: str) -> None:
    """Without the address or the token, we are not in a pod."""
    env, folder = pod(tmp_path)
    (folder / missing).unlink(missing_ok=True)
    environ = {key: value for key, value in env.environ.items() if key != missing}

    with pytest.raises(CannotAnswer, match="no cluster is configured"):
        load(ConnectionFlags(), environment(tmp_path, **environ))


@pytest.mark.parametrize(
    ("context", "variables", "flags", "expected"),
    [
        pytest.param("x", {}, ConnectionFlags(namespace="f"), ("f", "flag"), id="flag"),
        pytest.param("x", {}, ConnectionFlags(), ("x", "context"), id="context"),
        pytest.param("default", {}, ConnectionFlags(), ("default", "context"), id="default in the context"),
        pytest.param("", {}, ConnectionFlags(), ("team-pod", "in-cluster"), id="the pod's file"),
        pytest.param(
            "", {"POD_NAMESPACE": "p"}, ConnectionFlags(), ("p", "in-cluster"), id="the pod's variable"
        ),
        pytest.param(
            "", {"KUBERNETES_SERVICE_HOST": ""}, ConnectionFlags(), ("default", "default"), id="nothing"
        ),
    ],
)
def test_the_namespace_comes_from(
    tmp_path: Path, context: str, variables: dict[str, str], flags: ConnectionFlags, expected: tuple[str, str]
) -> None:
    """The flag, then the context, then the pod that we may be in, then `default`."""
    env, _ = pod(tmp_path)
    text = f"current-context: c\ncontexts: [{{name: c, context: {{cluster: c, namespace: '{context}'}}}}]\n"
    written(tmp_path / "config", text + "clusters: [{name: c, cluster: {server: https://c}}]\n")
    environ = {**env.environ, "KUBECONFIG": "config", **variables}

    connection = load(flags, environment(tmp_path, **environ))

    assert (connection.namespace, connection.namespace_from) == expected
