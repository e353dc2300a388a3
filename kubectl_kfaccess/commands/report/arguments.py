"""The arguments, the help and the options of `report`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import connection, flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "AccessReport"
DESCRIPTION = """\
Write one page about everything: findings with fixes, who has what, what crosses, each profile, person,
account and role, and what is not known. With PROFILE, the page is about those profiles alone."""
EXAMPLES = (
    ("A page to look at and to pass on", "report > access.html"),
    ("About one profile: of other tenants it names only those that reach in", "report team-a > team-a.html"),
    (
        "What is expected stands at the end, with its reason",
        "report --accept examples/accept.yaml > access.html",
    ),
    ("The sheet for the review of who keeps what", "report -o csv > review.csv"),
)
DETAILS = """\
The page is one HTML file, which needs no network, and can be read, searched and printed without a server. Its
last lines name the files that it was made from with their SHA-256, and the command that makes it again.

-o csv has a row for each subject, profile and role, directly or by steps. ROW-ID stays the same from run to
run; DECISION, REVIEWER and DATE are empty, for those who review.

The time is that of the snapshot. Of a cluster or of manifests it is $SOURCE_DATE_EPOCH if that is set, and
else the present."""
EXIT_STATUS = flags.ANSWERED
FORMATS = ("html", "csv")

READS = Reads(
    (
        Read("rolebindings", vital=True),
        Read("clusterrolebindings", "who has access to every profile"),
        Read("clusterroles", "roles and aggregation"),
        Read("roles", "whether roles exist"),
        Read("profiles", "the owner"),
        Read("namespaces", "the owner"),
        Read("serviceaccounts", "service accounts and what runs as them"),
        Read("authorizationpolicies", "the mesh"),
        Read("deployments", "which release runs"),
        Read("configmaps", "the mesh"),
        Read("configmaps", "which release runs", place="kubeflow"),
    ),
    otherwise="almost nothing: role bindings cannot be read",
    argument="{}",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    parser.add_argument("profiles", metavar="PROFILE", nargs="*", help="about these profiles alone")
    flags.add_namespace(parser, "all profiles", several=True)
    flags.add_people(parser)
    flags.add_accept(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS, default="html")


class Options(NamedTuple):
    """
    The *profiles* that the page is about, () for all, and the cluster to read.

    *people* is the file of `--people`, *accept* has the files of `--accept`.
    """

    profiles: tuple[str, ...]
    people: str
    accept: tuple[str, ...]
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `report`; `-n` names a profile as well, as for `profiles`."""
    return Options(
        tuple(dict.fromkeys((*args.profiles, *connection.namespaces(args)))),
        flags.people_file(args),
        tuple(args.accept),
        flags.source_choice(args),
        flags.output_choice(args),
    )
