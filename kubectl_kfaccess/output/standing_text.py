"""What a subject is to namespaces, as phrases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.standings import Standing
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.terminal.safe_text import listed


def standing_texts(by_namespace: Mapping[str, Standing], *, is_caller: bool) -> Iterator[str]:
    """Yield `owns team-a`, `is a view contributor in team-b`: a text for all namespaces of one standing."""
    namespaces: dict[str, list[str]] = {}
    everywhere = by_namespace.get("")
    for name, standing in by_namespace.items():
        is_as_everywhere = everywhere and standing.relation not in _OWN and standing.level is everywhere.level
        if name and is_as_everywhere:
            continue
        namespaces.setdefault(_action(standing, name, is_caller=is_caller), []).append(name)
    for action in sorted(namespaces, key=lambda text: _ORDER.index(text.split()[0])):
        yield (
            f"{action} {few_in_sentence(map(listed, namespaces[action]))}"
            if namespaces[action] != [""]
            else action
        )


_OWN = (Relation.OWNER, Relation.CONTRIBUTOR)
_ORDER = ("own", "owns", "are", "is", "have", "has")


def _action(standing: Standing, name: str, *, is_caller: bool) -> str:
    """Return what the subject is, as the beginning of a phrase that ends with namespaces."""
    level = standing.level.value
    if not name:
        return f"{'have' if is_caller else 'has'} {level} access everywhere"
    if standing.relation is Relation.OWNER:
        return "own" if is_caller else "owns"
    if standing.relation is Relation.CONTRIBUTOR and standing.level is not TenantLevel.SOME:
        article = "an" if level[0] in "ae" else "a"
        return f"{'are' if is_caller else 'is'} {article} {level} contributor in"
    return f"{'have' if is_caller else 'has'} {level} access in"
