"""The recipes that run elsewhere: the image, the release workflow, and the examples for CI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kubectl_kfaccess import __version__
from release.__main__ import PARTS
from release.archive import archive_name
from tests.packaging.conftest import need
from tests.running import REPOSITORY

CONTAINERFILE = REPOSITORY / "Containerfile"
WORKFLOW = REPOSITORY / ".github" / "workflows" / "release.yml"
EXAMPLES = sorted((REPOSITORY / "examples" / "ci").glob("*.yaml"))
PULL_REQUEST = REPOSITORY / "examples" / "pull-request" / "github-actions.yaml"
REQUIREMENTS = REPOSITORY / "release" / "requirements.txt"
KNOWN = {"FROM", "RUN", "WORKDIR", "COPY", "ARG", "LABEL", "ENV", "USER", "ENTRYPOINT"}
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
DIGEST = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?$")


class Instruction(NamedTuple):
    """One instruction of an image's recipe."""

    word: str
    rest: str


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a recipe, with their lines joined and without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield Instruction(word, rest.strip())


def lint(text: str) -> list[str]:
    """Return the problems of an image's recipe, by the rules that linters share."""
    recipe = list(instructions(text))
    bases = [each.rest for each in recipe if each.word == "FROM"]
    users = [each.rest for each in recipe if each.word == "USER"]
    stages = {match[1] for base in bases if (match := re.search(r" AS (\S+)$", base))}
    return [
        *(f"`{each.word}` is no instruction here" for each in recipe if each.word not in KNOWN),
        *(f"`{base}` is not fixed by a digest" for base in bases if not DIGEST.match(base)),
        *(["it is run by root"] if not users or users[-1].split(":")[0] in ("root", "0") else []),
        *(f"`{each.rest}` is no list of words" for each in recipe if each.word == "ENTRYPOINT"
          and not each.rest.startswith("[")),
        *("lists of packages are left in a layer" for each in recipe if "apt-get install" in each.rest
          and "rm -rf /var/lib/apt/lists" not in each.rest),
        *(f"`{each.rest}` copies nothing that is there" for each in recipe if each.word == "COPY"
          and not copies(each.rest, stages)),
    ]  # fmt: skip


def copies(rest: str, stages: set[str]) -> bool:
    """Return whether everything that an instruction copies is in the repository or in an earlier stage."""
    words = rest.split()
    if words[0].startswith("--from="):
        return words[0].removeprefix("--from=") in stages
    return all((REPOSITORY / word).exists() for word in words[:-1])


def test_the_recipe_of_the_image_is_sound() -> None:
    """It has fixed bases, does not run as root, leaves nothing over, and copies only existing files."""
    assert [] == lint(CONTAINERFILE.read_text(encoding="utf-8"))


SPOILT = [
    pytest.param("USER 65532:65532", "USER root", "it is run by root", id="root"),
    pytest.param("USER 65532:65532\n", "", "it is run by root", id="no user"),
    pytest.param("slim@sha256:", "slim ", "is not fixed by a digest", id="no digest"),
    pytest.param("slim@sha256:", "slim@sha256:0", "is not fixed by a digest", id="no digest of SHA-256"),
    pytest.param(
        "COPY LICENSE", "COPY LICENCE", "copies nothing that is there", id="a file that is not there"
    ),
    pytest.param("--from=build", "--from=bild", "copies nothing that is there", id="an unknown stage"),
    pytest.param("COPY release release", "ADD release release", "no instruction here", id="ADD"),
    pytest.param("&& rm -rf", "&& ls", "are left in a layer", id="lists of packages"),
    pytest.param('["kubectl-kfaccess"]', "kubectl-kfaccess", "no list of words", id="a shell around it"),
]


@pytest.mark.parametrize(("good", "bad", "message"), SPOILT)
def test_a_spoilt_recipe_has_a_problem(good: str, bad: str, message: str) -> None:
    """The linter finds each of these mistakes."""
    text = CONTAINERFILE.read_text(encoding="utf-8")

    assert good in text
    assert message in "\n".join(lint(text.replace(good, bad)))


def test_hadolint_has_nothing_to_say() -> None:
    """The usual linter is used if it is installed."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    hadolint = shutil.which("hadolint", path=beside)
    if hadolint is None:
        pytest.skip("there is no hadolint: the image's recipe is held against our own rules alone")
    # DL3008: Debian drops old versions of packages, so a fixed version breaks the build
    done = subprocess.run(
        [hadolint, "--ignore", "DL3008", CONTAINERFILE], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stdout)


def test_the_image_is_made_by_what_makes_the_archive() -> None:
    """The part that the recipe names exists."""
    (command,) = re.findall(r"python -m release (\w+)", CONTAINERFILE.read_text(encoding="utf-8"))

    assert command in PARTS


def loaded(file: Path) -> dict[Any, Any]:
    """Return a YAML file; the key `on` of a workflow is True, as in YAML 1.1."""
    content: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    """Return all steps of all jobs of a workflow."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", [WORKFLOW, EXAMPLES[0]], ids=lambda file: file.name)
def test_a_workflow_runs_no_action_that_could_change_under_it(file: Path) -> None:
    """Each action is fixed by its commit, because a tag can be moved."""
    actions = [step["uses"] for step in steps(loaded(file)) if "uses" in step]

    assert actions
    assert [] == [action for action in actions if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("file", [WORKFLOW, EXAMPLES[0]], ids=lambda file: file.name)
def test_a_workflow_may_only_read_by_default(file: Path) -> None:
    """A job that needs more permissions says so itself."""
    assert {"contents": "read"} == loaded(file)["permissions"]


# What the jobs may do that do more than read: sign, write a release, and be known to the package index
MORE = {
    "provenance": {"id-token": "write", "attestations": "write"},
    "bills": {"id-token": "write", "attestations": "write"},
    "publish": {"contents": "write"},
    "index": {"id-token": "write"},
}


def test_a_job_may_do_what_it_is_for_and_nothing_else() -> None:
    """What it may do is done only for a tag, and none of these jobs runs code of this repository."""
    jobs = loaded(WORKFLOW)["jobs"]

    assert MORE == {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    assert {"github.event_name == 'push'"} == {jobs[name]["if"] for name in MORE}
    assert ["tags"] == list(loaded(WORKFLOW)[True]["push"])
    assert [] == [
        name for name in MORE for step in jobs[name]["steps"] if "actions/checkout" in step.get("uses", "")
    ]


def test_nothing_is_published_before_it_is_signed() -> None:
    """And nothing is signed before every archive was tried and the image was built."""
    jobs = loaded(WORKFLOW)["jobs"]

    assert ["provenance", "bills"] == jobs["publish"]["needs"]
    assert [["manifest", "image"]] * 2 == [jobs[name]["needs"] for name in ("provenance", "bills")]
    assert "publish" == jobs["index"]["needs"]


def test_a_container_of_the_workflow_cannot_change_under_it() -> None:
    """It is fixed by its digest."""
    containers = [job["container"] for job in loaded(WORKFLOW)["jobs"].values() if "container" in job]

    assert containers
    assert [] == [container for container in containers if not DIGEST.match(container)]


@pytest.mark.parametrize(
    "file", [WORKFLOW, EXAMPLES[0], PULL_REQUEST], ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_zizmor_has_nothing_to_say(file: Path) -> None:
    """It looks for what somebody could do to a workflow, from a pull request or through an action."""
    need("zizmor")
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [zizmor, "--offline", "--no-progress", "--quiet", "--format", "plain", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert 0 == done.returncode, done.stdout


def test_zizmor_sees_an_action_that_is_not_fixed(tmp_path: Path) -> None:
    """The linter is really applied."""
    need("zizmor")
    spoilt = tmp_path / ".github" / "workflows" / "release.yml"
    spoilt.parent.mkdir(parents=True)
    text = WORKFLOW.read_text(encoding="utf-8")
    spoilt.write_text(re.sub(r"@[0-9a-f]{40} # v7", "@v7", text), encoding="utf-8")
    command = [Path(sys.executable).with_name("zizmor"), "--offline", "--quiet", "--format", "plain", spoilt]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert 0 != done.returncode
    assert "unpinned-uses" in done.stdout


def test_the_workflow_makes_an_archive_for_each_platform_of_people() -> None:
    """Linux and macOS on both processors; all of them are in the manifest."""
    jobs = loaded(WORKFLOW)["jobs"]
    runners = [runner for name in ("linux", "macos") for runner in jobs[name]["strategy"]["matrix"]["runner"]]

    assert ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-14", "macos-15-intel"] == runners
    assert {"wheel", "linux", "macos"} == set(jobs["manifest"]["needs"])


def test_the_workflow_asks_for_parts_that_there_are() -> None:
    """This includes every `python -m release PART`, and the file of requirements."""
    commands = " ".join(step["run"] for step in steps(loaded(WORKFLOW)) if "run" in step)

    assert {"wheel", "archive", "sbom", "manifest", "sums"} == set(re.findall(r"-m release (\w+)", commands))
    assert {"wheel", "archive", "sbom", "manifest", "sums"} <= PARTS.keys()
    assert {"release/requirements.txt"} == set(re.findall(r"--requirement (\S+)", commands))
    assert REQUIREMENTS.is_file()


def test_the_workflow_tries_every_archive_before_it_is_released() -> None:
    """It runs on the platform that it is for."""
    jobs = loaded(WORKFLOW)["jobs"]

    for name in ("linux", "macos"):
        tried = [step["run"] for step in jobs[name]["steps"] if step.get("name") == "Try the program"]
        assert ["tried/kubectl-kfaccess who-can" in text for text in tried] == [True]


def test_what_a_release_is_built_with_is_fixed_by_checksums() -> None:
    """Every package in setup.cfg is in the file of requirements, each with its hashes."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    names = re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
    config = (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
    required = re.search(r"^install_requires =\n((?:    .+\n)+)", config, re.MULTILINE)
    tools = re.search(r"^dist =\n((?:    .+\n)+)", config, re.MULTILINE)

    assert required is not None
    assert tools is not None
    assert {re.split("[<>=!]", word)[0].lower() for word in required[1].split()} <= set(names)
    assert set(tools[1].split()) <= set(re.findall(r"^([\w.-]+==[\w.]+)", text, re.MULTILINE))
    assert len(names) == len(re.findall(r"^\S.*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_installs_this_version(file: Path) -> None:
    """A build that passes today passes tomorrow, because it runs the same version."""
    assert [__version__] == re.findall(
        r"pip install kubectl-kfaccess==(\S+)", file.read_text(encoding="utf-8")
    )


def test_the_version_is_in_the_name_of_every_archive() -> None:
    """So the archives of two releases have different names."""
    assert f"_v{__version__}_" in archive_name("linux", "amd64")
