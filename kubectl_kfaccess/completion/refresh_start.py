"""Start the process that asks the server for names after a TAB."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

WORD = "__refresh"
"""The argument that makes the program this process, if there is no Python interpreter to call."""


def start(order: dict[str, Any]) -> subprocess.Popen[bytes] | None:
    """Return the process that carries out *order*; None if it cannot be started."""
    command = [sys.executable, "-c", "from kubectl_kfaccess.completion.refresh import main; main()"]
    if getattr(sys, "frozen", False):
        command = [sys.executable, WORD]
    nothing = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True
        )
        if process.stdin:
            process.stdin.write(json.dumps(order).encode())
            process.stdin.close()
    except OSError:
        return None
    return process
