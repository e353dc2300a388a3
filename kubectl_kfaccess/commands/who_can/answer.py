"""`who-can VERB TYPE`: everybody who may, where, and through which binding, role and aggregation."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.who_can.arguments import _kinds, _target
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.rbac.evaluator import Evaluator
    from kubectl_kfaccess.rbac.known_subjects import Via
    from kubectl_kfaccess.rbac.queries import Question
    from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
    from kubectl_kfaccess.rbac.who_can import Item, Listing
    from kubectl_kfaccess.sources.source import Source
    from kubectl_kfaccess.verify.hidden_roles import Candidates


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return who can do what the arguments ask."""
    from kubectl_kfaccess.commands.who_can.report import WhoCan
    from kubectl_kfaccess.output.gaps import lines
    from kubectl_kfaccess.rbac.evaluator import Evaluator
    from kubectl_kfaccess.rbac.known_subjects import Via
    from kubectl_kfaccess.rbac.who_can import listing
    from kubectl_kfaccess.resolve.namespaces import absence, chosen, named
    from kubectl_kfaccess.resolve.resource_words import naming

    flags.check_verify(args)
    kinds = _kinds(args.subject_kind)
    target = _target(args)
    source = flags.source(args, env)
    words = naming(args.verb, target, source)
    choice = chosen(args, source)
    snapshot = _read(source, words.questions(choice.namespaces), args)
    questions = words.questions(choice.namespaces, snapshot)
    places = (*choice.remarks, *absence(source, named(args)))
    if args.expect_only:
        unknown = () if snapshot.gaps else words.unknown(snapshot)
        _check_expectation((*(places if choice.explicit else ()), *unknown))
    evaluator = Evaluator(snapshot)
    found = [listing(evaluator, question) for question in questions]
    gaps = _gaps(evaluator, questions)
    candidates = _candidates(source, evaluator, found)
    if candidates:
        found, gaps = list(candidates.listings), _left(gaps, candidates)
    hidden = len({item.who for one in found for item in one.items})
    found, alone = _seen(found, flags.via(args))
    shown, left_out = _narrowed(found, snapshot, kinds, args)
    proof = None
    if args.verify and source.reviewer:
        from kubectl_kfaccess.verify.hidden_roles import proved

        proof = proved(source.reviewer, shown, args.verify, env.stderr.write)
    notes = (
        *words.notes(questions, snapshot, chose=choice.explicit),
        *_findings(evaluator, questions, found, shown, args),
        *alone,
        *left_out,
        *_candidate_notes(candidates, gaps),
        *(proof.notes if proof else ()),
        *snapshot.notes,
        *(() if args.via == Via.KUBEFLOW.value else (MASTERS_NOTE,)),
    )
    verified = proof.verified if proof else None
    found_out = WhoCan(snapshot, shown, gaps, notes, hidden, verified, marked=not args.via)
    extra = _unexpected(shown, args.expect_only)
    return Answer(
        found_out.report(),
        remarks=(
            *places,
            *(() if any(one.items for one in shown) else (found_out.nothing(),)),
            *(f"not expected: {one}" for one in extra),
            *(f"disagreement: {line}" for line in (proof.disagreements if proof else ())),
            *lines(gaps),
            *(f"note: {note}" for note in notes),
        ),
        status=_status(
            extra,
            incomplete=bool(gaps) or any(one.uncertain for one in found) or bool(proof and proof.failed),
        ),
    )


MASTERS_NOTE = "members of the group `system:masters` may do everything, whatever RBAC says"
UNCERTAIN = "hand-written rules in an aggregation cycle, which the controller keeps or drops by chance"
USER_ALONE = "Kubeflow asks about these resources with the user's name alone: grants to groups do not count"


def _read(source: Source, asked: tuple[Question, ...], args: argparse.Namespace) -> Snapshot:
    """Read what the questions need: no RoleBinding matters to a URL or to a cluster-scoped type."""
    from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
    from kubectl_kfaccess.sources.source import Wanted

    places = [question.namespaces for question in asked]
    named = tuple(dict.fromkeys(name for place in places for name in place or ()))
    namespaces = None if None in places else named
    wanted = CLUSTER_WIDE if namespaces == () else (*CLUSTER_WIDE, *IN_NAMESPACES)
    if not args.expand_groups:
        return source.read(Wanted(wanted, namespaces))
    # accounts of every namespace may be members of a group that is bound in one
    return source.read(Wanted(("serviceaccounts",))).over(source.read(Wanted(wanted, namespaces)))


def _gaps(evaluator: Evaluator, questions: tuple[Question, ...]) -> tuple[Gap, ...]:
    return tuple(sorted({gap for question in questions for gap in evaluator.gaps(question.namespaces)}))


def _candidates(source: Source, evaluator: Evaluator, found: list[Listing]) -> Candidates | None:
    """Whom bindings name whose roles cannot be read, as the server decides on them."""
    if source.reviewer is None or not evaluator.snapshot.gaps:
        return None
    from kubectl_kfaccess.verify.hidden_roles import with_candidates

    return with_candidates(source.reviewer, evaluator, found)


def _left(gaps: tuple[Gap, ...], candidates: Candidates) -> tuple[Gap, ...]:
    """The gaps that still matter: unread roles do not, once the server has decided on everybody."""
    if candidates.open_ or not candidates.asked:
        return gaps
    return tuple(gap for gap in gaps if gap.resource not in ("clusterroles", "roles"))


def _candidate_notes(candidates: Candidates | None, gaps: tuple[Gap, ...]) -> Iterator[str]:
    if candidates and candidates.asked:
        yield f"roles could not be read: the server was asked about {_count(candidates.asked, 'subject')}"
        yield from (f"not known: {problem}" for problem in candidates.problems)
    if any(gap.resource == "clusterrolebindings" for gap in gaps):
        yield "who may act in the whole cluster is not known: ClusterRoleBindings cannot be read"


def _seen(found: list[Listing], via: Via | None) -> tuple[list[Listing], tuple[str, ...]]:
    """The listings as that plane sees them, and what to say of the groups that it does not see."""
    from msgspec.structs import replace

    from kubectl_kfaccess.rbac.known_subjects import Via
    from kubectl_kfaccess.rbac.subjects import GROUP

    if via is not Via.KUBEFLOW:
        return found, ()
    groups = {item.who for one in found for item in (*one.items, *one.named) if item.who.kind == GROUP}

    def alone(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(item for item in items if item.who.kind != GROUP)

    kept = [
        replace(one, items=alone(one.items), named=alone(one.named), uncertain=alone(one.uncertain))
        for one in found
    ]
    verb = "is" if len(groups) == 1 else "are"
    note = f"{_count(len(groups), 'group')} {verb} left out: Kubeflow asks about the user's name alone"
    return kept, (note,) if groups else ()


def _narrowed(
    found: list[Listing], snapshot: Snapshot, kinds: frozenset[str], args: argparse.Namespace
) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    """The listings with the subjects that the flags ask for, and what to say of those left out."""
    from msgspec.structs import replace

    from kubectl_kfaccess.rbac.who_can import merged, with_accounts

    if args.include_named:
        found = [replace(one, items=merged(one.items, one.named)) for one in found]
    if args.expand_groups:
        found = [replace(one, items=with_accounts(one.items, snapshot)) for one in found]
    if kinds:
        found = [replace(one, items=tuple(i for i in one.items if i.subject.kind in kinds)) for one in found]
    if not args.no_platform:
        return tuple(found), ()
    ours = _platform(snapshot)
    kept = [replace(one, items=tuple(i for i in one.items if not ours(i))) for one in found]
    count = len({item.who for one in found for item in one.items if ours(item)})
    note = f"{count} of the platform's own subjects {'is' if count == 1 else 'are'} left out (--no-platform)"
    return tuple(kept), (note,) if count else ()


def _platform(snapshot: Snapshot) -> Callable[[Item], bool]:
    from kubectl_kfaccess.kubeflow.tenants.platform import is_platform, platform_namespaces

    namespaces = platform_namespaces(snapshot.cluster_role_bindings.values())

    def is_ours(item: Item) -> bool:
        subject = item.subject
        return is_platform(subject.kind, subject.name, subject.namespace or "", namespaces)

    return is_ours


def _findings(
    evaluator: Evaluator,
    questions: tuple[Question, ...],
    found: list[Listing],
    shown: tuple[Listing, ...],
    args: argparse.Namespace,
) -> Iterator[str]:
    """What rows alone would hide: named objects, uncertain rules, groups that do not count, missing roles."""
    named = {item.who for one in found for item in one.named}
    if named and not args.include_named:
        yield f"{_count(len(named), 'subject')} may get named objects only: --include-named"
    for one in found:
        if one.uncertain:
            yield f"not known for {_count(len(one.uncertain), 'subject')}: {UNCERTAIN}"
    virtual = (one for one in shown if not args.via and one.question.type and one.question.type.virtual)
    if any(grant.who.kind == "Group" for one in virtual for item in one.items for grant in item.grants):
        yield USER_ALONE
    yield from _dangling(evaluator, questions)


def _dangling(evaluator: Evaluator, questions: tuple[Question, ...]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], list[str]] = {}
    bindings = (binding for question in questions[:1] for binding in evaluator.dangling(question.namespaces))
    for binding in bindings:
        ref = binding.role_ref
        where = binding.namespace if ref.kind == "Role" else ""
        place = f"{binding.kind} `{'/'.join(part for part in binding.key if part)}`"
        seen.setdefault((ref.kind, where, ref.name), []).append(place)
    for (kind, where, name), places in sorted(seen.items()):
        role = f"{kind} `{where}/{name}`" if where else f"{kind} `{name}`"
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"{role} does not exist: {places[0]}{more} grants nothing until somebody creates it"


def _check_expectation(said: Iterable[str]) -> None:
    """An expectation of what nobody knows is always met: a slip must not keep a build green."""
    for one in said:
        raise UsageError(one, hint="mend it: of what is not there `--expect-only` would always hold")


def _unexpected(found: tuple[Listing, ...], patterns: list[str]) -> list[str]:
    """The listed subjects that no pattern covers, as `user:NAME`, `group:NAME`, `sa:NS/NAME`."""
    from fnmatch import fnmatchcase

    from kubectl_kfaccess.rbac.subjects import spelled

    if not patterns:
        return []
    for pattern in patterns:
        if pattern.partition(":")[0] not in ("user", "group", "sa", "*"):
            raise UsageError(
                f"`{pattern}` matches no subject", hint="write user:NAME, group:NAME or sa:NAMESPACE/NAME"
            )
    listed = sorted({spelled(item.subject) for one in found for item in one.items})
    return [one for one in listed if not any(fnmatchcase(one, pattern) for pattern in patterns)]


def _status(extra: list[str], *, incomplete: bool) -> ExitStatus:
    if extra:
        return ExitStatus.NO
    return ExitStatus.CANNOT_ANSWER if incomplete else ExitStatus.OK


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
