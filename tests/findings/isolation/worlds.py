"""
Clusters for tests of isolation: the demo, with manifests applied and objects deleted, and the views of it.

The demo has an account of `team-b` bound in `team-a`; `shut()` is the demo without it, so nothing crosses.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.findings.isolation.view import ClusterView, TenantView
from kubectl_kfaccess.findings.registry import HYGIENE, ISOLATION, ISOLATION_OF_TENANT, modules
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.resolve.isolation import crossings_of
from kubectl_kfaccess.resolve.pipelines import pipelines_read
from kubectl_kfaccess.sources.opened import open_source
from kubectl_kfaccess.sources.source import Wanted
from kubectl_kfaccess.sources.source_choice import Hypothetical, SourceChoice

KINDS = (
    "rolebindings", "clusterrolebindings", "clusterroles", "roles", "serviceaccounts", "namespaces",
    "profiles", "authorizationpolicies", "configmaps", "deployments",
)  # fmt: skip
OPENED = "rolebinding/team-a/team-b-pipelines"
"""The binding of the demo that lets `team-b` into `team-a`."""


def view(
    manifests: str = "",
    *,
    without: Iterable[str] = (OPENED,),
    label: str = "",
    people: People | None = None,
) -> ClusterView:
    """Return the demo with *manifests* (YAML) applied and the objects *without* deleted."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "objects.yaml"
        file.write_text(manifests, encoding="utf-8")
        applied = (str(file),) if manifests else ()
        choice = SourceChoice(demo=True, hypothetical=Hypothetical(applied, tuple(without)))
        return _view(choice, folder, label, people)


def release(*files: Path, manifests: str = "", without: Iterable[str] = ()) -> ClusterView:
    """Return what is in *files*, with *manifests* (YAML) applied and the objects *without* deleted."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "objects.yaml"
        file.write_text(manifests, encoding="utf-8")
        applied = (str(file),) if manifests else ()
        change = Hypothetical(applied, tuple(without))
        choice = SourceChoice(files=tuple(map(str, files)), hypothetical=change)
        return _view(choice, folder)


def _view(choice: SourceChoice, folder: str, label: str = "", people: People | None = None) -> ClusterView:
    source = open_source(choice, Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, folder))
    snapshot = source.read(Wanted(KINDS))
    pipelines = pipelines_read(source, snapshot)
    profiles = ProfileIndex(snapshot, people, label)
    crossings = crossings_of(source, snapshot, profiles.tenants, pipelines=pipelines, people=people)
    names = tuple(profile_namespaces(snapshot))
    types = tuple(source.resource_types())
    return ClusterView(profiles, crossings.escalation, crossings, names, types, pipelines)


def findings(cluster: ClusterView, *ids: str) -> Iterator[Finding]:
    """Yield the findings about isolation and hygiene with these ids, all without any."""
    tenants = [TenantView(cluster, cluster.profiles.tenant(name)) for name in cluster.names]
    of_tenants = ((ISOLATION_OF_TENANT, tenant) for tenant in tenants)
    for group, asked in ((ISOLATION, cluster), *of_tenants, (HYGIENE, cluster)):
        chosen = (module for module in modules(group) if not ids or module.TYPE.id in ids)
        yield from in_order(each for module in chosen for each in module.find(asked))


def summary(cluster: ClusterView, *ids: str) -> list[tuple[str, str, str, str]]:
    """Return the findings with these ids (all without any): severity, id, `KIND NAMESPACE/NAME`, message."""
    return [
        (each.severity.value, each.type.id, f"{each.kind} {each.namespace}/{each.name}", each.message)
        for each in findings(cluster, *ids)
    ]


def role_binding(namespace: str, name: str, role: str, subject: str) -> str:
    """Return a RoleBinding of a ClusterRole; *subject* is `user:NAME`, `group:NAME` or `sa:NS/NAME`."""
    return _binding("RoleBinding", f"name: {name}, namespace: {namespace}", role, subject)


def cluster_role_binding(name: str, role: str, subject: str) -> str:
    """Return a ClusterRoleBinding; *subject* as for `role_binding`."""
    return _binding("ClusterRoleBinding", f"name: {name}", role, subject)


def _binding(kind: str, metadata: str, role: str, subject: str) -> str:
    word, _, name = subject.partition(":")
    if word == "sa":
        namespace, _, account = name.partition("/")
        who = f"kind: ServiceAccount, name: {account}, namespace: {namespace}"
    else:
        who = f'kind: {word.capitalize()}, name: "{name}", apiGroup: rbac.authorization.k8s.io'
    return (
        f"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{{metadata}}}\n"
        f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\n"
        f"subjects: [{{{who}}}]\n"
    )


def policy(key: str, spec: str) -> str:
    """Return an AuthorizationPolicy by `NAMESPACE/NAME`; *spec* is YAML in one line."""
    namespace, _, name = key.partition("/")
    metadata = f"metadata: {{name: {name}, namespace: {namespace}}}"
    return (
        f"---\napiVersion: security.istio.io/v1beta1\nkind: AuthorizationPolicy\n{metadata}\nspec: {spec}\n"
    )


def namespace(name: str, *labels: str) -> str:
    """Return the Namespace of a profile with more *labels*, each `KEY: VALUE`."""
    text = ", ".join(("app.kubernetes.io/part-of: kubeflow-profile", *labels))
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{text}}}}}\n"


def service_account(key: str) -> str:
    """Return a ServiceAccount by `NAMESPACE/NAME`."""
    namespace, _, name = key.partition("/")
    return f"---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
