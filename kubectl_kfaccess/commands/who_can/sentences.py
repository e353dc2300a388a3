"""The answer of `who-can` in one sentence, and the lines below its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.commands.who_can.caller import CallerAnswer
from kubectl_kfaccess.commands.who_can.facts import UNSHIPPED
from kubectl_kfaccess.commands.who_can.folded_rows import FoldedRows, SubjectRow
from kubectl_kfaccess.commands.who_can.row_notes import reader_notes
from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import object_in_sentence, reference_text
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, SERVICE_ACCOUNT, USER, Principal, displayed
from kubectl_kfaccess.terminal.safe_text import listed, part, shown
from kubectl_kfaccess.terminal.words import counted

MOST_NAMESPACES = 3
_KINDS = {
    "clusterrolebindings": "ClusterRoleBindings",
    "clusterroles": "ClusterRoles",
    "rolebindings": "RoleBindings",
    "roles": "Roles",
    "serviceaccounts": "ServiceAccounts",
}


def headline(value: WhoCan, rows: FoldedRows) -> str:
    """Return the answer: how many can, and how many of them deserve a look."""
    questions = [listing.question for listing in value.listings]
    what = f"{_action(questions)}{_where(questions)}"
    subjects = _members(rows.rows)
    if value.caller and is_about_caller(value, rows):
        return _of_caller(value.caller, value.gaps, what if _where(questions) else f"{what}{_places(rows)}")
    if not subjects:
        return _nobody(value, rows, what)
    count = f"{'at least ' if value.incomplete else ''}{_counts(subjects)}"
    deviations = ", ".join(_deviations(rows.rows))
    unknown = f"; {_unread(value.gaps)}" if value.incomplete and value.caller else ""
    return f"{count} can {what}{f'; {deviations}' if deviations else ''}{unknown}"


def headline_of_clusters(answers: Sequence[tuple[WhoCan, FoldedRows]]) -> str:
    """Return how many can in all clusters together; "" if nobody can, which each cluster says for itself."""
    allowing = [(value, rows) for value, rows in answers if rows.rows]
    subjects = frozenset(who for _, rows in allowing for who in _members(rows.rows))
    if not subjects:
        return ""
    questions = [listing.question for listing in allowing[0][0].listings]
    count = f"{'at least ' if any(value.incomplete for value, _ in answers) else ''}{_counts(subjects)}"
    clusters = f"{len(allowing)} of {counted(len(answers), 'cluster')}" if len(answers) > 1 else "1 cluster"
    return f"{count} can {_action(questions)}{_where(questions)}, in {clusters}"


def others_text(subjects: Collection[Principal]) -> str:
    """Return how many more can as others, as the end of the sentence; "" if nobody can."""
    count = len(subjects)
    return f"; {count:,} more can as others" if count else ""


def is_about_caller(value: WhoCan, rows: FoldedRows) -> bool:
    """Whether nobody is listed but the caller, who was asked about because others are unknown."""
    subjects = {displayed(who) for who in _members(rows.rows)}
    return value.caller is not None and subjects <= {value.caller.subject}


def _action(questions: Sequence[Question]) -> str:
    """Return the verbs and the types: `get or list secrets`; a type's group only if others share its name."""
    verbs = dict.fromkeys(shown(question.request.verb) for question in questions)
    titles = dict.fromkeys(question.title for question in questions)
    short = dict.fromkeys(
        question.title.replace(f".{question.request.group}", "", 1) for question in questions
    )
    names = titles if len(short) < len(titles) else short
    return f"{_either(verbs)} {_either(map(shown, names))}"


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _where(questions: Sequence[Question]) -> str:
    """Return the namespaces as the end of a sentence; "" for all, and for what is in no namespace."""
    places = next((question.namespaces for question in questions if question.namespaces != ()), ())
    if not places:
        return ""
    if len(places) > MOST_NAMESPACES:
        return f" in any of {len(places)} namespaces"
    return f" in {_either(map(part, places))}"


def _members(rows: Iterable[SubjectRow]) -> frozenset[Principal]:
    return frozenset(who for row in rows for who in row.subjects)


def _counts(members: frozenset[Principal]) -> str:
    """Return `7 people, 2 groups and 3 service accounts`."""
    kinds = Counter(displayed(who).kind for who in members)
    # Kubernetes' own users are no people
    is_human = not any(who.kind == USER and _is_of_kubernetes(who) for who in members)
    people = "1 person" if kinds[USER] == 1 else f"{kinds[USER]:,} people"
    texts = [people if is_human else counted(kinds[USER], "user")] if kinds[USER] else []
    texts += [counted(kinds[GROUP], "group")] if kinds[GROUP] else []
    texts += [counted(kinds[SERVICE_ACCOUNT], "service account")] if kinds[SERVICE_ACCOUNT] else []
    *others, last = texts
    return f"{', '.join(others)} and {last}" if others else last


def _is_of_kubernetes(who: Principal) -> bool:
    return displayed(who).kind == USER and who.name.startswith("system:")


def _deviations(rows: Sequence[SubjectRow]) -> Iterator[str]:
    """Yield who can everywhere, who is foreign, and which platform accounts are bound by something else."""
    everywhere = _members(row for row in rows if row.relation is Relation.EVERYWHERE)
    if everywhere:
        yield f"{_counts(everywhere)} everywhere"
    foreign = _members(row for row in rows if row.relation is Relation.FOREIGN)
    if foreign:
        yield f"{_counts(foreign)} {_are(len(foreign))} foreign".replace("service account", "account")
    unshipped = _members(row for row in rows if UNSHIPPED in row.same.note.split("; "))
    if unshipped:
        yield f"{counted(len(unshipped), 'platform account')} by a binding that no release ships"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _places(rows: FoldedRows) -> str:
    """Return the namespaces of all rows as the end of a sentence."""
    names = dict.fromkeys(name for row in rows.rows for name in row.namespaces if name)
    return f" in {few(map(listed, names))}" if names else ""


def _of_caller(caller: CallerAnswer, gaps: Sequence[Gap], what: str) -> str:
    """Return what is known of the caller, and why nothing is known of others."""
    can = {True: "you can", False: "you cannot", None: "it is not known whether you can"}[caller.allowed]
    return f"{can} {what} ({reference_text(caller.subject)}); {_unread(gaps)}"


def _unread(gaps: Sequence[Gap]) -> str:
    """Return that others are not known, and which list says it."""
    order = [*_KINDS]
    gap = min(
        (gap for gap in gaps if not gap.is_of_files),
        key=lambda gap: (
            not gap.namespace,
            order.index(gap.resource) if gap.resource in order else len(order),
        ),
    )
    kind = _KINDS.get(gap.resource, gap.resource)
    where = f" in {part(gap.namespace)}" if gap.namespace else ""
    is_forbidden = gap.code is ErrorCode.FORBIDDEN
    why = f"you cannot list {kind}{where}" if is_forbidden else f"{kind}{where} could not be read"
    return f"who else can is unknown: {why}"


def _nobody(value: WhoCan, rows: FoldedRows, what: str) -> str:
    """Return why there is no row."""
    if rows.folded_platform:
        only = f"{_platform_text(rows.folded_platform)} can {what}"
        return f"not known who else can: {only}" if value.incomplete else f"only {only}"
    if value.subject_count:
        return f"the flags leave out everybody who can {what}: {value.subject_count} in all"
    if value.incomplete:
        return f"not known who can {what}: nobody found in what could be read"
    return f"nobody can {what}, by RBAC"


def _platform_text(subjects: frozenset[Principal]) -> str:
    """Return `system:masters and 3 platform accounts (--platform)`."""
    masters = Principal(GROUP, MASTERS) in subjects
    number = len(subjects) - masters
    texts = [MASTERS] if masters else []
    texts += [counted(number, "platform account")] if number else []
    return f"{' and '.join(texts)} (--platform)"


def lines_below(value: WhoCan, rows: FoldedRows) -> Iterator[str]:
    """Yield the lines below the table: the rule of all rows, who is not listed, what grants nothing."""
    role = rows.shared_rule_role()
    if role:
        is_one = len({row.same.role for row in rows.rows}) == 1
        roles = "this role" if is_one else "each of these roles"
        yield f"The rule is in {part(role)}, which is aggregated into {roles}."
    yield from _not_listed(value, rows)
    yield from (f"{note[:1].upper()}{note[1:]}" for note in reader_notes(value.unlisted.readers))
    yield from _dangling(value)


def _not_listed(value: WhoCan, rows: FoldedRows) -> Iterator[str]:
    folded = rows.folded_platform
    texts = [_platform_text(folded)] if folded and rows.rows else []
    if value.unlisted.named:
        questions = [listing.question for listing in value.listings]
        types = _either(dict.fromkeys(shown(question.request.resource) for question in questions))
        texts.append(f"{value.unlisted.named} for named {types} (--include-named)")
    if texts:
        yield f"Not listed: {', '.join(texts)}"


def _dangling(value: WhoCan) -> Iterator[str]:
    if not value.unlisted.dangling:
        return
    first, number = value.unlisted.dangling[0], len(value.unlisted.dangling)
    grant = "grants" if number == 1 else "grant"
    more = f" and {number - 1} more" if number > 1 else ""
    lost = "its role does" if number == 1 else "their roles do"
    name = f"{first.kind} {object_in_sentence(first)}"
    yield f"{counted(number, 'binding')} {grant} nothing: {name}{more}, {lost} not exist"
