"""The command line as a whole: help, mistakes, the order of flags, exit statuses."""

from __future__ import annotations

import importlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kubectl_kfaccess import cli, dispatch
from kubectl_kfaccess.commands import COMMANDS, GROUPS, PAGES, QUESTIONS
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.parser import command_parser
from tests.running import NOWHERE, REPOSITORY, run

PROGRAM = "kubectl kfaccess"
PROGRAMS = Path(sys.executable).parent
ASK = ("who-can", "get", "secrets", "--demo", "-o", "name")


def module(command: str) -> ModuleType:
    """Return the `arguments` module of a command."""
    return importlib.import_module(f"kubectl_kfaccess.commands.{command.replace('-', '_')}.arguments")


EXAMPLES = [example for command in COMMANDS for _, example in module(command).EXAMPLES]


@pytest.mark.parametrize("argv", [("--help",), ("-h",)], ids=["--help", "-h"])
def test_help_lists_the_commands(argv: tuple[str, ...]) -> None:
    """It is the page that is shown without a command."""
    assert run() == run(*argv) == run("--demo", "-n", "team-a", *argv) == run("help")


def test_the_first_page_lists_the_questions() -> None:
    """Below what they are about, with an example that works, on stdout, in at most 24 lines."""
    result = run()

    assert (0, "") == (result.status, result.stderr)
    for questions in GROUPS.values():
        assert {f"  {name:<13}{question}" for name, question in questions.items()} <= {*result.lines}
    assert [*GROUPS] == [line for line in result.lines if line.endswith("?") and line[0] != " "]
    before = f"Try it without a cluster: {PROGRAM} "
    (command,) = (line.removeprefix(before) for line in result.lines if line.startswith(before))
    assert 1 == run(*shlex.split(command)).status  # something crosses in the demo
    assert len(result.lines) <= 24


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in PAGES])
def test_a_command_has_a_question_and_three_examples(command: str) -> None:
    """Three is the minimum, and the question ends with a question mark."""
    assert QUESTIONS[command].endswith("?")
    assert len(module(command).EXAMPLES) >= 3


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_works(example: str, tmp_path: Path) -> None:
    """An example works when it is copied, with `--demo`, or with two snapshots for all contexts."""
    line, _, file = example.partition(" > ")[0].partition(" < ")
    stdin = (REPOSITORY / file).read_bytes() if file else b""
    command = line.split()[0]
    demo = ("--demo",) if "--demo" in command_parser(PROGRAM, command).flags() else ()

    folder = tmp_path if command == "snapshot" else REPOSITORY  # it writes files
    if "--all-contexts" in line:
        line, demo = line.replace("--all-contexts", f"-f {REPOSITORY}/examples/clusters"), ()
    environ = {**NOWHERE, "PATH": str(PROGRAMS)}
    result = run(*shlex.split(line), *demo, stdin=stdin, environ=environ, cwd=folder)

    is_no = command == "explain" and not re.search("-o fix|profile-|--from-error|explain c", line)
    is_no = is_no or command == "audit"  # something crosses in the demo
    is_no = is_no or line == "completion status"  # that PATH has no kubectl
    is_no = is_no or "--expect-only" in line
    is_no = is_no or (command == "can-apply" and "--subject" in line and "-o fix" not in line)
    assert is_no is (result.status == 1)
    assert is_no or 0 == result.status
    assert result.stdout


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        pytest.param(("whocan",), "`whocan`", f"see `{PROGRAM} --help`", id="an unknown command"),
        pytest.param(("help", "xyzzy"), "unknown command: `xyzzy`", "--help`", id="help for nothing"),
        pytest.param(("help", "explain", "x"), "`x`", f"`{PROGRAM} help --help`", id="help for two words"),
        pytest.param(("options", "x"), "`x`", f"`{PROGRAM} options --help`", id="a word after options"),
        pytest.param(("who-can",), "VERB", f"see `{PROGRAM} who-can --help`", id="missing arguments"),
        pytest.param(
            ("explain",),
            "VERB and TYPE are needed",
            "`explain alice@example.com create inferenceservices`",
            id="no question, an error before any cluster is asked",
        ),
        pytest.param(("review",), "FILE", f"see `{PROGRAM} review --help`", id="no file"),
        pytest.param(("who-can", "get", "pods", "--bogus"), "`--bogus`", "--help`", id="an unknown flag"),
        pytest.param(
            ("who-can", "get", "pods", "--include"), "`--include`", "--help`", id="a flag cut short"
        ),
        pytest.param(("who-can", "get", "pods", "-o", "xml"), "`xml`", "--help`", id="an unknown format"),
        pytest.param(("who-can", "get", "pods", "a"), "`a`", "--help`", id="an argument too many"),
        pytest.param(("version", "-o", "csv"), "`csv`", "--help`", id="a format that it does not have"),
    ],
)
def test_a_mistake_on_the_command_line_is_an_error_with_a_hint(
    argv: tuple[str, ...], message: str, hint: str
) -> None:
    """The status is 2, and stdout is empty."""
    result = run(*argv)

    assert (2, "") == (result.status, result.stdout)
    error, where = result.stderr.splitlines()
    assert error.startswith("error: ")
    assert message in error
    assert where.startswith("hint: ")
    assert where.endswith(hint)


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        pytest.param("whocan get pods", "who-can", id="a command without its dash"),
        pytest.param("tenant", "tenants", id="an alias"),
        pytest.param("help acces", "access", id="help for a misspelled command"),
        pytest.param("who-can get pods --name-space team-a", "--namespace", id="a flag with a dash too many"),
        pytest.param("who-can get pods --all-namespace", "--all-namespaces", id="a flag in the singular"),
        pytest.param("why get pods --verfy=all", "--verify", id="a flag with a value"),
        pytest.param("--contxt=c access", "--context", id="a flag before the command"),
        pytest.param("who-can get pods -o jsno", "json", id="an output format"),
        pytest.param("access --via=Kubeflow", "kubeflow", id="a value with a capital letter"),
        pytest.param("check --mode multiuser --demo", "multi-user", id="a value without its dash"),
        pytest.param("access alice@example.com --area pipeline --demo", "pipelines", id="an area"),
        pytest.param("who-can --expect-onyl x", "--expect-only", id="a flag where words are missing, too"),
        pytest.param("check contributor-edti --demo", "contributor-edit", id="a persona"),
        pytest.param("access pipeline-runer --demo", "pipeline-runner", id="an account"),
        pytest.param("access ml-taem --demo", "ml-team", id="a group"),
        pytest.param("access carol --demo", "carol@example.com", id="a person without the address"),
    ],
)
def test_a_typing_slip_gets_a_suggestion(line: str, suggestion: str) -> None:
    """The hint names the most similar known word."""
    result = run(*shlex.split(line))

    assert 2 == result.status
    assert f"hint: did you mean `{suggestion}`?" in result.stderr


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        pytest.param("who-can craete pods --demo", "create", id="a verb"),
        pytest.param(
            "who-can get inferenceservcies --demo", "inferenceservices", id="a resource of the cluster"
        ),
        pytest.param("who-can list rnus --demo", "runs", id="a virtual resource"),
    ],
)
def test_any_type_answers_an_unknown_word_with_a_note(line: str, suggestion: str) -> None:
    """Rules can have any word; a note names the most similar known word."""
    result = run(*shlex.split(line), "--any-type")

    assert 0 == result.status
    assert any(note.endswith(f"did you mean `{suggestion}`?") for note in result.notes)


def test_a_word_that_resembles_nothing_gets_no_suggestion() -> None:
    """A far-fetched guess would mislead."""
    assert "did you mean" not in run("xyzzy").stderr


CONNECTION = [
    pytest.param(("--kubeconfig", "config"), id="--kubeconfig"),
    pytest.param(("--context=c",), id="--context"),
    pytest.param(("--as", "alice", "--as-group", "a", "--as-group", "b"), id="--as"),
    pytest.param(("-s", "http://127.0.0.1:1"), id="-s"),
    pytest.param(("--request-timeout", "1s"), id="--request-timeout"),
    pytest.param(("-v", "6"), id="-v"),
    pytest.param(("--insecure-skip-tls-verify=true",), id="--insecure-skip-tls-verify"),
    pytest.param(("-n", "team-a"), id="-n"),
]


@pytest.mark.parametrize("flags", CONNECTION)
def test_kubectls_own_flags_can_come_before_or_after_the_command(flags: tuple[str, ...]) -> None:
    """kubectl accepts its persistent flags anywhere, too."""
    expected = run(*ASK, *flags)

    assert 0 == expected.status
    assert expected == run(*flags, *ASK)


def test_flags_can_come_before_the_arguments_of_a_command() -> None:
    """`who-can -n team-a get secrets` is the same question."""
    flags = ("--demo", "-o", "name", "-n", "team-a", "--no-platform")

    assert run("who-can", *flags, "get", "secrets") == run("who-can", "get", "secrets", *flags)


@pytest.mark.parametrize(
    "spelling", [("-n", "team-a"), ("-nteam-a",), ("--namespace", "team-a"), ("--namespace=team-a",)], ids=str
)
def test_a_flag_has_the_spellings_that_kubectl_takes(spelling: tuple[str, ...]) -> None:
    """Flags have long and short names, with the value joined or separate."""
    assert run(*ASK, "-n", "team-a").stdout == run(*ASK, *spelling).stdout
    assert run(*ASK).stdout != run(*ASK, *spelling).stdout


def test_without_a_cluster_the_error_names_files_and_the_demo() -> None:
    """The demo is never used by default."""
    result = run("who-can", "get", "pods")

    assert (3, "") == (result.status, result.stdout)
    assert "--demo" in result.stderr
    assert "-f" in result.stderr


def test_a_kubeconfig_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    """The status is 2, and the error names the file."""
    result = run("who-can", "get", "pods", "--kubeconfig", str(tmp_path / "gone"))

    assert (2, "") == (result.status, result.stdout)
    assert "gone" in result.stderr


def test_messages_escape_what_was_typed() -> None:
    """A control character in an argument is escaped in the message about it."""
    result = run("who-can", "get", "pods/\x1b[2J/x", "--demo")

    assert result.stderr.replace("\n", "").isprintable()
    assert "\\x1b[2J" in result.stderr


def test_an_error_that_cannot_be_written_for_machines_is_still_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mistake of the program in the second message must not hide the first."""

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(dispatch, "write_response", fail)

    result = run("aggregation", "no-such-role", "--demo", "-o", "json")

    assert (2, "") == (result.status, result.stdout)
    assert result.stderr.startswith("error: there is no ClusterRole `no-such-role`")


def test_an_interrupt_ends_with_130() -> None:
    """The status is 130, without a message."""

    class Interrupted(io.BytesIO):
        def __iter__(self, *_: object) -> Interrupted:
            raise KeyboardInterrupt

        readline = read = __iter__  # type: ignore[assignment]  # whatever is read first

    stdout, stderr = io.StringIO(), io.StringIO()
    env = Environment(Interrupted(), stdout, stderr, NOWHERE, REPOSITORY)

    assert 130 == cli.run(["who-can", "get", "pods", "-f", "-"], env)
    assert ("", "") == (stdout.getvalue(), stderr.getvalue())


def test_too_little_memory_ends_with_3() -> None:
    """The message says what to try; it is no bug, and no answer."""

    class Huge(io.BytesIO):
        def __iter__(self, *_: object) -> Huge:
            raise MemoryError

        readline = read = __iter__  # type: ignore[assignment]  # whatever is read first

    stdout, stderr = io.StringIO(), io.StringIO()
    env = Environment(Huge(), stdout, stderr, NOWHERE, REPOSITORY)

    assert 3 == cli.run(["who-can", "get", "pods", "-f", "-"], env)
    assert "" == stdout.getvalue()
    assert stderr.getvalue().startswith("error: there is not enough memory for the answer\nhint: ")


def test_a_closed_pipe_is_not_an_error() -> None:
    """`| head -1` closes the pipe: there is no message, and the status is 0."""
    command = [sys.executable, "-c", "from kubectl_kfaccess.cli import main; main()", *ASK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        message = process.stderr.read().decode()

    assert 0 == process.returncode
    assert "error" not in message.lower()


def test_building_the_parser_gives_every_command_the_shared_flags() -> None:
    """No command lacks kubectl's connection flags."""
    for command in COMMANDS[: -len(PAGES)]:
        flags = command_parser(PROGRAM, command).flags()
        assert {"--kubeconfig", "--context", "--as", "-s", "--request-timeout", "-v", "-o"} <= {*flags}
