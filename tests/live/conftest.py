"""What the tests on a real API server share: a Kubeflow release, or the demo cluster."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.sources.files.files import DEMO
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, crds_from_list, load, wait_for_aggregation

FILES = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")


@pytest.fixture(scope="module")
def release(plane: ControlPlane, corpus: Path) -> Iterator[ControlPlane]:
    """Yield the API server with Kubeflow 1.10, its resource types and four profiles."""
    objects = list(crds_from_list(corpus / "kubeflow-v1.10-crds.yaml"))
    for name in FILES:
        objects += [
            manifest for manifest in yaml.load_all((corpus / name).read_text(), yaml.CSafeLoader) if manifest
        ]
    refused = load(plane, objects)
    wait_for_aggregation(plane)
    assert [] == refused
    yield plane
    clear(plane)


def demo_objects() -> list[dict[str, Any]]:
    """Return the objects of the demo cluster, which the caller may change."""
    return deepcopy(_demo_objects())


@cache
def _demo_objects() -> list[dict[str, Any]]:
    documents = (yaml.load_all(file.read_text(), yaml.CSafeLoader) for file in sorted(DEMO.glob("*.yaml")))
    return [content for contents in documents for content in contents if content]


@pytest.fixture(scope="module")
def demo(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with the demo's objects."""
    assert [] == load(plane, demo_objects(), replace=True)
    wait_for_aggregation(plane)
    yield plane
    clear(plane)
