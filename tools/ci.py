"""
What CI runs: `make test`, then the slow targets that need a run, the shortest first.

The table `.ci/slow.txt` has the slow targets, with the paths that each depends on. A target needs a run when
one of its paths differs from the commit on which the target was last green. That commit is kept in the user's
cache. Where the cache does not know it, as on a fresh machine, the place where this branch left the default
branch stands in for it, and on the default branch itself the parent commit; without either, the target runs.
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
LAST_BEGIN = 40  # minutes after which no slow target begins
LAST_END = 75  # minutes after which none may still run: CI is stopped after 90


class Target(NamedTuple):
    """A slow target of the Makefile, the minutes that it takes with nothing in the cache, and its paths."""

    name: str
    minutes: int
    paths: tuple[str, ...]


def main() -> int:
    """Run everything on this machine and return the exit status."""
    run = Run(REPOSITORY, green_file(os.environ), make, time.monotonic)
    return run.all(targets(TABLE.read_text(encoding="utf-8")))


def make(target: str) -> bool:
    """Return whether the target of the Makefile was made."""
    print(f"ci: make {target}", flush=True)
    return not subprocess.call(["make", target], cwd=REPOSITORY, stdin=subprocess.DEVNULL)


def green_file(environ: Mapping[str, str]) -> Path:
    """Return the file that has the last green commit of each slow target."""
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    return Path(cache, "kubectl-kfaccess", "green.json")


def targets(table: str) -> list[Target]:
    """Return the targets of a table, the shortest first."""
    rows = (line.split() for line in table.splitlines() if line.strip() and not line.startswith("#"))
    found = [Target(name, int(minutes), tuple(paths)) for name, minutes, *paths in rows]
    return sorted(found, key=lambda target: target.minutes)


@dataclass(frozen=True)
class Outcome:
    """What became of a slow target: *green* when it needs no run any more, *failed* when it had one."""

    text: str
    green: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Run:
    """One run in a repository; *make* makes a target, *clock* counts seconds."""

    repository: Path
    green: Path
    make: Callable[[str], bool]
    clock: Callable[[], float]

    def all(self, slow: list[Target]) -> int:
        """Return the exit status of `make test` and the slow targets that need a run, after printing them."""
        begin, bases = self.clock(), self.bases(slow)
        self.keep(bases)  # so that what changed before a red run still counts after it
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
        """Return what became of a slow target, after running it if it needs that and there is time."""
        if not self.changed(base, target.paths):
            return Outcome(f"not needed: nothing that it depends on changed since {base[:10]}", green=True)
        minutes = self.minutes(begin)
        if minutes > LAST_BEGIN:
            return Outcome(f"left out: no target begins after {LAST_BEGIN} minutes")
        if minutes + target.minutes > LAST_END:
            return Outcome(f"left out: it takes {target.minutes} minutes and would end after {LAST_END}")
        passed = self.make(target.name)
        return Outcome("passed" if passed else "FAILED", green=passed, failed=not passed)

    def minutes(self, begin: float) -> float:
        """Return the minutes since the beginning."""
        return (self.clock() - begin) / 60

    def bases(self, slow: list[Target]) -> dict[str, str]:
        """Return the commit that each target is compared with, "" where there is none."""
        try:
            known = json.loads(self.green.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        return {target.name: self.commit(known.get(target.name)) or self.fallback() for target in slow}

    def keep(self, commits: Mapping[str, str]) -> None:
        """Write the commits into the cache, unless there are changes that no commit has, or no git."""
        if self.git("status", "--porcelain") != "":
            return
        try:
            self.green.parent.mkdir(parents=True, exist_ok=True)
            self.green.write_text(json.dumps(commits, indent=1, sort_keys=True), encoding="utf-8")
        except OSError as error:
            print(f"ci: cannot write `{self.green}`: {error.strerror}")

    def fallback(self) -> str:
        """Return the place where this branch left the default branch, on that branch the parent commit."""
        fork = self.git("merge-base", "HEAD", "origin/HEAD")
        return fork if fork and fork != self.head() else self.commit("HEAD^")

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.commit("HEAD")

    def commit(self, name: str | None) -> str:
        """Return the commit of that name, "" when this clone does not have it."""
        return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") or "" if name else ""

    def changed(self, base: str, paths: tuple[str, ...]) -> bool:
        """Return whether a path differs from the commit, or could, when nothing is known."""
        return not base or self.git("diff", "--quiet", base, "--", *paths) is None

    def git(self, *words: str) -> str | None:
        """Return what git prints, None when it fails or is not installed."""
        command = ["git", *words]
        try:
            done = subprocess.run(command, cwd=self.repository, capture_output=True, text=True, check=False)
        except OSError:
            return None
        return None if done.returncode else done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
