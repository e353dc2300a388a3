"""
Who the AuthorizationPolicies of a namespace let in, as the policies themselves say it.

This reads names; `mesh` decides whether a request is let in. Each rule of an ALLOW policy is one admission.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.model import AuthorizationPolicy

_NAMESPACE = "source.namespace"
_ACCOUNT_FIELDS = ("principals", "serviceAccounts")
_ACCOUNT_KEYS = ("source.principal", "source.serviceAccount")


class Admission(Struct, frozen=True):
    """
    Who one rule of *policy* lets in: *users* by the header, and sources, as the policy writes them.

    Without any of the three it is everybody. *limited*: only to some paths, methods, ports, hosts or
    workloads. *conditional*: only with something else that is not read here.
    """

    policy: AuthorizationPolicy
    users: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    limited: bool = False
    conditional: bool = False


def admissions(mesh: Mesh, namespace: str, by: Header) -> tuple[Admission, ...]:
    """Return the admissions to *namespace*, those of its own policies first; *by* is the users' header."""
    return tuple(
        _admission(policy, rule, by)
        for policy in mesh.in_force(namespace)
        if value_at(policy.spec, "action") in (None, "", "ALLOW")
        for rule in list_at(policy.spec, "rules")
    )


def _admission(policy: AuthorizationPolicy, rule: Any, by: Header) -> Admission:
    sources = [value_at(entry, "source") for entry in list_at(rule, "from")]
    conditions = list_at(rule, "when")
    is_for_some = any(value_at(policy.spec, key) for key in ("selector", "targetRef", "targetRefs"))
    return Admission(
        policy,
        tuple(text.removeprefix(by.prefix) for text in _values(conditions, (by.key,))),
        (*_listed(sources, _ACCOUNT_FIELDS), *_values(conditions, _ACCOUNT_KEYS)),
        (*_listed(sources, ("namespaces",)), *_values(conditions, (_NAMESPACE,))),
        limited=bool(list_at(rule, "to")) or is_for_some,
        conditional=not (
            _is_readable(rule)
            and all(map(_is_plain_source, sources))
            and all(_is_plain(condition, by) for condition in conditions)
        ),
    )


def _is_readable(rule: Any) -> bool:
    lists = (value_at(rule, "from"), value_at(rule, "when"))
    return isinstance(rule, dict) and all(value is None or isinstance(value, list) for value in lists)


def _listed(sources: Iterable[Any], fields: Iterable[str]) -> Iterator[str]:
    return (text for source in sources for field in fields for text in texts_at(source, field))


def _values(conditions: Iterable[Any], keys: Iterable[str]) -> Iterator[str]:
    """Yield the values of the conditions about *keys*; names of headers ignore case."""
    folded = {key.lower() for key in keys}
    return (text for each in conditions if _key(each) in folded for text in texts_at(each, "values"))


def _key(condition: Any) -> str:
    return str(value_at(condition, "key")).lower()


def _is_plain_source(source: Any) -> bool:
    return isinstance(source, dict) and set(source) <= {*_ACCOUNT_FIELDS, "namespaces"}


def _is_plain(condition: Any, by: Header) -> bool:
    keys = {key.lower() for key in (by.key, _NAMESPACE, *_ACCOUNT_KEYS)}
    return _key(condition) in keys and not list_at(condition, "notValues")
