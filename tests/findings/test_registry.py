"""The registry has every finding, each with a type and a `find`; findings do not import each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest

from kubectl_kfaccess import findings
from kubectl_kfaccess.findings import registry
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView, TenantView
from kubectl_kfaccess.findings.pipelines.view import InstallationView, RunnerView
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from tests.test_layers import imports

FOLDER = Path(findings.__file__).parent
# The modules of a group that are not findings: the view, and helpers of the view or of several findings
HELPERS = {
    "profiles": {"view", "owner_hand_over"},
    "pipelines": {"collected", "view"},
    "aggregation": {"view", "labels", "component_roles"},
    "isolation": {"view", "role_findings", "verdicts", "way_findings"},
    "hygiene": {"rights"},
}
# The view that the findings of each group take
VIEWS = {
    registry.PROFILES: ProfileView,
    registry.RUNNERS: RunnerView,
    registry.SHIPPED_ROLES: Baseline,
    registry.INSTALLATION: InstallationView,
    registry.AGGREGATION: AggregationView,
    registry.ISOLATION: ClusterView,
    registry.ISOLATION_OF_TENANT: TenantView,
    registry.HYGIENE: ClusterView,
}
PREFIXES = {
    "profiles": ("profile-",),
    "pipelines": ("runner-",),
    "aggregation": ("aggregation-", "component-"),
    "isolation": ("isolation-",),
    "hygiene": ("hygiene-",),
}
ALL = [(group, module) for group in VIEWS for module in registry.modules(group)]


def short_name(module: ModuleType) -> str:
    """Return the module's name within `findings`, such as `profiles.owner_differs`."""
    return module.__name__.removeprefix(f"{findings.__name__}.")


def names_in(folder: str) -> set[str]:
    """Return the names of the modules in a folder."""
    return {file.stem for file in (FOLDER / folder).glob("*.py")} - {"__init__"}


each_finding = pytest.mark.parametrize(
    ("group", "module"), ALL, ids=[short_name(module) for _, module in ALL]
)


@pytest.mark.parametrize("folder", HELPERS)
def test_every_module_is_in_the_registry_or_a_helper(folder: str) -> None:
    """A finding that is not in the registry would never be used."""
    names = [name for group in VIEWS for name in group.names if group.folder == folder]

    assert sorted(names_in(folder) - HELPERS[folder]) == sorted(names)


def test_every_folder_is_a_group() -> None:
    """Every group also belongs to a command."""
    folders = {entry.name for entry in FOLDER.iterdir() if (entry / "__init__.py").exists()}
    groups = [group for groups in registry.BY_COMMAND.values() for group in groups]

    assert set(HELPERS) == folders == {group.folder for group in groups}
    assert set(VIEWS) == set(groups)
    assert set(registry.UNMADE_PROFILES.names) <= set(registry.PROFILES.names)


@each_finding
def test_a_finding_has_a_type_and_a_detector(group: registry.Group, module: ModuleType) -> None:
    """Its id begins with the prefix of its group."""
    assert isinstance(module.TYPE, FindingType)
    assert module.TYPE.id.startswith(PREFIXES[group.folder])
    assert {"view": VIEWS[group], "return": Iterator[Finding]} == get_type_hints(module.find)


@each_finding
def test_every_finding_is_expected_by_a_test(group: registry.Group, module: ModuleType) -> None:
    """The test names its id; tests of profiles leave the prefix out."""
    tests = Path(__file__).parent / group.folder
    text = "".join(file.read_text(encoding="utf-8") for file in tests.glob("*.py"))
    spellings = {module.TYPE.id, module.TYPE.id.removeprefix("profile-")}

    assert any(f'"{spelling}"' in text for spelling in spellings)


@pytest.mark.parametrize("folder", HELPERS)
def test_findings_do_not_import_each_other(folder: str) -> None:
    """What several of them need belongs in the view, so that each can be removed alone."""
    detectors = {
        f"{findings.__name__}.{group.folder}.{name}"
        for group in VIEWS
        for name in group.names
        if group.folder == folder
    }
    importing = {name: set(imports(FOLDER / folder / f"{name}.py")) for name in names_in(folder)}

    assert {} == {name: names & detectors for name, names in importing.items() if names & detectors}


@pytest.mark.parametrize(
    "finding_id",
    ["aggregation-selects-nothing", "aggregation-label-unselected", "aggregation-unserved-resource"],
)
def test_upstreams_own_defects_are_warnings(finding_id: str) -> None:
    """Kubeflow's own defects must not fail a user's CI by default."""
    (severity,) = (module.TYPE.severity for _, module in ALL if module.TYPE.id == finding_id)

    assert severity is Severity.WARNING
