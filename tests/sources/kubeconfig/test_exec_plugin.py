"""Credential plugins: their input, their output, and how they fail."""

from __future__ import annotations

import base64
import datetime
import io
import json
import os
import pty
import select
import sys
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.sources.kubeconfig import exec_plugin
from kubectl_kfaccess.sources.kubeconfig.choice import ExecPlugin
from kubectl_kfaccess.sources.kubeconfig.credentials import Credentials
from tests.robustness.process import WATCHDOG
from tests.sources.kubeconfig.logins import credentials, environment, pair

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """Return an environment whose stdin is not a terminal and whose streams can be read."""
    return environment(tmp_path)


def plugin(cwd: Path, script: str, interpreter: str = sys.executable, **fields: Any) -> ExecPlugin:
    """Return a plugin that runs this script."""
    path = cwd / "plugin"
    path.write_text(f"#!{interpreter}\n{script}")
    path.chmod(0o755)
    return ExecPlugin(**{"command": str(path), "api_version": V1, "interactive_mode": "Never", **fields})


def printing(status: Any, version: str = V1) -> str:
    """Return a script that prints an ExecCredential."""
    return f"print({json.dumps({'kind': 'ExecCredential', 'apiVersion': version, 'status': status})!r})"


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_a_plugins_token_is_a_bearer(env: Environment, version: str) -> None:
    """The token that a plugin prints becomes an Authorization header."""
    made = plugin(env.cwd, printing({"token": "t"}, version), api_version=version)

    assert credentials(env, exec=made) == Credentials("Bearer t")


def test_a_plugins_certificate_is_used(env: Environment) -> None:
    """A certificate and a key from a plugin are the client certificate."""
    made = pair()
    status = {"clientCertificateData": made.certificate.decode(), "clientKeyData": made.key.decode()}

    assert credentials(env, exec=plugin(env.cwd, printing(status))) == Credentials(certificate=made)


@pytest.mark.parametrize(
    "text",
    ["2030-01-02T03:04:05Z", "2030-01-02T03:04:05.123456789Z", "2030-01-02T05:04:05+02:00"],
    ids=["UTC", "nanoseconds", "offset"],
)
def test_a_plugin_says_when_its_credentials_expire(env: Environment, text: str) -> None:
    """The expiry is kept, so that the plugin can run again in time."""
    made = plugin(env.cwd, printing({"token": "t", "expirationTimestamp": text}))
    moment = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

    assert credentials(env, exec=made).expires == moment.timestamp()


def test_a_plugin_may_print_yaml(env: Environment) -> None:
    """We accept YAML as well as JSON, as kubectl does."""
    status = "{token: t, expirationTimestamp: 2030-01-02T03:04:05Z}"
    text = f"kind: ExecCredential\napiVersion: {V1}\nstatus: {status}"
    moment = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

    made = credentials(env, exec=plugin(env.cwd, f"print({text!r})"))

    assert made == Credentials("Bearer t", expires=moment.timestamp())


def test_a_plugin_does_not_run_beside_other_credentials(env: Environment) -> None:
    """With a token, a user name or a certificate, the plugin does not run."""
    made = pair()
    aside = plugin(env.cwd, "raise SystemExit(1)")

    assert credentials(env, exec=aside, token="t").authorization == "Bearer t"
    assert credentials(env, exec=aside, username="u").authorization is not None
    assert (
        credentials(env, exec=aside, certificate_data=made.certificate, key_data=made.key).certificate == made
    )


def test_a_plugin_gets_its_arguments_and_variables(env: Environment) -> None:
    """The plugin gets its arguments, its variables and KUBERNETES_EXEC_INFO with the cluster."""
    script = f"""import json, os, sys
said = json.dumps([sys.argv[1:], os.environ["A"], json.loads(os.environ["KUBERNETES_EXEC_INFO"])])
print(json.dumps(dict(kind="ExecCredential", apiVersion="{V1}", status=dict(token=said))))
"""
    made = plugin(
        env.cwd, script, args=("x",), env=(("A", "1"),), provide_cluster_info=True, config={"audience": "q"}
    )

    authorization = credentials(env, exec=made, ca_data=b"ca", tls_server_name="n").authorization

    cluster = {
        "server": "https://c",
        "tls-server-name": "n",
        "certificate-authority-data": base64.b64encode(b"ca").decode(),
        "config": {"audience": "q"},
    }
    info = {"kind": "ExecCredential", "apiVersion": V1, "spec": {"interactive": False, "cluster": cluster}}
    assert authorization is not None
    assert json.loads(authorization.removeprefix("Bearer ")) == [["x"], "1", info]


def test_a_plugins_stderr_is_passed_on(env: Environment) -> None:
    """The user sees what a plugin writes to stderr, also if it fails."""
    made = plugin(env.cwd, "import sys; sys.exit('log in first')")

    with pytest.raises(CannotAnswer):
        credentials(env, exec=made)
    assert env.stderr.getvalue() == "log in first\n"  # type: ignore[attr-defined]  # it is a StringIO here


def test_a_plugins_stderr_is_passed_on_at_once(tmp_path: Path) -> None:
    """If stderr is a file or a terminal, the plugin writes to it directly."""
    with (tmp_path / "stderr").open("w") as stderr:
        env = Environment(io.BytesIO(), io.StringIO(), stderr, {"PATH": os.environ["PATH"]}, tmp_path)
        credentials(
            env,
            exec=plugin(tmp_path, f"import sys; print('hello', file=sys.stderr)\n{printing({'token': 't'})}"),
        )

    assert (tmp_path / "stderr").read_text() == "hello\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param("raise SystemExit(3)", "failed with exit code 3", id="exit code"),
        pytest.param("import os; os.kill(os.getpid(), 15)", "was ended by signal 15", id="signal"),
        pytest.param("print('hello')", "did not print an ExecCredential", id="text"),
        pytest.param("pass", "did not print an ExecCredential", id="silence"),
        pytest.param("print('{')", "did not print an ExecCredential", id="half of it"),
        pytest.param("print('[' * 100000)", "did not print an ExecCredential", id="brackets"),
        pytest.param("import os; os.write(1, bytes(range(256)))", "did not print an ExecCr", id="binary"),
        pytest.param('print(\'{"kind": "Pod"}\')', "printed the kind `Pod`", id="kind"),
        pytest.param(printing({"token": "t"}, V1BETA1), "returned the version `.*v1beta1`", id="version"),
        pytest.param(printing(None), "returned no status", id="no status"),
        pytest.param(printing({}), "neither a token nor a certificate", id="empty status"),
        pytest.param(printing({"token": 1}), "returned a token that is not text", id="a number"),
        pytest.param(printing({"clientKeyData": "k"}), "only one of certificate and key", id="only a key"),
        pytest.param(
            printing({"clientCertificateData": "c", "clientKeyData": "k"}),
            "cannot use the client",
            id="no PEM",
        ),
        pytest.param(printing({"token": "a\ud800"}), "not valid Unicode", id="half of a surrogate pair"),
        pytest.param(
            printing({"clientCertificateData": "\ud800", "clientKeyData": "k"}),
            "not valid Unicode",
            id="half of a surrogate pair in a certificate",
        ),
        pytest.param(printing({"token": "a\nb"}), "line break or another control char", id="line break"),
        pytest.param(
            printing({"token": "t", "expirationTimestamp": "soon"}), "which is not a time", id="expiry"
        ),
        pytest.param("while True: print('x' * 9999)", "printed too much", id="endless"),
    ],
)
def test_a_plugin_that_fails_is_an_error(env: Environment, script: str, message: str) -> None:
    """Whatever goes wrong, the error names the plugin, and no anonymous request is sent."""
    with pytest.raises(CannotAnswer, match=message) as raised:
        credentials(env, exec=plugin(env.cwd, script))
    assert "Traceback" not in raised.value.message


def test_a_missing_plugin_comes_with_its_install_hint(env: Environment) -> None:
    """The error names a plugin that is not installed, with the kubeconfig's hint in printable characters."""
    made = ExecPlugin(
        "no-such-plugin", api_version=V1, interactive_mode="Never", install_hint="brew \x1b[1mx"
    )

    with pytest.raises(CannotAnswer, match="the plugin `no-such-plugin` was not found") as raised:
        credentials(env, exec=made)
    assert raised.value.hint == "brew U+001B[1mx"


def test_a_plugin_is_looked_up_in_our_own_path(tmp_path: Path) -> None:
    """A bare command is searched in our PATH; a PATH among the plugin's variables is for the plugin alone."""
    plugin(tmp_path, printing({"token": "t"}))
    made = ExecPlugin("plugin", api_version=V1, interactive_mode="Never", env=(("PATH", "/nonexistent"),))

    assert credentials(environment(tmp_path, PATH=str(tmp_path)), exec=made).authorization == "Bearer t"


def test_a_plugin_that_cannot_be_started_is_an_error(env: Environment) -> None:
    """A file of an unknown format is an error, not a traceback."""
    made = plugin(env.cwd, "")
    Path(made.command).write_bytes(b"\x7fELF\x00")

    with pytest.raises(CannotAnswer, match="cannot be run: exec format error"):
        credentials(env, exec=made)


def test_a_plugin_that_hangs_is_killed_with_its_children(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the limit, which passes as soon as the plugin runs, the whole process group is gone."""
    os.mkfifo(env.cwd / "alive")
    reader = os.open(env.cwd / "alive", os.O_RDONLY | os.O_NONBLOCK)
    made = plugin(env.cwd, "exec 2>alive; echo started >&2; sleep 600 & wait", interpreter="/bin/sh")
    monkeypatch.setattr(exec_plugin, "_left", lambda _deadline: float(not _readable(reader)))

    with pytest.raises(CannotAnswer, match="did not end within 1 s") as raised:
        credentials(env, exec=made, limit=1.0)

    assert raised.value.code is ErrorCode.TIMEOUT
    assert os.read(reader, 100) == b"started\n"
    assert nobody_writes_to(reader)
    os.close(reader)


def _readable(reader: int) -> bool:
    """Whether something was written there, however long that takes."""
    return bool(select.select([reader], [], [], WATCHDOG)[0])


def nobody_writes_to(reader: int) -> bool:
    """Whether all processes that could write there have ended, given a moment."""
    return _readable(reader) and os.read(reader, 100) == b""


def test_a_child_that_holds_the_output_open_does_not_hang_us(env: Environment) -> None:
    """A plugin that has ended but left a process with its output open is stopped at the limit."""
    made = plugin(env.cwd, "sleep 600 & echo '{}'", interpreter="/bin/sh")

    with pytest.raises(CannotAnswer, match="did not end within 1 s"):
        credentials(env, exec=made, limit=1.0)


# --- standard input ---------------------------------------------------------------------------------------

ASKS = f"""import json, sys
said = sys.stdin.readline().strip() or "nothing"
print(json.dumps(dict(kind="ExecCredential", apiVersion="{V1}", status=dict(token=said))))
"""


def test_a_plugin_may_ask_on_a_terminal(tmp_path: Path) -> None:
    """If stdin is a terminal, a plugin that can use it gets the answer, and has no time limit."""
    ours, other_end = pty.openpty()
    with os.fdopen(other_end, "rb") as stdin:
        os.write(ours, b"answer\n")
        env = environment(tmp_path, stdin)
        made = credentials(
            env, exec=plugin(tmp_path, ASKS, interactive_mode="Always"), interactive=True, limit=0.001
        )
    os.close(ours)

    assert made.authorization == "Bearer answer"


@pytest.mark.parametrize(("mode", "interactive"), [("Never", True), ("IfAvailable", False)])
def test_a_plugin_that_may_not_ask_reads_nothing(tmp_path: Path, mode: str, interactive: bool) -> None:
    """A plugin that cannot use stdin gets an empty one, whether or not it is a terminal."""
    ours, other_end = pty.openpty()
    with os.fdopen(other_end, "rb") as stdin:
        os.write(ours, b"answer\n")
        env = environment(tmp_path, stdin)
        made = credentials(env, exec=plugin(tmp_path, ASKS, interactive_mode=mode), interactive=interactive)
    os.close(ours)

    assert made.authorization == "Bearer nothing"


def test_a_plugin_does_not_read_our_pipe(tmp_path: Path) -> None:
    """A plugin does not consume manifests on stdin: only a terminal is shared."""
    (tmp_path / "input").write_bytes(b"manifest\n")
    with (tmp_path / "input").open("rb") as stdin:
        env = environment(tmp_path, stdin)
        made = credentials(env, exec=plugin(tmp_path, ASKS, interactive_mode="IfAvailable"), interactive=True)

        assert (made.authorization, stdin.read()) == ("Bearer nothing", b"manifest\n")


def test_a_plugin_that_must_ask_needs_a_terminal(env: Environment) -> None:
    """interactiveMode Always without a terminal is an error before anything runs."""
    made = plugin(env.cwd, "open('ran', 'w')", interactive_mode="Always")

    with pytest.raises(CannotAnswer, match="standard input is not a terminal"):
        credentials(env, exec=made, interactive=True)
    assert not (env.cwd / "ran").exists()
