"""Which room of the package can import which, and other rules that keep the package readable."""

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
MOST_LINES_OF_A_FUNCTION = 50
MOST_IMPORTS_IN_FUNCTIONS = 30

# Longer modules, and why
LONG = {"kubeflow.catalogue.resources": "a table with an entry for each resource"}

GROUND = {"errors", "named_tuple", "spelling"}
OUTSIDE = {"environment", "terminal"}

# Each room from the ground up, and the rooms that it can import besides itself
ALLOWED: dict[str, set[str]] = {
    "named_tuple": set(),
    "errors": set(),
    "spelling": set(),
    "environment": {"named_tuple"},
    "terminal": {"environment", *GROUND},
    "rbac": GROUND,
    "kubeflow": {"rbac", *GROUND},
    "findings": {"kubeflow", "rbac", "terminal", *GROUND},
    "fixes": {"findings", "kubeflow", "rbac", "terminal", *GROUND},
    "sources": {"rbac", *GROUND, *OUTSIDE},
    "resolve": {"sources", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "verify": {"sources", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "output": {"fixes", "findings", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "completion": {"sources", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "commands": {
        "completion", "resolve", "verify", "fixes", "findings", "output", "sources", "kubeflow", "rbac",
        *GROUND, *OUTSIDE,
    },
    "parser": {"commands", *GROUND},
    "dispatch": {"parser", "commands", "output", "sources", *GROUND, *OUTSIDE},
    "cli": {"parser", *GROUND, *OUTSIDE},
}  # fmt: skip
EVERYWHERE = {"__version__"}
# Who can import argparse: below these, options are values
PARSING = {"parser", "commands.flags", "completion.bare"}


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


def room_of(name: str) -> str:
    """The room of a module, by its dotted name; the package itself is none."""
    return name.split(".")[0] if name != "__init__" else ""


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_room_can(module: Path) -> None:
    """The evaluator and Kubeflow's facts are pure; the arrows point one way."""
    room = room_of(name_of(module))

    assert set() == own_parts(module) - {room} - EVERYWHERE - ALLOWED.get(room, set())


def test_every_room_is_listed() -> None:
    """A new room would be free to import anything, and one that was renamed as well."""
    assert set(ALLOWED) == {room_of(name_of(module)) for module in MODULES} - {""}


def test_the_rooms_have_floors() -> None:
    """A room imports only rooms that are listed before it, so there is no circle of rooms."""
    rooms = list(ALLOWED)

    for at, room in enumerate(rooms):
        assert set() == ALLOWED[room] - set(rooms[:at]), room


def test_no_module_imports_itself_by_a_circle() -> None:
    """A circle of modules is a module that is not cut apart yet."""
    known = {name_of(module) for module in MODULES}
    arrows = {
        name_of(module): {found for found in own_modules(module) if found in known} for module in MODULES
    }
    while leaves := {name for name, targets in arrows.items() if not targets - {name}}:
        arrows = {name: targets - leaves for name, targets in arrows.items() if name not in leaves}

    assert {} == arrows


def own_modules(module: Path) -> set[str]:
    """The modules of the package that a module imports, by their dotted names below it."""
    return {name_in_package(name) for name in imports(module) if name.startswith(f"{NAME}.")}


def name_in_package(full_name: str) -> str:
    """The module that an import names: of `package.module.Thing` the module."""
    parts = full_name.split(".")[1:]
    path = PACKAGE.joinpath(*parts)
    is_module = path.is_dir() or path.with_suffix(".py").is_file()
    return ".".join(parts if is_module else parts[:-1])


def test_no_command_imports_another() -> None:
    """What two commands need stands in a room below them."""
    for module in MODULES:
        room, command, *_ = *name_of(module).split("."), "", ""
        others = {found.split(".")[1] for found in own_modules(module) if found.startswith("commands.")}
        if room == "commands" and (PACKAGE / "commands" / command).is_dir():
            assert others <= {command, "flags", "answer", "messages"}, name_of(module)


def test_arguments_end_where_options_begin() -> None:
    """Below the modules that parse, no one knows argparse."""
    parsing = {name_of(module) for module in MODULES if "argparse" in set(imports(module))}
    arguments = {name_of(module) for module in MODULES if module.name == "arguments.py"}

    assert PARSING | arguments == parsing


def inner_imports(module: Path) -> Iterator[tuple[int, str]]:
    """The imports inside of functions: the line, and its text."""
    lines = module.read_text(encoding="utf-8").splitlines()
    for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    yield node.lineno, "\n".join(lines[node.lineno - 2 : node.end_lineno])


def test_an_import_inside_of_a_function_gives_its_reason() -> None:
    """Imports stand at the top, but for a few that most runs do without."""
    found = {(name_of(module), *inner) for module in MODULES for inner in inner_imports(module)}

    assert len(found) <= MOST_IMPORTS_IN_FUNCTIONS
    assert [] == sorted(f"{name}:{line}" for name, line, text in found if "#" not in text)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_function_fits_on_a_page(module: Path) -> None:
    """Most have ten lines."""
    functions = [
        node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    ]

    assert [] == [
        f"{node.name}: {lines}"
        for node in functions
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]


def test_one_module_alone_imports_the_clients_library() -> None:
    """It is slow to import, and the way to servers is one."""
    importing = {
        name_of(module)
        for module in MODULES
        if "kubernetes" in {name.split(".")[0] for name in imports(module)}
    }

    assert {"sources.cluster.cluster"} == importing


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
