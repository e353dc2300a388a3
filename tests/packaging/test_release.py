"""A release is made by the commands of the workflow and of the image's recipe, as far as they run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kubectl_kfaccess import __version__
from release.archive import archive_name
from release.manifest import filled
from release.project import this_platform
from tests.packaging.conftest import need
from tests.packaging.test_recipes import CONTAINERFILE, WORKFLOW, instructions, loaded
from tests.packaging.test_rules import archive_of
from tests.running import REPOSITORY, run

PLATFORM_OF_RUNNER = {
    "ubuntu-24.04": ("linux", "amd64"),
    "ubuntu-24.04-arm": ("linux", "arm64"),
    "macos-14": ("darwin", "arm64"),
    "macos-15-intel": ("darwin", "amd64"),
}
TAG = f"v{__version__}"
WHEEL = f"kubectl_kfaccess-{__version__}-py3-none-any.whl"
HOMEPAGE = "https://git.example/me/kubectl-kfaccess"

# The jobs whose commands are run below; `macos` has those of `linux`
JOBS = ("wheel", "linux", "manifest", "bills")
# Commands that cannot run here, by their first words
NOT_HERE = {
    "dnf install": "the container of the workflow has another package manager",
    "docker build": "needs a container engine, and the images that the recipe begins with",
    "docker run": "needs the image",
    "gh release": "publishes",
    "pipx run uv": "publishes",
}
RECIPE = list(instructions(CONTAINERFILE.read_text(encoding="utf-8")))
NOT_IN_THE_IMAGE = "apt-get"  # it would change the system here
ASK = ("who-can", "create", "inferenceservices", "-n", "team-a", "--demo")


def jobs() -> dict[str, Any]:
    """Return the jobs of the release workflow by name."""
    content: dict[str, Any] = loaded(WORKFLOW)["jobs"]
    return content


def commands(job: str) -> list[str]:
    """Return the commands of a job that can run here."""
    texts = [step["run"] for step in jobs()[job]["steps"] if "run" in step]
    return [text for text in texts if not text.startswith(tuple(NOT_HERE))]


def test_every_command_of_the_workflow_is_run_below_or_cannot_run_here() -> None:
    """A new job, or a new kind of command, needs a decision."""
    left = {name: commands(name) for name in jobs() if name not in JOBS}
    of_linux = [
        text.replace("python3.12 -m pip", "pip").replace("python3.12", "python") for text in commands("linux")
    ]

    assert [text for text in of_linux if "git config" not in text] == left.pop("macos")
    assert {} == {name: texts for name, texts in left.items() if texts}


def test_the_files_of_a_release_have_the_names_that_the_workflow_signs(tmp_path: Path) -> None:
    """krew's manifest has an archive for each runner; the bills of exactly these and the wheel are signed."""
    runners = [
        *jobs()["linux"]["strategy"]["matrix"]["runner"],
        *jobs()["macos"]["strategy"]["matrix"]["runner"],
    ]
    archives = [archive_name(*PLATFORM_OF_RUNNER[runner]) for runner in runners]
    manifest = yaml.safe_load(filled([archive_of(tmp_path / name, ("LICENSE",)) for name in archives]))

    signed = [
        name.replace("VERSION", __version__) for name in jobs()["bills"]["strategy"]["matrix"]["artefact"]
    ]
    assert sorted([WHEEL, *archives]) == sorted(signed)
    assert sorted(archives) == sorted(
        each["uri"].rpartition("/")[2] for each in manifest["spec"]["platforms"]
    )
    assert [f"/releases/download/{TAG}/"] * 4 == [
        re.sub(r".*(/releases/download/[^/]*/).*", r"\1", each["uri"])
        for each in manifest["spec"]["platforms"]
    ]


class Builder(NamedTuple):
    """A folder in which jobs run, and the programs that they find: an environment with nothing but pip."""

    folder: Path
    bin: Path

    def checkout(self, name: str) -> Path:
        """Return a fresh checkout of this repository for a job."""
        place = self.folder / name
        leave = shutil.ignore_patterns(
            ".git", ".venv*", "__pycache__", ".*_cache", "dist", "build", "*.egg-info", "tests"
        )
        shutil.copytree(REPOSITORY, place, ignore=leave)
        author = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        for words in (
            ("init", "--quiet"),
            ("add", "--all"),
            (*author, "commit", "--quiet", "--message", "All"),
        ):
            subprocess.run(["git", *words], cwd=place, check=True, timeout=60)
        return place

    def run(self, command: str, place: Path, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the workflow would: in a shell that ends at the first failure."""
        index = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_CERT"))}
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
            env={
                **index,
                "PATH": f"{self.bin}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
                "HOME": str(self.folder),
                "GITHUB_REF_NAME": TAG,
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "KFACCESS_HOMEPAGE": HOMEPAGE,
                **environ,
            },
        )

    def job(self, name: str, place: Path) -> None:
        """Run the commands of a job, all of which must succeed."""
        for command in commands(name):
            done = self.run(command, place)
            assert 0 == done.returncode, f"{command}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Return a new machine, on which Python is the one of the tests, by every name that the workflow uses."""
    need("pip")
    folder = tmp_path_factory.mktemp("builder")
    venv.create(folder / "python", with_pip=True, symlinks=True)
    programs = folder / "python" / "bin"
    (programs / "python3.12").unlink(missing_ok=True)
    (programs / "python3.12").symlink_to("python")
    return Builder(folder, programs)


@pytest.fixture(scope="module")
def dist(builder: Builder) -> Path:
    """Return the folder `dist` of a release for this platform, made by the jobs of the workflow."""
    collected = builder.folder / "collected"
    for name in ("wheel", "linux"):
        place = builder.checkout(name)
        builder.job(name, place)
        shutil.copytree(place / "dist", collected, dirs_exist_ok=True)
    place = builder.checkout("manifest")
    shutil.copytree(collected, place / "dist")
    builder.job("manifest", place)
    return place / "dist"


@pytest.mark.slow  # by `make installs`
def test_the_workflow_makes_a_release(dist: Path) -> None:
    """With all its files and no others, and with the right checksums in both places."""
    archive = archive_name(*this_platform())
    manifest = yaml.safe_load((dist / "kfaccess.yaml").read_text(encoding="utf-8"))
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=dist,
        capture_output=True,
        text=True,
        check=False,
    )

    names = {archive, f"{archive}.cdx.json", WHEEL, f"{WHEEL}.cdx.json", "kfaccess.yaml"}
    assert {*names, "SHA256SUMS"} == {file.name for file in dist.iterdir()}
    assert (0, {f"{name}: OK" for name in names}) == (done.returncode, set(done.stdout.splitlines()))
    (platform,) = manifest["spec"]["platforms"]
    assert f"{HOMEPAGE}/releases/download/{TAG}/{archive}" == platform["uri"]
    assert f"{platform['sha256']}  {archive}\n" in (dist / "SHA256SUMS").read_text(encoding="utf-8")


@pytest.mark.slow
def test_somebody_who_has_one_file_can_verify_it(dist: Path, tmp_path: Path) -> None:
    """With the line in SECURITY.md, and the list of all checksums."""
    page = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^sha256sum .*", page, re.MULTILINE)
    for name in ("SHA256SUMS", WHEEL):
        shutil.copy(dist / name, tmp_path)

    done = subprocess.run(line.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, f"{WHEEL}: OK\n") == (done.returncode, done.stdout)

    with (tmp_path / WHEEL).open("ab") as wheel:
        wheel.write(b"more")
    assert 1 == subprocess.run(line.split(), cwd=tmp_path, capture_output=True, check=False).returncode


@pytest.mark.slow
def test_the_workflow_names_what_it_signs(builder: Builder, dist: Path) -> None:
    """The step finds the file and its bill for each artefact that was made here, and fails for the others."""
    (command,) = commands("bills")
    for artefact in jobs()["bills"]["strategy"]["matrix"]["artefact"]:
        output = builder.folder / "output"
        output.write_text("")
        done = builder.run(command, dist.parent, NAME=artefact)
        file = f"dist/{artefact.replace('VERSION', __version__)}"
        made = (dist.parent / file).exists()

        assert (made, f"file={file}\n" if made else "") == (done.returncode == 0, output.read_text())
        assert made is (dist.parent / f"{file}.cdx.json").exists()
    assert (dist / WHEEL).exists()


@pytest.mark.slow
def test_a_tag_of_another_version_makes_no_release(builder: Builder, dist: Path) -> None:
    """The first job ends before it builds anything."""
    (step,) = [
        step for step in jobs()["wheel"]["steps"] if step.get("name") == "Hold the tag against the version"
    ]

    assert dist.exists()
    assert 0 == builder.run(step["run"], builder.folder / "wheel").returncode
    assert 1 == builder.run(step["run"], builder.folder / "wheel", GITHUB_REF_NAME="v9.9.9").returncode


@pytest.fixture(scope="module")
def image(builder: Builder) -> Path:
    """Return the folder in which the recipe was followed: `src`, `opt`, and `bin` for /usr/local/bin."""
    root = builder.folder / "image"
    places = {"/opt": str(root / "opt"), "/usr/local/bin": str(root / "bin")}
    for folder in ("src", "bin"):
        (root / folder).mkdir(parents=True)
    for instruction in RECIPE:
        if instruction.word == "COPY" and "--from" not in instruction.rest:
            copy_into(instruction.rest.split(), root / "src")
        if instruction.word == "RUN" and NOT_IN_THE_IMAGE not in instruction.rest:
            command = re.sub("|".join(places), lambda match: places[match[0]], instruction.rest)
            done = builder.run(command, root / "src", SOURCE_DATE_EPOCH="315532800")
            assert 0 == done.returncode, f"{command}: {done.stdout}{done.stderr}"
    return root


def copy_into(words: list[str], workdir: Path) -> None:
    """Copy files into a folder, or a folder to another one, as an image's recipe does."""
    *names, target = words
    for name in names:
        if (REPOSITORY / name).is_dir():
            leave = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY / name, workdir / target, ignore=leave, dirs_exist_ok=True)
        else:
            (workdir / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, workdir / target)


@pytest.mark.slow
@pytest.mark.parametrize("words", [("version", "--client"), ASK], ids=lambda words: words[0])
def test_the_recipe_of_the_image_makes_a_program(image: Path, words: tuple[str, ...]) -> None:
    """Its instructions need only what it copies; a user without rights can use the result."""
    (user,) = [each.rest for each in RECIPE if each.word == "USER"]
    number, group = map(int, user.split(":"))
    for path in image.parents:
        if "pytest" in str(path) and path.stat().st_uid == os.getuid():
            path.chmod(0o755)  # pytest's folders are for its own user alone

    is_root = os.getuid() == 0
    done = subprocess.run(
        [image / "bin" / "kubectl-kfaccess", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": "/tmp"},  # as in the recipe
        timeout=60,
        user=number if is_root else None,
        group=group if is_root else None,
        extra_groups=[] if is_root else None,
    )
    assert (0, run(*words).stdout) == (done.returncode, done.stdout), done.stderr
