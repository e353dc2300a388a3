"""The first lines of an audit: the verdict, and what it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.commands.audit.way_words import can_text
from kubectl_kfaccess.findings.isolation.verdicts import TenantVerdict, Verdict
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.blocks import Tone
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted

_ORDER = tuple(TenantLevel)
_TONES = {Verdict.CROSSES: Tone.BAD, Verdict.NOTHING_CROSSES: Tone.GOOD, Verdict.UNKNOWN: None}


def tone(value: Audit) -> Tone | None:
    """Return the tone of the first word."""
    return _TONES[worst(value)]


def worst(value: Audit) -> Verdict:
    """Return the worst verdict on a tenant; unknown without any tenant."""
    order = tuple(Verdict)
    return min((each.verdict for each in value.verdicts), key=order.index, default=Verdict.UNKNOWN)


def headline(value: Audit) -> str:
    """Return the verdict on all tenants in one sentence."""
    if not value.verdicts:
        if value.view.snapshot.gap("profiles", ""):
            return "unknown: profiles cannot be listed, so name yours: audit NAME"
        return "there are no profiles, so there is nothing to isolate"
    if value.against:
        return _pair_headline(value)
    word = {Verdict.CROSSES: "no", Verdict.NOTHING_CROSSES: "ok", Verdict.UNKNOWN: "unknown"}[worst(value)]
    return f"{word}: {'; '.join(clauses(value))}"


def clauses(value: Audit) -> Iterator[str]:
    """Yield the clauses of the verdict on all tenants, the worst first; nothing without tenants."""
    crossed = value.with_verdict(Verdict.CROSSES)
    if crossed:
        what = f": {_first_way(value, crossed[0])}" if len(crossed) == 1 else ""
        of = f"{len(crossed):,} of {counted(len(value.verdicts), 'tenant')}, " if len(crossed) > 1 else ""
        yield f"something crosses into {of}{_names(crossed)}{what}"
    if unknown := value.with_verdict(Verdict.UNKNOWN):
        yield f"whether anything crosses into {_names(unknown)} is not known"
    if closed := value.with_verdict(Verdict.NOTHING_CROSSES):
        yield f"nothing crosses into {_names(closed)} by RBAC"


def _names(verdicts: Iterable[TenantVerdict]) -> str:
    return few_in_sentence(shown(each.name) for each in verdicts)


def _first_way(value: Audit, verdict: TenantVerdict) -> str:
    """Return what the worst way into a tenant is: `team-b can edit there`."""
    ways = [way for way in value.ways if way.crosses and way.is_proved and _leads_into(way, verdict)]
    way = max(ways, key=lambda each: (_ORDER.index(each.level), not each.reached), default=None)
    if way is None:
        return "see the findings"
    who = shown(way.from_tenant) if way.from_tenant else "everybody"
    steps = " by steps" if way.reached else ""
    return f"{who} {can_text(way.level)} there{steps}"


def _leads_into(way: Way, verdict: TenantVerdict) -> bool:
    return way.into in verdict.profiles if way.into else way.from_tenant != verdict.name


def _pair_headline(value: Audit) -> str:
    """Return whether one tenant reaches another."""
    verdict = value.verdicts[0]
    into, from_ = shown(verdict.name), shown(value.against)
    if verdict.verdict is Verdict.CROSSES:
        number = counted(len({(each.tenant, each.subject, each.reached) for each in verdict.ways}), "way")
        return f"no: {from_} reaches {into} in {number}"
    if verdict.verdict is Verdict.UNKNOWN:
        return f"unknown: whether {from_} reaches {into} is not known"
    return f"ok: nothing crosses from {from_} into {into} by RBAC"


def scope_text(value: Audit) -> str:
    """Return what the verdict speaks of, and what not."""
    not_at = (f"{each} (--people)" if each == "members of groups" else each for each in value.not_looked_at)
    return f"looked at: {', '.join(value.looked_at) or 'nothing'}; not at: {', '.join(not_at)}"
