"""The report of `resources --calls`: what each call of Kubeflow's services checks, and what is unchecked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.resources.answer import KnownCalls
from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call, NotIsolated, Setting
from kubectl_kfaccess.kubeflow.catalogue.services import Identity, Service
from kubectl_kfaccess.output.blocks import Column, Paragraph, Section, Table
from kubectl_kfaccess.output.rbac_terms import not_isolated_text, releases_text
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.terminal.safe_text import NOTHING

CALLS_KIND = "Calls"
COLUMNS = (
    Column("SERVICE"),
    Column("CALL"),
    Column("METHOD", wide=True),
    Column("PATH", wide=True),
    Column("VERB"),
    Column("RESOURCE"),
    Column("NAMED", wide=True),
    Column("REVIEWS", wide=True),
    Column("REFUSES", wide=True),
    Column("VERSIONS", rank=2),
    Column("NOTE", optional=True, rank=1, footnote=True),
)


_IDENTITIES = {
    Identity.NAME: "the user's name alone, so that grants to groups do not count",
    Identity.NAME_AND_GROUPS: "the user's name and groups",
    Identity.MEMBERSHIP: "nothing: the Profile and annotated RoleBindings decide",
}


def calls_report(value: KnownCalls) -> Report:
    """Return the report on calls."""
    table = Table(COLUMNS, lambda: (Section("", [_row(call) for call in value.calls]),))
    return Report(
        kind=CALLS_KIND,
        blocks=(table, Paragraph(tuple(_further(value)))),
        table=table,
        head=lambda: {
            "kfpVersion": value.release or None,
            "services": [_service_data(service) for service in _services(value)],
            "notIsolated": [_not_isolated_data(fact) for fact in value.not_isolated],
            "settings": [_setting_data(setting) for setting in value.settings],
        },
        items=lambda: (_item(call) for call in value.calls),
        names=lambda: dict.fromkeys(f"{call.service.name}/{call.name}" for call in value.calls),
    )


def _further(value: KnownCalls) -> Iterator[str]:
    if value.not_isolated:
        yield "not isolated, whatever RBAC says:"
        yield from (f"  - {not_isolated_text(fact)}" for fact in value.not_isolated)
    if value.settings:
        yield "settings of the pipelines' API server:"
        yield from (f"  - {_setting_text(setting)}" for setting in value.settings)
    yield "what the services ask about:"
    for identity, words in _IDENTITIES.items():
        names = ", ".join(service.name for service in _services(value) if service.identity is identity)
        if names:
            yield f"  - {words}: {names}"


def _setting_text(setting: Setting) -> str:
    default = f"; by default `{setting.default}`" if setting.default else ""
    return f"{setting.name}{releases_text(setting)}: {setting.what}{default}"


def _row(call: Call) -> tuple[str, ...]:
    return (
        call.service.name,
        call.name,
        call.method,
        call.path,
        call.verb or NOTHING,
        call.full_name or NOTHING,
        ("yes" if call.named else "no") if call.verb else NOTHING,
        f"{call.reviews} per {call.each}" if call.each else str(call.reviews or NOTHING),
        _refuses(call),
        call.releases,
        call.note,
    )


def _item(call: Call) -> Data:
    resource, _, subresource = call.resource.partition("/")
    return {
        "service": call.service.name,
        "area": call.service.area,
        "name": call.name,
        "method": call.method,
        "path": call.path,
        "verb": call.verb,
        "group": call.group,
        "resource": resource,
        "subresource": subresource,
        "namespaced": call.namespaced,
        "named": call.named,
        "reviews": call.reviews,
        "each": call.each,
        "refuses": _refuses(call),
        "deniedStatus": call.status or None,
        "since": call.since,
        "until": call.until,
        "read": call.service.read,
        "note": call.note,
    }


def _services(value: KnownCalls) -> Iterable[Service]:
    """Return the services of the calls, in their order."""
    return dict.fromkeys(call.service for call in value.calls)


def _service_data(service: Service) -> Data:
    return {
        "name": service.name,
        "area": service.area,
        "identity": service.identity.value,
        "read": service.read,
        "source": service.source,
    }


def _refuses(call: Call) -> str:
    """Return who is refused: `everybody`, all `others` than the owner, the `denied`, or `nobody`."""
    if call.closed or call.for_owner:
        return "everybody" if call.closed else "others"
    return "denied" if call.verb else "nobody"


def _not_isolated_data(fact: NotIsolated) -> Data:
    return {"what": fact.what, "why": fact.why, "area": fact.area, "since": fact.since, "until": fact.until}


def _setting_data(setting: Setting) -> Data:
    return {
        "name": setting.name,
        "default": setting.default,
        "what": setting.what,
        "since": setting.since,
        "until": setting.until,
    }
