"""From the words TYPE, GROUP and NAME to questions: what server, catalogue and rules know of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.kubeflow.catalogue import resources
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.request_scope import (
    Meant,
    Question,
    Target,
    is_subresource,
    questions,
    types_meant,
    unknown,
)
from kubectl_kfaccess.rbac.resources import ResourceType, matching
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.spelling import nearest


class UnknownWord(NamedTuple):
    """What to say of a word that nobody knows, and the code of the error where that is one."""

    code: ErrorCode
    text: str


class Naming(Struct, frozen=True):
    """What the words of one command line mean, before the roles are read."""

    verb: str
    target: Target
    served: tuple[ResourceType, ...]
    meant: Meant

    def questions(self, namespaces: Namespaces, snapshot: Snapshot | None = None) -> tuple[Question, ...]:
        """
        Return what to ask, *namespaces* being the user's choice.

        A *snapshot* settles what only its rules tell: whether a type that no server serves matters here, and
        in which groups a word that nobody knows is meant.
        """
        if self.target.path is None and not self.meant.answered:
            groups = _Words(snapshot).groups_of(self.target.type) if snapshot else []
            return unknown(self.verb, self.target, groups, namespaces)
        types = self.meant.answered
        if snapshot and types:
            named, unserved = _Words(snapshot).groups, self.meant.unserved
            types = (types[0], *(t for t in types[1:] if t.key not in unserved or t.group in named))
        return questions(self.verb, self.target, types, namespaces)

    def notes(self, asked: tuple[Question, ...], snapshot: Snapshot, *, chose: bool) -> Iterator[str]:
        """Yield what the user should know of how the words were taken; *chose*: they chose namespaces."""
        yield from self.unknown(snapshot)
        if self.target.path is None:
            yield from self._type_notes(asked)
            if chose and asked and all(q.type and not q.type.namespaced and not q.namespaces for q in asked):
                yield f"`{asked[0].title}` is cluster-scoped: the namespace does not count"

    def unknown(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return a sentence for the verb and the resource if no rule and no server knows it."""
        return tuple(word.text for word in self.unknown_words(snapshot))

    def unknown_words(self, snapshot: Snapshot) -> tuple[UnknownWord, ...]:
        """Return the verb and the resource if no rule and no server knows it."""
        words = _Words(snapshot)
        types = self._unknown_type(words) if self.target.path is None else ()
        return (*self._unknown_verb(words), *types)

    def _unknown_verb(self, words: _Words) -> Iterator[UnknownWord]:
        known = resources.known_url_verbs() if self.target.path is not None else resources.known_verbs()
        served = frozenset(verb for one in self.served for verb in one.verbs)
        every = known | served | words.verbs
        if self.verb != ALL and self.verb not in every:
            text = f"no rule and no server knows the verb `{self.verb}`{_suggestion(self.verb, every)}"
            yield UnknownWord(ErrorCode.UNKNOWN_VERB, text)

    def _unknown_type(self, words: _Words) -> Iterator[UnknownWord]:
        word = self.target.type.partition(".")[0]
        if not self.meant.answered and word not in words.resources:
            known = frozenset(
                chain.from_iterable(t.words for t in (*self.served, *resources.resource_types()))
            )
            text = f"no rule and no server knows the resource `{self.target.type}`{_suggestion(word, known)}"
            yield UnknownWord(ErrorCode.UNKNOWN_TYPE, text)

    def _type_notes(self, asked: tuple[Question, ...]) -> Iterator[str]:
        for found in self.meant.answered[:1]:
            if found.name != ALL and found.key in self.meant.unserved and not found.virtual:
                yield f"`{found.full_name}` is not served here: taken from the catalogue"
            if is_subresource(self.target, found):
                named = f"`{found.name} --name {self.target.rest}`"
                yield f"`{self.target.rest}` is a subresource here; an object of that name is {named}"
        word = self.target.type.partition(".")[0]
        for further in self.meant.further if asked else ():
            yield f"`{word}` is also in the group `{further.group}`: ask for `{further.full_name}`"


def naming(verb: str, target: Target, source: Source) -> Naming:
    """Return what the words mean to *source*; a live server is asked afresh before a word is unknown."""
    if target.path is not None:
        return Naming(verb, target, (), Meant((), ()))
    served = source.resource_types()
    if source.live and target.type[:1] != ALL and not matching(target.type, served):
        served = source.resource_types(again=True)
    entries = resources.entries_for(target.type, aliases=not matching(target.type, served))
    return Naming(verb, target, served, types_meant(target.type, served, [entry.type for entry in entries]))


class _Words:
    """The verbs, groups and resources that a snapshot's rules name."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def rules(self) -> tuple[PolicyRule, ...]:
        cluster_roles, roles = self._snapshot.cluster_roles.values(), self._snapshot.roles.values()
        rules = chain(
            (rule for r in cluster_roles for rule in r.rules), (rule for r in roles for rule in r.rules)
        )
        return tuple(dict.fromkeys(rules))

    @cached_property
    def verbs(self) -> frozenset[str]:
        return frozenset(verb for rule in self.rules for verb in rule.verbs)

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(group for rule in self.rules for group in rule.api_groups)

    @cached_property
    def resources(self) -> frozenset[str]:
        return frozenset(resource.partition("/")[0] for rule in self.rules for resource in rule.resources)

    def groups_of(self, text: str) -> list[str]:
        """The groups in which rules name a resource that nobody else knows; the user's own, when given."""
        word, _, group = text.partition(".")
        if group:
            return [group]
        naming = (rule for rule in self.rules if any(r.partition("/")[0] == word for r in rule.resources))
        return sorted({group for rule in naming for group in rule.api_groups if group != ALL})


def _suggestion(word: str, known: frozenset[str]) -> str:
    near = nearest(word, known - {ALL, word})
    return f": did you mean `{near}`?" if near else ""
