"""Texts are plain English: words that a native speaker would not write in a manual do not occur."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import kubectl_kfaccess
from tests.running import REPOSITORY

PACKAGE = (REPOSITORY / "kubectl_kfaccess").relative_to(REPOSITORY)
assert (REPOSITORY / PACKAGE / "__init__.py").samefile(kubectl_kfaccess.__file__)
BETTER = {
    r"whom": "who, that",
    r"whoever": "anyone who",
    r"may not": "cannot (of permissions), might not (of chances)",
    r"mend(?:s|ed|ing)?": "fix",
    r"hand(?:s|ed|ing)? out": "grants",
    r"of an? (?:no|yes)\b(?!-)": "for a no",
    r"told of": "listed, reported",
    r"tells? (?:more )?of": "explains, reports",
    r"(?:he|him|his|himself)": "they, them, their",
    r"further permissions": "other permissions, more permissions",
    r"(?:typing|this) slips?": "typo",
    r"every letter counts": "names are case-sensitive",
}
"""Words to avoid, as regular expressions, and what to write instead."""
WORDS = re.compile(rf"\b(?:{'|'.join(BETTER)})\b", re.IGNORECASE)

ALLOWED = {
    ("kubectl_kfaccess/rbac/validation.py", "may not"): 1,  # Kubernetes' own message
    ("kubectl_kfaccess/commands/can_apply/refusal_text.py", "may not"): 1,  # kubectl's own message
    ("kubectl_kfaccess/resolve/other_gates.py", "may not"): 1,  # quotes the message of an admission plugin
}
"""How often each word is in a file for a reason."""

GENERATED = ("docs/reference/", "docs/findings/")  # from texts in the package
PAGES = [
    page
    for page in sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
    if not str(page.relative_to(REPOSITORY)).startswith(GENERATED)
]
SOURCES = sorted((REPOSITORY / PACKAGE).rglob("*.py"))
FILES = [str(file.relative_to(REPOSITORY)) for file in (*SOURCES, *PAGES)]
OUTPUT = re.compile(r"^```console\n.*?^```", re.DOTALL | re.MULTILINE)


def words_in(text: str) -> Counter[str]:
    """Return how often each word to avoid is in *text*, in lower case; output of the program is left out."""
    prose = " ".join(OUTPUT.sub("", text).split())
    return Counter(word.lower() for word in WORDS.findall(prose))


@pytest.mark.parametrize("file", FILES)
def test_a_text_is_plain_english(file: str) -> None:
    """BETTER says what to write instead; ALLOWED has the exceptions, and no others."""
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    allowed = {word: count for (name, word), count in ALLOWED.items() if name == file}

    assert allowed == words_in(text)


def test_exceptions_are_about_files_that_exist() -> None:
    """An exception for a file that was moved would allow nothing."""
    assert {file for file, _ in ALLOWED} <= set(FILES)


def test_words_are_noticed_across_lines_and_not_inside_others() -> None:
    """Prose wraps at words; `amend`, `the` and `no` are other words."""
    text = "Of a\nno it tells\nof what may\n    not be mended.\n```console\nwhom\n```\n amend the theme"

    assert {"of a no": 1, "tells of": 1, "may not": 1, "mended": 1} == words_in(text)
