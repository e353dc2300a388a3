"""
`python -m tools.pages.completion_words`: write the words that completion offers without a cluster.

A TAB should take a few hundredths of a second, which is too short to build the parser and the catalogue. So
their words are kept in one JSON file. Write it again when a flag, a command or the catalogue changes.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import shorten
from typing import Any

from msgspec.structs import replace

import kubectl_kfaccess
from kubectl_kfaccess.commands import COMMANDS, QUESTIONS
from kubectl_kfaccess.commands.connection import CONNECTION
from kubectl_kfaccess.completion.candidates import NOUNS
from kubectl_kfaccess.completion.collected import RESOURCES, of_snapshot, of_type
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from kubectl_kfaccess.help_pages import shared_flags
from kubectl_kfaccess.kubeflow.catalogue import pipelines_releases, resources, selection, service_calls
from kubectl_kfaccess.kubeflow.catalogue.service_call_tables import NEXT
from kubectl_kfaccess.kubeflow.pipelines import needs
from kubectl_kfaccess.output.formats.registry import REGISTRY, format_named
from kubectl_kfaccess.parser import aliases_of, command_parser, top_parser
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS
from kubectl_kfaccess.sources.files.bundled import bundled_versions, defaults
from kubectl_kfaccess.sources.files.files import demo
from kubectl_kfaccess.sources.source import Wanted

FILE = Path(kubectl_kfaccess.__file__).parent / "data" / "completion.json"
PROGRAM = "kubectl kfaccess"
MOST_CHARACTERS = 80  # of a description; a shell shows each candidate in a line


def text() -> str:
    """Return the content of the file, an entry per line."""
    blocks = (f"{json.dumps(key)}: {_block(value)}" for key, value in words().items())
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def words() -> dict[str, Any]:
    """Return everything in the file, by section; `completion.words` reads it."""
    parser = top_parser(PROGRAM)
    help_flag, *_ = parser.each_flag()
    connection = [help_flag, *shared_flags(parser)[CONNECTION]]
    common = [action.dest for action in connection if action is not help_flag]
    return {
        "shared": [_option(action) for action in connection],
        "top": [_option(action) for action in parser.each_flag() if action not in connection],
        "commands": {name: _command(name, common) for name in COMMANDS},
        "values": _values(),
        "types": [_type(resource_type) for resource_type in _types()],
        "kubeflow": _kubeflow(),
        "pseudoTypes": [[*of_type(resource_type), text] for resource_type, text in _pseudo_types()],
        "verbs": _virtual_verbs(),
        "findings": _findings(),
        "demo": _demo(),
    }


def _block(value: Any) -> str:
    if isinstance(value, dict):
        lines = [f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items()]
        return "{\n" + ",\n".join(lines) + "\n}"
    return "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in value) + "\n]"


def _command(name: str, common: list[str]) -> dict[str, Any]:
    """Return the entry of a command; *common* names the arguments of every command, which it leaves out."""
    parser = command_parser(PROGRAM, name)
    own = [action for action in parser._actions if action.dest not in common]
    return {
        "question": QUESTIONS[name],
        "aliases": aliases_of(name),
        "positionals": [_positional(action) for action in own if not _is_flag(action)],
        "flags": [_option(action) for action in own if _is_flag(action)],
    }


def _is_flag(action: argparse.Action) -> bool:
    return bool(action.option_strings)


def _positional(action: argparse.Action) -> dict[str, Any]:
    entry = {
        "dest": action.dest,
        "noun": _noun(action),
        "repeat": action.nargs in ("*", "+"),
        "list": "," in str(action.metavar or ""),
        "choices": _choices(action),
    }
    return {key: value for key, value in entry.items() if value}


def _option(action: argparse.Action) -> dict[str, Any]:
    takes = action.nargs != 0
    entry = {
        "flags": list(action.option_strings),
        "dest": action.dest,
        "help": action.help or "",
        "takes": takes,
        "joined": takes and action.nargs == "?",
        "repeat": isinstance(action, argparse._AppendAction),
        "list": "," in str(action.metavar or ""),
        "noun": _noun(action),
        "choices": _choices(action),
    }
    return {key: value for key, value in entry.items() if value}


def _noun(action: argparse.Action) -> str:
    """Return what help calls the value, without its options, if completion knows words for it."""
    match = re.match(r"[A-Z-]+", str(action.metavar or ""))
    return match[0] if match and match[0] in NOUNS else ""


def _choices(action: argparse.Action) -> list[str] | dict[str, str]:
    """Return the fixed values; with their meanings, if the argument has a dictionary of them."""
    if isinstance(action.choices, dict):
        return {str(choice): str(meaning) for choice, meaning in action.choices.items()}
    return [str(choice) for choice in action.choices or ()]


def _values() -> dict[str, dict[str, str]]:
    """Return the values that completion offers where argparse takes any text, with their descriptions."""
    parsers = [command_parser(PROGRAM, name) for name in COMMANDS]
    actions = [action for parser in parsers for action in parser._actions if action.dest == "output"]
    offered = {choice for action in actions for choice in action.choices or ()}
    return {
        "output": {name: format_named(name).meaning for name in REGISTRY if name in offered},
        "area": {area: _area(area) for area in selection.areas()},
        "purposes": {purpose: _purpose(purpose) for purpose in needs.PURPOSES},
        "kfp_version": dict.fromkeys(_releases(), "Kubeflow Pipelines"),
        "kubernetes_version": dict.fromkeys(reversed(bundled_versions()), "Kubernetes"),
    }


def _area(area: str) -> str:
    names = dict.fromkeys(entry.type.name for entry in selection.chosen_entries((area,)))
    return ", ".join(list(names)[:3])


def _purpose(purpose: str) -> str:
    """Return the description of the purpose's first need."""
    return next(need.why for need in needs.RUNNER_NEEDS if need.purpose == purpose)


def _releases() -> list[str]:
    """Return the releases of Kubeflow Pipelines in which an access check changed, newest first."""
    known = {
        pipelines_releases.NEWEST,
        pipelines_releases.OLDEST,
        *(text for call in service_calls.CALLS for text in (call.since, call.until)),
    }
    releases = [release for text in known if (release := pipelines_releases.known_release(text))]
    return [str(release) for release in sorted(releases, reverse=True) if str(release) != NEXT]


def _types() -> Iterable[ResourceType]:
    """Return Kubernetes' own types in the server's order, then the other types of the catalogue."""
    known = {each.key: each for each in defaults().resources}
    for each in resources.resource_types():
        known.setdefault(each.key, each)
    return known.values()


def _kubeflow() -> list[str]:
    """Return the full names of the types that Kubeflow brings, and that its areas show by default."""
    kubernetes = {each.key for each in defaults().resources}
    areas = [area for area in selection.areas() if area not in ("istio", "third-party")]
    own = [entry.type for entry in selection.chosen_entries(areas) if entry.type.key not in kubernetes]
    return list(dict.fromkeys(f"{each.name}.{each.group}" for each in own))


def _findings() -> dict[str, str]:
    """Return what each finding is, by its id: the first sentence, shortened."""
    groups = itertools.chain.from_iterable(BY_COMMAND.values())
    sentences = {each.id: each.what.partition(". ")[0] for group in groups for each in types(group)}
    return {
        name: shorten(text, MOST_CHARACTERS, placeholder=" …") for name, text in sorted(sentences.items())
    }


def _pseudo_types() -> Iterator[tuple[ResourceType, str]]:
    """Return the types that only the server's own checks are about, with their verbs and a description."""
    rows = [row for row in EXCEPTIONS if row.pseudo]
    for _, own in itertools.groupby(sorted(rows, key=lambda row: row.type.key), lambda row: row.type.key):
        row, *more = own
        verbs = (*row.verbs, *(verb for each in more for verb in each.verbs))
        known = replace(row.type, verbs=verbs, virtual=True)
        yield known, "asked in the pod's namespace" if row.in_namespaces else "never in a namespace"


def _type(resource_type: ResourceType) -> list[Any]:
    """Return the entry of a type: its fields, then its description."""
    entries = [entry for entry in resources.CATALOGUE if entry.type.key == resource_type.key]
    area = f"{entries[0].area}: " if entries else ""
    kind = f"virtual {resource_type.words[1]}" if resource_type.virtual else resource_type.kind
    return [*of_type(resource_type), f"{area}{kind}"]


def _virtual_verbs() -> dict[str, str]:
    """Return the verbs that only virtual resources have, each with a list of these resources."""
    names_by_verb: dict[str, list[str]] = {}
    for entry in resources.CATALOGUE:
        for verb in entry.type.verbs if entry.type.virtual else ():
            if verb not in resources.CORE:
                names_by_verb.setdefault(verb, []).append(entry.type.name)
    return {verb: f"pipelines: {', '.join(names)}" for verb, names in sorted(names_by_verb.items())}


def _demo() -> dict[str, list[str]]:
    """Return the names in the demo cluster, by resource."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
    return of_snapshot(demo(env).read(Wanted(tuple(RESOURCES))))


def main() -> None:
    """Write the file."""
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
