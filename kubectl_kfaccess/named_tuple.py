"""
Typed named tuples for what every start of the program imports.

Type checkers see `typing.NamedTuple`. At run time this does the same without importing `typing`, which takes
half as long as the parser of the command line.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _NamedTupleType(type):
        """Makes a named tuple of the annotations of a class that names `NamedTuple` as its base."""

        def __new__(mcs, name, bases, namespace):
            if not bases:
                return super().__new__(mcs, name, bases, namespace)
            fields = tuple(namespace.pop("__annotations__"))
            defaults = [namespace.pop(field) for field in fields if field in namespace]
            made = namedtuple(name, fields, defaults=defaults, module=namespace["__module__"])
            for key in namespace.keys() - {"__module__", "__qualname__"}:
                setattr(made, key, namespace[key])
            return made

    class NamedTuple(metaclass=_NamedTupleType):
        """The base class to name."""
