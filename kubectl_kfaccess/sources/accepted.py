"""What the files of `--accept` accept."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.findings.accepted import AcceptList
from kubectl_kfaccess.findings.registry import every_id


def accepted_in(paths: Sequence[str], env: Environment) -> AcceptList:
    """Return the entries of the files *paths*; raises UnreadableInput with the line of what is no entry."""
    if not paths:
        return AcceptList()
    # It reads YAML, which is slow to import, and questions to a cluster need none
    from kubectl_kfaccess.sources.files.accept_file import read_accepted

    return read_accepted(paths, env, every_id())
