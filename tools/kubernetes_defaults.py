"""
Write `kubectl_kfaccess/data/kubernetes-MINOR.json`: what a new Kubernetes cluster contains.

    python -m tools.kubernetes_defaults VERSION…

For each version (`v1.36.3`), a real control plane is started and asked for its default roles and bindings and
for its discovery. Nothing is written by hand, and each file is read back and compared.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tools.command_line import REPOSITORY

JSON = dict[str, Any]

DATA = REPOSITORY / "kubectl_kfaccess" / "data"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
KINDS = {
    "clusterroles": "ClusterRole",
    "clusterrolebindings": "ClusterRoleBinding",
    "roles": "Role",
    "rolebindings": "RoleBinding",
}
KEPT = ("aggregationRule", "rules", "roleRef", "subjects")
PATIENCE = 30.0  # seconds until the aggregated roles must be filled
KUBECTL = re.compile(r"^Kubernetes .* kubectl: (.+)$", re.MULTILINE)
KUBECONFIG = re.compile(r"^admin +export KUBECONFIG=(.+)$", re.MULTILINE)
LAST_LINE = "Ctrl-C"


class Plane(Protocol):
    """A control plane, as far as it is needed here: it answers GETs."""

    def get(self, path: str) -> Any: ...


class Kubectl(NamedTuple):
    """A control plane that is asked with kubectl, as its administrator."""

    program: str
    kubeconfig: str

    def get(self, path: str) -> Any:
        """Return the decoded answer to a GET of *path*; raises CalledProcessError if it is refused."""
        command = [self.program, "--kubeconfig", self.kubeconfig, "get", "--raw", path]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main(versions: list[str]) -> int:
    """Write one file for each of *versions*; return the exit status."""
    for version in versions:
        with control_plane(version) as plane:
            path = write(defaults(plane))
        print(path)
    return 0 if versions else 2


@contextmanager
def control_plane(version: str) -> Iterator[Kubectl]:
    """Yield a control plane of *version*; it runs in a process of its own, which ends afterwards."""
    command = [sys.executable, "-m", "tests.controlplane", "serve", "--version", version]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield _administrator(process)
        finally:
            process.send_signal(signal.SIGINT)


def _administrator(process: subprocess.Popen[str]) -> Kubectl:
    """Return how to ask the control plane of *process*; raises AssertionError if it did not start."""
    text = ""
    for line in process.stdout or ():
        text += line
        if line.startswith(LAST_LINE):
            break
    program, kubeconfig = KUBECTL.search(text), KUBECONFIG.search(text)
    if program is None or kubeconfig is None:
        raise AssertionError("the control plane did not start; see its messages above")
    return Kubectl(program[1], kubeconfig[1])


def defaults(plane: Plane) -> JSON:
    """Return the version, the default objects and the resource types of *plane*."""
    _wait_until_filled(plane)
    return {
        "version": plane.get("/version")["gitVersion"].removeprefix("v"),
        "objects": sorted(_objects(plane), key=_place),
        "resources": list(_resources(plane)),
    }


def write(content: JSON) -> Path:
    """Write *content*, an object per line so that diffs are readable, and return the file's path."""
    minor = ".".join(content["version"].split(".")[:2])
    path = DATA / f"kubernetes-{minor}.json"
    lists = (f'"{name}":[\n{_lines(content[name])}\n]' for name in ("objects", "resources"))
    path.write_text(f'{{"version":"{content["version"]}",\n' + ",\n".join(lists) + "}\n", encoding="utf-8")
    if json.loads(path.read_text(encoding="utf-8")) != content:
        raise AssertionError(f"{path} differs from what the server returned")
    return path


def check_aggregation(roles: list[JSON]) -> None:
    """Raise AssertionError unless each aggregated role has exactly the rules of the roles that it selects."""
    for role in filter(_aggregated, roles):
        expected = {_rule(rule) for leaf in _leaves(role, roles, frozenset()) for rule in leaf["rules"]}
        actual = {_rule(rule) for rule in role["rules"] or ()}
        if actual != expected:
            raise AssertionError(f"{role['metadata']['name']}: {actual ^ expected}")


def _wait_until_filled(plane: Plane) -> None:
    """Wait until the aggregated roles are filled; raises AssertionError with what is missing at last."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return check_aggregation(plane.get(f"{RBAC}/clusterroles")["items"])
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def _aggregated(role: JSON) -> bool:
    return bool(role.get("aggregationRule"))


def _leaves(role: JSON, roles: list[JSON], seen: frozenset[str]) -> Iterator[JSON]:
    """Yield the roles with rules of their own that *role* selects, directly or through other roles."""
    if not _aggregated(role):
        yield {**role, "rules": role.get("rules") or []}
        return
    for other in roles:
        name = other["metadata"]["name"]
        if name not in seen and other is not role and _selects(role, other):
            yield from _leaves(other, roles, seen | {name})


def _selects(role: JSON, other: JSON) -> bool:
    labels = (other["metadata"].get("labels") or {}).items()
    selectors = role["aggregationRule"]["clusterRoleSelectors"]
    return any(selector["matchLabels"].items() <= labels for selector in selectors)


def _rule(rule: JSON) -> str:
    return json.dumps(rule, sort_keys=True)


def _objects(plane: Plane) -> Iterator[JSON]:
    for resource, kind in KINDS.items():
        for item in plane.get(f"{RBAC}/{resource}")["items"]:
            yield _reduced(kind, item)


def _reduced(kind: str, item: JSON) -> JSON:
    """Return the fields that access depends on, without the rules that the server computed."""
    metadata = {
        key: item["metadata"][key] for key in ("name", "namespace", "labels") if item["metadata"].get(key)
    }
    kept = {key: item[key] for key in KEPT if item.get(key)}
    if _aggregated(item):
        kept["rules"] = []
    return {"kind": kind, "metadata": metadata, **kept}


def _place(item: JSON) -> tuple[int, str, str]:
    kinds = list(KINDS.values())
    return (kinds.index(item["kind"]), item["metadata"].get("namespace", ""), item["metadata"]["name"])


def _resources(plane: Plane) -> Iterator[JSON]:
    """Yield the resource types, the core group first, then the groups in the server's order."""
    yield from _group_resources(plane, "", ["/api/v1"])
    for group in plane.get("/apis")["groups"]:
        paths = [f"/apis/{version['groupVersion']}" for version in group["versions"]]
        yield from _group_resources(plane, group["name"], paths)


def _group_resources(plane: Plane, group: str, paths: list[str]) -> Iterator[JSON]:
    """Yield each type of *group* once, from the first of the versions in *paths* that serves it."""
    seen: set[str] = set()
    for path in paths:
        served = plane.get(path)["resources"]
        mains = [entry for entry in served if "/" not in entry["name"] and entry["name"] not in seen]
        seen.update(entry["name"] for entry in mains)
        yield from (_resource(group, entry, served) for entry in mains)


def _resource(group: str, main: JSON, served: list[JSON]) -> JSON:
    """Return the type *main* with the names of its subresources, which are entries of *served* as well."""
    prefix = main["name"] + "/"
    fields = {
        "group": group,
        "name": main["name"],
        "singular": main["singularName"],
        "kind": main["kind"],
        "shortNames": main.get("shortNames", []),
        "namespaced": main["namespaced"],
        "verbs": main["verbs"],
        "subresources": [
            entry["name"].removeprefix(prefix) for entry in served if entry["name"].startswith(prefix)
        ],
    }
    return {key: value for key, value in fields.items() if value != []}


def _lines(items: list[JSON]) -> str:
    return ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
