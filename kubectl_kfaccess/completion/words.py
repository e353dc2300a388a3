"""
What completion knows without a cluster: the commands, their flags, the resource types, the demo's names.

A TAB should take a few hundredths of a second, which is too short to build the parser and the catalogue. So
their words are read from `data/completion.json` (written by `python -m tools.pages.completion_words`).
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False  # as in `typing`, whose import would take longer than reading the file
if TYPE_CHECKING:
    from typing import Any

# Without pathlib: importing it takes longer than answering
_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "completion.json")  # noqa: PTH118, PTH120

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
"""The verbs of every resource, in the usual order."""

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
"""Verbs that few resources have, or only URLs; we offer them only after a letter was typed."""

URL_VERBS = ("get", "post", "put", "head", "options", "delete", "patch")

PERSONAS = {
    "pipeline-runner": "the accounts that run pipeline steps here",
    "default-editor": "the account of notebooks and of what contributors run",
    "default-viewer": "the account that reads a profile",
    "profile-owner": "the owner of a profile",
    "contributor-admin": "a contributor who can do what an owner can",
    "contributor-edit": "a contributor who can edit a profile",
    "contributor-view": "a contributor who can read a profile",
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
    "by": {
        "kubectl": "client-side `kubectl apply`",
        "server-side": "`kubectl apply --server-side`",
        "create": "`kubectl create`",
        "replace": "`kubectl replace`",
        "delete": "`kubectl delete`",
    },
    "mode": {"standalone": "pipelines for one team", "multi-user": "pipelines with profiles"},
    "fail_on": {
        "error": "end with 1 on errors",
        "warning": "end with 1 on warnings, too",
        "never": "end with 0 whatever the findings are",
    },
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
"""
The meaning of each choice of a flag or a word, by its `dest`; those of `-o` are in the JSON file.

Choices of an argument that are a dictionary have their meanings there.
"""


class Flag:
    """A flag of the command line: its spellings and its values; *entry* is its entry in the JSON file."""

    __slots__ = ("choices", "dest", "help", "joined", "many", "noun", "repeat", "spellings", "takes")

    def __init__(self, entry: dict[str, Any]) -> None:
        self.spellings: list[str] = entry["flags"]
        self.dest: str = entry["dest"]
        self.help: str = entry.get("help", "")
        self.takes: bool = entry.get("takes", False)  # a value
        self.joined: bool = entry.get("joined", False)  # the value only after `=`
        self.repeat: bool = entry.get("repeat", False)
        self.many: bool = entry.get("list", False)  # values with commas between them
        self.noun: str = entry.get("noun", "")  # what help calls the value, such as NAMESPACE
        self.choices: list[str] | dict[str, str] = entry.get("choices", [])


class Type:
    """A resource type: its names, verbs, subresources and scope; *entry* is made by `collected.of_type`."""

    __slots__ = ("group", "help", "name", "namespaced", "subresources", "verbs", "virtual", "words")

    def __init__(self, entry: list[Any]) -> None:
        self.name, self.group, verbs, subresources, self.namespaced, self.virtual, words, *text = entry
        self.verbs: list[str] = verbs.split()
        self.subresources: list[str] = subresources.split()
        self.words: list[str] = [self.name, *words.split()]
        self.help: str = text[0] if text else "custom resource"

    @property
    def full_name(self) -> str:
        """Return the name with its group, `notebooks.kubeflow.org`; core resources have no group."""
        return f"{self.name}.{self.group}" if self.group else self.name


class Words:
    """The content of the JSON file."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self.commands: dict[str, dict[str, Any]] = content["commands"]
        self.values: dict[str, dict[str, str]] = content["values"]
        self.kubeflow: list[str] = content["kubeflow"]  # full names of Kubeflow's own types, in order
        self.findings: dict[str, str] = content["findings"]
        self.virtual_verbs: dict[str, str] = content["verbs"]
        self.demo: dict[str, list[str]] = content["demo"]

    def command(self, word: str) -> str:
        """Return the name of the command with the name or alias *word*, "" if there is none."""
        if word in self.commands:
            return word
        return next((name for name, command in self.commands.items() if word in command["aliases"]), "")

    def flags(self, command: str) -> list[Flag]:
        """Return the flags that can follow *command*; if it is "", those that can precede a command."""
        own = self.commands[command]["flags"] if command else self._content["top"]
        own_dests = {entry["dest"] for entry in own}
        shared = (entry for entry in self._content["shared"] if entry["dest"] not in own_dests)
        return [Flag(entry) for entry in (*own, *shared)]

    def every_flag(self) -> list[Flag]:
        """Return the flags of all commands; the same flag can be in it several times."""
        return [flag for command in ("", *self.commands) for flag in self.flags(command)]

    def positionals(self, command: str) -> list[dict[str, Any]]:
        """Return the entries of the words that *command* takes, in their order."""
        entries: list[dict[str, Any]] = self.commands[command]["positionals"]
        return entries

    def types(self) -> list[Type]:
        """Return Kubernetes' own resource types and the catalogue's."""
        return [Type(entry) for entry in self._content["types"]]

    def pseudo_types(self) -> list[Type]:
        """Return the types that only the server's own checks are about, such as users to impersonate."""
        return [Type(entry) for entry in self._content["pseudoTypes"]]


def load() -> Words:
    """Return the words in the package's JSON file."""
    with open(_FILE, "rb") as stream:  # noqa: PTH123
        return Words(json.load(stream))
