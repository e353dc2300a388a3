"""A control plane for experiments, as `make cluster` starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import REPOSITORY, heed_interrupts, run

DEMO = REPOSITORY / "kubectl_kfaccess" / "sources" / "demo"


@pytest.fixture
def served(kubernetes_version: str) -> Iterator[subprocess.Popen[str]]:
    """Yield the process that serves the demo, and kill it afterwards."""
    command = [
        sys.executable,
        "-m",
        "tests.controlplane",
        "serve",
        "--version",
        kubernetes_version,
        "--load",
        str(DEMO),
    ]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    ) as process:
        yield process
        process.kill()


@pytest.mark.server
def test_a_cluster_with_the_demo_stays_until_it_is_interrupted(served: subprocess.Popen[str]) -> None:
    """It prints a kubeconfig for each user, answers, and ends quietly on Ctrl-C."""
    kubeconfig = _kubeconfig_of_admin(served)

    done = run(
        "who-can", "create", "inferenceservices", "-n", "team-a", "-o", "name", "--kubeconfig", kubeconfig
    )
    served.send_signal(signal.SIGINT)

    assert "user/alice@example.com" in done.lines
    assert 0 == served.wait(timeout=60)
    assert not Path(kubeconfig).exists()


def _kubeconfig_of_admin(served: subprocess.Popen[str]) -> str:
    assert served.stdout is not None
    for line in served.stdout:
        match = re.match(r"admin\s+export KUBECONFIG=(\S+)", line)
        if match:
            return match[1]
    raise AssertionError("it ended before it said how to reach it")
