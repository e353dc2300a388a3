"""How we know how pipelines are installed, as values that commands turn into text."""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.kubeflow.versions import Version, Versions


class Origin(enum.Enum):
    """Where a setting of the pipelines API server comes from."""

    ENV = enum.auto()
    CONFIG_MAP = enum.auto()
    UNREAD_CONFIG_MAP = enum.auto()
    ELSEWHERE = enum.auto()
    NOWHERE = enum.auto()


class Setting(Struct, frozen=True):
    """
    A setting, its value, and where it comes from.

    *value* is None if it is not set, or if it is *hidden* because it cannot be read. *config_map* is the
    ConfigMap that it comes from (`NAMESPACE/NAME`), and *reason* says why that could not be read.
    """

    name: str
    value: str | None
    origin: Origin
    config_map: str = ""
    reason: str = ""

    @property
    def hidden(self) -> bool:
        """Whether the setting may have a value that cannot be read."""
        return self.origin in (Origin.UNREAD_CONFIG_MAP, Origin.ELSEWHERE)


class ModeSetting(Struct, frozen=True):
    """The *setting* of the API server that decides the mode; *unclear* if it is neither true nor false."""

    setting: Setting
    unclear: bool


class AccountSetting(Struct, frozen=True):
    """The *setting* of the API server that decides which *account* steps run as."""

    account: str
    setting: Setting


class ServerImage(Struct, frozen=True):
    """The image of the API server; *version* is None if its tag contains none."""

    image: str
    version: Version | None


class DeploymentUnread(Struct, frozen=True):
    """The API server's Deployment in *namespace* cannot be read, for a *reason*."""

    namespace: str
    reason: str


class DeploymentMissing(Struct, frozen=True):
    """The API server has no Deployment on the cluster, or, if not *live*, in the files."""

    live: bool


class LabelledNamespace(Struct, frozen=True):
    """A namespace with the label that enables pipelines in it."""

    namespace: str


class Unreadable(Struct, frozen=True):
    """The *resources* that would say how pipelines are installed but cannot be read."""

    resources: tuple[str, ...]


class Sign(enum.Enum):
    """What profiles, roles and accounts suggest without the Deployment."""

    PROFILES_AND_PLATFORM_ROLE = enum.auto()
    PLATFORM_ROLE_ALONE = enum.auto()
    RUNNER_ALONE = enum.auto()
    ROLES_WITHOUT_RUNNER = enum.auto()
    NOTHING = enum.auto()


class DeclaredMode(Struct, frozen=True):
    """The user chose the mode."""

    mode: str


class DeclaredRelease(Struct, frozen=True):
    """The user chose the release."""

    release: Version


class FittingReleases(Struct, frozen=True):
    """The releases that ship the roles on the cluster; None if no release ships all of them."""

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
