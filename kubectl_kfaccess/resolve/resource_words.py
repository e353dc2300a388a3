"""Turns the words TYPE, GROUP and NAME into questions, by what server, catalogue and rules know of them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue import resources
from kubectl_kfaccess.rbac.impersonation import mode_of
from kubectl_kfaccess.rbac.request_scope import (
    Question,
    Target,
    TypeMatches,
    is_subresource,
    match_types,
    questions,
    unknown,
)
from kubectl_kfaccess.rbac.resources import ResourceType, matching, possible_groups
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.scope_exceptions import exceptions_of, has_any_subresource, pseudo_types
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.resolve.rule_words import RuleWords
from kubectl_kfaccess.resolve.unknown_words import (
    UnknownWord,
    unknown_subresource,
    unknown_type,
    unknown_verb,
    unknown_verb_of_urls,
)
from kubectl_kfaccess.sources.files.bundled import defaults
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.spelling import nearest


class ResourceWords(Struct, frozen=True):
    """
    The verb and the type of one command line, resolved before roles are read.

    *served* are all types that the server knows, *types* those that the user's word can mean. *unanswered*
    are the API groups whose types the server could not tell, None if it told no types at all.
    """

    verb: str
    target: Target
    served: tuple[ResourceType, ...]
    types: TypeMatches
    unanswered: frozenset[str] | None = frozenset()

    def questions(self, namespaces: Namespaces, snapshot: Snapshot | None = None) -> tuple[Question, ...]:
        """
        Return what to ask, *namespaces* being the user's choice (None for all).

        A *snapshot* settles what only rules can settle: whether a type that no server serves matters here,
        and to which groups an unknown word belongs.
        """
        if self.target.path is None and not self.types.answered:
            groups = self._groups(RuleWords(snapshot)) if snapshot else ()
            return unknown(self.verb, self.target, groups, namespaces)
        types = self.types.answered
        if snapshot and types:
            groups_in_rules, unserved = RuleWords(snapshot).groups, self.types.unserved
            types = (types[0], *(t for t in types[1:] if t.key not in unserved or t.group in groups_in_rules))
        return questions(self.verb, self.target, types, namespaces)

    def _groups(self, words: RuleWords) -> tuple[str, ...]:
        """Return the groups that an unknown type can have: those of rules, and those that did not answer."""
        return tuple(sorted({*words.groups_of(self.target.type), *self.unanswered_groups()}))

    def unanswered_groups(self) -> tuple[str, ...]:
        """Return the groups that could have the type, and whose types the server could not tell."""
        group = self.target.type.partition(".")[2]
        groups = self.unanswered or ()
        return tuple(possible_groups(group, groups) if group else sorted(groups))

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
        words = RuleWords(snapshot)
        if self.target.path is not None:
            return tuple(filter(None, (unknown_verb_of_urls(self.verb, words),)))
        verb = unknown_verb(self.verb, self.served, words)
        return tuple(filter(None, (verb, self._unknown_type(words))))

    def _unknown_type(self, words: RuleWords) -> UnknownWord | None:
        text = self.target.type
        if not self.types.answered or text.startswith(ALL):
            return unknown_type(text, self.served, words)
        return unknown_subresource(self.target, self.types.answered[0], words)

    def _type_notes(self, asked_questions: tuple[Question, ...]) -> Iterator[str]:
        for resource in self.types.answered[:1]:
            if resource.name != ALL and resource.key in self.types.unserved and not resource.virtual:
                yield f"`{resource.full_name}` has no CRD here: Kubeflow's own definition is used"
            if is_subresource(self.target, resource) and not has_any_subresource(resource):
                by_name = f"`{resource.name} --name {self.target.rest}`"
                yield f"`{self.target.rest}` is a subresource here; an object of that name is {by_name}"
            elif near := nearest(self.target.rest, frozenset(resource.subresources)):
                yield f"`{self.target.rest}` is an object's name here: did you mean the subresource `{near}`?"
        pseudo = () if self.types.answered else exceptions_of(self.target.type)
        if pseudo and self.verb != ALL:
            verbs = " or ".join(f"`{verb}`" for verb in dict.fromkeys(v for row in pseudo for v in row.verbs))
            yield f"no API serves `{self.target.type}`: the server only asks who can {verbs} them"
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
    is_served = bool(matching(target.type, served))
    listed = [entry.type for entry in resources.entries_for(target.type, aliases=not is_served)]
    if source.live and not is_served and not listed:
        listed = [*matching(target.type, defaults().resources)]
    types = match_types(target.type, served, listed)
    matches = _with_pseudo_types(verb, target.type, types)
    return ResourceWords(verb, target, served, matches, source.unanswered_groups())


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
