"""The arguments, the help and the options of `diff`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.resolve.choices import SubjectChoice
from kubectl_kfaccess.sources.source_choice import Hypothetical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Diff"
DEMO = "demo"
CONTEXT = "context:"
FILES_CAN_BE_CLUSTERS = False
"""FROM and TO are states: a directory of snapshots is none."""
DESCRIPTION = """\
Show who gains and who loses access: if manifests are applied, since a snapshot was written, or between two
clusters. Changes of roles and labels count as well, by aggregation."""
EXAMPLES = (
    ("What does this pull request open up?", "diff -f examples/new-binding.yaml"),
    (
        "An upgrade that prunes: who loses what?",
        "diff --without examples/old.yaml --with examples/new.yaml",
    ),
    ("What has changed since yesterday?", "diff examples/yesterday.json.gz"),
    ("A comment for the pull request", "diff -f examples/new-binding.yaml -o markdown"),
    (
        "Fail a build if anybody gets into another tenant",
        "diff -f examples/new-binding.yaml --fail-on crosses-tenant",
    ),
)
DETAILS = """\
FROM and TO are states of a cluster: a file that `snapshot` wrote, a directory or file with all manifests of
a cluster, context:NAME for a live one, or demo. TO is the live cluster if it is left out.

With -f or --with the second state is the first one with the objects applied, as `kubectl apply` does; FROM is
the live cluster then, if it is left out. --without and --prune delete objects from it.

A row says how much access there is to an area before and after, in the words of `access`:
-, read, write, all. Each user, group and service account counts alone, so that members of a group have what
the group has as well. Every single permission: -o wide.

In front of a row, + is a gain, - a loss, ~ both, and ? a change that may be. Lines with ! are on changes that
reach secrets, code, other identities or roles, and on those that cross into another tenant: the subject is at
home in one tenant, or is everybody, and gains access to another one. That counts by steps as well: if an
account gains access, those who can run code as that account gain it. The first ways are drawn step by step.
A way is possible, and not proved, if a step depends on what cannot be read.

--fail-on takes gained, lost, any and crosses-tenant; ways that are only possible end with 3. What --accept
names is shown and does not count."""
EXIT_STATUS = "0 answered, 1 a change that --fail-on names, 2 usage, 3 not known"
CHANGES = ("gained", "lost", "any", "crosses-tenant", "never")

READS = Reads(
    (
        Read("rolebindings", vital=True),
        Read("clusterrolebindings", vital=True),
        Read("clusterroles", vital=True),
        Read("roles", vital=True),
        Read("namespaces", "which namespaces there are"),
        Read("profiles", "which changes cross into a tenant"),
        Read("serviceaccounts", "who gets into a tenant by steps"),
        Read("authorizationpolicies", "the mesh"),
        Read("configmaps", "the mesh"),
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `diff`."""
    parser.add_argument("from_", metavar="FROM", nargs="?", default="", help="the state before")
    parser.add_argument("to", metavar="TO", nargs="?", default="", help="the state after")
    parser.add_argument(
        "-f", "--filename", metavar="FILE", action="append", default=[],
        help="what would be applied: files, directories or `-` (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--subject", metavar="SUBJECT", default=None, help="show only what this subject gains and loses"
    )
    flags.add_groups(parser)
    parser.add_argument(
        "--fail-on", metavar="CHANGE[,CHANGE]", default="never",
        help=f"end with 1 if there is such a change: {', '.join(CHANGES)}",
    )  # fmt: skip
    flags.add_accept(parser)
    flags.add_cluster(parser, files=False)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl", "accept", "sarif", "gitlab"))


class Options(NamedTuple):
    """
    The two states, in the user's words ("": the live cluster), and the style of the answer.

    *source* is the first state. *other* is the second one; None if *change* is laid over the first.
    """

    from_: str
    to: str
    source: SourceChoice
    other: SourceChoice | None
    change: Hypothetical
    subject: SubjectChoice | None
    fail_on: tuple[str, ...]
    accept: tuple[str, ...]
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `diff`. Raises UsageError if words cannot be read or contradict each other."""
    # what `-f` names is applied, as what `--with` names
    given = argparse.Namespace(**{**vars(args), "filename": [], "applied": [*args.filename, *args.applied]})
    change = flags.hypothetical(given)
    base = flags.source_choice(given)._replace(hypothetical=Hypothetical())
    _check_states(args, change)
    subject = SubjectChoice(args.subject, tuple(args.group), "", flags.people_file(args))
    return Options(
        args.from_ or (DEMO if args.demo else ""),
        args.to or (DEMO if args.demo and change.is_empty else ""),
        _state(args.from_, base),
        _state(args.to, base) if change.is_empty else None,
        change,
        subject if args.subject is not None else None,
        _changes(args.fail_on),
        tuple(args.accept),
        flags.output_choice(args),
    )


def _check_states(args: argparse.Namespace, change: Hypothetical) -> None:
    """Raise UsageError unless there are two states."""
    if change.is_empty and not args.from_:
        raise UsageError(
            "nothing to compare: there is one state of the cluster",
            hint="name what would be applied with `-f FILE`, or a snapshot to compare the cluster with",
        )
    if not change.is_empty and args.to:
        raise UsageError(
            f"`{args.to}` and `-f` cannot be combined: each is the state after",
            hint="leave out TO, or compare two states without `-f`, `--with` and `--without`",
        )
    if args.demo and args.to:
        raise UsageError("`--demo` and TO cannot be combined: each is the state after")
    if (args.from_, args.to, *change.applied, *change.deleted).count("-") > 1:
        raise UsageError("`-` can be given only once: standard input cannot be read twice")
    if args.group and args.subject is None:
        raise UsageError("`--group` needs `--subject`: it says which groups the subject is in")


def _state(word: str, base: SourceChoice) -> SourceChoice:
    """Return the source of a state; without a word it is that of the flags: a live cluster, or the demo."""
    if not word:
        return base
    base = base._replace(demo=False)
    if word == DEMO:
        return base._replace(demo=True)
    if word.startswith(CONTEXT):
        name = word.removeprefix(CONTEXT)
        if not name:
            raise UsageError("`context:` names no context", hint="write context:NAME")
        return base._replace(connection=base.connection._replace(context=name))
    return base._replace(files=(word,))


def _changes(text: str) -> tuple[str, ...]:
    """Return the words of `--fail-on`. Raises UsageError for an unknown one."""
    words = flags.words(text)
    for word in words:
        if word not in CHANGES:
            raise UsageError(f"`--fail-on {word}`: unknown change", hint=f"use {', '.join(CHANGES)}")
    return tuple(word for word in words if word != "never")
