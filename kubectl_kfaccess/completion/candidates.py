"""What may stand at a place of the command line: commands, flags, their values, each command's words."""

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
"""Candidates that are offered at once: nobody reads more, and shells take long to show them."""

_GOES_ON = ("/", ":", "=")
Offered = dict[str, str]


class Found:
    """
    What is offered: words with their descriptions; or files, or folders, which the shell knows.

    *ordered* words stand in an order that means something.
    """

    def __init__(self, words: Mapping[str, str], *, files: str = "", ordered: bool = False) -> None:
        self.words = words
        self.files = files
        self.ordered = ordered

    @property
    def goes_on(self) -> bool:
        """Whether the word is not complete with what is offered, so that no space belongs behind it."""
        return bool(self.words) and all(word.endswith(_GOES_ON) for word in self.words)


def offered(words: Sequence[str], environ: Mapping[str, str]) -> Found:
    """Return what may stand for the last of *words*, those after the program's name."""
    *done, typed = words or [""]
    known = load()
    line = Line(known, done)
    place = _Place(line, typed, Names(line, environ), known)
    found = place.found()
    good = {
        word: description(text)
        for word, text in found.words.items()
        if word.startswith(place.typed) and is_word(word)
    }
    return Found(_fewer(good), files=found.files, ordered=found.ordered)


def _fewer(words: Offered) -> Offered:
    """At most MOST of them, the first and the last included, so that what they share stays the same."""
    if len(words) <= MOST:
        return words
    order = sorted(words)
    return {word: words[word] for word in (*order[: MOST - 1], order[-1])}


class _Place:
    """One place in one line; *typed* is what is there of the word, of a flag's value without the flag."""

    def __init__(self, line: Line, typed: str, names: Names, words: Words) -> None:
        self.line, self.typed, self.names, self.words = line, typed, names, words

    def found(self) -> Found:
        """Return what may stand here."""
        flag = self.line.waiting
        if self.line.unknown:
            return Found({})
        if flag is None and not self.line.closed and self.typed.startswith("-"):
            spelling, equals, value = self.typed.partition("=")
            if not equals:
                return Found(self._flags())
            flag, self.typed = self.line.flag(spelling), value
            if flag is None or not flag.takes:
                return Found({})
        if flag:
            return self._value(flag)
        return self._word() if self.line.command else Found(self._commands(), ordered=True)

    # --- commands and flags ---

    def _commands(self) -> Offered:
        found = {name: one["question"] for name, one in self.words.commands.items()}
        if any(name.startswith(self.typed) for name in found):
            return found
        return {alias: one["question"] for one in self.words.commands.values() for alias in one["aliases"]}

    def _flags(self) -> Offered:
        """The flags that were not given yet; short ones only where no letter of a long one was typed."""
        free = [one for one in self.line.flags if one.repeat or one.dest not in self.line.given]
        return {spelling: one.help for one in free for spelling in one.spellings}

    def _value(self, flag: Flag) -> Found:
        files = _FILES.get(flag.dest, "")
        if files:
            return Found({}, files=files)
        if flag.choices:
            return Found(self._described(flag.dest, flag.choices), ordered=True)
        find = _VALUES.get(flag.dest)
        found = find(self) if find else self.words.values.get(flag.dest, {})
        return Found(self._listed(found) if flag.many else found, ordered=flag.dest in self.words.values)

    def _described(self, dest: str, choices: Sequence[str]) -> Offered:
        meanings = CHOICES.get(dest) or self.words.values.get(dest, {})
        return {choice: meanings.get(choice, "") for choice in choices}

    def _listed(self, found: Offered) -> Offered:
        """The values of a list with commas: what was typed of it, and one more."""
        before, comma, _ = self.typed.rpartition(",")
        if not comma:
            return found
        # kubectl's script for bash finds no word with a comma among words that are described
        return {f"{before},{value}": "" for value in found if value not in before.split(",")}

    # --- the words of commands ---

    def _word(self) -> Found:
        takes = self.words.positionals(self.line.command)
        at = len(self.line.positionals)
        if not takes or (at >= len(takes) and not takes[-1].get("repeat")):
            return Found({})
        one = takes[min(at, len(takes) - 1)]
        if one["dest"] in _FILES:
            return Found({}, files=FILES)
        if one.get("choices"):
            return Found(self._described(one["dest"], one["choices"]), ordered=True)
        find = _WORDS.get((self.line.command, one["dest"]))
        found = find(self) if find else {}
        return Found(found, ordered=one["dest"] == "verb")

    def verbs(self) -> Offered:
        """Return verbs; those that few resources have only once a letter was typed."""
        return {**VERBS, **RARE_VERBS, **self.words.virtual_verbs} if self.typed else dict(VERBS)

    def verbs_of_types(self) -> Offered:
        """Return the verbs of the types that `--resource` names: virtual ones have their own."""
        named = self.line.given.get("resource", ())
        types = [one for text in named for one in resource_words.meant(text, self.names.types())]
        own = {verb for one in types for verb in one.verbs}
        known = {**VERBS, **RARE_VERBS, **self.words.virtual_verbs}
        return {verb: text for verb, text in known.items() if verb in own} if types else dict(VERBS)

    def targets(self, verb: str) -> Offered:
        """Return what *verb* may be done to."""
        return resource_words.targets(self.typed, verb, self.names, self.line)

    def target(self) -> Offered:
        """Return what the verb of `who-can` may be done to."""
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

    def checked(self) -> Offered:
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

    def named(self, sort: str, text: str) -> Offered:
        """Return the cluster's names of one sort, all with the same description."""
        return dict.fromkeys(self.names.of(sort), text)


def _named(sort: str, text: str) -> Callable[[_Place], Offered]:
    return lambda place: place.named(sort, text)


def _fixed(*values: str, text: str = "") -> Callable[[_Place], Offered]:
    return lambda _: dict.fromkeys(values, text)


# Where files stand, whatever the command
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
    ("check", "subject"): _Place.checked,
    ("aggregation", "role"): _named("clusterroles", "ClusterRole"),
    ("profiles", "profile"): _named("profiles", "profile"),
}
