"""Which verbs make a real API server return the contents of secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kubectl_kfaccess.rbac.content_readers import GET, REVEALING
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load
from tests.truth.arena import wait_for_authorizer

NAMESPACE = "contents"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
CONTENT = "VE9QU0VDUkVU"
SENT = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it"}, "data": {"mine": "bWluZQ=="}}
NEW = {**SENT, "metadata": {"name": "another"}}
GROUP = "rbac.authorization.k8s.io"

REQUESTS: dict[str, tuple[str, str, object]] = {
    "get": ("GET", f"{SECRETS}/it", None),
    "list": ("GET", SECRETS, None),
    "watch": ("GET", f"{SECRETS}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name=it", None),
    "patch": ("PATCH", f"{SECRETS}/it", {}),
    "deletecollection": ("DELETE", f"{SECRETS}?dryRun=All", None),
    "create": ("POST", f"{SECRETS}?dryRun=All", NEW),
    "update": ("PUT", f"{SECRETS}/it?dryRun=All", SENT),
    "delete": ("DELETE", f"{SECRETS}/it?dryRun=All", None),
}
"""A request for each verb, which changes nothing."""


@pytest.fixture(scope="module")
def server(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield a server with a secret, and an account for each verb that has that verb on secrets alone."""
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {**SENT, "metadata": {"name": "it", "namespace": NAMESPACE}, "data": {"it": CONTENT}},
        *(item for verb in REQUESTS for item in _granting(verb)),
    ]
    assert [] == load(plane, objects)
    wait_for_authorizer(plane)
    yield plane
    clear(plane)


def _granting(verb: str) -> Iterator[dict[str, object]]:
    """Yield an account, a Role with *verb* on secrets, and its RoleBinding."""
    metadata = {"name": verb, "namespace": NAMESPACE}
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": [verb]}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    yield {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
    yield {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": verb},
        "subjects": [{"kind": "ServiceAccount", "name": verb, "namespace": NAMESPACE}],
    }


@pytest.mark.server
@pytest.mark.parametrize("verb", REQUESTS)
def test_the_server_returns_contents_for_these_verbs(server: ControlPlane, verb: str) -> None:
    """Each is allowed; the answer has what the secret holds, or it has not."""
    method, path, body = REQUESTS[verb]
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"

    status, answer = server.request(
        method, path, body, server.service_account_token(NAMESPACE, verb), content_type=kind
    )

    assert status in (200, 201), answer
    assert (verb in (GET, *REVEALING)) == (CONTENT in json.dumps(answer))


@pytest.mark.server
def test_the_secret_is_still_there(server: ControlPlane) -> None:
    """No request has changed it: an empty patch and a dry run leave everything as it was."""
    status, answer = server.request("GET", f"{SECRETS}/it")

    assert (200, {"it": CONTENT}) == (status, answer["data"])
