"""The arguments, the help and the options of `snapshot`."""

from __future__ import annotations

import argparse
from urllib.parse import quote

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Snapshot"
DESCRIPTION = """\
Write what all commands read of a cluster into one file. With -f FILE every command answers from it, without
the cluster."""
EXAMPLES = (
    ("Keep what the cluster says today", "snapshot cluster.json.gz"),
    ("For a bug report: without the names of people, groups and tenants", "snapshot public.json --anonymize"),
    ("Print it", "snapshot"),
    ("All clusters, a file for each", "snapshot today/ --all-contexts"),
)
DETAILS = """\
FILE is compressed if its name ends in .gz, and only you can read it. It replaces an older one in one step.
Without FILE, or with -, the document is printed, also on a terminal.

Of several clusters, FILE is a directory: it gets a compressed file for each, with the name of the context.
With -f DIRECTORY a command asks all of them.

It holds roles, bindings, namespaces, service accounts, profiles, Istio's policies, the types of the cluster,
and your name and groups. It holds no Secret, and of ConfigMaps and Deployments only the settings that this
program reads. What you cannot read is a gap in it. Your own rules are in it then, but not what the server
answers to access reviews about others.

--anonymize puts name0001, name0002 and so on for the names of users, groups, namespaces and service accounts,
also where other names contain them. Names of Kubernetes and Kubeflow stay. So do your own names of roles,
bindings, labels and custom types: read the file before you pass it on. With -f it takes the names out of a
snapshot that you have."""
READS = Reads(
    (
        Read("rolebindings", "who else has access", vital=True),
        Read("clusterrolebindings", "who else has access", vital=True),
        Read("clusterroles", "what roles allow", vital=True),
        Read("roles", "what roles allow", vital=True),
        Read("namespaces", "which namespaces and accounts there are"),
        Read("profiles", "which namespaces and accounts there are"),
        Read("serviceaccounts", "which namespaces and accounts there are"),
        Read("authorizationpolicies", "the mesh"),
        Read("deployments", "which release runs"),
        Read("configmaps", "the mesh"),
        Read("configmaps", "which release runs", place="kubeflow"),
    ),
    otherwise="what you can read, and your own rules",
)
EXIT_STATUS = "0 written, 2 usage, 3 not written, or roles and bindings are missing in it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `snapshot`."""
    parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="the file to write; default: -")
    parser.add_argument(
        "--anonymize", action="store_true", help="put tokens for the names of people, groups and tenants"
    )
    flags.add_cluster(parser)
    flags.add_output(parser, ("table",))


class Options(NamedTuple):
    """
    The file to write ("-": stdout), whether without names, and the cluster to read.

    *directory* is where the files of several clusters go, and is made if it is not there; "" for one cluster.
    """

    file: str
    anonymize: bool
    source: SourceChoice
    output: OutputChoice
    directory: str = ""


def for_cluster(options: Options, cluster: str) -> Options:
    """
    Return the options for one of several clusters: a file in the directory, with the cluster's name.

    Raises UsageError without a directory.
    """
    if options.file == "-":
        raise UsageError(
            "several snapshots cannot be printed: each is a document of its own",
            hint="name a directory to write them in: `snapshot DIRECTORY/`",
        )
    name = quote(cluster, safe="@:+ ")
    return options._replace(file=f"{options.file.rstrip('/') or '/'}/{name}.json.gz", directory=options.file)


def options(args: argparse.Namespace) -> Options:
    """Return the options of `snapshot`."""
    return Options(args.file, args.anonymize, flags.source_choice(args), flags.output_choice(args))
