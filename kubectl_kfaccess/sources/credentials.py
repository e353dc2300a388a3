"""
What a request carries so that the server knows the caller: a header, a certificate, somebody impersonated.

Credential plugins are run here, by the rules of client-go's plugin/pkg/client/auth/exec. Other clients log
a plugin's failure and go on as nobody; a tool about access must not, so every failure is an error.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer
from kubectl_kfaccess.sources.kubeconfig import Connection, ExecPlugin

PLUGIN_SECONDS = 30.0
_PLUGIN_BYTES = 1 << 20  # far more than any token and certificate
_EXPIRY_DELTA = 10.0  # seconds; oidc.go's expiryDelta


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate chain and its key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Credentials:
    """What identifies the caller; neither part means anonymous."""

    authorization: str | None = field(default=None, repr=False)  # the value of the Authorization header
    certificate: ClientCertificate | None = None
    expires: float | None = None  # seconds since the epoch, where a plugin said so


# --- what callers ask -------------------------------------------------------------------------------------


def headers(
    connection: Connection, env: Environment, *, interactive: bool, limit: float = PLUGIN_SECONDS
) -> Credentials:
    """
    Return the credentials for the connection, read or made anew at each call.

    *interactive* lets a plugin use the terminal, if stdin is one; a plugin that may not has *limit* seconds.
    The order is client-go's: token, user name, auth-provider; a plugin only when nothing else is there.
    """
    _refuse_removed_provider(connection)
    certificate = _own_certificate(connection)
    authorization = _own_authorization(connection)
    if connection.exec and not certificate and not authorization:
        return _from_plugin(connection.exec, connection, env, interactive, limit)
    if connection.auth_provider and not authorization:
        authorization = _bearer(_id_token(connection.auth_provider.config), "the id-token")
    return Credentials(authorization, certificate)


def impersonation_headers(connection: Connection) -> list[tuple[str, str]]:
    """Return the Impersonate-… headers, one for each group and value; ready for http.client's Latin-1."""
    act = connection.impersonation
    if not act:
        return []
    pairs = [("Impersonate-User", act.user)]
    pairs += [("Impersonate-Uid", act.uid)] if act.uid else []
    pairs += [("Impersonate-Group", group) for group in act.groups]
    extra = ((key, value) for key, values in act.extra.items() for value in values)
    pairs += [(f"Impersonate-Extra-{_header_key(key)}", value) for key, value in extra]
    return [(name, _header_value(value, f"the value of {name}")) for name, value in pairs]


@contextmanager
def certificate_files(certificate: ClientCertificate) -> Iterator[tuple[Path, Path]]:
    """Yield the paths of the certificate and its key, readable for this user alone, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kfaccess-") as folder:
        paths = Path(folder, "tls.crt"), Path(folder, "tls.key")
        for path, data in zip(paths, (certificate.certificate, certificate.key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(data)
        yield paths


# --- what the kubeconfig itself holds ---------------------------------------------------------------------


def _refuse_removed_provider(connection: Connection) -> None:
    """Fail for the providers that kubectl 1.26 dropped, and unknown ones; as there, a token does not help."""
    name = connection.auth_provider.name if connection.auth_provider else "oidc"
    if name == "oidc":
        return
    plugin = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin (github.com/Azure/kubelogin)"}.get(name)
    hint = f"use the exec credential plugin {plugin}" if plugin else "use an exec credential plugin"
    what = "was removed from kubectl 1.26" if plugin else "is not known"
    raise CannotAnswer(f"no credentials: the auth-provider `{name}` {what}", hint=hint)


def _own_certificate(connection: Connection) -> ClientCertificate | None:
    certificate = connection.certificate_data or _file(connection.certificate_file, "client certificate")
    key = connection.key_data or _file(connection.key_file, "client key")
    return _checked(certificate, key) if certificate and key else None


def _file(path: Path | None, what: str) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except (OSError, ValueError) as error:
        raise CannotAnswer(f"cannot read the {what} `{path}`: {_cause(error)}") from error


def _cause(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]


def _checked(certificate: bytes, key: bytes) -> ClientCertificate:
    """Return the pair, after a look whether they are PEM and belong together."""
    made = ClientCertificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with certificate_files(made) as (certificate_path, key_path):
        try:
            # An encrypted key would make OpenSSL ask on the terminal; Go cannot use one either.
            context.load_cert_chain(certificate_path, key_path, password="")
        except (ssl.SSLError, OSError, ValueError) as error:
            raise CannotAnswer(f"cannot use the client certificate and key: {error}") from error
    return made


def _own_authorization(connection: Connection) -> str | None:
    if connection.token or connection.token_file:
        return _bearer(*_own_token(connection))
    if connection.username or connection.password:
        pair = f"{connection.username}:{connection.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return None


def _own_token(connection: Connection) -> tuple[str, str]:
    """Return the token, and what it is called; a token file that can be read wins, as in transport.go."""
    path = connection.token_file
    try:
        token = path.read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError) as error:
        if not connection.token:
            raise CannotAnswer(f"cannot read the token file `{path}`: {_cause(error)}") from error
        token = ""
    if not token and not connection.token:
        raise CannotAnswer(f"the token file `{path}` is empty")
    return (token, f"the token in `{path}`") if token else (connection.token, "the token")


def _bearer(token: str, what: str) -> str:
    return f"Bearer {_header_value(token, what)}"


def _header_value(value: str, what: str) -> str:
    """Return the value as http.client wants it; Go and the server refuse control characters, we do here."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
        raise CannotAnswer(f"{what} has a line break or another control character: it cannot be sent")
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def _header_key(key: str) -> str:
    """Return the extra key for use in a header's name: what is no token character is percent-encoded."""
    return quote(key, safe="!#$&'*+-.^_`|~")


def _id_token(config: Mapping[str, str]) -> str:
    token = config.get("id-token", "")
    advice = "use an exec credential plugin for OpenID Connect, such as kubelogin (kubectl oidc-login)"
    if not token:
        raise CannotAnswer("no credentials: the auth-provider `oidc` holds no id-token", hint=advice)
    if _expiry(token) <= time.time() + _EXPIRY_DELTA:
        raise CannotAnswer(
            "no credentials: the id-token of the auth-provider `oidc` has expired", hint=advice
        )
    return token


def _expiry(token: str) -> float:
    """Return when the JSON Web Token expires, in seconds since the epoch; one that does not say so has."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims.get("exp") or 0)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise CannotAnswer("no credentials: the id-token of the auth-provider `oidc` is no JWT") from error


# --- credential plugins -----------------------------------------------------------------------------------


def _from_plugin(
    plugin: ExecPlugin, connection: Connection, env: Environment, interactive: bool, limit: float
) -> Credentials:
    use_stdin = _uses_stdin(plugin, env, interactive)
    process = _start(plugin, _plugin_environment(plugin, connection, env, use_stdin), env, use_stdin)
    output = _finish(process, plugin, env, None if use_stdin else limit)
    return _read(output, plugin)


def _failed(plugin: ExecPlugin, cause: str, hint: str = "") -> CannotAnswer:
    return CannotAnswer(f"no credentials: the plugin `{plugin.command}` {cause}", hint=hint)


def _uses_stdin(plugin: ExecPlugin, env: Environment, interactive: bool) -> bool:
    """Return whether the plugin gets our stdin (isInteractive)."""
    terminal = _fileno(env.stdin) is not None and env.stdin.isatty()
    if plugin.interactive_mode != "Always":
        return plugin.interactive_mode == "IfAvailable" and interactive and terminal
    if not terminal:
        raise _failed(plugin, "must ask on the terminal: standard input is not a terminal")
    if not interactive:
        raise _failed(plugin, "must ask on the terminal: standard input is used for something else")
    return True


def _fileno(stream: IO[Any]) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):  # no real file, or closed
        return None


def _plugin_environment(
    plugin: ExecPlugin, connection: Connection, env: Environment, use_stdin: bool
) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": use_stdin}
    if plugin.provide_cluster_info:
        spec["cluster"] = _cluster_info(plugin, connection)
    info = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    return {**env.environ, **dict(plugin.env), "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _cluster_info(plugin: ExecPlugin, connection: Connection) -> dict[str, Any]:
    """Return what the plugin may know of the cluster (ConfigToExecCluster)."""
    authority = connection.ca_data or _file(connection.ca_file, "certificate authority") or b""
    optional = {
        "tls-server-name": connection.tls_server_name,
        "insecure-skip-tls-verify": connection.insecure,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "proxy-url": connection.proxy_url,
        "disable-compression": connection.disable_compression,
    }
    present = {key: value for key, value in optional.items() if value}
    return {"server": connection.server, **present, "config": plugin.config}


def _start(
    plugin: ExecPlugin, environ: Mapping[str, str], env: Environment, use_stdin: bool
) -> subprocess.Popen[bytes]:
    env.stderr.flush()
    try:
        return subprocess.Popen(
            [_executable(plugin, env), *plugin.args],
            stdin=env.stdin if use_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Passed on as it comes: "open this page and enter the code" must not wait for the end.
            stderr=subprocess.PIPE if _fileno(env.stderr) is None else env.stderr,
            env=dict(environ),
            cwd=env.cwd,
            # A group of its own can be killed as a whole, but could not read from the terminal.
            start_new_session=not use_stdin,
        )
    except (OSError, ValueError) as error:
        raise _failed(plugin, f"cannot be run: {_cause(error)}") from error


def _executable(plugin: ExecPlugin, env: Environment) -> str:
    """Return the program, looked up in our own PATH, not in one that the plugin's env sets."""
    found = shutil.which(plugin.command, path=env.environ.get("PATH", ""))
    if found is None:
        hint = _printable(plugin.install_hint) or "install it, or choose another --context or --user"
        raise _failed(plugin, "was not found", hint)
    return found


def _printable(text: str) -> str:
    """Return the text without control characters (cleanANSIEscapeCodes)."""
    kept = (char if char.isprintable() or char in "\n\t" else f"U+{ord(char):04X}" for char in text)
    return "".join(kept).strip()


def _finish(
    process: subprocess.Popen[bytes], plugin: ExecPlugin, env: Environment, limit: float | None
) -> bytes:
    """Return what the plugin printed; one that hangs or is interrupted does not run on."""
    output, messages = _Reader(process.stdout), _Reader(process.stderr)
    code = None
    try:
        code = _wait(process, (output, messages), limit)
    finally:
        if code is None:
            _kill(process, group=limit is not None)
        output.close()
        messages.close()
        if process.stderr:
            env.stderr.write(messages.data.decode(errors="replace"))
    _check_end(code, output.data, plugin, limit)
    return output.data


class _Reader(threading.Thread):
    """Reads a stream to its end, or to where it is too much; no stream reads as nothing."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self.stream, self.data = stream, b""
        self.start()

    def run(self) -> None:
        """Leave what was read in `data`."""
        while self.stream and not self.too_much and (chunk := os.read(self.stream.fileno(), 65536)):
            self.data += chunk

    @property
    def too_much(self) -> bool:
        """Whether more came than any credential needs."""
        return len(self.data) > _PLUGIN_BYTES

    def close(self) -> None:
        """Close the stream, unless a process that escaped the kill still holds its other end."""
        self.join(1.0)
        if self.stream and not self.is_alive():
            self.stream.close()


def _wait(
    process: subprocess.Popen[bytes], readers: tuple[_Reader, _Reader], limit: float | None
) -> int | None:
    """Return the exit code; None when time ran out or the output is too much."""
    deadline = None if limit is None else time.monotonic() + limit
    for reader in readers:
        reader.join(_left(deadline))
        if reader.is_alive() or reader.too_much:
            return None
    try:
        return process.wait(_left(deadline))
    except subprocess.TimeoutExpired:
        return None


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _kill(process: subprocess.Popen[bytes], *, group: bool) -> None:
    """End the process, and with *group* its children, too; it leads the group, so its id is the group's."""
    try:
        if group and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass  # gone by itself in the meantime
    process.wait()


def _check_end(code: int | None, output: bytes, plugin: ExecPlugin, limit: float | None) -> None:
    if len(output) > _PLUGIN_BYTES:
        raise _failed(plugin, "printed too much for an ExecCredential")
    if code is None:
        raise _failed(plugin, f"did not end within {limit:g} s")
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise _failed(plugin, how, "run the plugin by hand to see what it misses, or log in again")


def _read(output: bytes, plugin: ExecPlugin) -> Credentials:
    """Return the credentials in the ExecCredential that was printed (refreshCredsLocked)."""
    status = _status(_decoded(output, plugin), plugin)
    token, certificate, key = (
        _string(status, name, plugin) for name in ("token", "clientCertificateData", "clientKeyData")
    )
    if not (token or certificate or key):
        raise _failed(plugin, "returned neither a token nor a certificate")
    if bool(certificate) != bool(key):
        raise _failed(plugin, "returned only one of certificate and key")
    return Credentials(
        authorization=_bearer(token, f"the token of the plugin `{plugin.command}`") if token else None,
        certificate=_checked(certificate.encode(), key.encode()) if key else None,
        expires=_expires(_string(status, "expirationTimestamp", plugin), plugin),
    )


def _decoded(output: bytes, plugin: ExecPlugin) -> Mapping[str, Any]:
    """Return the printed object; kubectl takes YAML as well as JSON."""
    try:
        document = json.loads(output)
    except (ValueError, RecursionError):
        document = _yaml(output)
    if not isinstance(document, dict):
        raise _failed(plugin, "did not print an ExecCredential on stdout")
    kind, version = document.get("kind"), document.get("apiVersion")
    if kind != "ExecCredential":
        raise _failed(plugin, f"printed the kind `{kind}`, not an ExecCredential")
    if version != plugin.api_version:
        raise _failed(plugin, f"returned the version `{version}`, configured is `{plugin.api_version}`")
    return document


def _yaml(output: bytes) -> Any:
    import yaml

    try:
        return yaml.safe_load(output)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _status(document: Mapping[str, Any], plugin: ExecPlugin) -> Mapping[str, Any]:
    status = document.get("status")
    if not isinstance(status, dict):
        raise _failed(plugin, "returned no status")
    return status


def _string(status: Mapping[str, Any], name: str, plugin: ExecPlugin) -> str:
    value = status.get(name)
    if isinstance(value, datetime):  # YAML reads a bare time as one
        return value.replace(tzinfo=value.tzinfo or timezone.utc).isoformat()
    if value is not None and not isinstance(value, str):
        raise _failed(plugin, f"returned a {name} that is not text")
    return value or ""


def _expires(text: str, plugin: ExecPlugin) -> float | None:
    """Return the RFC 3339 time in seconds since the epoch."""
    if not text:
        return None
    plain = re.sub(r"\.\d+", "", text.replace("Z", "+00:00"))  # Python 3.10 knows neither Z nor nanoseconds
    try:
        return datetime.fromisoformat(plain).timestamp()
    except ValueError as error:
        raise _failed(plugin, f"returned the expirationTimestamp `{text}`, which is no time") from error
