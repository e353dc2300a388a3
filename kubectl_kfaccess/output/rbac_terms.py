"""Subjects, grants and namespaces in the words that all reports share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.kubeflow.catalogue.service_calls import NotIsolated, Setting
from kubectl_kfaccess.output.blocks import Cell, Tone
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.model import KubernetesObject, PolicyRule, Subject
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, reference, spelled
from kubectl_kfaccess.terminal.safe_text import listed, part, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.kubeflow.catalogue.service_calls import NotIsolated

CLUSTER_WIDE = "<all>"
TONES = {
    "-": Tone.NOTHING,
    "read": Tone.READ,
    "write": Tone.WRITE,
    "all": Tone.ALL,
    "n": Tone.NAMED,
    "?": Tone.UNKNOWN,
    "yes": Tone.YES,
    "no": Tone.NO,
}


def toned(word: str) -> Cell:
    """Return the cell of a word for a level of access; a `?` behind the word does not change the tone."""
    return Cell(word, TONES.get(word.rstrip("?") or word))


def title(question: Question) -> str:
    """Return the heading of one question's table."""
    return shown(f"{question.request.verb} {question.title}")


def queries(question: Question) -> Iterator[Data]:
    """Yield the question as machine data, once per namespace; the namespace is null for "all of them"."""
    request = question.request
    if question.namespaces is None:
        places: tuple[str | None, ...] = (None,)
    else:
        places = question.namespaces or ("",)
    for namespace in places:
        yield {
            "verb": request.verb,
            "group": request.group,
            "resource": request.resource,
            "subresource": request.subresource,
            "name": request.name,
            "namespace": namespace,
            "path": request.path or "",
        }


def where_text(question: Question) -> str:
    """Return the namespaces of a question as the end of a sentence; "" for a cluster-scoped one."""
    if question.namespaces is None:
        return " in any namespace"
    if not question.namespaces:
        return ""
    if len(question.namespaces) > 3:
        return f" in any of {len(question.namespaces)} namespaces"
    return f" in {' or '.join(f'`{namespace}`' for namespace in question.namespaces)}"


def paths_of(grant: Grant, snapshot: Snapshot) -> tuple[tuple[str, ...], ...]:
    """Return the aggregation paths by which the bound role gets the rule, shortest first, as role names."""
    if grant.role.kind == "Role":
        return ((grant.role.name,),)
    return snapshot.aggregation.paths(grant.role.name, grant.rule)


def is_assumed(grant: Grant, snapshot: Snapshot) -> bool:
    """Whether the grant's binding or role is a default of Kubernetes that was assumed and not read."""
    return bool(snapshot.assumed) and (snapshot.is_assumed(grant.binding) or snapshot.is_assumed(grant.role))


def name_line(subject: Subject) -> str:
    """Return a subject as `-o name` writes it: `user/NAME`, `serviceaccount/NAMESPACE/NAME`."""
    if subject.namespace:
        return f"{subject.kind.lower()}/{part(subject.namespace)}/{part(subject.name)}"
    return f"{subject.kind.lower()}/{shown(subject.name)}"


def subject_name(subject: Subject) -> str:
    """Return a subject's name; a service account's with its namespace in front."""
    if subject.kind == SERVICE_ACCOUNT:
        return f"{part(subject.namespace or '')}/{part(subject.name)}"
    return shown(subject.name)


def typed_subject(subject: Subject) -> str:
    """Return a subject as SUBJECT is typed; users without `user:`."""
    return shown(spelled(subject).removeprefix("user:"))


def reference_text(subject: Subject) -> str:
    """Return the shortest spelling of a subject that is not ambiguous: user names with an `@` are plain."""
    if subject.kind == SERVICE_ACCOUNT:
        return f"sa:{part(subject.namespace or '')}/{part(subject.name)}"
    is_plain = reference(subject) == subject.name
    return shown(subject.name) if is_plain else f"{shown(subject.kind.lower())}:{shown(subject.name)}"


def object_name(obj: KubernetesObject) -> str:
    """Return an object's name, with its namespace in front if it has one, for a cell or a line of its own."""
    namespace, name = obj.key
    return f"{part(namespace, '/')}/{shown(name)}" if namespace else part(name, "/")


def object_in_sentence(obj: KubernetesObject) -> str:
    """Return the same for the middle of a sentence, where a blank would end the name."""
    return "/".join(part(name) for name in obj.key if name)


def path_text(path: Iterable[str]) -> str:
    """Return the roles of an aggregation path, as one of several paths in a cell."""
    return " <- ".join(listed(name, "<-", ", ") for name in path)


def rule_text(rule: PolicyRule) -> str:
    """
    Return a rule on one line: verbs, then what they apply to.

    The names of objects come last, as they are: those of users and groups can have blanks and commas.
    """
    fields = [
        f"{key}={','.join(part(value, ' ,') if value else '<empty>' for value in values)}"
        for key, values in (
            ("verbs", rule.verbs),
            ("apiGroups", rule.api_groups),
            ("resources", rule.resources),
            ("nonResourceURLs", rule.non_resource_urls),
        )
        if values
    ]
    names = ", ".join(listed(name, ", ", "; ") if name else "<empty>" for name in rule.resource_names)
    return " ".join((*fields, *((f"resourceNames={names}",) if names else ())))


def not_isolated_text(fact: NotIsolated) -> str:
    """Return one line: what is open to everybody, in which releases, and why."""
    return f"{fact.what}{releases_text(fact)}: {fact.why}"


def releases_text(fact: NotIsolated | Setting) -> str:
    """Return the releases for which *fact* holds, in parentheses; "" for all releases."""
    return f" ({fact.releases})" if fact.since or fact.until else ""
