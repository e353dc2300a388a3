"""`python -m tests.make_finding_pages`: writes the documentation's page of every sort of finding."""

from __future__ import annotations

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.registry import BY_COMMAND
from tests.pages import write
from tests.running import REPOSITORY

FOLDER = REPOSITORY / "docs" / "findings"


def pages() -> dict[str, str]:
    """The text of each page, by its file's name."""
    found = {f"{one.id}.md": page(one, command) for command, types in BY_COMMAND.items() for one in types}
    return {**found, "README.md": index()}


def page(one: FindingType, command: str) -> str:
    """What is found, why it matters and how to mend it."""
    return f"""\
# {one.id}

Found by `kubectl kfaccess {command}`; severity: {one.severity.value}.

## What is found

{one.what}

## Why it matters

{one.why}

## How to mend it

{one.mend}
"""


def index() -> str:
    """A line for each finding, by the command that finds it."""
    lines = [
        "# Findings",
        "",
        "Each has an id that stays, and a severity. An error surely breaks or endangers something; what",
        "Kubeflow itself ships is never more than a warning. `--fail-on error` or `--fail-on warning` ends a",
        "command with 1 when there is one, for use in CI.",
    ]
    for command, types in BY_COMMAND.items():
        lines += ["", f"## `{command}`", "", "| finding | severity | what |", "| --- | --- | --- |"]
        lines += [
            f"| [{one.id}]({one.id}.md) | {one.severity.value} | {first_sentence(one.what)} |"
            for one in sorted(types, key=lambda one: one.id)
        ]
    return "\n".join(lines) + "\n"


def first_sentence(text: str) -> str:
    """The first sentence, for a cell of a table."""
    return text.partition(". ")[0].rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    write(FOLDER, pages())
