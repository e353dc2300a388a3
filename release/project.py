"""What every part of a release needs to know: the version, the platform, the date, the homepage."""

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

# The address of the repository, below which its releases are; a placeholder until it is published
HOMEPAGE = "https://example.com/kubectl-kfaccess"
HOMEPAGE_VARIABLE = "KFACCESS_HOMEPAGE"

# The sources of wheel and archive, and the tools that build them: the last commit to either is their date
SOURCES = ("kubectl_kfaccess", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
TOOLS = ("release",)

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "windows"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_FIRST_DAY_OF_ZIP = 315532800  # 1980-01-01 in seconds; ZIP has no earlier dates


def homepage(environ: Mapping[str, str] = os.environ) -> str:
    """Return the address of the repository: $KFACCESS_HOMEPAGE, or else HOMEPAGE."""
    return (environ.get(HOMEPAGE_VARIABLE) or HOMEPAGE).rstrip("/")


def this_platform() -> tuple[str, str]:
    """Return the system and the processor of this machine, as Go and krew call them."""
    machine = platform.machine().lower()
    return _SYSTEMS.get(sys.platform, sys.platform), _MACHINES.get(machine, machine)


def epoch(environ: Mapping[str, str] = os.environ) -> int:
    """
    Return the date of all files of a release, in seconds since the epoch.

    It is $SOURCE_DATE_EPOCH, or else the date of the last commit that changed the sources.
    """
    date = environ.get("SOURCE_DATE_EPOCH") or _last_commit()
    return max(int(date or 0), _FIRST_DAY_OF_ZIP)


def _last_commit() -> str:
    """Return the date of the last commit that changed the sources, in seconds; "" without git."""
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
