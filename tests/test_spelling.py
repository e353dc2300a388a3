"""Which known word a mistyped word gets as a suggestion, and which one it must not get."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.resources import known_verbs, resource_types
from kubectl_kfaccess.spelling import nearest

WORDS = {
    # one letter up to six
    ("creat", "create"), ("delet", "delete"), ("lst", "list"), ("gett", "get"), ("podss", "pods"),
    ("bindd", "bind"), ("jbs", "jobs"),
    # neighbours that changed places are one slip
    ("gte", "get"), ("lsit", "list"), ("craete", "create"), ("rnus", "runs"), ("wacth", "watch"),
    # two letters beyond
    ("inferencservices", "inferenceservices"), ("infrencservices", "inferenceservices"),
    ("notebokks", "notebooks"), ("secrest", "secrets"), ("confgmapps", "configmaps"),
    ("servicacounts", "serviceaccounts"), ("who-cna", "who-can"), ("aggregaton", "aggregation"),
    ("ml-teams", "ml-team"), ("default-edito", "default-editor"), ("taem-a", "team-a"),
    ("--al-namespaces", "--all-namespaces"),
    # case is no letter
    ("GET", "get"), ("Get", "get"), ("Pods", "pods"), ("Team-A", "team-a"), ("readartifact", "readArtifact"),
    # hyphens of a flag are no letters
    ("--demmo", "--demo"), ("--namspace", "--namespace"), ("-demo", "--demo"), ("--demo", "-demo"),
}  # fmt: skip

OTHER_WORDS = {
    ("models", "nodes"), ("create", "secret"), ("team-b", "ml-team"), ("gina", "erin"), ("team-d", "team-a"),
    ("team-aa", "team-b"), ("team-1", "team-2"), ("v1", "v2"), ("run-12", "run-13"), ("sa", "pa"),
    ("egt", "get"), ("put", "get"), ("set", "get"), ("let", "list"), ("read", "create"), ("act", "attest"),
    ("sync", "sign"), ("deploy", "delete"), ("edit", "editor"), ("pdso", "pods"), ("upadet", "update"),
    ("xyzzy", "who-can"), ("", "get"), ("get", "get"), ("--", "--demo"), ("nodes", "notebooks"),
    ("experts", "experiments"), ("bots", "pods"), ("team-ab", "team-a"), ("team-a-1", "team-a-2"),
}  # fmt: skip

PEOPLE = {
    ("ALICE@example.com", "alice@example.com"), ("alice@Example.com", "alice@example.com"),
    ("anna.lee@example.com", "annalee@example.com"), ("anna_lee@example.com", "anna.lee@example.com"),
    ("alize@example.com", "alice@example.com"), ("alicee@example.com", "alice@example.com"),
    ("alcie@example.com", "alice@example.com"),
    ("Alice", "alice"), ("a.b", "ab"),
}  # fmt: skip

OTHER_PEOPLE = {
    ("Bob@example.com", "carol@example.com"), ("bob@example.com", "rob@example.com"),
    ("gina@example.com", "erin@example.com"), ("erin@example.com", "erik@example.com"),
    ("alice@example.com", "alice@example.org"), ("alize@example.org", "alice@example.com"),
    ("alice@exampel.com", "alice@example.com"), ("clara@example.com", "flara@example.com"),
    ("allizee@example.com", "alizzza@example.com"), ("user01@example.com", "user02@example.com"),
    ("jane.a@example.com", "jane.b@example.com"), ("gina", "erin"), ("alice@example.com", "alice"),
    ("alic@example.com", "alice@example.com"), ("karl-otto@example.com", "karl@example.com"),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), sorted(WORDS), ids="-".join)
def test_a_close_word_is_suggested(typed: str, meant: str) -> None:
    """One letter up to six, two beyond; a swap of neighbours is one, and case is none."""
    assert meant == nearest(typed, {meant, "zzzzzz"})


@pytest.mark.parametrize(("typed", "other"), sorted(OTHER_WORDS), ids="-".join)
def test_another_word_is_not_suggested(typed: str, other: str) -> None:
    """Another first letter, number or short part makes another word."""
    assert "" == nearest(typed, {other})


@pytest.mark.parametrize(("typed", "meant"), sorted(PEOPLE), ids="-".join)
def test_the_same_person_is_suggested(typed: str, meant: str) -> None:
    """Case, separators, or one letter of five or more before the same domain."""
    assert meant == nearest(typed, {meant, "zzzzzz@example.com"}, people=True)


@pytest.mark.parametrize(("typed", "other"), sorted(OTHER_PEOPLE), ids="-".join)
def test_another_person_is_not_suggested(typed: str, other: str) -> None:
    """People with similar names, and the same name elsewhere, are other people."""
    assert "" == nearest(typed, {other}, people=True)


def test_the_closest_word_wins_then_the_same_length_and_then_the_alphabet() -> None:
    """So the same words give the same suggestion."""
    assert "notebooks" == nearest("notebook", {"notebooks", "nodebooks"})
    assert "jobs" == nearest("jbos", {"jobs", "jabs"})
    assert "secrets" == nearest("secrest", {"secret", "secrets"})
    assert "bar" == nearest("ba", {"baz", "bar"})


def test_no_known_verb_is_taken_for_another() -> None:
    """Else a correct word could be called a typo where only some of them are known."""
    verbs = known_verbs()

    assert set() == {(verb, near) for verb in verbs if (near := nearest(verb, verbs - {verb}))}


def test_no_type_of_the_catalogue_is_taken_for_another() -> None:
    """Their names differ by more than a typo."""
    names = frozenset(each.name for each in resource_types())

    assert set() == {near for name in names if (near := nearest(name, names - {name}))}
