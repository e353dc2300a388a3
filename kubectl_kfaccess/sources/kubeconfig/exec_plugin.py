"""
Run a credential plugin and read what it prints, by the rules of client-go's plugin/pkg/client/auth/exec.

Other clients log a plugin's failure and go on as an anonymous user. In a tool about access this would give
wrong answers, so every failure is an error. Import this module only to run a plugin: it imports processes.
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
from kubectl_kfaccess.errors import ErrorCode, UnusableCredentials, cause_text
from kubectl_kfaccess.sources.kubeconfig.connection import Connection, ExecPlugin
from kubectl_kfaccess.sources.kubeconfig.redaction import without_secrets

_MOST_BYTES = 1 << 20  # far more than any token and certificate


class PluginCredentials(NamedTuple):
    """The status of an ExecCredential: a token, or a certificate and its key in PEM, or all three."""

    token: str
    certificate: str
    key: str
    expires: float | None  # seconds since the epoch, None if the plugin does not say

    def __repr__(self) -> str:
        return without_secrets(self, "token", "key")


def run(
    plugin: ExecPlugin, connection: Connection, env: Environment, *, interactive: bool, limit: float
) -> PluginCredentials:
    """
    Run *plugin* and return its credentials; raises UnusableCredentials if it fails.

    *interactive* lets it use the terminal, if stdin is one; otherwise it has *limit* seconds.
    """
    use_stdin = _uses_stdin(plugin, env, interactive)
    process = _start(plugin, _environment(plugin, connection, env, use_stdin), env, use_stdin)
    return _read(_finish(process, plugin, env, None if use_stdin else limit), plugin)


# --- its input --------------------------------------------------------------------------------------------


def _uses_stdin(plugin: ExecPlugin, env: Environment, interactive: bool) -> bool:
    """
    Return whether the plugin gets our stdin (isInteractive).

    Raises UnusableCredentials if it must have a terminal and there is none.
    """
    terminal = _fileno(env.stdin) is not None and env.stdin.isatty()
    if plugin.interactive_mode != "Always":
        return plugin.interactive_mode == "IfAvailable" and interactive and terminal
    if not terminal:
        raise _failed(plugin, "needs a terminal: standard input is not a terminal")
    if not interactive:
        raise _failed(plugin, "needs a terminal: standard input is used for something else")
    return True


def _fileno(stream: IO[Any]) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):  # not a file of the system, or closed
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
    """Return the description of the cluster for the plugin (ConfigToExecCluster)."""
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
            # Passed on at once: "open this page and enter the code" cannot wait until the plugin ends
            stderr=subprocess.PIPE if _fileno(env.stderr) is None else env.stderr,
            env=dict(environ),
            cwd=env.cwd,
            # A process group of its own can be killed as a whole, but cannot read from the terminal
            start_new_session=not use_stdin,
        )
    except (OSError, ValueError) as error:
        raise _failed(plugin, f"cannot be run: {cause_text(error)}") from error


def _executable(plugin: ExecPlugin, env: Environment) -> str:
    """Return the program's path; we search our own PATH, and not one that the plugin's `env` sets."""
    program = shutil.which(plugin.command, path=env.environ.get("PATH", ""))
    if program is None:
        hint = _printable(plugin.install_hint) or "install it, or choose another `--context` or `--user`"
        raise _failed(plugin, "was not found", hint)
    return program


def _printable(text: str) -> str:
    """Return the text with control characters written as U+001B (cleanANSIEscapeCodes)."""
    kept = (char if char.isprintable() or char in "\n\t" else f"U+{ord(char):04X}" for char in text)
    return "".join(kept).strip()


def _finish(
    process: subprocess.Popen[bytes], plugin: ExecPlugin, env: Environment, limit: float | None
) -> bytes:
    """Return what the plugin printed; if it hangs or we are interrupted, it is killed."""
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
    """Reads a stream to its end or up to a limit; None reads as an empty stream."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self.stream, self.data = stream, b""
        self.start()

    def run(self) -> None:
        """Read the stream into `data`."""
        while self.stream and not self.too_much and (chunk := os.read(self.stream.fileno(), 65536)):
            self.data += chunk

    @property
    def too_much(self) -> bool:
        """Return whether more was read than any credential needs."""
        return len(self.data) > _MOST_BYTES

    def close(self) -> None:
        """Close the stream, unless a process that was not killed still has its other end open."""
        self.join(1.0)
        if self.stream and not self.is_alive():
            self.stream.close()


def _wait(
    process: subprocess.Popen[bytes], readers: tuple[_Reader, _Reader], limit: float | None
) -> int | None:
    """Return the exit code; None if time ran out or there is too much output."""
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
    """Kill the process, and with *group* its children too: it leads the group, so its id is the group's."""
    try:
        if group and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass  # it ended in the meantime
    process.wait()


def _check_end(code: int | None, output: bytes, plugin: ExecPlugin, limit: float | None) -> None:
    """Raise UnusableCredentials unless the plugin ended with 0 and printed no more than allowed."""
    if len(output) > _MOST_BYTES:
        raise _failed(plugin, "printed too much for an ExecCredential", code=ErrorCode.TOO_BIG)
    if code is None:
        raise _failed(plugin, f"did not end within {limit:g} s", code=ErrorCode.TIMEOUT)
    if code:
        end = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise _failed(plugin, end, "run the plugin by hand to see what is missing, or log in again")


# --- its output -------------------------------------------------------------------------------------------


def _read(output: bytes, plugin: ExecPlugin) -> PluginCredentials:
    """Return the status of the printed ExecCredential (refreshCredsLocked); raises UnusableCredentials."""
    status = _status(_decoded(output, plugin), plugin)
    login = PluginCredentials(
        token=_string(status, "token", plugin),
        certificate=_string(status, "clientCertificateData", plugin),
        key=_string(status, "clientKeyData", plugin),
        expires=_expires(_string(status, "expirationTimestamp", plugin), plugin),
    )
    if not (login.token or login.certificate or login.key):
        raise _failed(plugin, "returned neither a token nor a certificate")
    if bool(login.certificate) != bool(login.key):
        raise _failed(plugin, "returned only one of certificate and key")
    return login


def _decoded(output: bytes, plugin: ExecPlugin) -> Mapping[str, Any]:
    """Return the printed ExecCredential; like kubectl, we accept YAML as well as JSON."""
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
        raise _failed(plugin, f"returned the version `{version}`, but `{plugin.api_version}` is configured")
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
    if isinstance(value, datetime):  # YAML reads a time without quotes as a datetime
        return value.replace(tzinfo=value.tzinfo or timezone.utc).isoformat()
    if value is not None and not isinstance(value, str):
        raise _failed(plugin, f"returned a {name} that is not text")
    return value or ""


def _expires(text: str, plugin: ExecPlugin) -> float | None:
    """Return an RFC 3339 time in seconds since the epoch, None for an empty text."""
    if not text:
        return None
    plain = re.sub(r"\.\d+", "", text.replace("Z", "+00:00"))  # Python 3.10 knows neither Z nor nanoseconds
    try:
        return datetime.fromisoformat(plain).timestamp()
    except ValueError as error:
        raise _failed(plugin, f"returned the expirationTimestamp `{text}`, which is not a time") from error


def _failed(
    plugin: ExecPlugin, problem: str, hint: str = "", *, code: ErrorCode | None = None
) -> UnusableCredentials:
    """Return the error for a plugin; *problem* is a phrase that continues its name."""
    message = f"no credentials: the plugin `{plugin.command}` {problem}"
    return UnusableCredentials(message, hint=hint, code=code)
