"""What `whoami` takes: its arguments, its help, its examples."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags

if TYPE_CHECKING:
    from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer
    from kubectl_kfaccess.verify.offline_caller import AssumedCaller

    Caller = Reviewer | AssumedCaller


QUESTION = "Who am I, and what may this tool read?"


DESCRIPTION = """\
Shows the name, the groups and the further fields that the API server knows you by, and for each kind of
object that answers are made of whether you may list it, and what the answers lack if you may not. With
files or the demo in place of a server, `--as NAME` says who is meant."""


EXAMPLES = (
    "whoami --demo --as alice@example.com -n team-a",
    "whoami --demo --as system:serviceaccount:team-a:default-editor -n team-a",
    "whoami --demo --as ivan@example.com --as-group platform-admins -o json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `whoami`."""
    flags.add_cluster(parser)
    flags.add_output(parser, flags.KUBECTL_FORMATS)
