"""Read the case files; unknown keys are errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from kubectl_kfaccess.output.yaml_text import manifests_text

DIRECTORY = Path(__file__).parent / "cases"


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    pass


class Case(_Strict, frozen=True):
    """
    The spec of one SubjectAccessReview and the API server's answer.

    *unit_only* says why the server is not asked. Only these cases can expect `unknown`.
    """

    name: str
    review: dict[str, Any]
    allowed: bool | Literal["unknown"]
    because: str
    unit_only: str = ""


class Listing(_Strict, frozen=True):
    """
    A command line after `who-can`, and its rows: namespace and subject.

    *says* are texts that stderr must contain, *silent_on* texts that it must not.
    """

    name: str
    query: str
    rows: list[tuple[str, str]]
    says: list[str] = msgspec.field(default_factory=list)
    silent_on: list[str] = msgspec.field(default_factory=list)
    status: int = 0


class Cover(_Strict, frozen=True):
    """
    The rules that somebody has, those in a role that they write, and what the escalation check finds missing.

    *unit_only* says why the server is not asked.
    """

    name: str
    owned: list[dict[str, Any]]
    wanted: list[dict[str, Any]]
    uncovered: list[dict[str, Any]] = msgspec.field(default_factory=list)
    unit_only: str = ""


class Gap(_Strict, frozen=True):
    """A list that could not be read."""

    resource: str
    namespace: str
    reason: str


class CaseFile(_Strict, frozen=True):
    """
    Some objects, and questions about a cluster that has them and Kubernetes' default roles.

    The server refuses the objects in *refused*, but an older one can have stored them.
    """

    about: str
    objects: list[dict[str, Any]]
    cases: list[Case]
    refused: list[dict[str, Any]] = msgspec.field(default_factory=list)
    gaps: list[Gap] = msgspec.field(default_factory=list)
    who_can: list[Listing] = msgspec.field(default_factory=list)
    covers: list[Cover] = msgspec.field(default_factory=list)

    @property
    def manifests(self) -> bytes:
        """Return all objects as one YAML file."""
        stored = [{**each, "metadata": {**each["metadata"], "resourceVersion": "1"}} for each in self.refused]
        return manifests_text([*self.objects, *stored]).encode()

    @property
    def for_the_server(self) -> list[Case]:
        """Return the cases that a real server can answer."""
        return [case for case in self.cases if not case.unit_only]


@dataclass(frozen=True)
class Named:
    """A part of a case file, and the id of its test."""

    file: str
    part: Any = field(repr=False)

    @property
    def id(self) -> str:
        return f"{self.file}-{self.part.name}"


def case_files() -> dict[str, CaseFile]:
    """Return all case files by name."""
    return {path.stem: _read(path) for path in sorted(DIRECTORY.glob("*.yaml"))}


def read(text: str) -> CaseFile:
    """Return one case file; raises msgspec.ValidationError if it has an unknown key."""
    case_file = msgspec.convert(yaml.safe_load(text), CaseFile)
    for case in case_file.for_the_server:
        if case.allowed == "unknown":
            raise ValueError(
                f"`{case.name}`: a server always answers yes or no: say why the case is `unit-only`"
            )
    return case_file


def _read(path: Path) -> CaseFile:
    try:
        return read(path.read_text(encoding="utf-8"))
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name}: {error}") from error
