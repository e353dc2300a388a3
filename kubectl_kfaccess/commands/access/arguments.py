"""What `access` takes: its arguments, its help, its examples."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags

QUESTION = "What can this subject touch, namespace by namespace?"


ALIASES = ("what-can",)


DESCRIPTION = """\
Shows what a user, a group or a service account (without SUBJECT: you) may do, a row for each of Kubeflow's
namespaces and a column for each area. With -n it shows one namespace: a row for each resource, a column for
each verb. The words of the grid:

  -      nothing                                n   only objects of certain names
  read   get, list and watch, nothing else      ?   not known; after a word: at least that
  write  read, create, update, patch, delete    all, part   every verb of the catalogue; anything else

A grant in the whole cluster stands in the row `<all>`, cluster-scoped resources in the row `<cluster>`."""


EXAMPLES = (
    "access alice@example.com --demo",
    "access sa:team-a/default-editor -n team-a --demo",
    "access group:ml-team --area serving,pipelines -o wide --demo",
    "access grace@example.com --bindings --demo",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `access`."""
    flags.add_subject(parser)
    flags.add_namespaces(parser)
    group = parser.add_argument_group("resources")
    group.add_argument(
        "-a", "--all-resources", action="store_true", help="also the catalogue's less common resources"
    )
    group.add_argument("--area", metavar="AREA[,AREA]", default="", help="only these areas")
    group.add_argument(
        "--resource", metavar="TYPE[.GROUP][/SUB]", action="append", default=[],
        help="only these resources, in the catalogue or not (repeatable, or with commas)",
    )  # fmt: skip
    group.add_argument("--verb", metavar="VERB[,VERB]", default="", help="only these verbs")
    flags.add_via(parser)
    group = parser.add_argument_group("rows")
    group.add_argument("--hide-empty", action="store_true", help="leave out what the subject cannot touch")
    group.add_argument("--no-fold", action="store_true", help="a row for each namespace, alike or not")
    group.add_argument("--bindings", action="store_true", help="instead, everything that names the subject")
    flags.add_verify(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl"))
