"""
Requests whose scope is not that of their type: a table, with the upstream code that asks them.

Most requests have the scope of the object that they are about. Some are not about an object of the API: the
server itself asks whether a user can do something with a role, a policy, an identity or a signer.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.resources import ResourceType, matching

_AUTHENTICATION = "authentication.k8s.io"
_USER_INFO = "impersonate:user-info"
_CERTIFICATES = "pkg/certauthorization/certauthorization.go, buildAttributes"
_IMPERSONATION = "apiserver: pkg/endpoints/filters/impersonation/impersonation.go, WithImpersonation"
_CONSTRAINED = "apiserver: pkg/endpoints/filters/impersonation/mode.go, authorizeUsername and the like"
_SCC = "openshift/apiserver-library-go: pkg/securitycontextconstraints/sccadmission/admission.go"
_PSP = "Kubernetes before 1.25: plugin/pkg/admission/security/podsecuritypolicy/admission.go"


class ScopeException(Struct, frozen=True):
    """
    Requests to do *verbs* with *type*, which are in the chosen namespaces, or outside of all namespaces.

    *source* is the upstream code that asks. A *pseudo* type is one that only such requests are about: no API
    serves it, or not every one. If the type *names_objects*, its names are names of Kubernetes objects.
    """

    verbs: tuple[str, ...]
    type: ResourceType
    in_namespaces: bool
    source: str
    pseudo: bool = True
    names_objects: bool = False


def _type(group: str, name: str, kind: str = "", short_names: tuple[str, ...] = ()) -> ResourceType:
    return ResourceType(group, name, kind.lower() or name[:-1], kind, short_names, namespaced=False)


EXCEPTIONS = (
    # `escalate` has no row: it is asked with the scope of the role that is written, none for a ClusterRole
    # (RoleEscalationAuthorized in the same file)
    ScopeException(
        ("bind",),
        _type(RBAC_GROUP, "clusterroles"),
        in_namespaces=True,
        source="pkg/registry/rbac/escalation_check.go, BindingAuthorized: the namespace of the binding",
        pseudo=False,
    ),
    ScopeException(
        ("use",),
        _type("security.openshift.io", "securitycontextconstraints", "SecurityContextConstraints", ("scc",)),
        in_namespaces=True,
        names_objects=True,
        source=f"{_SCC}: the namespace of the pod",
    ),
    *(
        ScopeException(
            ("use",),
            _type(group, "podsecuritypolicies", "PodSecurityPolicy", ("psp",)),
            in_namespaces=True,
            names_objects=True,
            source=f"{_PSP}: the namespace of the pod",
        )
        for group in ("policy", "extensions")
    ),
    # The account of a user `system:serviceaccount:NAMESPACE:NAME` is asked for in its namespace
    *(
        ScopeException(("impersonate",), _type(group, name), in_namespaces=False, source=_IMPERSONATION)
        for group, name in (("", "users"), ("", "groups"), (_AUTHENTICATION, "uids"))
    ),
    ScopeException(
        ("impersonate",), _type(_AUTHENTICATION, "userextras"), in_namespaces=False, source=_IMPERSONATION
    ),
    *(
        ScopeException((_USER_INFO,), _type(_AUTHENTICATION, name), in_namespaces=False, source=_CONSTRAINED)
        for name in ("users", "groups", "uids", "userextras")
    ),
    # Constrained impersonation has accounts and nodes in its own group, not in the core group
    ScopeException(
        ("impersonate:serviceaccount",),
        _type(_AUTHENTICATION, "serviceaccounts", short_names=("sa",)),
        in_namespaces=True,
        names_objects=True,
        source=_CONSTRAINED,
    ),
    ScopeException(
        ("impersonate:arbitrary-node", "impersonate:associated-node"),
        _type(_AUTHENTICATION, "nodes", short_names=("no",)),
        in_namespaces=False,
        names_objects=True,
        source=_CONSTRAINED,
    ),
    ScopeException(
        ("approve", "sign", "attest"),
        _type("certificates.k8s.io", "signers"),
        in_namespaces=False,
        source=_CERTIFICATES,
    ),
)

FREE_NAMES = frozenset(
    word for row in EXCEPTIONS if row.pseudo and not row.names_objects for word in row.type.words if word
)
"""The words for types whose names are not names of objects: they can contain `/`."""


def exception_for(verb: str, resource_type: ResourceType) -> ScopeException | None:
    """Return the exception for *verb* on *resource_type*, None if its own scope counts."""
    rows = (row for row in EXCEPTIONS if verb in row.verbs and row.type.key == resource_type.key)
    return next(rows, None)


def pseudo_types(verb: str, text: str) -> tuple[ResourceType, ...]:
    """Return the pseudo types that *text* (`TYPE[.GROUP]`) means in a request to do *verb*."""
    return matching(text, (row.type for row in EXCEPTIONS if row.pseudo and verb in row.verbs))


def exceptions_of(text: str) -> tuple[ScopeException, ...]:
    """Return the rows whose pseudo type *text* (`TYPE[.GROUP]`) means, whatever the verb."""
    return tuple(row for row in EXCEPTIONS if row.pseudo and matching(text, (row.type,)))


def has_any_subresource(resource_type: ResourceType) -> bool:
    """Whether every word is a subresource of *resource_type*: the key of an extra value is one."""
    return resource_type.key == (_AUTHENTICATION, "userextras")
