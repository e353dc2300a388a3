"""
What CI runs: `make test`, then the slow targets that need a run, the shortest first.

The table `.ci/slow.txt` lists the slow targets, with the paths that each depends on. A target needs a run if
one of its paths differs from the commit on which the target was last green. That commit is kept in the user's
cache. If it is not there, as on a new machine, we compare with the commit where this branch left the default
branch, or with the parent commit on the default branch itself. If there is neither, the target runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[1]
TABLE = REPOSITORY / ".ci" / "slow.txt"
LAST_BEGIN = 40  # minutes after which no slow target starts
LAST_END = 75  # minutes after which none should still run: CI is stopped after 90


class Target(NamedTuple):
    """A slow target of the Makefile, the minutes that it takes with an empty cache, and its paths."""

    name: str
    minutes: int
    paths: tuple[str, ...]


def main() -> int:
    """Run what this machine should run, and return the exit status."""
    run = Run(REPOSITORY, green_file(os.environ), make, time.monotonic)
    return run.all(targets(TABLE.read_text(encoding="utf-8")))


def make(target: str) -> bool:
    """Make a target of the Makefile, and return whether it succeeded."""
    print(f"ci: make {target}", flush=True)
    return not subprocess.call(["make", target], cwd=REPOSITORY, stdin=subprocess.DEVNULL)


def green_file(environ: Mapping[str, str]) -> Path:
    """Return the path of the JSON file with the last green commit of each slow target."""
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    return Path(cache, "kubectl-kfaccess", "green.json")


def targets(table: str) -> list[Target]:
    """Return the targets in the text of a table, the shortest first."""
    rows = (line.split() for line in table.splitlines() if line.strip() and not line.startswith("#"))
    unsorted = [Target(name, int(minutes), tuple(paths)) for name, minutes, *paths in rows]
    return sorted(unsorted, key=lambda target: target.minutes)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a slow target: *green* if it needs no further run, *failed* if it ran and failed."""

    text: str
    green: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Run:
    """A run in *repository*; *green* is the file of green commits, *clock* returns seconds."""

    repository: Path
    green: Path
    make: Callable[[str], bool]
    clock: Callable[[], float]

    def all(self, slow: list[Target]) -> int:
        """Run `make test` and the slow targets that need it, print their outcomes, return the exit status."""
        begin, bases = self.clock(), self.bases(slow)
        self.keep(bases)  # so that changes before a red run still count after it
        if not self.make("test"):
            return 1
        outcomes = {target.name: self.outcome(target, bases[target.name], begin) for target in slow}
        print(f"ci: make test and the slow targets, {self.minutes(begin):.0f} minutes")
        for name, outcome in outcomes.items():
            print(f"  {name:12} {outcome.text}")
        head = self.head()
        self.keep({name: head if outcomes[name].green else base for name, base in bases.items()})
        return int(any(outcome.failed for outcome in outcomes.values()))

    def outcome(self, target: Target, base: str, begin: float) -> Outcome:
        """Run a slow target if it needs a run and there is time, and return its outcome."""
        if not self.changed(base, target.paths):
            return Outcome(f"not needed: none of its paths changed since {base[:10]}", green=True)
        minutes = self.minutes(begin)
        if minutes > LAST_BEGIN:
            return Outcome(f"left out: no target starts after {LAST_BEGIN} minutes")
        if minutes + target.minutes > LAST_END:
            return Outcome(f"left out: it takes {target.minutes} minutes and would end after {LAST_END}")
        passed = self.make(target.name)
        return Outcome("passed" if passed else "FAILED", green=passed, failed=not passed)

    def minutes(self, begin: float) -> float:
        """Return the minutes since *begin*, a time of the clock."""
        return (self.clock() - begin) / 60

    def bases(self, slow: list[Target]) -> dict[str, str]:
        """Return the commit that each target is compared with by the target's name; "" for none."""
        try:
            known = json.loads(self.green.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        return {target.name: self.commit(known.get(target.name)) or self.fallback() for target in slow}

    def keep(self, commits: Mapping[str, str]) -> None:
        """Write the commits by target into the cache, unless there are uncommitted changes or no git."""
        if self.git("status", "--porcelain") != "":
            return
        try:
            self.green.parent.mkdir(parents=True, exist_ok=True)
            self.green.write_text(json.dumps(commits, indent=1, sort_keys=True), encoding="utf-8")
        except OSError as error:
            print(f"ci: cannot write `{self.green}`: {error.strerror}")

    def fallback(self) -> str:
        """Return the commit where this branch left the default branch; on that branch, the parent commit."""
        fork = self.git("merge-base", "HEAD", "origin/HEAD")
        return fork if fork and fork != self.head() else self.commit("HEAD^")

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.commit("HEAD")

    def commit(self, name: str | None) -> str:
        """Return the hash of the commit called *name*, "" if this clone does not have it."""
        return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") or "" if name else ""

    def changed(self, base: str, paths: tuple[str, ...]) -> bool:
        """Return whether a path differs from commit *base*; True if there is no commit to compare with."""
        return not base or self.git("diff", "--quiet", base, "--", *paths) is None

    def git(self, *words: str) -> str | None:
        """Return what git prints, None if it fails or is not installed."""
        command = ["git", *words]
        try:
            done = subprocess.run(command, cwd=self.repository, capture_output=True, text=True, check=False)
        except OSError:
            return None
        return None if done.returncode else done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
