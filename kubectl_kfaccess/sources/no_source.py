"""What a command that reads no cluster gets instead of a source."""

from __future__ import annotations

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.named_tuple import NamedTuple


class NoSource(NamedTuple):
    """No cluster, only the streams, files and variables of the process."""

    env: Environment
