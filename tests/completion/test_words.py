"""The words that completion brings along: as the program has them, and all of them safe to offer."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.completion import safe
from kubectl_kfaccess.completion.words import CHOICES, PERSONAS, RARE_VERBS, URL_VERBS, URLS, VERBS, load
from kubectl_kfaccess.kubeflow.catalogue import resources
from kubectl_kfaccess.kubeflow.pipelines import runners
from tools.pages.completion_words import FILE, text


def test_the_file_is_what_the_program_knows() -> None:
    """A flag or a resource that was added is offered: `python -m tools.pages.completion_words`."""
    assert text() == FILE.read_text(encoding="utf-8")


def test_every_verb_that_the_program_knows_is_offered() -> None:
    """But for `*`, which a shell expands, and the modes of impersonation, which nobody types."""
    offered = {*VERBS, *RARE_VERBS, *load().virtual_verbs}

    known = {*resources.known_verbs(), *resources.known_url_verbs()}
    assert sorted(verb for verb in known if verb.isalpha()) == sorted(offered)
    assert set(URL_VERBS) == resources.known_url_verbs() - {"*"}


def test_every_persona_is_described() -> None:
    """In the order in which the program knows them."""
    assert runners.PERSONAS == tuple(PERSONAS)


def test_every_fixed_value_is_described() -> None:
    """What a flag of fixed values takes says what each of them does."""
    words = load()

    flags = [flag for command in ("", *words.commands) for flag in words.flags(command) if flag.choices]
    positionals = [one for command in words.commands for one in words.positionals(command)]
    taken = {(flag.dest, choice) for flag in flags for choice in flag.choices}
    taken |= {(one["dest"], choice) for one in positionals for choice in one.get("choices", ())}
    described = {**CHOICES, "output": words.values["output"]}
    assert taken == {(dest, choice) for dest, choices in described.items() for choice in choices}


def test_every_own_word_may_be_offered() -> None:
    """None is left out by what keeps hostile names away."""
    words = load()
    flags = [
        spelling for command in words.commands for one in words.flags(command) for spelling in one.spellings
    ]
    types = [one.full_name for one in words.types()]
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
def test_a_name_that_a_shell_could_take_for_more_is_not_offered(name: str) -> None:
    """Whoever may bind may choose it, and it would be in an administrator's shell."""
    assert [] == safe.names([name])


@pytest.mark.parametrize(
    "name",
    ["alice@example.com", "system:serviceaccount:team-a:default-editor", "team-a/default-editor", "a.b_c+d"],
)
def test_plain_names_are_offered(name: str) -> None:
    """Those that people and accounts really have."""
    assert [name] == safe.names([name])


@pytest.mark.parametrize("name", [None, 1, ["a"], {"a": "b"}], ids=repr)
def test_what_is_no_text_is_no_name(name: object) -> None:
    """A cache that somebody else has written may hold anything."""
    assert [] == safe.names([name])


def test_a_description_is_one_line() -> None:
    """Control characters in it would be the terminal's."""
    assert "a b [2J c" == safe.description("a\n b\x1b[2J\tc")
