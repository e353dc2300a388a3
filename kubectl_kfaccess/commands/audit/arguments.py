"""The arguments, the help and the options of `audit`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.verify.choice import Verification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Audit"
DESCRIPTION = """\
Say whether anything crosses from one tenant into another, directly or in several steps, and what else is
wrong with the isolation of tenants. With PROFILE, say it of that tenant: who gets into it."""
EXAMPLES = (
    ("Does anything cross?", "audit"),
    ("Who gets from team-b into team-a, step by step?", "audit team-a --against team-b"),
    ("What is new since the known findings?", "audit --accept examples/accept.yaml"),
    ("A file of what is accepted, to begin with", "audit -o accept"),
    ("Show it in code scanning", "audit -o sarif"),
)
DETAILS = """\
A tenant is a profile, or with --tenant-label all profiles with the same value of that label. An owner is at
home in their profiles, an account in its namespace; all others are at home nowhere. Something crosses if a
subject that is at home in another tenant, or everybody, has access to a tenant: by a binding, or by steps
that the API server or a controller vouches for, such as running code as an account. Each is a finding, an
error.

The owner can share a profile on the dashboard. That is listed below KIND as shared, and is no finding: but
anyone who can write RoleBindings there can declare it. With entries under `sharing:` in a file of --accept,
sharing without an entry is an error. Below KIND:

  foreign       a binding of a subject at home in another tenant
  indirect      steps
  shared        shared by the owner, on the dashboard
  everywhere    a ClusterRoleBinding of people or groups, which never changes the verdict
  group         a group without the dashboard's annotations: with --people its members are looked up
  other         any other binding

A verdict is unknown if a list could not be read, if steps depend on what cannot be read, or if a RoleBinding
names a group whose members nobody knows. `x` marks what crosses, `!` a warning, `-` what is accepted.

--baseline takes a snapshot, or what `audit -o json` printed: what was there already does not count."""
EXIT_STATUS = "0 nothing crosses, 1 something crosses or --fail-on, 2 usage, 3 not known"

READS = Reads(
    (
        Read("rolebindings", vital=True),
        Read("clusterrolebindings", vital=True),
        Read("clusterroles", vital=True),
        Read("roles", vital=True),
        Read("profiles", vital=True),
        Read("namespaces", vital=True),
        Read("serviceaccounts", "who gets into a tenant by steps"),
        Read("authorizationpolicies", "the mesh"),
        Read("configmaps", "the mesh"),
        Read("deployments", "how pipelines are installed", place="kubeflow"),
    ),
    otherwise="who gets into a profile that you name, as far as you can read",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `audit`."""
    parser.add_argument(
        "profiles", metavar="PROFILE", nargs="*", default=[], help="the tenants asked about; default: all"
    )
    parser.add_argument(
        "--against", metavar="PROFILE", default="", help="show only what crosses from this profile's tenant"
    )
    parser.add_argument(
        "--tenant-label", metavar="KEY", default="",
        help="profiles with the same value of this label are one tenant",
    )  # fmt: skip
    flags.add_people(parser)
    parser.add_argument(
        "--finding", metavar="PATTERN", action="append", default=[],
        help="show only findings with these ids, also those of profiles, check and aggregation (repeatable)",
    )  # fmt: skip
    flags.add_fail_on(parser, default="error")
    flags.add_accept(parser)
    parser.add_argument(
        "--no-accepted", action="store_true", help="leave accepted findings out, as GitHub needs it of SARIF"
    )
    parser.add_argument(
        "--baseline", metavar="FILE", default="",
        help="a snapshot, or what `audit -o json` printed: only what is new since then counts",
    )  # fmt: skip
    flags.add_verify(parser)
    flags.add_cluster(parser)
    formats = (*flags.KUBECTL_FORMATS, "jsonl", "accept", "sarif", "gitlab", "junit", "openreports", "fix")
    flags.add_output(parser, formats)


class Options(NamedTuple):
    """
    The tenants asked about, and the tenant that others are compared with ("" for all).

    *label* joins profiles to tenants. *finding* are patterns of ids. *people*, *baseline* are files, "" for
    none; *accept* has the files of `--accept`, which *no_accepted* leaves out of the answer.
    """

    profiles: tuple[str, ...]
    against: str
    label: str
    people: str
    finding: tuple[str, ...]
    fail_on: str
    accept: tuple[str, ...]
    no_accepted: bool
    baseline: str
    verification: Verification
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `audit`. Raises UsageError if two of them contradict each other."""
    profiles = tuple(dict.fromkeys(args.profiles))
    if args.against and len(profiles) != 1:
        raise UsageError(
            "`--against` needs one PROFILE: that whose isolation is asked about",
            hint=f"write `audit PROFILE --against {args.against}`",
        )
    if args.against and args.output == "openreports":
        raise UsageError(
            "`-o openreports` holds all that crosses into a profile, and `--against` shows a part of it",
            hint="leave out `--against`",
        )
    if args.against and args.against in profiles:
        raise UsageError(f"`{args.against}` and `--against {args.against}` are the same profile")
    return Options(
        profiles,
        args.against,
        args.tenant_label,
        flags.people_file(args),
        tuple(args.finding),
        args.fail_on,
        tuple(args.accept),
        args.no_accepted,
        args.baseline,
        flags.verification(args),
        flags.source_choice(args),
        flags.output_choice(args),
    )
