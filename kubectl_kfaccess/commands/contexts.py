"""The flags that choose contexts of the kubeconfig: one cluster, or several."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.errors import UsageError

PATTERN = "*?["
"""The signs of a pattern, as a shell has them."""

# Flags that say which server is asked: there can be only one
_OF_ONE_SERVER = {"connection_server": "--server", "connection_cluster": "--cluster"}


def single_context(args: argparse.Namespace) -> str:
    """Return the only word of `--context`, "" if it is not given or can name several clusters."""
    return "" if several_contexts(args) else next(iter(_words(args)), "")


def several_contexts(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the words of `--context` if they can name several clusters: several words, or a pattern."""
    words = _words(args)
    if len(words) < 2 and not any(sign in word for word in words for sign in PATTERN):
        return ()
    _check_server(args, f"`--context {words[0]}`")
    return words


def all_contexts(args: argparse.Namespace) -> bool:
    """Return whether `--all-contexts` is given. Raises UsageError beside another choice of clusters."""
    if not getattr(args, "all_contexts", False):
        return False
    _check_server(args, "`--all-contexts`")
    others = {
        "--context": _words(args),
        "-f": getattr(args, "filename", ()),
        "--demo": getattr(args, "demo", False),
    }
    for flag, value in others.items():
        if value:
            raise UsageError(f"`--all-contexts` and `{flag}` cannot be combined: each chooses clusters")
    return True


def _words(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the words of `--context`, each once."""
    return tuple(dict.fromkeys(filter(None, getattr(args, "connection_context", None) or ())))


def _check_server(args: argparse.Namespace, chosen: str) -> None:
    """Raise UsageError if a flag names one server, and *chosen* names several."""
    for name, flag in _OF_ONE_SERVER.items():
        if getattr(args, name, ""):
            raise UsageError(f"{chosen} and `{flag}` cannot be combined: `{flag}` names one cluster")
