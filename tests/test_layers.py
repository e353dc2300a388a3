"""Who may import whom, and other rules that keep the package readable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubectl_kfaccess

NAME = "kubectl_kfaccess"
PACKAGE = Path(kubectl_kfaccess.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400

# Longer modules, and why
LONG = {"kubeflow.catalogue.resources": "a table with an entry for each resource"}

# What a part of the package may import of the package. What is not listed is free
ALLOWED = {
    "commands": {
        "commands",
        "resolve",
        "verify",
        "fixes",
        "findings",
        "output",
        "sources",
        "kubeflow",
        "rbac",
        "completion",
        "terminal",
        "spelling",
        "errors",
        "environment",
        "__version__",
    },
    "completion": {
        "completion",
        "commands",
        "resolve",
        "verify",
        "sources",
        "kubeflow",
        "rbac",
        "terminal",
        "spelling",
        "errors",
        "environment",
        "cli",
        "__version__",
    },
    "resolve": {
        "resolve",
        "commands",
        "sources",
        "kubeflow",
        "rbac",
        "terminal",
        "spelling",
        "errors",
        "environment",
    },
    "verify": {"verify", "resolve", "sources", "kubeflow", "rbac", "errors", "environment", "commands"},
    "fixes": {"fixes", "findings", "kubeflow", "rbac", "spelling"},
    "findings": {"findings", "kubeflow", "rbac", "spelling"},
    "output": {"output", "findings", "rbac", "terminal", "errors"},
    "kubeflow": {"kubeflow", "rbac", "spelling"},
    "sources": {"sources", "rbac", "terminal", "errors", "environment", "__version__"},
    "rbac": {"rbac", "errors", "spelling"},
    "terminal": {"terminal"},
    "spelling": set[str](),
    "environment": set[str](),
    "errors": set[str](),
}


def name_of(module: Path) -> str:
    """The module's name below the package, `rbac.rules`."""
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports(module: Path) -> Iterator[str]:
    """The full names of everything that a module imports anywhere in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(module)}: a relative import hides the layer"
            # `from package import module` imports the module, `from module import Thing` does not
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_parts(module: Path) -> set[str]:
    """The parts of the package that a module imports: `rbac`, `errors`."""
    found = (name.split(".") for name in imports(module))
    return {parts[1] for parts in found if parts[0] == NAME and len(parts) > 1}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_layer_may(module: Path) -> None:
    """The evaluator and Kubeflow's facts are pure; the arrows point one way."""
    layer = name_of(module).split(".")[0]

    assert set() == own_parts(module) - ALLOWED.get(layer, own_parts(module))


def test_the_layers_that_are_listed_are_there() -> None:
    """A part that was renamed would be free unnoticed."""
    assert set(ALLOWED) <= {name_of(module).split(".")[0] for module in MODULES}


def test_one_module_alone_imports_the_clients_library() -> None:
    """It is slow to import, and the way to servers is one."""
    importing = {
        name_of(module)
        for module in MODULES
        if "kubernetes" in {name.split(".")[0] for name in imports(module)}
    }

    assert {"sources.cluster.cluster"} == importing


def test_nobody_but_the_command_line_imports_commands() -> None:
    """A command is an end, not a library."""
    importing = {
        name_of(module)
        for module in MODULES
        if "commands" in own_parts(module) and not name_of(module).startswith("commands")
    }

    assert {"cli", "resolve.namespaces", "resolve.subject"} == importing


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_prints(module: Path) -> None:
    """Text goes to the streams of the environment."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))

    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_is_short(module: Path) -> None:
    """One noun fits into a few hundred lines; an exception is listed with its reason."""
    lines = len(module.read_text(encoding="utf-8").splitlines())

    assert (name_of(module) in LONG) == (lines >= MOST_LINES)
