"""
The policies that the profile controller writes for owners, and how one differs from what it writes.

Mirrors getAuthorizationPolicy of profile_controller.go. What it writes differs from release to release, and
forks have forms of their own. So the form that most profiles of a cluster have counts as the controller's.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_POLICY
from kubectl_kfaccess.kubeflow.planes.mesh.needs import POLICIES
from kubectl_kfaccess.kubeflow.planes.mesh.rules import is_without_effect
from kubectl_kfaccess.kubeflow.planes.mesh.settings import account_of
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header
from kubectl_kfaccess.kubeflow.tenants.personas import made_of_profile
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import USER

_OWNER, _PROFILE, _CULLER = "\0owner", "\0profile", "\0culler"
_CULLERS_PATHS = ["*/api/kernels"]


class RuleForm(Struct, frozen=True):
    """A rule as data that compares: *callers* are its principals, *rest* is what else it has."""

    when: Any
    to: Any
    callers: tuple[str, ...] = ()
    rest: Any = ()


Form = frozenset[RuleForm]
"""The rules of a policy, with stand-ins for the owner, the profile and the notebook controller."""


class Difference(Struct, frozen=True):
    """
    How a policy differs: how many rules it has *more* and *fewer*, and whether it is for *some* workloads.

    *without_effect*: it decides nothing, because it only audits or is a dry run. *denies*: it is no ALLOW.
    """

    more: int = 0
    fewer: int = 0
    some: bool = False
    denies: bool = False
    without_effect: bool = False


class OwnersPolicies:
    """The owners' policies of the profiles *namespaces*; users are known by the header *by*."""

    def __init__(self, snapshot: Snapshot, namespaces: frozenset[str], by: Header) -> None:
        self._snapshot = snapshot
        self._namespaces = namespaces
        self._by = by

    def policy(self, namespace: str) -> AuthorizationPolicy | None:
        """Return the owner's policy of that profile; None if there is none."""
        return self._snapshot.authorization_policies.get((namespace, OWNERS_POLICY))

    def is_missing(self, namespace: str) -> bool:
        """Whether the profile certainly lacks its policy, and others have theirs."""
        if self.policy(namespace) or self._snapshot.gap(POLICIES, namespace):
            return False
        is_made = ("", namespace) in self._snapshot.namespaces
        return is_made and bool(self._forms)

    def difference(self, namespace: str) -> Difference | None:
        """Return how the profile's policy differs from what the controller writes; None if it does not."""
        policy = self.policy(namespace)
        if policy is None:
            return None
        action = value_at(policy.spec, "action")
        form, usual = self._forms[namespace], self._usual
        is_known = form in self._known
        difference = Difference(
            more=0 if is_known else len(form - usual),
            fewer=0 if is_known else len(usual - form),
            some=any(value_at(policy.spec, key) for key in ("selector", "targetRef", "targetRefs")),
            denies=action not in (None, "", "ALLOW", "AUDIT"),
            without_effect=is_without_effect(policy),
        )
        return None if difference == Difference() else difference

    @cached_property
    def _forms(self) -> dict[str, Form]:
        """The form of each profile that has its policy."""
        policies = ((name, self.policy(name)) for name in sorted(self._namespaces))
        return {name: self._form(name, policy.spec) for name, policy in policies if policy}

    @cached_property
    def _usual(self) -> Form:
        """The form that most profiles have; if there is none, that of the current release."""
        (form, count), *_ = (*Counter(self._forms.values()).most_common(1), (frozenset(), 0))
        return form if count > 1 and count * 2 > len(self._forms) else self._current

    @cached_property
    def _current(self) -> Form:
        made = made_of_profile(_PROFILE, Subject(USER, _OWNER), self._snapshot)
        specs = [each["spec"] for each in made if each["kind"] == AuthorizationPolicy.kind]
        return self._form(_PROFILE, specs[0]) if specs else frozenset()

    @cached_property
    def _known(self) -> frozenset[Form]:
        """The usual form, and those of earlier releases: without callers, without the notebook controller."""
        current = self._current
        culler = {rule for rule in current if _CULLER in rule.callers}
        open_to_all = frozenset(map(_without_callers, current))
        earlier = (current, open_to_all, current - culler, open_to_all - culler)
        return frozenset((self._usual, *earlier))

    def _form(self, namespace: str, spec: Any) -> Form:
        return frozenset(self._rule(namespace, rule) for rule in list_at(spec, "rules"))

    def _rule(self, namespace: str, rule: Any) -> RuleForm:
        sources, when = list_at(rule, "from"), list_at(rule, "when")
        principals = texts_at(value_at(sources[0], "source"), "principals") if len(sources) == 1 else []
        is_plain = sources == [{"source": {"principals": principals}}]
        known = ("when", "to", "from") if is_plain else ("when", "to")
        rest = {key: rule[key] for key in rule if key not in known} if isinstance(rule, dict) else rule
        return RuleForm(
            _comparable([self._condition(namespace, condition) for condition in when]),
            _comparable(list_at(rule, "to")),
            self._callers(rule, principals) if is_plain else (),
            _comparable(rest),
        )

    def _callers(self, rule: Any, principals: list[str]) -> tuple[str, ...]:
        """Return the principals; of the rule for the notebook controller, any account of the platform."""
        operations = [value_at(each, "operation") for each in list_at(rule, "to")]
        is_cullers = len(operations) == 1 and texts_at(operations[0], "paths") == _CULLERS_PATHS
        account = account_of(principals[0]) if len(principals) == 1 else None
        is_platforms = account is not None and account[0] not in self._namespaces
        return (_CULLER,) if is_cullers and is_platforms else tuple(sorted(principals))

    def _condition(self, namespace: str, condition: Any) -> Any:
        """Return the condition with stand-ins for the only user of the header, and for the namespace."""
        values = texts_at(condition, "values")
        key = str(value_at(condition, "key"))
        if len(values) == 1 and key.lower() == self._by.key.lower() and "*" not in values[0]:
            return {**condition, "values": [_OWNER]}
        return {**condition, "values": [_PROFILE]} if values == [namespace] else condition


def _without_callers(rule: RuleForm) -> RuleForm:
    """Return the rule for the owner as releases before Kubeflow 1.8 wrote it: whatever sends the header."""
    names_owner = _comparable([_OWNER]) in (value for condition in rule.when for _, value in condition)
    return replace(rule, callers=()) if names_owner else rule


def _comparable(data: Any) -> Any:
    """Return *data* as tuples, which can be compared and counted, whatever order its keys have."""
    if isinstance(data, dict):
        return tuple((str(key), _comparable(data[key])) for key in sorted(data, key=str))
    return tuple(map(_comparable, data)) if isinstance(data, list) else data
