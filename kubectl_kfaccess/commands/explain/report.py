"""The answer of `explain`: a verdict, its chains drawn for people, and the same as data for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from kubectl_kfaccess.commands.explain.planes_text import Planes, planes_data, planes_text
from kubectl_kfaccess.commands.resources.calls_report import Call, NotIsolated, not_isolated_text
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.rbac_terms import (
    grant_data,
    paths_of,
    queries,
    rule_text,
    subject_data,
    who_data,
)
from kubectl_kfaccess.output.report import API_VERSION, Data
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.near_misses import Miss, NearMiss
from kubectl_kfaccess.rbac.queries import Question
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, SERVICE_ACCOUNT, displayed, spelled
from kubectl_kfaccess.terminal.safe_text import line, part, shown

WORDS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "no", Verdict.UNKNOWN: "not known"}
PLANES = {
    Via.KUBECTL: "kubectl and clients in the cluster",
    Via.KUBEFLOW: "Kubeflow's own services, which ask about the user's name alone",
}


class Contact(Protocol):
    """Somebody to ask; see kubeflow.contacts."""

    @property
    def subject(self) -> Subject: ...
    @property
    def why(self) -> str: ...


class Fix(Protocol):
    """Manifests that turn the answer into yes; see kubeflow.fixes."""

    @property
    def title(self) -> str: ...
    @property
    def objects(self) -> tuple[Data, ...]: ...
    @property
    def further(self) -> int: ...
    @property
    def namespaces(self) -> int: ...
    @property
    def ships(self) -> bool: ...
    @property
    def changes(self) -> Sequence[Any]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def loses(self) -> Subject | None: ...
    @property
    def finding(self) -> str: ...


class Explained(Struct, frozen=True):
    """
    One question's answer, for one plane.

    *asked* is false for a plane that the question is not about, which is told only because it answers
    otherwise. *may_apply* has a word for each fix; *server* is what the server gave as its reason. *calls*
    are those of Kubeflow's services that ask this, *never_asked* is why none does. *unknown* are sentences
    about the words of the question that no rule and no server knows.
    """

    question: Question
    namespace: str
    via: Via
    verdict: Verdict
    grants: tuple[Grant, ...] = ()
    doubts: tuple[str, ...] = ()
    misses: tuple[NearMiss, ...] = ()
    contacts: Sequence[Contact] = ()
    fixes: Sequence[Fix] = ()
    may_apply: tuple[Verdict | None, ...] = ()
    planes: Planes | None = None
    calls: Sequence[Call] = ()
    never_asked: str = ""
    not_isolated: Sequence[NotIsolated] = ()
    server: str = ""
    verified: bool | None = None
    asked: bool = True
    unknown: tuple[str, ...] = ()


class Explanation(Struct, frozen=True):
    """Everything that is said: each question's answer, and the circumstances of all of them."""

    who: Who
    snapshot: Snapshot
    answers: tuple[Explained, ...]
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> Iterator[str]:
        """Yield the answer for people."""
        for number, one in enumerate(self.answers):
            if number:
                yield "\n"
            yield from (f"{text}\n" for text in self._lines(one))
            following = self.answers[number + 1 : number + 2]
            if one.planes and not any(other.question is one.question for other in following):
                yield f"\n{planes_text(one.planes)}\n"

    def document(self) -> Data:
        """Return the answer for machines; the first question's stands at the top as well."""
        items = [self._item(one) for one in self.answers]
        gaps = [{"resource": g.resource, "namespace": g.namespace, "reason": g.reason} for g in self.gaps]
        first = items[0] if items else {}
        return {
            "apiVersion": API_VERSION,
            "kind": "Explanation",
            "subject": who_data(self.who),
            **{key: first.get(key) for key in _AT_THE_TOP},
            "items": items,
            "coverage": {"complete": not gaps, "gaps": gaps},
            "notes": list(self.notes),
        }

    def _lines(self, one: Explained) -> Iterator[str]:
        yield self._verdict_line(one)
        yield from (f"  {line(text)}" for text in one.unknown)
        if one.verdict is Verdict.ALLOWED and one.via is Via.KUBECTL and MASTERS in self.who.groups:
            yield f"  in group {MASTERS}: an authorizer of its own, before RBAC, allows it everything"
        for grants in _by_binding(one.grants):
            yield ""
            yield from self._chain(grants)
        if one.verdict is not Verdict.ALLOWED and one.asked:
            yield from self._nearest(one)
        if one.asked:
            yield from _asked_by(one)

    def _verdict_line(self, one: Explained) -> str:
        what = f"{one.question.request.verb} {one.question.title}"
        may = {Verdict.ALLOWED: "may", Verdict.DENIED: "may not", Verdict.UNKNOWN: "may"}[one.verdict]
        where = f" in namespace {shown(one.namespace)}" if one.namespace else ""
        plane = "" if one.via is Via.KUBECTL and one.asked else f", by {PLANES[one.via]}"
        server = _server_text(one)
        who = _who(self.who.subject)
        colon = " whether" if one.verdict is Verdict.UNKNOWN else ":"
        return f"{WORDS[one.verdict]}{colon} {who} {may} {line(what)}{where}{plane}{server}"

    def _chain(self, grants: Sequence[Grant]) -> Iterator[str]:
        """One binding's way from the subject to the rule, a step a line; the further ways after it."""
        grant = grants[0]
        first, *others = paths_of(grant, self.snapshot)
        steps = list(self._membership(grant))
        steps.append(f"{grant.binding.kind} {_place(grant.binding)}{self._assumed(grant)}")
        steps.append(f"{grant.role.kind} {part(first[0])}")
        steps += [f"aggregates ClusterRole {part(name)}" for name in first[1:]]
        steps.append(f"rule {rule_text(grant.rule)}")
        for depth, step in enumerate(steps):
            yield f"  {step}" if not depth else f"  {'   ' * (depth - 1)}└─ {step}"
        for path in others:
            yield f"  also through {' <- '.join(map(part, path))}"
        if len(grants) > 1:
            yield f"  and by {len(grants) - 1} more of its rules"

    def _membership(self, grant: Grant) -> Iterator[str]:
        """The subject, and the group by which the binding means it."""
        yield f"{self.who.subject.kind} {_name(self.who.subject)}"
        if grant.who.kind == GROUP and self.who.subject.kind != GROUP:
            how = "as every such subject is" if grant.who.name in self.who.implied else "as was said"
            how = "as the server says" if self.who.myself else how
            yield f"in group {shown(grant.who.name)}, {how}"

    def _assumed(self, grant: Grant) -> str:
        return " (built-in, assumed)" if self.snapshot.is_assumed(grant.binding) else ""

    def _nearest(self, one: Explained) -> Iterator[str]:
        if one.doubts:
            yield from ("", "not known:", *(f"  - {line(short(doubt))}" for doubt in one.doubts))
        if one.misses:
            yield from ("", "nearest:", *(f"  - {miss_text(miss)}" for miss in one.misses))
        if one.contacts:
            yield from ("", "ask:", *(f"  - {_who(c.subject)}: {line(c.why)}" for c in one.contacts))
        elif one.namespace and not one.unknown and self._is_owner_unread():
            whose = f"whoever owns `{shown(one.namespace)}`, which cannot be read here"
            yield from ("", "ask:", f"  - {whose}, or the platform's administrators")
        if one.fixes:
            yield ""
            unread = sorted({gap.resource for gap in self.snapshot.gaps if gap.resource in _ROLES})
            seen = f", as far as can be seen without {', '.join(unread)}" if unread else ""
            yield f"fixes (print one with `-o fix --fix N`){seen}:"
            shared = _shared_notes(one.fixes)
            for number, fix in enumerate(one.fixes):
                may = one.may_apply[number] if number < len(one.may_apply) else None
                yield f"  {number + 1}. {line(fix.title)}{_cost(fix)}{_MAY[may]}"
                yield from (f"     {line(note)}" for note in fix.notes if note not in shared)
            yield from (f"  {numbers}: {line(note)}" for note, numbers in shared.items())

    def _is_owner_unread(self) -> bool:
        return any(gap.resource in ("profiles", "namespaces") for gap in self.snapshot.gaps)

    def _item(self, one: Explained) -> Data:
        (query,) = ({**found, "namespace": one.namespace} for found in list(queries(one.question))[:1])
        return {
            "query": query,
            "via": one.via.value,
            "asked": one.asked,
            "decision": one.verdict.value,
            "grants": [grant_data(grant, self.snapshot) for grant in one.grants],
            "doubts": list(one.doubts),
            "unknownWords": list(one.unknown),
            "nearMisses": [_miss_data(miss) for miss in one.misses],
            "whomToAsk": [{"subject": subject_data(c.subject), "why": c.why} for c in one.contacts],
            "fix": [
                _fix_data(fix, one.may_apply[at] if at < len(one.may_apply) else None)
                for at, fix in enumerate(one.fixes)
            ],
            "askedBy": [
                {"service": call.service.name, "name": call.name, "method": call.method, "path": call.path}
                for call in one.calls
            ],
            "neverAsked": one.never_asked,
            "notIsolated": [not_isolated_text(text) for text in one.not_isolated],
            "planes": planes_data(one.planes) if one.planes else None,
            "serverReason": one.server,
            "verified": one.verified,
        }


MOST_CALLS = 3
_AT_THE_TOP = ("query", "decision", "grants", "nearMisses", "fix", "planes")


def _asked_by(one: Explained) -> Iterator[str]:
    """Which calls of Kubeflow's services ask this, the first few of them, and what no answer guards."""
    lines = [f"asked by {_call_text(call)}" for call in one.calls[:MOST_CALLS]]
    more = len(one.calls) - MOST_CALLS
    lines += [f"and by {more} more: `resources --calls` lists them"] if more > 0 else []
    lines += [f"never asked: {one.never_asked}"] if one.never_asked else []
    lines += [f"not isolated: {not_isolated_text(text)}" for text in one.not_isolated]
    yield from ("", *lines) if lines else ()


def _call_text(call: Call) -> str:
    """A call of the pipelines API has a name of its own, a page's needs the page's."""
    name = call.name if "." in call.name else f"{call.service.name} {call.name}"
    return f"{name}: {call.method} {call.path}"


_ROLES = ("clusterrolebindings", "clusterroles", "rolebindings", "roles")
_MAY = {
    Verdict.ALLOWED: "; you may apply it",
    Verdict.DENIED: "; you may not apply it yourself",
    Verdict.UNKNOWN: "",
    None: "",
}


def _server_text(one: Explained) -> str:
    """What the server says, when it was asked."""
    if one.verified is None:
        return ""
    says = "says so" if one.verified else "says otherwise"
    return f" (the server {says}: {line(one.server)})" if one.server else f" (the server {says})"


def miss_text(miss: NearMiss) -> str:
    """Return what comes near, and what it lacks, in one line."""
    binding = f"{miss.binding.kind} {_place(miss.binding)}" if miss.binding else ""
    role = f"{miss.role.kind} {part(miss.role.name)}" if miss.role else _ref_text(miss.binding)
    named = f"{miss.subject.kind} {_name(miss.subject)}" if miss.subject else ""
    wanted, found = line(miss.wanted), line(miss.found)
    texts = {
        Miss.DANGLING_ROLE: f"{binding} refers to {_ref_text(miss.binding)}, which does not exist",
        Miss.GROUP: f"members of {named} may, by {binding}: add `--group` if the subject is in it",
        Miss.GROUP_DOES_NOT_COUNT: f"{binding} grants it to {named}, but Kubeflow asks about the name alone",
        Miss.OTHER_NAME: f"{binding} grants it to {named}, not to `{wanted}`: every letter counts",
        Miss.OTHER_KIND: f"{binding} grants it to {named}, which is another kind of subject",
        Miss.OTHER_ACCOUNT_NAMESPACE: f"{binding} grants it to {named}, an account of another namespace",
        Miss.NAMED_ONLY: f"{binding} grants it for objects of certain names only: {found}",
        Miss.OTHER_RULE: f"{binding} of {role} grants another {miss.differs}: {found}, not {wanted}",
        Miss.CLUSTER_SCOPED: f"{binding} of {role} has the rule, but reaches its own namespace only",
        Miss.OTHER_NAMESPACE: f"{binding} grants it in namespace `{found}`, not in `{wanted}`",
        Miss.MISSING_LABEL: f"{role} has the rule, but lacks the label `{wanted}` that aggregates it"
        + (f" (it has `{found}`)" if found else ""),
        Miss.STALE_AGGREGATION: f"{' <- '.join(map(part, miss.path))}: selected by its labels, but the rule"
        " has not arrived: the aggregation is stale",
    }
    return texts[miss.miss] + (f"; {miss.more:,} more such" if miss.more else "")


def _ref_text(binding: Binding | None) -> str:
    return f"{binding.role_ref.kind} {part(binding.role_ref.name)}" if binding else ""


def _miss_data(miss: NearMiss) -> Data:
    binding, role = miss.binding, miss.role
    ref = binding.role_ref if binding else None
    return {
        "miss": miss.miss.value,
        "binding": (
            {"kind": binding.kind, "namespace": binding.namespace, "name": binding.name} if binding else None
        ),
        "role": (
            {"kind": role.kind, "namespace": role.namespace, "name": role.name}
            if role
            else {"kind": ref.kind, "namespace": "", "name": ref.name} if ref else None
        ),
        "rule": msgspec.to_builtins(miss.rule) if miss.rule else None,
        "subject": subject_data(miss.subject) if miss.subject else None,
        "differs": miss.differs,
        "wanted": miss.wanted,
        "found": miss.found,
        "path": list(miss.path),
        "text": miss_text(miss),
    }  # fmt: skip


def _fix_data(fix: Fix, may: Verdict | None) -> Data:
    return {
        "title": fix.title,
        "furtherPermissions": fix.further,
        "namespaces": fix.namespaces,
        "ships": fix.ships,
        "mayApply": {Verdict.ALLOWED: True, Verdict.DENIED: False}.get(may) if may else None,
        "changes": [
            {
                "subject": subject_data(displayed(change.who)),
                "namespace": change.namespace,
                "gained": change.gained,
            }
            for change in fix.changes
        ],
        "objects": list(fix.objects),
        "loses": subject_data(fix.loses) if fix.loses else None,
        "finding": fix.finding,
        "notes": list(fix.notes),
    }


def _cost(fix: Fix) -> str:
    """How many further permissions a fix hands out, and where."""
    more = "nothing else" if not fix.further else f"{fix.further:,} further permissions"
    where = f" in {fix.namespaces:,} namespaces" if fix.namespaces > 1 else ""
    others = len({change.who for change in fix.changes})
    whom = f" for {others:,} subjects" if others > 1 else ""
    loses = f"; {_who(fix.loses)} loses this access" if fix.loses else ""
    return f": hands out {more}{whom}{where}{loses}"


def _shared_notes(fixes: Sequence[Fix]) -> dict[str, str]:
    """The notes that more than one fix has, each with the numbers of those that have it."""
    found: dict[str, list[str]] = {}
    for number, fix in enumerate(fixes, 1):
        for note in fix.notes:
            found.setdefault(note, []).append(str(number))
    return {note: ", ".join(numbers) for note, numbers in found.items() if len(numbers) > 1}


def fix_text(fix: Fix) -> Iterator[str]:
    """Yield the manifests of a fix as YAML to apply, under a line that says what it does, and its notes."""
    yield f"# {line(fix.title)}{_cost(fix)}\n"
    yield from (f"# {line(note)}\n" for note in fix.notes)
    yield manifests_text(fix.objects)


def _by_binding(grants: Iterable[Grant]) -> list[list[Grant]]:
    """The grants of each binding together: many rules of one role are one reason."""
    found: dict[tuple[str, str, str], list[Grant]] = {}
    for grant in grants:
        found.setdefault((grant.binding.kind, *grant.binding.key), []).append(grant)
    return list(found.values())


def _place(binding: Binding) -> str:
    return "/".join(part(text) for text in binding.key if text)


def _who(subject: Subject) -> str:
    """A subject as it is typed, users without their kind."""
    return shown(spelled(subject).removeprefix("user:"))


def _name(subject: Subject) -> str:
    if subject.kind == SERVICE_ACCOUNT:
        return f"{part(subject.namespace or '')}/{part(subject.name)}"
    return shown(subject.name)
