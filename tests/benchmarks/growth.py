"""
`python -m tests.benchmarks.growth [NAME …]`: how the time of commands grows with what is in a file.

Every command runs on both sizes of a set, and on the set of size 0, whose time is the start-up and is taken
off. The exponent is 1 where ten times the objects take ten times the time. Figures are seconds of processors:
what else the machine does changes them less than those of a clock.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kubectl_kfaccess.output.table import table
from tests.benchmarks import reading_floor
from tests.benchmarks.large_sets import LARGE_SETS, LargeSet
from tests.benchmarks.measure import Figure, in_turn

EXECUTABLE = str(Path(sys.executable).with_name("kubectl-kfaccess"))
HEADERS = ("SET", "COMMAND", "SMALL", "LARGE", "PEAK", "EXPONENT", "X FLOOR")
SHORTEST = 0.1  # seconds; what takes less than this without the start-up has no exponent
RUNS = 3
Row = tuple[str, ...]


def main() -> None:
    """Measure the sets that the command line names, or all of them."""
    flags = _parser().parse_args()
    chosen = [each for each in LARGE_SETS if each.name in flags.names or not flags.names]
    report(chosen, flags.scale, flags.runs)


def report(sets: Iterable[LargeSet], scale: float = 1, runs: int = RUNS) -> None:
    """Measure *sets*, and print a table."""
    rows = [row for each in sets for row in figures(each, scale, runs)]
    print(f"seconds of processors; medians of {runs} runs made in turn; exponents without start-up")
    print(table(HEADERS, rows), end="")


def figures(large_set: LargeSet, scale: float = 1, runs: int = RUNS) -> Iterator[Row]:
    """Yield a row for the floor and for each command, with a set of *scale* times the sizes."""
    sizes = (0, round(large_set.small * scale), round(large_set.large * scale))
    print(f"measuring {large_set.name}: {sizes[1]:,} and {sizes[2]:,}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        environ = {"PATH": os.environ["PATH"], "HOME": folder, "KUBECONFIG": ""}
        measured = []
        for size in sizes:
            file = large_set.write(size, directory)
            measured.append(in_turn(_commands(large_set, file), environ, runs=runs))
            file.unlink()
    floor = measured[2]["floor"].cpu
    for name in measured[0]:
        yield (
            f"{large_set.name}, {sizes[1]:,} → {sizes[2]:,}",
            *_row(name, [each[name] for each in measured], sizes, floor),
        )


def _commands(large_set: LargeSet, file: Path) -> dict[str, Sequence[str]]:
    commands = {" ".join(words): (EXECUTABLE, *words, "-f", str(file)) for words in large_set.commands}
    return {"floor": (sys.executable, reading_floor.__file__, str(file)), **commands}


def _row(name: str, sizes_figures: Sequence[Figure], sizes: Sequence[int], floor: float) -> Row:
    none, small, large = sizes_figures
    times = f"{small.cpu:.2f} s", f"{large.cpu:.2f} s", f"{large.peak:.0f} MiB"
    return (
        name,
        *times,
        _exponent(small.cpu - none.cpu, large.cpu - none.cpu, sizes),
        f"{large.cpu / floor:.1f}",
    )


def _exponent(small: float, large: float, sizes: Sequence[int]) -> str:
    """Return the power of the size with which the time grows, without the start-up; "" if it is too short."""
    if small < SHORTEST or large < SHORTEST:
        return ""
    return f"{math.log(large / small) / math.log(sizes[2] / sizes[1]):.2f}"


def _parser() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(
        description="Measure how the time of commands grows with what is in a file."
    )
    names = [each.name for each in LARGE_SETS]
    flags.add_argument("names", nargs="*", metavar="NAME", help=f"these sets only: {', '.join(names)}")
    flags.add_argument("--scale", type=float, default=1, help="a fraction of the sizes, for a quick look")
    flags.add_argument(
        "--runs", type=int, default=RUNS, help=f"how many runs to take the median of (default: {RUNS})"
    )
    return flags


if __name__ == "__main__":
    main()
