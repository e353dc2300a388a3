"""The versions of this program, of its Python, and of the server, if it answers soon."""

from __future__ import annotations

import platform

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, ExitStatus, KfaccessError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.commands.version.arguments import Options
    from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
    from kubectl_kfaccess.sources.no_source import NoSource

SERVER_SECONDS = 2.0


class ComponentVersion(NamedTuple):
    """A component and its version."""

    component: str
    version: str


def answer(options: Options, source: ClusterSource | NoSource) -> Answer:
    """Return a tuple of ComponentVersion; a server that does not answer is an error beside the rest."""
    own = (
        ComponentVersion("client", __version__),
        ComponentVersion("python", platform.python_version()),
    )
    if options.source is None:
        return Answer(own)
    try:
        return Answer((*own, ComponentVersion("server", _server_version(source))))
    except KfaccessError as error:
        return Answer(own, ExitStatus(error.status), error=error)


def _server_version(source: ClusterSource | NoSource) -> str:
    from kubectl_kfaccess.sources.cluster.cluster import ClusterSource  # `--client` does not wait for it
    from kubectl_kfaccess.sources.cluster.threads import within  # nor for threads

    assert isinstance(source, ClusterSource)  # noqa: S101 # what the options choose
    try:
        version = within(SERVER_SECONDS, source.server_version)
    except TimeoutError as error:
        text = f"the server did not answer in {SERVER_SECONDS:.0f} s"
        raise CannotAnswer(text, hint="`--client` does not ask", code=ErrorCode.TIMEOUT) from error
    return str(version.get("gitVersion", "unknown"))
