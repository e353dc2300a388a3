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
    return Candidates(_fewer(safe), files=candidates.files, ordered=candidates.ordered)


def _fewer(words: Offered) -> Offered:
    """Return at most MOST of *words*, with the first and the last, which keeps their common prefix."""
    if len(words) <= MOST:
        return words
    order = sorted(words)
    return {word: words[word] for word in (*order[: MOST - 1], order[-1])}


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
        files = _FILES.get(flag.dest, "")
        if files:
            return Candidates({}, files=files)
        if flag.choices:
            return Candidates(self._described(flag.dest, flag.choices), ordered=True)
        find = _VALUES.get(flag.dest)
        values = find(self) if find else self.words.values.get(flag.dest, {})
        return Candidates(
            self._listed(values) if flag.many else values, ordered=flag.dest in self.words.values
        )

    def _described(self, dest: str, choices: Sequence[str]) -> Offered:
        meanings = CHOICES.get(dest) or self.words.values.get(dest, {})
        return {choice: meanings.get(choice, "") for choice in choices}

    def _listed(self, values: Offered) -> Offered:
        """Return the candidates for a list with commas: each is the typed list with one more value."""
        before, comma, _ = self.typed.rpartition(",")
        if not comma:
            return values
        # No descriptions: with them, kubectl's script for bash does not find words with commas
        return {f"{before},{value}": "" for value in values if value not in before.split(",")}

    # --- the words of commands ---

    def _word(self) -> Candidates:
        """Return the candidates for the next word of the command."""
        positionals = self.words.positionals(self.line.command)
        index = len(self.line.positionals)
        if not positionals or (index >= len(positionals) and not positionals[-1].get("repeat")):
            return Candidates({})
        positional = positionals[min(index, len(positionals) - 1)]
        dest = positional["dest"]
        if dest in _FILES:
            return Candidates({}, files=FILES)
        if positional.get("choices"):
            return Candidates(self._described(dest, positional["choices"]), ordered=True)
        find = _WORDS.get((self.line.command, dest))
        return Candidates(find(self) if find else {}, ordered=dest in ("verb", "topic"))

    def verbs(self) -> Offered:
        """Return verbs; the rare ones only after a letter was typed."""
        return {**VERBS, **RARE_VERBS, **self.words.virtual_verbs} if self.typed else dict(VERBS)

    def verbs_of_types(self) -> Offered:
        """Return the verbs of the types that `--resource` names; virtual types have verbs of their own."""
        texts = self.line.given.get("resource", ())
        known_types = self.names.types()
        types = [each for text in texts for each in resource_words.types_named(text, known_types)]
        own = {verb for each in types for verb in each.verbs}
        known = {**VERBS, **RARE_VERBS, **self.words.virtual_verbs}
        return {verb: text for verb, text in known.items() if verb in own} if types else dict(VERBS)

    def targets(self, verb: str) -> Offered:
        """Return the types, names and URLs that *verb* can apply to."""
        return resource_words.targets(self.typed, verb, self.names, self.line)

    def target(self) -> Offered:
        """Return the types, names and URLs that the verb of `who-can` can apply to."""
        return self.targets(self.line.positionals[0])

    def types(self) -> Offered:
        """Return the values of `--resource`."""
        return resource_words.targets(self.typed, "", self.names, self.line, named=False)

    def explained(self) -> Offered:
        """Return the next word of `[SUBJECT] VERB TYPE`."""
        before = self.line.positionals
        if not before:
            return {**subject_words.subjects(self.typed, self.names, self.line), **self.verbs()}
        if self._is_verb(before[0]):
            return self.targets(before[0]) if len(before) == 1 else {}
        return self.verbs() if len(before) == 1 else self.targets(before[1]) if len(before) == 2 else {}

    def _is_verb(self, word: str) -> bool:
        return word in VERBS or word in RARE_VERBS or word in URL_VERBS or word in self.words.virtual_verbs

    def subjects(self) -> Offered:
        """Return subjects in every spelling."""
        return subject_words.subjects(self.typed, self.names, self.line)

    def runners(self) -> Offered:
        """Return personas, then subjects."""
        return {**PERSONAS, **self.subjects()}

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


# Flags and words of any command that take files or folders
_FILES = {
    "filename": FILES,
    "files": FILES,
    "connection_kubeconfig": FILES,
    "connection_certificate_authority": FILES,
    "connection_client_certificate": FILES,
    "connection_client_key": FILES,
    "connection_cache_dir": FOLDERS,
    "directory": FOLDERS,
}

# The values of flags that are neither fixed choices nor files
_VALUES: dict[str, Callable[[_Place], Offered]] = {
    "namespace": _named("namespaces", "namespace"),
    "connection_context": _named("contexts", "context"),
    "connection_cluster": _named("clusters", "cluster"),
    "connection_user": _named("logins", "user of the kubeconfig"),
    "connection_as": lambda place: subject_words.user_names(place.typed, place.names),
    "as_group": _named("groups", "group"),
    "group": _named("groups", "group"),
    "selector": _fixed("app.kubernetes.io/part-of=kubeflow-profile", text="namespaces of profiles"),
    "compare": _Place.subjects,
    "subject_kind": _fixed("user", "group", "serviceaccount", text="kind of subject"),
    "expect_only": lambda place: subject_words.patterns(place.typed, place.names),
    "resource": _Place.types,
    "verb": _Place.verbs_of_types,
    "name": _Place.object_names,
    "subresource": _Place.subresources,
}

# The words of each command
_WORDS: dict[tuple[str, str], Callable[[_Place], Offered]] = {
    ("who-can", "verb"): _Place.verbs,
    ("who-can", "target"): _Place.target,
    ("access", "subject"): _Place.subjects,
    ("explain", "words"): _Place.explained,
    ("check", "subject"): _Place.runners,
    ("aggregation", "role"): _named("clusterroles", "ClusterRole"),
    ("profiles", "profile"): _named("profiles", "profile"),
    ("help", "topic"): _Place.commands,
}
