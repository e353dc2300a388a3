"""What CI runs: which slow targets need a run, in which order, and which are left out when time is short."""

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
    """A git repository with one commit, and CI in it, where each target takes some minutes."""

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
        """Return what git prints."""
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
        whose = {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        none = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        environ = {"PATH": os.environ["PATH"], **who, **whose, **none}
        command = ["git", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environ, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, *paths: str) -> str:
        """Commit a change of these files, and return the commit."""
        for path in map(self.folder.joinpath, paths):
            path.parent.mkdir(exist_ok=True)
            path.write_text(path.read_text() + "more\n" if path.exists() else "new\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change it")
        return self.git("rev-parse", "HEAD")

    def make(self, target: str) -> bool:
        """Return whether the target succeeds."""
        self.made.append(target)
        self.seconds += 60 * self.minutes.get(target, 1)
        return target not in self.failing

    def run(self, slow: list[Target] = SLOW) -> int:
        """Run CI and return its exit status; *made* then lists the targets."""
        self.made.clear()
        self.seconds = 0.0
        return Run(self.folder, self.green, self.make, lambda: self.seconds).all(slow)

    def known(self) -> Mapping[str, str]:
        """Return the green commits in the cache."""
        commits: Mapping[str, str] = json.loads(self.green.read_text(encoding="utf-8"))
        return commits


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a repository whose only commit has all files."""
    return Clone(tmp_path)


def test_a_first_commit_runs_everything_the_shortest_first(clone: Clone) -> None:
    """It has no parent to compare with."""
    assert 0 == clone.run()
    assert ["test", "terminals", "installs", "worlds"] == clone.made


def test_a_fresh_machine_compares_with_the_parent(clone: Clone) -> None:
    """Its cache is empty, and the branch is the default one."""
    clone.commit("release/wheel.py", "README.md")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_a_fresh_machine_compares_a_branch_with_its_merge_base(clone: Clone) -> None:
    """All commits of the branch count, not only the last one."""
    clone.git("update-ref", "refs/remotes/origin/main", "HEAD")
    clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("rbac/rules.py")
    clone.commit("README.md")

    assert 0 == clone.run()
    assert ["test", "worlds"] == clone.made


def test_the_last_green_commit_is_compared_if_it_is_known(clone: Clone) -> None:
    """There can be several commits since then."""
    clone.run()
    clone.commit("setup.cfg")
    clone.commit("completion/bare.py")
    clone.commit("README.md")

    assert 0 == clone.run()
    assert ["test", "terminals", "installs"] == clone.made


def test_a_green_commit_that_this_clone_lacks_is_ignored(clone: Clone) -> None:
    """The history was rewritten, or the clone is shallow."""
    clone.green.parent.mkdir()
    clone.green.write_text(json.dumps({target.name: "1" * 40 for target in SLOW}))
    clone.commit("setup.cfg")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_a_broken_cache_is_ignored(clone: Clone) -> None:
    """A run that was stopped can leave half a file."""
    clone.green.parent.mkdir()
    clone.green.write_text('{"installs": ')
    clone.commit("setup.cfg")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_a_failed_target_runs_again_after_an_unrelated_commit(clone: Clone) -> None:
    """CI ends with 1, after the other targets have run."""
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
    """This is also true on a fresh machine."""
    clone.commit("setup.cfg")
    clone.failing = {"test"}
    assert 1 == clone.run()
    assert ["test"] == clone.made

    clone.failing = set()
    clone.commit("README.md")
    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made


def test_none_begins_after_forty_minutes(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """CI prints the target that it leaves out, and runs it the next time."""
    clone.minutes = {"test": 38.5}
    assert 0 == clone.run()
    assert ["test", "terminals", "installs"] == clone.made
    assert re.search(
        r"^  worlds +left out: no target starts after 40 minutes$", capsys.readouterr().out, re.M
    )

    clone.minutes = {}
    clone.run()
    assert ["test", "worlds"] == clone.made


def test_none_begins_that_would_end_late(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """CI is stopped after 90 minutes, whatever is running."""
    clone.minutes = {"test": 30}
    assert 0 == clone.run([Target("worlds", 45, ("rbac",)), Target("mutants", 46, ("rbac",))])
    assert ["test", "worlds"] == clone.made
    assert re.search(r"^  mutants +left out: it takes 46 minutes", capsys.readouterr().out, re.M)


def test_uncommitted_changes_count_and_are_not_called_green(clone: Clone) -> None:
    """A developer can run CI before a commit."""
    clone.run()
    before = clone.known()
    (clone.folder / "setup.cfg").write_text("changed\n")

    assert 0 == clone.run()
    assert ["test", "installs"] == clone.made
    assert before == clone.known()


def test_without_a_repository_everything_runs(clone: Clone) -> None:
    """The sources can come from an archive."""
    shutil.rmtree(clone.folder / ".git")

    assert 0 == clone.run()
    assert ["test", "terminals", "installs", "worlds"] == clone.made


def test_without_git_everything_runs(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building and testing do not need git."""
    monkeypatch.setenv("PATH", "/nonexistent")

    assert 0 == clone.run()
    assert ["test", "terminals", "installs", "worlds"] == clone.made


def test_a_cache_that_cannot_be_written_does_not_fail_the_run(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message says so."""
    clone.green = Path(os.devnull, "green.json")

    assert 0 == clone.run()
    assert "ci: cannot write `/dev/null/green.json`: " in capsys.readouterr().out


def test_the_cache_is_the_users(tmp_path: Path) -> None:
    """It is in XDG's directory, or in the usual one."""
    assert tmp_path / "kubectl-kfaccess" / "green.json" == green_file({"XDG_CACHE_HOME": str(tmp_path)})
    assert tmp_path / ".cache/kubectl-kfaccess/green.json" == green_file({"HOME": str(tmp_path)})


TARGETS = targets(TABLE.read_text(encoding="utf-8"))


def test_the_table_is_sorted() -> None:
    """The order is that in which the targets run."""
    names = [line.split()[0] for line in TABLE.read_text().splitlines() if line[:1].isalpha()]

    assert names == [target.name for target in TARGETS]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_table_has_targets_and_paths_that_exist(target: Target) -> None:
    """A renamed folder would never make its target run again."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^{target.name}:.* ## \S", makefile, re.MULTILINE)
    assert target.paths
    assert [] == [path for path in target.paths if not (REPOSITORY / path).exists()]
    assert target.minutes <= 45  # it must end in time if it begins after 30 minutes


def test_changing_a_file_with_a_mutant_runs_the_mutants() -> None:
    """Every room with a mutant is in the table."""
    (paths,) = (target.paths for target in TARGETS if target.name == "mutants")
    files = {f"{PACKAGE}/{mutant.file}" for mutant in mutants()}

    assert set() == {file for file in files if not file.startswith(tuple(f"{path}/" for path in paths))}


def test_a_target_of_the_table_runs_every_slow_test() -> None:
    """`make test` leaves slow tests out, so nothing else would run them."""
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
    """Yield all modules of tests except this one."""
    yield from (file for file in (REPOSITORY / "tests").rglob("test_*.py") if file != Path(__file__))


def is_slow(module: Path) -> bool:
    """Return whether a module has a slow test."""
    return "pytest.mark.slow" in module.read_text(encoding="utf-8")
