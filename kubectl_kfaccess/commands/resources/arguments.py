"""The arguments, the help and the options of `resources`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Resources"
DESCRIPTION = """\
List Kubeflow's resources like `kubectl api-resources`: each with its area, whether the cluster serves it, and
whether it is virtual: Kubeflow Pipelines asks about virtual resources, but no API serves them."""
EXAMPLES = (
    ("Which resources does the cluster have?", "resources"),
    ("Which are about models?", "resources --area serving"),
    ("All of them, with their verbs", "resources -a -o wide"),
    (
        "What did pipelines 2.5.0 check, call by call?",
        "resources --calls --area pipelines --kfp-version 2.5.0",
    ),
)
DETAILS = """\
With --calls it lists the calls of Kubeflow's services instead: which verb on which resource each call checks
in each release, what is not checked at all, and the settings that change it. No cluster is read for them,
unless -f, --demo or --served is given: then the services that OpenShift AI adds are listed, too, if they are
installed."""
EXIT_STATUS = flags.ANSWERED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `resources`."""
    parser.add_argument("-a", "--all-resources", action="store_true", help="also list less common resources")
    parser.add_argument("--area", metavar="AREA[,AREA]", default="", help="list only these areas")
    parser.add_argument("--served", action="store_true", help="list only what the cluster has")
    parser.add_argument("--calls", action="store_true", help="list the calls of Kubeflow's services instead")
    parser.add_argument(
        "--kfp-version", metavar="VERSION", default="", help="list only the calls of this pipelines release"
    )
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl"))


class Options(NamedTuple):
    """
    The resources of *areas* (empty: all), or with *calls* the calls of services instead.

    *kfp_version* limits the calls to those of one release ("" for all). Then *source* can be None:
    no cluster is read.
    """

    areas: tuple[str, ...]
    all_resources: bool
    served: bool
    calls: bool
    kfp_version: str
    source: SourceChoice | None
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `resources`. Raises UsageError if they contradict each other."""
    if args.kfp_version and not args.calls:
        raise UsageError("`--kfp-version` needs `--calls`: only calls differ by release")
    if args.calls and args.all_resources:
        raise UsageError("`-a` cannot be combined with `--calls`: it chooses resources")
    choice = flags.source_choice(args)
    reads_cluster = not args.calls or args.served or not choice.is_live
    return Options(
        flags.words(args.area),
        args.all_resources,
        args.served,
        args.calls,
        args.kfp_version,
        choice if reads_cluster else None,
        flags.output_choice(args),
    )
