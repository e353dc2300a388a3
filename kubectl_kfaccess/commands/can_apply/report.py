"""The report of `can-apply`: the verdict, the objects that fail, and what would let them pass."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.can_apply.arguments import KIND, Options
from kubectl_kfaccess.commands.can_apply.can_apply import CanApply
from kubectl_kfaccess.commands.can_apply.items import head, items
from kubectl_kfaccess.commands.can_apply.not_checked import NOT_CHECKED
from kubectl_kfaccess.commands.can_apply.object_text import object_text, place_text
from kubectl_kfaccess.commands.can_apply.refusal_text import refusal_text
from kubectl_kfaccess.commands.can_apply.rows import outcome_table
from kubectl_kfaccess.commands.can_apply.verdict_text import headline, unknown_text
from kubectl_kfaccess.fixes.bundle_fix import BundleFix
from kubectl_kfaccess.output.blocks import Block, Code, Notes, Point, Points
from kubectl_kfaccess.output.rbac_terms import typed_subject
from kubectl_kfaccess.output.report import Case, Report
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.bundle import Outcome
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.terminal.safe_text import line, part, shown


def report(value: CanApply, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    wide = options.output.format == "wide"
    table = outcome_table(value, folds=not wide)
    return Report(
        kind=KIND,
        blocks=(headline(value, options.files), table, *_closing(value, wide=wide)),
        table=table,
        head=lambda: head(value),
        items=lambda: items(value),
        names=lambda: _names(value),
        cases=lambda: (_case(outcome, value.who) for outcome in value.outcomes),
        fix=_fix_code(value.fix, value) if value.fix else None,
        conclusion=_without_fix(value) if options.output.format == "fix" and not value.fix else "",
    )


def _closing(value: CanApply, *, wide: bool) -> Iterator[Block]:
    """Yield how to get a fix, and what was not checked: in a line, or with *wide* in whole."""
    fix = ("fix: the same with -o fix prints the roles that are missing",) if value.fix else ()
    if not wide:
        yield Notes((*fix, f"not checked: {', '.join(each.short for each in NOT_CHECKED)}"))
        return
    yield Points("not checked", tuple(Point(each.text) for each in NOT_CHECKED))
    if fix:
        yield Notes(fix)


def _names(value: CanApply) -> Iterator[str]:
    """Yield the objects that cannot be applied, or perhaps cannot, as kubectl names them."""
    for outcome in value.outcomes:
        if outcome.verdict is not Verdict.ALLOWED:
            each = outcome.object
            group = f".{part(each.type.group)}" if each.type and each.type.group else ""
            where = f"{part(each.namespace)}/" if each.namespace else ""
            yield f"{shown(each.kind.lower())}{group}/{where}{part(each.name or each.generate_name)}"


def _case(outcome: Outcome, who: KnownSubject) -> Case:
    name, group = object_text(outcome.object), place_text(outcome.object)
    if outcome.verdict is Verdict.DENIED:
        return Case(name, group, failure=refusal_text(outcome, who))
    return Case(name, group, error="" if outcome.verdict is Verdict.ALLOWED else unknown_text(outcome, who))


def _fix_code(fix: BundleFix, value: CanApply) -> Code:
    """Return the manifests, below comments on what they do, and on what no permission helps."""
    who = typed_subject(value.who.subject)
    comments = [f"# apply this first: then {who} can apply the bundle{' up to this:' if fix.remains else ''}"]
    comments += (f"# - {object_text(each.object)}: {_why(each, value.who)}" for each in fix.remains)
    return Code(("".join(f"{line(text)}\n" for text in comments), manifests_text(fix.manifests)), "yaml")


def _why(outcome: Outcome, who: KnownSubject) -> str:
    return refusal_text(outcome, who) or unknown_text(outcome, who)


def _without_fix(value: CanApply) -> str:
    """Return the line that `-o fix` prints to stderr if there is no fix."""
    return "nothing is missing" if value.verdict is Verdict.ALLOWED else "no fix can be written"
