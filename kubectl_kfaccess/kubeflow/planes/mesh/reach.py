"""What the mesh answers, and why."""

from __future__ import annotations

import enum
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.near_names import NearName
from kubectl_kfaccess.kubeflow.planes.mesh.rules import Term
from kubectl_kfaccess.kubeflow.planes.mesh.settings import Setting
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.snapshot import Gap


class Reach(enum.Enum):
    """The answer of the mesh. Without any policies it is NOT_INSTALLED, because there may be no mesh."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_INSTALLED = "-"


class MeshCause(enum.Enum):
    """Why the mesh gives an answer. Most causes are about the policy that decides it."""

    NO_POLICIES = enum.auto()
    NOBODY_LIMITED = enum.auto()
    ALLOWED = enum.auto()
    DENIED = enum.auto()
    NOT_ALLOWED = enum.auto()
    CERTAIN_PATHS = enum.auto()
    NEARLY_NAMED = enum.auto()
    GROUP = enum.auto()
    # the answer is unknown:
    UNREAD = enum.auto()
    NOT_UNDERSTOOD = enum.auto()
    EXTENSION = enum.auto()
    SOME_WORKLOADS = enum.auto()
    SOME_REQUESTS = enum.auto()  # certain methods, hosts or ports
    MANY_REQUESTS = enum.auto()  # more of these than are compared
    MORE_THAN_IDENTITY = enum.auto()
    GATEWAY = enum.auto()  # the gateway's account is not known, and so on
    HEADER = enum.auto()
    TRUST_DOMAIN = enum.auto()
    ROOT_NAMESPACE = enum.auto()
    PIPELINES_PAGE = enum.auto()  # what the pipelines page passes on gets in, and nothing else of the user's
    AMBIENT = enum.auto()
    WAYPOINT = enum.auto()
    NO_LABEL = enum.auto()
    UNREAD_LABELS = enum.auto()


class MeshAnswer(Struct, frozen=True):
    """
    The answer, its cause, and what decides it: *policy* and the number of its *rule*, from 1.

    *policy* is None if the lack of a policy decides, *rule* if no single rule does. *term* is what the rule
    asks for that is not known, *limits* what it is limited to: methods, hosts and ports. *unread* is the gap
    if policies could not be read, *setting* the setting that is not known. *off_http* is a policy that denies
    everything on ports that are not HTTP, although the answer is yes. *near* is a name in a policy that
    probably was meant to let the caller in.
    """

    reach: Reach
    cause: MeshCause
    policy: AuthorizationPolicy | None = None
    rule: int | None = None
    term: Term | None = None
    limits: tuple[Term, ...] = ()
    unread: Gap | None = None
    setting: Setting[Any] | None = None
    off_http: AuthorizationPolicy | None = None
    near: NearName | None = None
