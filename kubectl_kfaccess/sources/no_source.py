"""What stands in for a source where a command reads no cluster: the streams and files of the process."""

from __future__ import annotations

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.named_tuple import NamedTuple


class NoSource(NamedTuple):
    """The process's environment."""

    env: Environment
