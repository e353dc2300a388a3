"""
Typed named tuples for the modules that every start of the program imports.

Type checkers see `typing.NamedTuple`. At run time this class does the same without importing `typing`, which
takes half as long as importing the parser.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _NamedTupleType(type):
        """Makes a named tuple from the annotations of each class whose base is `NamedTuple`."""

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
        """The base class of typed named tuples."""
