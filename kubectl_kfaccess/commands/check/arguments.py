"""The arguments, the help and the options of `check`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
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
DESCRIPTION = """\
Check whether the service accounts that run pipeline steps have what they need, purpose by purpose, and what
is dangerous or broken about them."""
EXAMPLES = (
    ("Do pipelines have what they need?", "check"),
    ("Do steps that deploy models and tune them? A report for CI", "check --for kserve,katib -o junit"),
    (
        "What is this account missing? Print it, then apply it",
        "check sa:kubeflow/pipeline-runner --for kserve -o fix",
    ),
    ("Can a contributor do what a contributor does?", "check contributor-edit"),
)
DETAILS = """\
SUBJECT can also be another persona: default-editor, default-viewer, profile-owner, contributor-admin,
contributor-edit or contributor-view. Permissions that only some steps need are listed, and count only if
--for names their purpose. Every need with its role, and how roles differ from the shipped ones: -o wide."""
EXIT_STATUS = "0 all that counts is there, 1 it is not, 2 usage, 3 not known"


FORMATS = (*flags.KUBECTL_FORMATS, "junit", "fix", "accept")


READS = Reads(
    (
        Read("rolebindings", vital=True, or_ask=True),
        Read("clusterrolebindings", vital=True, or_ask=True),
        Read("clusterroles", vital=True, or_ask=True),
        Read("roles", vital=True, or_ask=True),
        Read("clusterroles", "how roles differ from the shipped ones"),
        Read("serviceaccounts", "whether accounts exist"),
        Read("namespaces", "how pipelines run", or_get=True),
        Read("profiles", "how pipelines run", or_get=True),
        Read("deployments", "which release runs"),
        Read("configmaps", "which release runs", place="kubeflow"),
    ),
    otherwise="only about yourself, if you are the account that runs pipelines",
    argument="-n {}",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check`."""
    parser.add_argument(
        "subject", metavar="PERSONA|SUBJECT", nargs="?", default="pipeline-runner",
        help="who to check (default: pipeline-runner, the accounts that run steps here)",
    )  # fmt: skip
    flags.add_namespaces(parser, "all of Kubeflow's")
    flags.add_groups(parser)
    parser.add_argument(
        "--for", dest="purposes", metavar="WORD[,WORD]", default="",
        help="purposes that also count for the result: pvc, kserve, kserve-models, kserve-llm, katib,"
        " trainer, training, spark, seldon, mlflow, resource-op",
    )  # fmt: skip
    parser.add_argument(
        "--mode", choices=("standalone", "multi-user"), default="",
        help="assume that pipelines run this way: standalone or multi-user",
    )  # fmt: skip
    parser.add_argument(
        "--kfp-version",
        metavar="VERSION",
        default="",
        help="assume this release of Kubeflow Pipelines",
    )
    flags.add_fail_on(parser, "error")
    flags.add_accept(parser)
    parser.add_argument("--no-fold", action="store_true", help="show a table for each namespace")
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS)


class Options(NamedTuple):
    """
    The persona or subject and the namespaces to check, what counts, and the style of the answer.

    *persona* is a persona's word, or a subject; *people* is the file of `--people`, which knows the groups of
    a subject. *purposes* are those of `--for`. *mode* and *release* are what the user says about the
    installation ("" and None: as the cluster says). *fail_on* is the lowest severity that counts, and
    *accept* has the files of `--accept`. With *folds*, runners with the same result share a table.
    """

    persona: str
    groups: tuple[str, ...]
    people: str
    scope: ScopeChoice
    purposes: tuple[str, ...]
    mode: str
    release: Version | None
    fail_on: str
    accept: tuple[str, ...]
    folds: bool
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `check`. Raises UsageError if a word is unknown or flags contradict."""
    return Options(
        args.subject,
        tuple(args.group),
        flags.people_file(args),
        flags.scope_choice(args),
        _purposes(args.purposes),
        args.mode,
        _release(args.kfp_version),
        args.fail_on,
        tuple(args.accept),
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
