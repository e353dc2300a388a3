"""The arguments, the help and the options of `access`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.resolve.choices import SubjectChoice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.rbac.known_subjects import Plane
    from kubectl_kfaccess.resolve.choices import ScopeChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice
    from kubectl_kfaccess.verify.choice import Verification

KIND = "Access"
DESCRIPTION = """\
Show what a user, a group or a service account can do with Kubeflow's resources: a row for each namespace and
a column for each area. With -n, a row for each resource of that namespace."""
EXAMPLES = (
    ("What can alice do, and where?", "access alice@example.com"),
    ("What can the notebooks of team-a do in it?", "access sa:team-a/default-editor -n team-a"),
    (
        "Which verbs does a group have on models and pipelines?",
        "access group:ml-team --area serving,pipelines -o wide",
    ),
    ("What does a contributor of Kubeflow get?", "access contributor-edit"),
    ("Who can do more in team-b?", "access alice@example.com --compare dave@example.com -n team-b"),
    ("What can bob do as accounts that they can run code as?", "access bob@example.com --indirect"),
    ("Somebody leaves: what names them?", "access grace@example.com --bindings"),
    ("What can I do?", "access"),
    ("Who can do what, for a database?", "access --all-subjects -o jsonl > access.jsonl"),
)
DETAILS = """\
Below AS stands owner, or how much access there is in the whole namespace: admin, edit and view are what
Kubeflow's own roles grant, some is less. The words of the table:

  -       nothing
  read    get, list and watch
  write   read, create, update, patch, delete
  all     every verb of the catalogue
  -, +    behind a word: less of some resources; more of some
  n       only objects with certain names
  ?       not known; behind a word: at least that

Cluster-wide grants are in the row `<all>`, cluster-scoped resources in the row `<cluster>`.

With --compare it shows side by side what two subjects can do: a row for each area in which they differ, and
what only one of them can do there. A row for each resource: -o wide.

With --all-subjects it writes a line for each subject, namespace and resource where anything is allowed or
not known, for a database or a spreadsheet. A subject has lines in the namespaces in which a binding names it.
What it can do in the whole cluster is in lines whose namespace is "" (`<all>` in CSV), and they are not
repeated for each namespace.

With --indirect it also follows steps: code that runs as an account, tokens, impersonation, bindings and more
(docs/steps.md). [1] stands for the steps that are drawn below. Steps with a condition that cannot be read are
possible, and the table does not count them.

SUBJECT can be a persona: pipeline-runner, default-editor, default-viewer, profile-owner, contributor-admin,
contributor-edit or contributor-view. The answer is about each profile, or with files that have none, about a
profile that stands for any."""
EXIT_STATUS = flags.ANSWERED


READS = Reads(
    (
        Read("rolebindings", vital=True, or_ask=True),
        Read("clusterrolebindings", vital=True, or_ask=True),
        Read("clusterroles", vital=True, or_ask=True),
        Read("roles", vital=True, or_ask=True),
        Read("namespaces", "which namespaces there are"),
        Read("profiles", "which namespaces there are"),
        Read("serviceaccounts", "accounts by their bare names"),
        Read("authorizationpolicies", "the mesh"),
        Read("configmaps", "the mesh"),
    ),
    otherwise="complete about yourself",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `access`."""
    flags.add_namespaces(parser, "all of Kubeflow's", several=True)
    flags.add_subject(parser)
    parser.add_argument(
        "--compare", metavar="SUBJECT", default="", help="show what only one of the two can do, area by area"
    )
    parser.add_argument(
        "-a", "--all-resources", action="store_true", help="also show the catalogue's less common resources"
    )
    parser.add_argument("--area", metavar="AREA[,AREA]", default="", help="show only these areas")
    parser.add_argument(
        "--resource", metavar="TYPE[.GROUP][/SUB]", action="append", default=[],
        help="show only these resources, in the catalogue or not (repeatable, or with commas)",
    )  # fmt: skip
    parser.add_argument("--verb", metavar="VERB[,VERB]", default="", help="show only these verbs")
    flags.add_any_type(parser)
    flags.add_via(parser)
    parser.add_argument("--hide-empty", action="store_true", help="leave out rows without any access")
    parser.add_argument("--no-fold", action="store_true", help="show each namespace in a row of its own")
    parser.add_argument("--bindings", action="store_true", help="list what names the subject instead")
    parser.add_argument(
        "--all-subjects", action="store_true",
        help="write the access table: a line for each subject, namespace and resource, with -o jsonl or csv",
    )  # fmt: skip
    flags.add_indirect(parser)
    flags.add_verify(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl"))


class ResourceWord(NamedTuple):
    """A value of `--resource`: `TYPE` or `TYPE.GROUP`, and a subresource ("" for none)."""

    type: str
    subresource: str = ""


class Options(NamedTuple):
    """
    The subject, the namespaces, resources and verbs to ask about, and the style of the answer.

    *resources* are those of `--resource`; None asks about the catalogue's resources in *areas*. Empty *areas*
    or *verbs* mean all. *any_type* asks about words that nothing knows. With *references* the answer is
    everything that names the subject. *compared* is the other subject of a comparison. With *everybody* the
    answer is the access table of all subjects; *cluster* is its name if several clusters are asked.
    """

    subject: SubjectChoice
    scope: ScopeChoice
    areas: tuple[str, ...]
    all_resources: bool
    resources: tuple[ResourceWord, ...] | None
    verbs: tuple[str, ...]
    any_type: bool
    plane: Plane | None
    hide_empty: bool
    fold: bool
    references: bool
    everybody: bool
    compared: SubjectChoice | None
    verification: Verification
    source: SourceChoice
    output: OutputChoice
    indirect: bool = False
    cluster: str = ""

    @property
    def names_one_namespace(self) -> bool:
        """Whether `-n` limits the answer to one namespace."""
        return bool(self.scope.named)


def for_cluster(options: Options, cluster: str) -> Options:
    """Return the options for one of several clusters, whose name is in the lines of the access table."""
    return options._replace(cluster=cluster)


def options(args: argparse.Namespace) -> Options:
    """Return the options of `access`. Raises UsageError if words cannot be read or contradict each other."""
    verification, source = flags.verification(args), flags.source_choice(args)
    subject = flags.subject_choice(args)
    if args.compare and args.bindings:
        raise UsageError("`--compare` and `--bindings` cannot be combined: each is another answer")
    if args.all_subjects:
        _check_all_subjects(args)
    _check_indirect(args)
    return Options(
        subject,
        flags.scope_choice(args, several=True),
        flags.words(args.area),
        args.all_resources,
        _resources(args.resource),
        flags.words(args.verb),
        args.any_type,
        flags.plane_choice(args),
        args.hide_empty,
        not args.no_fold,
        args.bindings,
        args.all_subjects,
        SubjectChoice(args.compare, (), subject.namespace, subject.people) if args.compare else None,
        verification,
        source,
        flags.output_choice(args),
        args.indirect,
    )


def _check_indirect(args: argparse.Namespace) -> None:
    """Raise UsageError if steps are asked for in an answer that has none."""
    others = {"--compare": args.compare, "--bindings": args.bindings, "--all-subjects": args.all_subjects}
    for flag, value in others.items():
        if args.indirect and value:
            raise UsageError(
                f"`--indirect` and `{flag}` cannot be combined: that answer is about direct access alone",
                hint="leave one of them out",
            )


TABLE_FORMATS = ("jsonl", "csv")
"""The formats that are written line by line: the access table is too long for the others."""


def _check_all_subjects(args: argparse.Namespace) -> None:
    """Raise UsageError if a flag has no meaning for the access table, or the format is none of its own."""
    others = {
        "SUBJECT": args.subject,
        "--compare": args.compare,
        "--bindings": args.bindings,
        "--group": args.group,
        "--verify": args.verify,
        "--sort-by": args.sort_by,
    }
    for name, value in others.items():
        if value:
            raise UsageError(f"`--all-subjects` and `{name}` cannot be combined: {_REASONS[name]}")
    if args.output not in TABLE_FORMATS:
        raise UsageError(
            f"`--all-subjects` cannot be written as `{args.output}`: it can have millions of lines",
            hint="add `-o jsonl` or `-o csv`",
        )


_REASONS = {
    "SUBJECT": "it lists every subject",
    "--compare": "each is another answer",
    "--bindings": "each is another answer",
    "--group": "it adds a group to one subject; `--people` knows the groups of all",
    "--verify": "it asks the server about one subject",
    "--sort-by": "the lines are written in a fixed order",
}
"""Why flags cannot be combined with `--all-subjects`."""


def _resources(texts: list[str]) -> tuple[ResourceWord, ...] | None:
    """Return the values of `--resource`; None if it is not given, empty if it is given without a word."""
    return tuple(map(_resource, flags.words(",".join(texts)))) if texts else None


def _resource(text: str) -> ResourceWord:
    """Return one value of `--resource`. Raises UsageError if it cannot be read."""
    kind, _, subresource = text.partition("/")
    if not kind or "/" in subresource:
        raise UsageError(
            f"cannot read `{text}`: it is not a resource",
            hint="write TYPE, TYPE.GROUP or TYPE.GROUP/SUBRESOURCE",
        )
    return ResourceWord(kind, subresource)
