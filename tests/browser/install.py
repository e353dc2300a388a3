"""Install the distribution's Chromium, and what reads PDF, if they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.chromium import executable

PACKAGES = ("chromium", "poppler-utils")


def main() -> int:
    """
    Install what is missing. Return 1 and say so if that is not possible here.

    If the packages cannot be had, the tests that need them skip, and say why.
    """
    if executable() and shutil.which("pdftotext"):
        return 0
    if not shutil.which("apt-get") or os.geteuid() != 0:
        print(f"install {' and '.join(PACKAGES)} with your distribution's packages", file=sys.stderr)
        return 1
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES)):
        done = subprocess.run(["apt-get", *words], check=False, env=environ, stdout=subprocess.DEVNULL)
        if done.returncode:
            print(f"apt-get {words[0]} failed: {' and '.join(PACKAGES)} are missing", file=sys.stderr)
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
