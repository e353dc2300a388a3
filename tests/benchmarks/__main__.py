"""`python -m tests.benchmarks [PROFILES]`: print a table of figures, budgets and ratios."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from kubectl_kfaccess.output.table import table
from tests.benchmarks import bigger, floor
from tests.benchmarks.measure import Figure, Run, in_turn, once
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load, wait_for_aggregation

DEMO = Path(floor.__file__).parents[2] / "kubectl_kfaccess" / "sources" / "demo"
EXECUTABLE = str(Path(sys.executable).with_name("kubectl-kfaccess"))
ACCESS = (EXECUTABLE, "access", "alice@example.com")
WHO_CAN = (EXECUTABLE, "who-can", "create", "inferenceservices", "-A")
OF_KUBEFLOW = ("profiles", "check", "aggregation")
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
        load(plane, [*_demo(), *objects[:tenth]])
        wait_for_aggregation(plane)
        small = in_turn({"who-can": (*WHO_CAN, "-o", "name")}, environ)["who-can"]
        _report(f"loading {len(objects) - tenth} more")
        load(plane, objects[tenth:])
        bindings = [item for item in objects if item["kind"] == "RoleBinding"]
        rows = [
            *_who_can(environ, plane.kubeconfig(), small),
            *_review(environ, Path(folder), bindings),
            *_start(environ),
            *_tab(environ, str(plane.kubectl), Path(folder)),
        ]
    print(f"{count} profiles, {len(bindings)} RoleBindings, {plane.version}; medians of runs made in turn")
    print(table(("WHAT", "FIGURE", "BUDGET", "RATIO"), rows), end="")


def _demo() -> Iterator[bigger.Object]:
    for file in sorted(DEMO.glob("*.yaml")):
        yield from (document for document in yaml.safe_load_all(file.read_text()) if document)


def _who_can(environ: Mapping[str, str], kubeconfig: Path, small: Figure) -> Iterator[Row]:
    commands = {
        "floor": (sys.executable, floor.__file__, str(kubeconfig)),
        "start": (EXECUTABLE, "version", "--client"),
        "name": (*WHO_CAN, "-o", "name"),
        "table": WHO_CAN,
        "access": ACCESS,
        **{name: (EXECUTABLE, name) for name in OF_KUBEFLOW},
    }
    peer = shutil.which("rbac-lookup")
    if peer:
        commands["rbac-lookup"] = (peer, "kubeflow", "--output", "wide")
    _report("measuring who-can")
    figures = in_turn(commands, environ)
    base = figures["floor"].seconds
    yield "floor: import, four lists", f"{base:.3f} s", "", "1.00"
    for form in ("name", "table"):
        figure = figures[form]
        yield (
            f"who-can -A -o {form}",
            f"{figure.seconds:.3f} s",
            "1.5x the floor",
            f"{figure.seconds / base:.2f}",
        )
    for name, text in (("access", "access alice@example.com"), *((name, name) for name in OF_KUBEFLOW)):
        ratio = figures[name].seconds / figures["table"].seconds
        yield text, f"{figures[name].seconds:.3f} s", "1.5x who-can -A", f"{ratio:.2f}"
    peak = max(figures["name"].peak, figures["table"].peak)
    yield "who-can -A peak memory", f"{peak:.0f} MiB", "150 MiB", f"{peak / 150:.2f}"
    start = figures["start"].seconds
    growth = (figures["name"].seconds - start) / (small.seconds - start)
    yield "who-can -A, 10x the bindings", f"{growth:.2f}x", "11x", f"{growth / 11:.2f}"
    if peer:
        yield (
            "rbac-lookup (bindings only)",
            f"{figures['rbac-lookup'].seconds:.3f} s",
            "",
            _ratio(figures, "rbac-lookup"),
        )
    else:
        yield "rbac-lookup (bindings only)", "not on PATH", "", ""


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
    yield "review, decisions a second", f"{rate:,.0f}", "10,000", f"{10_000 / rate:.2f}"


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
        yield text, f"{figures[name].seconds * 1000:.0f} ms", "4x bare", f"{figures[name].seconds / bare:.2f}"


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
        "2x kubectl's own",
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
