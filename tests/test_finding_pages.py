"""Every finding has a page in the documentation, and says what, why and how to fix it."""

from __future__ import annotations

import re

import pytest

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.profiles import owner_differs, owner_spelling
from kubectl_kfaccess.findings.registry import BY_COMMAND
from tools.pages import folder
from tools.pages.findings import FOLDER, pages, types_of

ALL = [finding_type for command in BY_COMMAND for finding_type in types_of(command)]


def test_the_pages_are_those_of_the_findings() -> None:
    """`make pages` writes one page per finding, and an index."""
    assert pages() == folder.read(FOLDER)


def test_an_id_is_given_once() -> None:
    """An id is the name of one page."""
    assert len(ALL) == len({finding_type.id for finding_type in ALL})


@pytest.mark.parametrize("finding_type", ALL, ids=lambda finding_type: finding_type.id)
def test_a_finding_says_what_why_and_how_in_sentences(finding_type: FindingType) -> None:
    """Its id is words joined by dashes. Each text is whole sentences on one line."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", finding_type.id)
    for text in (finding_type.what, finding_type.why, finding_type.fix):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
        assert "\n" not in text
        assert "  " not in text


@pytest.mark.parametrize(
    "finding_type", [owner_spelling.TYPE, owner_differs.TYPE], ids=lambda finding_type: finding_type.id
)
def test_an_owner_is_changed_in_the_order_that_the_profile_controller_needs(
    finding_type: FindingType,
) -> None:
    """It stops if the namespace names another owner, and never fixes the annotation of the binding."""
    steps = ("kubectl annotate namespace", "kubectl patch profiles.kubeflow.org", "delete that binding")
    places = [finding_type.fix.find(step) for step in steps]

    assert -1 not in places
    assert sorted(places) == places
