"""Which rooms of the package each room can import, and other rules that keep the package readable."""

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
MOST_IMPORTS_IN_FUNCTIONS = 37

# Longer modules, and why
LONG = {"kubeflow.catalogue.resources": "a table with an entry for each resource"}

GROUND = {"errors", "named_tuple", "notes", "spelling", "yaml_scalars"}
OUTSIDE = {"environment", "terminal"}

# Each room from the ground up, and the rooms that it can import besides itself
ALLOWED: dict[str, set[str]] = {
    "named_tuple": set(),
    "notes": {"named_tuple"},
    "errors": set(),
    "spelling": set(),
    "yaml_scalars": set(),
    "environment": {"named_tuple"},
    "terminal": {"environment", *GROUND},
    "rbac": GROUND,
    "kubeflow": {"rbac", *GROUND},
    "escalation": {"kubeflow", "rbac", *GROUND},
    "isolation": {"escalation", "kubeflow", "rbac", *GROUND},
    "findings": {"isolation", "escalation", "kubeflow", "rbac", "terminal", *GROUND},
    "fixes": {"findings", "isolation", "escalation", "kubeflow", "rbac", "terminal", *GROUND},
    "sources": {"findings", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "resolve": {"sources", "isolation", "escalation", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "verify": {"sources", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "output": {"fixes", "findings", "isolation", "escalation", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "completion": {"sources", "kubeflow", "rbac", *GROUND, *OUTSIDE},
    "commands": {
        "completion", "resolve", "verify", "fixes", "findings", "isolation", "output", "sources",
        "escalation", "kubeflow", "rbac", *GROUND, *OUTSIDE,
    },
    "command_line": {"named_tuple"},
    "parser": {"command_line", "commands", *GROUND},
    "help_pages": {"parser", "commands", "terminal"},
    "struct_types": set(),
    "answering": {"commands", "output", "sources", *GROUND, *OUTSIDE},
    "writing": {"answering", "commands", "output", *GROUND, *OUTSIDE},
    "clusters": {
        "answering", "writing", "struct_types", "commands", "completion", "output", "sources",
        *GROUND, *OUTSIDE,
    },
    "dispatch": {
        "parser", "answering", "writing", "clusters", "commands", "completion", "output", "sources",
        *GROUND, *OUTSIDE,
    },
    "cli": {"parser", *GROUND, *OUTSIDE},
}  # fmt: skip
EVERYWHERE = {"__version__"}
SHARED_BY_COMMANDS = {"flags", "connection", "reads", "answer", "messages", "version_notes"}
MADE_OF_OTHERS = "report"
"""The command whose page shows what the other commands answer."""
# The modules that can import argparse: everywhere else, options are values
PARSING = {
    "parser",
    "help_pages",
    "command_line",
    "commands.flags",
    "commands.connection",
    "commands.contexts",
    "completion.bare",
}


def name_of(module: Path) -> str:
    """Return the module's name below the package, such as `rbac.rules`."""
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports(module: Path) -> Iterator[str]:
    """Yield the full name of everything that a module imports, in functions as well."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(module)}: a relative import hides the layer"
            # `from package import module` imports the module, `from module import Thing` does not
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_parts(module: Path) -> set[str]:
    """Return the parts of the package that a module imports, such as `rbac` and `errors`."""
    split_names = (name.split(".") for name in imports(module))
    return {parts[1] for parts in split_names if parts[0] == NAME and len(parts) > 1}


def room_of(name: str) -> str:
    """Return the room of a module, by its dotted name; "" for the package itself."""
    return name.split(".")[0] if name != "__init__" else ""


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_room_can(module: Path) -> None:
    """The evaluator and Kubeflow's facts do no I/O, and imports go in one direction."""
    room = room_of(name_of(module))

    assert set() == own_parts(module) - {room} - EVERYWHERE - ALLOWED.get(room, set())


def test_every_room_is_listed() -> None:
    """A new or renamed room without an entry could import anything."""
    assert set(ALLOWED) == {room_of(name_of(module)) for module in MODULES} - {""}


def test_rooms_import_only_rooms_below_them() -> None:
    """A room imports only rooms that are listed before it, so there is no cycle of rooms."""
    rooms = list(ALLOWED)

    for at, room in enumerate(rooms):
        assert set() == ALLOWED[room] - set(rooms[:at]), room


def test_modules_do_not_import_each_other_in_a_cycle() -> None:
    """A cycle of modules is really one module."""
    known = {name_of(module) for module in MODULES}
    arrows = {
        name_of(module): {target for target in own_modules(module) if target in known} for module in MODULES
    }
    while leaves := {name for name, targets in arrows.items() if not targets - {name}}:
        arrows = {name: targets - leaves for name, targets in arrows.items() if name not in leaves}

    assert {} == arrows


def own_modules(module: Path) -> set[str]:
    """Return the modules of the package that a module imports, by their dotted names below it."""
    return {name_in_package(name) for name in imports(module) if name.startswith(f"{NAME}.")}


def name_in_package(full_name: str) -> str:
    """Return the module that an import names: for `package.module.Thing`, the module."""
    parts = full_name.split(".")[1:]
    path = PACKAGE.joinpath(*parts)
    is_module = path.is_dir() or path.with_suffix(".py").is_file()
    return ".".join(parts if is_module else parts[:-1])


def test_no_command_imports_another() -> None:
    """Code that two commands need is in a room below them."""
    for module in MODULES:
        room, command, *_ = *name_of(module).split("."), "", ""
        others = {name.split(".")[1] for name in own_modules(module) if name.startswith("commands.")}
        if room == "commands" and (PACKAGE / "commands" / command).is_dir() and command != MADE_OF_OTHERS:
            assert others <= {command, *SHARED_BY_COMMANDS}, name_of(module)


def test_arguments_end_where_options_begin() -> None:
    """Only the modules that parse import argparse."""
    parsing = {name_of(module) for module in MODULES if "argparse" in set(imports(module))}
    arguments = {name_of(module) for module in MODULES if module.name == "arguments.py"}

    assert PARSING | arguments == parsing


def inner_imports(module: Path) -> Iterator[tuple[int, str]]:
    """Yield the imports inside functions: the number of the line, and its text."""
    lines = module.read_text(encoding="utf-8").splitlines()
    for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    yield node.lineno, "\n".join(lines[node.lineno - 2 : node.end_lineno])


def test_an_import_inside_a_function_has_a_comment() -> None:
    """Imports are at the top, except for a few that most runs do not need."""
    inner = {(name_of(module), *inner) for module in MODULES for inner in inner_imports(module)}

    assert len(inner) <= MOST_IMPORTS_IN_FUNCTIONS
    assert [] == sorted(f"{name}:{line}" for name, line, text in inner if "#" not in text)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_function_fits_on_a_page(module: Path) -> None:
    """Most functions have at most ten lines."""
    functions = [
        node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    ]

    assert [] == [
        f"{node.name}: {lines}"
        for node in functions
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]


def test_only_one_module_imports_the_kubernetes_client() -> None:
    """The library is slow to import, and is only needed to refresh an id-token that has expired."""
    importing = {
        name_of(module)
        for module in MODULES
        if "kubernetes" in {name.split(".")[0] for name in imports(module)}
    }

    assert {"sources.kubeconfig.oidc_refresh"} == importing


def test_only_the_format_html_imports_templates() -> None:
    """Commands that write no page do not load Jinja2."""
    importing = {
        name_of(module)
        for module in MODULES
        if {"jinja2", "markupsafe"} & {name.split(".")[0] for name in imports(module)}
    }

    assert {"output.formats.html"} == importing


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_prints(module: Path) -> None:
    """Text is written to the streams of the environment."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))

    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_is_short(module: Path) -> None:
    """A module is about one noun, in a few hundred lines. Exceptions are listed with their reasons."""
    lines = len(module.read_text(encoding="utf-8").splitlines())

    assert (name_of(module) in LONG) == (lines >= MOST_LINES)
