"""
Check that the pure tests catch every mutant: `python -m tests.mutants [ID…]`.

Each mutant is a copy of the package with one mistake in it. On that copy the pure tests run, or those that
the mutant names, and they must fail. Mutants of the data of a step run its walks on a real server.
The exit status is 1 if a mutant survives, and 2 if the tests fail without a mutant.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import PACKAGE, WALKS, Mutant, mutants

REPOSITORY = Path(__file__).parents[2]
PURE_TESTS = (
    "tests/rbac",
    "tests/conformance",
    "tests/kubeflow/catalogue/test_levels.py",
    "tests/kubeflow/planes/test_counting.py",
    "tests/kubeflow/planes/test_kfam.py",
    "tests/kubeflow/tenants/test_platform_grants.py",
    "tests/kubeflow/tenants/test_relations.py",
    "tests/kubeflow/tenants/test_service_counts.py",
    "tests/kubeflow/tenants/test_tenant_levels.py",
    "tests/kubeflow/pipelines/test_role_drift.py",
    "tests/kubeflow/pipelines/test_need_verdicts.py",
    "tests/kubeflow/pipelines/test_installation.py",
    "tests/fixes/test_contacts.py",
    "tests/fixes/test_runner_repair.py",
    "tests/kubeflow/pipelines/test_runners.py",
    "tests/findings",
    "tests/resolve/test_pasted_texts.py",
    "tests/sources/files/test_yaml_aliases.py",
    "tests/terminal/test_safe_text.py",
    "tests/output/test_rbac_terms.py",
    "tests/commands/test_mesh_refusal.py",
)
AT_A_TIME = 2
SECONDS = 60  # of processor time: the tests need a quarter of it, on a busy machine as well
LONGEST = 600  # seconds, for a mistake that makes something wait forever
BYTES = 2 << 30  # a mistake can make something grow without end
SURVIVED = "SURVIVED"


@dataclass(frozen=True)
class Outcome:
    """The tests that failed, in order, or why they could not run to the end; and the seconds it took."""

    failed: tuple[str, ...]
    seconds: float


def main(argv: Sequence[str]) -> int:
    """Run the chosen mutants, by default all of them, and return the exit status."""
    arguments = _arguments(argv)
    chosen = [mutant for mutant in mutants() if not arguments.ids or mutant.id in arguments.ids]
    with tempfile.TemporaryDirectory(prefix="kfaccess-mutants-") as directory:
        unchanged = _copied(Path(directory) / "unchanged")
        sets = dict.fromkeys((WALKS,) if mutant.walk else mutant.tests for mutant in chosen)
        known = [failed for tests in sets for failed in _outcome(unchanged, tests, []).failed]
        if known:
            print("without any mutant these tests fail:", *known, sep="\n  ")
            if not arguments.despite_failures:
                return 2
        outcomes = _run(chosen, Path(directory), known)
    return _summary(chosen, outcomes)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("ids", metavar="ID", nargs="*", help="only these mutants")
    parser.add_argument(
        "--despite-failures", action="store_true", help="leave out the tests that fail without any mutant"
    )
    return parser.parse_args(argv)


def _run(chosen: Sequence[Mutant], directory: Path, known: Sequence[str]) -> list[Outcome]:
    texts = {
        mutant.id: mutant.applied(REPOSITORY) for mutant in chosen
    }  # raises ValueError for a stale mutant before any run

    def outcome(mutant: Mutant) -> Outcome:
        place = _copied(directory / mutant.id)
        (place / PACKAGE / mutant.file).write_text(texts[mutant.id], encoding="utf-8")
        outcome_of_tests = _outcome(place, mutant.targets, ["-x", *(f"--deselect={test}" for test in known)])
        shutil.rmtree(place)
        return outcome_of_tests

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(outcome, chosen))


def _copied(place: Path) -> Path:
    """Return *place* with the package, tests and tools; copied times keep compiled modules valid."""
    for name in (PACKAGE, "tests", "tools"):
        shutil.copytree(REPOSITORY / name, place / name)
    shutil.copy(REPOSITORY / "setup.cfg", place)
    return place


def _outcome(place: Path, tests: Sequence[str], options: Sequence[str]) -> Outcome:
    asks_server = any(test.startswith(WALKS) for test in tests)
    command = [sys.executable, "-m", "pytest", *(tests or PURE_TESTS), *options]
    command += ["-m", "server" if asks_server else "not server"]
    command += ["-q", "-p", "no:cacheprovider", "--tb=no", "-rfE"]
    # random clusters have the same seed, and sets the same order, in every run
    seeds = {"KFACCESS_SEED": "1", "PYTHONHASHSEED": "0"}
    environment = {**os.environ, **seeds, "PYTHONPATH": str(place), "COLUMNS": "1000"}
    begin = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            preexec_fn=None if asks_server else _limit,
        )
    except subprocess.TimeoutExpired:
        return Outcome((f"no end after {LONGEST} seconds",), time.monotonic() - begin)
    if done.returncode == -signal.SIGXCPU:
        return Outcome((f"no end after {SECONDS} seconds of the processor",), time.monotonic() - begin)
    failed = tuple(match[1] for match in _FAILED.finditer(done.stdout))
    if done.returncode and not failed:
        failed = (f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-500:]}",)
    return Outcome(failed, time.monotonic() - begin)


_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))


def _summary(chosen: Sequence[Mutant], outcomes: Sequence[Outcome]) -> int:
    """Print a line for each mutant and one for all of them, and return the exit status."""
    width = max((len(mutant.id) for mutant in chosen), default=0)
    for mutant, outcome in zip(chosen, outcomes, strict=True):
        caught = outcome.failed[0] if outcome.failed else f"{SURVIVED}: {mutant.why}"
        print(f"{mutant.id:{width}}  {outcome.seconds:5.1f} s  {caught}")
    survived = sum(1 for outcome in outcomes if not outcome.failed)
    print(f"{len(chosen)} mutants, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
