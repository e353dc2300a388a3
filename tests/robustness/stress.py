"""
`python -m tests.robustness.stress`: kills, many runs at once, a full disk, no home, a clock that jumps.

A real API server answers. These cases depend on luck and take minutes, so they are run by hand
(`make stress`). It prints a line for each kind of case, and ends with 1 if one of them went wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.benchmarks import bigger
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load, wait_for_aggregation
from tests.robustness.process import PROGRAM, WATCHDOG, ended, environment
from tests.running import Result

QUESTIONS = (
    ("who-can", "create", "inferenceservices", "-A"),
    ("check", "-n", bigger.tenant(0)),
    ("profiles",),
    ("access", "alice@example.com"),
)
TAB = ("kubectl_complete-kfaccess", "access", "ali")
YEARS = 10 * 365 * 24 * 3600

# Runs the rest of its arguments in a process that cannot write a byte into a file, as on a full disk
_NO_ROOM = """\
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"""


class Stress:
    """Commands against one server, each answer beside the one of a quiet run."""

    def __init__(self, plane: ControlPlane, folder: Path, rng: random.Random) -> None:
        self._plane = plane
        self._folder = folder
        self._rng = rng
        self._expected = {words: self._quiet_answer(words) for words in QUESTIONS}

    def _quiet_answer(self, words: tuple[str, ...]) -> str:
        """Return the answer of a run that nothing disturbs; a run that fails is nothing to compare with."""
        result = self.run(words, self.home("expected"))
        if result.status not in (0, 1):
            raise RuntimeError(f"`{' '.join(words)}` ended with {result.status}: {result.stderr[-200:]}")
        return result.stdout

    def home(self, name: str) -> dict[str, str]:
        """Return the variables of a process with a new home directory."""
        home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))
        return {**environment(home), "KUBECONFIG": str(self._plane.kubeconfig())}

    def run(self, words: Iterable[str], environ: Mapping[str, str], *before: str) -> Result:
        """Run a command to its end; *before* is the start of the command line."""
        return ended([*before, str(PROGRAM), *words], environ=environ, cwd=self._folder)

    def problem(self, words: tuple[str, ...], result: Result) -> str:
        """Return what is wrong with a result, "" if it is the answer of a quiet run."""
        if "Traceback" in result.stderr or result.status not in (0, 1):
            return f"status {result.status}: {result.stderr[-200:]}"
        return "" if result.stdout == self._expected[words] else "another answer"

    def kills(self, count: int) -> Iterator[str]:
        """Kill runs at random moments; the next run with the same caches has to give the whole answer."""
        environ = self.home("kills")
        seconds = self._seconds(QUESTIONS[0], environ)
        for _ in range(count):
            words = self._rng.choice(QUESTIONS)
            if self._rng.random() < 0.3:
                environ = self.home("kills")
            process = subprocess.Popen(
                [PROGRAM, *words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(self._rng.uniform(0, seconds))
            process.kill()
            process.wait()
            yield self.problem(words, self.run(words, environ))

    def at_once(self, count: int) -> Iterator[str]:
        """Start many runs with one empty cache at the same moment."""
        environ = self.home("at-once")
        started = [
            (words, self._start(words, environ))
            for words in (QUESTIONS[at % len(QUESTIONS)] for at in range(count))
        ]
        for words, process in started:
            stdout, stderr = process.communicate(timeout=20 * WATCHDOG)
            yield self.problem(words, Result(stdout, stderr, process.returncode))

    def full_disk(self) -> Iterator[str]:
        """Run with an empty cache that nothing can be written into; no part of a file is left behind."""
        environ = self.home("full-disk")
        for words in QUESTIONS:
            yield self.problem(words, self.run(words, environ, sys.executable, "-c", _NO_ROOM))
        tab = [sys.executable, "-c", _NO_ROOM, str(PROGRAM.with_name(TAB[0])), *TAB[1:]]
        for _ in range(5):
            result = ended(tab, environ=environ)
            yield result.stderr if result.status else ""
        # An empty file whose time says when a TAB last asked takes no room
        files = [p for p in Path(environ["HOME"]).rglob("*") if p.is_file() and p.suffix != ".asked"]
        yield f"left behind: {files}" if files else ""

    def no_home(self) -> Iterator[str]:
        """Run without a home directory, with one that is missing, and with one that is a file."""
        file = self._folder / "file"
        file.touch()
        for home in (None, str(self._folder / "missing"), str(file), "relative", ""):
            environ = self.home("no-home")
            del environ["KUBECACHEDIR"], environ["HOME"]
            environ |= {} if home is None else {"HOME": home}
            for words in QUESTIONS:
                yield self.problem(words, self.run(words, environ))

    def clock_jumps(self) -> Iterator[str]:
        """Let every file of the cache be from another time."""
        for years in (-YEARS, YEARS, -1, 1):
            environ = self.home("clock")
            for words in (*QUESTIONS, *QUESTIONS):
                yield self.problem(words, self.run(words, environ))
                for path in Path(environ["HOME"]).rglob("*"):
                    os.utime(path, (time.time() + years, time.time() + years))

    def _start(self, words: tuple[str, ...], environ: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PROGRAM, *words],
            env=dict(environ),
            cwd=self._folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _seconds(self, words: tuple[str, ...], environ: Mapping[str, str]) -> float:
        start = time.monotonic()
        self.run(words, environ)
        return time.monotonic() - start


def main() -> int:
    """Print a line for each kind of case; return the exit status."""
    options = _options()
    seed = secrets.randbelow(10**9) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    with ControlPlane() as plane, tempfile.TemporaryDirectory() as folder:
        load(plane, [*bigger.demo(), *bigger.profiles(20)])
        wait_for_aggregation(plane)
        stress = Stress(plane, Path(folder), random.Random(seed))
        kinds: dict[str, Callable[[], Iterator[str]]] = {
            f"{options.kills} kills": lambda: stress.kills(options.kills),
            f"{options.at_once} runs at once": lambda: stress.at_once(options.at_once),
            "a full disk": stress.full_disk,
            "no home directory": stress.no_home,
            "a clock that jumps": stress.clock_jumps,
        }
        return max([_report(name, cases()) for name, cases in kinds.items()])


def _report(name: str, cases: Iterable[str]) -> int:
    """Print how the cases of a kind ended; return 1 if one went wrong."""
    problems = list(cases)
    wrong = Counter(filter(None, problems))
    print(f"{name}: {len(problems)} cases, {wrong.total()} went wrong", flush=True)
    for problem, count in wrong.most_common(5):
        print(f"  {count} times: {problem}", flush=True)
    return int(bool(wrong))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.stress", description=__doc__)
    parser.add_argument("--seed", type=int, help="default: a random one, which is printed")
    parser.add_argument("--kills", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--at-once", type=int, default=60, help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
