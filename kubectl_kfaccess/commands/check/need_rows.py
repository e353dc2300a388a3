"""Needs as rows: what is needed and why, whether the runner has it, and what grants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.check.check import Check, RunnerResult
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict, ReleaseDecides, StandIn
from kubectl_kfaccess.output.blocks import Column
from kubectl_kfaccess.output.rbac_terms import name_line, path_text, paths_of, rule_text
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.terminal.safe_text import NOTHING, shown

ANSWERS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "no", Verdict.UNKNOWN: "?"}
COLUMNS = (
    Column("NAMESPACE", wide=True),
    Column("SUBJECT", wide=True),
    Column("FOR"),
    Column("NEED"),
    Column("ANSWER"),
    Column("ROLE"),
    Column("NOTE", optional=True, rank=1, footnote=True),
    Column("BINDING", wide=True),
    Column("VERSIONS", wide=True),
    Column("WHY", wide=True),
)
NOT_INSTALLED = "not installed"
NOT_NEEDED = "not needed by this release"


def runner_name(result: RunnerResult) -> str:
    """Return the runner's name; with kind and namespace, unless it is an account of its own namespace."""
    subject = result.runner.who.subject
    return shown(subject.name) if subject.namespace == result.runner.namespace else name_line(subject)


def rests_on_text(cause: StandIn | ReleaseDecides) -> str:
    """Return what else a verdict depends on, besides the verbs."""
    if isinstance(cause, ReleaseDecides):
        first, last = cause.versions.first, cause.versions.last
        return f"needed only {f'since {first}' if first else f'up to {last}'}, and the release is not known"
    needs = " and ".join(f"`{','.join(need.verbs)} {need.title}`" for need in cause.needs)
    if cause.unsure:
        return f"up to {cause.until} {needs} stands in for it, and the release is not known"
    return f"{needs} stands in for it up to {cause.until}"


class NeedRows:
    """The rows of needs; *purposes* are those of `--for`."""

    def __init__(self, check: Check, purposes: tuple[str, ...]) -> None:
        self._snapshot = check.snapshot
        self._served = check.served
        self._purposes = purposes

    def row(self, verdict: NeedVerdict) -> tuple[str, ...]:
        """Return the cells of a need, without those of the runner."""
        need = verdict.need
        role, binding = self._through(verdict)
        return (
            need.purpose,
            f"{','.join(need.verbs)} {need.title}",
            _answer(verdict),
            role,
            self.note(verdict),
            binding,
            str(need.versions),
            need.why,
        )

    def key(self, verdicts: Sequence[NeedVerdict]) -> object:
        """Return a key that is equal for runners with equal rows."""
        return tuple((verdict.verdict, verdict.verdicts, self._through(verdict)) for verdict in verdicts)

    def note(self, verdict: NeedVerdict) -> str:
        """Return the note on a need's answer; "" for none."""
        notes = [rests_on_text(verdict.rests_on)] if verdict.rests_on else []
        notes += [NOT_NEEDED] if verdict.needed is False else []
        notes += [NOT_INSTALLED] if self._is_absent(verdict) else []
        return "; ".join(notes)

    def that_matter(self, verdicts: Sequence[NeedVerdict]) -> list[NeedVerdict]:
        """Return the verdicts to show: without needs that cannot arise here, unless `--for` names them."""
        return [verdict for verdict, reason in self._reasons(verdicts) if not reason]

    def left_out(self, verdicts: Sequence[NeedVerdict]) -> Iterator[tuple[str, str]]:
        """Yield (need, reason) for what is left out; a purpose that is left out as a whole is named once."""
        purposes = {verdict.need.purpose for verdict in self.that_matter(verdicts)}
        for verdict, reason in self._reasons(verdicts):
            need = verdict.need
            name = f"{','.join(need.verbs)} {need.title}" if need.purpose in purposes else need.purpose
            if reason:
                yield name, reason

    def _reasons(self, verdicts: Sequence[NeedVerdict]) -> Iterator[tuple[NeedVerdict, str]]:
        """
        Yield each verdict with the reason to leave it out, "" for none.

        The first need of a purpose is for its main resource. Without that, no need of the purpose can arise.
        """
        first = {verdict.need.purpose: verdict for verdict in reversed(verdicts)}
        for verdict in verdicts:
            if verdict.decides or verdict.need.purpose in self._purposes:
                yield verdict, ""
            elif self._is_absent(verdict) or self._is_absent(first[verdict.need.purpose]):
                yield verdict, NOT_INSTALLED
            else:
                yield verdict, NOT_NEEDED if verdict.needed is False else ""

    def _is_absent(self, verdict: NeedVerdict) -> bool:
        """Whether the resource of the need is not installed."""
        need = verdict.need
        kind = need.resource.partition("/")[0]
        return "." in need.group and (need.group, kind) not in self._served and not need.core

    def _through(self, verdict: NeedVerdict) -> tuple[str, str]:
        """Return the role and the binding of the first grant; for a no, the rule that is missing."""
        if verdict.verdict is Verdict.DENIED and verdict.missing:
            return f"missing: {rule_text(verdict.rule())}", NOTHING
        grant = next(filter(None, verdict.grants), None)
        if grant is None:
            return NOTHING, NOTHING
        path = path_text(paths_of(grant, self._snapshot)[0])
        return f"{grant.role.kind}/{path}", f"{grant.binding.kind}/{shown(grant.binding.name)}"


def _answer(verdict: NeedVerdict) -> str:
    if verdict.verdict is Verdict.ALLOWED and verdict.missing:
        return "instead"  # the note names the permission that replaces it
    if verdict.verdict is Verdict.DENIED and 0 < len(verdict.missing) < len(verdict.need.verbs):
        return f"no: {','.join(verdict.missing)}"
    return ANSWERS[verdict.verdict]
