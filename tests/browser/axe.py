"""axe-core, which looks for what keeps people with screen readers and keyboards out of a page."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from tests.browser.chromium import Tab

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
LONG = ".list tr:nth-child(n+40), .objects li:nth-child(n+40)"
"""Rows far down in a list are as those above: looking at thousands takes minutes."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def script(folder: Path) -> str | None:
    """Return the script of the release, which npm downloads into *folder*; None without npm or registry."""
    if not shutil.which("npm"):
        return None
    command = ["npm", "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", str(folder)]
    if subprocess.run(command, check=False, capture_output=True, cwd=folder).returncode:
        return None
    archive = folder / f"axe-core-{VERSION}.tgz"
    digest = hashlib.sha512(archive.read_bytes()).digest()
    assert SHA512 == base64.b64encode(digest).decode(), "another file than the one that was looked at"
    with tarfile.open(archive) as files:
        member = files.extractfile("package/axe.min.js")
        assert member
        return member.read().decode()


def violations(tab: Tab, source: str) -> list[str]:
    """Return what axe-core finds on the page that is open, with the elements that it is about."""
    tab.run(f"{source}; 0")
    tab.run(f"for (const each of document.querySelectorAll({json.dumps(LONG)})) each.remove()")
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    call = f"axe.run(document, {json.dumps(options)})"
    violating: list[dict[str, Any]] = json.loads(
        tab.run(f"{call}.then(each => JSON.stringify(each.violations))")
    )
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]}"
        for each in violating
        for node in each["nodes"][:3]
    ]
