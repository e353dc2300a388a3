"""`resources`: what the tool knows as Kubeflow's resources, and what the cluster has of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import options
from kubectl_kfaccess.commands.answer import Answer

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment

QUESTION = "What does the tool know as Kubeflow resources?"
DESCRIPTION = """\
Lists the catalogue as `kubectl api-resources` would, with the area of each resource, whether the cluster
serves it, and whether it is virtual: asked about by Kubeflow Pipelines, served by no API."""
EXAMPLES = ("resources --demo", "resources --area serving --demo", "resources -a -o wide --demo")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `resources`."""
    group = parser.add_argument_group("resources")
    group.add_argument("-a", "--all-resources", action="store_true", help="also the less common resources")
    group.add_argument("--area", metavar="AREA[,AREA]", default="", help="only these areas")
    group.add_argument("--served", action="store_true", help="only what the cluster serves")
    options.add_cluster(parser)
    options.add_output(parser, options.KUBECTL_FORMATS)


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the catalogue beside what the cluster has."""
    from kubectl_kfaccess.commands.access import check_areas
    from kubectl_kfaccess.kubeflow.topics import chosen_entries
    from kubectl_kfaccess.output.resources import Resources, Row

    check_areas(args.area)
    served = {found.key: found for found in reversed(options.source(args, env).resource_types())}
    entries = chosen_entries(options.words(args.area), everything=args.all_resources)
    rows = tuple(
        Row(entry.area, served.get(entry.type.key, entry.type), entry.subresource, entry.verbs,
            entry.type.key in served, entry.type.virtual, entry.note)
        for entry in entries
        if not args.served or entry.type.key in served
    )  # fmt: skip
    return Answer(Resources(rows).report())
