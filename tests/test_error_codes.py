"""`errors[].code`: every failure that needs no API server has its code, whatever the message says."""

from __future__ import annotations

import importlib
import io
import shlex
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from kubectl_kfaccess import cli, parser
from kubectl_kfaccess.commands.completion import answer as completion
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.sources.files import yaml_aliases
from kubectl_kfaccess.sources.no_source import NoSource
from tests.controlplane.process import free_ports
from tests.robustness.case import SERVER_FAULTS, cases
from tests.running import NOWHERE, run

# Machines rely on these codes: a new one is documented, and none is ever removed
PUBLISHED = {
    "usage",
    "unknown-type",
    "unknown-verb",
    "unknown-name",
    "ambiguous-name",
    "bad-kubeconfig",
    "bad-context",
    "unreadable-input",
    "refused-object",
    "forbidden",
    "unreachable",
    "timeout",
    "tls",
    "bad-answer",
    "too-big",
    "cancelled",
    "bug",
}


class Case(NamedTuple):
    """A command line, run where *files* are, its status, and the code of its error."""

    code: str
    status: int
    line: str
    files: Mapping[str, str] = {}


ROLE = "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: a}, rules: %s}"
BOTS = "\n---\n".join(
    f"{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: bot, namespace: {place}}}}}" for place in "ab"
)
GOOD_ROLE = {"role.yaml": ROLE % "[]"}
REVIEW = "{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, spec: %s}"
GOOD_REVIEW = {"review.yaml": REVIEW % "{user: x, nonResourceAttributes: {path: /x, verb: get}}"}
LAUGHS = "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
ALIASES = f"apiVersion: v1\nkind: ConfigMap\na: &a [{','.join('x' * 9)}]\n{LAUGHS}"
ALIASES_LIKE_JSON = "{" + ALIASES.strip().replace("\n", ", ") + "}"


def kubeconfig(cluster: str = "{server: 'https://127.0.0.1:1'}", user: str = "{token: t}") -> dict[str, str]:
    """Return a kubeconfig with one context, `here`."""
    return {
        "config": "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
        "contexts: [{name: here, context: {cluster: c, user: u}}]\n"
        f"clusters: [{{name: c, cluster: {cluster}}}]\nusers: [{{name: u, user: {user}}}]\n"
    }


def plugin(script: str) -> dict[str, str]:
    """Return a kubeconfig with a credential plugin that runs *script* in `sh`."""
    how = "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never"
    return kubeconfig(user=f"{{exec: {{command: sh, args: [-c, '{script}'], {how}}}}}")


LIVE = "whoami --kubeconfig config"
FILE = "who-can get secrets -A -f"
EXPECTED = "who-can get secrets --demo --expect-only user:nobody"

CASES = {
    # --- the command line ---
    "unknown command": Case("usage", 2, "whocan get secrets"),
    "unknown flag": Case("usage", 2, "who-can get secrets --demo --frobnicate"),
    "two choices of namespaces": Case("usage", 2, "who-can get secrets --demo -l a=b -n team-a"),
    "invalid selector": Case("usage", 2, "who-can get secrets --demo -l =="),
    "type without a name": Case("usage", 2, "who-can get .apps --demo"),
    "URL with a name": Case("usage", 2, "who-can get /metrics --name x --demo"),
    "invalid duration": Case("usage", 2, f"{LIVE} --request-timeout=soon", kubeconfig()),
    "unknown column": Case("usage", 2, "who-can get secrets --demo --sort-by beauty"),
    "reviews given as objects": Case("usage", 2, f"{FILE} review.yaml", GOOD_REVIEW),
    "objects given as reviews": Case("usage", 2, "review role.yaml --demo", GOOD_ROLE),
    # --- words that nobody knows ---
    "type": Case("unknown-type", 2, EXPECTED.replace("secrets", "secretz")),
    "verb": Case("unknown-verb", 2, EXPECTED.replace("get", "frobnicate")),
    "verb and type": Case("unknown-verb", 2, "who-can gte secretz --demo --expect-only user:nobody"),
    "any verb and type": Case("unknown-type", 2, "who-can frob secretz --demo --expect-only user:nobody"),
    "namespace": Case("unknown-name", 2, f"{EXPECTED} -n nowhere"),
    "labels": Case("unknown-name", 2, f"{EXPECTED} -l team=none"),
    "area": Case("unknown-name", 2, "resources --area beauty --demo"),
    "caller": Case("unknown-name", 2, "whoami -f role.yaml", GOOD_ROLE),
    "cluster": Case("unknown-name", 2, f"{LIVE} --cluster elsewhere", kubeconfig()),
    "user": Case("unknown-name", 2, f"{LIVE} --user alice@example.com", kubeconfig()),
    # --- the kubeconfig ---
    "no kubeconfig": Case("bad-kubeconfig", 3, "whoami"),
    "missing kubeconfig": Case("bad-kubeconfig", 2, LIVE),
    "malformed kubeconfig": Case("bad-kubeconfig", 2, LIVE, {"config": "clusters: [\n  - {"}),
    "kubeconfig without a server": Case("bad-kubeconfig", 3, LIVE, {"config": "{}"}),
    "contradiction": Case("bad-kubeconfig", 2, LIVE, kubeconfig(user="{token: t, username: u}")),
    "server that is not a URL": Case("bad-kubeconfig", 2, LIVE, kubeconfig("{server: 'https://:x'}")),
    "invalid certificate authority": Case(
        "bad-kubeconfig", 2, LIVE, kubeconfig("{server: 'https://h', certificate-authority-data: eHg=}")
    ),
    "invalid certificate": Case(
        "bad-kubeconfig",
        3,
        LIVE,
        kubeconfig(user="{client-certificate-data: eHg=, client-key-data: eHg=}"),
    ),
    "empty token file": Case(
        "bad-kubeconfig", 3, LIVE, {**kubeconfig(user="{tokenFile: token}"), "token": "\n"}
    ),
    "expired token of a provider": Case(
        "bad-kubeconfig",
        3,
        LIVE,
        kubeconfig(user="{auth-provider: {name: oidc, config: {id-token: x.e30.x}}}"),
    ),
    "plugin that fails": Case("bad-kubeconfig", 3, LIVE, plugin("exit 1")),
    "plugin that prints something else": Case("bad-kubeconfig", 3, LIVE, plugin("echo welcome")),
    "name of several accounts": Case("ambiguous-name", 2, "access bot -f bots.yaml", {"bots.yaml": BOTS}),
    "plugin that never stops": Case("too-big", 3, LIVE, plugin("yes")),
    "unknown context": Case("bad-context", 2, f"{LIVE} --context elsewhere", kubeconfig()),
    "missing current context": Case("bad-context", 2, LIVE, {"config": "{current-context: gone}"}),
    "context without a server": Case("bad-context", 3, LIVE, kubeconfig("{}")),
    # --- files ---
    "missing file": Case("unreadable-input", 2, f"{FILE} nowhere.yaml"),
    "directory without files": Case("unreadable-input", 2, f"{FILE} ."),
    "malformed YAML": Case("unreadable-input", 2, f"{FILE} x.yaml", {"x.yaml": "a: [\n"}),
    "malformed JSON": Case("unreadable-input", 2, f"{FILE} x.json", {"x.json": '{"a": [}'}),
    "nested without end": Case("unreadable-input", 2, f"{FILE} x.yaml", {"x.yaml": "[" * 9999}),
    "no object": Case("unreadable-input", 2, f"{FILE} x.yaml", {"x.yaml": "just: this"}),
    "no review": Case("unreadable-input", 2, "review x.yaml --demo", {"x.yaml": "---\n"}),
    "review without a question": Case(
        "refused-object", 2, "review x.yaml --demo", {"x.yaml": REVIEW % "{user: x}"}
    ),
    "review with a field that does not fit": Case(
        "refused-object", 2, "review x.yaml --demo", {"x.yaml": REVIEW % "{user: 3}"}
    ),
    "a valid review, then an invalid one": Case(
        "refused-object",
        2,
        "review x.json --demo",
        {
            "x.json": '{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}\n'
            '{"spec": {"user": 3}}\n'
        },
    ),
    "aliases that multiply": Case("too-big", 2, f"{FILE} x.yaml", {"x.yaml": ALIASES}),
    "aliases in a file that begins like JSON": Case(
        "too-big", 2, f"{FILE} x.json", {"x.json": ALIASES_LIKE_JSON}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_failure_has_the_code_of_its_cause(case: Case, tmp_path: Path) -> None:
    """JSON has the same error as stderr, with its code; the status is the same as without `-o json`."""
    for name, text in case.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    result = run(*shlex.split(case.line), "-o", "json", cwd=tmp_path, environ={**NOWHERE, "PATH": "/bin"})

    (error,) = result.json["errors"]
    assert (case.code, case.status) == (error["code"], result.status)
    assert f"error: {error['message']}" in result.stderr.splitlines()


def test_merged_keys_that_multiply_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge key counts as the values that it adds."""
    monkeypatch.setattr(yaml_aliases, "MOST_ADDED", 1)
    (tmp_path / "x.yaml").write_text("few: &few {a: 1, b: 2}\nmany: {<<: *few, c: 3, d: 4}\n")

    result = run(*shlex.split(f"{FILE} x.yaml -o json"), cwd=tmp_path)

    assert ["too-big"] == [error["code"] for error in result.json["errors"]]
    assert "error: x.yaml:1: malformed YAML: its aliases stand for millions of values" in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param("install", ErrorCode.UNKNOWN_NAME, id="nothing of that name on PATH"),
        pytest.param("install --directory /dev/null/bin", ErrorCode.UNREADABLE_INPUT, id="no directory"),
    ],
)
def test_a_command_without_machine_formats_has_codes(words: str, code: ErrorCode, tmp_path: Path) -> None:
    """Errors of `completion` have codes in case it gets such a format."""
    args = parser.parse(["completion", *shlex.split(words)], "kubectl kfaccess").args
    options = parser.arguments_module("completion").options(args)
    streams = io.BytesIO(), io.StringIO(), io.StringIO()

    with pytest.raises(CannotAnswer) as error:
        completion.answer(options, NoSource(Environment(*streams, dict(NOWHERE), tmp_path)))

    assert code is error.value.code


def test_a_port_without_a_server_is_unreachable(tmp_path: Path) -> None:
    """The code is the same if the error first became the problem of one answer, as in `version`."""
    (port,) = free_ports(1)
    (tmp_path / "config").write_text(kubeconfig(f"{{server: 'http://127.0.0.1:{port}'}}")["config"])

    results = [
        run(*shlex.split(line), "-o", "json", cwd=tmp_path) for line in (LIVE, "version --kubeconfig config")
    ]

    assert [(3, "unreachable")] * 2 == [(each.status, each.json["errors"][0]["code"]) for each in results]


class _Interrupted(io.BytesIO):
    """Standard input that interrupts its reader."""

    def readline(self, _size: int | None = -1) -> bytes:
        """Raise the signal of Ctrl-C during a read."""
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the interrupt came too late")


@pytest.fixture
def _heeding() -> Iterator[None]:
    """Heed interrupts, also where a shell's `&` has made all that it starts ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(form: str) -> tuple[int, str, str]:
    """Return status, stdout and stderr of a command that is interrupted while it reads standard input."""
    stdout, stderr = io.StringIO(), io.StringIO()
    env = Environment(_Interrupted(), stdout, stderr, NOWHERE, Path("/"))
    status = cli.run(shlex.split(f"review - --demo -o {form}"), env)
    return int(status), stdout.getvalue(), stderr.getvalue()


@pytest.mark.usefixtures("_heeding")
@pytest.mark.parametrize("form", ["json", "yaml", "jsonl"])
def test_an_interrupted_command_prints_an_error_for_machines(form: str) -> None:
    """A program that reads the answer gets one. Nothing else is written."""
    status, stdout, stderr = interrupted(form)

    assert (130, "") == (status, stderr)
    assert "cancelled" in stdout


@pytest.mark.usefixtures("_heeding")
def test_an_interrupted_command_prints_nothing_for_people() -> None:
    """A person who pressed Ctrl-C knows why it ended."""
    assert (130, "", "") == interrupted("table")


def test_a_bug_is_an_error_and_not_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status is 3, because 1 means "no". `-v 9` shows where it happened, with names made safe."""
    module = importlib.import_module("kubectl_kfaccess.commands.version.answer")
    broken: dict[str, str] = {}
    monkeypatch.setattr(module, "answer", lambda _options, _source: broken["\x1b[2J"])

    result = run("version", "--client", "-o", "json")
    verbose = run("version", "--client", "-v", "9")

    (error,) = result.json["errors"]
    message = r"error: this is a bug in kubectl-kfaccess: KeyError: '\x1b[2J'"
    assert (3, "bug", message) == (result.status, error["code"], result.stderr.splitlines()[0])
    assert "Traceback" not in result.stderr
    assert "Traceback (most recent call last):" == verbose.stderr.splitlines()[0]
    assert message in verbose.stderr.splitlines()
    assert verbose.stderr.replace("\n", "").isprintable()


def test_the_set_of_codes_is_closed() -> None:
    """`errors.py` has exactly the published codes."""
    assert PUBLISHED == {code.value for code in ErrorCode}


def test_every_code_has_a_test() -> None:
    """It is here, or among the cases that need a server."""
    here = {case.code for case in CASES.values()}
    elsewhere = {case.code for case in cases(SERVER_FAULTS)} - {""}

    assert PUBLISHED - here - elsewhere == {"cancelled", "bug"}
