"""
Resource types, as discovery, CustomResourceDefinitions and the catalogue describe them, and how to find the
types that a user's word means.

The search mirrors kubectl's REST mapper. It ignores case. Plural, singular and kind names come before short
names. If several groups have the type, the one that the server lists first comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct


class ResourceType(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """
    One resource of one API group, spelled as RBAC compares it.

    *subresources* are bare names (`status`, `exec`). No API serves a *virtual* type, but RBAC rules name it:
    Kubeflow Pipelines sends access reviews about it.
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
        """(group, name): RBAC tells types apart by these two."""
        return (self.group, self.name)

    @property
    def words(self) -> tuple[str, ...]:
        """The lower-case words that name the type, without its short names."""
        kind = self.kind.lower()
        return (self.name, self.singular or kind, kind)


def matching(text: str, types: Iterable[ResourceType]) -> tuple[ResourceType, ...]:
    """
    Return the types that *text* means (`TYPE`, `TYPE.GROUP` or `TYPE.VERSION.GROUP`), best match first.

    The beginning of a group is enough if no group has that name, as in kubectl (`inferenceservices.serving`).
    """
    known = tuple(types)
    word, _, rest = text.lower().partition(".")
    if not rest:
        return _named(word, known)
    for group in _spellings(rest):
        matches = _named(word, [t for t in known if t.group == group])
        matches = matches or _named(word, [t for t in known if group and t.group.startswith(group)])
        if matches:
            return matches
    return ()


def possible_groups(text: str, groups: Iterable[str]) -> list[str]:
    """Return those of *groups* that the text after `TYPE.` can mean, by the same rules, sorted."""
    known = sorted(set(groups))
    for group in _spellings(text.lower()):
        if matches := [each for each in known if each == group] or [
            each for each in known if group and each.startswith(group)
        ]:
            return matches
    return []


def _spellings(text: str) -> tuple[str, ...]:
    """Return the groups that `GROUP` or `VERSION.GROUP` can spell, the likelier first."""
    return (text.partition(".")[2], text) if _VERSION.match(text) else (text,)


_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?(\.|$)")


def _named(word: str, types: Iterable[ResourceType]) -> tuple[ResourceType, ...]:
    known = tuple(types)
    matches = [t for t in known if word in t.words] or [t for t in known if word in t.short_names]
    return tuple({t.key: t for t in reversed(matches)}[key] for key in dict.fromkeys(t.key for t in matches))
