"""The arguments, the help and the options of `profiles`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import connection, flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.resolve.choices import ScopeChoice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Profiles"
DESCRIPTION = """\
List the profiles with their owner, their contributors and everybody else with access, and where the Profile,
RBAC, the mesh and the dashboard disagree. With PROFILE, show one in full: a row for each subject, and where
their access counts."""
EXAMPLES = (
    ("Who shares which profile, and what is wrong?", "profiles"),
    ("Who has access to team-b, and where does it count?", "profiles team-b"),
    ("Who in team-a has left, and who is in its groups?", "profiles team-a --people examples/people.yaml"),
    ("What is wrong with team-a that is not known?", "profiles team-a --accept examples/accept.yaml"),
    ("The inventory: a row for each profile and subject", "profiles -o csv"),
)
DETAILS = """\
Access counts with kubectl, with Kubeflow's own services, which know no groups, and in the mesh, which guards
notebooks and models. By which binding, and whether the dashboard knows: -o wide. Below AS:

  owner         owns the profile
  contributor   shared on the dashboard
  own account   a service account of the profile
  foreign       a service account of another namespace
  group         a group, by another binding
  everywhere    by a ClusterRoleBinding
  other         all others

Users and groups with rights in every profile are listed once, below the table or at its end. Service accounts
are left out there, and so are Kubernetes' own users and groups, unless they mean everybody: `who-can` lists
them. `x` marks an error, `!` a warning, `-` what --accept expects. With --people the notes name the members
of groups, and users that your identity provider does not have are findings."""
EXIT_STATUS = flags.FOUND


READS = Reads(
    (
        Read("rolebindings", vital=True),
        Read("clusterrolebindings", "who has access to every profile"),
        Read("clusterroles", "whether roles exist"),
        Read("roles", "whether roles exist"),
        Read("profiles", "the owner", or_get=True),
        Read("namespaces", "the owner", or_get=True),
        Read("serviceaccounts", "cloud identities"),
        Read("authorizationpolicies", "the mesh"),
        Read("configmaps", "the mesh"),
    ),
    otherwise="almost nothing: role bindings cannot be read",
    argument="{}",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `profiles`."""
    parser.add_argument("profile", metavar="PROFILE", nargs="?", default="", help="show one profile in full")
    flags.add_namespaces(parser, "all of Kubeflow's")
    parser.add_argument("--no-fold", action="store_true", help="show each profile in a row of its own")
    flags.add_people(parser)
    flags.add_fail_on(parser)
    flags.add_accept(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl", "accept"))


class Options(NamedTuple):
    """
    The profiles to list, the lowest severity that ends the command with 1, and the answer's style.

    *people* is the file of `--people`, *accept* has the files of `--accept`.
    """

    scope: ScopeChoice
    fold: bool
    people: str
    fail_on: str
    accept: tuple[str, ...]
    source: SourceChoice
    output: OutputChoice

    @property
    def profile(self) -> str:
        """The only profile to show, in full; "" for all."""
        return self.scope.named


def options(args: argparse.Namespace) -> Options:
    """Return the options of `profiles`. Raises UsageError if two of them choose profiles."""
    profile = _profile(args)
    return Options(
        ScopeChoice((profile,) if profile else (), selector=args.selector),
        not args.no_fold,
        flags.people_file(args),
        args.fail_on,
        tuple(args.accept),
        flags.source_choice(args),
        flags.output_choice(args),
    )


def _profile(args: argparse.Namespace) -> str:
    """Return the profile of PROFILE or `-n`; "" for all. Raises UsageError if two words choose profiles."""
    namespace = "" if args.all_namespaces else connection.namespace(args)
    if args.profile and (args.selector or args.all_namespaces):
        other = "-l" if args.selector else "-A"
        raise UsageError(f"`{args.profile}` and `{other}` cannot be combined: both choose profiles")
    if args.profile and namespace not in ("", args.profile):
        raise UsageError(f"`{args.profile}` and `-n {namespace}` cannot be combined: each names a profile")
    return str(args.profile or namespace)
