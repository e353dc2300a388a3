"""`who-can` and the server: whom bindings name though their roles cannot be read, and whether rows are so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.model import Binding, ClusterRole, ObjectMeta, PolicyRule, Role
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.server_reasons import named
from kubectl_kfaccess.rbac.snapshot import principals_of
from kubectl_kfaccess.rbac.subjects import GROUP, Identity, Principal, displayed, spelled
from kubectl_kfaccess.rbac.who_can import Item, Listing, merged
from kubectl_kfaccess.sources.cluster.access_reviews import Asked, Reply, Reviewer
from kubectl_kfaccess.verify.choice import Verification
from kubectl_kfaccess.verify.server_verdicts import SAMPLE, sample

Verified = dict[tuple[str, Principal, str], bool | None]


class Candidates(Struct, frozen=True):
    """Listings with those whom only the server could decide on; *open_* counts whom it did not."""

    listings: tuple[Listing, ...]
    asked: int
    open_: int
    problems: tuple[str, ...]


def with_candidates(reviewer: Reviewer, evaluator: Evaluator, listings: Sequence[Listing]) -> Candidates:
    """Return *listings* with everybody whose role cannot be read and whom the server allows it."""
    pairs = [
        (number, binding, who)
        for number, one in enumerate(listings)
        for binding in evaluator.hidden(one.question.namespaces)
        for who in principals_of(binding)
    ]
    questions = [
        _asked(who, listings[number].question.request, binding.namespace) for number, binding, who in pairs
    ]
    replies = reviewer.ask(questions)
    more: dict[int, dict[tuple[str, Principal], Item]] = {}
    for (number, binding, who), reply in zip(pairs, replies, strict=True):
        if reply.allowed:
            item = _item(listings[number].question, who, binding, reply)
            more.setdefault(number, {})[item.namespace, item.who] = item
    problems = tuple(dict.fromkeys(reply.problem for reply in replies if reply.allowed is None))
    return Candidates(
        tuple(_with(one, more.get(number, {})) for number, one in enumerate(listings)),
        len(set(questions)),
        sum(reply.allowed is None for reply in replies),
        problems,
    )


class Proof(Struct, frozen=True):
    """What the server says of rows: by resource title, subject and namespace; None where it was silent."""

    verified: Verified
    disagreements: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool


def proved(reviewer: Reviewer, listings: Sequence[Listing], verification: Verification) -> Proof:
    """Return what the server says of every row, or of a sample."""
    every = [item for one in listings for item in one.items if not item.names_only and item.through is None]
    items = sample(every, SAMPLE) if verification.is_sample else every
    reviewer.announce(len(items))
    replies = reviewer.ask([_asked(i.who, i.question.request, i.namespace) for i in items])
    pairs = list(zip(items, replies, strict=True))
    wrong = [(item, reply) for item, reply in pairs if reply.allowed is False]
    silent = sum(reply.allowed is None for _, reply in pairs)
    notes = [f"verified: {len(items):,} asked, {len(wrong):,} disagree, {silent:,} not answered"]
    notes += dict.fromkeys(f"not verified: {r.problem}" for _, r in pairs if r.allowed is None)
    return Proof(
        {(item.question.title, item.who, item.namespace): reply.allowed for item, reply in pairs},
        tuple(_disagreement(item, reply) for item, reply in wrong),
        tuple(notes),
        bool(wrong or silent),
    )


def _asked(who: Principal, request: Request, namespace: str) -> Asked:
    """The review of one principal, exactly as a binding names it: a group alone, a user without groups."""
    placed = replace(request, namespace=namespace)
    return Asked(placed, Identity("", (who.name,)) if who.kind == GROUP else Identity(who.name))


def _item(question: Question, who: Principal, binding: Binding, reply: Reply) -> Item:
    """A row that rests on the server's word: the binding that it names, and a role that could not be read."""
    found = named(reply.reason)
    if found is not None:
        binding, role = found.binding, found.role
    else:
        ref = binding.role_ref
        meta = ObjectMeta(ref.name, binding.namespace)
        role = Role(metadata=meta) if ref.kind == "Role" else ClusterRole(metadata=ObjectMeta(ref.name))
    return Item(question, who, binding.namespace, (Grant(who, binding, role, PolicyRule()),))


def _with(one: Listing, more: dict[tuple[str, Principal], Item]) -> Listing:
    known = {(item.namespace, item.who) for item in one.items}
    new: Iterator[Item] = (item for key, item in more.items() if key not in known)
    return Listing(one.question, merged(one.items, new), one.named, one.uncertain)


def _disagreement(item: Item, reply: Reply) -> str:
    where = f" in namespace `{item.namespace}`" if item.namespace else " cluster-wide"
    reason = f": {reply.reason}" if reply.reason else ""
    what = f"{item.question.request.verb} {item.question.title}"
    return f"`{spelled(displayed(item.who))}` {what}{where}: RBAC says yes, the server says no{reason}"
