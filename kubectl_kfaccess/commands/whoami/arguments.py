"""The arguments, the help and the options of `whoami`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.resolve.choices import ScopeChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "WhoAmI"
DESCRIPTION = """\
Show the name and the groups that the API server knows you by, what you are to namespaces, what you can read,
and what that means for the answers of each command."""
EXAMPLES = (
    ("Who am I, and what can I read?", "whoami"),
    ("What can alice read here?", "whoami --as alice@example.com -n team-a"),
    ("What can the notebooks of team-a read?", "whoami --as system:serviceaccount:team-a:default-editor"),
    ("What can a member of this group read?", "whoami --as ivan@example.com --as-group platform-admins"),
    ("What would let alice read everything?", "whoami --as alice@example.com -o fix"),
)
DETAILS = """\
Each right, with what commands answer without it: -o wide. The roles and bindings that an administrator can
apply so that you can read everything: -o fix. With -f there is no "you": name yourself with --as."""
EXIT_STATUS = flags.ANSWERED


FORMATS = (*flags.KUBECTL_FORMATS, "fix")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `whoami`."""
    flags.add_namespace(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS)


class Options(NamedTuple):
    """The namespace of `-n`, if it is given, the source, and the style of the answer."""

    scope: ScopeChoice
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `whoami`."""
    return Options(flags.scope_choice(args), flags.source_choice(args), flags.output_choice(args))
