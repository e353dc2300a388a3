"""
`python -m tools.pages.screenshots`: write the documentation's pictures of the report's page.

They are made by Chromium, light and dark, from the report of the demo at a fixed time. Fonts differ from
machine to machine, so no test compares their bytes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.pages.pictures import FOLDER
from tools.terminal import PROGRAM

SIZE = "1280,900"
MIDNIGHT = "1795996800"
"""The time of the page, in seconds since 1970: 30 November 2026."""
SCHEMES = {"dark": 0, "light": 1}
"""How Chromium calls the colour schemes."""


def names() -> set[str]:
    """Return the names of the pictures."""
    return {f"report-{scheme}.png" for scheme in SCHEMES}


def main() -> None:
    """Write the pictures; ends with a message if there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no chromium on PATH: install the distribution's package")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        environ = {**os.environ, "SOURCE_DATE_EPOCH": MIDNIGHT}
        done = subprocess.run([PROGRAM, "report", "--demo"], env=environ, stdout=subprocess.PIPE, check=False)
        page.write_bytes(done.stdout)
        for scheme, number in SCHEMES.items():
            _write(chromium, page, FOLDER / f"report-{scheme}.png", number)


def _write(chromium: str, page: Path, picture: Path, scheme: int) -> None:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}")
    colours = f"--blink-settings=preferredColorScheme={scheme}"
    words = [chromium, *flags, colours, f"--screenshot={picture}", page.as_uri()]
    subprocess.run(words, stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
