"""Turns the words TYPE, GROUP and NAME into questions, by what server, catalogue and rules know of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.kubeflow.catalogue import resources
from kubectl_kfaccess.kubeflow.catalogue.names import RENAMED
from kubectl_kfaccess.rbac.impersonation import mode_of, verb_on_target
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.request_scope import (
    Question,
    Target,
    TypeMatches,
    is_subresource,
    match_types,
    questions,
    unknown,
)
from kubectl_kfaccess.rbac.resources import ResourceType, matching
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.scope_exceptions import has_any_subresource, pseudo_types
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.spelling import nearest


class UnknownWord(NamedTuple):
    """A sentence about a word that neither rules nor server know, and the code if it becomes an error."""

    code: ErrorCode
    text: str


class ResourceWords(Struct, frozen=True):
    """
    The verb and the type of one command line, resolved before roles are read.

    *served* are all types that the server knows, *types* those that the user's word can mean.
    """

    verb: str
    target: Target
    served: tuple[ResourceType, ...]
    types: TypeMatches

    def questions(self, namespaces: Namespaces, snapshot: Snapshot | None = None) -> tuple[Question, ...]:
        """
        Return what to ask, *namespaces* being the user's choice (None for all).

        A *snapshot* settles what only rules can settle: whether a type that no server serves matters here,
        and to which groups an unknown word belongs.
        """
        if self.target.path is None and not self.types.answered:
            groups = _RuleWords(snapshot).groups_of(self.target.type) if snapshot else []
            return unknown(self.verb, self.target, groups, namespaces)
        types = self.types.answered
        if snapshot and types:
            groups_in_rules, unserved = _RuleWords(snapshot).groups, self.types.unserved
            types = (types[0], *(t for t in types[1:] if t.key not in unserved or t.group in groups_in_rules))
        return questions(self.verb, self.target, types, namespaces)

    def notes(
        self, asked_questions: tuple[Question, ...], snapshot: Snapshot, *, chose: bool
    ) -> Iterator[str]:
        """Yield notes on how the words were understood; *chose* says that the user chose namespaces."""
        yield from self.unknown(snapshot)
        if self.target.path is None:
            yield from self._type_notes(asked_questions)
            if (
                chose
                and asked_questions
                and all(q.type and not q.type.namespaced and not q.namespaces for q in asked_questions)
            ):
                yield f"`{asked_questions[0].title}` is cluster-scoped: the namespace does not count"

    def unknown(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return a sentence each for the verb and the resource if neither rules nor server know it."""
        return tuple(word.text for word in self.unknown_words(snapshot))

    def unknown_words(self, snapshot: Snapshot) -> tuple[UnknownWord, ...]:
        """Return the verb and the resource if neither rules nor server know them."""
        words = _RuleWords(snapshot)
        types = self._unknown_type(words) if self.target.path is None else ()
        return (*self._unknown_verb(words), *types)

    def _unknown_verb(self, words: _RuleWords) -> Iterator[UnknownWord]:
        known = resources.known_url_verbs() if self.target.path is not None else resources.known_verbs()
        served = frozenset(verb for resource in self.served for verb in resource.verbs)
        every = known | served | words.verbs
        verb = verb_on_target(self.verb)
        if not {verb, self.verb} & {ALL, *every}:
            hint = _suggestion(verb, every, self.verb.removesuffix(verb))
            text = f"no rule and no server knows the verb `{self.verb}`{hint}"
            yield UnknownWord(ErrorCode.UNKNOWN_VERB, text)

    def _unknown_type(self, words: _RuleWords) -> Iterator[UnknownWord]:
        word, _, group = self.target.type.partition(".")
        if not self.types.answered and word not in words.resources:
            types = (*self.served, *resources.resource_types())
            own = [each for each in types if group and each.group == group]
            known = frozenset(chain.from_iterable(each.words for each in own or types))
            renamed = RENAMED.get((group, word))
            hint = f": did you mean `{renamed}`?" if renamed else _suggestion(word, known)
            text = f"no rule and no server knows the resource `{self.target.type}`{hint}"
            yield UnknownWord(ErrorCode.UNKNOWN_TYPE, text)

    def _type_notes(self, asked_questions: tuple[Question, ...]) -> Iterator[str]:
        for resource in self.types.answered[:1]:
            if resource.name != ALL and resource.key in self.types.unserved and not resource.virtual:
                yield f"`{resource.full_name}` has no CRD here: Kubeflow's own definition is used"
            if is_subresource(self.target, resource) and not has_any_subresource(resource):
                by_name = f"`{resource.name} --name {self.target.rest}`"
                yield f"`{self.target.rest}` is a subresource here; an object of that name is {by_name}"
        word = self.target.type.partition(".")[0]
        for further in self.types.further if asked_questions else ():
            yield f"`{word}` is also in the group `{further.group}`: ask for `{further.full_name}`"


def resource_words(verb: str, target: Target, source: Source) -> ResourceWords:
    """Return what the words mean in *source*; a live server's types are read anew for an unknown word."""
    if target.path is not None:
        return ResourceWords(verb, target, (), TypeMatches((), ()))
    served = source.resource_types()
    if source.live and target.type[:1] != ALL and not matching(target.type, served):
        served = source.resource_types(again=True)
    entries = resources.entries_for(target.type, aliases=not matching(target.type, served))
    types = match_types(target.type, served, [entry.type for entry in entries])
    return ResourceWords(verb, target, served, _with_pseudo_types(verb, target.type, types))


def _with_pseudo_types(verb: str, text: str, types: TypeMatches) -> TypeMatches:
    """
    Return the types that only requests with *verb* are about, in front of *types*, which are mentioned.

    The verbs of constrained impersonation are not about other types, so nothing is mentioned for them.
    """
    pseudo = pseudo_types(verb, text)
    matches = (*types.answered, *types.further)
    if not pseudo or any(each.key == pseudo[0].key for each in matches):
        return types
    return TypeMatches(pseudo[:1], () if mode_of(verb) else matches)


class _RuleWords:
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
        """Return the group that *text* has; without one, the groups in which rules name that resource."""
        word, _, group = text.partition(".")
        if group:
            return [group]
        naming = (rule for rule in self.rules if any(r.partition("/")[0] == word for r in rule.resources))
        return sorted({group for rule in naming for group in rule.api_groups if group != ALL})


def _suggestion(word: str, known: frozenset[str], prefix: str = "") -> str:
    near = nearest(word, known - {ALL, word})
    return f": did you mean `{prefix}{near}`?" if near else ""
