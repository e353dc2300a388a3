"""How it is known how a cluster runs pipelines, as causes that commands put into words."""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.kubeflow.versions import Version, Versions


class Origin(enum.Enum):
    """Where a setting of the pipelines' API server comes from."""

    ENV = enum.auto()
    CONFIG_MAP = enum.auto()
    UNREAD_CONFIG_MAP = enum.auto()
    ELSEWHERE = enum.auto()
    NOWHERE = enum.auto()


class Setting(Struct, frozen=True):
    """
    A setting, and where it comes from: perhaps *config_map* (`NAMESPACE/NAME`), unread for a *reason*.

    Its value is None when it has none, or one that cannot be read: then it is *hidden*.
    """

    name: str
    value: str | None
    origin: Origin
    config_map: str = ""
    reason: str = ""

    @property
    def hidden(self) -> bool:
        """Whether it may have a value that cannot be read."""
        return self.origin in (Origin.UNREAD_CONFIG_MAP, Origin.ELSEWHERE)


class ModeSetting(Struct, frozen=True):
    """The *setting* of the API server's Deployment says who pipelines run for, unless it is *unclear*."""

    setting: Setting
    unclear: bool


class AccountSetting(Struct, frozen=True):
    """The *setting* of the API server's Deployment says as which *account* steps run."""

    account: str
    setting: Setting


class ServerImage(Struct, frozen=True):
    """The API server's image; None when its tag tells no version."""

    image: str
    version: Version | None


class DeploymentUnread(Struct, frozen=True):
    """The API server's Deployment in *namespace* cannot be read."""

    namespace: str
    reason: str


class DeploymentMissing(Struct, frozen=True):
    """No API server's Deployment is there; where not *live*, in the files that were read."""

    live: bool


class LabelledNamespace(Struct, frozen=True):
    """A namespace with the label that turns pipelines on in it."""

    namespace: str


class Unreadable(Struct, frozen=True):
    """What could say it and cannot be read."""

    resources: tuple[str, ...]


class Sign(enum.Enum):
    """What profiles, roles and accounts say without a Deployment."""

    PROFILES_AND_PLATFORM_ROLE = enum.auto()
    PLATFORM_ROLE_ALONE = enum.auto()
    RUNNER_ALONE = enum.auto()
    ROLES_WITHOUT_RUNNER = enum.auto()
    NOTHING = enum.auto()


class DeclaredMode(Struct, frozen=True):
    """The user says who pipelines run for."""

    mode: str


class DeclaredRelease(Struct, frozen=True):
    """The user says which release runs."""

    release: Version


class FittingReleases(Struct, frozen=True):
    """The releases that have the roles that are there; None when each role is of another one."""

    releases: Versions | None


Evidence = (
    ModeSetting
    | AccountSetting
    | ServerImage
    | DeploymentUnread
    | DeploymentMissing
    | LabelledNamespace
    | Unreadable
    | Sign
    | DeclaredMode
    | DeclaredRelease
    | FittingReleases
)
