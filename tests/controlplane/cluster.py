"""A real Kubernetes control plane on this machine, without containers and without root."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import urllib3

from tests.controlplane.assets import assets
from tests.controlplane.pki import Authority, service_account_keys
from tests.controlplane.process import Process, StartError, Watchdog, free_ports
from tests.controlplane.versions import DEFAULT_VERSION, canonical

ADMIN = "admin"
CONNECTIONS = 8
ATTEMPTS = 3

CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
)
_SIGNER = "certificatesigningrequest-signing-controller"
_WITHOUT_ADMISSION = {"disable-admission-plugins": "ServiceAccount"}


@dataclass(frozen=True)
class User:
    """A user who logs in with a token of the API server's static token file."""

    name: str
    groups: tuple[str, ...] = ()


DEFAULT_USERS = (
    User(ADMIN, ("system:masters",)),
    User("cluster-reader"),
    User("alice@example.com"),
    User("bob@example.com"),
    User("nobody@example.com"),
)


@dataclass(frozen=True)
class Loaded:
    """An object that was loaded into the API server, and the one that it replaced."""

    kind: str
    namespace: str
    name: str
    path: str
    before: Mapping[str, Any] | None


class ControlPlane:
    """
    etcd, kube-apiserver and kube-controller-manager of one version, which run inside a `with` block.

    RBAC is the only authorizer by default, and there are no anonymous users. The controllers are those that
    matter for access: aggregation of ClusterRoles, namespaces, service accounts. Everything listens on
    127.0.0.1 and writes into one temporary directory, which is removed afterwards, even if the runner was
    killed.

    Pods can name absent service accounts, so that manifests can be loaded in any order. With
    *admits_accounts* they cannot, as in a real cluster, and approved certificates are signed and bootstrap
    tokens count as well.
    """

    directory: Path
    server: str
    ca_file: Path
    kubectl: Path

    def __init__(
        self,
        version: str = DEFAULT_VERSION,
        users: Sequence[User] = DEFAULT_USERS,
        keep_logs: Path | None = None,
        environment: Mapping[str, str] = os.environ,
        authorizers: str = "RBAC",
        *,
        admits_accounts: bool = False,
    ) -> None:
        self.authorizers = authorizers
        self._admits_accounts = admits_accounts
        self.version = canonical(version)
        self.binaries: dict[str, Path] = {}
        self.loaded: list[Loaded] = []
        self._users, self._keep_logs, self._environment = tuple(users), keep_logs, environment
        self._tokens = {user.name: secrets.token_hex(16) for user in users}
        self._certified: dict[str, Path] = {}
        self._processes: dict[str, Process] = {}
        self._teardown = contextlib.ExitStack()

    def __enter__(self) -> ControlPlane:
        self.binaries = assets(self.version, self._environment)
        self.kubectl = self.binaries["kubectl"]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start()
                break
            except BaseException as error:
                self._teardown.close()
                # Another process can take a port before we bind it: try again with other ports
                if attempt == ATTEMPTS or not isinstance(error, StartError):
                    raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._teardown.close()

    @property
    def admin_token(self) -> str:
        """Return the token of the user `admin`, who can do everything."""
        return self.token(ADMIN)

    def token(self, user: str) -> str:
        """Return the token of a user that the control plane was started with."""
        return self._tokens[user]

    def kubeconfig(self, user: str = ADMIN) -> Path:
        """Return a kubeconfig with one context, which is named after the user and logs in as that user."""
        if user in self._certified:
            return self._certified[user]
        file_name = f"{quote(user, safe='@')}.kubeconfig"
        return self._write_kubeconfig(user, file_name, {"token": self.token(user)})

    def add_user(self, name: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig with a certificate for a new user: token files are only read at the start."""
        self._certified[name] = self.certificate_kubeconfig(name, groups)
        return self._certified[name]

    def client_certificate(self, user: str, groups: Sequence[str] = ()) -> tuple[Path, Path]:
        """Return the files of a new certificate, and of its key, for a user with these groups."""
        return self._authority.client(f"client-{secrets.token_hex(4)}", user, tuple(groups))

    def certificate_kubeconfig(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig that logs in with a new client certificate."""
        certificate, key = self.client_certificate(user, groups)
        login = {"client-certificate": str(certificate), "client-key": str(key)}
        return self._write_kubeconfig(user, f"{certificate.stem}.kubeconfig", login)

    def service_account_token(self, namespace: str, name: str) -> str:
        """Return a token of a service account from the TokenRequest API, as a kubelet gets it."""
        path = f"/api/v1/namespaces/{quote(namespace)}/serviceaccounts/{quote(name)}/token"
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
        status, answer = self.request("POST", path, review)
        if status != 201:
            raise RuntimeError(f"no token for service account `{namespace}/{name}`: {answer.get('message')}")
        return str(answer["status"]["token"])

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        token: str | None = None,
        *,
        content_type: str = "application/json",
        more_headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Return the status and the decoded answer, to admin by default; `{"text": …}` if it is not JSON."""
        headers = {"Authorization": f"Bearer {token or self.admin_token}", "Content-Type": content_type}
        headers.update(more_headers or {})
        content = None if body is None else json.dumps(body).encode()
        response = self._pool.request(method, path, body=content, headers=headers)
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response.status, json.loads(response.data)
        return response.status, {"text": response.data.decode(errors="replace")}

    def start_controller_manager(self) -> None:
        """Start kube-controller-manager, and wait until it answers."""
        (port,) = free_ports(1)
        process = self._run("kube-controller-manager", self._controller_manager_flags(port))
        process.wait_until(lambda: self._answers(f"https://127.0.0.1:{port}", "/healthz"))

    def stop_controller_manager(self) -> None:
        """Stop kube-controller-manager: from then on, aggregated ClusterRoles do not change."""
        self._processes["kube-controller-manager"].stop()

    def log_tail(self, name: str) -> str:
        """Return the last lines of a component's output, and whether it is running."""
        process = self._processes[name]
        state = "running" if process.running else "not running"
        return f"{name} is {state}; its last output:\n{process.tail()}"

    def _start(self) -> None:
        """Start everything and wait until it answers; raises StartError with a component's last output."""
        self.directory = Path(tempfile.mkdtemp(prefix="kfaccess-controlplane-"))
        self._watchdog = Watchdog(self.directory)
        self._teardown.callback(self._watchdog.close)
        self._authority = Authority(self.directory)
        self.ca_file = self._authority.certificate
        self._certificate, self._key = self._authority.server("server")
        service_account_keys(self.directory)
        self._write_token_file()
        client, peer, secure = free_ports(3)
        self._start_etcd(client, peer)
        self._start_api_server(client, secure)
        self.start_controller_manager()

    def _start_etcd(self, client: int, peer: int) -> None:
        """Start etcd and wait until it answers; its certificate proves that the answer is from this etcd."""
        url, peer_url = f"https://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        flags: dict[str, str | Path] = {
            "data-dir": self.directory / "etcd",
            "listen-client-urls": url,
            "advertise-client-urls": url,
            "listen-peer-urls": peer_url,
            "initial-advertise-peer-urls": peer_url,
            "initial-cluster": f"default={peer_url}",
            "cert-file": self._certificate,
            "key-file": self._key,
            "trusted-ca-file": self.ca_file,
            "client-cert-auth": "true",
            "unsafe-no-fsync": "true",
            "log-level": "error",
        }
        process = self._run("etcd", flags)
        process.wait_until(lambda: self._answers(url, "/health"))

    def _start_api_server(self, etcd: int, port: int) -> None:
        """Start kube-apiserver and wait until it is ready; the default roles and bindings exist then."""
        self.server = f"https://127.0.0.1:{port}"
        self._pool = urllib3.HTTPSConnectionPool(
            "127.0.0.1",
            port,
            maxsize=CONNECTIONS,
            block=True,
            ca_certs=str(self.ca_file),
            timeout=60,
            retries=False,
        )
        process = self._run("kube-apiserver", self._api_server_flags(etcd, port))
        self._teardown.callback(self._pool.close)
        process.wait_until(self._is_ready)

    def _is_ready(self) -> bool:
        """Return whether kube-apiserver says that it is ready."""
        try:
            return self.request("GET", "/readyz")[0] == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _api_server_flags(self, etcd: int, port: int) -> dict[str, str | Path]:
        """Return the flags of kube-apiserver."""
        return {
            "etcd-servers": f"https://127.0.0.1:{etcd}",
            "etcd-cafile": self.ca_file,
            "etcd-certfile": self._certificate,
            "etcd-keyfile": self._key,
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "endpoint-reconciler-type": "none",  # the others refuse a loopback address since 1.37
            "secure-port": str(port),
            "cert-dir": self.directory / "certs",
            "tls-cert-file": self._certificate,
            "tls-private-key-file": self._key,
            "client-ca-file": self.ca_file,
            "token-auth-file": self.directory / "tokens.csv",
            "anonymous-auth": "false",
            "authorization-mode": self.authorizers,
            "service-account-issuer": self.server,
            "service-account-key-file": self.directory / "sa.pub",
            "service-account-signing-key-file": self.directory / "sa.key",
            "service-cluster-ip-range": "10.0.0.0/24",
            "allow-privileged": "true",
            "enable-priority-and-fairness": "false",
            **({"enable-bootstrap-token-auth": "true"} if self._admits_accounts else _WITHOUT_ADMISSION),
        }

    def _controller_manager_flags(self, port: int) -> dict[str, str | Path]:
        """Return the flags of kube-controller-manager; with its default rates, many roles take minutes."""
        return {
            "kubeconfig": self.kubeconfig(),
            "bind-address": "127.0.0.1",
            "secure-port": str(port),
            "tls-cert-file": self._certificate,
            "tls-private-key-file": self._key,
            "leader-elect": "false",
            "use-service-account-credentials": "false",
            "service-account-private-key-file": self.directory / "sa.key",
            "root-ca-file": self.ca_file,
            "controllers": ",".join((*CONTROLLERS, *((_SIGNER,) if self._admits_accounts else ()))),
            "cluster-signing-cert-file": self.ca_file,
            "cluster-signing-key-file": self._authority.key_file(),
            "concurrent-namespace-syncs": "50",
            "kube-api-qps": "1000",
            "kube-api-burst": "2000",
        }

    def _run(self, name: str, flags: Mapping[str, str | Path]) -> Process:
        """Start a component, which is stopped at the end, and return it."""
        logs = self._keep_logs or self.directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        arguments = [f"--{flag}={value}" for flag, value in flags.items()]
        process = Process(name, [self.binaries[name], *arguments], logs / f"{name}.log", self._watchdog)
        self._processes[name] = process
        self._teardown.callback(process.stop)
        return process

    def _answers(self, url: str, path: str) -> bool:
        """Return whether a component, identified by its certificate, says that it is healthy."""
        try:
            with urllib3.PoolManager(
                timeout=5,
                retries=False,
                ca_certs=str(self.ca_file),
                cert_file=str(self._certificate),
                key_file=str(self._key),
            ) as pool:
                return pool.request("GET", url + path).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _write_token_file(self) -> None:
        """Write a line for each user, without groups if there are none: an empty field is the group ""."""
        with (self.directory / "tokens.csv").open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for user in self._users:
                groups = [",".join(user.groups)] if user.groups else []
                writer.writerow([self._tokens[user.name], user.name, f"uid-{user.name}", *groups])

    def _write_kubeconfig(self, user: str, file_name: str, login: Mapping[str, str]) -> Path:
        """Write a kubeconfig with one context, readable by its owner only, and return its path."""
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "test",
                    "cluster": {"server": self.server, "certificate-authority": str(self.ca_file)},
                }
            ],
            "users": [{"name": user, "user": dict(login)}],
            "contexts": [{"name": user, "context": {"cluster": "test", "user": user}}],
            "current-context": user,
        }
        path = self.directory / file_name
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
        return path
