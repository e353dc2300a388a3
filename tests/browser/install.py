"""Install the distribution's Chromium, and what reads PDF, if they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.chromium import executable

PACKAGES = ("chromium", "poppler-utils")


def main() -> int:
    """Install what is missing. Return 1 and say so if that is not possible here."""
    if executable() and shutil.which("pdftotext"):
        return 0
    if not shutil.which("apt-get") or os.geteuid() != 0:
        print(f"install {' and '.join(PACKAGES)} with your distribution's packages", file=sys.stderr)
        return 1
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES)):
        subprocess.run(["apt-get", *words], check=True, env=environ, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
