"""The arguments, the help and the options of `who-can`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.rbac.known_subjects import Plane
    from kubectl_kfaccess.rbac.request_scope import Target
    from kubectl_kfaccess.resolve.choices import ScopeChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice
    from kubectl_kfaccess.verify.choice import Verification

KIND = "WhoCan"
DESCRIPTION = """\
List the users, groups and service accounts that RBAC allows VERB on TYPE, what each of them is to the
namespaces (AS), and the role that grants it."""
EXAMPLES = (
    ("Who can deploy a model in my namespace, and in any namespace?", "who-can create inferenceservices"),
    ("Who can read the secrets and config maps of team-a?", "who-can get,list secrets,configmaps -n team-a"),
    (
        "Who can stop a pipeline run? Only Kubeflow Pipelines asks about this verb",
        "who-can terminate runs.pipelines.kubeflow.org -n team-a",
    ),
    ("Who can read what the API server measures?", "who-can get /metrics"),
    (
        "Is there anybody who should not read secrets? For CI: ends with 1 if so",
        "who-can get secrets -n team-a --expect-only 'sa:team-a/*'",
    ),
)
DETAILS = """\
Several verbs or types, with commas, ask for everybody who can do any of it. Without -n, -A or -l it asks
about the context's namespace; grants that hold in the whole cluster are always listed. Below AS:

  owner         owns the profile
  contributor   shared on the dashboard
  own account   a service account of the namespace
  foreign       a service account of another namespace
  group         a group, by another binding
  everywhere    by a ClusterRoleBinding
  other         all others

Grants that releases of Kubernetes and Kubeflow ship are counted below the table. `!` marks foreign subjects,
groups that can do it everywhere, and platform accounts that are bound by something no release ships. Each
binding, with the rule and the path by which aggregation brought it into the role: -o wide."""
EXIT_STATUS = "0 answered, 1 `--expect-only` is not met, 2 usage, 3 not known"


KINDS = {"user": "User", "group": "Group", "serviceaccount": "ServiceAccount"}


READS = Reads(
    (
        Read("rolebindings", vital=True),
        Read("clusterrolebindings", "who has access to the whole cluster"),
        Read("clusterroles", "whether a role that cannot be read allows it", or_ask=True),
        Read("roles", "whether a role that cannot be read allows it", or_ask=True),
        Read("serviceaccounts", "the accounts behind groups"),
    ),
    otherwise="whether you can, not who else can",
    argument="-n {}",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `who-can`."""
    flags.add_namespaces(parser, several=True)
    parser.usage = "VERB[,VERB] TYPE[.GROUP][/NAME][,TYPE]\nVERB /URL"
    parser.add_argument("verb", metavar="VERB[,VERB]", help="any word that rules use: get, list, create, ...")
    parser.add_argument(
        "target", metavar="TYPE[,TYPE]",
        help="a plural, singular, short or kind name, with .GROUP, /NAME or /SUBRESOURCE",
    )  # fmt: skip
    parser.add_argument(
        "--name", default="", help="the object's name, if it could be taken for a subresource"
    )
    parser.add_argument(
        "--subresource", metavar="SUB", default="", help="the subresource, such as log or status"
    )
    parser.add_argument(
        "--subject-kind", metavar="KIND[,KIND]", default="", help=f"list only these: {', '.join(KINDS)}"
    )
    parser.add_argument("--platform", action="store_true", help="list grants that releases ship in the table")
    parser.add_argument("--no-platform", action="store_true", help="leave out grants that releases ship")
    parser.add_argument(
        "--expand-groups", action="store_true", help="list the accounts behind system:serviceaccounts"
    )
    parser.add_argument(
        "--include-named", action="store_true", help="also who can for objects of certain names only"
    )
    parser.add_argument(
        "--expect-only", metavar="PATTERN", action="append", default=[],
        help="end with 1 if anybody else can: user:NAME, group:NAME, sa:NS/NAME (shell patterns, repeatable)",
    )  # fmt: skip
    flags.add_any_type(parser)
    flags.add_people(parser)
    flags.add_via(parser)
    flags.add_indirect(parser)
    flags.add_verify(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl"))


class Options(NamedTuple):
    """
    The question, the subjects and namespaces to list, and the style of the answer.

    *kinds* are the kinds of subjects to list (empty: all), *expected* the patterns of `--expect-only`.
    *any_type* asks about words that nothing knows. *people* is the file of `--people`. *platform*: list the
    grants that releases ship (True), leave them out (False), or fold them in tables.
    """

    verbs: tuple[str, ...]
    targets: tuple[Target, ...]
    scope: ScopeChoice
    any_type: bool
    plane: Plane | None
    kinds: frozenset[str]
    platform: bool | None
    expands_groups: bool
    includes_named: bool
    expected: tuple[str, ...]
    people: str
    verification: Verification
    source: SourceChoice
    output: OutputChoice
    indirect: bool = False

    @property
    def is_table(self) -> bool:
        """Whether the answer is a table that folds similar rows."""
        return self.output.format == "table"

    @property
    def folds_platform(self) -> bool:
        """Whether the platform's grants are counted below the table, not listed."""
        return self.is_table and self.platform is None and not self.expected


def options(args: argparse.Namespace) -> Options:
    """Return the options of `who-can`. Raises UsageError if words cannot be read or contradict each other."""
    verification, kinds = flags.verification(args), _kinds(args.subject_kind)
    verbs, targets = _verbs(args.verb), _targets(args)
    return Options(
        verbs,
        targets,
        flags.scope_choice(args, several=True),
        args.any_type,
        flags.plane_choice(args),
        kinds,
        _platform(args),
        args.expand_groups,
        args.include_named,
        _patterns(args.expect_only),
        flags.people_file(args),
        verification,
        flags.source_choice(args),
        flags.output_choice(args),
        args.indirect,
    )


def _platform(args: argparse.Namespace) -> bool | None:
    """Return the choice of --platform and --no-platform; None without them. Raises UsageError for both."""
    if args.platform and args.no_platform:
        raise UsageError("`--platform` and `--no-platform` cannot be combined: they contradict each other")
    return None if args.platform == args.no_platform else bool(args.platform)


def _verbs(text: str) -> tuple[str, ...]:
    """Return the verbs of a list. Raises UsageError if there is none."""
    if not (verbs := flags.words(text)):
        raise UsageError("the verb is empty")
    return verbs


def _kinds(text: str) -> frozenset[str]:
    """Return the kinds of `--subject-kind`. Raises UsageError for an unknown word."""
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in KINDS:
            raise UsageError(f"`{word}` is not a kind of subject", hint=f"one of {', '.join(KINDS)}")
    return frozenset(KINDS[word] for word in words)


def _targets(args: argparse.Namespace) -> tuple[Target, ...]:
    """Return the types, or the URL. Raises UsageError if a word cannot be read."""
    # imports msgspec, which would slow `--help` down
    from kubectl_kfaccess.rbac.request_scope import parse_target, split_targets

    texts = split_targets(args.target)
    return tuple(parse_target(text, subresource=args.subresource, name=args.name) for text in texts)


def _patterns(patterns: list[str]) -> tuple[str, ...]:
    """Return *patterns*. Raises UsageError if one starts with no kind of subject."""
    for pattern in patterns:
        if pattern.partition(":")[0] not in ("user", "group", "sa", "*"):
            raise UsageError(
                f"`{pattern}` cannot match a subject: it has no kind",
                hint="write user:NAME, group:NAME or sa:NAMESPACE/NAME",
            )
    return tuple(patterns)
