"""`python -m tests.fuzz [--seed N] [--count N] [--only N]`: run random cases, report what breaks a law."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.fuzz.case import drawn
from tests.fuzz.laws import Runner

COUNT = 20_000
CHUNK = 250
SHOWN = 20
WORKERS = 2


@dataclass(frozen=True)
class Failure:
    """A case that broke laws: its number, its command line, the laws, and the end of the traceback."""

    number: int
    argv: tuple[str, ...]
    laws: tuple[str, ...]
    cause: str

    @property
    def place(self) -> str:
        """Return what alike failures have in common: the line of the program, or the first law."""
        lines = [line.strip() for line in self.cause.splitlines() if "kubectl_kfaccess" in line]
        return lines[-1] if lines else self.laws[0]


def failures(seed: int, numbers: Iterable[int]) -> Iterator[Failure]:
    """Yield the failures among the cases *numbers* of *seed*."""
    with pytest.MonkeyPatch.context() as patch:
        runner = Runner(patch)
        for number in numbers:
            with tempfile.TemporaryDirectory() as folder:
                case = drawn(seed, number, Path(folder))
                laws = runner.broken_laws(case, Path(folder))
            if laws:
                yield Failure(number, case.argv, tuple(laws), runner.cause)


def main() -> None:
    """Run the cases that the flags choose; end with 1 if one of them breaks a law."""
    flags = _parser().parse_args()
    seed = secrets.randbelow(1_000_000) if flags.seed is None else flags.seed
    if flags.only is not None:
        _show(seed, flags.only, flags.keep)
        return
    print(f"seed {seed}, {flags.count} cases", flush=True)
    chunks = [range(start, min(start + CHUNK, flags.count)) for start in range(0, flags.count, CHUNK)]
    with ProcessPoolExecutor(WORKERS) as pool:
        failed = [each for chunk in pool.map(partial(_failures, seed), chunks) for each in chunk]
    _report(seed, failed)
    sys.exit(1 if failed else 0)


def _failures(seed: int, numbers: range) -> list[Failure]:
    return list(failures(seed, numbers))


def _report(seed: int, failed: list[Failure]) -> None:
    places = Counter(failure.place for failure in failed)
    for place, count in places.most_common(SHOWN):
        first = next(failure for failure in failed if failure.place == place)
        print(f"\n{count} cases, the first is {first.number}: {place}")
        print(*(f"  {law}" for law in first.laws), sep="\n")
        print(f"  again: python -m tests.fuzz --seed {seed} --only {first.number}")
    print(f"{len(failed)} cases of seed {seed} failed" if failed else f"all cases of seed {seed} hold")


def _show(seed: int, number: int, keep: str) -> None:
    """Run one case, and print all about it; its files stay in the folder *keep* if there is one."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        directory = Path(keep or folder).absolute()
        directory.mkdir(parents=True, exist_ok=True)
        case = drawn(seed, number, directory)
        runner = Runner(patch)
        laws = runner.broken_laws(case, directory)
        print(f"seed {seed}, case {number}: {list(case.argv)!a}")
        print(f"stdin: {case.stdin[:2000]!r}", f"variables: {dict(case.environ)}", sep="\n")
        for name, content in case.files.items():
            print(f"{name} ({len(content)} bytes): {content[:2000]!r}")
        print("laws broken:", *(laws or ("none",)), runner.cause, sep="\n  ")


def _parser() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(
        description="Run random cases inside this process, and hold them to the laws."
    )
    flags.add_argument("--seed", type=int, help="draw the same cases again (default: a random seed)")
    flags.add_argument("--count", type=int, default=COUNT, help=f"how many cases (default: {COUNT})")
    flags.add_argument("--only", type=int, help="run this case alone, and print all about it")
    flags.add_argument("--keep", default="", help="with --only: the folder in which its files stay")
    return flags


if __name__ == "__main__":
    main()
