"""Follow the contributors' page in a copy of the project, and check that the result works."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import REPOSITORY
from tests.schemas import validator

PAGE = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
NEW_FILE = re.compile(
    r"^Create `(?P<path>[^`]+)`[^\n]*:\n\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
NEW_LINE = re.compile(
    r"^In `(?P<path>[^`]+)`, below `(?P<anchor>[^\n]+)`, add:\n\n```\w*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LISTS_OF_FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "kubectl_kfaccess", "tests", "tools")


def section(title: str) -> str:
    """Return the section of the page with that title."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def follow(title: str, project: Path) -> list[str]:
    """Do in *project* what the section says, and return the files that it changes."""
    text = section(title)
    for step in NEW_FILE.finditer(text):
        path = project / step["path"]
        assert not path.exists(), path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step["text"], encoding="utf-8")
    for step in NEW_LINE.finditer(text):
        path = project / step["path"]
        before = path.read_text(encoding="utf-8")
        assert f"{step['anchor']}\n" in before, step["anchor"]
        head, anchor, tail = before.partition(f"{step['anchor']}\n")
        path.write_text(f"{head}{anchor}{step['text']}{tail}", encoding="utf-8")
    return [step["path"] for pattern in (NEW_FILE, NEW_LINE) for step in pattern.finditer(text)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project with a new command, finding and format, added as the page says."""
    copy = tmp_path_factory.mktemp("contributor") / "project"
    copy.mkdir()
    for name in LISTS_OF_FILES:
        source, ignored = REPOSITORY / name, shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copy(source, copy / name)
    for title, files in (("Add a command", 6), ("Add a finding", 2), ("Add a format", 2)):
        assert files == len(follow(title, copy)), title
    assert 0 == run_module(copy, "tools.pages.schemas").returncode
    return copy


def run_module(project: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Return a finished process in the copy, which imports the copy's own package."""
    return subprocess.run(
        [sys.executable, "-m", *argv], cwd=project, capture_output=True, text=True, check=False, timeout=300
    )


PROGRAM = "import sys; from kubectl_kfaccess.cli import main; sys.argv[0] = 'kubectl-kfaccess'; main()"


def answer_of(project: Path, *argv: str) -> str:
    """Return what the copy's own command line prints; it has to end with 0."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *argv],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (0, "") == (
        done.returncode,
        "\n".join(line for line in done.stderr.splitlines() if line[:5] != "note:"),
    )
    return done.stdout


def test_the_new_files_keep_the_rules_of_the_rooms(project: Path) -> None:
    """The tests of the rooms pass, and so does lint."""
    layers = run_module(project, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_layers.py")
    lint = run_module(project, "ruff", "check", "--no-cache", "kubectl_kfaccess")
    form = run_module(project, "ruff", "format", "--no-cache", "--check", "kubectl_kfaccess")

    assert [0, 0, 0] == [layers.returncode, lint.returncode, form.returncode], (
        layers.stdout + lint.stdout + form.stdout
    )


def test_the_new_command_answers(project: Path) -> None:
    """It answers as a table, as names, and as JSON that matches its schema."""
    assert "NAMESPACE\n" == answer_of(project, "namespaces", "--demo")[:10]
    assert "namespace/team-a\n" in answer_of(project, "namespaces", "--demo", "-o", "name")
    document = json.loads(answer_of(project, "namespaces", "--demo", "-o", "json"))

    validator("Namespaces", project / "kubectl_kfaccess" / "schemas").validate(document)
    assert "Which namespaces are Kubeflow's?" in answer_of(project, "--help")


def test_the_new_finding_is_found(project: Path) -> None:
    """The command of its group reports it."""
    document = json.loads(answer_of(project, "profiles", "--demo", "-o", "json"))

    ids = {item["name"]: {finding["id"] for finding in item["findings"]} for item in document["items"]}
    assert {"profile-not-shared"} == ids["team-c"] & {"profile-not-shared"}
    assert set() == ids["team-a"] & {"profile-not-shared"}


def test_every_command_has_the_new_format(project: Path) -> None:
    """Old commands have it, and so does the new one."""
    assert answer_of(project, "namespaces", "--demo", "-o", "count").strip().isdigit()
    assert answer_of(project, "who-can", "get", "secrets", "-A", "--demo", "-o", "count").strip().isdigit()
