"""
`python -m tools.pages.completion_words`: writes what completion knows without a cluster.

A TAB may take a few hundredths of a second, less than building the parser and the catalogue. So what they
hold is kept as one JSON file, to be written anew whenever a flag, a command or the catalogue changes.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import kubectl_kfaccess
from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.completion.collected import RESOURCES, of_snapshot, of_type
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.kubeflow.catalogue import resources, selection, service_calls
from kubectl_kfaccess.kubeflow.catalogue.service_call_tables import NEXT
from kubectl_kfaccess.kubeflow.pipelines import needs
from kubectl_kfaccess.output.formats.registry import REGISTRY, format_named
from kubectl_kfaccess.parser import build_parser
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.sources.files.files import bundled_versions, defaults, demo
from kubectl_kfaccess.sources.source import Wanted

FILE = Path(kubectl_kfaccess.__file__).parent / "data" / "completion.json"
PROGRAM = "kubectl kfaccess"


def text() -> str:
    """The content of the file: an entry a line."""
    blocks = (f"{json.dumps(key)}: {_block(value)}" for key, value in words().items())
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def words() -> dict[str, Any]:
    """Everything that is in the file."""
    parser = build_parser(PROGRAM)
    shared = flags.shared(argparse.ArgumentParser)
    common = [action.dest for action in shared._actions]
    return {
        "shared": [_option(action) for action in parser._actions if _is_flag(action)],
        "commands": {name: _command(found, one, common) for name, found, one in _commands(parser)},
        "values": _values(),
        "types": [_type(one) for one in _types()],
        "verbs": _virtual_verbs(),
        "demo": _demo(),
    }


def _block(value: Any) -> str:
    if isinstance(value, dict):
        lines = [f"  {json.dumps(key)}: {json.dumps(one)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + "\n}"
    return "[\n" + ",\n".join(f"  {json.dumps(one)}" for one in value) + "\n]"


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, list[str]]]:
    """Each command with its own parser and its other names."""
    (group,) = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    by_parser: dict[int, list[str]] = {}
    for name, found in group.choices.items():
        by_parser.setdefault(id(found), []).append(name)
    for name, *aliases in by_parser.values():
        yield name, group.choices[name], aliases


def _command(found: argparse.ArgumentParser, aliases: list[str], common: list[str]) -> dict[str, Any]:
    own = [one for one in found._actions if one.dest not in common]
    return {
        "question": (found.description or "").partition("\n")[0],
        "aliases": aliases,
        "positionals": [_positional(one) for one in own if not _is_flag(one)],
        "flags": [_option(one) for one in own if _is_flag(one)],
    }


def _is_flag(action: argparse.Action) -> bool:
    return bool(action.option_strings)


def _positional(action: argparse.Action) -> dict[str, Any]:
    found = {"dest": action.dest, "repeat": action.nargs in ("*", "+"), "choices": _choices(action)}
    return {key: value for key, value in found.items() if value}


def _option(action: argparse.Action) -> dict[str, Any]:
    takes = action.nargs != 0
    found = {
        "flags": list(action.option_strings),
        "dest": action.dest,
        "help": action.help or "",
        "takes": takes,
        "joined": takes and action.nargs == "?",
        "repeat": isinstance(action, argparse._AppendAction),
        "list": "," in str(action.metavar or ""),
        "choices": _choices(action),
    }
    return {key: value for key, value in found.items() if value}


def _choices(action: argparse.Action) -> list[str]:
    return [str(one) for one in action.choices or ()]


def _values() -> dict[str, dict[str, str]]:
    """The values of flags that have fixed ones but take any text, with what each is."""
    return {
        "output": {name: format_named(name).meaning for name in REGISTRY},
        "area": {area: _area(area) for area in selection.areas()},
        "purposes": {purpose: _purpose(purpose) for purpose in needs.PURPOSES},
        "kfp_version": dict.fromkeys(_releases(), "Kubeflow Pipelines"),
        "kubernetes_version": dict.fromkeys(reversed(bundled_versions()), "Kubernetes"),
    }


def _area(area: str) -> str:
    names = dict.fromkeys(entry.type.name for entry in selection.chosen_entries((area,)))
    return ", ".join(list(names)[:3])


def _purpose(purpose: str) -> str:
    """What the first need of that purpose is about."""
    return next(need.why for need in needs.RUNNER_NEEDS if need.purpose == purpose)


def _releases() -> list[str]:
    """The releases of pipelines in which some check changed, newest first."""
    known = {
        service_calls.NEWEST,
        service_calls.OLDEST,
        *(one for call in service_calls.CALLS for one in (call.since, call.until)),
    }
    found = [one for text in known if (one := service_calls.known_release(text))]
    return [str(one) for one in sorted(found, reverse=True) if str(one) != NEXT]


def _types() -> Iterable[ResourceType]:
    """Kubernetes' own types as the server lists them, then the catalogue's."""
    found = {one.key: one for one in defaults().resources}
    return {**found, **{one.key: found.get(one.key, one) for one in resources.resource_types()}}.values()


def _type(one: ResourceType) -> list[Any]:
    entries = [entry for entry in resources.CATALOGUE if entry.type.key == one.key]
    area = f"{entries[0].area}: " if entries else ""
    return [*of_type(one), f"{area}{'virtual' if one.virtual else one.kind}"]


def _virtual_verbs() -> dict[str, str]:
    """The verbs that only virtual resources have, with these resources."""
    found: dict[str, list[str]] = {}
    for entry in resources.CATALOGUE:
        for verb in entry.type.verbs if entry.type.virtual else ():
            if verb not in resources.CORE:
                found.setdefault(verb, []).append(entry.type.name)
    return {verb: f"pipelines: {', '.join(names)}" for verb, names in sorted(found.items())}


def _demo() -> dict[str, list[str]]:
    """The names of the demo cluster."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
    return of_snapshot(demo(env).read(Wanted(tuple(RESOURCES))))


def main() -> None:
    """Write the file."""
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
