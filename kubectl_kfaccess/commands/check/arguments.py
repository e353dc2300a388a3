"""The arguments, the help and the options of `check`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.spelling import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.kubeflow.versions import Version
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.resolve.choices import ScopeChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Check"
QUESTION = "Does the identity that runs pipelines have what they need?"


DESCRIPTION = """\
The first line says whether the service accounts that run pipeline steps have what they need, and where. Each
line of the table is one purpose: how many of its needs are met, and what is missing. Findings say what is
dangerous or broken. Every need with its role, and how roles differ from the shipped ones, is in `-o wide`.

You can also name another persona (default-editor, default-viewer, profile-owner, contributor-edit,
contributor-view) or a subject (alice@example.com, sa:NAMESPACE/NAME). Permissions that only some steps need
are listed, and affect the result only if you name their purpose with --for.

The exit status is 0 if everything that counts is there, 1 if not, and 3 if it is not known."""


EXAMPLES = (
    "check pipeline-runner --demo",
    "check --for kserve,katib -o junit --demo",
    "check sa:kubeflow/pipeline-runner --for kserve -o fix --demo",
)


FORMATS = (*flags.KUBECTL_FORMATS, "junit", "fix")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check`."""
    parser.add_argument(
        "subject", metavar="PERSONA|SUBJECT", nargs="?", default="pipeline-runner",
        help="who to check (default: pipeline-runner, the accounts that run steps here)",
    )  # fmt: skip
    flags.add_groups(parser)
    flags.add_namespaces(parser)
    group = parser.add_argument_group("pipelines")
    group.add_argument(
        "--for", dest="purposes", metavar="WORD[,WORD]", default="",
        help="purposes that also count for the result: pvc, kserve, kserve-models, kserve-llm, katib,"
        " trainer, training, spark, seldon, mlflow, resource-op",
    )  # fmt: skip
    group.add_argument(
        "--mode", choices=("standalone", "multi-user"), default="",
        help="assume that pipelines run this way: standalone or multi-user",
    )  # fmt: skip
    group.add_argument(
        "--kfp-version",
        metavar="VERSION",
        default="",
        help="assume this release of Kubeflow Pipelines",
    )
    flags.add_fail_on(parser, "error")
    parser.add_argument("--no-fold", action="store_true", help="show a table for each namespace")
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS)


class Options(NamedTuple):
    """
    The persona or subject and the namespaces to check, what counts, and the style of the answer.

    *persona* is a persona's word, or a subject; *purposes* are those of `--for`. *mode* and *release* are
    what the user says about the installation ("" and None: as the cluster says). *fail_on* is the lowest
    severity that counts. With *folds*, runners with the same result share a table.
    """

    persona: str
    groups: tuple[str, ...]
    scope: ScopeChoice
    purposes: tuple[str, ...]
    mode: str
    release: Version | None
    fail_on: str
    folds: bool
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `check`. Raises UsageError if a word is unknown or flags contradict."""
    return Options(
        args.subject,
        tuple(args.group),
        flags.scope_choice(args),
        _purposes(args.purposes),
        args.mode,
        _release(args.kfp_version),
        args.fail_on,
        not args.no_fold,
        flags.source_choice(args),
        flags.output_choice(args),
    )


def _purposes(text: str) -> tuple[str, ...]:
    """Return the purposes of `--for`. Raises UsageError for an unknown one."""
    from kubectl_kfaccess.kubeflow.pipelines.needs import PURPOSES  # imports msgspec, and has large tables

    words = flags.words(text)
    for word in words:
        if word not in PURPOSES:
            near = nearest(word, frozenset(PURPOSES))
            hint = f"did you mean `{near}`?" if near else f"one of {', '.join(PURPOSES)}"
            raise UsageError(f"`--for` cannot be `{word}`: no such purpose", hint=hint)
    return words


def _release(text: str) -> Version | None:
    """Return the release of `--kfp-version`, None for "". Raises UsageError if it is not a version."""
    from kubectl_kfaccess.kubeflow.versions import version  # imports dataclasses: would slow `--help` down

    release = version(text)
    if text and release is None:
        raise UsageError(f"`{text}` is not a version", hint="write a release such as 2.5.0")
    return release
