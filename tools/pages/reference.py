"""`python -m tools.pages.reference`: write the reference, a page for each command and one for the formats."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from kubectl_kfaccess.commands import COMMANDS, flags
from kubectl_kfaccess.parser import CommandParser, aliases_of, arguments_module, build_parser
from tools.command_line import REPOSITORY
from tools.pages.folder import write
from tools.pages.schemas import COMMON, kinds, read

PROGRAM = "kubectl kfaccess"
FOLDER = REPOSITORY / "docs" / "reference"
SCHEMAS = REPOSITORY / "kubectl_kfaccess" / "schemas"

# Kinds that are not called as the command that writes them
WRITTEN_BY = {"Bindings": "access", "Calls": "resources", "Explanation": "explain"}

STATUSES = (
    ("0", "answered, also with an empty list; `explain`, `check` and expectations: yes"),
    (
        "1",
        "the answer is no, an expectation is not met, there is a finding as bad as `--fail-on` says, or "
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
    ("`alice@example.com`, `user:NAME`", "a user, letter by letter"),
    ("`group:NAME`", "a group"),
    (
        "`sa:NAMESPACE/NAME`, `system:serviceaccount:NAMESPACE:NAME`",
        "a service account, with the groups that all such accounts are in",
    ),
    ("a bare `NAME`", "the service account of that name in the namespace of `-n`"),
    ("nothing", "you, as the API server knows you"),
)
VARIABLES = (
    ("KUBECONFIG", "the kubeconfig files, as in kubectl; without it `~/.kube/config`"),
    ("NO_COLOR", "no colours, when it is set to anything"),
    ("COLUMNS", "the width of tables, where a terminal does not say"),
    ("KUBECACHEDIR", "where discovery is kept for ten minutes; `--cache-dir` goes before it"),
)


def pages() -> dict[str, str]:
    """The text of each page, by its file's name."""
    parser = build_parser(PROGRAM)
    found = {f"{name}.md": command_page(name, parser.commands()[name]) for name in COMMANDS}
    return {"README.md": index(parser), "formats.md": formats(), **found}


def index(parser: CommandParser) -> str:
    """What holds for every command."""
    commands = [f"| [{name}]({name}.md) | {question(name)} |" for name in COMMANDS]
    statuses = [f"| {status} | {text} |" for status, text in STATUSES]
    subjects = [f"| {form} | {text} |" for form, text in SUBJECTS]
    variables = [f"| `{name}` | {text} |" for name, text in VARIABLES]
    return joined(
        "# Reference",
        "Written from the program's own parser and schemas. [formats](formats.md) describes what `-o json`,"
        " `yaml` and `jsonl` hold, [findings](../findings/README.md) what is found and how to fix it.",
        table("command", "the question that it answers", commands),
        "## Subjects",
        table("written", "is", subjects),
        "## Exit status",
        table("status", "meaning", statuses),
        "## Flags of every command",
        "They may stand before the command's name or after it.",
        flag_table(connection(parser)),
        "## Environment",
        table("variable", "sets", variables),
        "In a pod without a kubeconfig the pod's own service account asks.",
    )


def command_page(name: str, parser: CommandParser) -> str:
    """One command: its question, how it is written, its flags, formats and examples."""
    module = arguments_module(name)
    aliases = [f"`{alias}`" for alias in aliases_of(name)]
    arguments = [
        f"| {code(str(one.metavar))} | {cell(helped(one))} |"
        for one in parser._actions
        if not one.option_strings
    ]
    groups = [
        part
        for group in parser._action_groups
        if group.title != flags.CONNECTION and flags_of(group)
        for part in (f"### {group.title}", flag_table(flags_of(group)))
    ]
    examples = "\n".join(f"{PROGRAM} {example}" for example in module.EXAMPLES)
    return joined(
        f"# {name}",
        module.QUESTION,
        *([f"Alias: {', '.join(aliases)}."] if aliases else []),
        f"```text\n{synopsis(parser)}\n```",
        *prose(module.DESCRIPTION),
        *([table("argument", "is", arguments)] if arguments else []),
        "## Flags",
        *groups,
        "Besides: the [flags of every command](README.md#flags-of-every-command).",
        "## Examples",
        f"```sh\n{examples}\n```",
        *answers(name),
    )


def answers(name: str) -> Iterator[str]:
    """Where the command's machine formats are described."""
    links = [f"[{kind}](formats.md#{kind.lower()})" for kind in schemas() if written_by(kind) == name]
    if links:
        yield "## Formats"
        yield f"`-o json` and `-o yaml` hold {' or '.join(links)}."


def formats() -> str:
    """What the machine formats hold, kind by kind; definitions that kinds share stand at the end."""
    common = shared()
    parts = [
        "# Formats",
        "`-o json` and `-o yaml` hold one document; `-o jsonl` holds its items, a line each. The JSON Schemas"
        " are files of the package, in `kubectl_kfaccess/schemas`. Keys, once published, stay. Nothing is"
        " folded or shortened, names stand as they are in the cluster, and the same cluster gives the same"
        ' bytes. `""` is the core group and, as a namespace, the whole cluster. `coverage` says whether'
        " everything could be read that the answer needs, and what could not.",
    ]
    for kind, schema in schemas().items():
        parts += [f"## {kind}", f"By [{written_by(kind)}]({written_by(kind)}.md). {schema['description']}"]
        if "properties" in schema:
            parts.append(key_table(kind, schema, common))
        for name, definition in schema.get("$defs", {}).items():
            if name not in common:
                parts += described(f"{kind}: {name}", kind, definition, common)
    parts += ["## Shared", "Definitions that are the same in several kinds."]
    for name, definition in common.items():
        parts += described(f"Shared: {name}", "", definition, common)
    return joined(*parts)


def described(title: str, kind: str, definition: dict[str, Any], common: dict[str, Any]) -> Iterator[str]:
    """One definition: what it is, and its keys if it is an object."""
    yield f"### {title}"
    if "description" in definition:
        yield definition["description"]
    if "properties" in definition:
        yield key_table(kind, definition, common)
    else:
        yield f"{of_type(kind, definition, common)[:1].upper()}{of_type(kind, definition, common)[1:]}."


def key_table(kind: str, schema: dict[str, Any], common: dict[str, Any]) -> str:
    """The keys of an object; of objects inside it that have no name, too."""
    rows = [
        f"| `{key}` | {of_type(kind, value, common)} | {'always' if always else 'where it applies'} |"
        f" {cell(value.get('description', ''))} |"
        for key, value, always in keys(schema)
    ]
    return "\n".join(("| key | type | is there | meaning |", "| --- | --- | --- | --- |", *rows))


def keys(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Each key with its schema and whether it must be there, `a.b` of an object inside."""
    for key, value in schema.get("properties", {}).items():
        yield f"{path}{key}", value, key in schema.get("required", ())
        inside, mark = (value["items"], "[]") if "properties" in value.get("items", {}) else (value, "")
        yield from keys(inside, f"{path}{key}{mark}.")


def of_type(kind: str, schema: dict[str, Any], common: dict[str, Any]) -> str:
    """The type of a value in words."""
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(code(json.dumps(value)) for value in schema["enum"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(f'Shared: {name}' if name in common else f'{kind}: {name}')})"
    for several in ("anyOf", "oneOf"):
        if several in schema and "type" not in schema:
            # null is told last, after what is there otherwise
            told = {of_type(kind, one, common): None for one in schema[several]}
            return " or ".join(sorted(told, key=lambda text: text == "null"))
    if schema.get("type") == "array":
        return f"list of {of_type(kind, schema.get('items', {}), common)}"
    types = schema.get("type", "any value")
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {of_type(kind, schema['additionalProperties'], common)}"
    return types if isinstance(types, str) else " or ".join(types)


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind."""
    return {kind: read(kind) for kind in kinds()}


def shared() -> dict[str, Any]:
    """The definitions that kinds share."""
    definitions: dict[str, Any] = read(COMMON)["$defs"]
    return definitions


def written_by(kind: str) -> str:
    """The command whose answer it is."""
    names = {name.replace("-", ""): name for name in COMMANDS}
    return WRITTEN_BY.get(kind) or names[kind.lower()]


# --- the parser in words, for the man page as well ----------------------------------------------------------


def question(name: str) -> str:
    """The question that a command answers."""
    return str(arguments_module(name).QUESTION)


def synopsis(parser: CommandParser) -> str:
    """How a command is written."""
    return parser.synopsis()


def connection(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The flags of every command."""
    return [
        one
        for group in parser._action_groups
        if group.title == flags.CONNECTION
        for one in group._group_actions
    ]


def flags_of(group: Any) -> list[argparse.Action]:
    """The flags of a group of arguments."""
    return [one for one in group._group_actions if one.option_strings]


def spelled(action: argparse.Action) -> str:
    """A flag with its spellings and the word for its value: `-o, --output FORMAT`."""
    value = f" {metavar(action)}" if action.nargs != 0 else ""
    if action.nargs == "?":
        value = f"[={metavar(action)}]"
    return ", ".join(action.option_strings) + value


def metavar(action: argparse.Action) -> str:
    """The word for a value, or the values."""
    return str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())


def helped(action: argparse.Action) -> str:
    """What an argument does, its choices and its default where the words do not tell them."""
    text = str(action.help or "").replace("show this help message and exit", "show the help, and end")
    choices = [str(choice) for choice in action.choices or ()]
    if not all(choice in f"{text} {action.metavar or metavar(action)}" for choice in choices):
        text += f": {', '.join(choices)}"
    if isinstance(action.default, str) and action.default not in ("", argparse.SUPPRESS):
        text += "" if "default" in text else f" (default: {action.default})"
    return text


def prose(text: str) -> list[str]:
    """The paragraphs of a description; what is indented is a block of its own, as it stands."""
    return [
        f"```text\n{part}\n```" if part.startswith("  ") else " ".join(part.split())
        for part in text.strip("\n").split("\n\n")
    ]


# --- Markdown -----------------------------------------------------------------------------------------------


def joined(*parts: str) -> str:
    """A page of parts with an empty line between them."""
    return "\n\n".join(parts) + "\n"


def table(first: str, second: str, rows: list[str]) -> str:
    """A table of two columns."""
    return "\n".join((f"| {first} | {second} |", "| --- | --- |", *rows))


def flag_table(actions: list[argparse.Action]) -> str:
    """A table of flags."""
    return table(
        "flag", "what it does", [f"| {code(spelled(one))} | {cell(helped(one))} |" for one in actions]
    )


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Text as it is typed, for a cell of a table."""
    return f"`{cell(text)}`"


def anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


if __name__ == "__main__":
    write(FOLDER, pages())
