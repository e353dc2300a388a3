"""What `who-can` asks the server: about subjects whose roles cannot be read, and whether rows are right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.model import Binding, ClusterRole, ObjectMeta, PolicyRule, Role
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.server_reasons import parse_reason
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import GROUP, Identity, Principal, displayed, spelled
from kubectl_kfaccess.rbac.who_can import Item, Listing, merged
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reply, Reviewer
from kubectl_kfaccess.verify.choice import Verification
from kubectl_kfaccess.verify.server_verdicts import SAMPLE, sample

Verified = dict[tuple[str, str, Principal, str], bool | None]
"""Whether the server allows a row, by `row_key`; None if it did not answer."""


def row_key(item: Item) -> tuple[str, str, Principal, str]:
    """Return the verb, the resource's title, the subject and the namespace of a row."""
    return (item.question.request.verb, item.question.title, item.who, item.namespace)


class CandidateListings(Struct, frozen=True):
    """
    Listings completed with the subjects that the server allows, though their roles cannot be read.

    *asked_count* is the number of different reviews sent, *unanswered_count* the number of candidates on
    which the server gave no answer; *problems* says why.
    """

    listings: tuple[Listing, ...]
    asked_count: int
    unanswered_count: int
    problems: tuple[str, ...]


def with_candidates(
    reviewer: Reviewer, evaluator: Evaluator, listings: Sequence[Listing]
) -> CandidateListings:
    """Return *listings* with every subject that the server allows, although its role cannot be read."""
    candidates = [
        (number, binding, who)
        for number, listing in enumerate(listings)
        for binding in evaluator.hidden(listing.question.namespaces)
        for who in principals_of(binding)
    ]
    reviews = [
        _review(who, listings[number].question.request, binding.namespace)
        for number, binding, who in candidates
    ]
    replies = reviewer.ask(reviews)
    new_items: dict[int, dict[tuple[str, Principal], Item]] = {}
    for (number, binding, who), reply in zip(candidates, replies, strict=True):
        if reply.allowed:
            item = _item(evaluator.snapshot, listings[number].question, who, binding, reply)
            new_items.setdefault(number, {})[item.namespace, item.who] = item
    problems = tuple(dict.fromkeys(reply.problem for reply in replies if reply.allowed is None))
    return CandidateListings(
        tuple(
            with_items(listing, new_items.get(number, {}).values()) for number, listing in enumerate(listings)
        ),
        len(set(reviews)),
        sum(reply.allowed is None for reply in replies),
        problems,
    )


class RowVerification(Struct, frozen=True):
    """
    What the server says of the rows.

    *failed*: it disagrees with a row, or did not answer.
    """

    verified: Verified
    disagreements: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool


def verify_rows(
    reviewer: Reviewer, listings: Sequence[Listing], verification: Verification
) -> RowVerification:
    """
    Return what the server says of every row, or of a sample.

    Rows for some object names only, and accounts that are listed for a group, are not asked about.
    """
    every = [
        item for listing in listings for item in listing.items if not item.names_only and item.through is None
    ]
    items = sample(every, SAMPLE) if verification.is_sample else every
    reviewer.announce(len(items))
    replies = reviewer.ask([_review(item.who, item.question.request, item.namespace) for item in items])
    pairs = list(zip(items, replies, strict=True))
    wrong = [(item, reply) for item, reply in pairs if reply.allowed is False]
    silent = sum(reply.allowed is None for _, reply in pairs)
    notes = [f"verified: {len(items):,} asked, {len(wrong):,} disagree, {silent:,} not answered"]
    notes += dict.fromkeys(f"not verified: {r.problem}" for _, r in pairs if r.allowed is None)
    return RowVerification(
        {row_key(item): reply.allowed for item, reply in pairs},
        tuple(_disagreement(item, reply) for item, reply in wrong),
        tuple(notes),
        bool(wrong or silent),
    )


def _review(who: Principal, request: Request, namespace: str) -> AccessQuestion:
    """Return the review for *who* exactly as a binding names it: a group alone, a user without groups."""
    placed = replace(request, namespace=namespace)
    return AccessQuestion(placed, Identity("", (who.name,)) if who.kind == GROUP else Identity(who.name))


def _item(snapshot: Snapshot, question: Question, who: Principal, binding: Binding, reply: Reply) -> Item:
    """Return a row that the server's reply proves, with the binding and role of its reason, if it has one."""
    reason = parse_reason(reply.reason)
    if reason is not None:
        named, role = reason.binding, reason.role
        # of a binding that can be read we know more than its name: its annotations, its subjects
        wide, inside = snapshot.cluster_role_bindings, snapshot.role_bindings
        binding = (inside if named.namespace else wide).get(named.key, named)
    else:
        ref = binding.role_ref
        meta = ObjectMeta(ref.name, binding.namespace)
        role = Role(metadata=meta) if ref.kind == "Role" else ClusterRole(metadata=ObjectMeta(ref.name))
    return Item(question, who, binding.namespace, (Grant(who, binding, role, PolicyRule()),))


def with_items(listing: Listing, items: Iterable[Item]) -> Listing:
    """Return *listing* with those of *items* whose namespace and subject it does not have."""
    known = {(item.namespace, item.who) for item in listing.items}
    new = (item for item in items if (item.namespace, item.who) not in known)
    return Listing(listing.question, merged(listing.items, new), listing.named, listing.uncertain)


def _disagreement(item: Item, reply: Reply) -> str:
    where = f" in namespace `{item.namespace}`" if item.namespace else " cluster-wide"
    reason = f": {reply.reason}" if reply.reason else ""
    what = f"{item.question.request.verb} {item.question.title}"
    return f"`{spelled(displayed(item.who))}` {what}{where}: RBAC says yes, the server says no{reason}"
