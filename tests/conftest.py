"""What all tests share: one control plane for the whole session, and the rendered Kubeflow releases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane.assets import assets
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.versions import DEFAULT_VERSION, canonical

REPOSITORY = Path(__file__).parents[1]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded: how much was compared, with which seed."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "figures":
                    terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def kubernetes_version(request: pytest.FixtureRequest) -> str:
    """Return the Kubernetes version of the real control planes; its binaries are built when this returns."""
    version = os.environ.get("KFACCESS_KUBERNETES_VERSION") or DEFAULT_VERSION
    capture = request.config.pluginmanager.getplugin("capturemanager")
    # Building takes minutes, so its progress has to be visible.
    with capture.global_and_fixture_disabled():
        assets(version)
    return canonical(version)


@pytest.fixture(scope="session")
def plane(kubernetes_version: str) -> Iterator[ControlPlane]:
    """Yield a running control plane; the first test that needs it starts it. It is never skipped."""
    with ControlPlane(kubernetes_version) as running:
        yield running


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the directory of the rendered Kubeflow releases, which are not part of this repository."""
    directory = Path(os.environ.get("KFACCESS_CORPUS") or REPOSITORY.parent / "shared" / "corpus")
    if not directory.is_dir():
        pytest.skip(f"no rendered Kubeflow releases in `{directory}`: set KFACCESS_CORPUS to their directory")
    return directory
