"""Every way to install: into an empty home directory, used as `kubectl kfaccess`, and removed completely."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from packaging.utils import parse_wheel_filename

from kubectl_kfaccess import __version__
from release.bill import write_bill
from release.rules import problems
from tests.controlplane.assets import assets
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.pki import Authority
from tests.packaging.conftest import Archive, need, unpack
from tests.packaging.test_locks import LOCK
from tests.running import REPOSITORY, run
from tests.sources.kubeconfig.identity_provider import CLIENT, NEW, REFRESH, SECRET, IdentityProvider

pytestmark = pytest.mark.slow  # by `make installs`
ASK = ("who-can", "create", "inferenceservices", "-n", "team-a", "--demo")
OWN = "kfaccess"
NAME = "kubectl-kfaccess"
COMPLETER = "kubectl_complete-kfaccess"
TABS = 100  # one waits a second at most for the cluster; on a busy machine the next one knows
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
# pipx's own logs
KEPT = (".local/state/pipx/log/", f".local/share/pipx/venvs/.{NAME}.lock")


@dataclass(frozen=True)
class Home:
    """A user with an empty home directory, whose PATH has *bin* and kubectl."""

    directory: Path
    kubectl: Path
    caches: Path
    bin: Path

    def run(
        self, *command: str | Path, check: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user; with *check*, the test fails if it does."""
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
        """Return the whole environment; packages come from a folder, and not from the network."""
        wheels, caches = str(self.caches / "wheels"), self.caches
        return {
            "HOME": str(self.directory),
            "PATH": os.pathsep.join([self.path, SYSTEM]),
            "LANG": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": wheels,
            "PIP_NO_COMPILE": "1",  # compiling would take longer than everything else
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
        """Return the PATH for `kubectl kfaccess`, which needs neither a Python nor other system programs."""
        return os.pathsep.join([str(self.bin), str(self.kubectl.parent)])

    def kfaccess(self, *words: str) -> str:
        """Return what `kubectl kfaccess` prints."""
        return self.run("kubectl", "kfaccess", *words, PATH=self.path).stdout

    def offered(self, *words: str) -> set[str]:
        """Return what kubectl offers on TAB after `kubectl kfaccess`."""
        lines = self.run("kubectl", "__complete", "kfaccess", *words).stdout.splitlines()
        return {line.partition("\t")[0] for line in lines if not line.startswith(":")}

    def plugins(self) -> tuple[list[Path], str]:
        """Return the plugins that kubectl finds for this user, and its warnings."""
        done = self.run("kubectl", "plugin", "list", PATH=self.path)
        return [Path(line) for line in done.stdout.splitlines() if line.startswith("/")], done.stderr

    def traces(self) -> list[str]:
        """Return every path in the home directory that has our name in its name, target or content."""
        paths = (path for path in self.directory.rglob("*") if names_us(path, self.directory))
        traces = sorted(path.relative_to(self.directory).as_posix() for path in paths)
        return [trace for trace in traces if not trace.startswith(KEPT)]


def names_us(path: Path, home: Path) -> bool:
    """Return whether a path below *home* has our name in its own name, its target or its content."""
    if OWN in path.relative_to(home).as_posix():
        return True
    if path.is_symlink():
        return OWN in path.readlink().as_posix()
    return path.is_file() and OWN.encode() in path.read_bytes()


@pytest.fixture(scope="module")
def wheels(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with caches, and in `wheels` our wheel and all its requirements in locked versions."""
    folder = tmp_path_factory.mktemp("caches")
    target, versions = folder / "wheels", folder / "versions.txt"
    # without the checksums, which pip would then require for our own wheel, too
    versions.write_text(re.sub(r" \\\n +--hash=\S+", "", LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    options = ("--quiet", "--constraint", versions, "--dest", target)
    command = [sys.executable, "-m", "pip", "download", *options, wheel]
    subprocess.run([str(word) for word in command], check=True, timeout=300)
    return folder


@pytest.fixture
def kubectl(kubernetes_version: str) -> Path:
    """Return a real kubectl."""
    return assets(kubernetes_version)["kubectl"]


@pytest.fixture
def home(tmp_path: Path, kubectl: Path) -> Home:
    """Return a user with an empty home directory, whose programs go to the usual place."""
    directory, only = tmp_path / "home", tmp_path / "kubectl" / "kubectl"
    for folder in (directory, only.parent):
        folder.mkdir()
    only.symlink_to(kubectl)  # alone, because there can be plugins beside the original
    return Home(directory, only, tmp_path, directory / ".local" / "bin")


def works(home: Home) -> None:
    """Assert that kubectl finds exactly one plugin, which answers as this checkout does."""
    assert ([home.bin / NAME], "") == home.plugins()
    assert run(*ASK).stdout == home.kfaccess(*ASK)
    assert __version__ in home.kfaccess("version", "--client")


def completes(home: Home, demo: ControlPlane) -> None:
    """Assert that kubectl offers on TAB the words of the plugin's own executable and names in the cluster."""
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
    """It is in an environment of its own; pip keeps the packages that were installed with it."""
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
    """Both executables are linked; afterwards, only pipx's own log mentions the program."""
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
    """Both executables are linked, and removed with the program."""
    need("uv")
    user = replace(home, caches=wheels)
    user.run(sys.executable, "-m", "uv", "tool", "install", NAME)
    works(user)
    completes(user, demo)

    user.kfaccess("completion", "uninstall")
    user.run(sys.executable, "-m", "uv", "tool", "uninstall", NAME)
    assert [] == user.traces()


def test_the_bill_of_the_wheel_names_every_file_that_pip_installs(wheels: Path, wheel: Path) -> None:
    """pip downloads what the wheel requires; the bill has each version, and the checksum of each file."""
    bill = json.loads(write_bill(wheel).read_text(encoding="utf-8"))
    checksums = {
        (component["name"], component["version"]): {
            each["content"] for each in component["externalReferences"][0]["hashes"]
        }
        for component in bill["components"]
    }
    downloaded = {
        (name, str(version)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (wheels / "wheels").glob("*.whl")
        for name, version, _, _ in [parse_wheel_filename(file.name)]
        if name != NAME
    }

    assert len(downloaded) > 20
    assert downloaded.keys() == checksums.keys()
    assert [] == [package for package, checksum in downloaded.items() if checksum not in checksums[package]]


def test_the_archive_follows_every_rule_of_krew(archive: Archive) -> None:
    """This is the built archive, with the manifest that is filled for it."""
    assert [] == problems(archive.manifest, [archive.archive])


def test_the_archive_has_the_licences_of_all_that_it_brings_along(archive: Archive) -> None:
    """Our own licence is at the top, and there is at least one for each package with modules in it."""
    folders = {folder.name.lower().replace("_", "-") for folder in (archive.program / "licenses").iterdir()}

    assert (REPOSITORY / "LICENSE").read_bytes() == (archive.program / "LICENSE").read_bytes()
    brought = {"python", "kubernetes", "msgspec", "pysocks", "pyyaml", "tabulate", "urllib3", "wcwidth"}

    assert {*brought, "argcomplete"} <= folders


def test_the_archive_is_the_same_wherever_it_is_built(archive: Archive) -> None:
    """It has only libraries that setup.cfg requires, and nothing else that the builder has installed."""
    libraries = {folder.name for folder in (archive.program / "_internal").iterdir() if folder.is_dir()}
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"

    needed = {
        "kubectl_kfaccess",
        "certifi",
        "charset_normalizer",
        "markupsafe",
        "msgspec",
        "pydantic_core",
        "wcwidth",
        "yaml",
        python,
    }
    assert set() == {name for name in libraries if not name.endswith(".dist-info")} - needed


def test_the_archive_knows_nothing_of_where_it_was_built(archive: Archive) -> None:
    """None of our files, and no file about a package, contains a path of the builder's machine."""
    files = [path for path in archive.program.rglob("*") if path.is_file()]
    ours = [path for path in files if path.suffix != ".so" and ".so." not in path.name]

    assert len(ours) > len(files) // 4
    assert [] == [path.name for path in ours if str(REPOSITORY).encode() in path.read_bytes()]


def test_the_archive_writes_the_page_of_report(archive: Archive, tmp_path: Path) -> None:
    """It has the templates, and what fills them in."""
    done = subprocess.run(
        [archive.program / NAME, "report", "--demo"],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path)},
        timeout=60,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("<!doctype html>")
    assert "team-b/default-editor" in done.stdout


@pytest.mark.server
def test_the_archive_asks_a_server(archive: Archive, demo: ControlPlane, tmp_path: Path) -> None:
    """It contains everything that is needed to ask a real API server."""
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


def test_the_archive_refreshes_a_token(archive: Archive, tmp_path: Path) -> None:
    """It contains everything that is needed of the Kubernetes client."""
    authority = Authority(tmp_path)
    with IdentityProvider(authority.server("idp")) as provider:
        config = tmp_path / "config"
        config.write_text(oidc_kubeconfig(provider.url, authority.certificate), encoding="utf-8")
        done = subprocess.run(
            [archive.program / NAME, "version", "--kubeconfig", config],
            capture_output=True,
            text=True,
            check=False,
            env={"HOME": str(tmp_path)},
            timeout=60,
        )

        assert ([REFRESH], [f"Bearer {NEW}"]) == provider.taken(), done.stderr
    assert (0, "") == (done.returncode, done.stderr)
    assert NEW in config.read_text(encoding="utf-8")


def oidc_kubeconfig(url: str, authority: Path) -> str:
    """Return a kubeconfig whose user has a refresh-token for the identity provider, and no id-token."""
    config = {
        "client-id": CLIENT,
        "client-secret": SECRET,
        "idp-certificate-authority": str(authority),
        "idp-issuer-url": url,
        "refresh-token": REFRESH,
    }
    content = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [{"name": "me", "user": {"auth-provider": {"name": "oidc", "config": config}}}],
    }
    return yaml.safe_dump(content)


def test_a_credential_plugin_sees_nothing_of_the_archive(archive: Archive, tmp_path: Path) -> None:
    """It finds the system's libraries, and gets the user's environment unchanged."""
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
    added = {
        "KUBERNETES_EXEC_INFO",
        "SSL_CERT_FILE",
        "PWD",
        "SHLVL",
        "OLDPWD",
        "_",
    }  # the shell adds the last ones
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
    install(archive, store, user.bin)
    works(user)

    user.kfaccess("completion", "install", "--shell", "zsh")
    completes(user, demo)


def install(archive: Archive, store: Path, programs: Path) -> None:
    """Unpack the archive where krew puts it, if it has the checksum of the manifest."""
    (platform,) = yaml.safe_load(archive.manifest.read_text(encoding="utf-8"))["spec"]["platforms"]
    assert platform["sha256"] == hashlib.sha256(archive.archive.read_bytes()).hexdigest()
    store.mkdir(parents=True)
    programs.mkdir()
    unpack(archive.archive, store)
    (programs / NAME).symlink_to(store / platform["bin"])


def test_the_index_of_krew_takes_the_manifest(archive: Archive, krew: dict[str, Path]) -> None:
    """This is the index's own check, without the download."""
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
    """The real krew works without a network; we remove the completion file, which we wrote."""
    user = replace(home, bin=home.directory / ".krew" / "bin")
    program = user.kubectl.parent / "kubectl-krew"
    program.symlink_to(krew["krew"])
    user.run("kubectl", "krew", "install", f"--manifest={archive.manifest}", f"--archive={archive.archive}")
    program.unlink()
    works(user)
    user.kfaccess("completion", "install", "--shell", "zsh")
    completes(user, demo)
    user.kfaccess("completion", "uninstall", "--shell", "zsh")

    # krew uninstalls nothing before it has an index, which it would download
    user.run("git", "init", "--quiet", user.directory / ".krew" / "index" / "default")
    program.symlink_to(krew["krew"])
    user.run("kubectl", "krew", "uninstall", "kfaccess")
    assert [] == user.traces()


@pytest.mark.server
def test_the_name_that_kubectl_asks_on_tab_may_be_a_link_to_the_program(
    home: Home, archive: Archive, demo: ControlPlane
) -> None:
    """One binary is both programs: the name by which it is called decides."""
    user = replace(home, bin=home.directory / "bin")
    user.bin.mkdir()
    for name in (NAME, COMPLETER):
        (user.bin / name).symlink_to(archive.program / NAME)

    completes(user, demo)
