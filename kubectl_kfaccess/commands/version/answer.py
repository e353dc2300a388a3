"""The versions of this program, of Python, and of the server if it answers in time."""

from __future__ import annotations

import sys

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, ExitStatus, KfaccessError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.no_source import NoSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.commands.version.arguments import Options
    from kubectl_kfaccess.sources.cluster.cluster import ClusterSource

SERVER_SECONDS = 2.0
"""How long to wait for the server, in seconds."""


class ComponentVersion(NamedTuple):
    """A component and its version."""

    component: str
    version: str


def answer(options: Options, source: ClusterSource | NoSource) -> Answer:
    """Return a tuple of ComponentVersion, and an error with it if the server does not answer."""
    own = (
        ComponentVersion("client", __version__),
        ComponentVersion("python", sys.version.partition(" ")[0]),
    )
    if options.source is None:
        return Answer(own)
    try:
        return Answer((*own, ComponentVersion("server", _server_version(source))))
    except KfaccessError as error:
        return Answer(own, ExitStatus(error.status), error=error)


def _server_version(source: ClusterSource | NoSource) -> str:
    """Return the server's version. Raises CannotAnswer if it does not answer in SERVER_SECONDS."""
    from kubectl_kfaccess.sources.cluster.threads import within  # slow, and not needed for `--client`

    assert not isinstance(source, NoSource)  # noqa: S101 # `options` chooses it
    _ = source.transport  # a login is not cut short: what it brings would be lost
    try:
        version = within(SERVER_SECONDS, source.server_version)
    except TimeoutError as error:
        text = f"the server did not answer in {SERVER_SECONDS:.0f} s"
        raise CannotAnswer(text, hint="`--client` leaves the server out", code=ErrorCode.TIMEOUT) from error
    return str(version.get("gitVersion", "unknown"))
