"""The arguments, the help and the options of `whoami`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "WhoAmI"
QUESTION = "Who am I, and what can this tool read?"
DESCRIPTION = """\
Show the name and the groups that the API server knows you by, what you can read, and what that means for the
answers of each command."""
EXAMPLES = (
    ("What can alice read here?", "whoami --as alice@example.com -n team-a"),
    ("What can the notebooks of team-a read?", "whoami --as system:serviceaccount:team-a:default-editor"),
    ("What can a member of this group read?", "whoami --as ivan@example.com --as-group platform-admins"),
    ("Who am I? (on your cluster: the demo does not know you)", "whoami"),
)
DETAILS = """\
Each right, with what is lost without it: -o wide. Files and the demo have no caller: name one with --as."""
EXIT_STATUS = flags.ANSWERED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `whoami`."""
    flags.add_namespace(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, flags.KUBECTL_FORMATS)


class Options(NamedTuple):
    """The namespace to ask about ("": the context's), the source, and the style of the answer."""

    namespace: str
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `whoami`."""
    return Options(flags.flag(args, "namespace"), flags.source_choice(args), flags.output_choice(args))
