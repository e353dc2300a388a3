"""The flags that commands share, in kubectl's spelling and meaning, and the choices that they make."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping

from kubectl_kfaccess.commands import contexts
from kubectl_kfaccess.commands.connection import CONNECTION, connection_flags, flag, namespace, namespaces
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.output.formats.registry import FOR_ALL
from kubectl_kfaccess.output.style import OutputChoice
from kubectl_kfaccess.resolve.choices import ScopeChoice, SubjectChoice
from kubectl_kfaccess.sources.source_choice import Hypothetical, SourceChoice
from kubectl_kfaccess.verify.choice import Verification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding
    from kubectl_kfaccess.rbac.known_subjects import Plane

Parser = argparse.ArgumentParser
INPUT = "Input, on commands that read a cluster"
OUTPUT = "Output"
SHARED_GROUPS = (CONNECTION, INPUT, OUTPUT)
"""The titles of the groups of flags that commands share; help lists them once."""
PRINTED = "0 printed, 2 usage"
SUBJECT = (
    "who: alice@example.com, group:NAME, sa:NAMESPACE/NAME, the name of a service account or a persona, such"
    " as contributor-edit; default: you"
)
ANSWERED = "0 answered, 2 usage, 3 not known"
FOUND = "0 answered, 1 a finding that --fail-on names, 2 usage, 3 not known"
KUBECTL_FORMATS = FOR_ALL


def add_cluster(parser: Parser, *, files: bool = True) -> None:
    """
    Add the flags that choose the cluster's objects: live by default, files, or the demo.

    Without *files*, `-f` is left to the command.
    """
    group = parser.add_argument_group(INPUT)
    if files:
        group.add_argument(
            "-f", "--filename", metavar="FILE", action="append", default=[],
            help="read the cluster's objects from files, directories or `-`, not from a live cluster",
        )  # fmt: skip
    group.add_argument("-R", "--recursive", action="store_true", help="also read the subdirectories of -f")
    group.add_argument("--demo", action="store_true", help="ask the embedded demo cluster")
    group.add_argument(
        "--kubernetes-version", metavar="VERSION", default="",
        help="add this version's default roles to the files (default: the newest bundled version)",
    )  # fmt: skip
    group.add_argument(
        "--with", metavar="FILE", action="append", default=[], dest="applied",
        help="answer as if the objects in FILE were applied (repeatable)",
    )  # fmt: skip
    group.add_argument(
        "--without", metavar="FILE|OBJECT", action="append", default=[], dest="deleted",
        help="answer as if the objects in FILE, or KIND/[NAMESPACE/]NAME, were deleted (repeatable)",
    )  # fmt: skip
    group.add_argument(
        "--prune", metavar="SELECTOR", default="",
        help="with --with: answer as if applied objects with these labels that are not in FILE were deleted",
    )  # fmt: skip


def add_namespace(parser: Parser, usual: str = "the context's", *, several: bool = False) -> None:
    """
    Add `-n` as the command's own flag, because it chooses what the answer is about, by default *usual*.

    With *several* it is repeatable.
    """
    what = "a namespace asked about (repeatable)" if several else "the namespace asked about"
    parser.add_argument(
        "-n", "--namespace", metavar="NAMESPACE", action="append" if several else "store",
        default=argparse.SUPPRESS, help=f"{what}; default: {usual}",
    )  # fmt: skip


def add_namespaces(parser: Parser, usual: str = "the context's", *, several: bool = False) -> None:
    """Add the flags that choose namespaces; without them the answer is about *usual*."""
    add_namespace(parser, usual, several=several)
    rest = "" if "context" in usual else ", not only Kubeflow's"
    parser.add_argument("-A", "--all-namespaces", action="store_true", help=f"all namespaces{rest}")
    parser.add_argument(
        "-l", "--selector", metavar="SELECTOR", default="", help="the namespaces with these labels"
    )


def add_subject(parser: Parser) -> None:
    """Add SUBJECT and `--group`."""
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", help=SUBJECT)
    add_groups(parser)


def add_groups(parser: Parser) -> None:
    """Add `--group`, for groups that the subject is in: no cluster knows who is in a group."""
    parser.add_argument(
        "--group", metavar="GROUP", action="append", default=[],
        help="a group that the subject is in, which no cluster knows (repeatable)",
    )  # fmt: skip
    add_people(parser)


def add_people(parser: Parser) -> None:
    """Add `--people`, for what an identity provider knows and a cluster does not: who is in a group."""
    parser.add_argument(
        "--people", metavar="FILE", default="",
        help="users and groups of your identity provider: YAML `users: [USER]`, `groups: {GROUP: [USER]}`,"
        " or CSV `user,group`",
    )  # fmt: skip


def add_via(parser: Parser) -> None:
    """Add `--via`, which chooses one of the two planes."""
    parser.add_argument(
        "--via", choices=("kubectl", "kubeflow"), default="", metavar="PLANE",
        help="what counts: kubectl (user and groups) or kubeflow (the name alone, as its services ask);"
        " the default depends on the resource",
    )  # fmt: skip


def add_any_type(parser: Parser) -> None:
    """Add `--any-type`, which asks about verbs and types that nothing knows."""
    parser.add_argument(
        "--any-type", action="store_true",
        help="ask even if no API serves the type and no rule has the verb: otherwise it is an error",
    )  # fmt: skip


def add_indirect(parser: Parser) -> None:
    """Add `--indirect`, which follows steps to other identities."""
    parser.add_argument(
        "--indirect", action="store_true",
        help="also what is possible through others: accounts that one can run code as, tokens, impersonation",
    )  # fmt: skip


def add_verify(parser: Parser) -> None:
    """Add `--verify`, which compares answers with the server's."""
    parser.add_argument(
        "--verify", nargs="?", const="all", default="", choices=("all", "sample"), metavar="all|sample",
        help="ask the server about all answers, or about a sample, and end with 3 if it disagrees",
    )  # fmt: skip


FAIL_ON: Mapping[str, tuple[str, ...]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "never": (),
}
"""The severities that count, by the word of `--fail-on`."""


def add_fail_on(parser: Parser, default: str = "never") -> None:
    """Add `--fail-on`, the lowest severity of findings that ends the program with 1."""
    parser.add_argument(
        "--fail-on", choices=tuple(FAIL_ON), default=default, metavar="WORD",
        help="end with 1 if there is a finding of this severity or worse: error, warning or never",
    )  # fmt: skip


def fails(fail_on: str, findings: Iterable[Finding]) -> bool:
    """Whether one of *findings* has at least the severity *fail_on*, and is not accepted."""
    return any(not each.accepted and each.severity.value in FAIL_ON[fail_on] for each in findings)


def add_accept(parser: Parser) -> None:
    """Add `--accept`, the files of what is expected."""
    parser.add_argument(
        "--accept", metavar="FILE", action="append", default=[],
        help="what is expected, as YAML: it is shown and does not count (repeatable); begin with -o accept",
    )  # fmt: skip


def words(text: str) -> tuple[str, ...]:
    """Return the words of a comma-separated list, each once."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def add_output(parser: Parser, formats: tuple[str, ...], default: str = "table") -> None:
    """Add the flags that shape the output; *formats* are the formats of this command."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FORMAT",
        choices=formats,
        default=default,
        help=f"one of {', '.join(formats)}",
    )
    add_style(parser)


def add_style(parser: Parser) -> None:
    """Add the flags that shape the output in any format."""
    group = parser.add_argument_group(OUTPUT)
    group.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN",
        help="colour the output: auto (on a terminal without NO_COLOR), always or never",
    )  # fmt: skip
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing; only set the exit status")
    group.add_argument("--no-headers", action="store_true", help="print tables without headers")
    group.add_argument("--sort-by", metavar="COLUMN", default="", help="sort table rows by this column")


def scope_choice(args: argparse.Namespace, *, several: bool = False) -> ScopeChoice:
    """Return the namespaces that the flags choose: with *several* all of `-n`, else the last one."""
    chosen = namespaces(args) if several else tuple(filter(None, (namespace(args),)))
    return ScopeChoice(
        chosen,
        getattr(args, "all_namespaces", False),
        getattr(args, "selector", ""),
    )


def people_file(args: argparse.Namespace) -> str:
    """Return the file of `--people`, "" for none. Raises UsageError if `-f` reads standard input as well."""
    if args.people == "-" and "-" in args.filename:
        raise UsageError("`--people -` and `-f -` cannot be combined: both read standard input")
    return str(args.people)


def subject_choice(args: argparse.Namespace) -> SubjectChoice:
    """Return SUBJECT, with `--group`, `-n` and `--people`."""
    places = namespaces(args)
    place = places[0] if len(places) == 1 else ""
    return SubjectChoice(args.subject, tuple(args.group), place, people_file(args))


def plane_choice(args: argparse.Namespace) -> Plane | None:
    """Return the plane that `--via` chooses, or None."""
    from kubectl_kfaccess.rbac.known_subjects import Plane  # imports msgspec, which would slow `--help` down

    return Plane(args.via) if args.via else None


def verification(args: argparse.Namespace) -> Verification:
    """Return the choice of `--verify`. Raises UsageError if the objects are not those of a server."""
    if args.verify and (args.filename or args.demo):
        raise UsageError("`--verify` cannot be combined with `-f` or `--demo`: it asks a server")
    if args.verify and not hypothetical(args).is_empty:
        raise UsageError(
            "`--verify` cannot be combined with `--with` or `--without`: the server knows no change"
        )
    return Verification(args.verify)


def output_choice(args: argparse.Namespace) -> OutputChoice:
    """Return what the output flags choose."""
    return OutputChoice(args.output, not args.no_headers, args.sort_by, args.color, args.quiet)


def source_choice(args: argparse.Namespace) -> SourceChoice:
    """Return the source that the flags choose. Raises UsageError if they choose two."""
    if args.filename and args.demo:
        raise UsageError("`--demo` and `-f` cannot be combined: each names a cluster")
    assumed = hypothetical(args)
    if (*args.filename, *assumed.applied, *assumed.deleted, *_user_files(args)).count("-") > 1:
        raise UsageError("`-` can be given only once: standard input cannot be read twice")
    return SourceChoice(
        tuple(args.filename),
        args.recursive,
        args.demo,
        args.kubernetes_version,
        connection_flags(args),
        flag(args, "connection_cache_dir"),
        flag(args, "v", 0),
        assumed,
        contexts=contexts.several_contexts(args),
        all_contexts=contexts.all_contexts(args),
    )


def live_choice(args: argparse.Namespace) -> SourceChoice:
    """Return the live cluster that the flags choose, for a command that reads no files."""
    return SourceChoice(
        connection=connection_flags(args),
        contexts=contexts.several_contexts(args),
        all_contexts=contexts.all_contexts(args),
    )


def _user_files(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the files of `--accept`, and of `--people` beside them."""
    accept = getattr(args, "accept", ())
    return (*accept, getattr(args, "people", "")) if accept else ()


def hypothetical(args: argparse.Namespace) -> Hypothetical:
    """Return the change that `--with` and `--without` assume."""
    if args.prune and not args.applied:
        raise UsageError(
            "`--prune` deletes what is not in the files of `--with`: there are none",
            hint="add `--with FILE`",
        )
    return Hypothetical(tuple(args.applied), tuple(args.deleted), args.prune)
