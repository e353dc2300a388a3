"""The arguments, the help and the options of `aggregation`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Aggregation"
DESCRIPTION = """\
Show which roles each aggregated ClusterRole has its rules from, and what is wrong: rules that have not
arrived, labels that nothing selects, cycles, names that no API serves, resources that tenants do not get,
missing roles."""
EXAMPLES = (
    ("Is aggregation healthy, and which roles go into which?", "aggregation"),
    ("Only what is wrong", "aggregation --findings"),
    ("Which rules does this role have, and from where?", "aggregation kubeflow-pipelines-view --rules"),
    ("Draw it", "aggregation kubeflow-edit -o mermaid"),
    ("The role as the controller writes it", "aggregation kubeflow-edit --computed -o yaml"),
)
DETAILS = """\
Without CLUSTERROLE, roles that are not aggregated and have no finding are only counted: -o wide lists all.
The number of rules is that of a role's own rules. A role that was shown before is marked and not repeated.
For files, the result of the controller is computed. --computed prints it for any role, as an object that
`kubectl apply -f -` takes: also for a role that the controller of a cluster has not written yet."""
EXIT_STATUS = flags.FOUND


FORMATS = ("tree", "dot", "mermaid", *flags.KUBECTL_FORMATS, "accept")


TREES_ALONE = ("dot", "mermaid", "name", "csv")


OBJECTS = ("yaml", "json")


READS = Reads((Read("clusterroles", vital=True),))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `aggregation`."""
    parser.add_argument(
        "role", metavar="CLUSTERROLE", nargs="?", default="", help="one ClusterRole (default: all trees)"
    )
    parser.add_argument("--rules", action="store_true", help="show the rules written in each role")
    parser.add_argument(
        "--findings", action="store_true", help="show only the verdict and the findings, no trees"
    )
    parser.add_argument(
        "--computed",
        action="store_true",
        help="print the ClusterRole as the controller writes it (with `-o yaml` or `-o json`)",
    )
    flags.add_fail_on(parser)
    flags.add_accept(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS, default="tree")


class Options(NamedTuple):
    """
    The role whose tree to show ("" for all trees), and the style of the answer.

    With *rules* the trees show the rules of each role; with *findings_only* people see no trees. *computed*
    asks for the role itself as the controller writes it, and then there is a role. *accept* has the files of
    `--accept`.
    """

    role: str
    rules: bool
    findings_only: bool
    computed: bool
    fail_on: str
    accept: tuple[str, ...]
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `aggregation`. Raises UsageError if they would leave nothing to show."""
    _check_findings(args)
    _check_computed(args)
    return Options(
        args.role,
        args.rules,
        args.findings,
        args.computed,
        args.fail_on,
        tuple(args.accept),
        flags.source_choice(args),
        flags.output_choice(args),
    )


def _check_findings(args: argparse.Namespace) -> None:
    """Raise UsageError if `--findings` leaves out everything that the other flags ask for."""
    if args.findings and args.rules:
        raise UsageError("`--rules` and `--findings` cannot be combined: `--findings` leaves the trees out")
    if args.findings and args.output in TREES_ALONE:
        raise UsageError(
            f"`--findings` and `-o {args.output}` cannot be combined: that format has no findings",
            hint=f"use another format than {', '.join(TREES_ALONE)}",
        )


def _check_computed(args: argparse.Namespace) -> None:
    """Raise UsageError if `--computed` has no role to print, or shall print something else as well."""
    if not args.computed:
        return
    if not args.role:
        raise UsageError(
            "`--computed` needs the name of a ClusterRole: it prints a single role",
            hint="`aggregation CLUSTERROLE --computed -o yaml`",
        )
    others = {
        "--rules": args.rules,
        "--findings": args.findings,
        "--fail-on": args.fail_on != "never",
        "--accept": args.accept,
    }
    if other := next((name for name, value in others.items() if value), ""):
        raise UsageError(
            f"`--computed` and `{other}` cannot be combined: `--computed` prints the role alone",
            hint=f"leave out `{other}`",
        )
    if args.output not in OBJECTS:
        raise UsageError(
            f"`--computed` prints an object to apply, which `-o {args.output}` cannot show",
            hint="add `-o yaml` or `-o json`",
        )
