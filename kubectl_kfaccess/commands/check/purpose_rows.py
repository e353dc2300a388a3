"""A line for each purpose: whether its needs are met, how many, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.check.check import Check, RunnerResult
from kubectl_kfaccess.commands.check.need_rows import NOT_INSTALLED, NeedRows, rests_on_text
from kubectl_kfaccess.kubeflow.aggregation.lost_roles import LostRole, lost_roles
from kubectl_kfaccess.kubeflow.aggregation.misspelled import misspelling_of
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict, ReleaseDecides
from kubectl_kfaccess.output.blocks import (
    MARK_ERROR,
    MARK_LOOK,
    MARK_UNKNOWN,
    MARKS,
    Cell,
    Column,
    Row,
    Section,
    Table,
    Tone,
)
from kubectl_kfaccess.rbac.evaluator import Verdict, worst
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.terminal.safe_text import part

COLUMNS = (MARKS, Column("FOR"), Column("OK"), Column("NEEDS"), Column("MISSING", prose=True, optional=True))
_WORDS = {
    Verdict.ALLOWED: Cell("ok", Tone.GOOD),
    Verdict.DENIED: Cell("no", Tone.BAD),
    Verdict.UNKNOWN: Cell("?", Tone.UNKNOWN),
}


class PurposeRows:
    """The rows of purposes; *purposes* are those of `--for`, and then others that are ok are folded."""

    def __init__(self, check: Check, rows: NeedRows, purposes: tuple[str, ...]) -> None:
        self._rows = rows
        self._purposes = purposes
        self._snapshot = check.snapshot
        self._lost = tuple(lost_roles(check.snapshot))

    def table(self, result: RunnerResult) -> Table:
        """Return the table of a runner."""
        return Table(COLUMNS, lambda: (Section("", [*self._purpose_rows(result)]),), headers=False, indent=4)

    def _purpose_rows(self, result: RunnerResult) -> Iterator[Row]:
        """Yield a row for each purpose that can arise here."""
        folded, named = 0, set[str]()
        for purpose, needs in _by_purpose(self._rows.that_matter(result.needs)).items():
            verdict = worst(need.verdict for need in needs)
            if self._purposes and verdict is Verdict.ALLOWED and not any(need.decides for need in needs):
                folded += 1
            else:
                causes = dict.fromkeys(text for need in needs for text in self._causes(need, result))
                new = [text for text in causes if text not in named]
                named.update(new)
                yield _row(purpose, needs, verdict, [*self._missing(needs), *new])
        if folded:
            yield ("", f"{folded} other{'s' if folded > 1 else ''}", _WORDS[Verdict.ALLOWED], "", "")

    def not_installed(self, result: RunnerResult) -> str:
        """Return the purposes whose resources are not installed, as one line; "" for none."""
        absent = [name for name, reason in self._rows.left_out(result.needs) if reason == NOT_INSTALLED]
        return f"not installed: {', '.join(dict.fromkeys(map(_short, absent)))}" if absent else ""

    def _missing(self, needs: Sequence[NeedVerdict]) -> Iterator[str]:
        """Yield what is missing, by verbs, and what else a verdict depends on."""
        by_verbs: dict[str, list[str]] = {}
        for need in (need for need in needs if need.verdict is Verdict.DENIED):
            text = f"{_resource(need)}{self._misspelled(need)}"
            by_verbs.setdefault(", ".join(need.missing or need.need.verbs), []).append(text)
        yield from (f"{verbs} {', '.join(names)}" for verbs, names in by_verbs.items())
        yield from _rests_on(needs)

    def _misspelled(self, verdict: NeedVerdict) -> str:
        """Return whose role has the resource with a typo in it; "" for nobody's."""
        known = misspelling_of(verdict.need.group, verdict.need.resource, self._snapshot)
        return f" (misspelled in {known.product}'s role)" if known else ""

    def _causes(self, need: NeedVerdict, result: RunnerResult) -> Iterator[str]:
        """Yield the roles with the missing rule that are not aggregated any more."""
        is_denied = need.verdict is Verdict.DENIED
        wanted = need.need.requests(result.runner.namespace) if is_denied else ()
        requests = [request for request in wanted if request.verb in need.missing]
        yield from (_lost_text(lost) for lost in self._lost if _grants(lost, requests))


def _row(purpose: str, needs: Sequence[NeedVerdict], verdict: Verdict, missing: Sequence[str]) -> Row:
    met = sum(1 for need in needs if need.verdict is Verdict.ALLOWED)
    return (_mark(needs, verdict), purpose, _WORDS[verdict], f"{met} of {len(needs)}", "; ".join(missing))


def _rests_on(needs: Sequence[NeedVerdict]) -> Iterator[str]:
    """Yield what else verdicts depend on; releases, which can be many, in one phrase."""
    causes = [need.rests_on for need in needs if need.rests_on]
    if len(causes) > 1 and any(isinstance(cause, ReleaseDecides) for cause in causes):
        yield f"{len(causes)} are needed by certain releases only: name yours with --kfp-version"
    else:
        yield from map(rests_on_text, causes)


def _grants(lost: LostRole, requests: Iterable[Request]) -> bool:
    return any(rule_allows(rule, request) for rule in lost.role.rules for request in requests)


def _lost_text(lost: LostRole) -> str:
    return f"{part(lost.role.name)} is not aggregated into {part(lost.parent)}"


def _mark(needs: Sequence[NeedVerdict], verdict: Verdict) -> str:
    if verdict is Verdict.ALLOWED:
        return ""
    if verdict is Verdict.UNKNOWN:
        return MARK_UNKNOWN
    decides = any(need.decides and need.verdict is Verdict.DENIED for need in needs)
    return MARK_ERROR if decides else MARK_LOOK


def _by_purpose(needs: Iterable[NeedVerdict]) -> dict[str, list[NeedVerdict]]:
    groups: dict[str, list[NeedVerdict]] = {}
    for need in needs:
        groups.setdefault(need.need.purpose, []).append(need)
    return groups


def _resource(verdict: NeedVerdict) -> str:
    """Return the resource without its group: the purpose says which component it belongs to."""
    need = verdict.need
    return f"{need.resource}/{need.name}" if need.name else need.resource


def _short(need: str) -> str:
    """Return a purpose as it is, or a need without its verbs and group."""
    return need.rpartition(" ")[2].partition(".")[0]
