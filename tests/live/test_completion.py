"""TAB in real bash, zsh and fish, with an old and a new kubectl, on a real API server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.completion.program import tab
from tests.completion.shells import SHELLS, Shell, require
from tests.controlplane.assets import find
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load
from tests.controlplane.versions import DEFAULT_VERSION
from tests.live.conftest import demo_objects
from tests.robustness.names import shell_commands
from tests.robustness.process import WATCHDOG, wait_until
from tests.running import run

pytestmark = pytest.mark.slow  # `make terminals`
NEW, OLD = DEFAULT_VERSION, "v1.33.13"  # their scripts differ: only the new one quotes candidates
K = "kubectl kfaccess"

# What is typed, and the line after TAB
LINES = {
    # commands
    "acc": "access ",
    "who-": "who-can ",
    "frobnicate x": "frobnicate x",
    # verbs
    "who-can crea": "who-can create ",
    "who-can readA": "who-can readArtifact ",
    "explain alice@example.com crea": "explain alice@example.com create ",
    # resource types
    "who-can create inferences": "who-can create inferenceservices ",
    "who-can get experiments.p": "who-can get experiments.pipelines.kubeflow.org ",
    "who-can terminate ": "who-can terminate runs ",
    "who-can get pods/l": "who-can get pods/log ",
    "who-can get /me": "who-can get /metrics ",
    # objects
    "who-can get profiles/team-": "who-can get profiles/team-",
    "who-can get -n team-c serviceaccounts/model": "who-can get -n team-c serviceaccounts/model-server ",
    "explain get -n team-c sa/model": "explain get -n team-c sa/model-server ",
    # namespaces
    "who-can get pods -n kubef": "who-can get pods -n kubeflow ",
    "who-can get pods --namespace=kubef": "who-can get pods --namespace=kubeflow ",
    # subjects
    "access ali": "access alice@example.com ",
    "access group:ml": "access group:ml-team ",
    "access sa:team-c": "access sa:team-c/",
    "access sa:team-c/mod": "access sa:team-c/model-server ",
    "access system:serviceaccount:team-c:mod": "access system:serviceaccount:team-c:model-server ",
    "check pipeline": "check pipeline-runner ",
    "access contributor-e": "access contributor-edit ",
    "explain pipeline": "explain pipeline-runner ",
    "explain ali": "explain alice@example.com ",
    # findings
    "explain profile-foreign-a": "explain profile-foreign-account ",
    "who-can get pods --as ali": "who-can get pods --as alice@example.com ",
    # other names of the cluster
    "aggregation kubeflow-kserve-v": "aggregation kubeflow-kserve-view ",
    "profiles team-": "profiles team-",
    # the kubeconfig
    "whoami --context adm": "whoami --context admin ",
    # flags and their values
    "who-can --no-pl": "who-can --no-platform ",
    "who-can --via kubef": "who-can --via kubeflow ",
    "who-can --via=kubef": "who-can --via=kubeflow ",
    "explain -o fi": "explain -o fix ",
    "version -o cs": "version -o cs",
    "check --for kserve,kat": "check --for kserve,katib ",
    # files
    "review my-rev": "review my-reviews.yaml ",
    "who-can get pods -f my-rev": "who-can get pods -f my-reviews.yaml ",
    "profiles my-rev": "profiles my-rev",
}
LISTED = {
    "": ("who-can", "access", "explain", "version"),
    "who-can ": ("get", "deletecollection"),
    "profiles ": ("team-a", "team-b", "team-c"),
    "access ": ("alice@example.com", "group:ml-team", "profile-owner", "user:", "group:", "sa:"),
    "explain ": ("alice@example.com", "pipeline-runner", "create"),
    "who-can create ": ("inferenceservices", "notebooks", "profiles"),
    "version -o ": ("table", "json", "yaml"),
}
# What is typed before any name is known, and the line after TAB: no word is inserted that could be wrong
COLD_LINES = {
    "access ": "access ",
    "access s": "access s",
    "access sa:": "access sa:",
    "access pipeline": "access pipeline-runner ",
    "explain ": "explain ",
    "explain crea": "explain create ",
    "explain alice@example.com create isvc/": "explain alice@example.com create isvc/",
    "who-can create ": "who-can create ",
    "who-can create inferences": "who-can create inferenceservices ",
    "who-can get secrets/": "who-can get secrets/",
    "profiles ": "profiles ",
    "who-can --expect-only s": "who-can --expect-only s",
}
COLD_LISTED = {
    "access ": ("pipeline-runner", "contributor-view", "user:", "group:", "sa:"),
    "explain ": ("pipeline-runner", "sa:", "get", "deletecollection"),
}


@pytest.fixture(scope="module", params=[NEW, OLD])
def kubectl(request: pytest.FixtureRequest) -> Path:
    """Return a real kubectl."""
    return kubectl_of(request.param)


def kubectl_of(version: str) -> Path:
    """Return the kubectl of that version; skips the test if it was not built."""
    kubectl = find("kubectl", version) or _beside(version)
    if kubectl is None:
        pytest.skip(
            f"TAB is not pressed with kubectl {version}: python -m tests.controlplane build {version}"
        )
    return kubectl


def _beside(version: str) -> Path | None:
    """Return the kubectl of a version whose directory is next to that of KUBEBUILDER_ASSETS, or None."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        return None
    return find("kubectl", version, {"KUBEBUILDER_ASSETS": str(Path(assets).parents[1] / version / "bin")})


@pytest.fixture(scope="module")
def environ(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return variables with the administrator's kubeconfig, and with a cache that all shells share."""
    return {"KUBECONFIG": str(plane.kubeconfig()), "KUBECACHEDIR": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(params=SHELLS)
def shell(
    request: pytest.FixtureRequest, kubectl: Path, environ: dict[str, str], tmp_path: Path
) -> Iterator[Shell]:
    """Yield a real shell with kubectl, in a directory that has one file."""
    yield from started(request.param, kubectl, tmp_path, environ)


@pytest.fixture(params=SHELLS)
def bare(request: pytest.FixtureRequest, environ: dict[str, str], tmp_path: Path) -> Iterator[Shell]:
    """Yield a real shell in which the executable completes its own name, without kubectl."""
    yield from started(request.param, kubectl_of(NEW), tmp_path, environ)


def started(name: str, kubectl: Path, folder: Path, environ: dict[str, str]) -> Iterator[Shell]:
    """Yield a real shell during a test."""
    require(name)
    with Shell(name, kubectl, folder, environ) as running:
        (running.here / "my-reviews.yaml").touch()
        yield running


@pytest.fixture
def unreachable(tmp_path: Path) -> dict[str, str]:
    """Return variables with an empty cache, and a kubeconfig of a server at which nothing listens."""
    config = tmp_path / "unreachable"
    config.write_text(json.dumps(UNREACHABLE))
    return {"KUBECONFIG": str(config), "KUBECACHEDIR": str(tmp_path / "cache")}


UNREACHABLE = {
    "current-context": "here",
    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
    "clusters": [{"name": "here", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "me", "user": {}}],
}


@pytest.fixture
def warm(demo: ControlPlane, environ: dict[str, str]) -> None:
    """Fill the cache with everything that the lines need: a busy machine can take longer than a TAB waits."""
    assert demo.server
    for line in LINES.keys() | LISTED.keys():
        expected = LINES.get(line, f"{line}?")
        end = time.monotonic() + WATCHDOG
        if expected.startswith(line) and expected != line and "my-rev" not in line:
            while not tab(*line.split(" "), environ=environ).words and time.monotonic() < end:
                time.sleep(0.1)


@pytest.mark.server
@pytest.mark.usefixtures("warm")
def test_tab_completes_what_was_typed(shell: Shell) -> None:
    """After kubectl, TAB completes words of the program, names of the cluster, and files."""
    assert LINES == {line: behind(shell, K, line) for line in LINES}


@pytest.mark.server
@pytest.mark.usefixtures("warm")
def test_tab_lists_candidates(shell: Shell) -> None:
    """If several words fit, the shell shows them."""
    assert LISTED == {line: tuple(shell.listed(f"{K} {line}", *words)) for line, words in LISTED.items()}


@pytest.mark.server
@pytest.mark.usefixtures("warm")
def test_tab_completes_the_executables_own_name(bare: Shell) -> None:
    """argcomplete offers the same words, without kubectl."""
    assert LINES == {line: behind(bare, "kubectl-kfaccess", line) for line in LINES}


@pytest.mark.parametrize("program", [K, "kubectl-kfaccess"])
@pytest.mark.parametrize("name", SHELLS)
def test_a_first_tab_without_a_server_inserts_nothing_wrong(
    name: str, program: str, unreachable: dict[str, str], tmp_path: Path
) -> None:
    """What is known is offered together, and a single word is inserted only if nothing else can be meant."""
    for shell in started(name, kubectl_of(NEW), tmp_path / "shell", unreachable):
        completed = {line: behind(shell, program, line) for line in COLD_LINES}
        listed = {
            line: tuple(shell.listed(f"{program} {line}", *words)) for line, words in COLD_LISTED.items()
        }

    assert COLD_LINES == completed
    assert COLD_LISTED == listed


@pytest.mark.server
@pytest.mark.parametrize("name", SHELLS)
def test_following_status_makes_tab_work(name: str, tmp_path: Path) -> None:
    """Starting with an empty file, each line that `status` names is added, until nothing is missing."""
    require(name)
    scripts = lines_of_status(name, tmp_path / "home")

    with Shell(name, kubectl_of(NEW), tmp_path / "shell", {}, scripts=scripts) as shell:
        assert f"{K} who-can create " == shell.completed(f"{K} who-can crea")


def lines_of_status(name: str, home: Path) -> str:
    """Return the lines that `completion status` says to add to the shell's file, and the script it found."""
    file = home / {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}[name]
    file.parent.mkdir(parents=True)
    file.touch()
    path = os.pathsep.join([str(kubectl_of(NEW).parent), str(Path(sys.executable).parent), os.defpath])
    own = {"HOME": str(home), "ZDOTDIR": str(home), "PATH": path}
    for _ in range(5):
        answer = run("completion", "status", "--shell", name, environ=own, root=Path("/"))
        lines = re.findall(r"add this line to [^:]*: (.*)", answer.stdout)
        if not lines:
            break
        with file.open("a", encoding="utf-8") as open_:
            open_.write(f"{lines[0]}\n")
    assert "nothing is missing" == answer.lines[-1], answer.stdout
    (script,) = re.findall(r"^kubectl's script for \w+ +(.*)", answer.stdout, re.MULTILINE)
    ready = "" if script == str(file) else f"source {script}\n"  # fish has one, and reads it on TAB
    return file.read_text(encoding="utf-8") + ready


def behind(shell: Shell, program: str, line: str) -> str:
    """Return the line after TAB, without the program; an escaped comma counts as a plain one."""
    return shell.completed(f"{program} {line}").removeprefix(f"{program} ").replace("\\,", ",")


# --- hostile names ---

HOSTILE = shell_commands("evil", "touch pwned")
ACCOUNT = "system:serviceaccount:default:"
_RBAC = "rbac.authorization.k8s.io"


def hostile_objects() -> Iterator[dict[str, Any]]:
    """Yield bindings of users, groups and accounts with these names, and ClusterRoles of these names."""
    for at, name in enumerate(HOSTILE):
        yield _object("ClusterRole", name, rules=[])
        people = {"user": ("User", name), "group": ("Group", name), "account": ("User", f"{ACCOUNT}{name}")}
        for which, (kind, called) in people.items():
            subject = {"apiGroup": _RBAC, "kind": kind, "name": called}
            role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "view"}
            yield _object("ClusterRoleBinding", f"evil-{which}-{at}", roleRef=role, subjects=[subject])


def _object(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": {"name": name}, **fields}


@pytest.fixture(scope="module")
def hostile(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with the demo's objects, and with names that a shell would run."""
    assert [] == load(plane, demo_objects(), replace=True)
    refused = [refusal.object["metadata"]["name"] for refusal in load(plane, hostile_objects())]
    assert set(refused) <= set(HOSTILE)  # a user can have names that a role cannot have
    assert HOSTILE[0] not in refused
    yield plane
    clear(plane)


EVIL = (
    "access evil",
    "access user:evil",
    "access group:evil",
    "access sa:default/evil",
    "access system:serviceaccount:default:evil",
    "aggregation evil",
    "who-can get pods --as evil",
    "who-can get pods --as-group=evil",
    "who-can get clusterroles/evil",
    "whoami --context evil",
    "explain evil",
    "check evil",
)


@pytest.mark.server
def test_no_hostile_name_reaches_a_shell(
    hostile: ControlPlane, shell: Shell, environ: dict[str, str], tmp_path: Path
) -> None:
    """Pressing TAB twice keeps the line, runs nothing and writes no file, though the names are known."""
    config = tmp_path / "config"
    config.write_text(json.dumps(_config(hostile)))
    prefix = f"{K} --kubeconfig {config} "
    for line in ("access", "aggregation", "who-can get clusterroles/"):
        words = ["--kubeconfig", str(config), *line.split(), *([] if line.endswith("/") else [""])]
        wait_until(lambda words=words: tab(*words, environ=environ).words, f"no names for `{line}`")

    shown = shell.listed(f"{prefix}access ", "alice@example.com")
    screen = shell.screen()
    left = {line: shell.completed(f"{prefix}{line}", tabs=2).removeprefix(prefix) for line in EVIL}

    assert ["alice@example.com"] == shown
    assert "pwned" not in screen
    assert {line: line for line in EVIL} == left
    assert ["my-reviews.yaml"] == sorted(path.name for path in shell.here.iterdir())


def _config(plane: ControlPlane) -> dict[str, Any]:
    """Return the kubeconfig of the administrator, with contexts of hostile names."""
    import yaml

    config: dict[str, Any] = yaml.safe_load(plane.kubeconfig().read_text())
    context = config["contexts"][0]["context"]
    config["contexts"] += [{"name": name, "context": context} for name in HOSTILE]
    return config


@pytest.mark.server
def test_the_names_would_be_run_if_they_were_offered(
    kubectl: Path, plane: ControlPlane, tmp_path: Path
) -> None:
    """The old kubectl's script for bash runs what an executable offers, so the test above can fail."""
    require("bash")
    with Shell("bash", kubectl, tmp_path, {"KUBECONFIG": str(plane.kubeconfig())}) as shell:
        executable = shell.home.parent / "bin" / "kubectl_complete-kfaccess"
        executable.unlink()
        executable.write_text("#!/bin/sh\nprintf '%s\\n' 'evil$(touch pwned)' :4\n")
        executable.chmod(0o755)

        shell.completed(f"{K} access ev", tabs=2)
        obeyed = (shell.here / "pwned").exists()

    assert (OLD in subprocess.check_output([kubectl, "version", "--client"], text=True)) == obeyed


# --- what it must not disturb ---

PLUGIN = """#!/bin/sh
echo "$KUBERNETES_EXEC_INFO" >>"{folder}/told"
(: </dev/tty) 2>/dev/null && echo terminal >>"{folder}/told"
read -r answer && echo answer >>"{folder}/told"
echo "log in at https://example.com" >&2
echo '{{"kind": "ExecCredential", "apiVersion": "{api}", "status": {{"token": "{token}"}}}}'
"""
API = "client.authentication.k8s.io/v1"


@pytest.mark.server
@pytest.mark.parametrize(("mode", "offered"), [("IfAvailable", True), ("Never", True), ("Always", False)])
def test_a_credential_plugin_cannot_ask_the_user(
    demo: ControlPlane, tmp_path: Path, mode: str, offered: bool
) -> None:
    """It gets no terminal and learns that; its output is not shown. One that has to ask is not run."""
    plugin, config = tmp_path / "plugin", tmp_path / "config"
    plugin.write_text(PLUGIN.format(folder=tmp_path, api=API, token=demo.admin_token))
    plugin.chmod(0o755)
    config.write_text(json.dumps(_with_plugin(demo, plugin, mode)))
    line = f"{K} --kubeconfig {config} profiles team-"
    require("bash")

    with Shell("bash", kubectl_of(NEW), tmp_path / "shell", {}) as shell:
        listed = any(
            shell.completed(line).endswith("team-") and "team-c" in shell.screen() for _ in range(20)
        )
        screen = shell.screen()

    plugin_log = (tmp_path / "told").read_text() if offered else ""
    assert offered == listed
    assert offered == ('"interactive": false' in plugin_log)
    assert not (tmp_path / "told").exists() or "terminal" not in plugin_log
    assert "answer" not in plugin_log
    assert "example.com" not in screen


def _with_plugin(plane: ControlPlane, plugin: Path, mode: str) -> dict[str, Any]:
    """Return the kubeconfig of the administrator with a credential plugin."""
    import yaml

    config: dict[str, Any] = yaml.safe_load(plane.kubeconfig().read_text())
    run = {"apiVersion": API, "command": str(plugin), "interactiveMode": mode}
    config["users"] = [{"name": config["users"][0]["name"], "user": {"exec": run}}]
    return config
