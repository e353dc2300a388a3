"""Verbs and types that nothing knows, and the known words that are probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.kubeflow.catalogue import resources
from kubectl_kfaccess.kubeflow.catalogue.names import RENAMED
from kubectl_kfaccess.rbac.impersonation import verb_on_target
from kubectl_kfaccess.rbac.request_scope import Target
from kubectl_kfaccess.rbac.resources import ResourceType, matching, possible_groups
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS, exceptions_of
from kubectl_kfaccess.resolve import false_friends
from kubectl_kfaccess.resolve.rule_words import RuleWords
from kubectl_kfaccess.spelling import nearest


class UnknownWord(NamedTuple):
    """
    A verb or a type that neither rules nor APIs have.

    *code* says which of the two it is. *likely* are words to ask for instead; *advice* says it in words.
    """

    code: ErrorCode
    word: str
    likely: tuple[str, ...] = ()
    advice: str = ""

    @property
    def hint(self) -> str:
        """What to ask for instead, in words; "" if nothing is close."""
        return self.advice or (f"did you mean {_alternatives(self.likely)}?" if self.likely else "")

    @property
    def text(self) -> str:
        """A sentence for an answer that is given all the same."""
        what = "verb" if self.code is ErrorCode.UNKNOWN_VERB else "resource"
        return f"no rule and no server knows the {what} `{self.word}`{f': {self.hint}' if self.hint else ''}"


def _alternatives(words: tuple[str, ...]) -> str:
    *others, last = (f"`{word}`" for word in words)
    return f"{', '.join(others)} or {last}" if others else last


def unknown_verb(verb: str, served: Iterable[ResourceType], words: RuleWords) -> UnknownWord | None:
    """Return *verb* if no type of *served*, no rule and no component of Kubeflow has it; else None."""
    of_types = frozenset(each for resource in served for each in resource.verbs)
    return _unknown_verb(verb, resources.known_verbs() | of_types, words)


def unknown_verb_of_urls(verb: str, words: RuleWords) -> UnknownWord | None:
    """Return *verb* if neither HTTP nor a rule has it, else None."""
    return _unknown_verb(verb, resources.known_url_verbs(), words)


def _unknown_verb(verb: str, known: frozenset[str], words: RuleWords) -> UnknownWord | None:
    """Return *verb* unless it is *known* or in a rule: most are known, and rules are many."""
    target_verb = verb_on_target(verb)
    spellings = {target_verb, verb}
    if spellings & {ALL, *known} or spellings & words.verbs:
        return None
    near = nearest(target_verb, (known | words.verbs) - {ALL})
    prefix = verb.removesuffix(target_verb)
    likely = (near,) if near else false_friends.VERBS.get(target_verb.lower(), ())
    return UnknownWord(ErrorCode.UNKNOWN_VERB, verb, tuple(f"{prefix}{each}" for each in likely))


def unknown_type(text: str, served: Iterable[ResourceType], words: RuleWords) -> UnknownWord | None:
    """Return the type *text*, which no API has, if no rule and no component has it, either; else None."""
    types = (*served, *resources.resource_types(), *_PSEUDO)
    word, _, group = text.partition(".")
    if word == ALL:
        return _unknown_group(group, types, words)
    if words.names(text) or exceptions_of(text) or _is_of_open_group(group, types, words):
        return None
    likely = tuple(dict.fromkeys(_likely(word, group, types, words)))[:1]
    advice = "" if likely else false_friends.TYPES.get(word.lower(), "")
    return UnknownWord(ErrorCode.UNKNOWN_TYPE, text, likely, advice)


_PSEUDO = tuple(row.type for row in EXCEPTIONS if row.pseudo)


def unknown_subresource(target: Target, parent: ResourceType, words: RuleWords) -> UnknownWord | None:
    """Return the subresource of `--subresource` if it is a typo of a known one of *parent*; else None."""
    text = f"{parent.name}/{target.subresource}"
    near = nearest(target.subresource, frozenset(parent.subresources))
    if not near or words.names_subresource(text):
        return None
    return UnknownWord(ErrorCode.UNKNOWN_TYPE, text, (f"{parent.name}/{near}",))


def _unknown_group(group: str, types: Iterable[ResourceType], words: RuleWords) -> UnknownWord | None:
    """Return `*.GROUP` if neither a type nor a rule has the group; else None."""
    known = frozenset((*(each.group for each in types), *words.groups)) - {ALL}
    if not group or group in known:
        return None
    near = nearest(group, known) or "".join(possible_groups(group, known)[:1])
    return UnknownWord(ErrorCode.UNKNOWN_TYPE, f"{ALL}.{group}", (f"{ALL}.{near}",) if near else ())


def _is_of_open_group(group: str, types: Iterable[ResourceType], words: RuleWords) -> bool:
    """Whether only a rule for all its resources is known of *group*: then each type can be one of it."""
    return bool(group) and words.name_all_of(group) and group not in {each.group for each in types}


def _likely(word: str, group: str, types: tuple[ResourceType, ...], words: RuleWords) -> Iterator[str]:
    """Yield the types that *word* and *group* can be a typo of, the likelier first."""
    if (group, word) in RENAMED:
        yield RENAMED[group, word]
    groups = frozenset(each.group for each in types)
    if not group:
        yield from _near(word, types, words.resources)
    elif own := possible_groups(group, groups):
        of_group = tuple(each for each in types if each.group in own)
        yield from (matching(near, of_group)[0].full_name for near in _near(word, of_group))
    elif likely_group := nearest(group, groups):
        yield f"{word}.{likely_group}"
    yield from (each.full_name for each in matching(word, types) if group)


def _near(word: str, types: Iterable[ResourceType], others: frozenset[str] = frozenset()) -> Iterator[str]:
    known = frozenset(chain.from_iterable(each.words for each in types)) | others
    if near := nearest(word, known - {ALL, ""}):
        yield near
