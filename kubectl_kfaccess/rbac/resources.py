"""
Resource types: what discovery, CustomResourceDefinitions and the catalogue say of a resource, and finding
the ones that a user's word means.

Finding mirrors kubectl's REST mapper: case does not count, plural, singular and kind names come before
short names, and among several groups the one that the server lists first is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct


class ResourceType(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """
    One resource of one API group, in the spelling that RBAC compares.

    *subresources* are their bare names (`status`, `exec`). A *virtual* type is one that no API serves:
    Kubeflow Pipelines asks access reviews about it, so RBAC rules may name it.
    """

    group: str
    name: str
    singular: str = ""
    kind: str = ""
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    virtual: bool = False

    @property
    def full_name(self) -> str:
        """The name with its group, `inferenceservices.serving.kserve.io`; core resources have none."""
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def key(self) -> tuple[str, str]:
        """(group, name): what makes two types the same for RBAC."""
        return (self.group, self.name)

    @property
    def words(self) -> tuple[str, ...]:
        """The lower-case words that name the type, short names apart."""
        kind = self.kind.lower()
        return (self.name, self.singular or kind, kind)


def matching(text: str, types: Iterable[ResourceType]) -> tuple[ResourceType, ...]:
    """
    Return the types that *text* means (`TYPE`, `TYPE.GROUP` or `TYPE.VERSION.GROUP`), the best one first.

    A group may be cut short, as kubectl allows (`inferenceservices.serving`), when no group has that name.
    """
    known = tuple(types)
    word, _, rest = text.lower().partition(".")
    if not rest:
        return _named(word, known)
    groups = (rest.partition(".")[2], rest) if _VERSION.match(rest) else (rest,)
    for group in groups:
        found = _named(word, [t for t in known if t.group == group])
        found = found or _named(word, [t for t in known if group and t.group.startswith(group)])
        if found:
            return found
    return ()


_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?(\.|$)")


def _named(word: str, types: Iterable[ResourceType]) -> tuple[ResourceType, ...]:
    known = tuple(types)
    found = [t for t in known if word in t.words] or [t for t in known if word in t.short_names]
    return tuple({t.key: t for t in reversed(found)}[key] for key in dict.fromkeys(t.key for t in found))
