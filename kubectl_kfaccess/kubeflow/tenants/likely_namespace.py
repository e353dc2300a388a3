"""A namespace that is probably the caller's, and why, as a value that reports put into words."""

from __future__ import annotations

import enum

from msgspec import Struct


class Origin(enum.Enum):
    """Why a namespace is probably the caller's."""

    ACCOUNT = "account"  # the caller is a service account of it
    NAME = "name"  # it is called like the user
    CONTEXT = "context"  # the kubeconfig's context, or Kubernetes' default


class LikelyNamespace(Struct, frozen=True):
    """
    A namespace that was tried.

    *is_theirs*: it is the account's own, or the caller can do something there that they cannot do everywhere.
    """

    name: str
    origin: Origin
    is_theirs: bool
