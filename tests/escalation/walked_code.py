"""How the ways of running code are walked, and those of getting into what runs."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_kfaccess.escalation.step_type import Way
from tests.escalation import manifests as m
from tests.escalation.ground import NAMESPACE, ROBOT, Walk, Walker, Words


class CustomKind(NamedTuple):
    """A kind that is no part of Kubernetes."""

    group: str
    resource: str
    is_of_cluster: bool = False


WORKSPACE_KINDS = CustomKind("kubeflow.org", "workspacekinds", True)
WORKSPACES = CustomKind("kubeflow.org", "workspaces")


def custom_kind(kind: CustomKind) -> Walk:
    """Return the walk of a custom resource that names the account."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        _write_custom(walker, words[0], kind, way.field)

    return walk


def _write_custom(walker: Walker, how: str, kind: CustomKind, field: str) -> None:
    version, name = walker.ground.versions[kind.group, kind.resource]
    api = f"{kind.group}/{version}"
    before, after = (m.custom(api, name, field, who) for who in ("default", ROBOT))
    collection = m.group(api, kind.resource, "" if kind.is_of_cluster else NAMESPACE)
    answer = walker.write(how, collection, before, after)
    assert after["spec"] == answer["spec"]


def workspace_kind(walker: Walker, words: Words, way: Way) -> None:
    """Write a WorkspaceKind, and create a workspace."""
    _write_custom(walker, words[0], WORKSPACE_KINDS, way.field)
    _write_custom(walker, words[1], WORKSPACES, "spec.kind")


def pod(walker: Walker, words: Words, way: Way) -> None:
    """Create a pod as the account: admission adds the token of it."""
    answer = walker.write(words[0], m.core("pods"), m.pod("default"), m.pod())
    assert answer["spec"]["serviceAccountName"] == ROBOT
    sources = [source for volume in answer["spec"]["volumes"] for source in volume["projected"]["sources"]]
    assert any("serviceAccountToken" in source for source in sources)


def mounted_secret(walker: Walker, words: Words, way: Way) -> None:
    """Mount a Secret, which nobody is asked about."""
    mounting = m.mounting(ROBOT)
    answer = walker.write("post", m.core("pods"), mounting, mounting)
    assert any(volume.get("secret", {}).get("secretName") == ROBOT for volume in answer["spec"]["volumes"])


def privileged_pod(walker: Walker, words: Words, way: Way) -> None:
    """Create a pod that has the node."""
    walker.write("post", m.core("pods"), m.privileged(), m.privileged())


def workload(version: str, kind: str) -> Walk:
    """Return the walk of a workload with a selector."""
    plural = f"{kind.lower()}s"
    collection = m.core(plural) if version == "v1" else m.group(version, plural)

    def walk(walker: Walker, words: Words, way: Way) -> None:
        bodies = [m.workload(version, kind, account) for account in ("default", ROBOT)]
        answer = walker.write(words[0], collection, *bodies)
        assert answer["spec"]["template"]["spec"]["serviceAccountName"] == ROBOT

    return walk


def cron_job(walker: Walker, words: Words, way: Way) -> None:
    """Write a CronJob."""
    bodies = m.cron_job("default"), m.cron_job(ROBOT)
    answer = walker.write(words[0], m.group("batch/v1", "cronjobs"), *bodies)
    assert answer["spec"]["jobTemplate"]["spec"]["template"]["spec"]["serviceAccountName"] == ROBOT


def job(walker: Walker, words: Words, way: Way) -> None:
    """Create a Job."""
    answer = walker.write(words[0], m.group("batch/v1", "jobs"), m.job("default"), m.job(ROBOT))
    assert answer["spec"]["template"]["spec"]["serviceAccountName"] == ROBOT


def reviews(resource: str) -> Walk:
    """Return the reviews of the pipelines API, about the name of the user alone."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        name = {"name": ROBOT} if resource == "jobs" else {}
        asked = [{"group": "pipelines.kubeflow.org", "resource": resource, "verb": "create", **name}]
        if len(words) > 1:
            asked.append({"group": "", "resource": "serviceaccounts", "verb": "use", "name": ROBOT})
        for each in asked:
            walker.review({"user": walker.user, "resourceAttributes": {"namespace": NAMESPACE, **each}})

    return walk


def stream(subresource: str) -> Walk:
    """Return the walk of a stream: it ends where the server looks for the node of the pod."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        path = walker.ground.create(m.core("pods"), m.pod())
        method = "POST" if words == ("create",) else "GET"
        query = "command=id&stdout=1" if subresource == "exec" else "stdout=1"
        answer = walker.send(method, f"{path}/{subresource}?{query}", status=(400,))
        assert "does not have a host assigned" in answer["message"]

    return walk


def ephemeral_container(walker: Walker, words: Words, way: Way) -> None:
    """Add a container to a pod."""
    path = walker.ground.create(m.core("pods"), m.pod())
    body = walker.ground.get(path)
    body["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "busybox"}]
    answer = walker.change(words[0], f"{path}/ephemeralcontainers", body)
    assert answer["spec"]["ephemeralContainers"]


def image(walker: Walker, words: Words, way: Way) -> None:
    """Change the image of a pod."""
    path = walker.ground.create(m.core("pods"), m.pod())
    body = walker.ground.get(path)
    body["spec"]["containers"][0]["image"] = "another"
    answer = walker.change(words[0], path, body)
    assert answer["spec"]["containers"][0]["image"] == "another"
