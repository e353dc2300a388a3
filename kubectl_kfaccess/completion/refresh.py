"""
The process that asks the server for names on behalf of a TAB, and keeps them.

It is on its own: no terminal, no streams, ten seconds to live. A credential plugin that it needs can ask
nobody anything, and ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kubectl_kfaccess.completion.collected import of_snapshot, of_type
from kubectl_kfaccess.completion.kept_files import write
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.sources.cluster.cluster import AT_ONCE, ClusterSource
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.cluster.transport import Refused
from kubectl_kfaccess.sources.kubeconfig import choice
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.source import Wanted

LIFE_SECONDS = 10.0
KEPT_SECONDS = 2 * 24 * 3600.0
MOST_OBJECTS = 500


def main() -> None:
    """Carry out the order on standard input, and end the process."""
    with contextlib.suppress(BaseException):  # there is nobody to tell
        order = json.load(sys.stdin)
        _limit()
        carry_out(order)
        _tidy(Path(order["cache"]) / "kfaccess" / "completion")
    os._exit(0)


def carry_out(order: dict[str, Any]) -> None:
    """Ask the server for each part of *order* and keep its answers; what fails is not kept."""
    nowhere = Path(os.devnull)
    with nowhere.open("rb") as stdin, nowhere.open("w") as out:  # no terminal: plugins may not ask anything
        env = Environment(stdin, out, out, dict(os.environ), Path.cwd())
        connection = choice.load(ConnectionFlags(**order["flags"]), env)
        limit = min(connection.timeout or LIFE_SECONDS, LIFE_SECONDS)
        source = ClusterSource(lambda: connection._replace(timeout=limit), env, Path(order["cache"]))
        _ = source.transport  # made here, once, not by several threads at the same time
        at_once(lambda part: _keep(part, order, source), order["parts"], AT_ONCE)


def _keep(part: str, order: dict[str, Any], source: Any) -> None:

    folder, place = Path(order["folder"]), order["flags"].get("namespace", "")
    find = _objects if part.startswith("objects-") else _FIND[part]
    try:
        found, whole = find(source, order)
    except KfaccessError:
        return
    write(folder / (f"{part}.json" if whole else f"{part}@{place}.json"), found)


_Found = tuple[dict[str, list[Any]], bool]


def _listed(*resources: str, sorts: tuple[str, ...]) -> Callable[[Any, dict[str, Any]], _Found]:
    """What finds the names of *sorts* in lists: of the whole cluster, else of the namespace, or none."""

    def found(source: Any, order: dict[str, Any]) -> _Found:

        place = order["flags"].get("namespace", "")
        snapshot, whole = source.read(Wanted(resources)), True
        if snapshot.gaps and place and _may_be_narrowed(resources):
            snapshot, whole = source.read(Wanted(resources, (place,))), False
        names = of_snapshot(snapshot)
        return {sort: names[sort] for sort in sorts}, whole

    return found


def _may_be_narrowed(resources: tuple[str, ...]) -> bool:
    return "rolebindings" in resources or "serviceaccounts" in resources


def _types(source: Any, _order: dict[str, Any]) -> _Found:

    return {"types": [of_type(one) for one in source.resource_types()]}, True


def _objects(source: Any, order: dict[str, Any]) -> _Found:
    """The names of objects of one type; whoever may not list them is offered none."""
    group, name, namespace = order["objects"]
    try:
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        path = f"{_version(source, group)}{within}/{quote(name, safe='')}"
        answer = json.loads(source.transport.get(path, {"limit": MOST_OBJECTS}, accept=_ONLY_METADATA))
    except Refused:
        return {"objects": []}, True
    return {"objects": [one["metadata"]["name"] for one in answer["items"]]}, True


_ONLY_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


def _version(source: Any, group: str) -> str:
    """The path of the version of a group that the server prefers."""
    if not group:
        return "/api/v1"
    answer = json.loads(source.transport.get(f"/apis/{quote(group, safe='')}"))
    return f"/apis/{answer['preferredVersion']['groupVersion']}"


_FIND = {
    "namespaces": _listed("namespaces", sorts=("namespaces",)),
    "profiles": _listed("profiles", sorts=("profiles",)),
    "clusterroles": _listed("clusterroles", sorts=("clusterroles",)),
    "subjects": _listed("rolebindings", "clusterrolebindings", sorts=("users", "groups", "accounts")),
    "accounts": _listed("serviceaccounts", sorts=("accounts",)),
    "types": _types,
}


def _limit() -> None:
    """Have this process end in time, as an exception: whatever it has started ends with it."""

    def end(_signal: int, _frame: object) -> None:
        raise TimeoutError

    if hasattr(signal, "setitimer"):  # not on Windows, where the server's own deadlines have to do
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, LIFE_SECONDS)


def _tidy(directory: Path) -> None:
    """Remove what lines that nobody types any more have left."""
    for file in directory.iterdir():
        if time.time() - file.stat().st_mtime > KEPT_SECONDS:
            file.unlink(missing_ok=True)
