"""Every step is on the page of the documentation that lists them."""

from __future__ import annotations

from kubectl_kfaccess.escalation.registry import STEPS
from tools.pages.steps import FILE, page


def test_the_page_is_that_of_the_steps() -> None:
    """`make pages` writes it."""
    assert page() == FILE.read_text(encoding="utf-8")


def test_every_step_has_a_section_with_its_source() -> None:
    """What it yields, what vouches for it, and what was read."""
    text = page()

    for step in STEPS:
        section = text.partition(f"\n### {step.id}\n")[2].partition("\n##")[0]
        assert step.what in section
        assert f"Source: {step.source}." in section
        assert all(f"`{need.resource}" in section for way in step.ways for need in way.needs)
