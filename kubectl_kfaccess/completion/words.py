"""
What completion knows without a cluster: the commands, their flags, the resource types, the demo's names.

A TAB may take a few hundredths of a second, less than building the parser and the catalogue takes. So they
are read from `data/completion.json`, which is made of them (`python -m tools.pages.completion_words`).
"""

from __future__ import annotations

import json
from pathlib import Path

TYPE_CHECKING = False  # as in `typing`, whose import would take longer than reading the file
if TYPE_CHECKING:
    from typing import Any

_FILE = Path(__file__).parent.parent / "data" / "completion.json"

VERBS = {
    "get": "read one object",
    "list": "read all of them",
    "watch": "follow their changes",
    "create": "make new ones",
    "update": "replace an object",
    "patch": "change parts of an object",
    "delete": "delete one object",
    "deletecollection": "delete many at once",
}
"""What a rule may allow with every resource, in the order that people know."""

RARE_VERBS = {
    "approve": "approve certificate requests of a signer",
    "attest": "attest to a signer's certificates",
    "bind": "bind a role without holding its rules",
    "escalate": "write rules into a role without holding them",
    "impersonate": "act as a user, group or service account",
    "sign": "sign certificates for a signer",
    "use": "use an object, such as a service account",
    "post": "HTTP POST to a URL",
    "put": "HTTP PUT to a URL",
    "head": "HTTP HEAD of a URL",
    "options": "HTTP OPTIONS of a URL",
}
"""Verbs that few resources have, or only URLs: offered once a letter of them was typed."""

URL_VERBS = ("get", "post", "put", "head", "options", "delete", "patch")

PERSONAS = {
    "pipeline-runner": "whoever runs the steps of pipelines here",
    "default-editor": "the account of notebooks and of what contributors run",
    "default-viewer": "the account that reads a profile",
    "profile-owner": "who owns a profile",
    "contributor-edit": "who may edit in somebody's profile",
    "contributor-view": "who may look into somebody's profile",
}

URLS = {
    "/api": "the core group's versions",
    "/apis": "the other groups",
    "/healthz": "is the server well?",
    "/livez": "is it alive?",
    "/logs": "the server's logs",
    "/metrics": "what it measures",
    "/openapi/v2": "what the API looks like",
    "/readyz": "is it ready?",
    "/version": "its version",
}


CHOICES = {
    "via": {
        "kubectl": "the user and all groups count",
        "kubeflow": "Kubeflow's own services: the user's name alone counts",
    },
    "verify": {"all": "ask the server about every answer", "sample": "ask it about some"},
    "mode": {"standalone": "pipelines for one team", "multi-user": "pipelines with profiles"},
    "fail_on": {"error": "end with 1 on errors", "warning": "end with 1 on warnings, too"},
    "color": {"auto": "on a terminal", "always": "in any case", "never": "not at all"},
    "insecure_skip_tls_verify": {"true": "trust any certificate", "false": "check the certificate"},
    "action": {
        "status": "what there is, and what is missing",
        "install": "write what is missing",
        "uninstall": "remove what install wrote",
        "bash": "print the script for bash",
        "zsh": "print the script for zsh",
        "fish": "print the script for fish",
    },
    "shell": {"bash": "GNU Bash", "zsh": "Z shell", "fish": "friendly interactive shell"},
}
"""What the fixed values of flags and words mean; those of `-o` are in the file."""


class Flag:
    """One flag of the command line: its spellings, and what stands behind it."""

    __slots__ = ("choices", "dest", "help", "joined", "many", "repeat", "spellings", "takes")

    def __init__(self, found: dict[str, Any]) -> None:
        self.spellings: list[str] = found["flags"]
        self.dest: str = found["dest"]
        self.help: str = found.get("help", "")
        self.takes: bool = found.get("takes", False)  # a value
        self.joined: bool = found.get("joined", False)  # only with `=`
        self.repeat: bool = found.get("repeat", False)
        self.many: bool = found.get("list", False)  # values with commas between them
        self.choices: list[str] = found.get("choices", [])


class Type:
    """One resource type: how it is written, what may be done with it, and where it lives."""

    __slots__ = ("group", "help", "name", "namespaced", "subresources", "verbs", "virtual", "words")

    def __init__(self, found: list[Any]) -> None:
        self.name, self.group, verbs, subresources, self.namespaced, self.virtual, words, *text = found
        self.verbs: list[str] = verbs.split()
        self.subresources: list[str] = subresources.split()
        self.words: list[str] = [self.name, *words.split()]
        self.help: str = text[0] if text else "custom resource"

    @property
    def full_name(self) -> str:
        """The name with its group; core resources have none."""
        return f"{self.name}.{self.group}" if self.group else self.name


class Words:
    """The content of the file."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self.commands: dict[str, dict[str, Any]] = content["commands"]
        self.values: dict[str, dict[str, str]] = content["values"]
        self.virtual_verbs: dict[str, str] = content["verbs"]
        self.demo: dict[str, list[str]] = content["demo"]

    def command(self, word: str) -> str:
        """Return the command of that name or alias, "" when there is none."""
        if word in self.commands:
            return word
        return next((name for name, one in self.commands.items() if word in one["aliases"]), "")

    def flags(self, command: str) -> list[Flag]:
        """Return the flags that may stand after *command*, or before any when it is ""."""
        own = self.commands[command]["flags"] if command else []
        known = {one["dest"] for one in own}
        return [
            Flag(one) for one in (*own, *(one for one in self._content["shared"] if one["dest"] not in known))
        ]

    def positionals(self, command: str) -> list[dict[str, Any]]:
        """Return the words that *command* takes, in their order."""
        found: list[dict[str, Any]] = self.commands[command]["positionals"]
        return found

    def types(self) -> list[Type]:
        """Return Kubernetes' own resource types and the catalogue's."""
        return [Type(one) for one in self._content["types"]]


def load() -> Words:
    """Return the words of the package."""
    return Words(json.loads(_FILE.read_bytes()))
