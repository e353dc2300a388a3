"""`python -m tools.pages.findings`: write a page for each type of finding, and an index."""

from __future__ import annotations

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from tools.command_line import REPOSITORY
from tools.pages.folder import write

FOLDER = REPOSITORY / "docs" / "findings"


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    texts = {
        f"{finding_type.id}.md": page(finding_type, command)
        for command in BY_COMMAND
        for finding_type in types_of(command)
    }
    return {**texts, "README.md": index()}


def types_of(command: str) -> list[FindingType]:
    """Return the types of findings that *command* looks for, sorted by id."""
    all_types = [finding_type for group in BY_COMMAND[command] for finding_type in types(group)]
    return sorted(all_types, key=lambda finding_type: finding_type.id)


def page(finding_type: FindingType, command: str) -> str:
    """Return the page: what the finding is, why it matters and how to fix it."""
    return f"""\
# {finding_type.id}

Found by `kubectl kfaccess {command}`; severity: {finding_type.severity.value}.

## What is found

{finding_type.what}

## Why it matters

{finding_type.why}

## How to fix it

{finding_type.fix}
{_references(finding_type)}"""


def _references(finding_type: FindingType) -> str:
    """Return the section with the references, "" without any."""
    if not finding_type.references:
        return ""
    return f"\n## References\n\n{', '.join(finding_type.references)}\n"


def index() -> str:
    """Return the index: a table for each command, with a row for each finding."""
    lines = [
        "# Findings",
        "",
        "Every finding has a permanent id and a severity. An error means that something is certainly broken",
        "or at risk. What Kubeflow itself ships is never more than a warning. In CI, use `--fail-on error`:",
        "the command then ends with status 1 if there is an error. With `--fail-on warning`, warnings count",
        "too.",
    ]
    for command in BY_COMMAND:
        lines += ["", f"## `{command}`", "", "| finding | severity | what |", "| --- | --- | --- |"]
        lines += [
            f"| [{finding_type.id}]({finding_type.id}.md) | {finding_type.severity.value} "
            f"| {first_sentence(finding_type.what)} |"
            for finding_type in types_of(command)
        ]
    return "\n".join(lines) + "\n"


def first_sentence(text: str) -> str:
    """Return the first sentence of *text* without its full stop, for a cell of a table."""
    return text.partition(". ")[0].rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    write(FOLDER, pages())
