"""What a walk begins with: objects that are there or not, and those who walk, each with a few permissions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import urllib3

from kubectl_kfaccess.escalation.step_type import Way
from kubectl_kfaccess.rbac.rules import Request
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.crds import crd
from tests.controlplane.load import crds_from_list, load
from tests.truth.arena import wait_for_authorizer
from tests.truth.asking import ask

Object = dict[str, Any]
NAMESPACE = "team-a"
ROBOT = "robot"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
_RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}
_GROUP = {"apiGroup": "rbac.authorization.k8s.io"}
_SECONDS = 30.0
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
SELF = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


Words = tuple[str, ...]
"""The choice for each need of a row: a verb, `post` or `apply`."""


class Refused(Exception):
    """The server answered 403."""


def wait_for(what: str, value: Callable[[], Any]) -> Any:
    """Return what *value* returns as soon as that is true."""
    deadline = time.monotonic() + _SECONDS
    while not (result := value()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"there is no {what} after {_SECONDS:.0f} seconds")
        time.sleep(0.02)
    return result


class Ground:
    """The server as its administrator sees it: what a walk needs is there, and what it creates is not."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.versions: dict[tuple[str, str], tuple[str, str]] = {}
        self._there: dict[str, bool] = {}
        self._users = 0

    def install(self, kinds: Mapping[tuple[str, str], bool], corpus: Path) -> None:
        """Install these (group, plural): as released, else minimal, in namespaces unless they are true."""
        released = {}
        if corpus.is_dir():
            crds = crds_from_list(corpus / "kubeflow-v1.10-crds.yaml")
            released = {(each["spec"]["group"], each["spec"]["names"]["plural"]): each for each in crds}
        scopes = {key: "Cluster" if is_of_cluster else "Namespaced" for key, is_of_cluster in kinds.items()}
        chosen = {key: released.get(key) or _minimal(*key, scope) for key, scope in scopes.items()}
        assert [] == load(self.plane, chosen.values())
        for key, definition in chosen.items():
            spec = definition["spec"]
            version = next(each["name"] for each in spec["versions"] if each["storage"])
            self.versions[key] = (version, spec["names"]["kind"])

    def get(self, path: str) -> Object:
        """Return what is there."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: Object | None = None, *, content_type: str = "") -> Object:
        """Send a request that must succeed."""
        kind = content_type or "application/json"
        status, answer = self.plane.request(method, path, body, content_type=kind)
        assert status in (200, 201), (method, path, answer)
        return answer

    def create(self, collection: str, body: Mapping[str, Any]) -> str:
        """Let the object be there, and return its path."""
        path = f"{collection}/{body['metadata']['name']}"
        if not self._there.get(path):
            status, answer = self.plane.request("POST", collection, body)
            assert status in (201, 409), answer
            self._there[path] = True
        return path

    def delete(self, collection: str, name: str) -> str:
        """Let the object not be there, and return its path."""
        path = f"{collection}/{name}"
        if self._there.get(path, True):
            status, answer = self.plane.request("DELETE", path)
            assert status in (200, 202, 404), answer
            wait_for(f"end of {path}", lambda: self.plane.request("GET", path)[0] == 404)
            self._there[path] = False
        return path

    def review_of(self, token: str) -> Object | None:
        """Return who logs in with that token, None if nobody does."""
        status, answer = self.plane.request("POST", REVIEWS, SELF, token)
        return answer["status"]["userInfo"] if status == 201 else None

    def name_by_certificate(self, certificate: bytes, key: bytes) -> str:
        """Return the name of the user who logs in with that certificate."""
        files = self.plane.directory / "walk.crt", self.plane.directory / "walk.key"
        for file, content in zip(files, (certificate, key), strict=True):
            file.write_bytes(content)
        known = {"ca_certs": str(self.plane.ca_file), "cert_file": str(files[0]), "key_file": str(files[1])}
        with urllib3.PoolManager(**known) as pool:
            answer = pool.request("POST", self.plane.server + REVIEWS, json=SELF).json()
        return str(answer["status"]["userInfo"]["username"])

    def made(self, path: str) -> None:
        """Remember that a walk has created the object of *path*."""
        self._there[path] = True

    def walkers(self, sets: Iterable[Iterable[Request]]) -> list[Walker]:
        """
        Return somebody for each of *sets*, who is allowed exactly these requests.

        A request in a namespace is granted by a RoleBinding there, any other by a ClusterRoleBinding.
        """
        users, holders = [], dict[Request, list[str]]()
        for requests in sets:
            users.append(f"walker-{self._users}")
            self._users += 1
            for request in requests:
                holders.setdefault(request, []).append(users[-1])
        assert [] == load(self.plane, [each for item in holders.items() for each in _granted(*item)])
        wait_for_authorizer(self.plane)
        return [Walker(self, user) for user in users]


def _minimal(group: str, plural: str, scope: str) -> Object:
    kind = plural.removesuffix("s").capitalize()
    version = {"name": "v1", "served": True, "storage": True}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind}
    return crd({"group": group, **names, "scope": scope, "versions": [version]})


def _granted(request: Request, users: list[str]) -> Iterator[Object]:
    name = f"granted-{users[0]}-{request.verb}-{request.resource}-{request.subresource}-{request.name}"
    name = name.replace("/", "-").replace(":", "-").replace("*", "star")
    rule: Object = {
        "verbs": [request.verb],
        "apiGroups": [request.group],
        "resources": [request.combined_resource],
    }
    if request.name:
        rule["resourceNames"] = [request.name]
    yield {**_RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": [rule]}
    place = {"namespace": request.namespace} if request.namespace else {}
    yield {
        **_RBAC,
        "kind": "RoleBinding" if request.namespace else "ClusterRoleBinding",
        "metadata": {"name": name, **place},
        "roleRef": {**_GROUP, "kind": "ClusterRole", "name": name},
        "subjects": [{**_GROUP, "kind": "User", "name": user} for user in users],
    }


class Walker:
    """Somebody who sends requests. Each method raises Refused if the server answers 403."""

    def __init__(self, ground: Ground, user: str) -> None:
        self.ground = ground
        self.user = user
        self.token = ground.plane.token(user)

    def send(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        status: tuple[int, ...] = (200, 201),
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Object:
        """Return the answer to a request; its status must be one of *status*."""
        answered, answer = self.ground.plane.request(
            method, path, body, self.token, content_type=content_type, more_headers=headers
        )
        if answered == 403:
            raise Refused(answer.get("message", answer))
        assert answered in status, f"{method} {path}: {answered} {answer}"
        return answer

    def review(self, spec: Object) -> None:
        """Ask whether somebody is allowed a request; a "no" counts as the refusal of a service that asks."""
        (status,) = ask(self.ground.plane, [spec])
        if not status.allowed:
            raise Refused(status.reason)

    def change(self, how: str, path: str, body: Object, *, real: bool = False) -> Object:
        """Send the whole object, which exists, by `patch` or `update`. It is a dry run unless *real*."""
        query = "" if real else "?dryRun=All"
        if how == "update":
            return self.send("PUT", path + query, body)
        assert how == "patch", how
        return self.send("PATCH", path + query, body, content_type=MERGE)

    def write(
        self, how: str, collection: str, before: Object, after: Object, *, real: bool = False
    ) -> Object:
        """
        Write *after* as *how* says, and return the object that the server answers with.

        `post` and `apply` create it; `patch` and `update` change *before*, which the administrator creates.
        It is a dry run unless *real*.
        """
        ground, query = self.ground, "" if real else "&dryRun=All"
        if how in ("post", "apply"):
            path = ground.delete(collection, after["metadata"]["name"])
            if how == "post":
                answer = self.send("POST", f"{collection}?{query}", after)
            else:
                query = f"fieldManager=walk{query}"
                answer = self.send("PATCH", f"{path}?{query}", after, content_type=APPLY)
            ground.made(path) if real else None
            return answer
        assert how in ("patch", "update"), how
        path = ground.create(collection, before)
        method, content_type = ("PUT", "application/json") if how == "update" else ("PATCH", MERGE)

        def written() -> Object | None:
            body = merged(ground.get(path), after)
            answer = self.send(method, f"{path}?{query}", body, status=(200, 409), content_type=content_type)
            return None if answer.get("code") == 409 else answer  # a controller has just changed it

        answer: Object = wait_for(f"{how} of {path}", written)
        return answer


Walk = Callable[[Walker, Words, Way], None]
"""Sends what somebody would, as the words say, and checks what they got."""


def merged(before: Any, after: Any) -> Any:
    """Return *before* with the values of *after*, entry by entry."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {**before, **{key: merged(before.get(key), value) for key, value in after.items()}}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [merged(old, new) for old, new in zip(before, after, strict=True)]
    return after
