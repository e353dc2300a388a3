"""What surrounds a case, by name: a kubeconfig, its credentials, and the directories beside it."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
from kubectl_kfaccess.sources.cluster.discovery import cache_file
from kubectl_kfaccess.sources.kubeconfig.choice import load
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.pki import Authority
from tests.controlplane.process import free_ports
from tests.robustness import process
from tests.robustness.clock import Clock
from tests.running import Result
from tests.running import run as run_here


@dataclass
class Bench:
    """
    Where one case runs: its directory, and the *server* that its kubeconfig names.

    `run` runs a command line inside this process by *clock*, the others in a process of its own.
    """

    plane: ControlPlane
    directory: Path
    server: str
    authority: Path
    clock: Clock = field(default_factory=Clock)
    tunnel: str = ""
    kubeconfig: str = ""
    flags: tuple[str, ...] = ()
    environ: dict[str, str] = field(default_factory=dict)

    def source(self, request_timeout: str = "0") -> ClusterSource:
        """Return the cluster of the kubeconfig, for a test inside this process."""
        streams = io.BytesIO(), io.StringIO(), io.StringIO()
        env = Environment(*streams, {"HOME": str(self.directory), "PATH": os.environ["PATH"]}, self.directory)
        flags = ConnectionFlags(kubeconfig=self.kubeconfig, request_timeout=request_timeout)
        return ClusterSource(lambda: load(flags, env), env)

    def run(self, *argv: str) -> Result:
        """Run a command line inside this process."""
        return run_here(*self._argv(argv), environ=self._environ, cwd=self.directory)

    def process(self, *argv: str) -> Result:
        """Run a command line in a process of its own."""
        return process.run(*self._argv(argv), cwd=self.directory, environ=self._environ)

    def started(self, *argv: str) -> subprocess.Popen[str]:
        """Start a process of its own."""
        return process.started(*self._argv(argv), cwd=self.directory, environ=self._environ)

    def shell(self, script: str, *argv: str) -> Result:
        """Run a script for bash, in which `"$@"` is the command line."""
        return process.shell(script, *self._argv(argv), cwd=self.directory, environ=self._environ)

    def _argv(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        return (*argv, "--cache-dir", str(self.cache), *self.flags)

    @property
    def _environ(self) -> dict[str, str]:
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        own = {**process.environment(self.directory), "HOME": str(home), "KUBECONFIG": self.kubeconfig}
        return {**own, **self.environ}

    @property
    def cache(self) -> Path:
        """Return the directory that is given as `--cache-dir`."""
        return self.directory / "cache"

    def write(self, login: Mapping[str, Any], **cluster: Any) -> None:
        """Write a kubeconfig with one context, and use it."""
        server = {"server": self.server, "certificate-authority": str(self.authority), **cluster}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": server}],
            "users": [{"name": "me", "user": dict(login)}],
            "contexts": [{"name": "here", "context": {"cluster": "test", "user": "me"}}],
            "current-context": "here",
        }
        self.text(json.dumps(content))

    def text(self, content: str) -> None:
        """Use a kubeconfig of this text."""
        path = self.directory / "config"
        path.write_text(content, encoding="utf-8")
        self.kubeconfig = str(path)

    def plugin(self, script: str, **more: Any) -> None:
        """Use a kubeconfig whose credentials come from this shell script."""
        program = self.directory / "plugin"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o700)
        version = "client.authentication.k8s.io/v1"
        exec_ = {"apiVersion": version, "command": str(program), "interactiveMode": "Never", **more}
        self.write({"exec": exec_})


def _user(name: str) -> Callable[[Bench], None]:
    return lambda bench: bench.write({"token": bench.plane.token(name)})


def _refused_port(bench: Bench) -> None:
    (port,) = free_ports(1)
    bench.write({"token": "t"}, server=f"https://127.0.0.1:{port}")


def _no_such_name(bench: Bench) -> None:
    bench.write({"token": "t"}, server="https://kubernetes.invalid:6443")


def _wrong_token(bench: Bench) -> None:
    bench.write({"token": "0123456789abcdef"})


def _expired_token(bench: Bench) -> None:
    bench.write({"token": _signed(bench.plane, expired=True)})


def _service_account_token(bench: Bench) -> None:
    bench.write({"token": _signed(bench.plane, expired=False)})


def _signed(plane: ControlPlane, *, expired: bool) -> str:
    """Return a token of the service account `faults-team/default`, signed with the cluster's own key."""
    _, account = plane.request("GET", "/api/v1/namespaces/faults-team/serviceaccounts/default")
    who = {
        "namespace": "faults-team",
        "serviceaccount": {"name": "default", "uid": account["metadata"]["uid"]},
    }
    now = int(time.time())
    claims = {
        "iss": plane.server,
        "aud": [plane.server],
        "sub": "system:serviceaccount:faults-team:default",
        "iat": now - 7200,
        "nbf": now - 7200,
        "exp": now - 3600 if expired else now + 3600,
        "kubernetes.io": who,
    }
    signed = b".".join(_part(json.dumps(each).encode()) for each in ({"alg": "ES256"}, claims))
    return b".".join((signed, _part(_signature(plane, signed)))).decode()


def _signature(plane: ControlPlane, data: bytes) -> bytes:
    key = load_pem_private_key((plane.directory / "sa.key").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return b"".join(
        number.to_bytes(32, "big") for number in decode_dss_signature(key.sign(data, ECDSA(hashes.SHA256())))
    )


def _part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _stranger(bench: Bench) -> Authority:
    """Return an authority that the cluster does not know."""
    directory = bench.directory / "stranger"
    directory.mkdir()
    return Authority(directory)


def _unknown_client_certificate(bench: Bench) -> None:
    certificate, key = _stranger(bench).client("client", "admin", ("system:masters",))
    bench.write({"client-certificate": str(certificate), "client-key": str(key)})


def _unknown_server_certificate(bench: Bench) -> None:
    bench.authority = _stranger(bench).certificate
    _user("admin")(bench)


def _other_host_name(bench: Bench) -> None:
    bench.write({"token": bench.plane.admin_token}, **{"tls-server-name": "elsewhere.example.com"})


def _broken_authority(bench: Bench) -> None:
    bench.authority = bench.directory / "broken.crt"
    bench.authority.write_text("-----BEGIN CERTIFICATE-----\nno base64!\n-----END CERTIFICATE-----\n")
    _user("admin")(bench)


def _alice_is_wanted(bench: Bench) -> None:
    _user("admin")(bench)
    bench.flags = ("--user", "alice@example.com")


def _without_kubeconfig(bench: Bench) -> None:
    bench.kubeconfig = ""


def _missing_kubeconfig(bench: Bench) -> None:
    bench.kubeconfig = str(bench.directory / "nowhere" / "config")


def _named_kubeconfig_missing(bench: Bench) -> None:
    bench.flags = ("--kubeconfig", str(bench.directory / "nowhere" / "config"))


def _directory_kubeconfig(bench: Bench) -> None:
    bench.kubeconfig = str(bench.directory)


def _kubeconfig_text(content: str) -> Callable[[Bench], None]:
    return lambda bench: bench.text(content)


def _plugin(script: str, **more: Any) -> Callable[[Bench], None]:
    return lambda bench: bench.plugin(script, **more)


def _printing(token: str) -> Callable[[Bench], None]:
    def build(bench: Bench) -> None:
        version = "client.authentication.k8s.io/v1"
        real = token.replace("TOKEN", bench.plane.admin_token)
        credential = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": real}}
        printed = bench.directory / "credential.json"
        printed.write_text(json.dumps(credential), encoding="utf-8")
        bench.plugin(f"cat '{printed}'")

    return build


def _unwritable_cache(bench: Bench) -> None:
    _user("admin")(bench)
    bench.cache.write_text("a file where a directory should be")


def _corrupt_cache(content: bytes) -> Callable[[Bench], None]:
    def build(bench: Bench) -> None:
        _user("admin")(bench)
        file = cache_file(bench.cache, bench.server)
        file.parent.mkdir(parents=True)
        file.write_bytes(content)

    return build


def _cache_is_a_directory(bench: Bench) -> None:
    _user("admin")(bench)
    cache_file(bench.cache, bench.server).mkdir(parents=True)


def _through_tunnel(bench: Bench) -> None:
    bench.write({"token": bench.plane.admin_token}, **{"proxy-url": bench.tunnel})


def _through_dead_proxy(bench: Bench) -> None:
    (port,) = free_ports(1)
    bench.write({"token": bench.plane.admin_token}, **{"proxy-url": f"http://127.0.0.1:{port}"})


WORLDS: Mapping[str, Callable[[Bench], None]] = {
    "admin": _user("admin"),
    "tenant": _user("nobody@example.com"),
    "one namespace": _user("alice@example.com"),
    "all but clusterroles": _user("bob@example.com"),
    "refused port": _refused_port,
    "no such name": _no_such_name,
    "wrong token": _wrong_token,
    "expired token": _expired_token,
    "service account": _service_account_token,
    "unknown client certificate": _unknown_client_certificate,
    "unknown server certificate": _unknown_server_certificate,
    "other host name": _other_host_name,
    "broken authority": _broken_authority,
    "alice is wanted": _alice_is_wanted,
    "no kubeconfig": _without_kubeconfig,
    "missing kubeconfig": _missing_kubeconfig,
    "named kubeconfig missing": _named_kubeconfig_missing,
    "directory": _directory_kubeconfig,
    "empty kubeconfig": _kubeconfig_text(""),
    "malformed kubeconfig": _kubeconfig_text("clusters: [\n  - {"),
    "kubeconfig of another kind": _kubeconfig_text("just a text"),
    "plugin fails": _plugin("echo 'the session is over' >&2; exit 1"),
    "plugin missing": _plugin(
        "", command="kfaccess-no-such-plugin", installHint="Get it from the platform team"
    ),
    "plugin prints garbage": _plugin("echo '<html>sign in</html>'"),
    "plugin prints nothing": _plugin("true"),
    "plugin hangs": _plugin("sleep 120"),
    "plugin is killed": _plugin("kill -9 $$"),
    "plugin works": _printing("TOKEN"),
    "plugin token with a line break": _printing("s3cret\nt0ken"),
    "plugin token is wrong": _printing("wrong"),
    "unwritable cache": _unwritable_cache,
    "corrupt cache": _corrupt_cache(b'[["apps","depl'),
    "cache of another form": _corrupt_cache(b'{"kind": "Something"}'),
    "cache is a directory": _cache_is_a_directory,
    "tunnel": _through_tunnel,
    "dead proxy": _through_dead_proxy,
}
