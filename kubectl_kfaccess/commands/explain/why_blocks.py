"""Why the answer is yes or no: the chain that grants it, or the closest match and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.explain.doubt_text import doubt_text
from kubectl_kfaccess.commands.explain.explanation import Explanation, PlaneAnswer
from kubectl_kfaccess.commands.explain.near_miss_text import miss_text
from kubectl_kfaccess.fixes.actions import RestoreLabel
from kubectl_kfaccess.fixes.candidates import Fix
from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, VIEWER
from kubectl_kfaccess.output.blocks import (
    Block,
    Column,
    Labelled,
    Paragraph,
    Point,
    Points,
    Section,
    Sentence,
    Step,
    Table,
    Tree,
)
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.prose import carets
from kubectl_kfaccess.output.rbac_terms import (
    object_name,
    path_text,
    paths_of,
    rule_text,
    subject_name,
    typed_subject,
)
from kubectl_kfaccess.output.rule_words import rule_words
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import Binding, RoleBinding
from kubectl_kfaccess.rbac.near_misses import Miss, NearMiss
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT
from kubectl_kfaccess.terminal.safe_text import line, part, shown
from kubectl_kfaccess.terminal.words import counted

_INDENT = 4
_LONGEST_COMPARED = 40
"""Longer names do not fit beside each other on a narrow terminal, so that carets would be out of place."""


def why_blocks(answer: PlaneAnswer, value: Explanation, *, wide: bool) -> Iterator[Block]:
    """Yield why the answer is what it is; *wide* shows all chains, all near misses and whole rules."""
    if answer.verdict is Verdict.ALLOWED or not answer.is_asked:
        parts = tuple(_chain_blocks(answer, value, wide=wide))
    else:
        parts = tuple(_no_blocks(answer, value, wide=wide))
    if parts:
        yield Labelled("why", parts)


def _chain_blocks(answer: PlaneAnswer, value: Explanation, *, wide: bool) -> Iterator[Block]:
    chains = list(_by_binding(answer.grants))
    if not chains:
        return
    if relation := _relation(chains[0][0], value.who):
        yield Sentence(relation)
    shown_chains = chains if wide else chains[:1]
    yield from (_chain(grants, value, wide=wide) for grants in shown_chains)
    others = [_binding_text(grants[0].binding) for grants in chains[len(shown_chains) :]]
    if others:
        more = f" and {len(others) - 2} more" if len(others) > 2 else ""
        yield Sentence(f"also by {', '.join(others[:2])}{more}")


def _by_binding(grants: Iterable[Grant]) -> Iterable[list[Grant]]:
    """Return the grants by binding: several rules of one role count as one reason."""
    by_binding: dict[tuple[str, str, str], list[Grant]] = {}
    for grant in grants:
        by_binding.setdefault((grant.binding.kind, *grant.binding.key), []).append(grant)
    return by_binding.values()


def _relation(grant: Grant, who: KnownSubject | None) -> str:
    """Return how the subject stands to the namespace by that grant; "" if no word of Kubeflow's fits."""
    binding = grant.binding
    if grant.who.kind == GROUP and who and who.subject.kind != GROUP:
        return f"member of group {shown(grant.who.name)}, {_membership(grant, who)}"
    if not isinstance(binding, RoleBinding):
        return "everywhere, by a ClusterRoleBinding"
    if binding.name == OWNERS_BINDING:
        return "owner of the profile"
    annotations = binding.metadata.annotations
    if {"user", "role"} <= annotations.keys():
        return f"{shown(annotations['role'])} contributor of the profile"
    return "own account of the profile" if binding.name in (EDITOR, VIEWER) else ""


def _membership(grant: Grant, who: KnownSubject) -> str:
    """Return why the subject counts as a member of the group that the binding names."""
    if who.is_caller:
        return "one of your groups"
    return "as all such subjects are" if grant.who.name in who.implied else "as given with `--group`"


def _chain(grants: Sequence[Grant], value: Explanation, *, wide: bool) -> Tree:
    """Return the chain from the subject to the rule through one binding; remarks name the other paths."""
    grant = grants[0]
    first, *others = paths_of(grant, value.snapshot)
    default = " (Kubernetes default, not in the files)" if value.snapshot.is_assumed(grant.binding) else ""
    kind = "Role " if grant.role.kind == "Role" else ""
    words = rule_text(grant.rule) if wide else rule_words(grant.rule, value.answers[0].question.request)
    *roles, last = first
    steps = (
        *_subject_steps(grant, value.who),
        f"{_binding_text(grant.binding)}{default}",
        *(f"{kind}{shown(name)}" for name in roles),
        f"{kind}{part(last)}: {words}",
    )
    ways = tuple(f"also by {path_text(path).replace(' <- ', ', ')}" for path in others)
    more = (f"and by {counted(len(grants) - 1, 'more rule')} of it",) if len(grants) > 1 and wide else ()
    return Tree(steps, (*ways, *more), indent=_INDENT)


def _subject_steps(grant: Grant, who: KnownSubject | None) -> Iterator[str]:
    """Yield the steps for the subject, and for the group by which the binding applies to it."""
    if who:
        yield typed_subject(who.subject)
        if grant.who.kind == GROUP and who.subject.kind != GROUP:
            yield f"group {shown(grant.who.name)}"


def _binding_text(binding: Binding) -> str:
    return f"{binding.kind} {object_name(binding)}"


def _no_blocks(answer: PlaneAnswer, value: Explanation, *, wide: bool) -> Iterator[Block]:
    """Yield what is not known, and the closest match; with *wide* all of them."""
    if answer.doubts:
        texts = dict.fromkeys(f"not known: {line(short(doubt_text(doubt)))}" for doubt in answer.doubts)
        yield Paragraph(tuple(texts))
    misses = answer.misses
    if misses:
        yield from _miss_blocks(misses[0], answer, value)
    elif not answer.doubts and not answer.unknown_words and not answer.useless and not answer.kfam:
        yield Sentence("no binding grants it to them, and nothing comes close")
    if wide and misses:
        yield Points("closest matches", tuple(Point(miss_text(near)) for near in misses))
    elif len(misses) > 1:
        yield Sentence(f"{counted(len(misses) - 1, 'other match', 'other matches')}, less close: -o wide")


def _miss_blocks(near: NearMiss, answer: PlaneAnswer, value: Explanation) -> Iterator[Block]:
    """Yield the closest match: as a tree to a lost label, as two names, or as one line."""
    if near.miss is Miss.MISSING_LABEL and near.binding and value.who and len(near.path) > 1:
        yield from _label_blocks(near, near.binding, answer, value.who)
    elif near.miss is Miss.OTHER_NAME and near.subject and near.binding and value.who:
        yield from _name_blocks(near, near.binding, value.who)
    else:
        yield Sentence(miss_text(near))


def _label_blocks(
    near: NearMiss, binding: Binding, answer: PlaneAnswer, who: KnownSubject
) -> Iterator[Block]:
    *roles, last = map(part, near.path)
    yield Sentence(f"{roles[0]} lacks the rule: {last} has it, but is not aggregated into {roles[-1]}")
    instead = (f"it has instead: {line(near.actual)}",) if near.actual else ()
    details = (f"missing label: {line(near.wanted)}", *instead)
    steps: tuple[str | Step, ...] = (
        typed_subject(who.subject),
        _binding_text(binding),
        *roles,
        Step(f"{last}, which has the rule", broken=True, details=details),
    )
    yield Tree(steps, indent=_INDENT)
    fix = next((proposal.fix for proposal in answer.fixes if _restores(proposal.fix, near)), None)
    if fix:
        yield Sentence(_loss_text(fix))


def _restores(fix: Fix, near: NearMiss) -> bool:
    action = fix.action
    return isinstance(action, RestoreLabel) and near.wanted == f"{action.key}={action.value}"


def _loss_text(fix: Fix) -> str:
    """Return who ships the label, and how many have lost access with it: they gain it by the fix."""
    component = fix.action.component if isinstance(fix.action, RestoreLabel) else ""
    subjects = len({change.who for change in fix.changes if change.gained})
    lost = f"{counted(subjects, 'subject')}{_namespaces_text(fix)} lost access with it"
    return f"{component} ships that label; {lost}" if component else lost


def _namespaces_text(fix: Fix) -> str:
    return f" in {counted(fix.namespaces, 'namespace')}" if fix.namespaces else ""


def _name_blocks(near: NearMiss, binding: Binding, who: KnownSubject) -> Iterator[Block]:
    bound = subject_name(near.subject) if near.subject else ""
    own = line(near.wanted)
    is_spelling = near.wanted.casefold() == near.actual.casefold()
    what = "another spelling of the name; names are case-sensitive" if is_spelling else "a similar name"
    group = "the group under " if near.subject and near.subject.kind == GROUP else ""
    if isinstance(binding, RoleBinding) and binding.name == OWNERS_BINDING:
        yield Sentence(f"the profile {shown(binding.namespace)} is owned by {what}")
    else:
        yield Sentence(f"{_binding_text(binding)} grants it to {group}{what}")
    marks = carets(own, bound) if max(len(own), len(bound)) <= _LONGEST_COMPARED else ""
    kind = SERVICE_ACCOUNT if near.subject and near.subject.kind == SERVICE_ACCOUNT else ""
    rows = [
        ("granted to", bound, _binding_text(binding)),
        ("you asked", own, kind),
        *([("", marks, "")] if marks else []),
    ]
    columns = (Column(""), Column(""), Column("", optional=True, rank=2))
    yield Table(columns, lambda: (Section("", rows),), headers=False, indent=_INDENT)
