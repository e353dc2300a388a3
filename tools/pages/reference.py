"""`python -m tools.pages.reference`: write the reference: a page for each command, and one for formats."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from kubectl_kfaccess.commands import COMMANDS, QUESTIONS
from kubectl_kfaccess.help_pages import own_flags, shared_flags
from kubectl_kfaccess.parser import (
    CommandParser,
    aliases_of,
    arguments_module,
    command_parser,
    top_parser,
    value_name,
)
from tools.command_line import REPOSITORY
from tools.pages.folder import write
from tools.pages.schemas import COMMON, kinds, read

PROGRAM = "kubectl kfaccess"
FOLDER = REPOSITORY / "docs" / "reference"
SCHEMAS = REPOSITORY / "kubectl_kfaccess" / "schemas"

# Kinds that are not named after the command that writes them
WRITTEN_BY = {
    "FindingExplanation": "explain",
    "AccessComparison": "access",
    "Bindings": "access",
    "Calls": "resources",
    "Explanation": "explain",
}

STATUSES = (
    (
        "0",
        "answered, also with an empty list; for `explain`, `check`, `can-apply` and expectations: yes",
    ),
    (
        "1",
        "the answer is no, an expectation is not met, there is a finding or a change as `--fail-on` says, or "
        "`completion status` finds something missing",
    ),
    ("2", "usage, an unusable kubeconfig or context, an unreadable file"),
    (
        "3",
        "could not answer: unreachable, not logged in, incomplete data that could change the answer, or"
        " `--verify` disagrees",
    ),
    ("130", "interrupted"),
)
SUBJECTS = (
    ("`alice@example.com`, `user:NAME`", "a user, spelled exactly"),
    ("`group:NAME`", "a group"),
    (
        "`sa:NAMESPACE/NAME`, `system:serviceaccount:NAMESPACE:NAME`",
        "a service account, with the groups of all service accounts",
    ),
    ("a bare `NAME`", "the service account of that name in the namespace of `-n`"),
    ("no SUBJECT", "you, as the API server knows you"),
)
VARIABLES = (
    ("KUBECONFIG", "the kubeconfig files, as in kubectl; the default is `~/.kube/config`"),
    ("NO_COLOR", "no colours, if it is set to anything"),
    ("COLUMNS", "the width of tables on a terminal, instead of the terminal's own"),
    ("KUBECACHEDIR", "the folder of the server's types and of names for TAB; `--cache-dir` overrides it"),
)


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    commands = {f"{name}.md": command_page(name, command_parser(PROGRAM, name)) for name in COMMANDS}
    return {"README.md": index(top_parser(PROGRAM)), "formats.md": formats(), **commands}


def index(parser: CommandParser) -> str:
    """Return the page about everything that commands share."""
    commands = [f"| [{name}]({name}.md) | {QUESTIONS[name]} |" for name in COMMANDS]
    statuses = [f"| {status} | {text} |" for status, text in STATUSES]
    subjects = [f"| {form} | {text} |" for form, text in SUBJECTS]
    variables = [f"| `{name}` | {text} |" for name, text in VARIABLES]
    return joined(
        "# Reference",
        "Generated from the program's parser and schemas. [Formats](formats.md) describes the output of"
        " `-o json`, `yaml` and `jsonl`, and [findings](../findings/README.md) every finding and its fix.",
        table("command", "the question that it answers", commands),
        "## Subjects",
        table("written", "is", subjects),
        "## Exit status",
        table("status", "meaning", statuses),
        "## Options that commands share",
        "`kubectl kfaccess options` lists them. Options can be anywhere: before the command, among its"
        " arguments, or after them. `--` ends options.",
        *(
            part
            for title, actions in shared_flags(parser).items()
            for part in (f"### {title}", flag_table(actions))
        ),
        "## Environment",
        table("variable", "sets", variables),
        "In a pod without a kubeconfig, the program uses the pod's own service account.",
    )


def command_page(name: str, parser: CommandParser) -> str:
    """Return the page of a command: its question, examples, usage, options and formats."""
    module = arguments_module(name)
    aliases = [f"`{alias}`" for alias in aliases_of(name)]
    arguments = [
        f"| {code(str(action.metavar))} | {cell(description(action))} |"
        for action in parser._actions
        if not action.option_strings
    ]
    examples = "\n\n".join(f"# {purpose}\n{PROGRAM} {example}" for purpose, example in module.EXAMPLES)
    own = own_flags(parser)
    return joined(
        f"# {name}",
        QUESTIONS[name],
        *([f"Alias: {', '.join(aliases)}."] if aliases else []),
        *prose(module.DESCRIPTION),
        "## Examples",
        *(["Add `--demo` to try them without a cluster."] if reads_cluster(parser) else []),
        f"```sh\n{examples}\n```",
        "## Usage",
        "```text\n" + "\n".join(parser.synopses()) + "\n```",
        *([table("argument", "is", arguments)] if arguments else []),
        "## Options",
        *([flag_table(own)] if own else []),
        "And the [options that commands share](README.md#options-that-commands-share).",
        *(["## Details", *prose(module.DETAILS)] if module.DETAILS else []),
        "## Exit status",
        f"{module.EXIT_STATUS}.",
        *answers(name),
    )


def answers(name: str) -> Iterator[str]:
    """Yield a section that links to the command's kinds, unless it has none."""
    links = [f"[{kind}](formats.md#{kind.lower()})" for kind in schemas() if written_by(kind) == name]
    if links:
        yield "## Formats"
        yield f"`-o json` and `-o yaml` print {' or '.join(links)}."


def formats() -> str:
    """Return the page about machine formats: every kind, then the definitions that kinds share."""
    common = shared()
    parts = [
        "# Formats",
        "`-o json` and `-o yaml` print one document; `-o jsonl` prints a line for each of its items. The JSON"
        " Schemas are files in the package, in `kubectl_kfaccess/schemas`. Published keys are never removed."
        " Nothing is folded or shortened, names are as in the cluster, and the same cluster gives the same"
        ' bytes. `""` is the core group and, as a namespace, the whole cluster. `coverage` says whether we'
        " could read everything that the answer needs, and what we could not.",
    ]
    for kind, schema in schemas().items():
        parts += [f"## {kind}", f"By [{written_by(kind)}]({written_by(kind)}.md). {schema['description']}"]
        if "properties" in schema:
            parts.append(key_table(kind, schema, common))
        for name, definition in schema.get("$defs", {}).items():
            if name not in common:
                parts += described(f"{kind}: {name}", kind, definition, common)
    parts += ["## Shared", "Definitions that several kinds use."]
    for name, definition in common.items():
        parts += described(f"Shared: {name}", "", definition, common)
    return joined(*parts)


def described(title: str, kind: str, definition: dict[str, Any], common: dict[str, Any]) -> Iterator[str]:
    """Yield the parts about a definition: its title and description, then its keys or its type."""
    yield f"### {title}"
    if "description" in definition:
        yield definition["description"]
    if "properties" in definition:
        yield key_table(kind, definition, common)
    else:
        yield f"{of_type(kind, definition, common)[:1].upper()}{of_type(kind, definition, common)[1:]}."


def key_table(kind: str, schema: dict[str, Any], common: dict[str, Any]) -> str:
    """Return a table of the keys of an object, including those of unnamed objects inside it."""
    rows = [
        f"| `{key}` | {of_type(kind, value, common)} | {'always' if always else 'where it applies'} |"
        f" {cell(value.get('description', ''))} |"
        for key, value, always in keys(schema)
    ]
    return "\n".join(("| key | type | is there | meaning |", "| --- | --- | --- | --- |", *rows))


def keys(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield each key (`a.b` inside an unnamed object), its schema, and whether it is required."""
    for key, value in schema.get("properties", {}).items():
        yield f"{path}{key}", value, key in schema.get("required", ())
        inside, mark = (value["items"], "[]") if "properties" in value.get("items", {}) else (value, "")
        yield from keys(inside, f"{path}{key}{mark}.")


def of_type(kind: str, schema: dict[str, Any], common: dict[str, Any]) -> str:
    """Return the type of a value in words; *kind* and *common* tell where a definition is described."""
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(code(json.dumps(value)) for value in schema["enum"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(f'Shared: {name}' if name in common else f'{kind}: {name}')})"
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema and "type" not in schema:
            types_in_order = dict.fromkeys(of_type(kind, choice, common) for choice in schema[keyword])
            return " or ".join(sorted(types_in_order, key=lambda text: text == "null"))
    if schema.get("type") == "array":
        return f"list of {of_type(kind, schema.get('items', {}), common)}"
    types = schema.get("type", "any value")
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {of_type(kind, schema['additionalProperties'], common)}"
    return types if isinstance(types, str) else " or ".join(types)


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind."""
    return {kind: read(kind) for kind in kinds()}


def shared() -> dict[str, Any]:
    """Return the definitions that kinds share, by name."""
    definitions: dict[str, Any] = read(COMMON)["$defs"]
    return definitions


def written_by(kind: str) -> str:
    """Return the command that writes *kind*."""
    names = {name.replace("-", ""): name for name in COMMANDS}
    return WRITTEN_BY.get(kind) or names[kind.lower()]


# --- the parser in words; the man page uses these functions, too --------------------------------------------


def reads_cluster(parser: CommandParser) -> bool:
    """Return whether the command can be asked about the demo."""
    return {"--demo", "-o"} <= {*parser.flags()}


def spelled(action: argparse.Action) -> str:
    """Return a flag with its spellings and the placeholder of its value: `-o, --output FORMAT`."""
    value = f" {value_name(action)}" if action.nargs != 0 else ""
    if action.nargs == "?":
        value = f"[={value_name(action)}]"
    return ", ".join(action.option_strings) + value


def description(action: argparse.Action) -> str:
    """Return what an argument does, with its choices and its default unless its help names them."""
    text = str(action.help or "").replace("show this help message and exit", "show the help, and end")
    choices = [str(choice) for choice in action.choices or ()]
    if not all(choice in f"{text} {value_name(action)}" for choice in choices):
        text += f": {', '.join(choices)}"
    if isinstance(action.default, str) and action.default not in ("", argparse.SUPPRESS):
        text += "" if "default" in text else f" (default: {action.default})"
    return text


def prose(text: str) -> list[str]:
    """Return the paragraphs of a description; an indented one becomes a code block."""
    return [
        f"```text\n{part}\n```" if part.startswith("  ") else " ".join(part.split())
        for part in text.strip("\n").split("\n\n")
    ]


# --- Markdown -----------------------------------------------------------------------------------------------


def joined(*parts: str) -> str:
    """Return a page: *parts* with an empty line between them."""
    return "\n\n".join(parts) + "\n"


def table(first: str, second: str, rows: list[str]) -> str:
    """Return a table of two columns with the headings *first* and *second*; *rows* are lines."""
    return "\n".join((f"| {first} | {second} |", "| --- | --- |", *rows))


def flag_table(actions: list[argparse.Action]) -> str:
    """Return a table of flags."""
    rows = [f"| {code(spelled(action))} | {cell(description(action))} |" for action in actions]
    return table("flag", "what it does", rows)


def cell(text: str) -> str:
    """Return *text* for a table cell."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Return *text* as code, for a table cell."""
    return f"`{cell(text)}`"


def anchor(title: str) -> str:
    """Return the anchor that GitHub gives to the heading *title*."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


if __name__ == "__main__":
    write(FOLDER, pages())
