"""The programs of krew, built once from the pinned module in `krew/` into the control plane's cache."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from tests.controlplane.assets import cache_directory, locked
from tests.controlplane.golang import go_command, go_environment
from tests.controlplane.step import run, step

MODULE = Path(__file__).parent / "krew"
PROGRAMS = ("krew", "validate-krew-manifest")


def krew_programs() -> dict[str, Path]:
    """Return the two programs by name, after building those that are not in the cache."""
    cache = cache_directory()
    folder = cache / ("krew-" + _first(r"sigs.k8s.io/krew (v\S+)"))
    with locked("krew", cache):
        folder.mkdir(exist_ok=True)
        for name in PROGRAMS:
            if not (folder / name).exists():
                _build(name, folder / name)
    return {name: folder / name for name in PROGRAMS}


def _build(name: str, target: Path) -> None:
    """Build a program in a temporary folder, and move it to its place when it is complete."""
    title = f"building {name}"
    cache = target.parents[1]
    go = go_command("krew", _first(r"^go (\S+)$"), cache, os.environ)
    with step("krew", title), tempfile.TemporaryDirectory(prefix=".build-", dir=cache) as temporary:
        for file in ("go.mod", "go.sum"):
            shutil.copyfile(MODULE / file, Path(temporary, file))
        output = Path(temporary, name)
        command = [str(go), "build", "-trimpath", "-o", str(output), f"sigs.k8s.io/krew/cmd/{name}"]
        run("krew", title, command, environment=go_environment(os.environ), directory=Path(temporary))
        output.replace(target)


def _first(pattern: str) -> str:
    """Return the group of the first match of a pattern in the module file."""
    (captured, *_) = re.findall(pattern, (MODULE / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    return str(captured)
