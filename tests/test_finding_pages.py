"""Every sort of finding has a page in the documentation, and says what, why and how to mend it."""

from __future__ import annotations

import re

import pytest

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.profiles.owner_hand_over import OWNER_DIFFERS, OWNER_SPELLING
from kubectl_kfaccess.findings.registry import BY_COMMAND
from tests.make_finding_pages import FOLDER, pages
from tests.pages import there

ALL = [one for types in BY_COMMAND.values() for one in types]


def test_the_pages_are_those_of_the_findings() -> None:
    """Written by `python -m tests.make_finding_pages`, one each, and an index."""
    assert pages() == there(FOLDER)


def test_an_id_is_given_once() -> None:
    """It names one page."""
    assert len(ALL) == len({one.id for one in ALL})


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_a_finding_says_what_why_and_how_in_sentences(one: FindingType) -> None:
    """Its id is words with dashes; its texts end as sentences do, on one line each."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", one.id)
    for text in (one.what, one.why, one.mend):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
        assert "\n" not in text


@pytest.mark.parametrize("one", [OWNER_SPELLING, OWNER_DIFFERS], ids=lambda one: one.id)
def test_an_owner_is_changed_in_the_order_that_the_profile_controller_needs(one: FindingType) -> None:
    """It stops where the namespace's annotation is another owner, and mends no annotation of the binding."""
    steps = ("kubectl annotate namespace", "kubectl patch profiles.kubeflow.org", "delete that binding")
    places = [one.mend.find(step) for step in steps]

    assert -1 not in places
    assert sorted(places) == places
