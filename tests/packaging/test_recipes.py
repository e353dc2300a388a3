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
from tests.running import REPOSITORY

CONTAINERFILE = REPOSITORY / "Containerfile"
WORKFLOW = REPOSITORY / ".github" / "workflows" / "release.yml"
EXAMPLES = sorted((REPOSITORY / "examples" / "ci").glob("*.yaml"))
REQUIREMENTS = REPOSITORY / "release" / "requirements.txt"
KNOWN = {"FROM", "RUN", "WORKDIR", "COPY", "ARG", "LABEL", "ENV", "USER", "ENTRYPOINT"}
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


class Instruction(NamedTuple):
    """One instruction of the recipe of an image."""

    word: str
    rest: str


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a recipe, their lines joined, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield Instruction(word, rest.strip())


def lint(text: str) -> list[str]:
    """What is wrong with the recipe of an image, by the rules that linters share."""
    found = list(instructions(text))
    bases = [one.rest for one in found if one.word == "FROM"]
    users = [one.rest for one in found if one.word == "USER"]
    stages = {match[1] for base in bases if (match := re.search(r" AS (\S+)$", base))}
    return [
        *(f"`{one.word}` is no instruction here" for one in found if one.word not in KNOWN),
        *(f"`{base}` has no fixed version" for base in bases if not re.match(r"\S+:[\w.-]*\d[\w.-]*\b", base)
          and not re.match(r"debian:[a-z]+-slim$", base)),
        *(["it is run by root"] if not users or users[-1].split(":")[0] in ("root", "0") else []),
        *(f"`{one.rest}` is no list of words" for one in found if one.word == "ENTRYPOINT"
          and not one.rest.startswith("[")),
        *("lists of packages are left in a layer" for one in found if "apt-get install" in one.rest
          and "rm -rf /var/lib/apt/lists" not in one.rest),
        *(f"`{one.rest}` copies nothing that is there" for one in found if one.word == "COPY"
          and not copies(one.rest, stages)),
    ]  # fmt: skip


def copies(rest: str, stages: set[str]) -> bool:
    """Whether all that an instruction copies is in the repository, or of an earlier stage."""
    words = rest.split()
    if words[0].startswith("--from="):
        return words[0].removeprefix("--from=") in stages
    return all((REPOSITORY / word).exists() for word in words[:-1])


def test_the_recipe_of_the_image_is_sound() -> None:
    """Fixed versions, no root, nothing left over, and only what is there is copied."""
    assert [] == lint(CONTAINERFILE.read_text(encoding="utf-8"))


SPOILT = [
    pytest.param("USER 65532:65532", "USER root", "it is run by root", id="root"),
    pytest.param("USER 65532:65532\n", "", "it is run by root", id="no user"),
    pytest.param("debian:bookworm-slim", "debian:latest", "has no fixed version", id="latest"),
    pytest.param("debian:bookworm-slim", "debian", "has no fixed version", id="no version"),
    pytest.param(
        "COPY LICENSE", "COPY LICENCE", "copies nothing that is there", id="a file that is not there"
    ),
    pytest.param("--from=build", "--from=bild", "copies nothing that is there", id="an unknown stage"),
    pytest.param("COPY release release", "ADD release release", "no instruction here", id="ADD"),
    pytest.param("&& rm -rf", "&& ls", "are left in a layer", id="lists of packages"),
    pytest.param('["kubectl-kfaccess"]', "kubectl-kfaccess", "no list of words", id="a shell around it"),
]


@pytest.mark.parametrize(("good", "bad", "said"), SPOILT)
def test_a_spoilt_recipe_is_told(good: str, bad: str, said: str) -> None:
    """The linter sees what it is for."""
    text = CONTAINERFILE.read_text(encoding="utf-8")

    assert good in text
    assert said in "\n".join(lint(text.replace(good, bad)))


def test_hadolint_has_nothing_to_say() -> None:
    """The usual linter, where it is installed."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    hadolint = shutil.which("hadolint", path=beside)
    if hadolint is None:
        pytest.skip("there is no hadolint: the image's recipe is held against our own rules alone")
    # DL3008: Debian drops old versions of packages, so a fixed one breaks the build
    done = subprocess.run(
        [hadolint, "--ignore", "DL3008", CONTAINERFILE], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stdout)


def test_the_image_is_made_by_what_makes_the_archive() -> None:
    """The part that it asks for is one that there is."""
    (command,) = re.findall(r"python -m release (\w+)", CONTAINERFILE.read_text(encoding="utf-8"))

    assert command in PARTS


def loaded(file: Path) -> dict[Any, Any]:
    """A YAML file; `on` of a workflow is true, as YAML 1.1 has it."""
    found: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    """All steps of all jobs of a workflow."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", [WORKFLOW, EXAMPLES[0]], ids=lambda file: file.name)
def test_a_workflow_runs_no_action_that_could_change_under_it(file: Path) -> None:
    """Each is fixed by its commit; a tag can be moved."""
    actions = [step["uses"] for step in steps(loaded(file)) if "uses" in step]

    assert actions
    assert [] == [action for action in actions if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("file", [WORKFLOW, EXAMPLES[0]], ids=lambda file: file.name)
def test_a_workflow_may_only_read_by_default(file: Path) -> None:
    """What a job needs beyond that it says itself."""
    assert {"contents": "read"} == loaded(file)["permissions"]


def test_only_publishing_may_write() -> None:
    """A release, and a wheel under the workflow's own identity; and that only for a tag."""
    jobs = loaded(WORKFLOW)["jobs"]

    assert ["publish"] == [name for name, job in jobs.items() if "permissions" in job]
    assert "github.event_name == 'push'" == jobs["publish"]["if"]
    assert ["tags"] == list(loaded(WORKFLOW)[True]["push"])


def test_the_workflow_makes_an_archive_for_each_platform_of_people() -> None:
    """Linux and macOS on both processors; all of them are in the manifest."""
    jobs = loaded(WORKFLOW)["jobs"]
    runners = [runner for name in ("linux", "macos") for runner in jobs[name]["strategy"]["matrix"]["runner"]]

    assert ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-14", "macos-15-intel"] == runners
    assert {"wheel", "linux", "macos"} == set(jobs["manifest"]["needs"])


def test_the_workflow_asks_for_parts_that_there_are() -> None:
    """Every `python -m release PART`, and the file of requirements."""
    commands = " ".join(step["run"] for step in steps(loaded(WORKFLOW)) if "run" in step)

    assert {"wheel", "archive", "manifest"} == set(re.findall(r"-m release (\w+)", commands)) & set(PARTS)
    assert {"release/requirements.txt"} == set(re.findall(r"--requirement (\S+)", commands))
    assert REQUIREMENTS.is_file()


def test_the_workflow_tries_every_archive_before_it_is_released() -> None:
    """On the platform that it is for."""
    jobs = loaded(WORKFLOW)["jobs"]

    for name in ("linux", "macos"):
        tried = [step["run"] for step in jobs[name]["steps"] if step.get("name") == "Try the program"]
        assert ["tried/kubectl-kfaccess who-can" in text for text in tried] == [True]


def test_what_a_release_is_built_with_is_fixed_by_checksums() -> None:
    """Every package that setup.cfg names is in the file of requirements, each with its hashes."""
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
    """A build that passes today passes tomorrow: what it runs does not change under it."""
    assert [__version__] == re.findall(
        r"pip install kubectl-kfaccess==(\S+)", file.read_text(encoding="utf-8")
    )


def test_the_version_is_in_the_name_of_every_archive() -> None:
    """So that the archives of two releases can be told apart."""
    assert f"_v{__version__}_" in archive_name("linux", "amd64")
