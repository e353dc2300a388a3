"""Why no grant can help: sentences about requests that the API does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.explanation import PlaneAnswer
from kubectl_kfaccess.kubeflow.catalogue.names import RENAMED
from kubectl_kfaccess.kubeflow.catalogue.resources import resource_types
from kubectl_kfaccess.kubeflow.catalogue.selection import served
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.near_misses import Miss
from kubectl_kfaccess.rbac.request_scope import lacks_namespace
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL, Request
from kubectl_kfaccess.rbac.scope_exceptions import pseudo_types
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.spelling import nearest

_MOST_NAMESPACES = 3


class ServedTypes:
    """The types that *source* serves, and those that the catalogue or a rule of *snapshot* names."""

    def __init__(self, source: Source, snapshot: Snapshot) -> None:
        self.is_live = source.live
        self._source = source
        self._snapshot = snapshot
        self._served = source.resource_types()
        self._keys = frozenset(known.key for known in (*resource_types(), *self._served))
        virtual = (known.key for known in resource_types() if known.virtual)
        self._checked = frozenset((*(known.key for known in self._served), *virtual))

    def knows(self, resource_type: ResourceType | None) -> bool:
        """Return whether the scope of the type is known: a server or the catalogue has it."""
        return resource_type is not None and resource_type.key in self._keys

    def are_without(self, request: Request, *, quoted: bool) -> bool:
        """
        Return whether certainly no API serves the resource of *request*; *quoted*: the server was asked.

        Files can lack definitions, and components can be missing, so the catalogue and rules count, too. A
        server's own list is complete. But a rule of its roles can name what only a program asks about.
        """
        key = (request.group, request.resource)
        if key in self._checked or request.resource == ALL or pseudo_types(request.verb, request.resource):
            return False
        if self.is_live:
            is_surely_of_api = quoted or key in self._keys
            return self._source.knows_types_of(request.group) and (
                is_surely_of_api or not self._is_named(request)
            )
        is_complete = (
            self._source.knows_types_of(request.group) or served(self._served, self._snapshot).definitions
        )
        return key not in self._keys and is_complete and not self._is_named(request)

    def likely(self, request: Request) -> str:
        """Return the served type that may be meant: the same name, or a similar one of that group, or ""."""
        group, name = request.group, request.resource
        own = frozenset(known.name for known in self._served if known.group == group)
        renamed = RENAMED.get((group, name)) or nearest(name, own)
        if renamed:
            return f"{renamed}.{group}" if group else renamed
        return next((known.full_name for known in self._served if known.name == name), "")

    def _is_named(self, request: Request) -> bool:
        """Whether a rule names the resource."""
        kinds = (self._snapshot.cluster_roles, self._snapshot.roles)
        return any(_names(rule, request) for roles in kinds for role in roles.values() for rule in role.rules)


def _names(rule: PolicyRule, request: Request) -> bool:
    names = {resource.partition("/")[0] for resource in rule.resources}
    return request.group in rule.api_groups and request.resource in names


def why_useless(answer: PlaneAnswer, types: ServedTypes, *, quoted: bool) -> Iterator[str]:
    """
    Yield why no grant can make the request of *answer* succeed; nothing if one can.

    *quoted*: the request is from an error, exactly as a client sent it. Words of the command line without a
    namespace mean all namespaces at once, unless they name an object.
    """
    request, resource_type = answer.question.request, answer.question.type
    if answer.plane is not Plane.KUBECTL or request.path is not None:
        return
    is_one = (quoted or request.name) and not answer.namespace and types.knows(resource_type)
    if is_one and lacks_namespace(request, resource_type):
        yield from _without_namespace(answer)
    elif answer.verdict is Verdict.DENIED and types.are_without(request, quoted=quoted):
        likely = types.likely(request)
        hint = f"; `{likely}` may be meant" if likely else ""
        apis = "API" if types.is_live else "API in the files"
        yield f"no {apis} serves `{_full_name(request)}`: with a grant, the server answers NotFound{hint}"


def _full_name(request: Request) -> str:
    return f"{request.resource}.{request.group}" if request.group else request.resource


def _without_namespace(answer: PlaneAnswer) -> Iterator[str]:
    yield (
        f"`{answer.question.request.resource}` are namespaced, and the request has no namespace: "
        "there is no such request, so no grant makes it succeed"
    )
    places = [near.actual for near in answer.misses if near.miss is Miss.CLUSTER_SCOPED]
    if places:
        names = " or ".join(f"`{place}`" for place in places[:_MOST_NAMESPACES])
        yield f"name the namespace: it is allowed in {names}"
