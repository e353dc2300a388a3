"""The candidates for a place in the command line: commands, flags, their values, each command's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kubectl_kfaccess.completion import resource_words, subject_words
from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.names import Names
from kubectl_kfaccess.completion.safe import description, is_word
from kubectl_kfaccess.completion.words import (
    CHOICES,
    PERSONAS,
    RARE_VERBS,
    URL_VERBS,
    VERBS,
    Flag,
    Words,
    load,
)

FILES, FOLDERS = "files", "folders"
MOST = 500
"""The most candidates that we offer: nobody reads more, and shells need long to show them."""

LAST = 60
"""How many words at the end of our order are offered in any case."""

_UNFINISHED = ("/", ":", "=")
Offered = dict[str, str]
"""Candidates with their descriptions."""


class Candidates:
    """
    *words* with their descriptions; or FILES or FOLDERS (*files*), which the shell finds by itself.

    The order of *ordered* words has a meaning, so the shell must not sort them.
    """

    def __init__(self, words: Mapping[str, str], *, files: str = "", ordered: bool = False) -> None:
        self.words = words
        self.files = files
        self.ordered = ordered

    @property
    def goes_on(self) -> bool:
        """Return whether more text follows every candidate, so that no space belongs after it."""
        return bool(self.words) and all(word.endswith(_UNFINISHED) for word in self.words)


def candidates_for(words: Sequence[str], environ: Mapping[str, str]) -> Candidates:
    """Return the candidates for the last of *words*, which are those after the program's name."""
    *done, typed = words or [""]
    known = load()
    line = Line(known, done)
    place = _Place(line, typed, Names(line, environ), known)
    candidates = place.candidates()
    safe = {
        word: description(text)
        for word, text in candidates.words.items()
        if word.startswith(place.typed) and is_word(word)
    }
    few = _fewer(safe)
    ordered = candidates.ordered and list(few) != sorted(few)
    return Candidates(_numbered(few) if ordered else few, files=candidates.files, ordered=ordered)


def _fewer(words: Offered) -> Offered:
    """
    Return at most MOST of *words*, in their order.

    The first and the last of the alphabet stay, which keeps their common prefix; and the last of our order
    stay, because the names of the cluster, which are many, come before the words that we know.
    """
    if len(words) <= MOST:
        return words
    *others, last = sorted(words)
    kept = dict.fromkeys((last, *list(words)[-LAST:], *others))
    few = set(list(kept)[:MOST])
    return {word: text for word, text in words.items() if word in few}


def _numbered(words: Offered) -> Offered:
    """
    Return *words* with a number in each description that several of them share.

    zsh puts candidates with the same description into one row, and then sorts all rows.
    """
    count: dict[str, int] = {}
    for text in words.values():
        count[text] = count.get(text, 0) + 1
    numbers: dict[str, int] = {}
    numbered: Offered = {}
    for word, text in words.items():
        numbers[text] = numbers.get(text, 0) + 1
        numbered[word] = f"{text} {numbers[text]}" if text and count[text] > 1 else text
    return numbered


class _Place:
    """A place in a line; *typed* is the start of the word there, or of a flag's value without the flag."""

    def __init__(self, line: Line, typed: str, names: Names, words: Words) -> None:
        self.line, self.typed, self.names, self.words = line, typed, names, words

    def candidates(self) -> Candidates:
        """Return the candidates for this place."""
        flag = self.line.waiting
        if self.line.unknown:
            return Candidates({})
        if flag is None and not self.line.closed and self.typed.startswith("-"):
            spelling, equals, value = self.typed.partition("=")
            if not equals:
                return Candidates(self._flags())
            flag, self.typed = self.line.flag(spelling), value
            if flag is None or not flag.takes:
                return Candidates({})
        if flag:
            return self._value(flag)
        return self._word() if self.line.command else Candidates(self.commands(), ordered=True)

    # --- commands and flags ---

    def commands(self) -> Offered:
        """Return the commands; their aliases only if no command starts with what was typed."""
        commands = self.words.commands
        by_name = {name: command["question"] for name, command in commands.items()}
        if any(name.startswith(self.typed) for name in by_name):
            return by_name
        return {alias: command["question"] for command in commands.values() for alias in command["aliases"]}

    def _flags(self) -> Offered:
        """Return the flags that can still be given, in all their spellings."""
        free = [flag for flag in self.line.flags if flag.repeat or flag.dest not in self.line.given]
        return {spelling: flag.help for flag in free for spelling in flag.spellings}

    def _value(self, flag: Flag) -> Candidates:
        """Return the candidates for the value of a flag."""
        if flag.choices:
            return Candidates(self._described(flag.dest, flag.choices), ordered=True)
        return self._argument(flag.dest, flag.noun, many=flag.many)

    def _argument(self, dest: str, noun: str, *, many: bool) -> Candidates:
        """
        Return the candidates for an argument, by its *dest* or else by the *noun* that help has for it.

        If it takes *many* values with commas, each candidate is the typed list with one more value.
        """
        before, comma, last = self.typed.rpartition(",") if many else ("", "", self.typed)
        find = _WORDS.get(dest) or _WORDS.get(noun)
        values = self.words.values.get(dest)
        if values is None:
            values = find(_Place(self.line, last, self.names, self.words)) if find else {}
        ordered = dest in self.words.values or find in _IN_ORDER
        if comma:
            # No descriptions: with them, kubectl's script for bash does not find words with commas
            values = {f"{before},{value}": "" for value in values if value not in before.split(",")}
        return Candidates(values, files=FILES_BY_NOUN.get(noun, ""), ordered=ordered)

    def _described(self, dest: str, choices: Sequence[str] | Offered) -> Offered:
        """Return *choices* with their descriptions: their own, or those of arguments called *dest*."""
        if isinstance(choices, dict):
            return choices
        meanings = CHOICES.get(dest) or self.words.values.get(dest, {})
        return {choice: meanings.get(choice, "") for choice in choices}

    # --- the words of commands ---

    def _word(self) -> Candidates:
        """Return the candidates for the next word of the command."""
        positionals = self.words.positionals(self.line.command)
        index = len(self.line.positionals)
        if not positionals or (index >= len(positionals) and not positionals[-1].get("repeat")):
            return Candidates({})
        positional = positionals[min(index, len(positionals) - 1)]
        dest = positional["dest"]
        if positional.get("choices"):
            return Candidates(self._described(dest, positional["choices"]), ordered=True)
        return self._argument(dest, positional.get("noun", ""), many=positional.get("list", False))

    def verbs(self) -> Offered:
        """
        Return verbs; the rare ones only after a letter was typed.

        If `--resource` names types, return their verbs; virtual types have verbs of their own.
        """
        known = {**VERBS, **RARE_VERBS, **self.words.virtual_verbs}
        texts = self.line.given.get("resource")
        if not texts:
            return known if self.typed else dict(VERBS)
        known_types = self.names.types()
        types = [each for text in texts for each in resource_words.types_named(text, known_types)]
        own = {verb for each in types for verb in each.verbs}
        return {verb: text for verb, text in known.items() if verb in own} if types else dict(VERBS)

    def targets(self, verb: str) -> Offered:
        """Return the types, names and URLs that *verb* can apply to."""
        return resource_words.targets(self.typed, verb, self.names, self.line)

    def target(self) -> Offered:
        """Return the types, names and URLs that the verb of `who-can` can apply to."""
        return self.targets(self.line.positionals[0].partition(",")[0])

    def types(self) -> Offered:
        """Return the values of `--resource`."""
        return resource_words.targets(self.typed, "", self.names, self.line, named=False)

    def explained(self) -> Offered:
        """Return the next word of `[SUBJECT] VERB TYPE`, people first; ids of findings after a letter."""
        before = self.line.positionals
        if not before:
            findings = self.words.findings if self.typed else {}
            return {**self.subjects(), **self.verbs(), **findings}
        if self._is_verb(before[0]):
            return self.targets(before[0]) if len(before) == 1 else {}
        return self.verbs() if len(before) == 1 else self.targets(before[1]) if len(before) == 2 else {}

    def _is_verb(self, word: str) -> bool:
        return word in VERBS or word in RARE_VERBS or word in URL_VERBS or word in self.words.virtual_verbs

    def subjects(self) -> Offered:
        """Return subjects in every spelling."""
        return subject_words.subjects(self.typed, self.names, self.line)

    def personas(self) -> Offered:
        """Return personas, then subjects."""
        return {**PERSONAS, **self.subjects()}

    def user_names(self) -> Offered:
        """Return users, as the server names them."""
        return subject_words.user_names(self.typed, self.names)

    def patterns(self) -> Offered:
        """Return subjects with their kinds."""
        return subject_words.patterns(self.typed, self.names)

    def object_names(self) -> Offered:
        """Return the values of `--name`."""
        return resource_words.object_names(self._target_word(), self.names, self.line)

    def subresources(self) -> Offered:
        """Return the values of `--subresource`."""
        return resource_words.subresources(self._target_word(), self.names)

    def _target_word(self) -> str:
        return self.line.positionals[-1] if self.line.positionals else ""

    def names_of(self, sort: str, text: str) -> Offered:
        """Return the cluster's names of one sort, each with the description *text*."""
        return dict.fromkeys(self.names.of(sort), text)


def _named(sort: str, text: str) -> Callable[[_Place], Offered]:
    """Return a function that returns the cluster's names of one sort."""
    return lambda place: place.names_of(sort, text)


def _fixed(*values: str, text: str = "") -> Callable[[_Place], Offered]:
    """Return a function that always returns *values*."""
    return lambda _: dict.fromkeys(values, text)


FILES_BY_NOUN = {"FILE": FILES, "DIRECTORY": FOLDERS}
"""Which arguments take files or folders, by the noun that help has for them."""

# What an argument takes, by its `dest`, or else by the noun that help has for it
_WORDS: dict[str, Callable[[_Place], Offered]] = {
    # by `dest`
    "target": _Place.target,
    "words": _Place.explained,
    "connection_context": _named("contexts", "context"),
    "connection_cluster": _named("clusters", "cluster"),
    "connection_user": _named("logins", "user of the kubeconfig"),
    "subject_kind": _fixed("user", "group", "serviceaccount", text="kind of subject"),
    "name": _Place.object_names,
    "subresource": _Place.subresources,
    # by noun
    "CLUSTERROLE": _named("clusterroles", "ClusterRole"),
    "COMMAND": _Place.commands,
    "CONTEXT": _named("contexts", "context"),
    "GROUP": _named("groups", "group"),
    "NAMESPACE": _named("namespaces", "namespace"),
    "PATTERN": _Place.patterns,
    "PERSONA": _Place.personas,
    "PROFILE": _named("profiles", "profile"),
    "SELECTOR": _fixed("app.kubernetes.io/part-of=kubeflow-profile", text="namespaces of profiles"),
    "SUBJECT": _Place.subjects,
    "TYPE": _Place.types,
    "USER": _Place.user_names,
    "VERB": _Place.verbs,
}
NOUNS = frozenset(_WORDS) | frozenset(FILES_BY_NOUN)
"""The nouns for which we know words: an argument of any command gets them by its noun alone."""

# Those whose words are in an order that has a meaning
_IN_ORDER = (
    _Place.target,
    _Place.explained,
    _Place.commands,
    _Place.patterns,
    _Place.personas,
    _Place.subjects,
    _Place.types,
    _Place.verbs,
)
