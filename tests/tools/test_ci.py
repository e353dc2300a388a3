"""What CI runs: which slow targets need a run, in which order, and what is left out for want of time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.mutants.mutant import PACKAGE, mutants
from tests.running import REPOSITORY
from tools.ci import TABLE, Run, Target, green_file, targets

SLOW = targets("worlds 9 rbac\ninstalls 3 setup.cfg release\n# a comment\n\nterminals 2 completion\n")
FILES = ("rbac/rules.py", "setup.cfg", "release/wheel.py", "completion/bare.py", "README.md")


class Clone:
    """A git repository with a commit in it, and what CI does there: each target takes some minutes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.green = folder / "cache" / "green.json"
        self.minutes: dict[str, float] = {}
        self.failing: set[str] = set()
        self.made: list[str] = []
        self.seconds = 0.0
        self.folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit(*FILES)

    def git(self, *words: str) -> str:
        """What git prints."""
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
        whose = {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        none = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        environ = {"PATH": os.environ["PATH"], **who, **whose, **none}
        command = ["git", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environ, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, *paths: str) -> str:
        """The commit that changes these files."""
        for path in map(self.folder.joinpath, paths):
            path.parent.mkdir(exist_ok=True)
            path.write_text(path.read_text() + "more\n" if path.exists() else "new\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change it")
        return self.git("rev-parse", "HEAD")

    def make(self, target: str) -> bool:
        """Whether the target is made."""
        self.made.append(target)
        self.seconds += 60 * self.minutes.get(target, 1)
        return target not in self.failing

    def run(self, slow: list[Target] = SLOW) -> int:
        """The exit status of CI; what is made goes to *made*."""
        self.made.clear()
        self.seconds = 0.0
        return Run(self.folder, self.green, self.make, lambda: self.seconds).all(slow)

    def known(self) -> Mapping[str, str]:
        """The green commits in the cache."""
        found: Mapping[str, str] = json.loads(self.green.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A repository whose only commit has all files."""
    return Clone(tmp_path)


def test_without_anything_to_compare_with_everything_runs_the_shortest_first(clone: Clone) -> None:
    """A first commit has no parent."""
    assert 0 == clone.run()
    assert ["test", "terminals", "installs", "worlds"] == clone.made


def test_a_fresh_machine_compares_with_the_parent(clone: Clone) -> None:
    """Nothing is in its cache, and the branch is the default one."""
    clone.commit("release/wheel.py", "README.md")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_a_fresh_machine_compares_a_branch_with_where_it_left_the_default_branch(clone: Clone) -> None:
    """All commits of the branch count, not only its last."""
    clone.git("update-ref", "refs/remotes/origin/main", "HEAD")
    clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("rbac/rules.py")
    clone.commit("README.md")

    assert 0 == clone.run()
    assert ["test", "worlds"] == clone.made


def test_the_last_green_commit_counts_where_it_is_known(clone: Clone) -> None:
    """Several commits may have come since."""
    clone.run()
    clone.commit("setup.cfg")
    clone.commit("completion/bare.py")
    clone.commit("README.md")

    assert 0 == clone.run()
    assert ["test", "terminals", "installs"] == clone.made


def test_a_commit_that_this_clone_does_not_have_is_as_good_as_none(clone: Clone) -> None:
    """History may have been rewritten, or the clone is shallow."""
    clone.green.parent.mkdir()
    clone.green.write_text(json.dumps({target.name: "1" * 40 for target in SLOW}))
    clone.commit("setup.cfg")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_a_broken_cache_is_as_good_as_none(clone: Clone) -> None:
    """A run that was stopped may have left half a file."""
    clone.green.parent.mkdir()
    clone.green.write_text('{"installs": ')
    clone.commit("setup.cfg")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_what_failed_runs_again_after_a_commit_that_does_not_concern_it(clone: Clone) -> None:
    """It ends the run with 1 after the others have had theirs."""
    clone.run()
    green = clone.git("rev-parse", "HEAD")
    clone.commit("rbac/rules.py", "setup.cfg")
    clone.failing = {"installs"}
    assert 1 == clone.run()
    assert ["test", "installs", "worlds"] == clone.made
    assert green == clone.known()["installs"] != clone.known()["worlds"]

    clone.failing = set()
    clone.commit("README.md")
    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_nothing_slow_runs_after_a_red_make_test_but_after_the_next_green_one(clone: Clone) -> None:
    """On a machine that has seen nothing before, either."""
    clone.commit("setup.cfg")
    clone.failing = {"test"}
    assert 1 == clone.run()
    assert ["test"] == clone.made

    clone.failing = set()
    clone.commit("README.md")
    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_none_begins_after_forty_minutes(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """What is left out is printed, and runs the next time."""
    clone.minutes = {"test": 38.5}
    assert 0 == clone.run()
    assert ["test", "terminals", "installs"] == clone.made
    assert re.search(
        r"^  worlds +left out: no target begins after 40 minutes$", capsys.readouterr().out, re.M
    )

    clone.minutes = {}
    clone.run()
    assert ["test", "worlds"] == clone.made


def test_none_begins_that_would_end_late(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """CI is stopped after 90 minutes, with whatever is running then."""
    clone.minutes = {"test": 30}
    assert 0 == clone.run([Target("worlds", 45, ("rbac",)), Target("mutants", 46, ("rbac",))])
    assert ["test", "worlds"] == clone.made
    assert re.search(r"^  mutants +left out: it takes 46 minutes", capsys.readouterr().out, re.M)


def test_uncommitted_changes_count_and_are_not_called_green(clone: Clone) -> None:
    """The run of a developer who has not committed yet."""
    clone.run()
    before = clone.known()
    (clone.folder / "setup.cfg").write_text("changed\n")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made
    assert before == clone.known()


def test_without_a_repository_everything_runs(clone: Clone) -> None:
    """The sources may come from an archive."""
    shutil.rmtree(clone.folder / ".git")

    assert 0 == clone.run()
    assert ["test", "terminals", "installs", "worlds"] == clone.made


def test_without_git_everything_runs(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not needed to build and test."""
    monkeypatch.setenv("PATH", "/nonexistent")

    assert 0 == clone.run()
    assert ["test", "terminals", "installs", "worlds"] == clone.made


def test_a_cache_that_cannot_be_written_is_no_failure(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said, though."""
    clone.green = Path(os.devnull, "green.json")

    assert 0 == clone.run()
    assert "ci: cannot write `/dev/null/green.json`: " in capsys.readouterr().out


def test_the_cache_is_the_users(tmp_path: Path) -> None:
    """XDG's, or the usual place of it."""
    assert tmp_path / "kubectl-kfaccess" / "green.json" == green_file({"XDG_CACHE_HOME": str(tmp_path)})
    assert tmp_path / ".cache/kubectl-kfaccess/green.json" == green_file({"HOME": str(tmp_path)})


TARGETS = targets(TABLE.read_text(encoding="utf-8"))


def test_the_table_is_sorted() -> None:
    """As the targets run."""
    names = [line.split()[0] for line in TABLE.read_text().splitlines() if line[:1].isalpha()]

    assert names == [target.name for target in TARGETS]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_table_has_targets_and_paths_that_there_are(target: Target) -> None:
    """A folder that was renamed would never make its target run again."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^{target.name}:.* ## \S", makefile, re.MULTILINE)
    assert target.paths
    assert [] == [path for path in target.paths if not (REPOSITORY / path).exists()]
    assert target.minutes <= 45  # it has to end when it begins after 30 minutes


def test_a_mutants_file_is_one_whose_change_runs_the_mutants() -> None:
    """Every room that has a mutant is in the table."""
    (paths,) = (target.paths for target in TARGETS if target.name == "mutants")
    files = {f"{PACKAGE}/{mutant.file}" for mutant in mutants()}

    assert set() == {file for file in files if not file.startswith(tuple(f"{path}/" for path in paths))}


def test_a_slow_test_is_run_by_a_target_of_the_table() -> None:
    """`make test` leaves it out, so nothing would run it otherwise."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    recipes = {
        target.name: re.findall(rf"^{target.name}:.*\n((?:\t.*\n)+)", makefile, re.M) for target in TARGETS
    }
    folders = {
        folder
        for (recipe,) in recipes.values()
        for folder in re.findall(r"pytest.* (tests/\S+) -m slow$", recipe, re.M)
    }
    slow = {file.parent.relative_to(REPOSITORY).as_posix() for file in modules() if is_slow(file)}

    assert slow
    assert slow == folders


def modules() -> Iterator[Path]:
    """All modules of tests but this one."""
    yield from (file for file in (REPOSITORY / "tests").rglob("test_*.py") if file != Path(__file__))


def is_slow(module: Path) -> bool:
    """Whether there is a slow test in a module."""
    return "pytest.mark.slow" in module.read_text(encoding="utf-8")
