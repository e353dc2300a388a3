"""The pod that we run in, if any: its API server and its service account, as InClusterConfig finds them."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import NamedTuple

from kubectl_kfaccess.environment import Environment

# Where the kubelet mounts a pod's own credentials
SERVICE_ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount"


class Pod(NamedTuple):
    """What a pod knows about its cluster, in the fields of a kubeconfig; *namespace* is "" if unknown."""

    cluster: dict[str, str]
    user: dict[str, str]
    namespace: str


def pod(env: Environment) -> Pod | None:
    """Return the pod that we run in, None outside of pods."""
    service_account = env.root / SERVICE_ACCOUNT
    host = env.environ.get("KUBERNETES_SERVICE_HOST")
    port = env.environ.get("KUBERNETES_SERVICE_PORT")
    token = service_account / "token"
    if not (host and port and _is_file(token)):
        return None
    return Pod(
        cluster=_cluster(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", service_account / "ca.crt"),
        user={"tokenFile": str(token)},
        namespace=env.environ.get("POD_NAMESPACE") or _text(service_account / "namespace"),
    )


def _is_file(path: Path) -> bool:
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def _cluster(address: str, authority: Path) -> dict[str, str]:
    server = {"server": f"https://{address}"}
    return {**server, "certificate-authority": str(authority)} if authority.is_file() else server


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
