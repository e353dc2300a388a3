"""A browser, and the pages that it opens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import bigger
from tests.browser import axe, chromium
from tests.browser.chromium import Browser
from tests.report.test_names import MARKUP, page_about
from tests.robustness.names import PROPER
from tests.running import run

MANY = 2_000


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Yield a browser."""
    if not chromium.executable():
        pytest.skip("there is no Chromium here: `python -m tests.browser.install` installs it")
    with chromium.browser(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="session")
def axe_core(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the script of axe-core."""
    source = axe.script(tmp_path_factory.mktemp("axe"))
    if source is None:
        pytest.skip("axe-core cannot be had here: npm, or its registry, is missing")
    return source


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page about the demo."""
    return _written(tmp_path_factory, "demo", run("report", "--demo").stdout)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with hostile names everywhere."""
    text = page_about(tmp_path_factory.mktemp("objects"), (*PROPER[::6], *MARKUP))
    return _written(tmp_path_factory, "hostile", text)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page about 2,000 profiles."""
    file = tmp_path_factory.mktemp("many") / "objects.json"
    items = [*bigger.demo(), *bigger.profiles(MANY)]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return _written(tmp_path_factory, "many", run("report", "-f", str(file)).stdout)


def _written(tmp_path_factory: pytest.TempPathFactory, name: str, text: str) -> Path:
    file = tmp_path_factory.mktemp(name) / f"{name}.html"
    file.write_text(text, encoding="utf-8")
    return file
