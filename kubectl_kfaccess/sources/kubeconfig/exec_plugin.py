"""
Credential plugins: run, and what they print is read, by the rules of client-go's plugin/pkg/client/auth/exec.

Other clients log a plugin's failure and go on as nobody; a tool about access must not, so every failure is an
error. Import this module only where there is a plugin to run: it needs processes and threads.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import IO, Any, NamedTuple

import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnusableCredentials, cause
from kubectl_kfaccess.sources.kubeconfig.connection import Connection, ExecPlugin
from kubectl_kfaccess.sources.kubeconfig.redaction import without_secrets

_MOST_BYTES = 1 << 20  # far more than any token and certificate


class Given(NamedTuple):
    """The status of an ExecCredential: a token, or a certificate and its key in PEM, or all of it."""

    token: str
    certificate: str
    key: str
    expires: float | None  # seconds since the epoch, where the plugin says so

    def __repr__(self) -> str:
        return without_secrets(self, "token", "key")


def run(
    plugin: ExecPlugin, connection: Connection, env: Environment, *, interactive: bool, limit: float
) -> Given:
    """
    Return what the plugin gives.

    *interactive* lets it use the terminal, if stdin is one; a plugin that may not has *limit* seconds.
    """
    use_stdin = _uses_stdin(plugin, env, interactive)
    process = _start(plugin, _environment(plugin, connection, env, use_stdin), env, use_stdin)
    return _read(_finish(process, plugin, env, None if use_stdin else limit), plugin)


# --- what it is told --------------------------------------------------------------------------------------


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


def _environment(
    plugin: ExecPlugin, connection: Connection, env: Environment, use_stdin: bool
) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": use_stdin}
    if plugin.provide_cluster_info:
        spec["cluster"] = _cluster_info(plugin, connection)
    info = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    return {**env.environ, **dict(plugin.env), "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _cluster_info(plugin: ExecPlugin, connection: Connection) -> dict[str, Any]:
    """Return what the plugin may know of the cluster (ConfigToExecCluster)."""
    authority = connection.authority() or b""
    optional = {
        "tls-server-name": connection.tls_server_name,
        "insecure-skip-tls-verify": connection.insecure,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "proxy-url": connection.proxy_url,
        "disable-compression": connection.disable_compression,
    }
    present = {key: value for key, value in optional.items() if value}
    return {"server": connection.server, **present, "config": plugin.config}


# --- its process ------------------------------------------------------------------------------------------


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
        raise _failed(plugin, f"cannot be run: {cause(error)}") from error


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
        return len(self.data) > _MOST_BYTES

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
    if len(output) > _MOST_BYTES:
        raise _failed(plugin, "printed too much for an ExecCredential", code=ErrorCode.TOO_BIG)
    if code is None:
        raise _failed(plugin, f"did not end within {limit:g} s", code=ErrorCode.TIMEOUT)
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise _failed(plugin, how, "run the plugin by hand to see what it misses, or log in again")


# --- what it printed --------------------------------------------------------------------------------------


def _read(output: bytes, plugin: ExecPlugin) -> Given:
    """Return the status of the ExecCredential that was printed (refreshCredsLocked)."""
    status = _status(_decoded(output, plugin), plugin)
    given = Given(
        token=_string(status, "token", plugin),
        certificate=_string(status, "clientCertificateData", plugin),
        key=_string(status, "clientKeyData", plugin),
        expires=_expires(_string(status, "expirationTimestamp", plugin), plugin),
    )
    if not (given.token or given.certificate or given.key):
        raise _failed(plugin, "returned neither a token nor a certificate")
    if bool(given.certificate) != bool(given.key):
        raise _failed(plugin, "returned only one of certificate and key")
    return given


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


def _failed(
    plugin: ExecPlugin, how: str, hint: str = "", *, code: ErrorCode | None = None
) -> UnusableCredentials:
    return UnusableCredentials(f"no credentials: the plugin `{plugin.command}` {how}", hint=hint, code=code)
