"""The calls of Kubeflow's services as a report: what each checks, and what no check guards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from kubectl_kfaccess.output.blocks import Column, Paragraph, Section, Table
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.terminal.safe_text import NOTHING

COLUMNS = (
    Column("SERVICE"),
    Column("CALL"),
    Column("METHOD", wide=True),
    Column("PATH", wide=True),
    Column("VERB"),
    Column("RESOURCE"),
    Column("VERSIONS"),
    Column("NOTE", optional=True),
)


class _Dated(Protocol):
    """What holds in some releases only."""

    @property
    def since(self) -> str: ...
    @property
    def until(self) -> str: ...
    @property
    def releases(self) -> str: ...


class Service(Protocol):
    """Who asks; see kubeflow.calls."""

    @property
    def name(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def read(self) -> str: ...


class Call(_Dated, Protocol):
    """One check of one call; see kubeflow.calls."""

    @property
    def service(self) -> Service: ...
    @property
    def name(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def verb(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def full_name(self) -> str: ...
    @property
    def namespaced(self) -> bool: ...
    @property
    def note(self) -> str: ...


class NotIsolated(_Dated, Protocol):
    """What everybody reaches; see kubeflow.calls."""

    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def area(self) -> str: ...


class Setting(_Dated, Protocol):
    """A setting that changes the checks; see kubeflow.calls."""

    @property
    def name(self) -> str: ...
    @property
    def default(self) -> str: ...
    @property
    def what(self) -> str: ...


class Calls(Struct, frozen=True):
    """Everything that the report says; *release* is the one that it is narrowed to, "" for all of them."""

    calls: Sequence[Call]
    not_isolated: Sequence[NotIsolated]
    settings: Sequence[Setting]
    release: str = ""
    notes: tuple[str, ...] = ()

    def report(self) -> Response:
        """Return the report."""
        table = Table(COLUMNS, lambda: (Section("", [_row(one) for one in self.calls]),))
        report = Report(
            kind="Calls",
            blocks=(table, Paragraph(tuple(self._after()))),
            table=table,
            head=lambda: {
                "kfpVersion": self.release or None,
                "notIsolated": [_not_isolated_data(one) for one in self.not_isolated],
                "settings": [_setting_data(one) for one in self.settings],
            },
            items=lambda: (_item(one) for one in self.calls),
            names=lambda: dict.fromkeys(f"{one.service.name}/{one.name}" for one in self.calls),
        )
        return Response(report, notes=self.notes)

    def _after(self) -> Iterator[str]:
        if self.not_isolated:
            yield "not isolated, whatever RBAC says:"
            yield from (f"  - {not_isolated_text(one)}" for one in self.not_isolated)
        if self.settings:
            yield "settings of the pipelines' API server:"
            yield from (f"  - {_setting_text(one)}" for one in self.settings)


def not_isolated_text(one: NotIsolated) -> str:
    """Return what everybody reaches, in which releases, and why, in one line."""
    return f"{one.what}{_when(one)}: {one.why}"


def _setting_text(one: Setting) -> str:
    default = f"; by default `{one.default}`" if one.default else ""
    return f"{one.name}{_when(one)}: {one.what}{default}"


def _when(one: _Dated) -> str:
    return f" ({one.releases})" if one.since or one.until else ""


def _row(one: Call) -> tuple[str, ...]:
    return (
        one.service.name,
        one.name,
        one.method,
        one.path,
        one.verb or NOTHING,
        one.full_name or NOTHING,
        one.releases,
        one.note,
    )


def _item(one: Call) -> Data:
    resource, _, subresource = one.resource.partition("/")
    return {
        "service": one.service.name,
        "area": one.service.area,
        "name": one.name,
        "method": one.method,
        "path": one.path,
        "verb": one.verb,
        "group": one.group,
        "resource": resource,
        "subresource": subresource,
        "namespaced": one.namespaced,
        "since": one.since,
        "until": one.until,
        "read": one.service.read,
        "note": one.note,
    }


def _not_isolated_data(one: NotIsolated) -> Data:
    return {"what": one.what, "why": one.why, "area": one.area, "since": one.since, "until": one.until}


def _setting_data(one: Setting) -> Data:
    return {
        "name": one.name, "default": one.default, "what": one.what, "since": one.since, "until": one.until,
    }  # fmt: skip
