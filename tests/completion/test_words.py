"""The words in the package are those of the program, and all of them are safe to offer."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.completion import safe
from kubectl_kfaccess.completion.words import CHOICES, PERSONAS, RARE_VERBS, URL_VERBS, URLS, VERBS, load
from kubectl_kfaccess.kubeflow.catalogue import resources
from kubectl_kfaccess.kubeflow.tenants import personas
from tools.pages.completion_words import FILE, text


def test_the_file_is_what_the_program_knows() -> None:
    """A new flag or resource is offered after `python -m tools.pages.completion_words`."""
    assert text() == FILE.read_text(encoding="utf-8")


def test_every_verb_that_the_program_knows_is_offered() -> None:
    """Except `*`, which a shell expands, and the modes of impersonation, which nobody types."""
    offered = {*VERBS, *RARE_VERBS, *load().virtual_verbs}

    known = {*resources.known_verbs(), *resources.known_url_verbs()}
    assert sorted(verb for verb in known if verb.isalpha()) == sorted(offered)
    assert set(URL_VERBS) == resources.known_url_verbs() - {"*"}


def test_every_persona_is_described() -> None:
    """They are in the program's order."""
    assert tuple(personas.PERSONAS) == tuple(PERSONAS)


def test_every_fixed_value_is_described() -> None:
    """Every choice of a flag or a word has a description."""
    words = load()

    flags = [flag for command in ("", *words.commands) for flag in words.flags(command) if flag.choices]
    positionals = [entry for command in words.commands for entry in words.positionals(command)]
    taken = {(flag.dest, choice) for flag in flags for choice in flag.choices}
    taken |= {(entry["dest"], choice) for entry in positionals for choice in entry.get("choices", ())}
    described = {**CHOICES, "output": words.values["output"]}
    assert taken == {(dest, choice) for dest, choices in described.items() for choice in choices}


def test_every_word_of_the_program_is_safe() -> None:
    """The filter for hostile names lets all of them pass."""
    words = load()
    flags = [
        spelling for command in words.commands for flag in words.flags(command) for spelling in flag.spellings
    ]
    types = [each.full_name for each in words.types()]
    values = [value for values in words.values.values() for value in values]

    own = [*words.commands, *flags, *types, *values, *URLS, *PERSONAS, *VERBS, *RARE_VERBS]
    assert [] == [word for word in own if not safe.is_word(word)]


HOSTILE = {
    "a command": "alice$(touch x)",
    "a command of fish": "alice(touch x)",
    "backquotes": "alice`touch x`",
    "a further command": "alice;touch x",
    "a pipe": "alice|touch",
    "the background": "alice&touch",
    "a redirection": "alice>x",
    "a variable": "$HOME",
    "a home": "~root",
    "a history": "alice!!",
    "a pattern": "alice*",
    "one character": "alice?",
    "braces": "{a,b}",
    "brackets": "[ab]",
    "a quote": "al'ice",
    "double quotes": 'al"ice',
    "a backslash": "al\\ice",
    "a space": "al ice",
    "a line": "alice\ntouch x",
    "a return": "alice\rtouch x",
    "a tab": "alice\ttouch",
    "an escape": "alice\x1b[2J",
    "a null": "alice\0",
    "a comment": "#alice",
    "a flag": "--kubeconfig=x",
    "a short flag": "-f",
    "a percent": "%n",
    "a caret": "al^ice",
    "the directive's line": ":0",
    "a message": "_activeHelp_ run this",
    "a look-alike": "\u0430lice",
    "a direction": "alice\u202e",
    "a command of zsh": "=ls",
    "nothing": "",
    "very long": "a" * 301,
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_name_that_a_shell_could_execute_is_not_offered(name: str) -> None:
    """Everyone who can create bindings can choose a name, and it would end up in an administrator's shell."""
    assert [] == safe.names([name])


@pytest.mark.parametrize(
    "name",
    ["alice@example.com", "system:serviceaccount:team-a:default-editor", "team-a/default-editor", "a.b_c+d"],
)
def test_plain_names_are_offered(name: str) -> None:
    """These are names as people and accounts really have them."""
    assert [name] == safe.names([name])


@pytest.mark.parametrize("name", [None, 1, ["a"], {"a": "b"}], ids=repr)
def test_only_text_is_a_name(name: object) -> None:
    """A cache file that another program wrote can contain anything."""
    assert [] == safe.names([name])


def test_a_description_is_one_line() -> None:
    """The terminal would execute control characters in it."""
    assert "a b [2J c" == safe.description("a\n b\x1b[2J\tc")
