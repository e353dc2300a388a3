"""Pictures of a page, for people to look at: `python -m tests.browser.pictures PAGE FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import browser

HEIGHT = 1900


def main(page: Path, folder: Path) -> None:
    """Write pictures of the page at both widths, light and dark, and its PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, browser(Path(place)) as started:
        for width in (1280, 390):
            for dark in (False, True):
                with started.tab(width) as tab:
                    tab.media(dark=dark)
                    tab.open(page)
                    end = tab.run("document.documentElement.scrollHeight")
                    for number, top in enumerate(range(0, end, HEIGHT)):
                        name = f"{page.stem}-{width}-{'dark' if dark else 'light'}-{number}.png"
                        tab.screenshot(folder / name, top=top, height=min(HEIGHT, end - top))
        with started.tab() as tab:
            tab.open(page)
            tab.pdf(folder / f"{page.stem}.pdf")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
