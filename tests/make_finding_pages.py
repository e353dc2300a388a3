"""`python -m tests.make_finding_pages`: writes the documentation's page of every sort of finding."""

from __future__ import annotations

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from tests.pages import write
from tests.running import REPOSITORY

FOLDER = REPOSITORY / "docs" / "findings"


def pages() -> dict[str, str]:
    """The text of each page, by its file's name."""
    texts = {f"{each.id}.md": page(each, command) for command in BY_COMMAND for each in types_of(command)}
    return {**texts, "README.md": index()}


def types_of(command: str) -> list[FindingType]:
    """What a command looks for, by its ids."""
    all_types = [finding_type for group in BY_COMMAND[command] for finding_type in types(group)]
    return sorted(all_types, key=lambda finding_type: finding_type.id)


def page(finding_type: FindingType, command: str) -> str:
    """What is found, why it matters and how to fix it."""
    return f"""\
# {finding_type.id}

Found by `kubectl kfaccess {command}`; severity: {finding_type.severity.value}.

## What is found

{finding_type.what}

## Why it matters

{finding_type.why}

## How to fix it

{finding_type.fix}
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
    for command in BY_COMMAND:
        lines += ["", f"## `{command}`", "", "| finding | severity | what |", "| --- | --- | --- |"]
        lines += [
            f"| [{each.id}]({each.id}.md) | {each.severity.value} | {first_sentence(each.what)} |"
            for each in types_of(command)
        ]
    return "\n".join(lines) + "\n"


def first_sentence(text: str) -> str:
    """The first sentence, for a cell of a table."""
    return text.partition(". ")[0].rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    write(FOLDER, pages())
