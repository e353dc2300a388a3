"""What people do with the page: search, follow links, go back, print, and read it without scripts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.browser.chromium import Browser, Tab
from tests.browser.conftest import MANY
from tests.running import run

pytestmark = pytest.mark.slow

PAGES = ("demo", "hostile", "many")
WIDTHS = (1280, 390)
MOST_BYTES = 5_000_000
FRONT = "document.documentElement"
SHOWN = "e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})"


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Path:
    """Return the page that the test's parameter names."""
    file: Path = request.getfixturevalue(request.param)
    return file


@pytest.mark.parametrize("page", PAGES, indirect=True)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_browser_has_nothing_to_say(browser: Browser, page: Path, width: int, dark: bool) -> None:
    """No message on the console, no request but for the file, and nothing wider than the window."""
    with browser.tab(width) as tab:
        tab.media(dark=dark)
        tab.open(page)

        assert [] == tab.messages()
        assert [page.as_uri()] == tab.requests()
        assert width == tab.run(f"{FRONT}.scrollWidth")


@pytest.mark.parametrize("page", PAGES, indirect=True)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nobody_is_kept_out(browser: Browser, page: Path, axe_core: str, dark: bool) -> None:
    """axe-core has no violation, also of colours, with everything open."""
    with browser.tab() as tab:
        tab.media(dark=dark)
        tab.open(page)
        if page.stem != "many":
            tab.run("for (const each of document.querySelectorAll('details')) each.open = true")

        assert [] == violations(tab, axe_core)


def test_dark_is_dark(browser: Browser, demo: Path) -> None:
    """For those who prefer it."""
    with browser.tab() as tab:
        colors = []
        for dark in (False, True):
            tab.media(dark=dark)
            tab.open(demo)
            colors.append(tab.run("getComputedStyle(document.body).backgroundColor"))

    assert ["rgb(255, 255, 255)", "rgb(17, 23, 30)"] == colors


def shown_items(tab: Tab) -> list[str]:
    """Return the texts of what the search has left."""
    found: list[str] = tab.run(
        "[...document.querySelectorAll('[data-item]:not([hidden])')].map(e => e.textContent)"
    )
    return found


def test_search_by_keyboard(browser: Browser, demo: Path) -> None:
    """`/` begins it, each word must fit, the number of matches is said, and Escape ends it."""
    with browser.tab() as tab:
        tab.open(demo)
        everything = shown_items(tab)
        tab.press("/", "/")
        tab.write("BOB team-b")
        tab.wait_for("document.getElementById('matches').textContent !== ''")

        left = shown_items(tab)
        assert "query" == tab.run("document.activeElement.id")
        assert f"{len(left)} of {len(everything)}" == tab.run(
            "document.getElementById('matches').textContent"
        )
        assert 0 < len(left) < len(everything)
        assert [text for text in everything if "bob" in text.lower() and "team-b" in text] == left
        tab.press("Escape")
        assert everything == shown_items(tab)


def test_filters(browser: Browser, demo: Path) -> None:
    """The counters and the buttons show findings of one severity."""
    script = (
        "[...document.querySelectorAll('article[data-severity]:not([hidden])')].map(e => e.dataset.severity)"
    )
    with browser.tab() as tab:
        tab.open(demo)
        every = tab.run(script)
        tab.run("document.querySelector('a[data-filter=error]').click()")
        errors = tab.run(script)
        pressed = tab.run("document.querySelector('button[aria-pressed=true]').textContent")
        tab.run(
            "[...document.querySelectorAll('#filters button')].find(e => e.textContent === 'all').click()"
        )

        assert {"error", "warning", "note"} == set(every)
        assert [each for each in every if each == "error"] == errors
        assert "errors" == pressed
        assert every == tab.run(script)


def is_open(name: str) -> str:
    """Return the expression for whether the part is open, and in the window."""
    part = f"document.getElementById({json.dumps(name)})"
    is_seen = f"{part}.getBoundingClientRect().top < innerHeight && {part}.checkVisibility()"
    return f"{part}?.open !== false && {is_seen}"


def test_links_and_the_back_button(browser: Browser, demo: Path) -> None:
    """A link opens the part that it leads to, and the button goes back to the part before."""
    part_of_bob = "document.getElementById('person-bob@example.com')"
    with browser.tab() as tab:
        tab.open(demo, "person-bob@example.com")
        tab.wait_for(is_open("person-bob@example.com"))
        tab.run(f"{part_of_bob}.querySelector('a[href=\"#profile-team-b\"]').click()")
        tab.wait_for("location.hash === '#profile-team-b'")
        tab.wait_for(is_open("profile-team-b"))
        assert "SUMMARY" == tab.run("document.activeElement.tagName")
        tab.run("history.back()")
        tab.wait_for("decodeURIComponent(location.hash) === '#person-bob@example.com'")
        tab.wait_for(is_open("person-bob@example.com"))


def test_a_link_to_what_the_search_hides_shows_it(browser: Browser, demo: Path) -> None:
    """The search ends then."""
    with browser.tab() as tab:
        tab.open(demo)
        tab.run("document.getElementById('query').value = 'zzzz'")
        tab.run("document.getElementById('query').dispatchEvent(new Event('input'))")
        tab.wait_for("document.querySelectorAll('[data-item]:not([hidden])').length === 0")
        tab.run("location.hash = '#profile-team-c'")
        tab.wait_for(is_open("profile-team-c"))

        assert "" == tab.run("document.getElementById('query').value")


def test_commands_can_be_copied(browser: Browser, demo: Path) -> None:
    """A button beside each command selects it, or copies it where the browser lets it."""
    with browser.tab() as tab:
        tab.open(demo)
        tab.run("document.querySelector('#crossing .copier').click()")
        tab.wait_for("document.querySelector('#crossing .copier').textContent !== 'copy'")


@pytest.mark.parametrize("page", ["demo", "hostile"], indirect=True)
def test_without_scripts_everything_is_there(browser: Browser, page: Path) -> None:
    """The text is the same, parts open by hand, and nothing that needs a script is shown."""
    with browser.tab() as tab:
        tab.open(page)
        with_scripts = shown_items(tab)
    with browser.tab() as tab:
        tab.scripts(on=False)
        tab.open(page)

        assert len(with_scripts) == len(shown_items(tab))
        hidden = "['search', 'filters'].every(id => !document.getElementById(id).checkVisibility())"
        assert tab.run(hidden)
        assert tab.run("[...document.querySelectorAll('button')].every(e => !e.checkVisibility())")


def test_without_scripts_many_profiles_have_commands(browser: Browser, many: Path) -> None:
    """The lists are there, and the page says what prints the details."""
    with browser.tab() as tab:
        tab.scripts(on=False)
        tab.open(many)
        text = tab.run("document.body.innerText")
        profiles = tab.run("document.getElementById('profiles').textContent")  # what is below the window, too

    for command in ("profiles -o csv", "profiles PROFILE", "access SUBJECT"):
        assert f"kubectl kfaccess {command}" in text
    assert f"team-{MANY - 1:05}" in profiles


def test_many_profiles_are_small_enough(many: Path) -> None:
    """2,000 profiles have at most 5 MB."""
    assert many.stat().st_size <= MOST_BYTES


def member_rows(tab: Tab, place: str) -> list[list[str]]:
    """Return the cells of the table that was drawn there."""
    script = (
        f"[...document.querySelectorAll('#{place} tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    rows: list[list[str]] = tab.run(script)
    return rows


def test_details_of_many_profiles_are_drawn_on_demand(browser: Browser, many: Path) -> None:
    """They are what `profiles NAME` says."""
    name = f"team-{MANY // 2:05}"
    with browser.tab() as tab:
        tab.open(many)
        tab.run(f"document.querySelector('#profiles a[href=\"#profile-{name}\"]').click()")
        tab.wait_for(f"document.getElementById('profile-{name}') !== null")
        rows = member_rows(tab, "drawn-profile")
        tab.run("document.querySelector('#drawn-profile tbody a').click()")
        tab.wait_for("document.querySelector('#drawn-person tbody') !== null")
        places = member_rows(tab, "drawn-person")
        assert [] == tab.messages()

    items = _profile(many, name)
    assert sorted((each["subject"]["ref"], each["binding"]["name"]) for each in items) == sorted(
        (row[0], row[3]) for row in rows
    )
    assert {name} == {place[0] for place in places}


def _profile(many: Path, name: str) -> list[dict[str, Any]]:
    """Return the members of a profile, as the command has them."""
    file = next(many.parent.parent.glob("many*/objects.json"))
    (item,) = run("profiles", name, "-f", str(file), "-o", "json").json["items"]
    members: list[dict[str, Any]] = item["members"]
    return members


def test_the_matrix_of_many_profiles_follows_the_search(browser: Browser, many: Path) -> None:
    """It has the profiles that fit, and the people in them."""
    with browser.tab() as tab:
        tab.open(many)
        tab.press("/", "/")
        tab.write("team-00042")
        tab.wait_for("document.querySelectorAll('#drawn-matrix tbody tr').length === 1")
        (row,) = member_rows(tab, "drawn-matrix")

    assert "team-00042" == row[0]
    assert "owner" in row


@pytest.mark.parametrize("page", ["demo", "hostile"], indirect=True)
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler's pdftotext is not here")
def test_print(browser: Browser, page: Path, tmp_path: Path) -> None:
    """Everything that is folded is on paper, and what is for a screen alone is not."""
    for scripts in (True, False):
        file = tmp_path / f"{scripts}.pdf"
        with browser.tab() as tab:
            tab.scripts(on=scripts)
            tab.open(page)
            tab.pdf(file)
        text = " ".join(subprocess.check_output(["pdftotext", "-layout", file, "-"], text=True).split())

        assert "What crosses" in text
        assert "Why it matters, how to fix it" in text
        assert "Search" not in text
        if page.stem == "demo":
            assert "These name nobody else: delete them." in text
            assert "user-dave-example-com-clusterrole-edit" in text
