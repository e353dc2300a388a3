"""The registry has every finding, each with its type and its `find`; findings do not import one another."""

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
from kubectl_kfaccess.findings.pipelines.view import InstallationView, RunnerView
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from tests.test_layers import imports

FOLDER = Path(findings.__file__).parent
# What a group has beside its findings: the view, and what the view or several findings need
HELPERS = {
    "profiles": {"view", "owner_hand_over"},
    "pipelines": {"view"},
    "aggregation": {"view", "labels", "component_roles"},
}
# What the findings of a group look at
VIEWS = {
    registry.PROFILES: ProfileView,
    registry.RUNNERS: RunnerView,
    registry.SHIPPED_ROLES: Baseline,
    registry.INSTALLATION: InstallationView,
    registry.AGGREGATION: AggregationView,
}
PREFIXES = {
    "profiles": ("profile-",),
    "pipelines": ("runner-",),
    "aggregation": ("aggregation-", "component-"),
}
ALL = [(group, module) for group in VIEWS for module in registry.modules(group)]


def short_name(module: ModuleType) -> str:
    """The module's name below the room, `profiles.owner_differs`."""
    return module.__name__.removeprefix(f"{findings.__name__}.")


def names_in(folder: str) -> set[str]:
    """The modules of a folder."""
    return {file.stem for file in (FOLDER / folder).glob("*.py")} - {"__init__"}


each_finding = pytest.mark.parametrize(
    ("group", "module"), ALL, ids=[short_name(module) for _, module in ALL]
)


@pytest.mark.parametrize("folder", HELPERS)
def test_every_module_of_a_group_is_in_the_registry_or_named_as_a_helper(folder: str) -> None:
    """A finding that is forgotten there would never be found."""
    names = [name for group in VIEWS for name in group.names if group.folder == folder]

    assert sorted(names_in(folder) - HELPERS[folder]) == sorted(names)


def test_every_folder_is_a_group() -> None:
    """And every group belongs to a command."""
    folders = {entry.name for entry in FOLDER.iterdir() if (entry / "__init__.py").exists()}
    groups = [group for groups in registry.BY_COMMAND.values() for group in groups]

    assert set(HELPERS) == folders == {group.folder for group in groups}
    assert set(VIEWS) == set(groups)
    assert set(registry.UNMADE_PROFILES.names) <= set(registry.PROFILES.names)


@each_finding
def test_a_finding_has_a_type_and_finds_it_in_the_view_of_its_group(
    group: registry.Group, module: ModuleType
) -> None:
    """Its id begins with what its group is about."""
    assert isinstance(module.TYPE, FindingType)
    assert module.TYPE.id.startswith(PREFIXES[group.folder])
    assert {"view": VIEWS[group], "return": Iterator[Finding]} == get_type_hints(module.find)


@each_finding
def test_a_test_of_its_group_expects_the_finding(group: registry.Group, module: ModuleType) -> None:
    """By its id, which those of profiles have without what all of them begin with."""
    tests = Path(__file__).parent / group.folder
    text = "".join(file.read_text(encoding="utf-8") for file in tests.glob("*.py"))
    spellings = {module.TYPE.id, module.TYPE.id.removeprefix("profile-")}

    assert any(f'"{spelling}"' in text for spelling in spellings)


@pytest.mark.parametrize("folder", HELPERS)
def test_no_finding_and_no_view_imports_a_finding(folder: str) -> None:
    """What two of them need is the view's, so that one can go without the other."""
    detectors = {
        f"{findings.__name__}.{group.folder}.{name}"
        for group in VIEWS
        for name in group.names
        if group.folder == folder
    }
    importing = {name: set(imports(FOLDER / folder / f"{name}.py")) for name in names_in(folder)}

    assert {} == {name: found & detectors for name, found in importing.items() if found & detectors}


@pytest.mark.parametrize(
    "finding_id",
    ["aggregation-selects-nothing", "aggregation-label-unselected", "aggregation-unserved-resource"],
)
def test_what_upstream_ships_is_a_warning(finding_id: str) -> None:
    """Kubeflow's own defects must not fail anybody's pipeline by default."""
    (severity,) = (module.TYPE.severity for _, module in ALL if module.TYPE.id == finding_id)

    assert severity is Severity.WARNING
