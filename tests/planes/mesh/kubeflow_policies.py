"""The policies that Kubeflow, deployKF and administrators really write."""

from __future__ import annotations

import random
from typing import Any

from tests.planes.mesh.settings import NOTEBOOKS, Login, principal

Policy = dict[str, Any]
OWNER = "ns-owner-access-istio"


def policy(namespace: str, name: str, *, annotations: dict[str, str] | None = None, **spec: Any) -> Policy:
    """Return an AuthorizationPolicy as a manifest."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": metadata,
        "spec": spec,
    }


def owners(namespace: str, user: str, login: Login, domain: str) -> Policy:
    """Return what the profile controller writes (getAuthorizationPolicy of its profile_controller.go)."""
    get_kernels = {"methods": ["GET"], "paths": ["*/api/kernels"]}
    rules = [
        _of_user(user, login, domain),
        {"when": [{"key": "source.namespace", "values": [namespace]}]},
        {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]},
        {
            "from": [{"source": {"principals": [principal(NOTEBOOKS, domain)]}}],
            "to": [{"operation": get_kernels}],
        },
    ]
    return policy(namespace, OWNER, annotations={"role": "admin", "user": user}, rules=rules)


def contributors(namespace: str, user: str, role: str, login: Login, domain: str) -> Policy:
    """Return what KFAM writes for a contributor (createAuthorizationPolicy of its bindings.go)."""
    name = f"user-{user.lower().replace('@', '-').replace('.', '-')}-clusterrole-{role}"
    annotations = {"role": role, "user": user}
    return policy(namespace, name, annotations=annotations, rules=[_of_user(user, login, domain)])


def deploykf_override(namespace: str, user: str, login: Login, domain: str) -> Policy:
    """Return the DENY policy that deployKF adds to an owner's policy."""
    accounts = [principal(login.gateway, domain), principal(login.pipelines, domain)]
    rule = {"from": [{"source": {"notPrincipals": accounts}}], "when": [_names(user, login)]}
    return policy(namespace, f"{OWNER}--override", action="DENY", rules=[rule])


def of_root(rng: random.Random, root: str) -> list[Policy]:
    """Return some of the policies in the root namespace of a Kubeflow."""
    gateway = {"matchLabels": {"app": "istio-ingressgateway"}}
    tokens = {
        "to": [{"operation": {"notPaths": ["/dex/*", "/oauth2/*"]}}],
        "when": [{"key": "request.headers[authorization]", "notValues": ["*"]}],
    }
    provider = {"name": "oauth2-proxy"}
    policies = [
        (0.6, policy(root, "global-deny-all")),
        (0.4, policy(root, "istio-ingressgateway", action="ALLOW", selector=gateway, rules=[{}])),
        (
            0.3,
            policy(
                root, "oauth2-proxy", action="CUSTOM", selector=gateway, provider=provider, rules=[tokens]
            ),
        ),
    ]
    return [content for probability, content in policies if rng.random() < probability]


def of_kubeflow(login: Login, domain: str) -> list[Policy]:
    """Return the policies for the services of Kubeflow, which select workloads by their labels."""
    pipelines = [
        principal(login.pipelines, domain),
        principal("kubeflow/ml-pipeline-scheduledworkflow", domain),
    ]
    dashboard = [principal("kubeflow/centraldashboard", domain)]
    return [
        policy(
            "kubeflow",
            "ml-pipeline",
            selector={"matchLabels": {"app": "ml-pipeline"}},
            rules=[
                {"from": [{"source": {"principals": pipelines}}]},
                {"when": [{"key": f"request.headers[{login.header}]", "notValues": ["*"]}]},
            ],
        ),
        policy(
            "kubeflow",
            "profiles-kfam",
            action="ALLOW",
            selector={"matchLabels": {"kustomize.component": "profiles"}},
            rules=[{"from": [{"source": {"principals": dashboard}}]}],
        ),
    ]


def _of_user(user: str, login: Login, domain: str) -> dict[str, Any]:
    accounts = [principal(login.gateway, domain), principal(login.pipelines, domain)]
    return {"from": [{"source": {"principals": accounts}}], "when": [_names(user, login)]}


def _names(user: str, login: Login) -> dict[str, Any]:
    return {"key": f"request.headers[{login.header}]", "values": [f"{login.prefix}{user}"]}
