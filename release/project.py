"""What every part of a release has to know: the version, the platform, the date, where it will be."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from kubectl_kfaccess import __version__

REPOSITORY = Path(__file__).parents[1]
PROGRAM = "kubectl-kfaccess"
VERSION = f"v{__version__}"

# Where the repository is published: its releases are below it. A stand-in until it is
HOMEPAGE = "https://example.com/kubectl-kfaccess"
HOMEPAGE_VARIABLE = "KFACCESS_HOMEPAGE"

# What wheel and archive are made of, and by: their date is that of the last commit which changed any of it
SOURCES = ("kubectl_kfaccess", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
TOOLS = ("release",)

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "windows"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_FIRST_DAY_OF_ZIP = 315532800  # 1980-01-01: no archive of that format can be older


def homepage(environ: Mapping[str, str] = os.environ) -> str:
    """Return the address of the repository, as the workflow or its maintainer names it."""
    return (environ.get(HOMEPAGE_VARIABLE) or HOMEPAGE).rstrip("/")


def this_platform() -> tuple[str, str]:
    """Return the system and the processor of this machine, by the names that Go and krew have for them."""
    machine = platform.machine().lower()
    return _SYSTEMS.get(sys.platform, sys.platform), _MACHINES.get(machine, machine)


def epoch(environ: Mapping[str, str] = os.environ) -> int:
    """Return the date of all files of a release: SOURCE_DATE_EPOCH, else that of the sources' last commit."""
    told = environ.get("SOURCE_DATE_EPOCH") or _last_commit()
    return max(int(told or 0), _FIRST_DAY_OF_ZIP)


def _last_commit() -> str:
    try:
        done = subprocess.run(
            ["git", "log", "-1", "--format=%ct", "--", *SOURCES, *TOOLS],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()
