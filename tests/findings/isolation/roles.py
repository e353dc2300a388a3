"""Roles for worlds of isolation: what a test applies to the demo."""

from __future__ import annotations

_LABEL = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-"


def rule(verbs: str, resources: str, *names: str) -> str:
    """
    Return a rule as YAML; *verbs* and *resources* have commas between.

    A resource is `TYPE` or `TYPE.GROUP`, all of one group; *names* are resourceNames.
    """
    parts = [resource.partition(".") for resource in resources.split(",")]
    types = ", ".join(f'"{name}"' for name, _, _ in parts)
    named = f", resourceNames: [{', '.join(names)}]" if names else ""
    star = verbs.replace("*", '"*"')
    return f'- {{verbs: [{star}], apiGroups: ["{parts[0][2]}"], resources: [{types}]{named}}}\n'


def role(name: str, *rules: str, aggregated: str = "", namespace: str = "") -> str:
    """Return a ClusterRole, in *namespace* a Role; *aggregated* is the level of Kubeflow that selects it."""
    kind = "Role" if namespace else "ClusterRole"
    place = f", namespace: {namespace}" if namespace else ""
    labels = f', labels: {{{_LABEL}{aggregated}: "true"}}' if aggregated else ""
    head = f"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n"
    return f"{head}metadata: {{name: {name}{place}{labels}}}\nrules:\n{''.join(rules)}"
