"""Several clusters in threads: msgspec crashes if two threads first meet a struct at the same moment."""

from __future__ import annotations

import subprocess
import sys

from tests.running import NOWHERE, REPOSITORY

RUNS = 10
# Threads change all the time, so that a run without the guard crashes more often than not
PROGRAM = """
import sys
sys.setswitchinterval(1e-7)
from kubectl_kfaccess import cli
sys.argv = ["kubectl-kfaccess", *sys.argv[1:]]
cli.main()
"""
QUESTION = "explain zoe@example.com get inferenceservices -n team-a -f examples/clusters -q"


def test_no_run_crashes() -> None:
    """Each ends with 1, the answer about the two clusters, and none by a signal."""
    statuses = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, *QUESTION.split()],
            cwd=REPOSITORY,
            env=dict(NOWHERE),
            capture_output=True,
            check=False,
            timeout=60,
        ).returncode
        for _ in range(RUNS)
    ]

    assert [1] * RUNS == statuses
