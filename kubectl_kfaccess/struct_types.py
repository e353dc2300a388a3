"""
The types that msgspec decodes, all looked at before several threads use them.

msgspec looks at the fields of a struct when it first meets it. If several threads make it do so at the same
moment, the process can crash with a segmentation fault. So before several clusters are asked, every struct of
the package is met once. All modules are imported for that: an import in a function would bring another one.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
from msgspec import Struct

import kubectl_kfaccess

ROOMS = (
    "rbac", "kubeflow", "escalation", "isolation", "findings", "fixes", "sources", "resolve", "verify",
    "completion",
)  # fmt: skip


def meet_all(command: str) -> None:
    """Make msgspec meet the structs of all rooms and of *command*."""
    for room in (*ROOMS, f"commands.{command.replace('-', '_')}"):
        for name in _modules(f"{kubectl_kfaccess.__name__}.{room}"):
            importlib.import_module(name)
    for form in _subclasses(Struct):
        # some hold what JSON has not, such as functions: those are never decoded
        with contextlib.suppress(TypeError, ValueError, NameError):
            msgspec.json.Decoder(form)


def _modules(package: str) -> Iterator[str]:
    """Yield the full names of the modules in *package* and in its folders."""
    path = importlib.import_module(package).__path__
    yield from (module.name for module in pkgutil.walk_packages(path, f"{package}."))


def _subclasses(form: type[Struct]) -> Iterator[type[Struct]]:
    for each in form.__subclasses__():
        yield each
        yield from _subclasses(each)
