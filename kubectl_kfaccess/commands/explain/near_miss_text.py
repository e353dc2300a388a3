"""Near misses, which almost grant the request: as one line, and as machine data."""

from __future__ import annotations

import msgspec

from kubectl_kfaccess.output.rbac_terms import object_in_sentence, subject_name
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import object_data, role_of_binding_data, subject_data
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.near_misses import Miss, NearMiss
from kubectl_kfaccess.terminal.safe_text import line, part


def miss_text(near: NearMiss) -> str:
    """Return one line that says what almost grants the request, and what it lacks."""
    return _text(near) + (f"; {near.more:,} more such" if near.more else "")


def _text(near: NearMiss) -> str:
    binding = f"{near.binding.kind} {object_in_sentence(near.binding)}" if near.binding else ""
    role = f"{near.role.kind} {part(near.role.name)}" if near.role else _role_ref(near.binding)
    subject = f"{near.subject.kind} {subject_name(near.subject)}" if near.subject else ""
    return _TEXTS[near.miss].format(
        binding=binding,
        role=role,
        role_ref=_role_ref(near.binding),
        subject=subject,
        differs=near.differs,
        wanted=line(near.wanted),
        actual=line(near.actual),
        instead=f" (it has `{line(near.actual)}`)" if near.actual else "",
        path=" <- ".join(map(part, near.path)),
    )


_TEXTS = {
    Miss.DANGLING_ROLE: "{binding} refers to {role_ref}, which does not exist",
    Miss.GROUP: "members of {subject} can, by {binding}: add `--group` if the subject is in it",
    Miss.GROUP_DOES_NOT_COUNT: "{binding} grants it to {subject}, but Kubeflow checks the name alone",
    Miss.OTHER_NAME: "{binding} grants it to {subject}, not to `{wanted}`: names are case-sensitive",
    Miss.OTHER_KIND: "{binding} grants it to {subject}, which is another kind of subject",
    Miss.OTHER_ACCOUNT_NAMESPACE: "{binding} grants it to {subject}, an account of another namespace",
    Miss.NAMED_ONLY: "{binding} grants it for objects of certain names only: {actual}",
    Miss.OTHER_RULE: "{binding} of {role} grants another {differs}: {actual}, not {wanted}",
    Miss.CLUSTER_SCOPED: "{binding} of {role} has the rule, but counts in its own namespace only",
    Miss.OTHER_NAMESPACE: "{binding} grants it in namespace `{actual}`, not in `{wanted}`",
    Miss.MISSING_LABEL: "{role} has the rule, but not the label `{wanted}` that aggregates it{instead}",
    Miss.STALE_AGGREGATION: "{path}: selected by its labels, but the rule has not arrived: the aggregation is"
    " stale",
}


def _role_ref(binding: Binding | None) -> str:
    return f"{binding.role_ref.kind} {part(binding.role_ref.name)}" if binding else ""


def miss_data(near: NearMiss) -> Data:
    """Return a near miss as machine data."""
    binding = near.binding
    return {
        "miss": near.miss.value,
        "binding": object_data(binding) if binding else None,
        "role": _role_data(near),
        "rule": msgspec.to_builtins(near.rule) if near.rule else None,
        "subject": subject_data(near.subject) if near.subject else None,
        "differs": near.differs,
        "wanted": near.wanted,
        "found": near.actual,
        "path": list(near.path),
        "text": miss_text(near),
    }


def _role_data(near: NearMiss) -> Data | None:
    if near.role:
        return object_data(near.role)
    return role_of_binding_data(near.binding) if near.binding else None
