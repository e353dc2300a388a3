"""The real kubectl: its flags, and what it prints about generated files."""

from __future__ import annotations

import io
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags

ERROR = "error"
AT_ONCE = 4  # processes


@dataclass(frozen=True)
class World:
    """Files that were written, and the variables and flags that name them."""

    cwd: Path
    variables: dict[str, str]
    flags: ConnectionFlags
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """Return the whole environment; of this machine, it has only PATH."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.cwd / "home"), **self.variables}

    @property
    def env(self) -> Environment:
        """Return the environment of a command; stdin is not a terminal."""
        return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), self.environ, self.cwd)


def arguments(flags: ConnectionFlags) -> list[str]:
    """Return the flags as words of a command line."""
    words: list[str] = []
    for field_name, value in flags._asdict().items():
        name = "--" + field_name.replace("_", "-").replace("as-user", "as")
        name = {"--as-groups": "--as-group", "--as-extra": "--as-user-extra"}.get(name, name)
        values = value if isinstance(value, tuple) else (value,)
        words += [
            f"{name}={str(each).lower() if isinstance(each, bool) else each}" for each in values if each
        ]
    return words


def kubectl_says(kubectl: Path, world: World, *words: str) -> Any:
    """Return the JSON that kubectl prints, or ERROR."""
    command = [kubectl, *words, "-o", "json", *arguments(world.flags)]
    done = subprocess.run(command, cwd=world.cwd, env=world.environ, capture_output=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else ERROR
