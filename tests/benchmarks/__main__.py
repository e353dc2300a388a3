"""`python -m tests.benchmarks [PROFILES]`: print figures, budgets and ratios, and how times grow."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from kubectl_kfaccess.output.table import table
from tests.benchmarks import bigger, floor, growth, writing_floor
from tests.benchmarks.measure import Figure, Run, in_turn, once, peak
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load, wait_for_aggregation

EXECUTABLE = str(Path(sys.executable).with_name("kubectl-kfaccess"))
WHO_CAN = (EXECUTABLE, "who-can", "create", "inferenceservices", "-A")
NO = ("explain", "nobody@example.com", "create", "inferenceservices", "-n", bigger.tenant(0))
AUDIT = ("audit",)
MOST_OF_AUDIT = 400  # MiB
# Commands, each with its budget as a multiple of `who-can -A`; the explanation of a "no" looks for fixes
OTHERS = {
    ("access", "alice@example.com"): 1.2,
    ("check",): 1.2,
    ("profiles",): 1.3,
    NO: 2,
    ("aggregation",): 1.2,
    ("diff", "--without", "clusterrole/kubeflow-kserve-edit"): 3,
    AUDIT: 4,
}
MOST_OF_SNAPSHOT = 3  # MiB, compressed
MOST_OF_PAGE = 5  # MB
FEW_RUNS = 3
SNAPSHOT = "cluster.json.gz"
REVIEWS = 100_000
Row = tuple[str, str, str, str]


def main() -> None:
    """Load a tenth of the profiles into a server, measure, load the rest, and measure again."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with ControlPlane() as plane, tempfile.TemporaryDirectory() as folder:
        environ = {"PATH": os.environ["PATH"], "HOME": folder, "KUBECONFIG": str(plane.kubeconfig())}
        objects = list(bigger.profiles(count))
        tenth = len(objects) // 10
        _report(f"loading {tenth} objects")
        load(plane, [*bigger.demo(), *objects[:tenth]])
        wait_for_aggregation(plane)
        small = in_turn(_commands(), environ)
        _report(f"loading {len(objects) - tenth} more")
        load(plane, objects[tenth:])
        bindings = [item for item in objects if item["kind"] == "RoleBinding"]
        rows = [
            *_cluster(environ, plane.kubeconfig(), small),
            *_snapshot(environ, plane.kubeconfig(), Path(folder)),
            *_access_table(environ, Path(folder) / SNAPSHOT),
            *_page(environ, Path(folder) / SNAPSHOT),
            *_review(environ, Path(folder), bindings),
            *_start(environ),
            *_tab(environ, str(plane.kubectl), Path(folder)),
        ]
    print(f"{count} profiles, {len(bindings)} RoleBindings, {plane.version}; medians of runs made in turn")
    print(table(("WHAT", "FIGURE", "BUDGET", "RATIO"), rows), flush=True)
    growth.report(growth.LARGE_SETS)


def _commands() -> dict[str, Sequence[str]]:
    """Return the commands that read the whole cluster, by name."""
    others = {" ".join(words): (EXECUTABLE, *words) for words in OTHERS}
    return {"name": (*WHO_CAN, "-o", "name"), "table": WHO_CAN, **others}


def _cluster(environ: Mapping[str, str], kubeconfig: Path, small: Mapping[str, Figure]) -> Iterator[Row]:
    peer = shutil.which("rbac-lookup")
    _report("measuring answers about the cluster")
    figures = in_turn(
        {
            "floor": (sys.executable, floor.__file__, str(kubeconfig)),
            "start": (EXECUTABLE, "version", "--client"),
            **_commands(),
            **({"rbac-lookup": (peer, "kubeflow", "--output", "wide")} if peer else {}),
        },
        environ,
    )
    yield from _who_can(figures)
    yield from _others(figures)
    for name in _commands():
        yield _growth(name, small[name], figures[name], figures["start"])
    seconds = f"{figures['rbac-lookup'].seconds:.3f} s" if peer else "not on PATH"
    yield "rbac-lookup (bindings only)", seconds, "", _ratio(figures, "rbac-lookup") if peer else ""


def _who_can(figures: Mapping[str, Figure]) -> Iterator[Row]:
    yield "floor: import, four lists", f"{figures['floor'].seconds:.3f} s", "", "1.00"
    for form in ("name", "table"):
        seconds = f"{figures[form].seconds:.3f} s"
        yield f"who-can -A -o {form}", seconds, "1.2x the floor", _ratio(figures, form)
    peak = max(figures["name"].peak, figures["table"].peak)
    yield "who-can -A peak memory", f"{peak:.0f} MiB", "130 MiB", f"{peak / 130:.2f}"
    audit = figures[" ".join(AUDIT)].peak
    yield "audit peak memory", f"{audit:.0f} MiB", f"{MOST_OF_AUDIT} MiB", f"{audit / MOST_OF_AUDIT:.2f}"


def _others(figures: Mapping[str, Figure]) -> Iterator[Row]:
    for words, budget in OTHERS.items():
        name = " ".join(words)
        ratio = figures[name].seconds / figures["table"].seconds
        yield name, f"{figures[name].seconds:.3f} s", f"{budget:g}x who-can -A", f"{ratio:.2f}"


def _snapshot(environ: Mapping[str, str], kubeconfig: Path, folder: Path) -> Iterator[Row]:
    """Compare writing with the floor, and an answer from the file with the same answer from the server."""
    _report("measuring snapshots")
    file = folder / SNAPSHOT
    figures = in_turn(
        {
            "floor": (sys.executable, floor.__file__, str(kubeconfig)),
            "written": (EXECUTABLE, "snapshot", str(file)),
            "live": (*WHO_CAN, "-o", "name"),
            "read": (*WHO_CAN, "-o", "name", "-f", str(file)),
        },
        environ,
    )
    written = figures["written"].seconds
    yield "snapshot", f"{written:.3f} s", "1.5x the floor", f"{written / figures['floor'].seconds:.2f}"
    read, live = figures["read"].seconds, figures["live"].seconds
    yield "who-can -A -f SNAPSHOT", f"{read:.3f} s", "0.5x who-can -A", f"{read / live:.2f}"
    size = file.stat().st_size / 2**20
    yield "a snapshot's size", f"{size:.2f} MiB", f"{MOST_OF_SNAPSHOT} MiB", f"{size / MOST_OF_SNAPSHOT:.2f}"


def _page(environ: Mapping[str, str], snapshot: Path) -> Iterator[Row]:
    """Compare the page about a snapshot with the audit of it, and measure its size."""
    _report("measuring the page of report")
    commands = {
        "audit": (EXECUTABLE, "audit", "--fail-on", "never", "-f", str(snapshot)),
        "report": (EXECUTABLE, "report", "-f", str(snapshot)),
    }
    figures = in_turn(commands, environ, runs=FEW_RUNS)
    ratio = figures["report"].cpu / figures["audit"].cpu
    yield "report -f SNAPSHOT", f"{figures['report'].seconds:.3f} s", "3x audit", f"{ratio:.2f}"
    size = len(subprocess.check_output(commands["report"], env=environ)) / 1e6
    yield "the page's size", f"{size:.2f} MB", f"{MOST_OF_PAGE} MB", f"{size / MOST_OF_PAGE:.2f}"


def _access_table(environ: Mapping[str, str], snapshot: Path) -> Iterator[Row]:
    """Compare the access table of a snapshot, without reading it, with writing the same lines by JSON."""
    _report("measuring the access table")
    table_of_all = (EXECUTABLE, "access", "--all-subjects", "-o", "jsonl", "-f", str(snapshot))
    read = (EXECUTABLE, "access", "nobody@example.com", "-o", "name", "-f", str(snapshot))
    file = snapshot.with_name("table.jsonl")
    with file.open("wb") as sink:
        subprocess.run(table_of_all, env=dict(environ), stdout=sink, check=True)
    library = (sys.executable, writing_floor.__file__, str(file))
    ratios = []
    for _ in range(3):
        ours = once(table_of_all, environ).cpu - once(read, environ).cpu
        written = float(subprocess.run(library, capture_output=True, check=True).stdout)
        ratios.append(ours / written)
    count = sum(1 for _ in file.open("rb"))
    yield (
        f"access --all-subjects, {count:,} lines",
        f"{ours:.3f} s",
        "1.5x json.dumps",
        f"{median(ratios):.2f}",
    )
    more = peak(table_of_all, environ) - peak(read, environ)
    yield "its peak memory beyond that of `access`", f"{more:.0f} MiB", "", ""


def _growth(name: str, small: Figure, large: Figure, start: Figure) -> Row:
    """Return how the time of a command grows with ten times the bindings; the start-up does not count."""
    times = [figure.seconds - start.seconds for figure in (small, large)]
    growth_of_time = times[1] / times[0]
    what = f"{'who-can -A -o ' * (name in ('name', 'table'))}{name}, 10x the bindings"
    figure = f"{growth_of_time:.2f}x, exponent {math.log10(growth_of_time):.2f}"
    return what, figure, "11x", f"{growth_of_time / 11:.2f}"


def _ratio(figures: Mapping[str, Figure], name: str) -> str:
    return f"{figures[name].seconds / figures['floor'].seconds:.2f}"


def _review(environ: Mapping[str, str], folder: Path, bindings: list[bigger.Object]) -> Iterator[Row]:
    _report("measuring review")
    many, few = folder / "many.jsonl", folder / "one.jsonl"
    bigger.reviews(many, REVIEWS, bindings)
    # The same number of namespaces, and so the same lists, but very few reviews
    few.write_text("".join(many.read_text().splitlines(keepends=True)[:40]))
    command = (EXECUTABLE, "review", "-", "-o", "jsonl")
    runs = [(once(command, environ, str(many)), once(command, environ, str(few))) for _ in range(4)][1:]
    seconds = sorted(_difference(*pair) for pair in runs)[1]
    rate = REVIEWS / seconds
    yield "review, decisions a second", f"{rate:,.0f}", "50,000", f"{50_000 / rate:.2f}"


def _difference(many: Run, few: Run) -> float:
    if many.status or few.status:
        raise RuntimeError("review failed")
    return many.seconds - few.seconds


def _start(environ: Mapping[str, str]) -> Iterator[Row]:
    _report("measuring start")
    commands = {
        "bare": (sys.executable, "-c", "pass"),
        "help": (EXECUTABLE, "--help"),
        "version": (EXECUTABLE, "version", "--client"),
        "completion": (str(Path(EXECUTABLE).with_name("kubectl_complete-kfaccess")), "who-can", ""),
    }
    figures = in_turn(commands, environ, runs=15)
    bare = figures["bare"].seconds
    yield "a bare interpreter", f"{bare * 1000:.0f} ms", "", "1.00"
    for name, text in (
        ("help", "--help"),
        ("version", "version --client"),
        ("completion", "the completion executable"),
    ):
        yield text, f"{figures[name].seconds * 1000:.0f} ms", "3x bare", f"{figures[name].seconds / bare:.2f}"


def _tab(environ: Mapping[str, str], kubectl: str, folder: Path) -> Iterator[Row]:
    """Compare a TAB with `kubectl get <TAB>` without a server, names of a warm cache included."""
    _report("measuring TAB")
    path = f"{Path(EXECUTABLE).parent}{os.pathsep}{environ['PATH']}"
    ours = (kubectl, "__complete", "kfaccess", "access", "ali")
    nowhere = ("env", f"KUBECONFIG={folder / 'no-kubeconfig'}")
    own = {**environ, "PATH": path}
    _wait_for("alice@example.com", ours, own)
    figures = in_turn({"ours": ours, "its": (*nowhere, kubectl, "__complete", "get", "")}, own, runs=15)
    ratio = figures["ours"].seconds / figures["its"].seconds
    yield (
        "a TAB behind kubectl",
        f"{figures['ours'].seconds * 1000:.0f} ms",
        "1.6x kubectl's own",
        f"{ratio:.2f}",
    )


def _wait_for(word: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Press TAB until *word* is offered: a slow answer of the server is there for a later one."""
    for _ in range(60):
        if word in subprocess.run(command, env=dict(environ), capture_output=True, text=True).stdout:
            return
        time.sleep(1)
    raise RuntimeError(f"`{word}` is not offered")


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
