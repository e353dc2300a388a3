"""The arguments, the help and the options of `who-can`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
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
QUESTION = "Who can do this, where, and through what?"


DESCRIPTION = """\
Lists every user, group and service account that RBAC allows VERB on TYPE, with the binding, the role and
the path by which aggregation brought the rule into that role. Without -n, -A or -l it asks about the
context's namespace; grants that hold in the whole cluster are always listed, as `<all>`. Grants to groups
that do not count for Kubeflow's own services are marked; --via kubeflow leaves them out."""


EXAMPLES = (
    "who-can create inferenceservices --demo",
    "who-can list runs.pipelines.kubeflow.org -n team-a --demo",
    "who-can get secrets -n team-c --include-named --demo",
    "who-can get /metrics --demo",
    "who-can terminate runs.pipelines.kubeflow.org -n team-a --via kubeflow --demo",
)


KINDS = {"user": "User", "group": "Group", "serviceaccount": "ServiceAccount"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `who-can`."""
    parser.add_argument("verb", metavar="VERB", help="get, list, create, … or any other word that rules use")
    parser.add_argument("target", metavar="TYPE[.GROUP][/NAME] | /URL", help="what it is done to")
    parser.add_argument(
        "--name", default="", help="the object's name, when it could be taken for a subresource"
    )
    parser.add_argument(
        "--subresource", metavar="SUB", default="", help="the subresource, such as log or status"
    )
    flags.add_namespaces(parser)
    group = parser.add_argument_group("subjects")
    group.add_argument(
        "--subject-kind", metavar="KIND[,KIND]", default="", help=f"only these: {', '.join(KINDS)}"
    )
    group.add_argument("--no-platform", action="store_true", help="leave out grants that releases ship")
    group.add_argument(
        "--expand-groups", action="store_true", help="name the accounts behind system:serviceaccounts"
    )
    group.add_argument(
        "--include-named", action="store_true", help="also who may for objects of certain names only"
    )
    group.add_argument(
        "--expect-only", metavar="PATTERN", action="append", default=[],
        help="nobody but user:NAME, group:NAME, sa:NS/NAME (shell patterns, repeatable); else end with 1",
    )  # fmt: skip
    flags.add_via(parser)
    flags.add_verify(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl"))


class Options(NamedTuple):
    """
    The question, the subjects and namespaces to list, and the style of the answer.

    *kinds* are the kinds of subjects to list (empty: all), *expected* the patterns of `--expect-only`.
    """

    verb: str
    target: Target
    scope: ScopeChoice
    plane: Plane | None
    kinds: frozenset[str]
    leaves_out_platform: bool
    expands_groups: bool
    includes_named: bool
    expected: tuple[str, ...]
    verification: Verification
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `who-can`. Raises UsageError if words cannot be read or contradict each other."""
    verification, kinds = flags.verification(args), _kinds(args.subject_kind)
    return Options(
        args.verb,
        _target(args),
        flags.scope_choice(args),
        flags.plane_choice(args),
        kinds,
        args.no_platform,
        args.expand_groups,
        args.include_named,
        _patterns(args.expect_only),
        verification,
        flags.source_choice(args),
        flags.output_choice(args),
    )


def _kinds(text: str) -> frozenset[str]:
    """Return the kinds of `--subject-kind`. Raises UsageError for an unknown word."""
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in KINDS:
            raise UsageError(f"`{word}` is not a kind of subject", hint=f"one of {', '.join(KINDS)}")
    return frozenset(KINDS[word] for word in words)


def _target(args: argparse.Namespace) -> Target:
    from kubectl_kfaccess.rbac.request_scope import parse_target  # imports msgspec: would slow `--help` down

    if not args.verb:
        raise UsageError("the verb is empty")
    return parse_target(args.target, subresource=args.subresource, name=args.name)


def _patterns(patterns: list[str]) -> tuple[str, ...]:
    """Return *patterns*. Raises UsageError if one starts with no kind of subject."""
    for pattern in patterns:
        if pattern.partition(":")[0] not in ("user", "group", "sa", "*"):
            raise UsageError(
                f"`{pattern}` cannot match a subject: it has no kind",
                hint="write user:NAME, group:NAME or sa:NAMESPACE/NAME",
            )
    return tuple(patterns)
