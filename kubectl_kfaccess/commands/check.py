"""`check [PERSONA|SUBJECT]`: whether whoever runs pipelines has what they need, and what Kubeflow shipped."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_kfaccess.commands.checking import Checking
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.kubeflow.versions import Version

QUESTION = "Does the identity that runs pipelines have what they need?"
DESCRIPTION = """\
Finds out how the cluster runs pipelines, for one team or for many, which release, and which service account
really runs steps in each namespace. Says what each of them needs and has, how its role differs from what
Kubeflow shipped, whether account, role and binding are there, and what is dangerous about them.

Instead of pipeline-runner another persona may be named (default-editor, default-viewer, profile-owner,
contributor-edit, contributor-view), or a subject (alice@example.com, sa:NAMESPACE/NAME). What steps need only
now and then (--for kserve,katib,…) is shown, and decides how the check ends when it is named.

Ends with 0 when everything that decides is there, with 1 when it is not, with 3 when that is not known."""
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
        help="who is checked (default: pipeline-runner, whoever that is here)",
    )  # fmt: skip
    flags.add_groups(parser)
    flags.add_namespaces(parser)
    group = parser.add_argument_group("pipelines")
    group.add_argument(
        "--for", dest="purposes", metavar="WORD[,WORD]", default="",
        help="what steps do besides, which then decides too: pvc, kserve, kserve-models, kserve-llm, katib,"
        " trainer, training, spark, seldon, mlflow, resource-op",
    )  # fmt: skip
    group.add_argument(
        "--mode", choices=("standalone", "multi-user"), default="",
        help="how pipelines run, whatever the cluster says: standalone or multi-user",
    )  # fmt: skip
    group.add_argument(
        "--kfp-version",
        metavar="VERSION",
        default="",
        help="the release of Kubeflow Pipelines that runs, whatever the cluster says",
    )
    flags.add_fail_on(parser, "error")
    parser.add_argument("--no-fold", action="store_true", help="a table for each namespace, alike or not")
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS)


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return what came of the check."""
    from kubectl_kfaccess.commands.checking import checked
    from kubectl_kfaccess.output.check import Check

    source = flags.source(args, env)
    purposes = _purposes(args.purposes)
    found = checked(args, source, purposes, _version(args.kfp_version))
    if args.output == "fix":
        return _fix(args, found)
    report = Check(
        persona=args.subject,
        pipelines=found.pipelines,
        results=found.results,
        platform=found.platform,
        baselines=found.baselines,
        served=found.served,
        snapshot=found.snapshot,
        gaps=found.gaps,
        notes=found.notes,
        fold=not args.no_fold,
        brief=args.output == "table",
        purposes=purposes,
        counting=("error", "warning") if args.fail_on == "warning" else ("error",),
    ).report()
    return Answer(report, remarks=found.remarks, status=_status(args, found))


def _purposes(text: str) -> tuple[str, ...]:
    from kubectl_kfaccess.kubeflow.pipelines.needs import PURPOSES
    from kubectl_kfaccess.spelling import nearest

    words = flags.words(text)
    for word in words:
        if word not in PURPOSES:
            near = nearest(word, frozenset(PURPOSES))
            hint = f"did you mean `{near}`?" if near else f"one of {', '.join(PURPOSES)}"
            raise UsageError(f"`{word}` is nothing that `--for` knows", hint=hint)
    return words


def _version(text: str) -> Version | None:
    from kubectl_kfaccess.kubeflow.versions import version

    found = version(text)
    if text and found is None:
        raise UsageError(f"`{text}` is not a version", hint="write it as releases are named: 2.5.0")
    return found


def _status(args: argparse.Namespace, found: Checking) -> ExitStatus:
    """A proven no beats what is not known."""
    from kubectl_kfaccess.output.check import decision
    from kubectl_kfaccess.rbac.evaluator import Verdict, worst

    verdict = worst(decision(one) for one in found.results)
    if verdict is Verdict.DENIED or flags.fails(args, found.findings):
        return ExitStatus.NO
    if verdict is Verdict.UNKNOWN or not found.results or not found.certain:
        return ExitStatus.CANNOT_ANSWER
    return ExitStatus.OK


def _fix(args: argparse.Namespace, found: Checking) -> Answer:
    """What to apply, as YAML; where nothing is lacking there is nothing to print."""
    from kubectl_kfaccess.fixes.runner_repair import manifest
    from kubectl_kfaccess.output.yaml_text import manifests_text

    repair = found.repair()
    if not repair.objects:
        status = _status(args, found)
        optional = "" if args.purposes else "; what is optional counts with `--for`"
        lacking = status is not ExitStatus.OK
        word = "nothing that could be applied would help" if lacking else f"nothing is lacking{optional}"
        return Answer(remarks=(*found.remarks, word), status=status)
    return Answer(
        text=manifests_text([manifest(one) for one in repair.objects]),
        remarks=(*found.remarks, *(f"note: {text}" for text in repair.remarks)),
    )
